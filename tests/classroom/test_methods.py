"""The methods of a class say what the lessons' code says, for every person and title."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recsys_core.classroom import methods
from recsys_core.classroom.looking import of_all_pairs
from recsys_core.classroom.methods import METHODS
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.lessons import neighbours, similarity, svd

CLASSES = arrays.arrays(
    float, st.tuples(st.integers(1, 7), st.integers(1, 6)), elements=st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.0, 3.5, 4.0, 5.0])
)


@pytest.mark.parametrize("measure", similarity.MEASURES)
@settings(deadline=None, max_examples=40)
@given(CLASSES)
def test_all_pairs_at_once_are_the_lessons_measure(measure, R: np.ndarray) -> None:
    alike = of_all_pairs(R, measure)
    for a in range(len(R)):
        for b in range(len(R)):
            if a != b:
                assert alike[a, b] == pytest.approx(measure(R[a], R[b]), abs=1e-9, nan_ok=True)


def test_a_measure_that_no_lesson_has_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="l2_slip"):
        of_all_pairs(np.ones((2, 2)), similarity.l2_slip)


@pytest.mark.parametrize("k", [2, 100])
def test_neighbours_are_the_lessons(by_chance, k: int) -> None:
    R = by_chance(14, 11).R
    people, titles = methods.by_people(R, k), methods.by_titles(R, k)
    for person in range(len(R)):
        for title in range(R.shape[1]):
            by_people = neighbours.by_people(R, person, title, k, centred=True).value
            by_titles = neighbours.by_titles(R, person, title, k, centred=True).value
            assert people[person, title] == pytest.approx(np.clip(by_people, MIN_STARS, MAX_STARS), nan_ok=True)
            assert titles[person, title] == pytest.approx(np.clip(by_titles, MIN_STARS, MAX_STARS), nan_ok=True)


def test_svd_is_the_lessons(by_chance) -> None:
    R = by_chance(12, 9).R
    X, base = svd.fill(np.where(R > 0, R, np.nan), "residuals")
    U, s, Vt = np.linalg.svd(X)  # and the lesson's power iteration is NumPy's
    assert methods.by_svd(R) == pytest.approx(np.clip(base + (U[:, :2] * s[:2]) @ Vt[:2], 0.5, 5), abs=0.02)


def test_the_mean_of_a_title_counts_only_who_rated_it() -> None:
    assert methods.title_means(np.array([[5.0, 0, 0], [2.0, 3.0, 0]])).tolist()[0] == pytest.approx([3.5, 3.0, np.nan], nan_ok=True)


@settings(deadline=None, max_examples=80)
@given(CLASSES)
def test_every_method_says_stars_or_nothing_for_any_class(R: np.ndarray) -> None:
    for name, method in METHODS.items():
        before = R.copy()
        said = method(R)
        assert said.shape == R.shape, name
        known = said[np.isfinite(said)]
        assert ((known >= MIN_STARS) & (known <= MAX_STARS)).all(), name
        assert not np.isinf(said).any(), name
        assert (before == R).all(), name


def test_two_tastes_are_told_apart_by_all_but_the_mean(by_chance) -> None:
    matrix = by_chance(40, 20, missing=0.3, seed=3)
    R, truth = matrix.R, 3.2 + 1.2 * np.outer(np.where(np.arange(40) % 2, 1, -1), np.where(np.arange(20) % 2, 1, -1))
    error = {name: np.nanmean(np.abs(method(R) - truth)[R == 0]) for name, method in METHODS.items()}
    assert error["Title's mean"] > 1.0
    assert max(error[name] for name in ("User-kNN", "Item-kNN", "SVD")) < 0.7
