"""What very many titles need: sums of some titles, numbers that are looked up, means and spreads that are not computed over all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core.models import many
from recsys_core.models.additive import AdditiveScore, Term, rows_by_column
from recsys_core.models.kernel import Kernel, compact
from recsys_core.models.many import PerTitle, drawn
from recsys_core.models.typical import Typical

N, N_RATED = 500, 7
RNG = np.random.default_rng(0)
FEATURES = sparse.random_array((N, 90), density=0.05, rng=RNG, format="csr")
RATED = np.array([3, 499, 20, 77, 150, 151, 0])
SOME = np.array([490, 3, 12, 0, 201])
POPULARITY = RNG.normal(size=N)
EXPLAINED = np.column_stack([np.ones(N), POPULARITY])
KNOWN = RNG.random(N) < 0.7


def read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def test_few_titles_are_all_drawn_and_many_evenly(monkeypatch: pytest.MonkeyPatch):
    assert drawn(KNOWN).tolist() == np.flatnonzero(KNOWN).tolist()
    monkeypatch.setattr(many, "DRAWN", 50)
    found = drawn(KNOWN)
    assert len(set(found.tolist())) == 50
    assert KNOWN[found].all()
    assert np.diff(found).max() < 30
    assert (np.diff(found) > 0).all()


def test_numbers_that_are_looked_up_are_those_of_arrays():
    group, factor = np.arange(N) % 3, RNG.normal(size=N)
    table = np.array([1.0, 2.0, 0.0])
    looked_up, array = PerTitle(table, group).times(factor), table[group] * factor
    np.testing.assert_array_equal(looked_up[SOME], array[SOME])
    np.testing.assert_array_equal(looked_up * POPULARITY, array * POPULARITY)
    np.testing.assert_array_equal(POPULARITY * looked_up, array * POPULARITY)
    np.testing.assert_array_equal(PerTitle(table, group).times(2.0)[SOME], 2.0 * table[group][SOME])
    np.testing.assert_array_equal(PerTitle(table, group).times(PerTitle(np.array([3.0]), factor=factor))[SOME], 3.0 * array[SOME])


@pytest.mark.parametrize("threshold", [N, 10], ids=["few", "many"])
def test_a_sum_may_be_weighted_by_numbers_that_are_looked_up(threshold: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(many, "MOST_TITLES", threshold)
    terms = (
        Term(RNG.normal(size=(N_RATED, 4)), RNG.normal(size=(N, 4)), np.abs(POPULARITY)),
        Term(np.eye(N_RATED), Kernel(FEATURES, RATED)),
    )
    score, group = AdditiveScore(np.zeros(N), terms), np.arange(N) % 3
    table = np.array([1.0, 2.0, -1.0])
    looked_up, plain = score.weighted(0.5).weighted(PerTitle(table, group)), score.weighted(0.5 * table[group])
    np.testing.assert_allclose(looked_up.total(), plain.total(), atol=1e-12)
    np.testing.assert_allclose(looked_up.contributions(SOME), plain.contributions(SOME), atol=1e-12)
    np.testing.assert_allclose(looked_up.among(SOME).total(), plain.total()[SOME], atol=1e-12)
    np.testing.assert_allclose(looked_up.weighted_sums(EXPLAINED), plain.weighted_sums(EXPLAINED), atol=1e-9)
    np.testing.assert_allclose(looked_up.scaled(3.0).total(), 3.0 * plain.total(), atol=1e-12)


def test_rows_of_stored_columns_are_scipys():
    right = sparse.csc_array(sparse.random_array((N, N_RATED), density=0.2, rng=RNG))
    np.testing.assert_array_equal(rows_by_column(right, SOME).toarray(), right[SOME].toarray())
    assert rows_by_column(right, np.empty(0, dtype=np.int64)).shape == (0, N_RATED)


def test_a_kernel_of_some_titles():
    kernel, dense = Kernel(FEATURES, RATED), (FEATURES @ FEATURES[RATED].T).toarray()
    weights, columns = RNG.normal(size=N_RATED), RNG.normal(size=(len(SOME), 2))
    for part in (kernel.among(SOME), kernel.over(*reversed(compact(FEATURES[SOME])))):
        np.testing.assert_allclose(part @ weights, dense[SOME] @ weights, atol=1e-12)
        np.testing.assert_allclose(part.T @ columns, dense[SOME].T @ columns, atol=1e-12)
        np.testing.assert_allclose(part[np.array([4, 1])], dense[SOME[[4, 1]]], atol=1e-12)
    np.testing.assert_allclose(kernel.among_rated(), dense[RATED], atol=1e-12)


SPARSE = sparse.csc_array(sparse.random_array((N, N_RATED), density=0.1, rng=RNG))
FACTORS = read_only(RNG.normal(size=(N, 5)) * RNG.lognormal(size=(N, 1)))


@pytest.mark.parametrize("n_drawn", [N, 60], ids=["all drawn", "some drawn"])
@pytest.mark.parametrize(
    ("left", "right", "scale", "exact"),
    [
        (RNG.normal(size=(N_RATED, 5)), FACTORS, read_only(np.abs(POPULARITY)), True),
        (RNG.normal(size=(N_RATED, 5)), FACTORS.astype(np.float32), 1.0, False),  # somebody's own array: nothing of it is kept
        (np.diag(RNG.normal(size=N_RATED)), SPARSE, 1.0, True),
        (RNG.normal(size=(N_RATED, N_RATED)), Kernel(FEATURES, RATED), 1.0, False),
    ],
    ids=["dense", "written to", "sparse", "kernel"],
)
def test_what_is_left_after_a_regression(left, right, scale, exact: bool, n_drawn: int, monkeypatch: pytest.MonkeyPatch):
    """Coefficients and spreads are those of least squares over the titles that count: all of them, or those that are drawn."""
    monkeypatch.setattr(many, "DRAWN", n_drawn)
    typical = Typical(KNOWN, read_only(EXPLAINED.copy()))
    score = AdditiveScore(np.zeros(N), (Term(left, right, scale),))
    sums = np.vstack([np.ones(N_RATED), np.eye(N_RATED)[2], RNG.normal(size=N_RATED)])
    coefficients, spreads = typical.regressed(score, sums)
    titles = np.flatnonzero(KNOWN) if exact else typical.titles
    contributed, explained = score.contributions(titles), EXPLAINED[titles]
    expected = np.linalg.lstsq(explained, contributed.T, rcond=None)[0].T
    np.testing.assert_allclose(coefficients, expected, atol=1e-5)
    np.testing.assert_allclose(spreads, (sums @ (contributed - expected @ explained.T)).std(axis=1), rtol=1e-5, atol=1e-6)
