"""A visitor of several tastes: the tastes take turns in the list, and each serves what its own likes say."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.data import ranking
from recsys_core.visitor.influence import influences
from recsys_core.visitor.visitor import Visitor
from recsys_core.visitor.what_if import what_if

BAKING = {"the-great-british-bake-off-2010": 5.0, "masterchef-australia-2009": 5.0, "nailed-it-2018": 5.0}
NOIR = {"the-killing-2007": 5.0, "the-bridge-2011": 5.0}


@pytest.fixture
def both(showcase_engine: Engine) -> Visitor:
    return showcase_engine.visitor(BAKING | NOIR)


def kinds(engine: Engine, listed: list[str]) -> list[str]:
    """C for a cooking show, N for crime, ? for anything else."""
    found = []
    for item_id in listed:
        title = engine.dataset.title(engine.dataset.position(item_id))
        cooks = {"cooking", "baking", "food"} & set(title.keywords)
        found.append("C" if cooks else "N" if "Crime" in title.genres else "?")
    return found


def test_each_of_two_tastes_gets_its_share_the_larger_begins(both: Visitor):
    listed = kinds(both.fitted, [line.item_id for line in both.recommend(10)])  # type: ignore[arg-type]
    assert listed[0] == "C"
    assert 3 <= listed.count("N") <= 5
    assert 5 <= listed.count("C") <= 7


def test_the_scores_remain_exact_sums(both: Visitor):
    for line, reason in zip(listed := both.recommend(10), both.explain_all([line.item_id for line in listed]), strict=True):
        assert reason.baseline + sum(reason.contributions.values()) == pytest.approx(line.score, abs=1e-9)


def test_a_longer_list_begins_with_the_shorter(both: Visitor):
    long = [line.item_id for line in both.recommend(15)]
    assert [line.item_id for line in both.recommend(7)] == long[:7]
    assert len(set(long)) == 15
    assert not set(long) & set(BAKING | NOIR)


def test_diversity_goes_on_from_the_shared_list(both: Visitor):
    plain = [line.item_id for line in both.recommend(10)]
    slightly = [line.item_id for line in both.recommend(10, diversity=0.01)]
    assert len(set(plain) & set(slightly)) >= 8
    assert [line.item_id for line in both.recommend(10, diversity=0.9)] != plain


def test_other_models_and_visitors_of_one_taste_get_the_plain_order(showcase_engine: Engine, both: Visitor):
    for visitor, model in ((both, "content"), (both, "svd"), (showcase_engine.visitor(BAKING), "hybrid")):
        allowed = visitor.candidates()
        plain = ranking.best_list(visitor.score(model), showcase_engine.dataset, 10, allowed)
        np.testing.assert_array_equal(visitor.best(10, model, allowed), plain)


def test_a_weak_title_comes_behind_the_better_ones_of_its_taste(both: Visitor, monkeypatch: pytest.MonkeyPatch):
    plain = [line.item_id for line in both.recommend(10)]
    weak = both.fitted.dataset.position(plain[0])
    stars = both.predict()
    monkeypatch.setattr(both, "predict", lambda model="hybrid": np.where(np.arange(len(stars)) == weak, 1.0, stars))
    assert plain[0] not in [line.item_id for line in both.recommend(10)]


def test_what_each_rating_changes_is_what_leaving_it_out_changes(both: Visitor):
    for influence in influences(both, 10):
        assert what_if(both, without=influence.item_id).lists(10) == influence.lists
