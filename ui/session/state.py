"""A visitor's ratings in this browser tab, and the engine that all visitors share."""

from __future__ import annotations

import gc

import streamlit as st
from threadpoolctl import threadpool_limits

from recsys_core import Engine, Visitor
from recsys_core.data.search import TitleSearch
from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from recsys_core.datasets.download.fetch import downloaded
from recsys_core.datasets.sources.linking import carry_ratings
from recsys_core.errors import RecsysError, StoreError
from recsys_core.serving.jobs import preparation
from recsys_core.serving.saved_engines import is_prepared, prepare_engine, source_key
from recsys_core.settings import settings
from recsys_core.storage.store import LONGEST_NAME, Feedback, Store, is_token, new_token
from recsys_core.visitor.steering import MOST

TOKEN_PARAMETER, DATASET_PARAMETER = "p", "d"


def default_dataset() -> str:
    """The data set that this server opens: ``RECSYS_DATASET``, a name or a path."""
    return settings().dataset


def dataset_choices() -> list[str]:
    """What a visitor may choose: the server's own, the showcase, and what has been downloaded."""
    return list(dict.fromkeys([default_dataset(), SHOWCASE, *downloaded()]))


def dataset_name() -> str:
    """The data set that this visitor looks at. Only what may be chosen is taken from the address."""
    chosen = st.session_state.get("dataset") or st.query_params.get(DATASET_PARAMETER)
    if chosen and chosen.removesuffix(WITH_SHOWS) in dataset_choices():
        return str(chosen)
    return default_dataset()


def choose_dataset(name: str) -> None:
    """Look at another data set from now on; ratings come along where titles are found there."""
    state = st.session_state
    if name == dataset_name():
        return
    coming = {"dataset": name, "token": state.token, "coming_from": dataset_name()}
    state.clear()  # what was searched, filtered and listed belongs to the data set that is left
    state.update(coming)
    if ready(name):
        open_profile()


def ready(name: str) -> bool:
    """Whether the models of a data set need not be fitted first. Raises :class:`DatasetError` if there is no such data set."""
    before = preparation(name)
    # Where a fit cannot be saved, it is done: the engine is then fitted in this process.
    return is_prepared(name) or bool(before and before.state == "done")


def engine(name: str | None = None) -> Engine:
    """The fitted engine, shared and read-only. Raises :class:`DatasetError` if the data cannot be read."""
    name = name or dataset_name()
    return _engine(name, source_key(name))


def data_key() -> str:
    """Changes whenever the data set's source changes: the key of everything cached about it."""
    return source_key(dataset_name())


def search() -> TitleSearch:
    """The title search over the engine's data set."""
    return _search(data_key(), engine())


@st.cache_resource(show_spinner="Fitting the models. This happens once per data set…", max_entries=4)
def _engine(name: str, key: str) -> Engine:  # a changed source has another key (a leading underscore would be ignored)
    fitted = prepare_engine(name)
    threadpool_limits(1)  # BLAS threads would fight the threads of the other visitors
    gc.collect()
    gc.freeze()  # Streamlit collects garbage after each run: spare it the models
    return fitted


@st.cache_resource(show_spinner=False, max_entries=4)
def _search(key: str, _engine: Engine) -> TitleSearch:
    return TitleSearch(_engine.dataset)


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
    state = st.session_state
    if "token" not in state:
        state.token = given if is_token(given) else new_token()
    if "feedback" not in state:
        state.feedback = {}
        state.unsaved = ""
        state.pending = set()
        state.loaded = False
    if not state.loaded:
        _load()
    if state.loaded and "coming_from" in state:
        _carry(state.pop("coming_from"))
    name = dataset_name()
    state.dataset = name
    wanted = {TOKEN_PARAMETER: state.token} | ({DATASET_PARAMETER: name} if name != default_dataset() else {})
    if st.query_params.to_dict() != wanted:  # a page switch drops the parameters
        st.query_params.from_dict(wanted)


def _carry(name: str) -> None:
    """Take the ratings along from another data set, unless something was rated here before."""
    state = st.session_state
    try:
        source = engine(name).dataset
        before = {said.item_id: said.stars for said in store().feedback(state.token, source.name) if said.stars is not None}
        if state.feedback or not before:
            return
        found = carry_ratings(before, source, engine().dataset)
    except (RecsysError, OSError):  # the other data set is gone, or its ratings cannot be read
        return
    for item_id, stars in found.items():
        _say(Feedback(item_id, "rated", stars))
    state.carried = f"{len(found)} of your {len(before)} ratings came along: those titles are here too."


