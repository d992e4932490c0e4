"""What the visitor of this tab said: stars, titles not seen or hidden, names of factors. Kept by :class:`VisitorRatings`."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import streamlit as st

from recsys_core import Visitor
from recsys_core.datasets.sources.linking import carry_ratings
from recsys_core.errors import RecsysError, StoreError
from recsys_core.serving.once import once
from recsys_core.settings import settings
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import Mark, Store, is_token
from recsys_core.visitor.steering import FAME_STEPS
from ui.server.browser_cookie import COOKIE, is_browser_id
from ui.session import app_data, keys, steering

TOKEN_PARAMETER, FAME_PARAMETER = app_data.TOKEN_PARAMETER, "w"


def _store(url: str) -> Store:
    return Store(url, open_now=False)  # a database that cannot be reached yet is tried again in each run


def store() -> Store:
    """The database of ratings; ``DATABASE_URL`` chooses another than the file in ``data/``."""
    return once(_store, settings().database_url)


def open_profile() -> bool:
    """Take up the profile that the address names, or begin a new one; called at the start of every run.

    The token in the address is the only key to the ratings, so that they survive a reload without an account. A key that this server
    did not issue, or that was renewed, opens nothing: a new profile begins. False where another browser's ratings lie under the key:
    then ask whose shall be used, for a link may have been sent to plant them (:func:`use_this_key`, :func:`start_own`).
    """
    mine = keys.RATINGS.get()
    if mine is None:
        token = _token()
        if not token:
            return False
        mine = _open(token)
    mine.load()
    if mine.renewed:
        keys.KEY_NOTE.set("These ratings have got a new key, and this address held the old one. You start with none here.")
        mine = _open(store().issue(_browser()))
        mine.load()
    if mine.loaded and (left := keys.COMING_FROM.take()):
        _carry(left, mine)
    keys.DATASET.set(app_data.dataset_name())
    if keys.FAME.get() is None:
        keys.FAME.set(_fame_in_address())
    _write_address(mine.token)
    return True


def _open(token: str) -> VisitorRatings:
    mine = VisitorRatings(store(), token, app_data.engine().dataset.key)
    keys.RATINGS.set(mine)
    return mine


def _write_address(token: str) -> None:
    """Put into the address what outlives the tab: the profile, and what differs from the defaults. Other parameters are others' own."""
    name, step = app_data.dataset_name(), steering.fame()
    wanted = {
        TOKEN_PARAMETER: token,
        app_data.DATASET_PARAMETER: name if name != app_data.default_dataset() else "",
        FAME_PARAMETER: str(step) if step else "",
    }
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
    _write_address(_mine().token)


def _token() -> str:
    """The token of this tab's profile, or the one of the profile that is to be opened; empty where one has to ask first."""
    if mine := keys.RATINGS.get():
        return mine.token
    if chosen := keys.TOKEN.take():
        return chosen
    given, browser = str(st.query_params.get(TOKEN_PARAMETER)), _browser()
    if not is_token(given):
        return store().issue(browser)
    try:
        standing = store().standing(given, browser)
        if standing == "unclaimed":
            store().admit(given, browser)
    except StoreError:  # nobody can tell now: whoever comes back finds their ratings when the database is back
        return given
    if standing == "none":
        return store().issue(browser)
    return "" if standing == "foreign" else given


def _browser() -> str:
    """What tells this browser from others (:mod:`ui.server.browser_cookie`); empty where it takes no cookies: then nobody is asked."""
    value = st.context.cookies.get(COOKIE)
    return str(value) if is_browser_id(value) else ""


def use_this_key() -> None:
    """Use the ratings that the address names, although another browser gave them."""
    given = str(st.query_params.get(TOKEN_PARAMETER))
    with suppress(StoreError):  # asked again next time
        store().admit(given, _browser())
    keys.TOKEN.set(given)


def start_own() -> None:
    """Begin a profile of this browser's own instead of the one that the address names."""
    keys.TOKEN.set(store().issue(_browser()))


