"""A block of the rating matrix: given ratings, predicted ratings and errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import training_weight
from recsys_core.models.svd import SVD

MOST_PEOPLE = 20_000
"""Similar users are searched in a random sample of this size; hundreds of thousands would take a second or two per click."""


class Block(NamedTuple):
    """Some users (rows) by some titles (columns).

    Attributes
    ----------
    observed : ndarray of shape (n_users, n_titles)
        Given stars; NaN = not rated.
    predicted : ndarray of shape (n_users, n_titles)
        Expected stars; NaN = cannot predict. A rated title is predicted without its own rating.
    """

    observed: np.ndarray
    predicted: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Expected minus given stars; NaN for unrated titles."""
        return self.predicted - self.observed

    @property
    def rmse(self) -> float:
        """Root mean squared error over the rated and predicted cells, in stars; NaN if there are none."""
        errors = self.error[~np.isnan(self.error)]
        return float(np.sqrt((errors**2).mean())) if len(errors) else float("nan")


def rating_block(svd: SVD, profiles: list[Profile], titles: np.ndarray) -> Block:
    """Compare the given ratings of some users and titles with the predictions of the latent factors.

    Each rating is predicted from the user's other ratings (leave one out), because a model that has seen the answer
    would look better than it is.

    Parameters
    ----------
    titles : ndarray of int, shape (n_titles,)
        Positions.
    """
    observed = np.full((len(profiles), len(titles)), np.nan)
    predicted = np.full_like(observed, np.nan)
    for row, profile in enumerate(profiles):
        predicted[row] = svd.predict_at(profile, titles)
        _, columns, rated = np.intersect1d(titles, profile.items, return_indices=True)
        observed[row, columns] = profile.stars[rated]
        if len(rated):
            predicted[row, columns] = svd.rated_stars_without_each(profile)[rated]
    return Block(observed, predicted)


def most_active(dataset: Dataset, n: int) -> np.ndarray:
    """The people who rated most titles, most first: ndarray of int, shape (at most n,)."""
    return np.argsort(-np.diff(dataset.ratings.indptr), kind="stable")[:n]


def at_random(dataset: Dataset, n: int) -> np.ndarray:
    """People drawn at random, always the same, in the order of the data set: ndarray of int, shape (at most n,)."""
    return np.sort(np.random.default_rng(0).permutation(dataset.n_users)[:n])


def most_alike(dataset: Dataset, profile: Profile, n: int) -> np.ndarray:
    """Return the users most similar to the visitor by the cosine of graded likes, most similar first.

    Users with a cosine of 0 are left out. If there are more than :data:`MOST_PEOPLE` users, a fixed random sample of
    that size is searched.

    Returns
    -------
    ndarray of int, shape (at most n,)
    """
    ratings = dataset.ratings
    sample = np.sort(np.random.default_rng(0).permutation(ratings.shape[0])[:MOST_PEOPLE])
    likes = ratings[sample]
    likes.data = np.maximum(training_weight(likes.data), 0.0)
    query = np.zeros(likes.shape[1])
    query[profile.items] = np.maximum(profile.query_weights, 0.0)
    shared = likes @ query
    likes.data **= 2
    cosines = shared / np.maximum(np.sqrt(likes.sum(axis=1)), 1e-9)
    found = np.argsort(-cosines, kind="stable")[:n]
    return np.asarray(sample[found[cosines[found] > 0]])
