"""Where what titles are about and what viewers do point apart for one visitor, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from recsys_core.data.filters import Filters
from recsys_core.models.content import Content
from recsys_core.visitor.visitor import Visitor

VIEWERS = ("svd", "item-knn")
"""Models that learn from raters alone, the preferred first: the other side of "content"."""
MAX_WORDS = 3


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one model makes of one title.

    Attributes
    ----------
    rank : int
        Among the titles that both models can score and that may be listed, from 1.
    percentile : float in [0, 1]
        Share of the other titles that stand below it: 1 = the first of all.
    moved_by : str or None
        The rated title that moves it most the way the model went: up in the model that thinks more of the title than the
        other does, else down. None if no rated title moves it that way.
    amount : float
        That contribution, in standard deviations of the model's scores: above 0 up, below 0 down; 0 if there is none.
    """

    rank: int
    percentile: float
    moved_by: str | None
    amount: float


@dataclass(frozen=True, slots=True)
class Contested:
    """A title on which the two models differ.

    Attributes
    ----------
    gap : float in [-1, 1]
        Percentile by content less percentile by viewers: above 0, content thinks more of it.
    raters : int
        People who rated it: with few, the viewers' model has little to go on.
    words : tuple of str
        Features of the title, ``field:token``, that moved the content model most the way it went: up where it thinks
        more of the title than viewers do, else down. At most :data:`MAX_WORDS`.
    """

    item_id: str
    gap: float
    content: Opinion
    viewers: Opinion
    raters: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disagreements:
    """The titles of the widest gap on either side, widest first.

    Attributes
    ----------
    model : str
        The viewers' model.
    n_compared : int
        Titles that both models can score.
    n_unrated : int
        Titles that only content can score, because nobody has rated them: there viewers say nothing.
    """

    model: str
    content_says: tuple[Contested, ...]
    viewers_say: tuple[Contested, ...]
    n_compared: int
    n_unrated: int


def viewers_model(visitor: Visitor) -> str | None:
    """The model to compare content with; None where nobody has rated anything."""
    return next((name for name in VIEWERS if name in visitor.fitted.models), None)


def contested_titles(visitor: Visitor, n: int = 3, model: str = VIEWERS[0], exclude: Collection[str] = ()) -> Disagreements:
    """Titles on which ``content`` and a model of viewers differ most for this visitor: at most ``n`` on each side.

    Scores of two models cannot be compared, so their ranks are: among the titles that both can score, the percentile by
    content less the percentile by viewers. A title that content places in the upper half and viewers in the lower half
    belongs to the first side, and the other way round to the second: other gaps are matters of degree.

    Raises
    ------
    UnknownModelError
    """
    fitted = visitor.fitted
    fitted.model(model)
    allowed = visitor.candidates(Filters.of(exclude=exclude))
    if not len(visitor.profile):  # both would answer with everybody's list
        return Disagreements(model, (), (), 0, int((allowed & (fitted.dataset.raters == 0)).sum()))
    scores = {name: visitor.score(name) for name in ("content", model)}
    both = np.flatnonzero(allowed & ~np.isnan(scores["content"]) & ~np.isnan(scores[model]))
    unrated = int((allowed & ~np.isnan(scores["content"]) & np.isnan(scores[model])).sum())
    if not len(both):
        return Disagreements(model, (), (), 0, unrated)
    ranks = {name: _ranks(score[both], fitted.item_ids[both]) for name, score in scores.items()}
    shares = {name: 1.0 - (rank - 1.0) / max(len(both) - 1, 1) for name, rank in ranks.items()}
    gaps = shares["content"] - shares[model]
    sides = []
    for keen, cool, sign in (("content", model, 1.0), (model, "content", -1.0)):
        opposed = np.flatnonzero((shares[keen] > 0.5) & (shares[cool] < 0.5))
        order = np.lexsort((fitted.item_ids[both[opposed]], -sign * gaps[opposed]))
        places = opposed[order][:n]
        ways = {keen: 1.0, cool: -1.0}
        opinions = {name: _opinions(visitor, name, ways[name], both, places, ranks[name], shares[name]) for name in scores}
        sides.append(
            tuple(
                Contested(
                    item_id=str(fitted.item_ids[both[place]]),
                    gap=float(gaps[place]),
                    content=opinions["content"][at],
                    viewers=opinions[model][at],
                    raters=int(fitted.dataset.raters[both[place]]),
                    words=_words(visitor, int(both[place]), sign),
                )
                for at, place in enumerate(places.tolist())
            )
        )
    return Disagreements(model, sides[0], sides[1], len(both), unrated)


def _ranks(scores: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Ranks from 1, best first, equal scores in the order of their ids: the order of every list."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.lexsort((ids, -scores))] = np.arange(1, len(scores) + 1)
    return ranks


def _opinions(
    visitor: Visitor, model: str, way: float, both: np.ndarray, places: np.ndarray, ranks: np.ndarray, shares: np.ndarray
) -> list[Opinion]:
    """What a model makes of the titles at ``places``, with the rating that moves each most up (``way`` 1) or down (-1)."""
    additive = visitor.additive_score(model)
    spread = float(additive.total()[both].std()) or 1.0
    amounts = additive.contributions(both[places]) / spread
    rated = visitor.fitted.item_ids[visitor.profile.items]
    found = []
    for column, place in zip(amounts.T, places.tolist(), strict=True):
        most = int(np.argmax(way * column))
        moves = way * column[most] > 0
        moved_by, amount = (str(rated[most]), float(column[most])) if moves else (None, 0.0)
        found.append(Opinion(int(ranks[place]), float(shares[place]), moved_by, amount))
    return found


def _words(visitor: Visitor, item: int, sign: float) -> tuple[str, ...]:
    content = visitor.fitted.model("content")
    assert isinstance(content, Content)
    _, amounts = content.word_contributions(visitor.profile, item)
    ordered = sorted(amounts, key=lambda name: (-sign * amounts[name], name))
    return tuple(name for name in ordered[:MAX_WORDS] if sign * amounts[name] > 0)
