"""The data set that a visitor looks at, and what all visitors of it share: the fitted engine and the title search."""

from __future__ import annotations

import gc

import streamlit as st
from threadpoolctl import threadpool_limits

from recsys_core import Engine
from recsys_core.data.search import TitleSearch
from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from recsys_core.datasets.download.fetch import downloaded
from recsys_core.serving.jobs import preparation
from recsys_core.serving.saved_engines import is_prepared, prepare_engine, source_key
from recsys_core.settings import settings
from ui.session import keys

DATASET_PARAMETER = "d"


def default_dataset() -> str:
    """The data set that this server opens: ``RECSYS_DATASET``, a name or a path."""
    return settings().dataset


def dataset_choices() -> list[str]:
    """What a visitor may choose: the server's own, the showcase, and what has been downloaded."""
    return list(dict.fromkeys([default_dataset(), SHOWCASE, *downloaded()]))


def dataset_name() -> str:
    """The data set that this visitor looks at. Only what may be chosen is taken from the address."""
    chosen = keys.DATASET.get() or st.query_params.get(DATASET_PARAMETER)
    if chosen and chosen.removesuffix(WITH_SHOWS) in dataset_choices():
        return str(chosen)
    return default_dataset()


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
