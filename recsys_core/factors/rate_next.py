"""Active learning: choose the titles that a visitor should rate next."""

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
"""Number of well-known titles to choose from, and of users from whom the chances of knowing a title are learned."""
NEVER_KNOWN = 0.02
"""Lower bound of the chance that a title is known."""
SAMPLED, DEPTH, K = 150, 60, 10
"""Number of users per title from whom the worth of an answer is learned, and the ranks in which K allowed titles are found."""
WORTHLESS, NEVER_WORTHLESS = 5, 1e-6
LEARNED = ("candidates", "covariance", "share", "worth", "liked")


class Question(NamedTuple):
    """A title to ask about.

    Attributes
    ----------
    item : int
        Its position in the data set.
    share : float
        Share of the users who rated it, in [0, 1].
    chance : float
        Probability that this visitor knows it, in [0, 1].
    factor : int or None
        The shown factor about which its rating is most informative; None if no factors are shown.
    """

    item: int
    share: float
    chance: float
    factor: int | None


class RateNext:
    """Chooses titles to rate by the expected reduction of posterior variance (V-optimal design).

    In the Bayesian interpretation of :meth:`SVD.uncertainty` the covariance of the visitor's factors is, up to the noise,
    ``S = (Q_Rᵀ Q_R + alpha I)⁻¹``. A rating of title j reduces the variance of all titles' scores, weighted by w (the share
    of users who liked each title), by

        gain[j] = Σ_t w_t (q_t · S q_j)² / (1 + q_j · S q_j)

    and the title with the largest ``value[j] = chance[j]^c · worth[j]² · gain[j]^1.5`` is chosen. ``chance`` is the
    probability that the visitor knows the title, since otherwise the question is wasted. ``worth`` is the improvement of the
    list: for up to 150 users who rated j, how much higher the NDCG@10 of the hybrid is after this one answer than without
    any, on half of their other ratings, minus the 5th percentile over all candidates. The exponent ``c = 0.4 + 0.01`` per
    title that was not seen, at most 2, makes the first questions bold and later ones safer. The exponents were chosen on
    users of the showcase (``benchmarks/rate_next.py`` measures on others).

    The chance is the best linear prediction from the titles A that the visitor has rated or has not seen, with C the
    covariance of "has rated" over users, m its mean, and r = 2.2 times the mean variance as a ridge penalty:
    ``chance[j] = m_j + C_jA (C_AA + r I)⁻¹ (seen_A - m_A)``.

    References
    ----------
    Rubens, Kaplan & Sugiyama (2011), "Active learning in recommender systems".
    Elahi, Ricci & Rubens (2016), "A survey of active learning in collaborative filtering recommender systems".
    Golbandi, Koren & Lempel (2011), "Adaptive bootstrapping of recommender systems using decision trees".
    Henderson (1975), "Best linear unbiased estimation and prediction under a selection model".
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
        self._row_of = np.full(len(factors), -1)
        self._row_of[candidates] = np.arange(len(candidates))

    @classmethod
    def fit(cls, dataset: Dataset, svd: SVD, hybrid: Model) -> Self:
        """Learn the chances that titles are known and the worth of their ratings.

        Parameters
        ----------
        svd, hybrid : fitted to the same data set

        Raises
        ------
        DataError
            The data set has no ratings.
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
        return cls(candidates, covariance, dataset.raters[candidates] / dataset.n_people, worth, liked, svd)

    def state(self) -> dict[str, np.ndarray]:
        """Return everything learned as plain arrays, for saving."""
        return {name: getattr(self, name) for name in LEARNED}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray], svd: SVD) -> Self:
        """Restore what :meth:`state` returned. Raises ``KeyError`` if an array is missing."""
        return cls(**{name: arrays[name] for name in LEARNED}, svd=svd)

    def chances(self, rated: np.ndarray, not_seen: np.ndarray) -> np.ndarray:
        """Return the probability that the visitor knows each candidate, shape (n_candidates,), within [0.02, 1].

        Parameters
        ----------
        rated, not_seen : ndarray of int
            Positions of titles; titles that are not candidates are ignored.
        """
        rows = self._row_of[np.concatenate([rated, not_seen]).astype(np.int64)]
        seen = np.repeat([1.0, 0.0], [len(rated), len(not_seen)])[rows >= 0]
        rows = rows[rows >= 0]
        system = self.covariance[np.ix_(rows, rows)] + self._ridge * np.eye(len(rows))
        change = self.covariance[:, rows] @ np.linalg.solve(system, seen - self.share[rows])
        return np.asarray(np.clip(self.share + change, NEVER_KNOWN, 1.0))

    def gains(self, covariance: np.ndarray) -> np.ndarray:
        """Return how much a rating of each candidate reduces the weighted variance, shape (n_candidates,), in units of the noise.

        Parameters
        ----------
        covariance : ndarray of shape (n_factors, n_factors)
            Covariance of the visitor's factors, up to the noise variance.
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
        """Return the ``n`` best questions, best first; fewer if fewer titles are left.

        Each question is chosen as if the earlier ones had been answered, so that a batch is not redundant.

        Parameters
        ----------
        not_seen, exclude : positions of titles
            Titles not to ask about; those not seen also change the chances of other titles.
        view : FactorView, optional
            Used to find the factor whose variance is reduced most: ``argmax_f (r_f · S q_j)²`` with r_f its direction.

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
            covariance = covariance - np.outer(move, move) / (1.0 + self._asked[best] @ move)  # Sherman-Morrison formula
            open_[best] = False
        return questions


def _gained(people: Dataset, by_title: sparse.csc_array, hybrid: Model, item: int) -> float:
    """Return the mean improvement in NDCG@10 of a list after one answer about a title, over the popularity list.

    The mean is over at most :data:`SAMPLED` users who rated the title. Each is evaluated on a random half of their other
    ratings; titles in the other half are not listed.
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
        n_relevant = int(relevant[titles].sum())
        if n_relevant:
            after = ndcg_at_k(relevant[heads[stars][allowed[heads[stars]]][:K]], K, n_relevant)
            before = ndcg_at_k(relevant[popular[allowed[popular]][:K]], K, n_relevant)
            differences.append(after - before)
        allowed[titles], relevant[titles] = True, False
    return float(np.mean(differences)) if differences else 0.0
