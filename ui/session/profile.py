"""What the visitor of this tab said: stars, marks of titles, names of factors. Kept by :class:`VisitorRatings`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

import numpy as np
import streamlit as st

from recsys_core import Visitor
from recsys_core.datasets.sources.linking import carry_ratings
from recsys_core.errors import RecsysError, StoreError
from recsys_core.exchange import bringing
from recsys_core.exchange.bringing import Undo
from recsys_core.serving.once import once
from recsys_core.settings import settings
from recsys_core.storage.feedback import Feedback
from recsys_core.storage.ratings import GuestRatings, VisitorRatings
from recsys_core.storage.store import Mark, Store, is_token
from recsys_core.visitor.steering import FAME_STEPS
from recsys_core.visitor.title_pulls import AWAY, seen_name, title_name, title_of
from ui.server.browser_cookie import browser_id
from ui.session import app_data, keys, presenting, steering
from ui.session.shared import PULLS_PARAMETER, RATINGS_PARAMETER, pulls_from, pulls_text, ratings_from, ratings_text

TOKEN_PARAMETER, FAME_PARAMETER = app_data.TOKEN_PARAMETER, "w"


def _store(url: str) -> Store:
    return Store(url, open_now=False)  # a database that cannot be reached yet is tried again in each run


def store() -> Store:
    """The database of ratings; ``DATABASE_URL`` chooses another than the file in ``data/``."""
    return once(_store, settings().database_url)


def open_profile() -> bool:
    """Take up the ratings that this browser had open last, or begin new ones; called at the start of every run.

    The browser is told by its cookie, and no address holds the key. Where a browser takes no cookies, the address alone keeps the key, so
    that ratings survive a reload there too. An address with a key still opens its ratings, and loses the key as soon as the browser is
    told. A key that this server did not issue, or that was renewed, opens nothing. False where another browser's ratings lie under
    the key: then ask whose shall be used, for a link may have been sent to plant them (:func:`use_this_key`, :func:`start_own`).
    """
    mine, browser = keys.RATINGS.get(), _browser()
    if mine and store().times_left(browser) != keys.TIMES_LEFT.get():
        for said in (keys.RATINGS, keys.LIVE_LIST, keys.STARS_BEFORE_PICKING, keys.MAP_CHOSEN):
            said.forget()  # not all: a star that no longer holds is taken off the screen only where the tab still knows it
        mine = None
    if mine is None:
        token = _token()
        if not token:
            return False
        mine = _open(token)
    elif keys.UNSURE.get():
        mine = _joined(mine, browser)
    mine.load()
    if mine.renewed:
        mine = _after_renewal(mine.token, browser)
        mine.load()
    if mine.loaded and (left := keys.COMING_FROM.take()):
        _carry(left, mine)
    keys.DATASET.set(app_data.dataset_name())
    if keys.FAME.get() is None:
        keys.FAME.set(_fame_in_address())
    _take_up_link()
    _write_address()
    return True


def _take_up_link() -> None:
    """Show the ratings and pulls that the address holds, in place of the visitor's own and without touching those.

    A lesson's link is the lesson's own: it offers the ratings in it as those of one more person.
    """
    if keys.GUEST.get() or "lesson" in st.query_params:
        return
    engine, texts = app_data.engine(), tuple(str(st.query_params.get(name, "")) for name in (RATINGS_PARAMETER, PULLS_PARAMETER))
    ratings = ratings_from(texts[0], engine.dataset)
    if not ratings:
        return
    pulled = pulls_from(texts[1], lambda name: steering.known(engine, name))
    keys.GUEST.set(GuestRatings(engine.dataset.key, ratings, {steering.stored_name(engine, name): a for name, a in pulled.items()}))
    keys.SHARED.set((ratings_text(ratings), pulls_text(pulled)))


def n_shared() -> int:
    """How many ratings a link brought that this tab shows in place of the visitor's own; 0 where it shows those."""
    return keys.SHARED.get()[0].count(",") + 1 if keys.GUEST.get() else 0


def back_to_mine() -> None:
    """Close what a link brought."""
    for key in (keys.GUEST, keys.SHARED, keys.LIVE_LIST):
        key.forget()
    for name in (RATINGS_PARAMETER, PULLS_PARAMETER):
        st.query_params.pop(name, None)


