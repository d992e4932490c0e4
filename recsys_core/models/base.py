"""The contract of every model: one public front here, a few private hooks in each model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys_core.data.dataset import MAX_STARS, MIN_STARS, Dataset
from recsys_core.data.profile import Profile
from recsys_core.errors import DataError, NotFittedError
from recsys_core.models.additive import AdditiveScore, Term


class Model(ABC):
    """A recommender that is fitted once and then asked about visitors whom it has never seen.

    A subclass sets ``name`` and ``fitted`` and writes ``_fit``, ``_score``, ``_stars`` and ``_similarities``.
    ``__init__`` only stores settings; everything learned ends in ``_`` and is listed in ``fitted``, which is
    what is saved and restored. Reading never changes a model, so all visitors share one.

    Two questions, two numbers: :meth:`score` orders the list, :meth:`predict` says how many stars.
    """

    name: ClassVar[str]
    fitted: ClassVar[tuple[str, ...]] = ()
    needs_ratings: ClassVar[bool] = True
    """False for a model that has something to say where nobody has rated anything."""
    most_people: ClassVar[int | None] = None
    """A model whose fit would take too long learns from so many people, drawn at random. None = from all."""
    n_items_: int

    def fit(self, dataset: Dataset) -> Self:
        """Learn from a data set, or from :attr:`most_people` of it. Fitting again starts afresh.

        Raises
        ------
        DataError
            Nobody has rated anything, and the model :attr:`needs_ratings`.
        """
        if self.needs_ratings and not dataset.n_ratings:
            raise DataError(f"{self.name} learns from ratings, and nobody has rated anything in {dataset.name!r}.")
        if self.most_people:
            dataset = dataset.some_people(self.most_people)
        with threadpool_limits(limits=1):  # for thousands of small systems, threads cost several times what they bring
            self._fit(dataset)
        self._freeze()
        self.n_items_ = dataset.n_items  # set last: a fit that failed leaves the model unfitted
        return self

    def score(self, profile: Profile) -> np.ndarray:
        """What the list is ordered by, shape (n_items,), no unit. NaN = cannot score."""
        return self.additive_score(profile).total()

    def predict(self, profile: Profile) -> np.ndarray:
        """Expected stars in [0.5, 5], shape (n_items,). NaN = cannot predict."""
        return np.clip(self.additive_stars(profile).total(), *self.star_range)

    def predict_at(self, profile: Profile, items: np.ndarray) -> np.ndarray:
        """:meth:`predict` of a few titles (positions) alone, shape (len(items),): a list needs no more."""
        return np.clip(self.additive_stars(profile).at(items), *self.star_range)

    @property
    def star_range(self) -> tuple[float, float]:
        """The lowest and the highest stars that :meth:`predict` gives."""
        return MIN_STARS, MAX_STARS

    def additive_score(self, profile: Profile) -> AdditiveScore:
        """:meth:`score` as a sum over the rated titles: the one source of scores and of explanations."""
        self._check_fitted()
        return self._score(profile)

    def additive_stars(self, profile: Profile) -> AdditiveScore:
        """:meth:`predict` as a sum over the rated titles, before it is clipped to :attr:`star_range`."""
        self._check_fitted()
        return self._stars(profile)

    def scores_without_each(self, profile: Profile, places: np.ndarray | None = None) -> np.ndarray:
        """Row k: :meth:`score` as if the rating at ``places[k]`` were not there, shape (len(places), n_items); default: each in turn."""
        rest = self.without_each(profile)
        return rest.baseline + rest.rows(np.arange(len(profile)) if places is None else places)

    def without_each(self, profile: Profile) -> AdditiveScore:
        """The sum in which "contribution" i is what all ratings but the i-th contribute, given that the i-th is not there."""
        self._check_fitted()
        return self._without_each(profile) if len(profile) else self._score(profile)

    def similarities(self, item: int) -> np.ndarray:
        """How alike each title is to the one at position ``item``, shape (n_items,). NaN = cannot say."""
        self._check_fitted()
        return self._similarities(item)

    def state(self) -> dict[str, np.ndarray]:
        """Everything learned as plain arrays (a sparse array as three), for ``numpy.savez``."""
        self._check_fitted()
        arrays: dict[str, np.ndarray] = {}
        for name in self.fitted:
            value = getattr(self, name)
            if sparse.issparse(value):
                csr = sparse.csr_array(value)
                parts = {"data": csr.data, "indices": csr.indices, "indptr": csr.indptr, "shape": np.array(csr.shape)}
                arrays.update({f"{name}.{part}": array for part, array in parts.items()})
            else:
                arrays[name] = np.asarray(value)
        return arrays

    def restore(self, dataset: Dataset, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of :meth:`state`. Raises ``KeyError`` where an array is missing."""
        for name in self.fitted:
            if f"{name}.data" in arrays:
                data, indices, indptr, shape = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr", "shape"))
                setattr(self, name, sparse.csr_array((data, indices, indptr), shape=tuple(shape)))
            else:
                value = arrays[name]
                setattr(self, name, value.item() if value.ndim == 0 else value)
        self._freeze()
        self.n_items_ = dataset.n_items
        return self

    @abstractmethod
    def _fit(self, dataset: Dataset) -> None: ...

    @abstractmethod
    def _score(self, profile: Profile) -> AdditiveScore: ...

    def _without_each(self, profile: Profile) -> AdditiveScore:
        """Fold in anew without each; a model with a closed form writes its own."""
        rest = [self._score(profile.without(place)) for place in range(len(profile))]
        contributed = np.stack([AdditiveScore(0.0 * one.baseline, one.terms).total() for one in rest])
        return AdditiveScore(rest[0].baseline, (Term(np.eye(len(profile)), contributed.T),))

    @abstractmethod
    def _stars(self, profile: Profile) -> AdditiveScore: ...

    @abstractmethod
    def _similarities(self, item: int) -> np.ndarray: ...

    def _freeze(self) -> None:
        """Make the learned arrays read-only: they are shared by all visitors."""
        for name in self.fitted:
            for array in _buffers(getattr(self, name)):
                array.setflags(write=False)

    def _check_fitted(self) -> None:
        if not hasattr(self, "n_items_"):
            raise NotFittedError(f"The model {self.name!r} has not been fitted yet. Call fit(dataset) first.")


def _buffers(value: Any) -> list[np.ndarray]:
    if sparse.issparse(value):
        csr = value
        return [csr.data, csr.indices, csr.indptr]
    return [value] if isinstance(value, np.ndarray) else []


def graded_likes(dataset: Dataset) -> sparse.csr_array:
    """How much people liked what they rated, shape (n_users, n_items): :func:`likes_of`, but not below 0."""
    likes = dataset.ratings.copy()
    likes.data = np.maximum(likes_of(likes.data), 0.0).astype(np.float32)
    return likes


def likes_of(stars: np.ndarray) -> np.ndarray:
    """``(stars - 1.5) / 3.5``: 1 for five stars, 0 for one and a half, a little below for less.

    Two stars still count a little: to choose a title to watch says something, whatever came of it.
    """
    return (stars - 1.5) / 3.5
