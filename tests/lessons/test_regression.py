"""Lesson 6: regressions by hand, by scikit-learn, and both sides learned at once."""

from __future__ import annotations

import time
from itertools import islice

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss as sklearn_log_loss

from recsys_core.lessons.regression import (
    Fit,
    adam,
    by_difference,
    by_hand,
    closest,
    cost,
    descend,
    features,
    liked,
    log_loss,
    one_weight,
    person,
    plain,
    predict,
    slopes,
)
from recsys_core.lessons.toys import EVENING, EVENING_FEATURES, EVENING_TASTES, sigmoid

MISSING = np.isnan(EVENING)
WITH_EVA = np.column_stack([EVENING, np.full(5, np.nan)])


def fits(Y: np.ndarray, alpha: float, steps: int, **options) -> list[Fit]:
    """The fits after 0, 1 … steps."""
    with np.errstate(over="ignore", invalid="ignore"):  # a step may be too long
        return list(islice(descend(Y, 2, 0.1, alpha, 0, **options), steps + 1))


# --- one side is given -----------------------------------------------------------------------------------------------


def test_cost_by_hand():
    W, b, X = EVENING_TASTES, np.zeros(4), EVENING_FEATURES
    assert cost(W, b, X, EVENING, 0) == pytest.approx(1.5775, abs=0.0005)
    assert cost(W[:1], b[:1], X, EVENING[:, :1], 0) == pytest.approx(0.25, abs=0.0005)
    assert (X @ W.T)[2, 0] == pytest.approx(4.95, abs=0.0005)
    assert cost(W, b, X, EVENING, 0.1) == pytest.approx(1.5775 + 0.05 * (100 + np.sum(X**2)))


def test_the_best_for_each_person():
    people = [person(EVENING_FEATURES, EVENING[:, j], 0.1) for j in range(4)]
    w, b = people[0]
    assert [*w, b] == pytest.approx([2.442, -2.666, 2.552], abs=0.0005)
    filled = np.array([EVENING_FEATURES @ w + b for w, b in people]).T
    assert filled[MISSING] == pytest.approx([4.445, 0.034, 4.970, 0.027, 3.742], abs=0.0005)
    assert (np.argwhere(MISSING) + 1).tolist() == [[2, 2], [2, 3], [3, 1], [3, 4], [5, 4]]


@pytest.mark.parametrize("j", range(4))
@pytest.mark.parametrize("lam", [0.01, 0.1, 5])
def test_a_person_by_scikit_learn(j: int, lam: float):
    known = ~MISSING[:, j]
    model = Ridge(alpha=lam).fit(EVENING_FEATURES[known], EVENING[known, j])
    w, b = person(EVENING_FEATURES, EVENING[:, j], lam)
    assert w == pytest.approx(model.coef_)
    assert b == pytest.approx(model.intercept_)


def test_no_weight_is_cheaper_than_the_best():
    y = EVENING[:, :1]
    w, b = person(EVENING_FEATURES, y[:, 0], 0.1)
    best = cost(w[None], np.array([b]), EVENING_FEATURES, y, 0.1)
    for shift in np.random.default_rng(0).normal(size=(50, 3)) * 0.1:
        assert cost((w + shift[:2])[None], np.array([b + shift[2]]), EVENING_FEATURES, y, 0.1) > best


def test_turned_round():
    X = features(EVENING_TASTES, np.zeros(4), EVENING, 0.1)
    assert X[:3, 0] == pytest.approx([0.998, 0.996, 0.797], abs=0.0005)
    assert X[3:, 1] == pytest.approx([0.898, 0.996], abs=0.0005)
    assert np.concatenate([X[:3, 1], X[3:, 0]]) == pytest.approx([0] * 5)


# --- neither is given ------------------------------------------------------------------------------------------------


def test_all_together():
    found = fits(EVENING, 0.05, 500)
    assert [found[i].cost for i in (0, 1, 10, 50, 500)] == pytest.approx([78.661, 65.049, 31.180, 1.106, 1.056], abs=0.003)
    assert np.sqrt(np.nanmean((predict(found[-1]) - EVENING) ** 2)) == pytest.approx(0.040, abs=0.0005)
    assert (np.diff([fit.cost for fit in found]) < 1e-12).all()


@pytest.mark.parametrize(("centre", "costs"), [(False, [31.021, 1.728, 1.111]), (True, [10.001, 1.234, 1.047])])
def test_adam(centre: bool, costs: list[float]):
    found = fits(EVENING, 0.1, 200, centre=centre, method=adam)
    assert [found[i].cost for i in (10, 50, 200)] == pytest.approx(costs, abs=0.003)


