"""Lesson 3: six measures by hand, by NumPy and SciPy, and over the pairs of a real data set."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import distance
from scipy.stats import pearsonr

from recsys_core import Dataset
from recsys_core.lessons.similarity import (
    LIKENESS,
    MEASURES,
    chebyshev,
    cosine,
    distances,
    jaccard,
    l1,
    l1_or_1,
    l2,
    l2_slip,
    pearson,
    shared,
    worst_of_axioms,
)
from recsys_core.lessons.toys import ALIKE, OPPOSITE, STRICT


@pytest.mark.parametrize(
    ("pair", "six"),
    [
        (ALIKE, [0.6, 0.8671, 0.8386, 1, 1, 0.2222]),
        (STRICT, [1, 0.9827, 1, 2, 2, 0.4444]),
        (OPPOSITE, [0.8, 0.5056, -0.9, 3, 3.0822, 0.8889]),
    ],
)
def test_reference_values(pair: np.ndarray, six: list[float]):
    assert [measure(*pair) for measure in MEASURES] == pytest.approx(six, abs=0.0005)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_by_scipy(seed: int):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 6, size=(2, 30)).astype(float)
    x, y = shared(a, b)
    n = len(x)
    expected = [
        1 - distance.jaccard(a > 0, b > 0),
        1 - distance.cosine(a, b),
        pearsonr(x, y).statistic,
        distance.cityblock(x, y) / n,
        distance.euclidean(x, y) / np.sqrt(n),
        distance.chebyshev(x, y) / 4.5,
    ]
    assert [measure(a, b) for measure in MEASURES] == pytest.approx(expected)


def test_undefined_is_nan_not_a_number_that_looks_like_an_answer():
    nothing_shared = np.array([[5.0, 0, 0], [0, 4, 3]])
    assert (jaccard(*nothing_shared), cosine(*nothing_shared)) == (0, 0)
    assert np.isnan([measure(*nothing_shared) for measure in (pearson, l1, l2, chebyshev)]).all()
    assert np.isnan(pearson(np.array([4.0, 4, 4]), np.array([1.0, 2, 3])))  # no ups and downs
    assert np.isnan(pearson(np.array([4.0, 0]), np.array([1.0, 2])))  # one title only
    assert np.isnan([jaccard(np.zeros(3), np.zeros(3)), cosine(np.zeros(3), np.ones(3))]).all()


def test_one_star_less_everywhere_changes_all_but_jaccard_and_pearson():
    a = np.array([5.0, 4, 2, 3])
    same = [measure(a, a - 1) == pytest.approx(measure(a, a)) for measure in MEASURES]
    assert [measure for measure, is_same in zip(MEASURES, same, strict=True) if is_same] == [jaccard, pearson]


def test_cosine_rises_as_a_star_moves_away():
    a, b = ALIKE
    worse = b.copy()
    worse[5] = 4  # a has 2 there, b had 1
    assert cosine(a, worse) == pytest.approx(0.871, abs=0.0005)
    assert cosine(a, worse) > cosine(a, b)
    assert l1(a, worse) > l1(a, b)


@pytest.mark.parametrize(("n", "value"), [(1, 1), (4, 0.5), (16, 0.25), (100, 0.1)])
def test_the_slip_makes_people_closer_the_more_they_disagree_on(n: int, value: float):
    a, b = np.full(n, 4.0), np.full(n, 3.0)
    assert l2_slip(a, b) == pytest.approx(value)
    assert l2(a, b) == 1


def test_who_shares_nothing_is_nearer_than_who_differs_by_two_stars():
    friend = np.array([[5.0, 4, 0], [3.0, 2, 0]])
    stranger = np.array([[5.0, 4, 0], [0, 0, 1]])
    assert l1_or_1(*stranger) == 1 < l1_or_1(*friend) == l1(*friend) == 2


# --- axioms ----------------------------------------------------------------------------------------------------------

COMPLETE = np.random.default_rng(0).integers(1, 6, size=(12, 4)).astype(float)
HOLES = np.array([[5.0, 1, 0], [5, 0, 0], [5, 5, 0], [1, 5, 4]])


@pytest.mark.parametrize("measure", [l1, l2, chebyshev])
def test_without_holes_three_of_them_are_distances(measure):
    assert all(example.rows == () and example.by == 0 for example in worst_of_axioms(measure, COMPLETE))


@pytest.mark.parametrize("measure", MEASURES)
def test_with_holes_none_of_the_measures_of_shared_stars_is_a_distance(measure):
    _, same, both_ways, detour = worst_of_axioms(measure, HOLES)
    assert both_ways.by == 0  # all six are symmetric
    if measure in (l1, l2, chebyshev):
        assert same.rows == (0, 1)  # they share one title only and agree on it
        a, b, c = detour.rows
        D = distances(measure, HOLES)
        assert detour.by > 0
        assert D[a, c] - D[a, b] - D[b, c] == pytest.approx(detour.by)


def test_the_cosine_breaks_the_triangle_and_pearson_cannot_tell_levels():
    rows = np.array([[5.0, 1, 0], [5, 5, 0], [0, 5, 0], [2.5, 0.5, 0]])
    assert worst_of_axioms(cosine, rows)[3].rows != ()
    level = np.array([[5.0, 4, 3], [3, 2, 1]])
    assert worst_of_axioms(pearson, level)[1].rows == (0, 1)


def test_likeness_is_turned_round():
    for measure in LIKENESS:
        assert np.diag(distances(measure, COMPLETE[np.ptp(COMPLETE, axis=1) > 0])) == pytest.approx(0)


# --- everybody -------------------------------------------------------------------------------------------------------


def test_pairs_of_the_showcase(showcase_data: Dataset):
    """Pinned for the bundled files. What matters: half of the pairs that share something are farther than "distance 1"."""
    people = np.sort(np.random.default_rng(0).permutation(showcase_data.n_users)[:300])
    R = showcase_data.ratings[people].toarray().astype(float)
    six = np.array([[measure(R[i], R[j]) for measure in MEASURES] for i in range(5) for j in range(300) if i != j])
    medians = [0.0425, 0.0978, 0.1699, 1.0204, 1.3098, 0.5556]
    assert np.nanmedian(six, axis=0) == pytest.approx(medians, abs=0.0005)
    assert np.isnan(six[:, 2]).mean() == pytest.approx(0.186, abs=0.0005)
    assert np.mean(six[~np.isnan(six[:, 3]), 3] > 1) == pytest.approx(0.505, abs=0.0005)


def test_few_shared_titles_make_perfect_correlations(showcase_data: Dataset):
    people = np.sort(np.random.default_rng(0).permutation(showcase_data.n_users)[:300])
    R = showcase_data.ratings[people].toarray().astype(float)
    pairs = [(len(shared(R[i], R[j])[0]), pearson(R[i], R[j])) for i in range(5) for j in range(5, 300)]
    perfect = [n for n, r in pairs if abs(r) > 1 - 1e-9]
    assert len(perfect) > 20
    assert max(perfect) <= 5
