"""What the visitor said in this browser tab: stars, titles not seen or hidden, names of factors."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core import Visitor
from recsys_core.datasets.sources.linking import carry_ratings
from recsys_core.errors import RecsysError, StoreError
from recsys_core.settings import settings
from recsys_core.storage.store import LONGEST_NAME, Feedback, Mark, Store, is_token, new_token
from ui.session import app_data, keys, steering

TOKEN_PARAMETER = "p"


@st.cache_resource(show_spinner=False)
def _store(url: str) -> Store:
    return Store(url)


def store() -> Store:
    """The database of ratings; ``DATABASE_URL`` chooses another than the file in ``data/``."""
    return _store(settings().database_url)


def open_profile() -> None:
    """Take up the profile that the address names, or begin a new one; called at the start of every run.

    The token in the address is the only key to the ratings, so that they survive a reload without an account.
    """
    given = st.query_params.get(TOKEN_PARAMETER)
    if not keys.TOKEN.get():
        keys.TOKEN.set(str(given) if is_token(given) else new_token())
    if keys.FEEDBACK.get() is None:
        keys.FEEDBACK.set({})
    if not keys.LOADED.get():
        _load()
    if keys.LOADED.get() and (left := keys.COMING_FROM.take()):
        _carry(left)
    name = app_data.dataset_name()
    keys.DATASET.set(name)
    wanted = {TOKEN_PARAMETER: keys.TOKEN.get()} | ({app_data.DATASET_PARAMETER: name} if name != app_data.default_dataset() else {})
    if st.query_params.to_dict() != wanted:  # a page switch drops the parameters
        st.query_params.from_dict(wanted)


def is_open() -> bool:
    """Whether :func:`open_profile` has been called in this tab."""
    return keys.FEEDBACK.get() is not None


def choose_dataset(name: str) -> None:
    """Look at another data set from now on; ratings come along where titles are found there."""
    left, token = app_data.dataset_name(), keys.TOKEN.get()
    if name == left:
        return
    st.session_state.clear()  # what was searched, filtered and listed belongs to the data set that is left
    keys.DATASET.set(name)
    keys.TOKEN.set(token)
    keys.COMING_FROM.set(left)
    if app_data.ready(name):
        open_profile()


def _carry(name: str) -> None:
    """Take the ratings along from another data set, unless something was rated here before."""
    try:
        source = app_data.engine(name).dataset
        said_there = store().feedback(keys.TOKEN.get(), source.name)
        before = {said.item_id: said.stars for said in said_there if said.stars is not None}
        if _feedback() or not before:
            return
        found = carry_ratings(before, source, app_data.engine().dataset)
    except (RecsysError, OSError):  # the other data set is gone, or its ratings cannot be read
        return
    for item_id, stars in found.items():
        _say(Feedback(item_id, "rated", stars))
    keys.CARRIED.set(f"{len(found)} of your {len(before)} ratings came along: those titles are here too.")


def _load() -> None:
    """Read what was said before. Until that succeeds it is tried again in each run; what this tab said meanwhile wins."""
    try:
        before = {said.item_id: said for said in store().feedback(keys.TOKEN.get(), app_data.engine().dataset.name)}
    except StoreError as error:
        keys.UNSAVED.set(str(error))
        return
    keys.LOADED.set(True)
    newer, pending = _feedback(), keys.PENDING.get()
    keys.FEEDBACK.set({item_id: said for item_id, said in before.items() if item_id not in pending} | newer)
    if not pending:
        keys.UNSAVED.set("")


def _feedback() -> dict[str, Feedback]:
    return keys.FEEDBACK.get() or {}


def ratings() -> dict[str, float]:
    """Stars by item id, oldest first."""
    return {said.item_id: said.stars for said in _feedback().values() if said.stars is not None}


def newest_positions(n: int) -> list[int]:
    """Positions of the last ``n`` titles of this data set that were rated, newest first."""
    index = app_data.engine().dataset.item_index
    return [index[item_id] for item_id in reversed(ratings()) if item_id in index][:n]


def guess(item_id: str) -> float | None:
    """The stars that were predicted just before the visitor rated a title."""
    said = _feedback().get(item_id)
    return said.guess if said else None


def marked(mark: Mark) -> list[str]:
    """Item ids that the visitor marked as "not seen" or "hidden"."""
    return [said.item_id for said in _feedback().values() if said.mark == mark]


def visitor() -> Visitor:
    """The visitor before the engine, made afresh for this run."""
    return app_data.engine().visitor(ratings(), steering.pulls())


def rate(item_id: str, stars: float) -> None:
    """Store a rating with the guess that preceded it."""
    guessed = guess(item_id)
    if guessed is None:
        guessed = _predicted(item_id)
    _say(Feedback(item_id, "rated", stars, guessed))


def _predicted(item_id: str) -> float | None:
    """The expected stars of one title by the other ratings; None if they cannot be predicted."""
    fitted = app_data.engine()
    others = {other: stars for other, stars in ratings().items() if other != item_id}
    position = np.array([fitted.dataset.position(item_id)])
    expected = float(fitted.visitor(others).predict_at(position)[0])
    return None if np.isnan(expected) else expected


def mark_not_seen(item_id: str) -> None:
    """Take a title off the wall of titles to rate."""
    _say(Feedback(item_id, "not seen"))


def hide(item_id: str) -> None:
    """Never recommend a title again."""
    _say(Feedback(item_id, "hidden"))
    st.toast("Hidden. The end of the page brings it back.", icon=":material/visibility_off:")


def clear(item_id: str) -> None:
    """Forget what the visitor said about a title."""
    keys.FEEDBACK.set({other: said for other, said in _feedback().items() if other != item_id})
    _save(item_id)


def _say(said: Feedback) -> None:
    others = {item_id: other for item_id, other in _feedback().items() if item_id != said.item_id}
    keys.FEEDBACK.set(others | {said.item_id: said})  # the newest stands last
    _save(said.item_id)


def _save(item_id: str) -> None:
    """Write what is now said about a title, and whatever could not be written before.

    Where the database fails, this tab's memory goes on and the page says so.
    """
    keys.PENDING.set(keys.PENDING.get() | {item_id})
    try:
        for waiting in sorted(keys.PENDING.get()):
            _write(keys.TOKEN.get(), app_data.engine().dataset.name, waiting, _feedback().get(waiting))
    except StoreError as error:
        keys.UNSAVED.set(str(error))
        return
    keys.PENDING.set(frozenset())
    if keys.LOADED.get():
        keys.UNSAVED.set("")


def _write(token: str, dataset: str, item_id: str, said: Feedback | None) -> None:
    if said is None:
        store().clear(token, dataset, item_id)
    elif said.stars is not None:
        store().rate(token, dataset, item_id, said.stars, said.guess)
    else:
        store().mark(token, dataset, item_id, said.mark)


def factor_names() -> dict[str, str]:
    """The names that the visitor gave to factors of this data set."""
    names = keys.FACTOR_NAMES.get()
    if names is None:
        try:
            names = store().factor_names(keys.TOKEN.get(), app_data.engine().dataset.name)
        except StoreError as error:
            keys.UNSAVED.set(str(error))
            return {}
        keys.FACTOR_NAMES.set(names)
    return dict(names)


def name_factor(factor: str, name: str) -> None:
    """Remember the visitor's own name for a factor; an empty one takes it away."""
    names = {other: given for other, given in factor_names().items() if other != factor}
    keys.FACTOR_NAMES.set(names | ({factor: name.strip()[:LONGEST_NAME]} if name.strip() else {}))
    try:
        store().name_factor(keys.TOKEN.get(), app_data.engine().dataset.name, factor, name)
    except StoreError as error:
        keys.UNSAVED.set(str(error))


def forget() -> None:
    """Delete everything that this profile ever said, in all data sets."""
    keys.FEEDBACK.set({})
    keys.FACTOR_NAMES.set({})
    try:
        store().forget(keys.TOKEN.get())
        keys.PENDING.set(frozenset())
        keys.UNSAVED.set("")
    except StoreError as error:
        keys.UNSAVED.set(str(error))
