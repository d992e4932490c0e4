"""An engine of a sample of the people, with the models that were learned from everybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recsys_core import Dataset, Engine
from recsys_core.data.dataset import Totals
from recsys_core.fitted import Learned
from recsys_core.models.baseline import Baseline

WITHIN_REACH = ("popularity", "content", "item-knn", "svd")
"""The models that learn from everybody, however many there are."""


def of_a_sample(toy: Dataset, whole: Engine) -> Engine:
    some = toy.of_users(np.arange(1, 7))
    sample = some.with_totals(Totals(toy.raters.copy(), toy.n_users, toy.n_ratings))
    every = Baseline.fit(toy)
    baseline = Baseline(every.likes, every.raters, every.mean, every.item_bias, every.user_bias[1:7])
    learned = Learned(baseline, {name: whole.model(name).state() for name in ("item-knn", "svd")})
    return list(Engine.fit_in_stages(sample, learned=learned))[-1]


def test_models_of_everybody_answer_as_if_everybodys_ratings_were_here(toy: Dataset, toy_engine: Engine, tmp_path: Path):
    engine = of_a_sample(toy, toy_engine)
    engine.save(tmp_path)
    for found in (engine, Engine.load(tmp_path)):
        assert (found.dataset.n_people, found.dataset.n_users, found.stage) == (8, 6, "complete")
        for name in WITHIN_REACH:
            np.testing.assert_array_equal(found.score({"crime-1": 5.0}, name), toy_engine.score({"crime-1": 5.0}, name))
            np.testing.assert_array_equal(found.predict({"crime-1": 5.0}, name), toy_engine.predict({"crime-1": 5.0}, name))
        assert found.recommend({"crime-1": 5.0}) == engine.recommend({"crime-1": 5.0})


def test_models_of_a_sample_are_those_of_its_people_alone(toy: Dataset, toy_engine: Engine):
    engine = of_a_sample(toy, toy_engine)
    alone = Engine.fit(toy.of_users(np.arange(1, 7)), factors=False)
    for name in ("ease", "als", "gp", "watched", "user-knn", "nmf"):
        np.testing.assert_array_equal(engine.score({"crime-1": 5.0}, name), alone.score({"crime-1": 5.0}, name))
