"""How many factors: nested models, what they explain, and how well they do on people who were held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.factors.how_many import DimensionStudy, study_dimensions
from recsys_core.models import SVD


@pytest.fixture(scope="module")
def planted() -> Dataset:
    """Four camps of people, each of which rates its own quarter of forty titles high and a few others low."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(200):
        camp = user % 4
        liked = rng.choice(10, 8, replace=False) + 10 * camp
        others = rng.choice(np.setdiff1d(np.arange(40), np.arange(10 * camp, 10 * camp + 10)), 4, replace=False)
        rows += [(f"u{user}", f"t{title:02}", 5.0) for title in liked] + [(f"u{user}", f"t{title:02}", 1.0) for title in others]
    items = pd.DataFrame({"item_id": [f"t{k:02}" for k in range(40)], "title": "T"})
    return Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"]))


@pytest.fixture(scope="module")
def study(planted: Dataset) -> DimensionStudy:
    return study_dimensions(SVD().fit(planted), planted)


def test_four_camps_need_four_factors(study: DimensionStudy):
    by_number = dict(zip(study.numbers.tolist(), study.ndcg.tolist(), strict=True))
    assert by_number[4] > by_number[2] + 0.1
    assert max(by_number.values()) < by_number[4] + 0.05
    explained = study.explained()
    assert explained[:4].min() > 2.5 * explained[4]  # the elbow of the scree


def test_explained_is_a_share_and_falls(study: DimensionStudy, showcase_engine: Engine):
    assert study.explained().sum() == pytest.approx(1.0, abs=1e-6)  # as many factors as titles: everything
    for found in (study, showcase_engine.dimensions):
        assert (np.diff(found.explained()) <= 1e-12).all()
        assert found.explained().sum() <= 1.0 + 1e-6


def test_a_tenth_of_the_people_is_held_out(study: DimensionStudy, showcase_engine: Engine):
    assert int(study.n_judged) == 20
    assert int(showcase_engine.dimensions.n_judged) == 300


def test_the_model_with_fewer_factors_is_the_same_cut_off(showcase_engine: Engine):
    profile = showcase_engine.visitor({"breaking-bad-2008": 5, "friends-1994": 2}).profile
    dimensions = showcase_engine.dimensions
    small = dimensions.model(showcase_engine.svd, 4)
    assert small.fold_in(profile).shape == (4,)
    np.testing.assert_array_equal(small.item_factors_, dimensions.item_factors[:, :4])
    told, every = small.additive_score(profile), np.arange(showcase_engine.dataset.n_items)
    np.testing.assert_allclose(told.baseline + told.contributions(every).sum(axis=0), small.score(profile), atol=1e-9)
    assert showcase_engine.svd.item_factors_.shape[1] == 48  # the engine's own model is as it was


@pytest.mark.parametrize("number", [0, 3, 101, -2])
def test_a_number_that_was_not_studied(showcase_engine: Engine, number: int):
    with pytest.raises(ValueError, match="were not studied"):
        showcase_engine.dimensions.model(showcase_engine.svd, number)


def test_hardly_any_people(toy_engine: Engine):
    dimensions = toy_engine.dimensions
    assert len(dimensions.numbers) == len(dimensions.ndcg) == len(dimensions.rmse)
    assert int(dimensions.numbers[-1]) <= toy_engine.dataset.n_items


def test_the_study_and_the_map_are_saved(showcase_engine: Engine, tmp_path):
    showcase_engine.save(tmp_path / "saved")
    again = Engine.load(tmp_path / "saved")
    for one, other in [(showcase_engine.dimensions, again.dimensions), (showcase_engine.taste_map, again.taste_map)]:
        for name, value in one.state().items():
            np.testing.assert_array_equal(other.state()[name], value)
    assert again.factors.ends == showcase_engine.factors.ends
    np.testing.assert_array_equal(again.factors.stability, showcase_engine.factors.stability)
    np.testing.assert_array_equal(again.factors.audience, showcase_engine.factors.audience)


def test_what_the_first_factors_explain_adds_up(study: DimensionStudy):
    assert study.explained_by_first(0) == 0.0
    assert study.explained_by_first(3) == pytest.approx(study.explained()[:3].sum())
    assert study.explained_by_first(10_000) == pytest.approx(study.explained().sum())


def test_the_nearest_studied_number(study: DimensionStudy):
    numbers = study.numbers.tolist()
    assert [study.nearest(n) for n in numbers] == numbers
    assert study.nearest(0) == numbers[0]
    assert study.nearest(10_000) == numbers[-1]
    assert study.best in numbers
    assert study.ndcg[numbers.index(study.best)] == study.ndcg.max()
    assert replace(study, ndcg=np.full(len(numbers), np.nan)).best is None


def test_the_list_with_so_many_factors_is_that_models_list(planted: Dataset, study: DimensionStudy):
    svd, profile = SVD().fit(planted), planted.profile_of(0)
    allowed = np.ones(planted.n_items, dtype=bool)
    allowed[profile.items] = False
    n_factors = int(study.numbers[0])
    best = study.best_titles(svd, n_factors, profile, planted.item_ids, 3, allowed)
    scores = study.model(svd, n_factors).score(profile)
    assert len(best) == 3
    assert allowed[best].all()
    assert scores[best].tolist() == sorted(scores[allowed].tolist(), reverse=True)[:3]
