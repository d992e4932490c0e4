"""Lesson 5: power iteration beside NumPy's decomposition, a newcomer, and ratings with gaps."""

from __future__ import annotations

import time
from itertools import islice

import numpy as np
import pytest
from sklearn.decomposition import NMF, PCA

from recsys_core.lessons.svd import (
    FILLS,
    fill,
    fold_in,
    fold_in_known,
    leading,
    numbers_kept,
    parts,
    power,
    rebuild,
    share_centred,
    share_of_squares,
    share_of_variance,
    stars,
    unit,
)
from recsys_core.lessons.toys import EPISODES, NEWCOMER, Block, hide

Decomposition = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def two() -> Decomposition:
    return leading(EPISODES, 2, 200, seed=0)


@pytest.mark.parametrize("rounds", [1, 2, 3, 12])
def test_estimates_of_power_iteration(rounds: int):
    estimate = {1: 1.092, 2: 1.521, 3: 2.786, 12: 2.999}[rounds]
    assert next(islice(power(EPISODES, 0), rounds - 1, None)).estimate == pytest.approx(estimate, abs=0.0005)


def test_the_estimate_never_falls_and_three_quarters_of_the_error_stay_each_round():
    estimates = [arrow.estimate for arrow in islice(power(EPISODES, 0), 60)]
    assert (np.diff(estimates) > -1e-12).all()
    gap = 9 - np.square(estimates)
    assert gap[40] / gap[39] == pytest.approx((2.6131 / 3) ** 4, abs=0.01)  # of the squared estimate: the square of 0.76


def test_the_same_as_numpy():
    U, s, V = leading(EPISODES, 4, 400, seed=0)
    assert s == pytest.approx(np.linalg.svd(EPISODES, compute_uv=False), abs=1e-9)
    assert s == pytest.approx([3, 2.6131, 1.0824, 1], abs=0.0005)
    assert rebuild(U, s, V) == pytest.approx(EPISODES, abs=1e-9)
    for columns in (U, V):
        assert np.abs(columns.T @ columns - np.eye(4)).max() < 1e-6


def test_the_same_seed_finds_the_same_and_another_seed_nearly():
    one, again, other = (leading(EPISODES, 4, 400, seed) for seed in (0, 0, 1))
    for a, b, c in zip(one, again, other, strict=True):
        assert np.array_equal(a, b)
        assert a == pytest.approx(c, abs=1e-6)


def test_no_direction_is_left_of_a_matrix_of_rank_one():
    _, s, _ = leading(np.outer([1.0, 2], [1.0, 1, 1]), 2, 50, seed=0)
    assert s == pytest.approx([np.sqrt(15), 0], abs=1e-9)
    assert (unit(np.zeros(3)) == 0).all()


@pytest.mark.parametrize(("k", "share"), [(1, 0.5), (2, 0.8794), (3, 0.9444), (4, 1)])
def test_share_of_squares(k: int, share: float):
    assert share_of_squares(EPISODES, k) == pytest.approx(share, abs=0.0005)


def test_three_answers_to_what_two_directions_keep():
    assert share_of_variance(EPISODES, 2) == pytest.approx(0.8014, abs=0.0005)
    assert share_centred(EPISODES, 2) == pytest.approx(0.9048, abs=0.0005)
    assert share_centred(EPISODES, 2) == pytest.approx(PCA(2).fit(EPISODES).explained_variance_ratio_.sum())


def test_rank_two(two: Decomposition):
    U, s, V = two
    best = rebuild(U, s, V)
    assert np.sum((EPISODES - best) ** 2) == pytest.approx(2.1716, abs=0.0005)
    assert best[0, :2] == pytest.approx([1.5, 1.5], abs=0.0005)
    assert best[2, 2:] == pytest.approx([0.5, 0.5, 0.7071], abs=0.0005)
    assert best[3, 2:] == pytest.approx([1.2071, 1.2071, 1.7071], abs=0.0005)


def test_viewers_and_titles_in_one_plane(two: Decomposition):
    U, s, V = two
    assert U * s == pytest.approx(np.array([[2.1213, 0], [2.1213, 0], [0, 1], [0, 2.4142]]), abs=0.0005)
    assert V * s == pytest.approx(np.array([[2.1213, 0], [2.1213, 0], [0, 1.3066], [0, 1.3066], [0, 1.8478]]), abs=0.0005)


def test_a_newcomer(two: Decomposition):
    V = two[2]
    place = fold_in(NEWCOMER, V)
    assert place == pytest.approx([0, 1.2071], abs=0.0005)
    assert place @ V.T == pytest.approx([0, 0, 0.6036, 0.6036, 0.8536], abs=0.0005)


