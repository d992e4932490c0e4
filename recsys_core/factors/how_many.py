"""Study of the number of latent factors: explained variance, and accuracy of lists and stars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.ranking import top_n
from recsys_core.data.scale import LIKED_STARS
from recsys_core.models.base import graded_likes
from recsys_core.models.svd import SVD, scaled_down

NUMBERS = (2, 4, 8, 12, 16, 24, 32, 48, 64, 80, 100)
MOST_PEOPLE = 20_000
N_JUDGED = 300
FEWEST_RATINGS = 10
MOST_TITLES = 10_000
K = 10


@dataclass(frozen=True, slots=True, eq=False)
class DimensionStudy:
    """One factorisation with many factors, truncated at several numbers of factors.

    Attributes
    ----------
    numbers : ndarray of int, shape (n_numbers,)
    singular_values : ndarray of shape (n_most,)
        Largest first; the square of each is the variance that its factor explains.
    total : float
        The sum of all squares, including those of factors that were not computed.
    ndcg : ndarray of shape (n_numbers,)
        NDCG@10 of the lists of held-out users; NaN if there are none.
    rmse : ndarray of shape (n_numbers,)
        RMSE of the expected stars of the same users, in stars.
    n_judged : int
        Number of held-out users.
    item_factors : ndarray of float32, shape (n_items, n_most)
    """

    numbers: np.ndarray
    singular_values: np.ndarray
    total: np.ndarray
    ndcg: np.ndarray
    rmse: np.ndarray
    n_judged: np.ndarray
    item_factors: np.ndarray

    def explained(self) -> np.ndarray:
        """Return the share of the total variance that each factor explains, shape (n_most,)."""
        return np.asarray(self.singular_values**2 / max(float(self.total), 1e-12))

    def explained_by_first(self, n_factors: int) -> float:
        """The share of all squares that the first ``n_factors`` explain together, in [0, 1]."""
        return float(self.explained()[:n_factors].sum())

    @property
    def best(self) -> int | None:
        """The number of factors with the best lists, the smallest of equals; None if nobody was held out."""
        return None if np.isnan(self.ndcg).all() else int(self.numbers[np.nanargmax(self.ndcg)])

    def nearest(self, n_factors: int) -> int:
        """Of the numbers that were studied, the one nearest to a wanted number."""
        return int(min(self.numbers.tolist(), key=lambda n: abs(n - n_factors)))

    def best_titles(self, svd: SVD, n_factors: int, profile: Profile, item_ids: np.ndarray, n: int, allowed: np.ndarray) -> np.ndarray:
        """A visitor's list by the model with so many factors: positions, best first, shape (at most n,).

        Parameters
        ----------
        item_ids : ndarray of str, shape (n_items,)
        allowed : ndarray of bool, shape (n_items,)
            Which titles may be listed.
        """
        return top_n(self.model(svd, n_factors).score(profile), item_ids, n, allowed)

    def model(self, svd: SVD, n_factors: int) -> SVD:
        """Return the model with ``n_factors`` factors. Raises ``ValueError`` for a number that was not studied."""
        if n_factors not in self.numbers:
            raise ValueError(f"{n_factors} factors were not studied; there are {', '.join(map(str, self.numbers))}.")
        return svd.with_factors(self.item_factors[:, :n_factors].astype(np.float64))

    def state(self) -> dict[str, np.ndarray]:
        """Return everything as plain arrays, for saving."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore what :meth:`state` returned. Raises ``KeyError`` if an array is missing."""
        return cls(**{name: arrays[name] for name in cls.__slots__})


def study_dimensions(svd: SVD, dataset: Dataset, *, random_state: int = 0) -> DimensionStudy:
    """Fit 100 factors once and evaluate the model with fewer and fewer of them.

    One user in ten, at most 300, is held out. A random half of their ratings is given, and the rest is used to measure
    NDCG@10 of the list (relevant: 4 stars or more) and RMSE of the expected stars. Truncated SVDs are nested, so the model
    with fewer factors is the same model truncated.

    References
    ----------
    Eckart & Young (1936), "The approximation of one matrix by another of lower rank".
    """
    sample = dataset.sample_users(MOST_PEOPLE)
    ratings = sample.ratings
    rng = np.random.default_rng(random_state)
    eligible = np.flatnonzero(np.diff(ratings.indptr) >= FEWEST_RATINGS)
    judged = np.sort(rng.permutation(eligible)[: min(N_JUDGED, sample.n_users // 10)])
    others = np.setdiff1d(np.arange(sample.n_users), judged)
    likes = sparse.csr_array(graded_likes(sample)[others])
    finder = SVD(n_factors=min(NUMBERS[-1], *likes.shape), damping=svd.damping, random_state=random_state)
    factors, values = finder.find_factors(likes, np.bincount(likes.indices, minlength=dataset.n_items))
    numbers = np.array([n for n in NUMBERS if n < factors.shape[1]] + [factors.shape[1]])
    ndcg, rmse = _judge(svd, factors, numbers, ratings, judged, dataset.raters, rng)
    total = np.array((scaled_down(likes).data.astype(np.float64) ** 2).sum())
    return DimensionStudy(numbers, values, total, ndcg, rmse, np.array(len(judged)), factors.astype(np.float32))


def _judge(
    svd: SVD,
    factors: np.ndarray,
    numbers: np.ndarray,
    ratings: sparse.csr_array,
    judged: np.ndarray,
    raters: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean NDCG@10 and the RMSE of the stars for each number of factors."""
    known = np.sort(np.argsort(-raters, kind="stable")[:MOST_TITLES])  # more titles would take time and change nothing
    row_of = np.full(len(raters), -1)
    row_of[known] = np.arange(len(known))
    model = svd.with_factors(factors).among(known)
    models = [model.with_factors(model.item_factors_[:, :n]) for n in numbers]
    gains: list[list[float]] = []
    squares, n_stars = np.zeros(len(numbers)), 0
    for user in judged:
        row = slice(*ratings.indptr[user : user + 2])
        items, stars = row_of[ratings.indices[row]], ratings.data[row].astype(np.float64)
        items, stars = items[items >= 0], stars[items >= 0]
        given = rng.permutation(len(items)) < len(items) // 2
        profile = Profile(items[given], stars[given])
        asked, answers = items[~given], stars[~given]
        relevant = np.zeros(len(known), dtype=bool)
        relevant[asked[answers >= LIKED_STARS]] = True
        own = []
        for at, model in enumerate(models):
            errors = model.predict_at(profile, asked) - answers
            squares[at] += float(np.nansum(errors**2))
            score = model.score(profile)
            score[profile.items] = -np.inf
            head = np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")[:K]
            own.append(ndcg_at_k(relevant[head], K, int(relevant.sum())) if relevant.any() else np.nan)
        n_stars += len(asked)
        gains.append(own)
    if not n_stars:
        return np.full(len(numbers), np.nan), np.full(len(numbers), np.nan)
    return np.nanmean(np.array(gains), axis=0), np.sqrt(squares / n_stars)
