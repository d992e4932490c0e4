"""A block of the rating matrix: what people gave, what the model expects, and where it errs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import training_weight
from recsys_core.models.svd import SVD

MOST_PEOPLE = 20_000
"""Among whom those most like the visitor are sought: of hundreds of thousands, all would take a second or two at each click."""


class Block(NamedTuple):
    """Some people (rows) by some titles (columns), each an ndarray of shape (n_people, n_titles).

    Attributes
    ----------
    observed : stars given; NaN = not rated
    predicted : expected stars; NaN = cannot predict
        Of a title that the person has rated, as if that rating were not known.
    """

    observed: np.ndarray
    predicted: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Expected minus given stars; NaN where nothing was given."""
        return self.predicted - self.observed

    @property
    def rmse(self) -> float:
        """Root mean squared error over the cells with both, in stars; NaN without any."""
        errors = self.error[~np.isnan(self.error)]
        return float(np.sqrt((errors**2).mean())) if len(errors) else float("nan")


def rating_block(svd: SVD, profiles: list[Profile], titles: np.ndarray) -> Block:
    """What these people gave to these titles, and what latent factors expect.

    Each given rating is predicted from the person's other ratings (leave one out): a model that may look at the answer
    would seem better than it is.

    Parameters
    ----------
    titles : ndarray of int, shape (n_titles,)
        Positions.
    """
    observed = np.full((len(profiles), len(titles)), np.nan)
    predicted = np.full_like(observed, np.nan)
    for row, profile in enumerate(profiles):
        predicted[row] = svd.predict_at(profile, titles)
        _, columns, places = np.intersect1d(titles, profile.items, return_indices=True)
        observed[row, columns] = profile.stars[places]
        if len(places):
            predicted[row, columns] = svd.rated_stars_without_each(profile)[places]
    return Block(observed, predicted)


def most_active(dataset: Dataset, n: int) -> np.ndarray:
    """The people who rated most titles, most first: ndarray of int, shape (at most n,)."""
    return np.argsort(-np.diff(dataset.ratings.indptr), kind="stable")[:n]


def at_random(dataset: Dataset, n: int) -> np.ndarray:
    """People drawn at random, always the same, in the order of the data set: ndarray of int, shape (at most n,)."""
    return np.sort(np.random.default_rng(0).permutation(dataset.n_users)[:n])


def most_alike(dataset: Dataset, profile: Profile, n: int) -> np.ndarray:
    """People whose likes are most like the visitor's, most alike first: the cosine of graded likes, those without any left out.

    Where there are more than :data:`MOST_PEOPLE`, so many of them, drawn at random, always the same.

    Returns
    -------
    ndarray of int, shape (at most n,)
    """
    ratings = dataset.ratings
    asked = np.sort(np.random.default_rng(0).permutation(ratings.shape[0])[:MOST_PEOPLE])
    likes = ratings[asked]
    likes.data = np.maximum(training_weight(likes.data), 0.0)
    wanted = np.zeros(likes.shape[1])
    wanted[profile.items] = np.maximum(profile.query_weights, 0.0)
    shared = likes @ wanted
    likes.data **= 2
    cosines = shared / np.maximum(np.sqrt(likes.sum(axis=1)), 1e-9)
    found = np.argsort(-cosines, kind="stable")[:n]
    return np.asarray(asked[found[cosines[found] > 0]])