def _load() -> None:
    """Read what was said before. Until that succeeds it is tried again in each run; what this tab said meanwhile wins."""
    state = st.session_state
    try:
        before = {said.item_id: said for said in store().feedback(state.token, engine().dataset.name)}
    except StoreError as error:
        state.unsaved = str(error)
        return
    state.loaded = True
    newer = state.feedback
    state.feedback = {item_id: said for item_id, said in before.items() if item_id not in state.pending} | newer
    state.unsaved = state.unsaved if state.pending else ""


def ratings() -> dict[str, float]:
    """Stars by item id, oldest first."""
    return {said.item_id: said.stars for said in st.session_state.feedback.values() if said.stars is not None}


def guess(item_id: str) -> float | None:
    """The stars that were predicted just before the visitor rated a title."""
    said = st.session_state.feedback.get(item_id)
    return said.guess if said else None


def marked(mark: str) -> list[str]:
    """Item ids that the visitor marked as "not seen" or "hidden"."""
    return [said.item_id for said in st.session_state.feedback.values() if said.mark == mark]


def visitor() -> Visitor:
    """The visitor before the engine, made afresh for this run."""
    return engine().visitor(ratings(), steering())


def steering() -> dict[str, float]:
    """The visitor's pulls by name, as long as this tab is open; see :mod:`recsys_core.visitor.steering`."""
    return dict(st.session_state.get("steering", {}))


def steer(name: str, amount: float) -> None:
    """Pull the lists towards a factor or a keyword, or away from it; 0 lets go."""
    pulls = steering()
    pulls.pop(name, None)
    if amount:
        pulls[name] = max(-MOST, min(MOST, float(amount)))
    st.session_state.steering = pulls


def steer_straight() -> None:
    """Let go of everything."""
    st.session_state.steering = {}


def rate(item_id: str, stars: float) -> None:
    """Store a rating with the guess that preceded it."""
    before = {other: value for other, value in ratings().items() if other != item_id}
    guessed = guess(item_id)
    if guessed is None:
        fitted = engine()
        guessed = float(fitted.visitor(before).predict()[fitted.dataset.position(item_id)])
    known = None if guessed != guessed else guessed  # NaN: could not be predicted
    _say(Feedback(item_id, "rated", stars, known))


def mark_not_seen(item_id: str) -> None:
    """Take a title off the wall of titles to rate."""
    _say(Feedback(item_id, "not seen"))


def hide(item_id: str) -> None:
    """Never recommend a title again."""
    _say(Feedback(item_id, "hidden"))
    st.toast("Hidden. The end of the page brings it back.", icon=":material/visibility_off:")


def clear(item_id: str) -> None:
    """Forget what the visitor said about a title."""
    st.session_state.feedback.pop(item_id, None)
    _save(item_id)


def _say(said: Feedback) -> None:
    feedback: dict[str, Feedback] = st.session_state.feedback
    feedback.pop(said.item_id, None)  # the newest stands last
    feedback[said.item_id] = said
    _save(said.item_id)


def _save(item_id: str) -> None:
    """Write what is now said about a title, and whatever could not be written before.

    Where the database fails, this tab's memory goes on and the page says so.
    """
    state = st.session_state
    state.pending.add(item_id)
    try:
        for waiting in sorted(state.pending):
            _write(state.token, engine().dataset.name, waiting, state.feedback.get(waiting))
        state.pending.clear()
        state.unsaved = "" if state.loaded else state.unsaved
    except StoreError as error:
        state.unsaved = str(error)


def _write(token: str, dataset: str, item_id: str, said: Feedback | None) -> None:
    if said is None:
        store().clear(token, dataset, item_id)
    elif said.stars is not None:
        store().rate(token, dataset, item_id, said.stars, said.guess)
    else:
        store().mark(token, dataset, item_id, said.mark)


def factor_names() -> dict[str, str]:
    """The names that the visitor gave to factors of this data set."""
    state = st.session_state
    if "factor_names" not in state:
        try:
            state.factor_names = store().factor_names(state.token, engine().dataset.name)
        except StoreError as error:
            state.unsaved = str(error)
            return {}
    return dict(state.factor_names)


def name_factor(factor: str, name: str) -> None:
    """Remember the visitor's own name for a factor; an empty one takes it away."""
    state = st.session_state
    names = {other: given for other, given in factor_names().items() if other != factor}
    state.factor_names = names | ({factor: name.strip()[:LONGEST_NAME]} if name.strip() else {})
    try:
        store().name_factor(state.token, engine().dataset.name, factor, name)
    except StoreError as error:
        state.unsaved = str(error)


def forget() -> None:
    """Delete everything that this profile ever said, in all data sets."""
    state = st.session_state
    state.feedback = {}
    state.factor_names = {}
    try:
        store().forget(state.token)
        state.pending.clear()
        state.unsaved = ""
    except StoreError as error:
        state.unsaved = str(error)
