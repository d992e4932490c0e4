"""NMF: parts that never cancel, two blocks told apart, and the non-negative fold-in against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models import NMF
from recsys_core.models.base import graded_likes
from recsys_core.models.nmf import fold_in_parts
from recsys_core.models.svd import scaled_down


def test_the_toys_two_kinds_are_the_two_parts(toy: Dataset):
    factors = NMF(n_factors=2).fit(toy).item_factors_
    strongest = factors[:8].argmax(axis=1)
    assert strongest.tolist() in ([0] * 4 + [1] * 4, [1] * 4 + [0] * 4)
    assert factors[:8].min(axis=1).max() < 0.05 * factors[:8].max(axis=1).min()  # a crime title has nothing of comedy
    np.testing.assert_array_equal(factors[8], 0.0)  # nobody rated it


def test_factors_are_non_negative_and_those_of_well_known_titles_of_length_one(showcase: Dataset):
    factors = NMF().fit(showcase).item_factors_
    assert factors.min() >= 0
    assert (factors[showcase.raters >= 20] ** 2).sum(axis=1).mean() == pytest.approx(1.0)


def test_more_rounds_never_fit_worse(toy: Dataset):
    likes = scaled_down(graded_likes(toy)).toarray().astype(np.float64)

    def error(n_iter: int) -> float:  # of the best people for the titles' factors
        items = NMF(n_factors=2, n_iter=n_iter).fit(toy).item_factors_
        people = np.array([fold_in_parts(items, row, 1e-9).sum(axis=0) for row in likes])
        return float(((likes - people @ items.T) ** 2).sum())

    assert error(1) > error(5) + 1e-3 > error(60)
    unconstrained = (np.linalg.svd(likes, compute_uv=False)[2:] ** 2).sum()  # Eckart & Young 1936: nothing of rank two is nearer
    assert unconstrained - 1e-6 <= error(60) <= 1.05 * unconstrained


def test_fold_in_is_the_non_negative_minimum():
    rng = np.random.default_rng(4)
    hit_the_wall = 0
    for _ in range(20):
        rated, targets = rng.random((6, 4)), rng.normal(size=6)

        def loss(p: np.ndarray, rated: np.ndarray = rated, targets: np.ndarray = targets) -> float:
            return float(((targets - rated @ p) ** 2).sum() + 0.5 * (p**2).sum())

        found = fold_in_parts(rated, targets, 0.5).sum(axis=0)
        best = minimize(loss, np.full(4, 0.1), bounds=[(0, None)] * 4)
        np.testing.assert_allclose(found, best.x, atol=1e-4)
        assert found.min() >= -1e-12
        hit_the_wall += int((found < 1e-12).any())
    assert hit_the_wall >= 5  # else a ridge regression would pass as well


def test_a_title_with_nothing_to_say_moves_nobody():
    rated = np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(fold_in_parts(rated, np.array([3.0, 0.0]), 2.0), [[1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(fold_in_parts(rated, np.zeros(2), 2.0), 0.0)
    assert fold_in_parts(np.zeros((0, 2)), np.zeros(0), 2.0).shape == (0, 2)


def test_who_likes_everything_has_no_negative_part(showcase: Dataset):
    model = NMF().fit(showcase)
    rng = np.random.default_rng(5)
    profile = Profile(rng.choice(showcase.n_items, 30, replace=False), rng.choice([3.0, 4.0, 5.0], 30))
    parts = model.additive_score(profile)
    visitor = parts.terms[0].left.sum(axis=0)
    assert visitor.min() > -1e-12
    assert visitor.max() > 0
    known = np.flatnonzero(showcase.raters > 0)
    total = parts.baseline[known] + parts.contributions(known).sum(axis=0)
    np.testing.assert_allclose(total, parts.baseline[known] + model.item_factors_[known] @ visitor, atol=1e-9)


def test_dislikes_are_parts_to_have_less_of(toy: Dataset):
    model = NMF(n_factors=2).fit(toy)
    liked, disliked = (model.score(Profile(np.array([4]), np.array([stars]))) for stars in (5.0, 0.5))
    assert liked[5:8].min() > liked[:4].max() + 1e-3
    assert disliked[5:8].max() < disliked[:4].min() - 1e-3


def test_the_seed_decides(toy: Dataset):
    first, same, other = (NMF(random_state=seed).fit(toy).item_factors_ for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1e-6
