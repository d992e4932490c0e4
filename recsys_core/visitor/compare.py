"""Compare two lists for one visitor: the rank of each title in both, and why two models disagree on a title."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy import sparse

from recsys_core.data import ranking
from recsys_core.data.filters import Filters
from recsys_core.data.ranking import rank_of
from recsys_core.visitor.visitor import Visitor

FEW_TITLES = 5
"""A content feature is rare if at most this many titles have it; titles with rare features are similar to few others."""


class Order(NamedTuple):
    """The order of a list: by the ranking score or by the expected stars of a model."""

    model: str
    by: Literal["score", "stars"] = "score"

    def values(self, visitor: Visitor) -> np.ndarray:
        """Return the values to sort by, shape (n_items,). Stars are not clipped at five, which would tie the best titles."""
        if self.by == "score":
            return visitor.score(self.model)
        return visitor.fitted.model(visitor.answering(self.model)).additive_stars(visitor.profile).total()


@dataclass(frozen=True, slots=True)
class Side:
    """One of two lists.

    Attributes
    ----------
    item_ids : tuple of str, best first
    mean_stars : float
        Mean of the expected stars by its own model; NaN if none can be predicted.
    mean_raters : float
        Mean number of raters of its titles; NaN for an empty list.
    """

    order: Order
    item_ids: tuple[str, ...]
    mean_stars: float
    mean_raters: float


class Shift(NamedTuple):
    """A title of either list and its rank in both orders, from 1 and also beyond the lists; None = cannot be ranked."""

    item_id: str
    left: int | None
    right: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two lists of at most ``n`` titles, and the ranks of each title in both, the titles of the left list first."""

    left: Side
    right: Side
    n: int
    shifts: tuple[Shift, ...]

    @property
    def overlap(self) -> int:
        """Number of titles that are in both lists."""
        return len({*self.left.item_ids} & {*self.right.item_ids})


def compare_lists(visitor: Visitor, left: Order, right: Order, n: int = 10, exclude: Collection[str] = ()) -> Comparison:
    """Compare the best ``n`` unrated titles by two orders. Raises :class:`UnknownModelError`."""
    allowed, ids = visitor.candidates(Filters.of(exclude=exclude)), visitor.fitted.item_ids
    values = [order.values(visitor) for order in (left, right)]
    best = [
        visitor.best(n, order.model, allowed) if order.by == "score" else ranking.best_list(value, visitor.fitted.dataset, n, allowed)
        for order, value in zip((left, right), values, strict=True)
    ]
    sides = [_side(visitor, order, positions) for order, positions in zip((left, right), best, strict=True)]
    titles = dict.fromkeys(np.concatenate(best).tolist())
    shifts = tuple(Shift(str(ids[i]), rank_of(i, values[0], ids, allowed), rank_of(i, values[1], ids, allowed)) for i in titles)
    return Comparison(sides[0], sides[1], n, shifts)


def _side(visitor: Visitor, order: Order, positions: np.ndarray) -> Side:
    stars = visitor.predict(order.model)[positions]
    raters = visitor.fitted.dataset.raters[positions]
    ids = tuple(visitor.fitted.item_ids[positions].tolist())
    return Side(order, ids, _mean(stars[~np.isnan(stars)]), _mean(raters))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


@dataclass(frozen=True, slots=True)
class View:
    """One model's rank and score of one title.

    Attributes
    ----------
    rank : int or None
        Among all candidates, from 1; None = the model cannot score the title.
    standard_score : float
        The score in standard deviations from the mean of the model's scores of the candidates: comparable between models.
    start : float
    contributions : dict of rated item id to amount
        The standard score as a sum: ``start + Σ contributions``.
    popularity_pull : float in [-1, 1]
        Correlation of the model's scores with ``log(1 + raters)``; NaN if either is constant.
    """

    model: str
    rank: int | None
    standard_score: float
    start: float
    contributions: dict[str, float]
    popularity_pull: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How two models rank the same title, and facts that may explain the difference. Shares and percentiles are in [0, 1].

    Attributes
    ----------
    n_candidates : int
        Number of titles that may be listed.
    raters : int
    raters_percentile : float
        Popularity: the share of all titles with fewer raters.
    rare_share : float
        Share of the title's squared feature weights on features that at most :data:`FEW_TITLES` titles have.
    rare_percentile : float
        Share of all titles with a smaller ``rare_share``.
    differing : tuple of str
        Rated titles, sorted by how much their contributions differ between the models, largest difference first.
    """

    item_id: str
    left: View
    right: View
    n_candidates: int
    raters: int
    raters_percentile: float
    rare_share: float
    rare_percentile: float
    differing: tuple[str, ...]


def disagreement(visitor: Visitor, item_id: str, left: str, right: str, exclude: Collection[str] = ()) -> Disagreement:
    """Compare two models on one title. Raises :class:`UnknownItemError`, :class:`UnknownModelError`."""
    dataset = visitor.fitted.dataset
    position = dataset.position(item_id)
    allowed = visitor.candidates(Filters.of(exclude=exclude))
    allowed[position] = True
    views = [_view(visitor, item_id, model, allowed) for model in (left, right)]
    gaps = {rated: abs(views[0].contributions[rated] - views[1].contributions[rated]) for rated in views[0].contributions}
    rare = rare_shares(visitor.fitted.features)
    return Disagreement(
        item_id=item_id,
        left=views[0],
        right=views[1],
        n_candidates=int(allowed.sum()),
        raters=int(dataset.raters[position]),
        raters_percentile=float(np.mean(dataset.raters < dataset.raters[position])),
        rare_share=float(rare[position]),
        rare_percentile=float(np.mean(rare < rare[position])),
        differing=tuple(sorted(gaps, key=lambda rated: -np.nan_to_num(gaps[rated]))),
    )


def _view(visitor: Visitor, item_id: str, model: str, allowed: np.ndarray) -> View:
    fitted = visitor.fitted
    scores = visitor.score(model)
    ranked = np.flatnonzero(allowed & ~np.isnan(scores))
    mean, spread = 0.0, 1.0
    if len(ranked):
        mean = float(scores[ranked].mean())
        spread = float(scores[ranked].std()) or 1.0
    explanation = visitor.explain(item_id, model)
    return View(
        model=model,
        rank=rank_of(fitted.dataset.position(item_id), scores, fitted.item_ids, allowed),
        standard_score=(explanation.score - mean) / spread,
        start=(explanation.baseline - mean) / spread,
        contributions={rated: amount / spread for rated, amount in explanation.contributions.items()},
        popularity_pull=_correlation(scores[ranked], np.log1p(fitted.dataset.raters[ranked])),
    )


def rare_shares(features: sparse.csr_array) -> np.ndarray:
    """Return the share of each title's squared feature weights on rare features, shape (n_items,); 0 without features."""
    rare = np.bincount(features.indices, minlength=features.shape[1]) <= FEW_TITLES
    squared = sparse.csr_array((features.data.astype(np.float64) ** 2, features.indices, features.indptr), shape=features.shape)
    lengths = np.asarray(squared.sum(axis=1)).ravel()
    return (squared @ rare.astype(np.float64)) / np.where(lengths > 0, lengths, 1.0)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
