"""The hybrid's weights: read, interpolated, and learned where the right answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.profile import Profile
from recsys_core.evaluation.blending import Heads, Stars, ascend, list_heads, mean_ndcg, part_features, star_rows, star_weights
from recsys_core.evaluation.protocols import Case
from recsys_core.models import Hybrid
from recsys_core.models.hybrid.coherence import MAX_LIKED
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights

WEIGHTS = BlendWeights(
    (5, 20),
    {"popularity": (0.5, 0.0), "ease": (0.5, 1.0)},
    {"gp": (0.8, 1.0)},
    1.2,
    (1.0, 4.8),
    {"command": "by hand", "from": ["toy"]},
    (0.0, 6.0),
)


@pytest.mark.parametrize(("n", "popularity"), [(0, 0.5), (1, 0.5), (5, 0.5), (10, 0.25), (20, 0.0), (400, 0.0)])
def test_weights_between_the_knots_are_linear_in_the_logarithm(n: int, popularity: float):
    assert WEIGHTS.score_at(n) == pytest.approx({"popularity": popularity, "ease": 1 - popularity})
    assert WEIGHTS.coherence_at(n) == pytest.approx(12 * (0.5 - popularity))


def test_weights_survive_a_file(tmp_path: Path):
    WEIGHTS.write(tmp_path / "weights.json")
    assert BlendWeights.read(tmp_path / "weights.json") == WEIGHTS


def test_the_shipped_weights_say_where_they_come_from():
    shipped = BlendWeights.read()
    assert shipped.learned["command"].startswith("python -m benchmarks.blend")
    assert shipped.learned["from"]
    for row in shipped.score.values():
        assert min(row) >= 0
    assert "content" in shipped.score  # it speaks for titles without raters
    for n in shipped.n_ratings:
        assert sum(shipped.score_at(n).values()) == pytest.approx(1.0, abs=0.01)


def heads_with(good: np.ndarray, noise: np.ndarray) -> Heads:
    """Lists in which the first part knows what is relevant, and the second nothing."""
    n, titles = good.shape
    relevant = good > 1.0
    ideal = np.array([sum(1 / np.log2(np.arange(2, 2 + min(10, max(row.sum(), 1))))) for row in relevant])
    return Heads(np.stack([good, noise], axis=1), relevant, np.ones((n, titles), bool), ideal, np.zeros((n, titles)))


def test_ascent_finds_the_part_that_knows():
    rng = np.random.default_rng(0)
    heads = heads_with(rng.normal(size=(50, 40)), 3 * rng.normal(size=(50, 40)))
    weights = ascend([heads], np.array([0.5, 0.5]), np.zeros(2))
    assert weights[0] > 0.9
    assert np.abs(weights).sum() == pytest.approx(1.0)
    assert mean_ndcg(weights, heads) > mean_ndcg(np.array([0.5, 0.5]), heads)


def test_ascent_keeps_to_the_least_share():
    rng = np.random.default_rng(0)
    heads = heads_with(rng.normal(size=(50, 40)), 3 * rng.normal(size=(50, 40)))
    weights = ascend([heads], np.array([0.5, 0.5]), np.array([0.0, 0.3]))
    assert weights[1] == pytest.approx(0.3, abs=0.03)
    assert weights[1] >= 0.3 - 1e-9


def test_the_learner_sees_the_very_score_that_the_hybrid_gives(toy_engine: Engine):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    case = Case("visitor", Profile(np.array([0, 5]), np.array([5.0, 1.0])), np.array([1]), np.array([5.0]))
    names = [*hybrid.weights.score]
    summed = np.array(list(hybrid.weights.score_at(2).values())) @ part_features(hybrid, case, names)
    np.testing.assert_allclose(summed, hybrid.score(case.profile), atol=1e-9)  # also of the title without raters


def test_the_gain_is_added_for_the_coherent():
    rng = np.random.default_rng(2)
    heads = heads_with(rng.normal(size=(50, 40)), rng.normal(size=(50, 40)))
    noise, coherent = np.array([0.0, 1.0]), heads._replace(coherent=heads.features[:, 0])
    assert mean_ndcg(noise, coherent) == mean_ndcg(noise, heads)
    assert mean_ndcg(noise, coherent, 50.0) > 0.99  # what is added then decides alone
    assert mean_ndcg(noise, heads, 50.0) == mean_ndcg(noise, heads)


@pytest.mark.parametrize("usual", [0.0, 1.0])
def test_mean_ndcg_is_that_of_the_evaluation(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch, usual: float):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    monkeypatch.setattr(hybrid, "usual_coherence_", np.full(MAX_LIKED + 1, usual))
    case = Case("visitor", Profile(np.array([0, 1]), np.array([5.0, 5.0])), np.array([2, 6]), np.array([5.0, 4.0]))
    assert (hybrid.unusual_coherence(case.profile) > 0) == (usual == 0.0)
    weights = hybrid.weights.score_at(2)
    heads = list_heads(hybrid, [case], [*weights])
    gain = hybrid.weights.coherence_at(2) * sum(weight for name, weight in weights.items() if name != POPULARITY)
    scores = hybrid.score(case.profile)
    scores[case.profile.items] = -np.inf
    hits = np.isin(np.argsort(-scores, kind="stable")[:7], case.items)
    assert mean_ndcg(np.array([*weights.values()]), heads, gain) == pytest.approx(ndcg_at_k(hits, 10, 2), abs=1e-6)


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