def keep_key() -> None:
    """Let the address open the profile after a restart, too, although nothing may have been rated: a data set belongs to it."""
    with suppress(StoreError):  # then ratings cannot be stored either, and the page says so
        store().keep(_mine().token)


def renew_key() -> None:
    """Give the profile a new key; the old one opens nothing any more. Raises :class:`StoreError` if that cannot be done now."""
    mine, before = _mine(), app_data.owner()
    mine.renew_key(_browser())
    app_data.come_along(before)
    _write_address(mine.token)


def is_open() -> bool:
    """Whether :func:`open_profile` has been called in this tab."""
    return keys.RATINGS.get() is not None


def choose_dataset(name: str) -> None:
    """Look at another data set from now on; ratings come along where titles are found there."""
    left = app_data.dataset_name()
    if name == left:
        return
    token, fame = _token(), keys.FAME.get()
    st.session_state.clear()  # what was searched, filtered and listed belongs to the data set that is left
    keys.DATASET.set(name)
    keys.TOKEN.set(token)
    keys.COMING_FROM.set(left)
    keys.FAME.set(fame)
    if app_data.open_dataset(name):
        open_profile()


def _carry(left: str, mine: VisitorRatings) -> None:
    """Take the ratings along from the data set that was left, unless something was rated in this one before."""
    try:
        source = app_data.engine(left).dataset
        said_there = VisitorRatings(store(), mine.token, source.key)
        if not said_there.load() or not (before := said_there.stars()):
            return
        found = carry_ratings(before, source, app_data.engine().dataset)
    except (RecsysError, OSError):  # the other data set is gone
        return
    n = mine.carry_from(found)
    if n or not found:
        keys.CARRIED.set(f"{n} of your {len(before)} ratings came along: those titles are here too.")


def _mine() -> VisitorRatings:
    mine = keys.RATINGS.get()
    if mine is None:
        raise RuntimeError("No profile is open: app.py opens it before it runs a page.")
    return mine


def trouble() -> str:
    """Why something is not stored or cannot be read, as a sentence; empty if all is well."""
    return _mine().error


def n_waiting() -> int:
    """How many changes are not stored yet. What waits is in the server's memory, and is tried again whether or not a tab is open."""
    return _mine().n_waiting


def readable() -> bool:
    """Try to read what was said before; whether nothing is in trouble any more."""
    mine = _mine()
    return mine.load() and not mine.error


def follow() -> bool:
    """Take up what other tabs said; whether this tab knew it all and the database can be reached."""
    return _mine().follow()


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
    """Item ids that the visitor marked as "not seen" or "hidden"."""
    return _mine().marked(mark)


def visitor() -> Visitor:
    """The visitor before the engine, made afresh for this run."""
    return app_data.engine().visitor(ratings(), steering.all_pulls())


def visitor_without_fame() -> Visitor:
    """The same visitor as if they had not said how well known titles shall be."""
    return app_data.engine().visitor(ratings(), steering.pulls())


def rate(item_id: str, stars: float) -> None:
    """Store a rating with the guess that preceded it."""
    first = guess(item_id)
    _mine().rate(item_id, stars, _predicted(item_id) if first is None else first)


def _predicted(item_id: str) -> float:
    """The expected stars of one title by the other ratings; NaN if they cannot be predicted."""
    fitted = app_data.engine()
    others = {other: stars for other, stars in ratings().items() if other != item_id}
    position = np.array([fitted.dataset.position(item_id)])
    return float(fitted.visitor(others).predict_at(position)[0])


def mark_not_seen(item_id: str) -> None:
    """Take a title off the wall of titles to rate."""
    _mine().mark(item_id, "not seen")


def hide(item_id: str) -> None:
    """Never recommend a title again."""
    _mine().mark(item_id, "hidden")
    st.toast("Hidden. You can show it again at the end of the page For you.", icon=":material/visibility_off:")


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
    _mine().forget()
