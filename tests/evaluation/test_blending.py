"""The hybrid's weights: read, interpolated, and learned where the right answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.common.metrics import ndcg_at_k, rarity_gain, stratified_ndcg_at_k
from recsys_core.data.profile import Profile
from recsys_core.data.scale import within_scale
from recsys_core.evaluation.blending import Stars, learn_knees, list_heads, star_rows, star_weights
from recsys_core.evaluation.protocols import Case
from recsys_core.models import Hybrid
from recsys_core.models.hybrid.learning import quality
from recsys_core.models.hybrid.weights import BlendWeights

WEIGHTS = BlendWeights(
    (5, 20),
    {"popularity": (0.5, 0.0), "ease": (0.5, 1.0)},
    {"popularity": 0.1, "content": 0.9},
    {"gp": (0.8, 1.0)},
    1.2,
    (1.0, 4.8),
    {"command": "by hand", "from": ["toy"]},
)


@pytest.mark.parametrize(("n", "popularity"), [(0, 0.5), (1, 0.5), (5, 0.5), (10, 0.25), (20, 0.0), (400, 0.0)])
def test_weights_between_the_knots_are_linear_in_the_logarithm(n: int, popularity: float):
    assert WEIGHTS.score_at(n) == pytest.approx({"popularity": popularity, "ease": 1 - popularity, "content": 0.0})


def test_the_weights_of_a_devoted_visitor_do_not_depend_on_the_number_of_ratings():
    assert WEIGHTS.score_at(5, 1.0) == WEIGHTS.score_at(20, 1.0) == {"popularity": 0.1, "ease": 0.0, "content": 0.9}
    assert WEIGHTS.score_at(20, 0.5) == pytest.approx({"popularity": 0.05, "ease": 0.5, "content": 0.45})


def test_weights_survive_a_file(tmp_path: Path):
    WEIGHTS.write(tmp_path / "weights.json")
    assert BlendWeights.read(tmp_path / "weights.json") == WEIGHTS


def test_the_shipped_weights_say_where_they_come_from():
    shipped = BlendWeights.read()
    assert shipped.learned["command"].startswith("python -m benchmarks.blend")
    assert shipped.learned["from"]
    for name, row in shipped.score.items():
        assert min(row) >= 0 or name == "popularity"
    assert "content" in shipped.score  # it speaks for titles without raters
    for n in shipped.n_ratings:
        for devotion in (0.0, 1.0):
            assert sum(map(abs, shipped.score_at(n, devotion).values())) == pytest.approx(1.0, abs=0.01)
    assert shipped.score_at(5, 1.0)["content"] > 0.5


@pytest.mark.parametrize("ratings", [{"crime-1": 5.0, "comedy-2": 1.0}, {"crime-1": 5.0, "crime-3": 4.0}])
def test_the_learner_sees_the_very_score_that_the_hybrid_gives(toy_engine: Engine, ratings: dict[str, float]):
    hybrid, profile = toy_engine.hybrid, Profile.from_ratings(ratings, toy_engine.dataset.item_index)
    weights = hybrid.list_weights(2, hybrid.devotion(profile))
    summed = np.array(list(weights.values())) @ hybrid.summands(profile, [*weights])
    np.testing.assert_allclose(summed, hybrid.score(profile), atol=1e-9)  # also of the title without raters


def test_both_measures_are_those_of_the_evaluation(toy_engine: Engine):
    hybrid = toy_engine.hybrid
    case = Case("visitor", Profile(np.array([0, 1]), np.array([5.0, 5.0])), np.array([2, 6]), np.array([5.0, 4.0]))
    weights = hybrid.list_weights(2, hybrid.devotion(case.profile))
    found = quality(np.array([*weights.values()]), list_heads(hybrid, [case], [*weights]))
    scores = hybrid.score(case.profile)
    scores[case.profile.items] = -np.inf
    listed = np.argsort(-scores, kind="stable")[:7]
    hits, gains = np.isin(listed, case.items), rarity_gain(toy_engine.dataset.raters)
    assert found.ndcg == pytest.approx(ndcg_at_k(hits, 10, 2), abs=1e-6)
    assert found.stratified == pytest.approx(stratified_ndcg_at_k(hits * gains[listed], 10, gains[case.items]), abs=1e-6)


def test_users_without_a_relevant_title_are_not_asked_about(toy_engine: Engine):
    case = Case("visitor", Profile(np.array([0]), np.array([5.0])), np.array([1]), np.array([2.0]))
    assert len(list_heads(toy_engine.hybrid, [case], ["content"]).ideal) == 0


def test_the_knees_make_the_most_extreme_predictions_right():
    """Predictions are 1.5 times as far from 3.5 as the truth is, so the highest are far too high."""
    rng = np.random.default_rng(0)
    true = 3.5 + 0.3 * rng.normal(size=50_000)
    stars = Stars(1.5 * (true - 3.5)[:, None], true - 3.5, np.full(len(true), 5), np.full(len(true), 3.5), np.ones(len(true)))
    weights = BlendWeights((5,), {}, {}, {"gp": (1.0,)}, 1.0, (0.5, 5.0), {})
    low, high = learn_knees([stars], weights)
    predicted = within_scale(3.5 + stars.beyond[:, 0], low, high)
    tail = predicted >= np.quantile(predicted, 0.99)
    assert predicted[tail].mean() == pytest.approx(true[tail].mean(), abs=0.05)
    assert len(np.unique(predicted[tail])) == tail.sum()  # and still all different


def test_star_weights_are_found_at_each_number_of_ratings():
    rng = np.random.default_rng(1)
    n = rng.choice([5, 20], size=40_000)
    beyond = rng.normal(size=(40_000, 2))
    true = np.where((n == 5)[:, None], [0.2, 0.9], [0.8, 0.1])
    target = (beyond * true).sum(axis=1) + 0.1 * rng.normal(size=len(n))
    found = star_weights([Stars(beyond, target, n, np.zeros(len(n)), np.ones(len(n)))], (5, 20))
    np.testing.assert_allclose(found, [[0.2, 0.9], [0.8, 0.1]], atol=0.04)


def test_star_rows_leave_out_titles_without_raters(toy_engine: Engine):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    case = Case("visitor", Profile(np.array([0]), np.array([5.0])), np.array([1, 8]), np.array([4.0, 2.0]))
    rows = star_rows(hybrid, [case], ["gp"], seed=0)
    assert len(rows.target) == 1
    assert rows.bias[0] + rows.target[0] == pytest.approx(4.0)
    assert rows.bias[0] + rows.beyond[0, 0] == pytest.approx(hybrid.parts["gp"].additive_stars(case.profile).total()[1])
