"""Found factors against the true taste axes, which only a simulated audience has."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core import Engine
from recsys_core.datasets import SHOWCASE
from recsys_core.datasets.sources.showcase import AXES, read_catalogue, truth
from recsys_core.evaluation.truth import axis_agreement
from ui.session import app_data


def closest_axis(engine: Engine, factor: int) -> tuple[str, float] | None:
    """The true axis that correlates most with a factor ("dark – light"), and how much; None where no truth is kept."""
    if engine.dataset.name != SHOWCASE:
        return None
    alike = _agreement(app_data.data_key(), engine)[factor]
    return AXES[int(alike.argmax())].replace("_", " – "), float(alike.max())


@st.cache_data(show_spinner=False, max_entries=2)
def _agreement(key: str, _engine: Engine) -> np.ndarray:
    ids = read_catalogue()["item_id"].to_numpy()
    return axis_agreement(_engine.factors.loadings, _engine.dataset, _engine.factors.known, truth(), ids)
