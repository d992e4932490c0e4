"""The data set that a visitor looks at, and what all visitors of it share: the fitted engine and the title search."""

from __future__ import annotations

import gc
import secrets

import streamlit as st
from threadpoolctl import threadpool_limits

from recsys_core import Engine
from recsys_core.data.search import TitleSearch
from recsys_core.datasets import SHOWCASE, WITH_SHOWS, completed, has_shows
from recsys_core.datasets.download.fetch import downloaded
from recsys_core.datasets.visitors import hand_over, is_own, owner_of
from recsys_core.errors import DatasetError, JobRefusedError, SavedEngineError
from recsys_core.exchange.matching import Matcher
from recsys_core.fitted import Stage
from recsys_core.serving.jobs import SERVER, Jobs
from recsys_core.serving.once import once
from recsys_core.serving.open_engines import OpenEngines
from recsys_core.serving.saved_engines import discard, has_engine, load_engine, remove_own_set, saved_stage, saved_version, source_key
from recsys_core.settings import settings
from recsys_core.storage.store import is_token
from ui.session import keys

DATASET_PARAMETER, TOKEN_PARAMETER = "d", "p"
MAX_OPEN = 4
"""How many data sets are kept in memory at once."""


def default_dataset() -> str:
    """The data set that this server opens: ``RECSYS_DATASET``, a name or a path."""
    return settings().dataset


def dataset_choices() -> list[str]:
    """What this visitor may choose: the server's own, the showcase, what has been downloaded, and what they have brought themselves."""
    return list(dict.fromkeys([default_dataset(), SHOWCASE, *downloaded(owner=owner())]))


def dataset_name() -> str:
    """The data set that this visitor looks at. Only what may be chosen is taken from the address."""
    chosen, usual = str(keys.DATASET.get() or st.query_params.get(DATASET_PARAMETER) or ""), default_dataset()
    return chosen if chosen and chosen != usual and _may_be_chosen(chosen) else usual


def _may_be_chosen(name: str) -> bool:
    """Whether a name is a choice, or one of MovieLens with the showcase's shows."""
    choices = dataset_choices()
    base = name.removesuffix(WITH_SHOWS)
    if name in choices or base not in choices or has_shows(base):
        return name in choices
    try:
        return completed(base)
    except DatasetError:
        return False


def owner() -> str:
    """Who this visitor is to jobs and data sets: a hash of the key to their ratings; before there is one, of the tab's name."""
    mine = keys.RATINGS.get()
    token = mine.token if mine else keys.TOKEN.get() or str(st.query_params.get(TOKEN_PARAMETER))
    if not is_token(token):
        if not keys.TAB.get():
            keys.TAB.set(secrets.token_urlsafe())
        token = keys.TAB.get()
    return owner_of(token)


def come_along(before: str) -> None:
    """Give this visitor, whose key has been renewed, the data sets that they had as another owner; what they look at stays the same."""
    now = owner()
    hand_over(before, now)
    if name := keys.DATASET.get():
        keys.DATASET.set(name.replace(before, now))


def jobs() -> Jobs:
    """What this server does beside its pages: downloads, fits, measurements."""
    return once(Jobs, settings().models_folder)


def stage(name: str) -> Stage | None:
    """How far the models of a data set are fitted; None if not at all. Raises :class:`DatasetError` if there is no such data set."""
    return saved_stage(name, jobs().folder)


def ready(name: str) -> bool:
    """Whether personal lists can be made of a data set. Raises :class:`DatasetError` if there is no such data set."""
    return stage(name) is not None


def open_dataset(name: str) -> bool:
    """Load the engine as far as it is fitted, and see to it that the rest follows; False where one has to wait for it.

    Raises :class:`DatasetError` if there is no such data set.
    """
    found = stage(name)
    if found is None:
        return False
    try:
        engine(name)
    except SavedEngineError:  # damaged: fit again
        discard(name, jobs().folder)
        return False
    # Unfinished: the server was stopped on the way. What failed is not tried for ever, and a folder from elsewhere stays as it is.
    if found != "complete" and not has_engine(name) and jobs().job(name) is None:
        begin(name)
    return True


def begin(name: str) -> None:
    """Begin to prepare a data set; where the server refuses that, ``keys.REFUSED`` holds the reason. It never refuses its own."""
    try:
        jobs().start(name, owner=SERVER if name == default_dataset() else owner())
        keys.REFUSED.forget()
    except JobRefusedError as error:
        keys.REFUSED.set(str(error))


def delete(name: str) -> None:
    """Remove a data set that this visitor has brought, with what was fitted to it. Nothing happens to any other."""
    if not is_own(name) or name not in dataset_choices():
        return
    for each in (name, f"{name}{WITH_SHOWS}"):
        for job in jobs().running():
            if job.dataset == each:
                job.cancel()
        _engines().close(each)
    remove_own_set(name, jobs().folder)


def engine(name: str | None = None) -> Engine:
    """The fitted engine as far as it is, shared and read-only. Raises :class:`RecsysError` if there is none, or no data set."""
    name = name or dataset_name()
    return _engines().get(name, saved_version(name, jobs().folder), lambda: _load(name))


def data_key() -> str:
    """Changes whenever the data set's source changes or more of it is fitted: the key of everything cached about it."""
    name = dataset_name()
    return f"{source_key(name)} {stage(name)}"


def search() -> TitleSearch:
    """The title search over the engine's data set."""
    return _search(data_key(), engine())


def matcher() -> Matcher:
    """The index by which titles of visitors' files are found."""
    return _matcher(data_key(), engine())


def _engines() -> OpenEngines:
    return once(OpenEngines, MAX_OPEN)


def _load(name: str) -> Engine:
    fitted = load_engine(name, jobs().folder)
    threadpool_limits(1)  # BLAS threads would fight the threads of the other visitors
    gc.unfreeze()  # an engine that is no longer used
    gc.collect()
    gc.freeze()  # Streamlit collects garbage after each run: spare it the models
    return fitted


@st.cache_resource(show_spinner=False, max_entries=4)
def _search(key: str, _engine: Engine) -> TitleSearch:
    return TitleSearch(_engine.dataset)


@st.cache_resource(show_spinner=False, max_entries=4)
def _matcher(key: str, _engine: Engine) -> Matcher:
    return Matcher(_engine.dataset)
