"""What to ask a new visitor about: the titles whose rating would tell most, weighted by the chance that they are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Self

import numpy as np
from scipy import sparse

from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import LIKED_STARS
from recsys_core.errors import DataError
from recsys_core.factors.view import FactorView
from recsys_core.models.base import Model
from recsys_core.models.svd import SVD

MOST_CANDIDATES, MOST_PEOPLE = 600, 10_000
"""Only well-known titles are asked about, and as many people are enough to learn who knows what."""
NEVER_KNOWN = 0.02
SAMPLED, DEPTH, K = 150, 60, 10
"""People who are asked what an answer was worth, and how deep a list is looked into to find K titles that may be judged."""
WORTHLESS, NEVER_WORTHLESS = 5, 1e-6
LEARNED = ("candidates", "covariance", "share", "worth", "liked")


class Question(NamedTuple):
    """A title to ask about.

    Attributes
    ----------
    item : int
        Its position in the data set.
    share : float
        Share of the data set's people who rated it, in [0, 1].
    chance : float
        The chance that this visitor knows it, in [0, 1].
    factor : int or None
        The shown factor about which its rating would tell most; None where there are none.
    """

    item: int
    share: float
    chance: float
    factor: int | None


class RateNext:
    """Chooses questions by expected reduction of posterior variance (V-optimal design; Rubens, Kaplan & Sugiyama 2011,
    "Active learning in recommender systems"; Elahi, Ricci & Rubens 2016).

    In the Bayesian reading of :meth:`SVD.uncertainty` the visitor's factors have, up to the noise, the covariance
    ``S = (Q_Rᵀ Q_R + alpha I)⁻¹``. A rating of title j lowers the variance of all titles' scores, weighted by w (the
    share of people who liked each), by

        gain[j] = Σ_t w_t (q_t · S q_j)² / (1 + q_j · S q_j)

    and it is asked with ``value[j] = chance[j]^c · worth[j]² · gain[j]^1.5``: somebody who does not know the title tells
    nothing, and what counts in the end is the list. ``worth`` is learned from the data: for up to 150 people who rated j, how
    much better NDCG@10 is, on half of their other ratings, after this one answer than without any (by the hybrid; above the 5th
    percentile of all candidates). Golbandi, Koren & Lempel 2011 choose questions in this way, by what they do to the error.
    With ``c = 0.4 + 0.01`` for each title that was not seen, in all at most 2, the first questions are bold and later ones
    safer. These powers were chosen on people of the showcase (``benchmarks/rate_next.py`` measures on others).

    The chance that the visitor knows a title is the best linear prediction (Henderson 1975) from what they have rated
    and what they have not seen, with C the covariance of "has rated" over people, m its mean and r = 2.2 times the mean
    variance as a ridge: ``chance[j] = m_j + C_jA (C_AA + r I)⁻¹ (seen_A - m_A)``.
    """

    alpha = 1.0
    boldest, caution, safest = 0.4, 0.01, 2.0
    known_ridge = 2.2

    def __init__(
        self, candidates: np.ndarray, covariance: np.ndarray, share: np.ndarray, worth: np.ndarray, liked: np.ndarray, svd: SVD
    ) -> None:
        factors = svd.item_factors_
        self.candidates, self.covariance, self.share, self.worth, self.liked = candidates, covariance, share, worth, liked
        self._factors = factors
        self._asked = factors[candidates]
        self._matters = (factors * liked[:, None]).T @ factors
        self._ridge = self.known_ridge * float(np.mean(share * (1.0 - share)))
        self._place = np.full(len(factors), -1)
        self._place[candidates] = np.arange(len(candidates))

    @classmethod
    def fit(cls, dataset: Dataset, svd: SVD, hybrid: Model) -> Self:
        """Learn who knows what, and what an answer is worth.

        Parameters
        ----------
        svd, hybrid : fitted on the same data set

        Raises
        ------
        DataError
            Nobody has rated anything.
        """
        if not dataset.n_ratings:
            raise DataError(f"What to ask next is learned from ratings, and nobody has rated anything in {dataset.name!r}.")
        best_known = np.lexsort((dataset.item_ids, -dataset.raters))[:MOST_CANDIDATES]
        candidates = best_known[dataset.raters[best_known] > 0]
        people = dataset.sample_users(MOST_PEOPLE)
        rated = sparse.csc_array(people.ratings)[:, candidates].astype(np.float64)
        rated.data[:] = 1.0
        mean = np.asarray(rated.sum(axis=0)).ravel() / people.n_users
        covariance = (rated.T @ rated).toarray() / people.n_users - np.outer(mean, mean)
        liked = np.bincount(dataset.ratings.indices[dataset.ratings.data >= LIKED_STARS], minlength=dataset.n_items) / dataset.n_users
        by_title = sparse.csc_array(people.ratings)
        gained = np.array([_gained(people, by_title, hybrid, int(item)) for item in candidates])
        worth = np.maximum(gained - np.percentile(gained, WORTHLESS), NEVER_WORTHLESS)
        return cls(candidates, covariance, dataset.raters[candidates] / dataset.n_users, worth, liked, svd)

    def state(self) -> dict[str, np.ndarray]:
        """Everything learned as plain arrays, for saving."""
        return {name: getattr(self, name) for name in LEARNED}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray], svd: SVD) -> Self:
        """The inverse of :meth:`state`. Raises ``KeyError`` where an array is missing."""
        return cls(**{name: arrays[name] for name in LEARNED}, svd=svd)

    def chances(self, rated: np.ndarray, not_seen: np.ndarray) -> np.ndarray:
        """The chance that the visitor knows each candidate, shape (n_candidates,), within [0.02, 1].

        Parameters
        ----------
        rated, not_seen : ndarray of int
            Positions of titles; those that are no candidates are ignored.
        """
        told = self._place[np.concatenate([rated, not_seen]).astype(np.int64)]
        seen = np.repeat([1.0, 0.0], [len(rated), len(not_seen)])[told >= 0]
        told = told[told >= 0]
        system = self.covariance[np.ix_(told, told)] + self._ridge * np.eye(len(told))
        moved = self.covariance[:, told] @ np.linalg.solve(system, seen - self.share[told])
        return np.asarray(np.clip(self.share + moved, NEVER_KNOWN, 1.0))

    def gains(self, covariance: np.ndarray) -> np.ndarray:
        """How far a rating of each candidate lowers the weighted variance, shape (n_candidates,), in units of the noise.

        Parameters
        ----------
        covariance : ndarray of shape (n_factors, n_factors)
            Of the visitor's factors, up to the noise.
        """
        turned = self._asked @ covariance
        return np.asarray(((turned @ self._matters) * turned).sum(axis=1) / (1.0 + (turned * self._asked).sum(axis=1)))

    def ask(
        self,
        profile: Profile,
        n: int = 1,
        *,
        not_seen: Collection[int] = (),
        exclude: Collection[int] | np.ndarray = (),
        view: FactorView | None = None,
    ) -> list[Question]:
        """The ``n`` best questions, best first; fewer where fewer titles are left.

        Each is chosen as if those before it had been answered, so that a batch does not ask the same thing twice.

        Parameters
        ----------
        not_seen, exclude : positions of titles
            Neither is asked about; what is not seen also says what else may not be known.
        view : FactorView, optional
            Names the factor along which the variance falls most: ``argmax_f (r_f · S q_j)²`` with r_f its direction.

        Raises
        ------
        ValueError
            ``n`` is negative.
        """
        if n < 0:
            raise ValueError(f"n is {n}; the number of questions cannot be negative.")
        unseen = np.array(sorted(not_seen), dtype=np.int64)
        chances = self.chances(profile.items, unseen)
        barred = np.array([*profile.items, *not_seen, *exclude], dtype=np.int64)
        open_ = ~np.isin(self.candidates, barred)
        rated = self._factors[profile.items]
        covariance = np.linalg.inv(rated.T @ rated + self.alpha * np.eye(self._factors.shape[1]))
        power = min(self.boldest + self.caution * len(unseen), self.safest)
        worth = chances**power * self.worth**2
        questions = []
        for _ in range(min(n, int(open_.sum()))):
            value = np.where(open_, worth * self.gains(covariance) ** 1.5, -np.inf)
            best = int(value.argmax())
            move = covariance @ self._asked[best]
            factor = int(np.square(view.turned(move)).argmax()) if view is not None and len(view) else None
            questions.append(Question(int(self.candidates[best]), float(self.share[best]), float(chances[best]), factor))
            covariance = covariance - np.outer(move, move) / (1.0 + self._asked[best] @ move)  # Sherman & Morrison 1950
            open_[best] = False
        return questions


def _gained(people: Dataset, by_title: sparse.csc_array, hybrid: Model, item: int) -> float:
    """By how much one answer about a title makes lists better than the popular one: mean difference in NDCG@10.

    Over at most :data:`SAMPLED` people who rated it, each judged on every other of their remaining ratings, by chance; what
    is not judged is not listed.
    """
    rng = np.random.default_rng(item)
    ratings = people.ratings
    drawn = rng.permutation(np.arange(*by_title.indptr[item : item + 2]))[:SAMPLED]
    popular = np.argsort(-people.raters, kind="stable")[:DEPTH]
    heads: dict[float, np.ndarray] = {}
    allowed, relevant = np.ones(people.n_items, dtype=bool), np.zeros(people.n_items, dtype=bool)
    differences = []
    for user, stars in zip(by_title.indices[drawn], np.ceil(by_title.data[drawn]).tolist(), strict=True):
        if stars not in heads:
            score = np.nan_to_num(hybrid.score(Profile(np.array([item]), np.array([stars]))), nan=-np.inf)
            heads[stars] = np.argsort(-score, kind="stable")[:DEPTH]
        row = slice(*ratings.indptr[user : user + 2])
        titles, judged = ratings.indices[row], rng.random(row.stop - row.start) < 0.5
        allowed[titles[~judged]] = allowed[item] = False
        relevant[titles[judged & (ratings.data[row] >= LIKED_STARS) & (titles != item)]] = True
        if n := int(relevant[titles].sum()):
            after, before = (ndcg_at_k(relevant[head[allowed[head]][:K]], K, n) for head in (heads[stars], popular))
            differences.append(after - before)
        allowed[titles], relevant[titles] = True, False
    return float(np.mean(differences)) if differences else 0.0
