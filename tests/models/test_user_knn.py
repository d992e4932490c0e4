"""User-user nearest neighbours against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import UserKNN
from recsys_core.models.baseline import Baseline
from recsys_core.models.user_knn import _largest

ITEMS, STARS = np.array([10, 200, 900]), np.array([5.0, 1.0, 4.0])


@pytest.fixture(scope="module")
def model(showcase_engine: Engine) -> UserKNN:
    return UserKNN().fit(showcase_engine.dataset)


@pytest.mark.parametrize("k", [1, 7, 50])
def test_score_is_what_the_nearest_like(showcase: Dataset, k: int):
    model = UserKNN(n_neighbors=k).fit(showcase)
    raters = showcase.raters
    people = []
    for u in range(showcase.n_users):
        row = slice(*showcase.ratings.indptr[u : u + 2])
        likes = {
            int(i): max((float(r) - 1.5) / 3.5, 0.0) for i, r in zip(showcase.ratings.indices[row], showcase.ratings.data[row], strict=True)
        }
        length = sum(like**2 / raters[i] ** 0.5 for i, like in likes.items()) ** 0.5
        dot = sum((r - 1.5) / 3.5 * likes.get(int(i), 0.0) / raters[i] ** 0.5 for i, r in zip(ITEMS, STARS, strict=True))
        people.append((dot / length**0.5 if length else 0.0, likes))
    nearest = sorted(people, key=lambda person: -abs(person[0]))[:k]
    expected = model.popularity_weight * model.baseline_.popularity
    for similarity, likes in nearest:
        for i, like in likes.items():
            expected[i] += similarity * like
    known = raters > 0
    np.testing.assert_allclose(model.score(Profile(ITEMS, STARS))[known], expected[known], atol=1e-5)


def test_stars_are_the_neighbours_shrunken_mean(toy: Dataset):
    model = UserKNN(n_neighbors_stars=3).fit(toy)
    profile = Profile(np.array([0, 1, 4]), np.array([5.0, 4.0, 1.5]))
    residuals = Baseline.fit(toy).residuals(toy).toarray()[np.argsort(toy.user_ids)]
    biases, own = model.baseline_.fold_in(profile)
    similarities = []
    for person in residuals:
        theirs = person[profile.items]
        similarities.append(float(own @ theirs) / (float(theirs @ theirs) + model.shrinkage))
    nearest = sorted(range(len(residuals)), key=lambda u: (-round(abs(similarities[u]), 9), u))[:3]
    for j in range(8):
        rated = [u for u in nearest if toy.ratings.toarray()[np.argsort(toy.user_ids)][u, j]]
        above = sum(similarities[u] * residuals[u, j] for u in rated)
        below = sum(abs(similarities[u]) for u in rated) + model.damping
        assert model.additive_stars(profile).total()[j] == pytest.approx(biases.total()[j] + above / below, abs=1e-6)


def test_a_title_that_no_neighbour_rated_keeps_its_prior(showcase: Dataset):
    parts = UserKNN(n_neighbors=2).fit(showcase).additive_score(Profile(ITEMS, STARS))
    liked_by_near = np.asarray(abs(parts.terms[-1].right).sum(axis=1)).ravel() > 0
    others = ~liked_by_near & (showcase.raters > 0)
    assert liked_by_near.any()
    assert others.any()
    np.testing.assert_array_equal(parts.total()[others], parts.baseline[others])
    assert (parts.total()[liked_by_near] != parts.baseline[liked_by_near]).all()


def test_the_toys_neighbours_are_of_the_same_camp(toy: Dataset):
    model = UserKNN().fit(toy)
    profile = Profile(np.array([0, 1, 4, 5]), np.array([5.0, 5.0, 1.0, 1.0]))
    scores, stars = model.score(profile), model.predict(profile)
    assert scores[:4].min() > scores[4:8].max()
    assert stars[2:4].min() > 3.0 > stars[6:8].max()


def test_largest_by_size_and_never_those_of_no_interest():
    assert _largest(np.array([0.0, -3.0, 2.0, 0.0, 1.0]), 2).tolist() == [1, 2]
    assert _largest(np.array([0.0, 1.0]), 5).tolist() == [1]
    assert _largest(np.array([0.1, 0.3, 0.1 + 0.2]), 1).tolist() == [1]  # 0.1 + 0.2 is 0.30000000000000004


def test_the_audience_is_kept_sparse_and_small(model: UserKNN):
    assert model.likes_.data.dtype == model.residuals_.data.dtype == np.float32
