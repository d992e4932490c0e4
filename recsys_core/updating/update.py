"""Bring a fitted engine up to date with new ratings."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from recsys_core.common.progress import Progress, silent
from recsys_core.data.dataset import Dataset
from recsys_core.engine import Engine
from recsys_core.errors import DataError
from recsys_core.fitted import AGELESS, ALL_MODELS, Updated
from recsys_core.models import SVD, GaussianProcess, Hybrid, ItemKNN, Model
from recsys_core.models.baseline import Baseline
from recsys_core.updating.growing import grown_baseline, grown_model, grown_studies
from recsys_core.updating.merging import Merged, merged
from recsys_core.updating.neighbours import renewed


class Update(NamedTuple):
    """An engine that was brought up to date, and what was added.

    Attributes
    ----------
    engine : Engine
        The same as before if nothing was new.
    added : Merged
    recomputed : int
        Titles whose neighbours were computed anew.
    """

    engine: Engine
    added: Merged
    recomputed: int


def update(engine: Engine, given: Dataset, progress: Progress = silent) -> Update:
    """Add new ratings, people and titles to an engine; the engine that is given stays as it is.

    Parameters
    ----------
    given : Dataset
        The data set as it is now, or new ratings alone; see :func:`~recsys_core.updating.merging.merged`.

    Raises
    ------
    DataError
        Nothing can be added to this engine, or the ratings are those of another data set.
    """
    check_updatable(engine)
    if not given.n_ratings:
        raise DataError(f"{given.name} holds no ratings.")
    progress(0.0, "new ratings")
    added = merged(engine.dataset, given)
    if not (added.new or added.changed or added.titles or added.described_anew):
        return Update(engine, added, 0)
    dataset = added.dataset
    progress(0.2, "counts and biases")
    baseline = Baseline.fit(dataset)
    ages = _Ages(engine.baseline, baseline)
    models: dict[str, Model] = {}
    for kind in ALL_MODELS:
        if kind.name in engine.models:
            old = engine.model(kind.name)
            models[kind.name] = grown_model(old, dataset.n_items, baseline if kind in AGELESS else ages.of(old.baseline_))
    if isinstance(gp := models.get("gp"), GaussianProcess):
        gp.restore(gp.baseline_, gp.state() | {"means_": gp.means_ + ages.moved})
    if added.titles or added.described_anew:
        progress(0.3, "content")
        models["content"] = copy(models["content"]).fit(dataset, baseline)
    progress(0.5, "item-knn")
    before = engine.updated or Updated(engine.dataset.n_ratings, 0, np.zeros(engine.dataset.n_items, dtype=np.int64))
    pending = np.pad(before.pending, (0, added.titles)) + added.touched
    recomputed = 0
    if isinstance(item_knn := models.get("item-knn"), ItemKNN):
        with threadpool_limits(limits=1):
            models["item-knn"], pending, rows = renewed(item_knn, dataset, baseline, pending)
        recomputed = len(rows)
    hybrid = models["hybrid"]
    assert isinstance(hybrid, Hybrid)
    models["hybrid"] = _with_parts(hybrid, models, dataset, baseline)
    svd = models.get("svd")
    studies = grown_studies(engine.studies, svd if isinstance(svd, SVD) else None, dataset.n_items)
    since = Updated(before.n_fitted, before.n_since + added.new + added.changed, pending)
    progress(1.0, "updated")
    return Update(Engine(dataset, models, studies, engine.stage, since), added, recomputed)


def check_updatable(engine: Engine) -> None:
    """Raise :class:`DataError` if nothing can be added to an engine: it holds some people's ratings only, or was fitted without any."""
    dataset = engine.dataset
    if dataset.totals is not None:
        raise DataError(
            f"The engine of {dataset.name} holds the ratings of {dataset.n_users:,} of {dataset.n_people:,} people, "
            "so nothing can be added to those of the others. Train it anew."
        )
    if not dataset.n_ratings:
        raise DataError(f"The engine of {dataset.name} was fitted without ratings, so most of its models are not there. Fit it anew.")


class _Ages:
    """Baselines for models as of the last whole fit: whom they know stays, and the biases move as those of everybody did.

    A model's stars are biases plus what it adds to them, and the hybrid weighs these additions: the biases of its parts have to be
    its own.
    """

    def __init__(self, then: Baseline, now: Baseline) -> None:
        self._n_items = len(now.raters)
        self._mean = now.mean - then.mean
        self._item_bias = now.item_bias - grown_baseline(then, self._n_items).item_bias
        self._found: dict[int, Baseline] = {}

    @property
    def moved(self) -> np.ndarray:
        """How far the expected stars of each title have moved, shape (n_items,)."""
        return self._item_bias + self._mean

    def of(self, baseline: Baseline) -> Baseline:
        """The baseline of a model; models that shared one still do."""
        if id(baseline) not in self._found:
            grown = grown_baseline(baseline, self._n_items)
            mean, item_bias = grown.mean + self._mean, grown.item_bias + self._item_bias
            self._found[id(baseline)] = replace(grown, mean=mean, item_bias=item_bias)
        return self._found[id(baseline)]


def _with_parts(hybrid: Hybrid, models: dict[str, Model], dataset: Dataset, baseline: Baseline) -> Hybrid:
    """The hybrid with its parts as they are now, and with what the biases leave unexplained now; its weights stay."""
    fresh = Hybrid([models[name] for name in hybrid.parts], weights=hybrid.weights, refit_parts=False)
    residuals = baseline.residuals(dataset).data.astype(np.float64)
    return fresh.restore(baseline, hybrid.state() | {"unexplained_": np.sqrt((residuals**2).mean())})