def test_unknown_is_not_zero(two: Decomposition):
    V = two[2]
    known = np.array([np.nan, np.nan, 1, np.nan, 1])
    assert fold_in_known(known, V, 1e-6) == pytest.approx([0, 1.6095], abs=0.0005)  # (0.5 + 0.7071) / (0.5² + 0.7071²)
    assert fold_in_known(known, V, 1e-6)[1] > fold_in(NEWCOMER, V)[1]  # the zeros pulled it down
    assert fold_in_known(NEWCOMER, V, 0) == pytest.approx(fold_in(NEWCOMER, V), abs=1e-9)  # V has columns of length one
    assert fold_in_known(np.full(5, np.nan), V, 1.0) == pytest.approx([0, 0])


def test_a_viewer_lands_where_the_decomposition_put_them(two: Decomposition):
    U, s, V = two
    assert fold_in(EPISODES, V) == pytest.approx(U * s, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_parts(seed: int):
    rounds = list(parts(EPISODES, 2, 200, seed))
    assert rounds[-1].error == pytest.approx(2.1716, abs=0.0005)
    assert (np.diff([now.error for now in rounds]) < 1e-9).all()
    assert min(rounds[-1].W.min(), rounds[-1].H.min()) >= 0


def test_parts_are_those_of_scikit_learn():
    model = NMF(2, init="random", random_state=0, max_iter=2000, tol=1e-10)
    W = model.fit_transform(EPISODES)
    assert list(parts(EPISODES, 2, 500, 0))[-1].error == pytest.approx(np.sum((EPISODES - W @ model.components_) ** 2), abs=1e-4)


# --- on ratings ------------------------------------------------------------------------------------------------------


def hidden_error(square: Block, how: str, k: int) -> float:
    R, hidden = hide(square.R, 0.15, seed=0)
    X, base = fill(R, how)
    errors = (stars(*leading(X, k, 30, seed=0), base) - square.R)[hidden]
    return float(np.sqrt(np.mean(errors**2)))


@pytest.mark.parametrize(("how", "k", "error"), [("zeros", 1, 2.312), ("titles", 2, 0.910), ("people", 2, 0.917), ("residuals", 1, 0.877)])
def test_fills_of_the_showcase(square: Block, how: str, k: int, error: float):
    """Pinned for the bundled files. What matters: zeros are stars that nobody gave, and nothing but residuals is best."""
    assert hidden_error(square, how, k) == pytest.approx(error, abs=0.003)


def test_zeros_are_far_off_at_best_and_worse_the_closer_they_are_copied(square: Block):
    errors = {k: hidden_error(square, "zeros", k) for k in (5, 50)}
    assert errors[5] == pytest.approx(2.078, abs=0.003)
    assert errors[50] == pytest.approx(2.872, abs=0.005)


def test_the_hidden_cells_are_not_read(square: Block):
    R, hidden = hide(square.R, 0.15, seed=0)
    for how in FILLS:
        X, base = fill(R, how)
        assert not np.isnan(X).any()
        poisoned, other_base = fill(np.where(hidden, np.nan, square.R), how)
        assert np.array_equal(X, poisoned)
        assert np.array_equal(base, other_base)


def test_gaps_are_filled_with_what_the_name_says():
    R = np.array([[5, np.nan, 3], [1, 2, np.nan], [np.nan, np.nan, np.nan]])
    assert fill(R, "zeros")[0].tolist() == [[5, 0, 3], [1, 2, 0], [0, 0, 0]]
    assert fill(R, "titles")[0][0, 1] == 2
    assert fill(R, "people")[0][0, 1] == 4
    assert fill(R, "people")[0][2].tolist() == [2.75] * 3  # who has rated nothing gets the mean
    X, base = fill(R, "residuals")
    assert X[0, 1] == 0
    assert base[0, 1] == 4 + 2 - 2.75
    assert (X + base)[~np.isnan(R)] == pytest.approx(R[~np.isnan(R)])


def test_fifty_directions_are_more_numbers_than_the_ratings_they_come_from():
    assert numbers_kept(943, 1682, 50) == 131_250 > 100_000
    assert round(943 * 1682 / numbers_kept(943, 1682, 50)) == 12


def test_fifty_directions_of_the_square_are_found_in_a_run(square: Block):
    X, _ = fill(square.R, "residuals")
    start = time.perf_counter()
    leading(X, 50, 30, seed=0)
    assert time.perf_counter() - start < 10  # measured: 0.2 s