def make_it_mine() -> None:
    """Add to the visitor's own ratings those that a link brought; what they said about a title themselves stands."""
    guest, mine = keys.GUEST.get(), _own()
    if guest and mine.load():
        coming = {item_id: stars for item_id, stars in guest.stars().items() if mine.said_about(item_id) is None}
        for item_id, stars in coming.items():
            mine.rate(item_id, stars)
        st.toast(f"{len(coming)} ratings are yours now.", icon=":material/check:")
    back_to_mine()


def _open(token: str) -> VisitorRatings:
    keys.TOKEN.set(token)  # by it the server knows whose data sets may be opened
    mine = VisitorRatings(store(), token, app_data.engine().dataset.key)
    keys.TOKEN.forget()
    keys.RATINGS.set(mine)
    keys.TIMES_LEFT.set(store().times_left(_browser()))
    return mine


def _close() -> None:
    """Let go of the ratings that this tab has open, and of all that it shows of them."""
    st.session_state.clear()
    st.query_params.pop(TOKEN_PARAMETER, None)


def _after_renewal(old: str, browser: str) -> VisitorRatings:
    """What takes the place of ratings whose key was renewed: the same under the new key, where this browser has it; else new ones."""
    with suppress(StoreError):
        if browser and (found := store().opened(browser)):
            return _open(found[0])
    keys.KEY_NOTE.set("These ratings have got a new key, and this browser held the old one. You start with none here.")
    return _open(store().issue(browser))


def _joined(mine: VisitorRatings, browser: str) -> VisitorRatings:
    """Go over to the ratings of this browser, now that the database can say which they are, with what was said meanwhile."""
    try:
        found = next((token for token in store().opened(browser) if token != mine.token), "")
        keys.UNSURE.forget()
        if not found:
            return mine
        store().admit(found, browser)
    except StoreError:
        return mine
    before = _open(found)
    before.take_over(mine)
    return before


def _write_address() -> None:
    """Put into the address what outlives the tab and differs from the defaults. Other parameters are others' own.

    The key stands there only where the browser takes no cookies: nothing else could tell it after a reload. On a projector it never does.
    """
    name, step = app_data.dataset_name(), steering.fame()
    wanted = {
        TOKEN_PARAMETER: "" if _browser() or presenting.on() else _mine().token,
        app_data.DATASET_PARAMETER: name if name != app_data.default_dataset() else "",
        FAME_PARAMETER: str(step) if step else "",
    }
    if "lesson" not in st.query_params:  # whose link has ratings of its own
        wanted |= dict(zip((RATINGS_PARAMETER, PULLS_PARAMETER), keys.SHARED.get(), strict=True))
    for parameter, value in wanted.items():
        if not value:
            st.query_params.pop(parameter, None)
        elif st.query_params.get_all(parameter) != [value]:  # a page switch drops the parameters
            st.query_params[parameter] = value


def _fame_in_address() -> int:
    """How well known titles shall be according to the address; 0 if it says nothing that makes sense."""
    by_text = {str(step): step for step in FAME_STEPS}
    return by_text.get(str(st.query_params.get(FAME_PARAMETER)), 0)


def choose_fame(step: int) -> None:
    """Remember how well known the listed titles shall be, from 2 (very) to -2 (hidden gems); 0 lets go."""
    keys.FAME.set(step)
    _write_address()


def _token() -> str:
    """The token of this tab's profile, or the one of the profile that is to be opened; empty where one has to ask first."""
    if mine := keys.RATINGS.get():
        return mine.token
    if chosen := keys.TOKEN.take():
        return chosen
    given, browser = str(st.query_params.get(TOKEN_PARAMETER)), _browser()
    if not is_token(given):
        return _of_this_browser(browser)
    try:
        standing = store().standing(given, browser)
        if standing == "foreign":
            return ""
        if standing == "none":
            return _of_this_browser(browser)
        if standing == "unclaimed" or (browser and store().version(given)):
            store().admit(given, browser)
    except StoreError:  # nobody can tell now: whoever comes back finds their ratings when the database is back
        pass
    return given


def _of_this_browser(browser: str) -> str:
    """The token of what this browser had open last; a new one where it had nothing, or cannot be told."""
    if browser:
        try:
            if found := store().opened(browser):
                return found[0]
        except StoreError:
            if found_here := store().remembered(browser):
                return found_here
            keys.UNSURE.set(True)
    return store().issue(browser)


def _browser() -> str:
    """What tells this browser from others (:mod:`ui.server.browser_cookie`); empty where it takes no cookies: then nobody is asked."""
    return browser_id(st.context.cookies)


