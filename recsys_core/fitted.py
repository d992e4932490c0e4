"""Fitted models: a data set and everything that is fitted to it, without any visitor."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
from scipy import sparse

from recsys_core.common.arrays import load_arrays, pack_strings, save_arrays, unpack_strings
from recsys_core.common.progress import Progress, silent, subprogress
from recsys_core.data import ranking
from recsys_core.data.dataset import Dataset
from recsys_core.errors import NotFittedError, SavedEngineError, UnknownModelError
from recsys_core.factors.how_many import DimensionStudy, study_dimensions
from recsys_core.factors.rate_next import RateNext
from recsys_core.factors.taste_map import TasteMap
from recsys_core.factors.view import FactorView, view_model
from recsys_core.models import ALS, EASE, NMF, SVD, Content, GaussianProcess, Hybrid, ItemKNN, Model, Popularity, UserKNN, Watched
from recsys_core.models.baseline import Baseline
from recsys_core.models.estimate import Estimator

ALL_MODELS: tuple[type[Model], ...] = (
    Popularity, Content, EASE, ItemKNN, SVD, GaussianProcess, Watched, UserKNN, ALS, NMF, Hybrid,
)  # fmt: skip
BLENDED: tuple[type[Model], ...] = (Content, EASE, ItemKNN, SVD, GaussianProcess, Watched)
FIRST: tuple[type[Model], ...] = (Popularity, Content, ItemKNN, SVD)
"""The models that are fitted within seconds and suffice for personal lists."""
FORMAT = 34
"""Version of the file layout. The settings of the models are saved and compared separately."""

T = TypeVar("T")
Stage: TypeAlias = Literal["lists", "models", "complete"]
"""Stage of a fit: enough models for personal lists, all models, or the factor studies as well."""
STAGES: tuple[Stage, ...] = ("lists", "models", "complete")
LISTS_SHARE, MODELS_SHARE = 0.1, 0.45
"""How much of the time, roughly, has gone by when these stages are reached; counted on the showcase."""


class Studies(NamedTuple):
    """The studies of the latent factors, computed once after the models are fitted."""

    factors: FactorView
    taste_map: TasteMap | None
    dimensions: DimensionStudy | None
    questions: RateNext | None

    @classmethod
    def none(cls, n_items: int) -> Self:
        """Return empty studies, for a data set without ratings or before the studies are made."""
        return cls(FactorView.empty(n_items), None, None, None)


class Learned(NamedTuple):
    """What was learned from everybody where the data set holds the ratings of some people only.

    Attributes
    ----------
    baseline : Baseline
        With the user biases of the people in the data set.
    models : mapping of the names of models to what their :meth:`~recsys_core.models.base.Model.state` holds
    """

    baseline: Baseline
    models: Mapping[str, Mapping[str, np.ndarray]]


class Updated(NamedTuple):
    """What was added to an engine since all of its models were last fitted; see :mod:`recsys_core.updating`.

    Attributes
    ----------
    n_fitted : int
        Ratings of that fit.
    n_since : int
        New and changed ratings since.
    pending : ndarray of int, shape (n_items,)
        New and changed ratings of each title since its neighbours were last computed.
    """

    n_fitted: int
    n_since: int
    pending: np.ndarray

    @property
    def share(self) -> float:
        """The share of new and changed ratings in those of the last whole fit."""
        return self.n_since / max(self.n_fitted, 1)


class FittedModels:
    """Models fitted to one data set. Build with :meth:`fit` or :meth:`load`; read-only from then on.

    Attributes
    ----------
    dataset : Dataset
    baseline : Baseline
        Popularity and biases, shared by the models.
    stage : Stage
        How much has been fitted.
    factors : FactorView
        The latent factors of all titles, rotated and named; empty in a data set without ratings.
    updated : Updated or None
        What was added since all models were fitted; None if nothing was.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> fitted = FittedModels.fit(example_dataset(), factors=False)
    >>> fitted.models[:4]
    ('hybrid', 'popularity', 'content', 'ease')
    >>> fitted.similar_items("alien", n=1)[0][0]
    'aliens'
    """

    def __init__(
        self,
        dataset: Dataset,
        models: Mapping[str, Model],
        studies: Studies,
        stage: Stage = "complete",
        updated: Updated | None = None,
    ) -> None:
        self.dataset = dataset
        self.stage = stage
        self.updated = updated
        self._models = {model.name: models[model.name] for model in ALL_MODELS if model.name in models}
        self.baseline = self._models["popularity"].baseline_
        self.studies = studies
        self.factors = studies.factors
        for study in studies:
            for array in study.state().values() if study else ():
                array.setflags(write=False)

    @classmethod
    def fit(cls, dataset: Dataset, *, random_state: int = 0, factors: bool = True, progress: Progress = silent) -> Self:
        """Fit every model that the data set allows. Equal data and ``random_state`` give equal models.

        Parameters
        ----------
        factors : bool
            Whether to study the latent factors as well. It takes half of the time; scores and predictions do not need it.
        progress : callable
            Called with the share of the work done and the name of the next step.
        """
        wanted: Stage = "complete" if factors else "models"
        return next(fitted for fitted in cls.fit_in_stages(dataset, random_state=random_state, progress=progress) if fitted.stage == wanted)

    @classmethod
    def fit_in_stages(
        cls, dataset: Dataset, *, random_state: int = 0, progress: Progress = silent, learned: Learned | None = None
    ) -> Iterator[Self]:
        """Fit and yield the result of each :data:`Stage`, so that callers can use the first models early.

        Parameters
        ----------
        learned : Learned, optional
            What was learned elsewhere from everybody, for a data set that holds the ratings of some.
        """
        baseline = learned.baseline if learned else Baseline.fit(dataset)
        most = max((model.max_users for model in ALL_MODELS if model.max_users), default=dataset.n_users)
        sample = dataset.sample_users(most)
        of_sample = baseline if sample is dataset else Baseline.fit(sample)
        wanted = [model for model in ALL_MODELS if model is not Hybrid and (dataset.n_ratings or not model.needs_ratings)]
        fitted: dict[str, Model] = {}

        def fit_all(models: list[type[Model]], progress: Progress) -> None:
            todo: list[type[Model]] = [*models, Hybrid]
            for place, model in enumerate(todo):
                progress(place / (len(models) + 1), model.name)
                one = _unfitted(model, fitted, random_state)
                if model.name in fitted:  # the hybrid with more parts: what is known of the data set is kept, then weights are learned
                    one.restore(baseline, fitted[model.name].state())
                    assert isinstance(one, Hybrid)
                    one.learn(dataset)
                elif learned and model.name in learned.models:
                    one.restore(baseline, learned.models[model.name])
                elif model.max_users and sample is not dataset:
                    one.fit(sample, of_sample)
                else:
                    one.fit(dataset, baseline)
                fitted[model.name] = one

        first = [model for model in wanted if model in FIRST]
        fit_all(first, subprogress(progress, 0.0, LISTS_SHARE))
        yield cls(dataset, fitted, Studies.none(dataset.n_items), "lists")
        fit_all([model for model in wanted if model not in FIRST], subprogress(progress, LISTS_SHARE, MODELS_SHARE))
        yield cls(dataset, fitted, Studies.none(dataset.n_items), "models")
        yield cls(dataset, fitted, _study(fitted, dataset, random_state, subprogress(progress, MODELS_SHARE, 1.0)), "complete")

    @property
    def item_ids(self) -> np.ndarray:
        """Item ids in the order of every per-item array, shape (n_items,)."""
        return self.dataset.item_ids

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, the default first."""
        return tuple(sorted(self._models, key=lambda name: (name != "hybrid", list(self._models).index(name))))

    @property
    def notes(self) -> dict[str, str]:
        """Remarks on some models for this data set, by model name; also for models that are not available."""
        dataset, notes = self.dataset, {}
        for model in ALL_MODELS:
            if model.name not in self._models and self.stage == "lists" and dataset.n_ratings:
                notes[model.name] = "is still being fitted"
            elif model.name not in self._models:
                notes[model.name] = f"learns from ratings, and nobody has rated anything in {dataset.name}"
            elif model.max_users and (learned_from := min(model.max_users, dataset.n_users)) < dataset.n_people:
                notes[model.name] = f"learned from {learned_from:,} of the {dataset.n_people:,} people, drawn at random"
        if isinstance(ease := self._models.get("ease"), EASE) and not ease.covered_[dataset.raters > 0].all():
            scored = f"only the {int(ease.covered_.sum()):,} titles with most raters are scored"
            notes["ease"] = f"{notes['ease']}; {scored}" if "ease" in notes else scored
        return notes if self.updated is None else _with_age(notes, self._models, self.updated)

    def model(self, name: str) -> Model:
        """Return a fitted model by name. Raises :class:`UnknownModelError`."""
        try:
            return self._models[name]
        except KeyError:
            if name in self.notes:
                raise UnknownModelError(f"The model {name!r} {self.notes[name]}. There are: {', '.join(self.models)}.") from None
            raise UnknownModelError(f"No model {name!r}. There are: {', '.join(self.models)}.") from None

    @property
    def features(self) -> sparse.csr_array:
        """Content features of the titles, rows of length one; the diversity of lists is measured with them."""
        content = self._models["content"]
        assert isinstance(content, Content)
        return content.features_

    @cached_property
    def svd(self) -> SVD:
        """The latent-factor model. Raises :class:`UnknownModelError` in a data set without ratings."""
        model = self.model("svd")
        assert isinstance(model, SVD)
        return model

    @cached_property
    def estimator(self) -> Estimator:
        """Quick estimates of scores, for retrieval among very many titles; it keeps what it needs, for all visitors."""
        return Estimator()

    @cached_property
    def hybrid(self) -> Hybrid:
        """The default model."""
        model = self._models["hybrid"]
        assert isinstance(model, Hybrid)
        return model

    @property
    def taste_map(self) -> TasteMap:
        """The taste map. Raises :class:`UnknownModelError` in a data set without ratings."""
        return self._study(self.studies.taste_map)

    @property
    def dimensions(self) -> DimensionStudy:
        """The study of the number of factors. Raises :class:`UnknownModelError` in a data set without ratings."""
        return self._study(self.studies.dimensions)

    @property
    def rate_next(self) -> RateNext:
        """The chooser of titles to rate next. Raises :class:`UnknownModelError` in a data set without ratings."""
        return self._study(self.studies.questions)

    def _study(self, study: T | None) -> T:
        self.model("svd")
        if study is None:
            raise NotFittedError("The latent factors are still being studied. Lists work meanwhile; try again in a minute.")
        return study

    def similar_items(self, item_id: str, n: int = 10, model: str = "hybrid") -> list[tuple[str, float]]:
        """Return the ``n`` titles most similar to a title according to a model, as (item id, similarity), best first."""
        position = self.dataset.position(item_id)
        similarities = self.model(model).similarities(position)
        others = np.ones(self.dataset.n_items, dtype=bool)
        others[position] = False
        best = ranking.top_n(similarities, self.item_ids, n, others)
        return [(str(self.item_ids[i]), float(similarities[i])) for i in best]

    def save(self, folder: Path | str) -> None:
        """Write the data set and everything fitted to a folder, atomically."""
        dataset = self.dataset
        arrays = {f"dataset/{key}": value for key, value in dataset.to_arrays().items()}
        for name, baseline in self._baselines().items():
            arrays |= {f"{name}/{key}": value for key, value in baseline.state().items()}
        for name, model in self._models.items():
            arrays |= {f"{name}/{key}": _packed(value) for key, value in model.state().items()}
        for name, study in self.studies._asdict().items():
            arrays |= {f"{name}/{key}": value for key, value in study.state().items()} if study is not None else {}
        facts = {
            "format": FORMAT,
            "stage": self.stage,
            "random_state": self._models["svd"].settings()["random_state"] if "svd" in self._models else 0,
            "settings": {name: _as_json(model.settings()) for name, model in self._models.items()},
            "name": dataset.name,
            "description": dataset.description,
            "simulated": dataset.simulated,
        }
        if self.updated is not None:
            facts["updated"] = {"n_fitted": self.updated.n_fitted, "n_since": self.updated.n_since}
            arrays["updated/pending"] = self.updated.pending
        save_arrays(Path(folder), arrays, facts)

    def _baselines(self) -> dict[str, Baseline]:
        """Return the baselines to save: that of all users, that which svd learned with, and that of the sample to which slow models
        are fitted."""
        found = {"baseline": self.baseline}
        for name, models in (("baseline of last fit", ("svd",)), ("baseline of sample", tuple(self._models))):
            others = [self._models[model].baseline_ for model in models if model in self._models]
            others = [one for one in others if not any(one is known for known in found.values())]
            found |= {name: others[0]} if others else {}
        return found

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what :meth:`save` wrote.

        Raises
        ------
        SavedEngineError
            Nothing is saved there, it is damaged, or it was saved by another version or with other settings of the models.
        """
        arrays, facts = load_arrays(Path(folder))
        if fault := out_of_date(facts):
            raise SavedEngineError(f"What is saved in {folder} cannot be used: {fault}.")
        try:
            labels = {key: facts[key] for key in ("name", "description", "simulated")}
            dataset = Dataset.from_arrays(_group(arrays, "dataset"), **labels)
            baseline = Baseline.restored(_group(arrays, "baseline"))
            of_sample = _group(arrays, "baseline of sample")
            of_last_fit = _group(arrays, "baseline of last fit")
            last = Baseline.restored(of_last_fit) if of_last_fit else baseline
            sampled = Baseline.restored(of_sample) if of_sample else last
            models: dict[str, Model] = {}
            for model in (model for model in ALL_MODELS if model.name in facts["settings"]):
                one = _unfitted(model, models, facts["random_state"])
                own = {key: _unpacked(value) for key, value in _group(arrays, model.name).items()}
                models[model.name] = one.restore(sampled if model.max_users else last if model is SVD else baseline, own)
            studies = _restored(arrays, models.get("svd"), dataset.n_items)
            since = Updated(**facts["updated"], pending=arrays["updated/pending"]) if "updated" in facts else None
            return cls(dataset, models, studies, facts["stage"], since)
        except (KeyError, ValueError) as error:
            raise SavedEngineError(f"What is saved in {folder} is incomplete ({error}).") from error


AGELESS: tuple[type[Model], ...] = (Popularity, Content, ItemKNN, Hybrid)
"""The models that are brought up to date with each new rating; of the hybrid, all but its weights."""


def _with_age(notes: Mapping[str, str], models: Mapping[str, Model], since: Updated) -> dict[str, str]:
    """Add to the notes which models do not know the latest ratings, and how many these are."""
    kept = [model.name for model in ALL_MODELS if model not in AGELESS and model.name in models]
    of_fit = f"as of the last whole fit: {since.n_since:,} of the ratings are newer"
    found = dict(notes) | {name: f"{notes[name]}; {of_fit}" if name in notes else of_fit for name in kept}
    if "item-knn" in models and since.pending.any():
        found["item-knn"] = f"the neighbours of {np.count_nonzero(since.pending):,} titles are older than the latest of their ratings"
    return found


def out_of_date(facts: Mapping[str, Any]) -> str:
    """Why a save with these facts is not what would be fitted today; empty where it is. Cheap: no array is read."""
    if facts.get("format") != FORMAT:
        return f"it was saved by another version (format {facts.get('format')}, this is {FORMAT})"
    try:
        known: Mapping[str, Any] = facts["settings"]
        models: dict[str, Model] = {}
        for model in (model for model in ALL_MODELS if model.name in known):
            models[model.name] = _unfitted(model, models, facts["random_state"])
            if _as_json(models[model.name].settings()) != known[model.name]:
                return f"{model.name} was fitted with other settings than today's"
        return "" if facts["stage"] in STAGES else f"the stage {facts['stage']!r} is not known"
    except (KeyError, TypeError) as error:
        return f"its manifest is incomplete ({error})"


@lru_cache(maxsize=1)
def recipe() -> str:
    """All models with today's settings: what is fitted by another recipe is another fit."""
    models: dict[str, Model] = {}
    for model in ALL_MODELS:
        models[model.name] = _unfitted(model, models, 0)
    return json.dumps({name: _as_json(model.settings()) for name, model in models.items()}, sort_keys=True)


