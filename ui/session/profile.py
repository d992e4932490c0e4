"""What the visitor of this tab said: stars, titles not seen or hidden, names of factors. Kept by :class:`VisitorRatings`."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core import Visitor
from recsys_core.datasets.sources.linking import carry_ratings
from recsys_core.errors import RecsysError
from recsys_core.serving.once import once
from recsys_core.settings import settings
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import Mark, Store, is_token, new_token
from recsys_core.visitor.steering import FAME_STEPS
from ui.session import app_data, keys, steering

TOKEN_PARAMETER, FAME_PARAMETER = app_data.TOKEN_PARAMETER, "w"


def _store(url: str) -> Store:
    return Store(url, open_now=False)  # a database that cannot be reached yet is tried again in each run


def store() -> Store:
    """The database of ratings; ``DATABASE_URL`` chooses another than the file in ``data/``."""
    return once(_store, settings().database_url)


def open_profile() -> None:
    """Take up the profile that the address names, or begin a new one; called at the start of every run.

    The token in the address is the only key to the ratings, so that they survive a reload without an account.
    """
    mine = keys.RATINGS.get()
    if mine is None:
        mine = VisitorRatings(store(), _token(), app_data.engine().dataset.key)
        keys.RATINGS.set(mine)
    if mine.load() and (left := keys.COMING_FROM.take()):
        _carry(left, mine)
    keys.DATASET.set(app_data.dataset_name())
    if keys.FAME.get() is None:
        keys.FAME.set(_fame_in_address())
    _write_address(mine.token)


def _write_address(token: str) -> None:
    """Put into the address what outlives the tab: the profile, and what differs from the defaults."""
    wanted = {TOKEN_PARAMETER: token}
    if (name := app_data.dataset_name()) != app_data.default_dataset():
        wanted[app_data.DATASET_PARAMETER] = name
    if step := steering.fame():
        wanted[FAME_PARAMETER] = str(step)
    if st.query_params.to_dict() != wanted:  # a page switch drops the parameters
        st.query_params.from_dict(wanted)


def _fame_in_address() -> int:
    """How well known titles shall be according to the address; 0 if it says nothing that makes sense."""
    by_text = {str(step): step for step in FAME_STEPS}
    return by_text.get(str(st.query_params.get(FAME_PARAMETER)), 0)


def choose_fame(step: int) -> None:
    """Remember how well known the listed titles shall be, from 2 (very) to -2 (hidden gems); 0 lets go."""
    keys.FAME.set(step)
    _write_address(_mine().token)


def _token() -> str:
    """The token of this tab's profile, or one for a profile that is to be opened."""
    if mine := keys.RATINGS.get():
        return mine.token
    given = st.query_params.get(TOKEN_PARAMETER)
    return keys.TOKEN.take() or (str(given) if is_token(given) else new_token())


def is_open() -> bool:
    """Whether :func:`open_profile` has been called in this tab."""
    return keys.RATINGS.get() is not None


def choose_dataset(name: str) -> None:
    """Look at another data set from now on; ratings come along where titles are found there."""
    left, token, fame = app_data.dataset_name(), _token(), keys.FAME.get()
    if name == left:
        return
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


def unsaved() -> str:
    """Why ratings last only as long as this tab, as a sentence; empty where they are saved."""
    return _mine().error


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
