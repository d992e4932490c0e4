"""Steering: a pull moves the list, is shown as what it is, and the sum stays exact."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.errors import ProfileError
from recsys_core.visitor.steering import COLUMNS, OF_TAG, UNIT, direction, factor_name, tag_name

RATINGS = {"breaking-bad-2008": 5, "friends-1994": 2, "the-godfather-1972": 4}


@pytest.mark.parametrize("model", ["hybrid", "content", "item-knn", "svd", "ease", "popularity"])
@pytest.mark.parametrize("ratings", [RATINGS, {}], ids=["rated", "new"])
def test_sums_stay_exact_and_the_pull_is_shown(showcase_engine: Engine, model: str, ratings: dict[str, float]):
    pulls = {factor_name(0): 1.5, tag_name("keyword", "heist"): -2.0}
    steered, plain = showcase_engine.visitor(ratings, pulls), showcase_engine.visitor(ratings)
    for line in steered.recommend(5, model):
        told, before = steered.explain(line.item_id, model), plain.explain(line.item_id, model)
        assert told.baseline + sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-9)
        assert line.score == pytest.approx(told.score, abs=1e-9)
        assert told.steering.keys() == pulls.keys()
        assert told.baseline - sum(told.steering.values()) == pytest.approx(before.baseline, abs=1e-9)
        assert told.contributions == pytest.approx(before.contributions)
        assert before.steering == {}


def test_moving_a_factor_is_moving_the_visitors_own_vector(showcase_engine: Engine):
    """In ``svd``: score(p + δ) = score(p) + fame · q · δ, exactly."""
    engine, view = showcase_engine, showcase_engine.factors
    plain = engine.visitor(RATINGS).score("svd")  # NaN for the titles that nobody has rated
    steered = engine.visitor(RATINGS, {factor_name(3): 2.0}).score("svd")
    rated = engine.dataset.raters > 0
    spread = (engine.svd.fame_ * view.loadings[:, 3])[rated].std()
    delta = view.rotation[:, 3] * 2.0 * UNIT * np.nanstd(plain) / spread
    np.testing.assert_allclose(steered, plain + engine.svd.fame_ * (engine.svd.item_factors_ @ delta), atol=1e-12)


def test_a_factor_pulls_its_end_up(showcase_engine: Engine):
    loadings = showcase_engine.factors.standard()[:, 0]

    def mean_of_list(amount: float) -> float:
        listed = showcase_engine.visitor(RATINGS, {factor_name(0): amount}).recommend(20)
        return float(np.mean([loadings[showcase_engine.dataset.position(line.item_id)] for line in listed]))

    assert mean_of_list(-3.0) < mean_of_list(0.0) < mean_of_list(3.0)


@pytest.mark.parametrize(("kind", "tag"), [("keyword", "heist"), ("genre", "Horror")])
def test_more_of_this_and_less_of_that(showcase_engine: Engine, kind: str, tag: str):
    members = set(showcase_engine.item_ids[showcase_engine.dataset.tags(COLUMNS[kind]).members(tag)])

    def listed(amount: float) -> int:
        return len(members & {line.item_id for line in showcase_engine.visitor(RATINGS, {tag_name(kind, tag): amount}).recommend(20)})

    assert listed(2.0) > listed(0.0)
    assert listed(-2.0) == 0


def test_expected_stars_do_not_move(showcase_engine: Engine):
    steered = showcase_engine.visitor(RATINGS, {factor_name(0): 3.0})
    np.testing.assert_array_equal(steered.predict(), showcase_engine.visitor(RATINGS).predict())


def test_a_pull_of_zero_is_none(showcase_engine: Engine):
    assert showcase_engine.visitor(RATINGS, {factor_name(0): 0.0}).explain("fargo-2014").steering == {}


@pytest.mark.parametrize(
    "steering",
    [{"factor:99": 1.0}, {"factor:-1": 1.0}, {"factor:x": 1.0}, {"keyword:": 1.0}, {"keyword:no such": 1.0}, {"mood:sad": 1.0}, {"": 1.0}],
    ids=str,
)
def test_what_is_not_there_cannot_be_pulled(showcase_engine: Engine, steering: dict[str, float]):
    with pytest.raises(ProfileError, match="no such thing"):
        showcase_engine.visitor(RATINGS, steering).score()


@pytest.mark.parametrize("amount", [3.5, -4, float("nan"), float("inf"), "2", None], ids=str)
def test_a_pull_is_a_number_within_reach(showcase_engine: Engine, amount: object):
    with pytest.raises(ProfileError, match="from -3 to 3"):
        showcase_engine.visitor(RATINGS, {"factor:0": amount}).score()  # type: ignore[dict-item]


def test_directions(showcase_engine: Engine):
    rated = showcase_engine.dataset.raters > 0
    assert direction(showcase_engine, factor_name(2))[rated].std() == pytest.approx(1.0)
    heist = direction(showcase_engine, tag_name("keyword", "heist"))
    assert set(np.unique(heist)) == {0.0, OF_TAG}