def test_a_step_can_be_too_long():
    assert fits(EVENING, 0.1, 50)[-1].cost == pytest.approx(1.068, abs=0.003)
    assert not np.isfinite(fits(EVENING, 0.2, 200)[-1].cost)


def test_eva_whom_nobody_knows_would_hate_everything():
    assert np.abs(predict(fits(WITH_EVA, 0.05, 500)[-1])[:, 4]).max() < 0.02


def test_centred_she_gets_the_means_of_the_titles():
    eva = predict(fits(WITH_EVA, 0.05, 500, centre=True)[-1])[:, 4]
    assert eva == pytest.approx([2.516, 2.514, 2.012, 2.232, 1.648], abs=0.003)
    assert np.nanmean(EVENING, axis=1) == pytest.approx([2.5, 2.5, 2, 2.25, 5 / 3])


def test_likes():
    Y = liked(EVENING)
    found = fits(Y, 0.1, 500, logistic=True)
    assert [found[i].cost for i in (0, 50, 500)] == pytest.approx([10.408, 2.029, 1.958], abs=0.003)
    assert ((predict(found[-1]) > 0) == (Y == 1))[~MISSING].sum() == 15 == (~MISSING).sum()


def test_log_loss_by_scikit_learn():
    rng = np.random.default_rng(0)
    W, b, X, Y = rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=(5, 2)), liked(EVENING)
    expected = sklearn_log_loss(Y[~MISSING], sigmoid(X @ W.T + b)[~MISSING], normalize=False)
    assert log_loss(W, b, X, Y, 0) == pytest.approx(expected)


@pytest.mark.parametrize("logistic", [False, True])
def test_slopes_are_those_that_one_measures(logistic: bool):
    rng = np.random.default_rng(1)
    values = [rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=(5, 2))]
    Y, price = (liked(EVENING), log_loss) if logistic else (EVENING, cost)
    for which, slope in enumerate(slopes(*values, Y, 0.1, logistic)):
        for place in np.ndindex(slope.shape):

            def at(x: float, which: int = which, place: tuple[int, ...] = place) -> float:
                moved = [value.copy() for value in values]
                moved[which][place] = x
                return price(*moved, Y, 0.1)

            assert by_difference(at, values[which][place]) == pytest.approx(slope[place], abs=1e-6)


def test_what_is_missing_is_never_read():
    """Whatever stands in the missing cells, NaN or not, the same is learned: they are left out, not taken as 0."""
    one = fits(EVENING, 0.05, 20)[-1]
    W, b, X = one.W, one.b, one.X
    only_known = [(i, j) for i, j in np.argwhere(~MISSING)]
    by_cell = sum((X[i] @ W[j] + b[j] - EVENING[i, j]) ** 2 for i, j in only_known) / 2
    assert one.cost == pytest.approx(by_cell + 0.05 * (np.sum(W**2) + np.sum(X**2)))
    taken_as_zero = fits(np.nan_to_num(EVENING), 0.05, 20)[-1]
    assert np.abs(taken_as_zero.X - X).max() > 0.05


def test_the_same_seed_learns_the_same_and_another_the_same_stars():
    one, again = fits(EVENING, 0.05, 500)[-1], fits(EVENING, 0.05, 500)[-1]
    assert np.array_equal(one.X, again.X)
    other = list(islice(descend(EVENING, 2, 0.1, 0.05, 1), 1001))[-1]
    assert np.abs(other.X - one.X).max() > 0.1
    assert np.abs(predict(other) - predict(one))[~MISSING].max() < 0.05


def test_learned_features_put_love_with_love_and_action_with_action():
    X = fits(EVENING, 0.05, 500)[-1].X
    assert set(closest(X, 0)[:2]) == {1, 2} == set(closest(EVENING_FEATURES, 0)[:2])
    assert closest(X, 3)[0] == 4


# --- one weight ------------------------------------------------------------------------------------------------------


def test_one_weight():
    walk = list(one_weight())
    assert len(walk) == 30
    assert walk[-1] == pytest.approx(2.0910, abs=0.0005)
    assert walk[-1] == pytest.approx(1 + 2 * 0.98**30)
    assert by_hand(3.0) == pytest.approx(by_difference(lambda w: (w - 1) ** 2, 3.0))


def test_a_plain_step_goes_against_the_slope():
    assert plain(0.5)([np.array([3.0])], (np.array([4.0]),))[0].tolist() == [1.0]


def test_a_run_takes_a_moment():
    start = time.perf_counter()
    fits(EVENING, 0.05, 500)
    assert time.perf_counter() - start < 3  # measured: 0.02 s
