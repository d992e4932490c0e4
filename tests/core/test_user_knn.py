"""User-user nearest neighbours against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.models import UserKNN
from recsys_core.models.user_knn import _largest
from recsys_core.profile import Profile


@pytest.fixture(scope="module")
def model(showcase_engine: Engine) -> UserKNN:
    found = showcase_engine.model("user-knn")
    assert isinstance(found, UserKNN)
    return found


PROFILE = Profile(np.array([10, 200, 900]), np.array([5.0, 1.0, 4.0]))
LIKES = np.array([1.0, -0.5 / 3.5, 2.5 / 3.5])


def test_score_is_what_the_nearest_like(model: UserKNN):
    audience = model.likes_.toarray().astype(np.float64)
    near = []
    for person in audience:
        length = np.sqrt((person**2).sum())
        near.append(sum(x * person[i] for x, i in zip(LIKES, PROFILE.items, strict=True)) / np.sqrt(max(length, 1e-9)))
    nearest = np.argsort(-np.abs(near), kind="stable")[: model.n_neighbors]
    expected = model.popularity_weight * model.prior_ + sum(near[u] * audience[u] for u in nearest)
    known = model.raters_ > 0
    np.testing.assert_allclose(model.score(PROFILE)[known], expected[known], rtol=1e-4, atol=1e-5)


def test_a_title_that_no_neighbour_rated_keeps_its_bias(model: UserKNN):
    stars = model.additive_stars(PROFILE)
    term = stars.terms[-1]
    rated_by_near = np.asarray(abs(term.right).sum(axis=1)).ravel() > 0
    biases = stars.baseline + sum(t.left.sum(axis=0) @ t.right.T for t in stars.terms[:-1])
    some = np.flatnonzero(~rated_by_near & (model.raters_ > 0))
    np.testing.assert_allclose(stars.total()[some], biases[some], atol=1e-12)
    assert rated_by_near.any()


def test_the_toys_neighbours_are_of_the_same_camp(toy_engine: Engine):
    model = toy_engine.model("user-knn")
    assert isinstance(model, UserKNN)
    stars = model.predict(Profile(np.array([0, 4]), np.array([5.0, 1.0])))
    assert stars[1:4].min() > 3.5 > 2.5 > stars[5:8].max()


def test_largest_by_size_and_never_those_of_no_interest():
    assert _largest(np.array([0.0, -3.0, 2.0, 0.0, 1.0]), 2).tolist() == [1, 2]
    assert _largest(np.array([0.0, 1.0]), 5).tolist() == [1]
