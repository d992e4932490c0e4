"""A fit comes in stages: first what personal lists need, then all models, then the study of the factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.errors import NotFittedError, UnknownModelError
from recsys_core.fitted import FittedModels

RATINGS = {"crime-1": 5.0, "comedy-2": 2.0}


@pytest.fixture(scope="module")
def stages(toy: Dataset) -> list[Engine]:
    return list(Engine.fit_in_stages(toy))


def test_three_stages_each_with_more(stages: list[Engine]):
    assert [engine.stage for engine in stages] == ["lists", "models", "complete"]
    assert set(stages[0].models) == {"hybrid", "popularity", "content", "item-knn", "svd"}
    assert set(stages[1].models) == set(stages[2].models) > set(stages[0].models)
    assert [len(engine.factors) > 0 for engine in stages] == [False, False, True]


def test_the_first_stage_makes_personal_lists(stages: list[Engine]):
    mine, other = (stages[0].recommend({item: 5.0}, n=3) for item in ("crime-1", "comedy-1"))
    assert all(line.item_id.startswith("crime") for line in mine[:2])
    assert mine != other


def test_the_last_stages_score_alike(stages: list[Engine]):
    for model in stages[2].models:
        np.testing.assert_array_equal(stages[1].score(RATINGS, model), stages[2].score(RATINGS, model))


def test_without_factors_the_models_are_the_same(toy: Dataset, stages: list[Engine]):
    bare = FittedModels.fit(toy, factors=False)
    assert bare.stage == "models"
    profile = stages[2].visitor(RATINGS).profile
    for model in stages[2].models:
        np.testing.assert_array_equal(bare.model(model).score(profile), stages[2].score(RATINGS, model))


def test_what_is_not_there_yet_is_said(stages: list[Engine]):
    with pytest.raises(UnknownModelError, match="'ease' is still being fitted"):
        stages[0].model("ease")
    for engine in stages[:2]:
        for study in ("taste_map", "dimensions", "rate_next"):
            with pytest.raises(NotFittedError, match="still being studied"):
                getattr(engine, study)


def test_every_stage_is_saved_and_loaded(stages: list[Engine], tmp_path: Path):
    for engine in stages:
        engine.save(tmp_path / "same folder")
        loaded = Engine.load(tmp_path / "same folder")
        assert loaded.stage == engine.stage
        assert loaded.models == engine.models
        np.testing.assert_array_equal(loaded.score(RATINGS), engine.score(RATINGS))


def test_the_baseline_is_learned_once_and_shared(stages: list[Engine]):
    engine = stages[2]
    assert {id(engine.model(name).baseline_) for name in engine.models} == {id(engine.baseline)}


def test_slow_models_of_many_people_share_one_sample(toy: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for model in ("EASE", "GaussianProcess", "Watched", "UserKNN", "ALS", "NMF"):
        monkeypatch.setattr(f"recsys_core.models.{model}.max_users", 6)
    engine = Engine.fit(toy)
    sampled = {name for name in engine.models if engine.model(name).baseline_ is not engine.baseline}
    assert sampled == {"ease", "gp", "watched", "user-knn", "als", "nmf"}
    assert len({id(engine.model(name).baseline_) for name in sampled}) == 1
    engine.save(tmp_path / "engine")
    loaded = Engine.load(tmp_path / "engine")
    for name in engine.models:
        np.testing.assert_array_equal(loaded.score(RATINGS, name), engine.score(RATINGS, name))
