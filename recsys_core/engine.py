"""The one door to the core: a data set, its fitted models, and every question about a visitor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.common.arrays import load_arrays, pack_strings, save_arrays, unpack_strings
from recsys_core.common.progress import Progress, silent
from recsys_core.data import ranking
from recsys_core.data.dataset import ITEM_COLUMNS, LIST_SEPARATOR, Dataset
from recsys_core.errors import SavedEngineError, UnknownModelError
from recsys_core.factors.how_many import DimensionStudy, study_dimensions
from recsys_core.factors.rate_next import RateNext
from recsys_core.factors.taste_map import TasteMap
from recsys_core.factors.view import FactorView, view_model
from recsys_core.models import (
    ALS,
    EASE,
    NMF,
    SVD,
    Content,
    GaussianProcess,
    Hybrid,
    ItemKNN,
    Model,
    Popularity,
    UserKNN,
    Watched,
)
from recsys_core.visitor.explanation import Explanation
from recsys_core.visitor.steering import GENRE, KEYWORD, tag_members
from recsys_core.visitor.visitor import Recommendation, Visitor
from recsys_core.visitor.what_if import WhatIf, what_if

ALL_MODELS: tuple[type[Model], ...] = (
    Popularity, Content, EASE, ItemKNN, SVD, GaussianProcess, Watched, UserKNN, ALS, NMF, Hybrid,
)  # fmt: skip
FORMAT = 23
"""Version of models and file layout together: raise it when either changes, so that old saves are fitted anew."""


class Latent(NamedTuple):
    """What the engine knows about latent factors beyond the model: all of it computed once, at the fit."""

    factors: FactorView
    taste_map: TasteMap | None
    dimensions: DimensionStudy | None
    questions: RateNext | None


class Engine:
    """Fitted models over one data set. Build with :meth:`fit` or :meth:`load`; read-only from then on.

    A visitor is a dictionary ``{item_id: stars}`` in the order of rating. Each call folds it in; ask several things
    about one visitor through :meth:`visitor`, which folds in once.
    """

    def __init__(self, dataset: Dataset, models: Mapping[str, Model], latent: Latent) -> None:
        self.dataset = dataset
        self._models = dict(models)
        for part in latent:
            for array in part.state().values() if part else ():
                array.setflags(write=False)
        self.factors = latent.factors
        """The latent factors of all titles, rotated and named; none where nobody has rated anything."""
        self._latent = latent

    @classmethod
    def fit(cls, dataset: Dataset, *, random_state: int = 0, progress: Progress = silent) -> Self:
        """Fit every model that the data set allows. Equal data and ``random_state`` give equal models.

        ``progress`` is told the share that is done and the name of the model that comes next.
        """
        models = _models(dataset, random_state)
        for place, (name, model) in enumerate(models.items()):
            progress(place / (len(models) + 1), name)
            model.fit(dataset)
        progress(len(models) / (len(models) + 1), "factors")
        return cls(dataset, models, _latent(models, dataset, random_state))

    @property
    def item_ids(self) -> np.ndarray:
        """Ids in the order of every array, shape (n_items,)."""
        return self.dataset.item_ids

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, the default first."""
        return tuple(sorted(self._models, key=lambda name: (name != "hybrid", list(self._models).index(name))))

    @property
    def notes(self) -> dict[str, str]:
        """What is to be known of some models on this data set: name to sentence, also of those that are not there."""
        dataset, notes = self.dataset, {}
        for model in ALL_MODELS:
            if model.name not in self._models:
                notes[model.name] = f"learns from ratings, and nobody has rated anything in {dataset.name}"
            elif model.most_people and dataset.n_users > model.most_people:
                notes[model.name] = f"learned from {model.most_people:,} of the {dataset.n_users:,} people, drawn at random"
        if isinstance(ease := self._models.get("ease"), EASE) and not ease.covered_[dataset.raters > 0].all():
            scored = f"only the {int(ease.covered_.sum()):,} titles with most raters are scored"
            notes["ease"] = f"{notes['ease']}; {scored}" if "ease" in notes else scored
        return notes

    def model(self, name: str) -> Model:
        """A fitted model. Raises :class:`UnknownModelError`."""
        try:
            return self._models[name]
        except KeyError:
            if name in self.notes:
                raise UnknownModelError(f"The model {name!r} {self.notes[name]}. There are: {', '.join(self.models)}.") from None
            raise UnknownModelError(f"No model {name!r}. There are: {', '.join(self.models)}.") from None

    @cached_property
    def titles(self) -> list[dict[str, Any]]:
        """The rows of the catalogue as dictionaries: reading one is a thousand times faster than from the table."""
        return self.dataset.items.to_dict("records")

    @cached_property
    def genre_counts(self) -> dict[str, int]:
        """How many titles each genre has, commonest first."""
        counts = self.dataset.items["genres"].str.split(LIST_SEPARATOR).explode().value_counts()
        return {str(genre): int(count) for genre, count in counts.items() if genre}

    @cached_property
    def features(self) -> sparse.csr_array:
        """Content features of the titles, rows of length one: the space in which lists are diverse."""
        content = self._models["content"]
        assert isinstance(content, Content)
        return content.features_

    @property
    def taste_map(self) -> TasteMap:
        """Titles on a plane. Raises :class:`UnknownModelError` where nobody has rated anything."""
        self.model("svd")
        assert self._latent.taste_map is not None
        return self._latent.taste_map

    @property
    def dimensions(self) -> DimensionStudy:
        """How many factors are worth having. Raises :class:`UnknownModelError` where nobody has rated anything."""
        self.model("svd")
        assert self._latent.dimensions is not None
        return self._latent.dimensions

    @property
    def rate_next(self) -> RateNext:
        """What to ask a visitor about. Raises :class:`UnknownModelError` where nobody has rated anything."""
        self.model("svd")
        assert self._latent.questions is not None
        return self._latent.questions

    def tag_members(self, kind: str) -> dict[str, np.ndarray]:
        """Titles (positions) by "keyword" or "genre", commonest first."""
        return self._tag_members[kind]

    @cached_property
    def _tag_members(self) -> dict[str, dict[str, np.ndarray]]:
        return {
            GENRE: tag_members(self.dataset.items["genres"].tolist()),
            KEYWORD: tag_members(self.dataset.items["keywords"].tolist()),
        }

    @cached_property
    def svd(self) -> SVD:
        """The latent-factor model itself, for the factor page."""
        model = self._models["svd"]
        assert isinstance(model, SVD)
        return model

    @cached_property
    def hybrid(self) -> Hybrid:
        """The default model itself, for its intervals."""
        model = self._models["hybrid"]
        assert isinstance(model, Hybrid)
        return model

    def visitor(self, ratings: Mapping[str, float], steering: Mapping[str, float] | None = None) -> Visitor:
        """A visitor to ask several things about. Raises :class:`ProfileError` on ratings that are not stars.

        ``steering`` pulls the lists towards factors and keywords; see :mod:`recsys_core.visitor.steering`.
        """
        return Visitor(self, ratings, steering)

    def score(self, ratings: Mapping[str, float], model: str = "hybrid") -> np.ndarray:
        """What the list is ordered by, shape (n_items,), no unit; NaN = cannot score."""
        return self.visitor(ratings).score(model)

    def predict(self, ratings: Mapping[str, float], model: str = "hybrid") -> np.ndarray:
        """Expected stars in [0.5, 5], shape (n_items,); NaN = cannot predict."""
        return self.visitor(ratings).predict(model)

    def recommend(
        self,
        ratings: Mapping[str, float],
        n: int = 10,
        model: str = "hybrid",
        diversity: float = 0.0,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
    ) -> list[Recommendation]:
        """The best ``n`` titles that the visitor has not rated.

        Parameters
        ----------
        ratings : mapping of item id to stars
            Empty: the popularity list, whatever the model. Unknown ids are left out
            (``visitor(ratings).profile.unknown`` names them).
        diversity : float in [0, 1]
            0 is the plain list; see :func:`recsys_core.data.ranking.diversify`.
        kind : "movie" or "show", optional
        genres : collection of str, optional
            Titles with at least one of them.
        years : (first, last), optional
        exclude : collection of item ids
            Hidden titles.

        Raises
        ------
        UnknownModelError, ProfileError, ValueError
        """
        return self.visitor(ratings).recommend(n, model, diversity, kind, genres, years, exclude)

    def explain(self, ratings: Mapping[str, float], item_id: str, model: str = "hybrid") -> Explanation:
        """One title's score as an exact sum. Raises :class:`UnknownItemError`."""
        return self.visitor(ratings).explain(item_id, model)

    def what_if(
        self,
        ratings: Mapping[str, float],
        *,
        without: str | None = None,
        changed: Mapping[str, float] | None = None,
        model: str = "hybrid",
    ) -> WhatIf:
        """Scores, ranks and lists as if one rating were not there, or some were others; the given ratings stay as they are."""
        return what_if(self.visitor(ratings), without=without, changed=changed, model=model)

    def similar_items(self, item_id: str, n: int = 10, model: str = "hybrid") -> list[tuple[str, float]]:
        """The ``n`` titles most alike in the eyes of a model, with their similarity, best first, without the title itself."""
        position = self.dataset.position(item_id)
        similarities = self.model(model).similarities(position)
        others = np.ones(self.dataset.n_items, dtype=bool)
        others[position] = False
        best = ranking.top_n(similarities, self.item_ids, n, others)
        return [(str(self.item_ids[i]), float(similarities[i])) for i in best]

    def save(self, folder: Path | str) -> None:
        """Write data set and fitted arrays to a folder, whole or not at all."""
        dataset = self.dataset
        arrays: dict[str, np.ndarray] = {
            "dataset.data": dataset.ratings.data,
            "dataset.indices": dataset.ratings.indices,
            "dataset.indptr": dataset.ratings.indptr,
            "dataset.user_ids": pack_strings(dataset.user_ids.tolist()),
        }
        if dataset.timestamps is not None:
            arrays["dataset.timestamps"] = dataset.timestamps
        for column in ITEM_COLUMNS:
            values = dataset.items[column].to_numpy()
            arrays[f"items.{column}"] = values if values.dtype.kind == "f" else pack_strings(values.tolist())
        for name, model in self._models.items():
            for key, value in model.state().items():
                arrays[f"{name}/{key}"] = pack_strings(value.tolist()) if value.dtype.kind == "U" else value
        for part, kept in self._latent._asdict().items():
            arrays |= {f"{part}.{key}": value for key, value in kept.state().items()} if kept is not None else {}
        facts = {
            "format": FORMAT,
            "name": dataset.name,
            "description": dataset.description,
            "simulated": dataset.simulated,
        }
        save_arrays(Path(folder), arrays, facts)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what :meth:`save` wrote. Raises :class:`SavedEngineError` when missing, damaged or of another version."""
        arrays, facts = load_arrays(Path(folder))
        if facts.get("format") != FORMAT:
            raise SavedEngineError(f"{folder} was saved by another version (format {facts.get('format')}, this is {FORMAT}).")
        try:
            items = pd.DataFrame({column: _values(arrays[f"items.{column}"]) for column in ITEM_COLUMNS})
            users = np.array(unpack_strings(arrays["dataset.user_ids"]), dtype=str)
            parts = (arrays["dataset.data"], arrays["dataset.indices"], arrays["dataset.indptr"])
            ratings = sparse.csr_array(parts, shape=(len(users), len(items)))
            labels = {key: facts[key] for key in ("name", "description", "simulated")}
            dataset = Dataset._assemble(items, ratings, users, arrays.get("dataset.timestamps"), **labels)
            models = _models(dataset, 0)
            for name, model in models.items():
                own = {key.split("/", 1)[1]: value for key, value in arrays.items() if key.startswith(f"{name}/")}
                model.restore(dataset, {key: np.array(_values(value)) if value.dtype == np.uint8 else value for key, value in own.items()})
            latent = _restored(arrays, models.get("svd"))
        except (KeyError, ValueError) as error:
            raise SavedEngineError(f"What is saved in {folder} is incomplete ({error}).") from error
        return cls(dataset, models, latent)


def _models(dataset: Dataset, random_state: int) -> dict[str, Model]:
    """Every model that this data set allows by name, unfitted; the hybrid last, over the very models before it."""
    parts: list[Model] = [
        Content(),
        EASE(),
        ItemKNN(),
        SVD(random_state=random_state),
        GaussianProcess(random_state=random_state),
        Watched(random_state=random_state),
    ]
    others: list[Model] = [UserKNN(), ALS(random_state=random_state), NMF(random_state=random_state)]
    if not dataset.n_ratings:
        parts, others = ([model for model in models if not model.needs_ratings] for models in (parts, others))
    models: list[Model] = [Popularity(), *parts, *others, Hybrid(parts, refit_parts=False)]
    return {model.name: model for model in models}


def _latent(models: Mapping[str, Model], dataset: Dataset, random_state: int) -> Latent:
    svd = models.get("svd")
    if not isinstance(svd, SVD):
        return Latent(FactorView.empty(dataset.n_items), None, None, None)
    factors = view_model(svd, dataset, random_state=random_state)
    taste_map = TasteMap.fit(factors.loadings, dataset.raters, factors.known, random_state=random_state)
    dimensions = study_dimensions(svd, dataset, random_state=random_state)
    return Latent(factors, taste_map, dimensions, RateNext.fit(dataset, svd, models["hybrid"]))


def _restored(arrays: Mapping[str, np.ndarray], svd: Model | None) -> Latent:
    parts = {part: {key.split(".", 1)[1]: value for key, value in arrays.items() if key.startswith(f"{part}.")} for part in Latent._fields}
    return Latent(
        FactorView.restored(parts["factors"]),
        TasteMap.restored(parts["taste_map"]) if parts["taste_map"] else None,
        DimensionStudy.restored(parts["dimensions"]) if parts["dimensions"] else None,
        RateNext.restored(parts["questions"], svd) if parts["questions"] and isinstance(svd, SVD) else None,
    )


def _values(array: np.ndarray) -> list[str] | np.ndarray:
    return unpack_strings(array) if array.dtype == np.uint8 else array
