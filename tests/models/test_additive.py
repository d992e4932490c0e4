"""The sum behind every score, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core.models.additive import BLOCK, AdditiveScore, Term
from recsys_core.models.kernel import Kernel

BASELINE = np.array([10.0, 20.0, 30.0])
LEFT = np.array([[1.0, 2.0], [3.0, 0.0]])  # two rated titles, k = 2
RIGHT = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 5.0]])  # three titles
# contribution[i, j] = LEFT[i] · RIGHT[j]
CONTRIBUTIONS = np.array([[1.0, 2.0, 12.0], [3.0, 0.0, 6.0]])
EVERYTHING = np.arange(3)


@pytest.fixture(params=[np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def one_term(request: pytest.FixtureRequest) -> AdditiveScore:
    return AdditiveScore(BASELINE, (Term(LEFT, request.param(RIGHT)),))


def test_total(one_term: AdditiveScore):
    assert one_term.total().tolist() == [14.0, 22.0, 48.0]


def test_contributions(one_term: AdditiveScore):
    np.testing.assert_array_equal(one_term.contributions(EVERYTHING), CONTRIBUTIONS)


def test_contributions_of_chosen_titles_in_the_order_asked(one_term: AdditiveScore):
    np.testing.assert_array_equal(one_term.contributions(np.array([2, 0])), CONTRIBUTIONS[:, [2, 0]])


def test_scaled_by_a_number(one_term: AdditiveScore):
    half = one_term.scaled(0.5)
    assert half.total().tolist() == [7.0, 11.0, 24.0]
    np.testing.assert_array_equal(half.contributions(EVERYTHING), CONTRIBUTIONS / 2)


def test_scaled_by_one_number_per_title(one_term: AdditiveScore):
    scaled = one_term.scaled(np.array([1.0, 0.0, 2.0]))
    assert scaled.total().tolist() == [14.0, 0.0, 96.0]
    np.testing.assert_array_equal(scaled.contributions(EVERYTHING), CONTRIBUTIONS * [1, 0, 2])


def test_scaled_twice(one_term: AdditiveScore):
    twice = one_term.scaled(np.array([1.0, 0.0, 2.0])).scaled(3.0).scaled(np.array([1.0, 5.0, 0.5]))
    assert twice.total().tolist() == [42.0, 0.0, 144.0]
    np.testing.assert_array_equal(twice.contributions(np.array([2, 0])), (CONTRIBUTIONS * [3, 0, 3])[:, [2, 0]])


def test_a_terms_own_scale(one_term: AdditiveScore):
    left, right, _ = one_term.terms[0]
    scaled = AdditiveScore(BASELINE, (Term(left, right, np.array([1.0, 0.0, 2.0])), Term(left, right, 2.0)))
    assert scaled.total().tolist() == [22.0, 24.0, 102.0]
    np.testing.assert_array_equal(scaled.contributions(EVERYTHING), CONTRIBUTIONS * [3, 2, 4])


def test_plus_moves_the_baseline_only(one_term: AdditiveScore):
    shifted = one_term.plus(np.array([0.0, np.nan, 1.0]))
    np.testing.assert_array_equal(shifted.total(), [14.0, np.nan, 49.0])
    np.testing.assert_array_equal(shifted.contributions(EVERYTHING), CONTRIBUTIONS)


def test_sum_of_two(one_term: AdditiveScore):
    both = one_term + one_term.scaled(2.0)
    assert both.total().tolist() == [42.0, 66.0, 144.0]
    np.testing.assert_array_equal(both.contributions(EVERYTHING), 3 * CONTRIBUTIONS)


def test_nothing_is_changed(one_term: AdditiveScore):
    total = one_term.total()
    total[:] = 0.0
    one_term.scaled(3.0).total()
    one_term.plus(3.0)
    assert BASELINE.tolist() == [10.0, 20.0, 30.0]
    assert one_term.total().tolist() == [14.0, 22.0, 48.0]


def test_no_terms_is_the_baseline_alone():
    bare = AdditiveScore(BASELINE)
    assert bare.total().tolist() == BASELINE.tolist()
    assert bare.contributions(np.array([0, 2])).shape == (0, 2)


def test_some_titles_alone(one_term: AdditiveScore):
    asked = np.array([2, 0])
    np.testing.assert_allclose(one_term.at(asked), one_term.total()[asked], rtol=0, atol=1e-12)


def test_rows_of_single_precision_are_widened_before_they_are_multiplied():
    rng = np.random.default_rng(0)
    right = rng.normal(size=(BLOCK + 3, 2)).astype(np.float32)
    score = AdditiveScore(np.zeros(len(right)), (Term(LEFT, right),))
    np.testing.assert_allclose(score.total(), right.astype(np.float64) @ LEFT.sum(axis=0), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["dense", "single precision", "sparse", "kernel"])
def test_without_takes_the_regression_on_given_columns_out_of_every_contribution(kind: str):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 3))
    right = {
        "dense": values,
        "single precision": values.astype(np.float32),
        "sparse": sparse.csr_array(values),
        "kernel": Kernel(sparse.csr_array(values), np.array([1, 2, 3])),
    }[kind]
    explained, among = np.column_stack([np.ones(40), rng.normal(size=40)]), np.arange(40) < 30
    additive = AdditiveScore(np.zeros(40), (Term(rng.normal(size=(5, 3)), right, rng.random(40)), Term(rng.normal(size=(5, 3)), values)))
    found = additive.without(explained, among).contributions(np.arange(40))
    before = additive.contributions(np.arange(40))
    slopes = np.linalg.lstsq(explained[among], before[:, among].T, rcond=None)[0]
    np.testing.assert_allclose(found, before - (explained @ slopes).T, atol=1e-6)
    np.testing.assert_allclose(additive.without(explained, among).total(), found.sum(axis=0), atol=1e-6)


def test_without_columns_that_are_all_alike_takes_out_the_mean():
    additive = AdditiveScore(np.zeros(4), (Term(np.array([[1.0]]), np.array([[1.0], [2.0], [3.0], [6.0]])),))
    found = additive.without(np.ones((4, 2)), np.ones(4, bool)).contributions(np.arange(4))
    np.testing.assert_allclose(found, [[-2.0, -1.0, 0.0, 3.0]], atol=1e-12)
    assert AdditiveScore(np.zeros(4)).without(np.ones((4, 1)), np.ones(4, bool)).total().tolist() == [0.0] * 4


def test_sums_are_those_of_groups_of_contributions():
    rng = np.random.default_rng(1)
    additive = AdditiveScore(np.ones(6), (Term(rng.normal(size=(4, 2)), rng.normal(size=(6, 2)), 0.5), Term(np.eye(4), rng.random((6, 4)))))
    amounts = additive.contributions(np.arange(6))
    found = additive.sums([np.array([0, 2]), np.array([], dtype=int), np.array([1, 3])])
    np.testing.assert_allclose(found, [amounts[[0, 2]].sum(axis=0), np.zeros(6), amounts[[1, 3]].sum(axis=0)], atol=1e-12)
