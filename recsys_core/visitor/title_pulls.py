"""Pulls by titles: towards what is like a title or away from it, and what titles add that were watched without being rated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.data.profile import Profile
from recsys_core.errors import ProfileError
from recsys_core.fitted import FittedModels
from recsys_core.models import Watched
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.kernel import Kernel
from recsys_core.visitor.steering import MOST, UNIT

TITLE, SEEN = "title", "seen"
OF_TITLE = 50.0
"""How much stronger a pull acts on a title with the cosine 1 than on one that lies a standard deviation along a factor. Titles that are
clearly alike have cosines from 0.2 to 0.5, and with the strongest pull they have to overtake the top of any list: at 20, a fan of crime
who asked for more like Up was still shown crime; at 50, the list is about as if nothing but Up had been loved."""
AWAY = -0.05
"""The pull of a title that is not for the visitor: a quarter of a standard deviation off what is most like it. One star says more."""
TOWARDS = MOST
"""The pull of a title of which more are wanted: the list then consists of what is like it."""


def title_name(item_id: str) -> str:
    """Return the steering name of a pull towards what is like a title; a negative amount pulls away from it.

    >>> title_name("heat-1995")
    'title:heat-1995'
    """
    return f"{TITLE}:{item_id}"


def seen_name(item_id: str) -> str:
    """Return the steering name of a title that was watched and not rated; its amount is 1.

    >>> seen_name("heat-1995")
    'seen:heat-1995'
    """
    return f"{SEEN}:{item_id}"


def title_of(name: str) -> str | None:
    """Return the id of the title that a pull is about; None for any other pull.

    >>> title_of("seen:heat-1995"), title_of("keyword:heist")
    ('heat-1995', None)
    """
    kind, _, item_id = name.partition(":")
    return item_id if kind in (TITLE, SEEN) else None


@dataclass(frozen=True, slots=True, eq=False)
class TitlePulls:
    """What pulls by titles add to a score. Row k of the sum belongs to ``names[k]``.

    Attributes
    ----------
    names : tuple of str
    amounts : AdditiveScore
        Its baseline is 0. It is kept in low rank: a thousand titles of a hundred thousand cost no more than their features.
    """

    names: tuple[str, ...]
    amounts: AdditiveScore

    def total(self) -> np.ndarray:
        """Return what all pulls together add to each title, shape (n_items,)."""
        return self.amounts.total()

    def at(self, positions: np.ndarray) -> dict[str, np.ndarray]:
        """Return what each pull adds to some titles, by name, each of shape (len(positions),)."""
        if not self.names:
            return {}
        return dict(zip(self.names, self.amounts.contributions(positions), strict=True))


def title_pulls(fitted: FittedModels, profile: Profile, steering: Mapping[str, float], score: np.ndarray, model: str) -> TitlePulls:
    """Return what the pulls by titles among ``steering`` add to a model's score.

    A pull by what a title i is like adds its cosine in content space:

        added[j] = 0.4 · amount · sd(score) · 50 · cosine(i, j)

    A title that was watched and not rated adds to ``watched`` what a rated one adds there: that model asks for no stars. It adds
    nothing to the score of other models. In the hybrid ``watched`` speaks about expected stars, and so do such titles there, through
    :attr:`Profile.seen`.

    Parameters
    ----------
    score : ndarray of shape (n_items,)
        The score without steering; NaN where a title cannot be scored.
    model : str
        The model that answers.

    Raises
    ------
    ProfileError
        An amount that is not a number from -3 to 3.
    """
    index = fitted.dataset.item_index
    found = [(name, index[item_id], amount) for name, item_id, amount in _by_title(steering) if item_id in index]
    like = [(name, place, amount) for name, place, amount in found if name.startswith(f"{TITLE}:")]
    names = [name for name, *_ in like]
    terms = [_likeness(fitted, [place for _, place, _ in like], [amount for *_, amount in like], score)] if like else []
    asked = fitted.model(model)
    if isinstance(asked, Watched) and len(profile.seen):
        names += [seen_name(item_id) for item_id in fitted.item_ids[profile.seen].tolist()]
        left = asked.steps(profile.seen, profile)
        terms = [_among(len(names), term, 0) for term in terms]
        terms.append(_among(len(names), Term(left, asked.item_factors_, np.where(asked.scorable, 1.0, 0.0)), len(like)))
    return TitlePulls(tuple(names), AdditiveScore(np.zeros(fitted.dataset.n_items), tuple(terms)))


def seen_titles(steering: Mapping[str, float]) -> list[str]:
    """Return the ids of the titles that were watched and not rated.

    >>> seen_titles({"seen:heat-1995": 1.0, "title:alien": 3.0})
    ['heat-1995']
    """
    return [item_id for name, item_id, _ in _by_title(steering) if name.startswith(f"{SEEN}:")]


def _by_title(steering: Mapping[str, float]) -> list[tuple[str, str, float]]:
    """Return the pulls by titles: name, item id, amount."""
    found = []
    for name, amount in steering.items():
        if (item_id := title_of(name)) is not None:
            if not isinstance(amount, (int, float)) or not -MOST <= amount <= MOST:
                raise ProfileError(f"The pull of {name!r} is {amount!r}; a pull is a number from {-MOST:g} to {MOST:g}.")
            found.append((name, item_id, float(amount)))
    return [pull for pull in found if pull[2]]


def _likeness(fitted: FittedModels, places: list[int], amounts: list[float], score: np.ndarray) -> Term:
    """Return what pulls by what titles (positions) are like add, one row of ``left`` for each."""
    known = score[~np.isnan(score)]
    unit = UNIT * ((float(known.std()) if len(known) else 0.0) or 1.0)
    return Term(np.diag(unit * OF_TITLE * np.array(amounts)), Kernel(fitted.features, np.array(places, dtype=np.int64)))


def _among(n: int, term: Term, start: int) -> Term:
    """Return a term as part of a sum of ``n`` rows, of which its own begin at ``start``."""
    left = np.zeros((n, term.left.shape[1]))
    left[start : start + len(term.left)] = term.left
    return Term(left, term.right, term.scale)
