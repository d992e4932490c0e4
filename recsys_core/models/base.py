"""Base class of the models: the public methods are here, a few private hooks are in each model."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import MAX_STARS, MIN_STARS, training_weight
from recsys_core.errors import DataError, NotFittedError
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.baseline import Baseline
from recsys_core.models.many import at, many
from recsys_core.models.typical import Typical


class Model(ABC):
    """A recommender that is fitted once and then answers for visitors who are not in its training data.

    A subclass sets ``name`` and ``fitted`` and implements ``_fit``, ``_score_terms``, ``_similarities`` and, if it
    predicts ratings better than the biases do, ``_star_terms``. ``__init__`` only stores settings. Names of learned
    attributes end in ``_``; those listed in ``fitted`` are saved and restored. No method but ``fit`` and ``restore``
    changes a model, so all visitors share one instance.

    :meth:`score` ranks titles, :meth:`predict` estimates ratings. They are two different numbers, and both are sums:

        score[j] = popularity_weight · popularity[j] + Σ (score terms)
        stars[j] = μ + b_j + b_v + Σ (star terms)

    Both are NaN for titles that the model cannot score; see :attr:`scorable`.

    Attributes
    ----------
    baseline_ : Baseline
        Popularity and biases, shared by all models that are fitted together.
    """

    name: ClassVar[str]
    fitted: ClassVar[tuple[str, ...]] = ()
    needs_ratings: ClassVar[bool] = True
    """False for a model that can recommend in a data set without ratings."""
    max_users: ClassVar[int | None] = None
    """The model is fitted on a random sample of this many users if there are more, to bound its fit time. None = all users."""
    popularity_weight: float = 0.0
    baseline_: Baseline

    def fit(self, dataset: Dataset, baseline: Baseline | None = None) -> Self:
        """Fit the model to a data set, or to a sample of :attr:`max_users` of its users. A second fit starts from scratch.

        Parameters
        ----------
        baseline : Baseline, optional
            The baseline of this data set, if it has been fitted already.

        Raises
        ------
        DataError
            The data set has no ratings, and the model :attr:`needs_ratings`.
        """
        if self.needs_ratings and not dataset.n_ratings:
            raise DataError(f"{self.name} learns from ratings, and nobody has rated anything in {dataset.name!r}.")
        if self.max_users and dataset.n_users > self.max_users:
            dataset, baseline = dataset.sample_users(self.max_users), None
        self.__dict__.pop("baseline_", None)  # a fit that fails leaves the model unfitted
        self._forget_derived()
        baseline = baseline or Baseline.fit(dataset)
        with threadpool_limits(limits=1):  # for thousands of small linear systems, starting threads costs more than it saves
            self._fit(dataset, baseline)
        self._freeze()
        self.baseline_ = baseline
        return self

    def settings(self) -> dict[str, Any]:
        """Return the constructor's plain parameters, by inspection as in scikit-learn.

        They are saved with the model and compared on loading, so that changed defaults make a save out of date.
        """
        values = {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}
        return {name: value for name, value in values.items() if isinstance(value, (int, float, str, tuple))}

    @property
    def scorable(self) -> np.ndarray:
        """Which titles the model can score, bool, shape (n_items,): for a model that learns from ratings, the rated ones."""
        rated = self.baseline_.rated
        return rated if self.needs_ratings else np.ones_like(rated)

    def score(self, profile: Profile) -> np.ndarray:
        """Return the ranking scores, shape (n_items,), no unit. NaN = cannot score."""
        return self.additive_score(profile).total()

    def predict(self, profile: Profile) -> np.ndarray:
        """Return the expected stars in [0.5, 5], shape (n_items,). NaN = cannot predict."""
        return self.to_scale(self.additive_stars(profile).total())

    def predict_at(self, profile: Profile, items: np.ndarray) -> np.ndarray:
        """Return :meth:`predict` for some titles (positions) without computing the others, shape (len(items),)."""
        return self.to_scale(self.additive_stars(profile).at(items))

    def to_scale(self, stars: np.ndarray) -> np.ndarray:
        """Return sums of :meth:`additive_stars` as expected stars, within [0.5, 5]; same shape. NaN stays NaN."""
        return np.clip(stars, MIN_STARS, MAX_STARS)

    def additive_score(self, profile: Profile) -> AdditiveScore:
        """Return :meth:`score` as a sum over the rated titles. Scores and explanations both come from it."""
        self._check_fitted()
        return AdditiveScore(self._list_baseline(), self._score_terms(profile))

    def contributed(self, profile: Profile) -> AdditiveScore:
        """Return what the ratings add to the ranking score; the baseline is 0, or NaN where the model cannot score."""
        self._check_fitted()
        return AdditiveScore(self._zero_or_nan, self._score_terms(profile))

    @property
    def typical(self) -> Typical | None:
        """The titles over which means and spreads of scores are taken; None for all."""
        return self._typical if many(len(self.scorable)) else None

    @cached_property
    def _zero_or_nan(self) -> np.ndarray:
        baseline = np.where(self.scorable, 0.0, np.nan)
        baseline.setflags(write=False)
        return baseline

    @cached_property
    def _typical(self) -> Typical:
        return Typical(self.scorable & self.baseline_.fame_known, self.baseline_.constant_and_popularity)

    def additive_stars(self, profile: Profile, items: np.ndarray | None = None) -> AdditiveScore:
        """Return :meth:`predict` as a sum over the rated titles, before :meth:`to_scale`; of some titles (positions) if these are given."""
        self._check_fitted()
        stars, residuals = self.baseline_.fold_in(profile, items=items)
        baseline = np.where(at(self.scorable, items), stars.baseline, np.nan)
        own = (term if items is None else term.among(items) for term in self._star_terms(profile, residuals))
        return AdditiveScore(baseline, (*stars.terms, *own))

    def scores_without_each(self, profile: Profile, rows: np.ndarray | None = None) -> np.ndarray:
        """Return leave-one-out scores: row k is :meth:`score` without rating number ``rows[k]``, shape (len(rows), n_items).

        By default each rating is left out in turn.
        """
        rest = self.without_each(profile)
        return rest.baseline + rest.rows(np.arange(len(profile)) if rows is None else rows)

    def without_each(self, profile: Profile) -> AdditiveScore:
        """Return the sum in which "contribution" i is what the other ratings contribute when the i-th is left out."""
        self._check_fitted()
        if not len(profile):
            return self.additive_score(profile)
        return AdditiveScore(self._list_baseline(), self._score_terms_without_each(profile))

    def similarities(self, item: int) -> np.ndarray:
        """Return the similarity of each title to the one at position ``item``, shape (n_items,). NaN = unknown."""
        self._check_fitted()
        if not self.scorable[item]:
            return np.full(len(self.scorable), np.nan)
        return np.where(self.scorable, self._similarities(item), np.nan)

    def state(self) -> dict[str, np.ndarray]:
        """Return everything learned as plain arrays, for saving; a sparse array is split into its parts."""
        self._check_fitted()
        return self.learned()

    def learned(self) -> dict[str, np.ndarray]:
        """Return :meth:`state` also of a model that has no baseline yet."""
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

    def restore(self, baseline: Baseline, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore what :meth:`state` returned. Raises ``KeyError`` if an array is missing."""
        for name in self.fitted:
            if f"{name}.data" in arrays:
                data, indices, indptr, shape = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr", "shape"))
                setattr(self, name, sparse.csr_array((data, indices, indptr), shape=tuple(shape)))
            else:
                value = arrays[name]
                setattr(self, name, value.item() if value.ndim == 0 else value)
        self._freeze()
        self._forget_derived()
        self.baseline_ = baseline
        return self

    @abstractmethod
    def _fit(self, dataset: Dataset, baseline: Baseline) -> None: ...

    @abstractmethod
    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        """What the rated titles add to the ranking baseline, with one row of ``left`` for each rating."""

    @abstractmethod
    def _similarities(self, item: int) -> np.ndarray: ...

    def _list_baseline(self) -> np.ndarray:
        return np.where(self.scorable, self.popularity_weight * self.baseline_.popularity, np.nan)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        """What the rated titles add to the biases, given the residuals after the biases; by default nothing."""
        return ()

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        """Fold in the profile again without each rating; a model with a closed form overrides this."""
        n_items = len(self.baseline_.raters)
        rest = [AdditiveScore(np.zeros(n_items), self._score_terms(profile.without(row))) for row in range(len(profile))]
        return (Term(np.eye(len(profile)), np.stack([one.total() for one in rest], axis=1)),)

    def _forget_derived(self) -> None:
        """Forget what was computed from the learned arrays when it was first needed."""
        for name in ("_typical", "_typical_of_parts", "_zero_or_nan", "_who_scores"):
            self.__dict__.pop(name, None)

    def _freeze(self) -> None:
        """Make the learned arrays read-only, because all visitors share them."""
        for name in self.fitted:
            for array in _buffers(getattr(self, name)):
                array.setflags(write=False)

    def _check_fitted(self) -> None:
        if not hasattr(self, "baseline_"):
            raise NotFittedError(f"The model {self.name!r} has not been fitted yet. Call fit(dataset) first.")


def _buffers(value: Any) -> list[np.ndarray]:
    if sparse.issparse(value):
        csr = value
        return [csr.data, csr.indices, csr.indptr]
    return [value] if isinstance(value, np.ndarray) else []


def graded_likes(dataset: Dataset) -> sparse.csr_array:
    """Return the users' graded likes, shape (n_users, n_items), float32: :func:`training_weight`, but not below 0."""
    return likes_of(dataset.ratings)


def likes_of(ratings: sparse.csr_array) -> sparse.csr_array:
    """Return the graded likes of some ratings in stars; see :func:`graded_likes`."""
    likes = ratings.copy()
    likes.data = np.maximum(training_weight(likes.data), 0.0).astype(np.float32)
    return likes


def cosines_with(vectors: np.ndarray, item: int) -> np.ndarray:
    """Return the cosine of each row of ``vectors`` (n_items, n_factors) with that of one title, shape (n_items,)."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    return np.asarray(vectors @ vectors[item] / (lengths * lengths[item]))