def use_this_key() -> None:
    """Use the ratings that the address names, although another browser gave them."""
    given = str(st.query_params.get(TOKEN_PARAMETER))
    if not is_token(given):  # a page that was left open: the address has changed since
        return
    with suppress(StoreError):  # asked again next time
        store().admit(given, _browser())
    keys.TOKEN.set(given)


def start_own() -> None:
    """Go on with this browser's own ratings, or begin some, instead of those that the address names."""
    keys.TOKEN.set(_of_this_browser(_browser()))


def key_link() -> str:
    """The address that opens the ratings in another browser."""
    scheme, host, path, *_ = urlsplit(st.context.url or "")
    return urlunsplit((scheme, host, path, urlencode({TOKEN_PARAMETER: _own().token}), ""))


def key_in_address() -> bool:
    """Whether the address has to hold the key, since this browser takes no cookies."""
    return not _browser()


def others() -> list[str]:
    """The keys of other ratings that this browser has opened, the last ones first. Raises :class:`StoreError`."""
    browser = _browser()
    return [token for token in store().opened(browser) if token != _own().token] if browser else []


def n_rated(token: str) -> int:
    """How many titles of this data set somebody with that key has rated. Raises :class:`StoreError`."""
    return sum(said.stars is not None for said in store().feedback(token, app_data.engine().dataset.key))


def switch_to(token: str) -> None:
    """Open other ratings that this browser has opened before."""
    with suppress(StoreError):
        if token in store().opened(_browser()):
            store().admit(token, _browser())
            _close()
            keys.TOKEN.set(token)


def forget_browser() -> None:
    """Have this browser forget every key that it has opened. Raises :class:`StoreError` if that cannot be done now."""
    if browser := _browser():
        store().leave(browser)
    _close()


def keep_key() -> None:
    """Let the address open the profile after a restart, too, although nothing may have been rated: a data set belongs to it."""
    with suppress(StoreError):  # then ratings cannot be stored either, and the page says so
        store().keep(_own().token)


def renew_key() -> None:
    """Give the profile a new key; the old one opens nothing any more. Raises :class:`StoreError` if that cannot be done now."""
    mine, before = _own(), app_data.owner()
    mine.renew_key(_browser())
    app_data.come_along(before)
    _write_address()


def choose_dataset(name: str) -> None:
    """Look at another data set from now on; ratings come along where titles are found there."""
    left = app_data.dataset_name()
    if name == left:
        return
    token, fame, unsure = _token(), keys.FAME.get(), keys.UNSURE.get()
    back_to_mine()
    st.session_state.clear()  # what was searched, filtered and listed belongs to the data set that is left
    keys.DATASET.set(name)
    keys.TOKEN.set(token)
    keys.COMING_FROM.set(left)
    keys.FAME.set(fame)
    keys.UNSURE.set(unsure)
    if app_data.open_dataset(name):
        open_profile()


def _carry(left: str, mine: VisitorRatings) -> None:
    """Take the ratings along from the data set that was left, unless something was rated in this one before."""
    try:
        source = app_data.engine(left).dataset
        said_there = VisitorRatings(store(), mine.token, source.key)
        if not said_there.load():
            return
        if not mine.pulls():  # genres and keywords that are known here; factors are another data set's own
            for name in filter(lambda name: steering.known(app_data.engine(), name), pulled := said_there.pulls()):
                mine.pull(name, pulled[name])
        if not (before := said_there.stars()):
            return
        found = carry_ratings(before, source, app_data.engine().dataset)
    except (RecsysError, OSError):  # the other data set is gone
        return
    n = mine.carry_from(found)
    if n or not found:
        keys.CARRIED.set(f"{n} of your {len(before)} ratings came along: those titles are here too.")


def _own() -> VisitorRatings:
    mine = keys.RATINGS.get()
    if mine is None:
        raise RuntimeError("No profile is open: app.py opens it before it runs a page.")
    return mine


def _mine() -> VisitorRatings:
    return keys.GUEST.get() or _own()


def trouble() -> str:
    """Why something is not stored or cannot be read, as a sentence; empty if all is well."""
    return _own().error


def n_waiting() -> int:
    """How many changes are not stored yet. What waits is in the server's memory, and is tried again whether or not a tab is open."""
    return _own().n_waiting


def readable() -> bool:
    """Try to read what was said before; whether nothing is in trouble any more."""
    mine = _own()
    return mine.load() and not mine.error