def _unfitted(model: type[Model], fitted: Mapping[str, Model], random_state: int) -> Model:
    """Return an unfitted model with the app's settings; the hybrid gets the models that have been fitted as its parts."""
    if model is Hybrid:
        return Hybrid([fitted[part.name] for part in BLENDED if part.name in fitted], refit_parts=False)
    settings = {"random_state": random_state} if "random_state" in inspect.signature(model).parameters else {}
    return model(**settings)


def _study(models: Mapping[str, Model], dataset: Dataset, random_state: int, progress: Progress) -> Studies:
    svd = models.get("svd")
    if not isinstance(svd, SVD):
        return Studies.none(dataset.n_items)
    progress(0.0, "factors")
    factors = view_model(svd, dataset, random_state=random_state)
    progress(0.1, "taste map")
    taste_map = TasteMap.fit(factors.loadings, dataset.raters, factors.known, random_state=random_state)
    progress(0.35, "number of factors")
    dimensions = study_dimensions(svd, dataset, random_state=random_state)
    progress(0.5, "what to rate next")
    return Studies(factors, taste_map, dimensions, RateNext.fit(dataset, svd, models["hybrid"]))


def _restored(arrays: Mapping[str, np.ndarray], svd: Model | None, n_items: int) -> Studies:
    own = {name: _group(arrays, name) for name in Studies._fields}
    if not own["factors"]:
        return Studies.none(n_items)
    return Studies(
        FactorView.restored(own["factors"]),
        TasteMap.restored(own["taste_map"]) if own["taste_map"] else None,
        DimensionStudy.restored(own["dimensions"]) if own["dimensions"] else None,
        RateNext.restored(own["questions"], svd) if own["questions"] and isinstance(svd, SVD) else None,
    )


def _group(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names start with ``name/``, without that prefix."""
    return {key.removeprefix(f"{name}/"): value for key, value in arrays.items() if key.startswith(f"{name}/")}


def _packed(value: np.ndarray) -> np.ndarray:
    return pack_strings(value.tolist()) if value.dtype.kind == "U" else value


def _unpacked(value: np.ndarray) -> np.ndarray:
    return np.array(unpack_strings(value)) if value.dtype == np.uint8 else value


def _as_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
