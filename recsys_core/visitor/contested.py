"""Contested titles: those that the content model and a collaborative model rank most differently for a visitor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from recsys_core.data.filters import Filters
from recsys_core.models.content import Content
from recsys_core.visitor.visitor import Visitor

VIEWERS = ("svd", "item-knn")
"""Models that learn from ratings alone, to compare with "content"; the preferred one first."""
MAX_WORDS = 3


@dataclass(frozen=True, slots=True)
class Opinion:
    """One model's rank of a contested title, and the rating that explains it best.

    Attributes
    ----------
    rank : int
        Among the candidates that both models can score, from 1.
    percentile : float in [0, 1]
        Share of the other titles that rank lower: 1 = the first.
    moved_by : str or None
        The rated title with the largest contribution in the model's direction: positive for the model that ranks the title
        higher, negative for the other one. None if no contribution has that sign.
    amount : float
        That contribution, in standard deviations of the model's scores; 0 if there is none.
    """

    rank: int
    percentile: float
    moved_by: str | None
    amount: float


@dataclass(frozen=True, slots=True)
class Contested:
    """A title that the two models rank differently.

    Attributes
    ----------
    gap : float in [-1, 1]
        Percentile by content minus percentile by the viewers' model: positive if content ranks it higher.
    raters : int
        Number of raters; if there are few, the viewers' model has little data.
    words : tuple of str
        Features of the title, ``field:token``, with the largest contributions in the content model's direction: positive if
        it ranks the title higher, else negative. At most :data:`MAX_WORDS`.
    """

    item_id: str
    gap: float
    content: Opinion
    viewers: Opinion
    raters: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContestedTitles:
    """The contested titles on either side, widest gap first.

    Attributes
    ----------
    model : str
        The viewers' model.
    n_compared : int
        Number of titles that both models can score.
    n_unrated : int
        Number of titles that only content can score, because they have no ratings.
    """

    model: str
    content_says: tuple[Contested, ...]
    viewers_say: tuple[Contested, ...]
    n_compared: int
    n_unrated: int


def viewers_model(visitor: Visitor) -> str | None:
    """Return the model to compare content with; None in a data set without ratings."""
    return next((name for name in VIEWERS if name in visitor.fitted.models), None)


def contested_titles(visitor: Visitor, n: int = 3, model: str = VIEWERS[0], exclude: Collection[str] = ()) -> ContestedTitles:
    """Find the titles that ``content`` and a viewers' model rank most differently, at most ``n`` on each side.

    Scores of two models are not comparable, so percentiles among the titles that both can score are compared instead. A
    title belongs to the first side if content puts it in the upper half and the viewers' model in the lower half, and to
    the second side the other way round. Smaller differences are not reported.

    Raises
    ------
    UnknownModelError
    """
    fitted = visitor.fitted
    fitted.model(model)
    allowed = visitor.candidates(Filters.of(exclude=exclude))
    if not len(visitor.profile):  # without ratings both models return the popularity list
        return ContestedTitles(model, (), (), 0, int((allowed & (fitted.dataset.raters == 0)).sum()))
    scores = {name: visitor.score(name) for name in ("content", model)}
    both = np.flatnonzero(allowed & ~np.isnan(scores["content"]) & ~np.isnan(scores[model]))
    unrated = int((allowed & ~np.isnan(scores["content"]) & np.isnan(scores[model])).sum())
    if not len(both):
        return ContestedTitles(model, (), (), 0, unrated)
    ranks = {name: _ranks(score[both], fitted.item_ids[both]) for name, score in scores.items()}
    shares = {name: 1.0 - (rank - 1.0) / max(len(both) - 1, 1) for name, rank in ranks.items()}
    gaps = shares["content"] - shares[model]
    sides = []
    for higher, lower, content_sign in (("content", model, 1.0), (model, "content", -1.0)):
        opposed = np.flatnonzero((shares[higher] > 0.5) & (shares[lower] < 0.5))
        order = np.lexsort((fitted.item_ids[both[opposed]], -content_sign * gaps[opposed]))
        chosen = opposed[order][:n]
        signs = {higher: 1.0, lower: -1.0}
        opinions = {name: _opinions(visitor, name, signs[name], both, chosen, ranks[name], shares[name]) for name in scores}
        side = []
        for number, row in enumerate(chosen.tolist()):
            item = int(both[row])
            contested = Contested(
                item_id=str(fitted.item_ids[item]),
                gap=float(gaps[row]),
                content=opinions["content"][number],
                viewers=opinions[model][number],
                raters=int(fitted.dataset.raters[item]),
                words=_words(visitor, item, content_sign),
            )
            side.append(contested)
        sides.append(tuple(side))
    return ContestedTitles(model, sides[0], sides[1], len(both), unrated)


def _ranks(scores: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return ranks from 1, best first, ties in the order of item ids, as in every list."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.lexsort((ids, -scores))] = np.arange(1, len(scores) + 1)
    return ranks


def _opinions(
    visitor: Visitor, model: str, sign: float, both: np.ndarray, chosen: np.ndarray, ranks: np.ndarray, shares: np.ndarray
) -> list[Opinion]:
    """Return a model's opinions of the titles ``both[chosen]``, each with the rating of the largest contribution of a sign."""
    additive = visitor.additive_score(model)
    spread = float(additive.total()[both].std()) or 1.0
    amounts = additive.contributions(both[chosen]) / spread
    rated = visitor.fitted.item_ids[visitor.profile.items]
    found = []
    for column, row in zip(amounts.T, chosen.tolist(), strict=True):
        strongest = int(np.argmax(sign * column))
        moved_by, amount = None, 0.0
        if sign * column[strongest] > 0:
            moved_by, amount = str(rated[strongest]), float(column[strongest])
        found.append(Opinion(int(ranks[row]), float(shares[row]), moved_by, amount))
    return found


def _words(visitor: Visitor, item: int, sign: float) -> tuple[str, ...]:
    content = visitor.fitted.model("content")
    assert isinstance(content, Content)
    _, amounts = content.word_contributions(visitor.profile, item)
    telling = [name for name in amounts if not name.startswith("kind:")]  # that both are shows is no news
    ordered = sorted(telling, key=lambda name: (-sign * amounts[name], name))
    return tuple(name for name in ordered[:MAX_WORDS] if sign * amounts[name] > 0)