def follow() -> bool:
    """Take up what other tabs said; whether this tab knew it all, the ratings are still open here, and the database can be reached."""
    here = store().times_left(_browser()) == keys.TIMES_LEFT.get() and not keys.UNSURE.get()
    return _mine().follow() and here


def ratings() -> dict[str, float]:
    """Stars by item id, oldest first."""
    return _mine().stars()


def newest_positions(n: int) -> list[int]:
    """Positions of the last ``n`` titles of this data set that were rated, newest first."""
    index = app_data.engine().dataset.item_index
    return [index[item_id] for item_id in reversed(ratings()) if item_id in index][:n]


def guess(item_id: str) -> float | None:
    """The stars that were predicted just before the visitor rated a title."""
    return _mine().guess(item_id)


def marked(mark: Mark) -> list[str]:
    """Ids of the titles with this mark, oldest first."""
    return _mine().marked(mark)


def said_about(item_id: str) -> Feedback | None:
    """What the visitor said about a title; None if nothing."""
    return _mine().said_about(item_id)


def counted_ratings() -> dict[str, float]:
    """Stars by item id that count for the lists: all, or those given since a day, if the visitor has named one."""
    since = keys.SINCE.get()
    return _mine().stars(None if since is None else datetime(since.year, since.month, since.day).timestamp())


def mark_pulls() -> dict[str, float]:
    """What marks add to the pulls: titles that are not for the visitor pull away, unless switched off; seen ones count as watched."""
    away = {} if keys.DISLIKES_REST.get() else {title_name(item_id): AWAY for item_id in marked("hidden")}
    return away | {seen_name(item_id): 1.0 for item_id in marked("seen")}


def unlisted() -> set[str]:
    """Ids of the titles that no list shows although they may not be rated: seen, not for the visitor, rated before the ratings that
    count, or chosen as what the others shall be like."""
    like = {item_id for name in steering.pulls() if (item_id := title_of(name))}
    return {*marked("hidden"), *marked("seen"), *ratings().keys() - counted_ratings().keys(), *like}


def visitor() -> Visitor:
    """The visitor before the engine, made afresh for this run."""
    return app_data.engine().visitor(counted_ratings(), mark_pulls() | steering.all_pulls())


def visitor_without_fame() -> Visitor:
    """The same visitor as if they had not said how well known titles shall be."""
    return app_data.engine().visitor(counted_ratings(), mark_pulls() | steering.pulls())


def rate(item_id: str, stars: float) -> None:
    """Store a rating with the guess that preceded it."""
    first = guess(item_id)
    _mine().rate(item_id, stars, _predicted(item_id) if first is None else first)


def _predicted(item_id: str) -> float:
    """The expected stars of one title by the other ratings; NaN if they cannot be predicted."""
    fitted = app_data.engine()
    others = {other: stars for other, stars in ratings().items() if other != item_id}
    position = np.array([fitted.dataset.position(item_id)])
    return float(fitted.visitor(others, mark_pulls()).predict_at(position)[0])


def mark(item_id: str, what: Mark) -> None:
    """Mark a title; it replaces what was said about it."""
    _mine().mark(item_id, what)


def put_back(item_id: str, before: Feedback | None) -> None:
    """Say again what :func:`said_about` answered earlier."""
    _mine().put_back(item_id, before)


def clear(item_id: str) -> None:
    """Forget what the visitor said about a title."""
    _mine().clear(item_id)


def factor_names() -> dict[str, str]:
    """The names that the visitor gave to factors of this data set."""
    return _mine().factor_names()


def name_factor(factor: str, name: str) -> None:
    """Remember the visitor's own name for a factor; an empty one takes it away."""
    _mine().name_factor(factor, name)


def forget() -> None:
    """Delete everything that this profile ever said, in all data sets."""
    back_to_mine()
    _own().forget()


def said() -> dict[str, Feedback]:
    """Everything that the visitor said about the titles of this data set, by item id."""
    return _own().said()


def history() -> list[Feedback]:
    """The same with dates, oldest first. Raises :class:`StoreError` if they cannot be read."""
    return _own().history()


def bring_in(put: Sequence[Feedback]) -> Undo:
    """Say much at once, and what takes it back. Raises :class:`StoreError`; then nothing was changed."""
    back_to_mine()
    return bringing.bring_in(_own(), put)


def take_back(undo: Undo) -> int:
    """Restore what was said before an import; how many titles. Raises :class:`StoreError`; then nothing was changed."""
    return bringing.take_back(_own(), undo)
