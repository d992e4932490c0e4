"""Two lists side by side on one visitor's ratings: where each title stands in either, and why two models disagree."""

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
"""A word or name that so many titles have at most is rare: it makes a title like hardly any other."""


class Order(NamedTuple):
    """How a list is ordered: by which model, and by its score or by its expected stars."""

    model: str
    by: Literal["score", "stars"] = "score"

    def values(self, visitor: Visitor) -> np.ndarray:
        """What is sorted, shape (n_items,). Stars are not cut at five here: else the best would all be equal."""
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
        Mean expected stars in the eyes of its own model; NaN if none can be predicted.
    mean_raters : float
        Mean number of people who rated a title of the list; NaN for an empty list.
    """

    order: Order
    item_ids: tuple[str, ...]
    mean_stars: float
    mean_raters: float


class Shift(NamedTuple):
    """A title of either list and its ranks in both orders, from 1, also beyond the lists; None = cannot be ranked there."""

    item_id: str
    left: int | None
    right: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two lists of at most ``n`` titles and where each title stands in both, those of the left list first."""

    left: Side
    right: Side
    n: int
    shifts: tuple[Shift, ...]

    @property
    def overlap(self) -> int:
        """How many titles stand in both lists."""
        return len({*self.left.item_ids} & {*self.right.item_ids})


def compare_lists(visitor: Visitor, left: Order, right: Order, n: int = 10, exclude: Collection[str] = ()) -> Comparison:
    """The best ``n`` titles by two orders, among those that the visitor has not rated. Raises :class:`UnknownModelError`."""
    allowed, ids = visitor.candidates(Filters.of(exclude=exclude)), visitor.fitted.item_ids
    values = [order.values(visitor) for order in (left, right)]
    best = [ranking.best_list(value, visitor.fitted.dataset, n, allowed) for value in values]
    sides = [_side(visitor, order, positions) for order, positions in zip((left, right), best, strict=True)]
    titles = dict.fromkeys(np.concatenate(best).tolist())
    shifts = tuple(Shift(str(ids[i]), rank_of(i, values[0], ids, allowed), rank_of(i, values[1], ids, allowed)) for i in titles)
    return Comparison(sides[0], sides[1], n, shifts)


def _side(visitor: Visitor, order: Order, positions: np.ndarray) -> Side:
    stars, raters = visitor.predict(order.model)[positions], visitor.fitted.dataset.raters[positions]
    known = stars[~np.isnan(stars)]
    ids = tuple(visitor.fitted.item_ids[positions].tolist())
    return Side(order, ids, float(known.mean()) if len(known) else float("nan"), float(raters.mean()) if len(raters) else float("nan"))


@dataclass(frozen=True, slots=True)
class View:
    """How one model sees one title.

    Attributes
    ----------
    rank : int or None
        Among all titles that may be listed, from 1; None = the model cannot score the title.
    standard_score : float
        Standard deviations above the mean of the model's scores of those titles: comparable between models.
    start : float
    contributions : dict of rated item id to amount
        The standard score as the sum that it is: ``start + Σ contributions``.
    popularity_pull : float in [-1, 1]
        Correlation of the model's scores with ``log(1 + raters)``; NaN where either does not vary.
    """

    model: str
    rank: int | None
    standard_score: float
    start: float
    contributions: dict[str, float]
    popularity_pull: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What is known of a title on which two models disagree. Shares and percentiles lie in [0, 1].

    Attributes
    ----------
    n_candidates : int
        Titles that may be listed.
    raters : int
    raters_percentile : float
        Share of all titles that fewer people rated: how popular it is.
    rare_share : float
        How much of the title's content vector (squared weights) lies on features that at most :data:`FEW_TITLES` have.
    rare_percentile : float
        Share of all titles whose content is less rare.
    differing : tuple of str
        Rated titles, the one whose contributions differ most between the models first.
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
    """Why two models rank a title differently, as data. Raises :class:`UnknownItemError`, :class:`UnknownModelError`."""
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
    mean, spread = (float(scores[ranked].mean()), float(scores[ranked].std()) or 1.0) if len(ranked) else (0.0, 1.0)
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
    """How much of each title's content lies on rare features, shape (n_items,), in [0, 1]; 0 for a title without content."""
    rare = np.bincount(features.indices, minlength=features.shape[1]) <= FEW_TITLES
    squared = sparse.csr_array((features.data.astype(np.float64) ** 2, features.indices, features.indptr), shape=features.shape)
    lengths = np.asarray(squared.sum(axis=1)).ravel()
    return (squared @ rare.astype(np.float64)) / np.where(lengths > 0, lengths, 1.0)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
