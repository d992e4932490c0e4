"""Ridge on TF-IDF: the same numbers as scikit-learn's, and exact by title and by word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import Content, content


def profile_of(dataset: Dataset, size: int, seed: int) -> Profile:
    rng = np.random.default_rng(seed)
    chosen = rng.choice(dataset.item_ids, size, replace=False).tolist()
    return Profile.from_ratings(dict(zip(chosen, rng.integers(1, 11, size) / 2, strict=True)), dataset.item_index)


@pytest.fixture(params=["toy_engine", "showcase_engine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def content_of(engine: Engine) -> Content:
    model = engine.model("content")
    assert isinstance(model, Content)
    return model


@pytest.mark.parametrize("size", [1, 2, 7])
def test_score_is_sklearns_ridge(engine: Engine, size: int):
    model, profile = content_of(engine), profile_of(engine.dataset, size, seed=size)
    features = model.features_.toarray().astype(np.float64)
    ridge = Ridge(alpha=model.alpha, fit_intercept=False).fit(features[profile.items], profile.query_weights)
    expected = model.popularity_weight * model.baseline_.popularity + ridge.predict(features)
    np.testing.assert_allclose(model.score(profile), expected, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_stars_are_sklearns_ridge_on_residuals(engine: Engine, size: int):
    model, profile = content_of(engine), profile_of(engine.dataset, size, seed=size)
    features = model.features_.toarray().astype(np.float64)
    biases, residuals = model.baseline_.fold_in(profile)
    ridge = Ridge(alpha=model.alpha_stars, fit_intercept=False).fit(features[profile.items], residuals)
    np.testing.assert_allclose(model.additive_stars(profile).total(), biases.total() + ridge.predict(features), atol=1e-6)


@pytest.mark.parametrize("size", [0, 1, 5])
def test_words_add_up_to_the_score(engine: Engine, size: int):
    model, profile = content_of(engine), profile_of(engine.dataset, size, seed=size)
    scores = model.score(profile)
    for item in range(0, engine.dataset.n_items, max(1, engine.dataset.n_items // 20)):
        baseline, words = model.word_contributions(profile, item)
        assert baseline + sum(words.values()) == pytest.approx(scores[item], abs=1e-6)
        assert len(words) == model.features_[[item]].nnz


def test_the_words_of_a_liked_title_speak_for_others(toy_engine: Engine):
    profile = Profile.from_ratings({"crime-1": 5}, toy_engine.dataset.item_index)
    _, words = content_of(toy_engine).word_contributions(profile, toy_engine.dataset.position("crime-new"))
    assert words["genres:crime"] > 0
    assert words["creators:ann ames"] > 0
    assert words["text:detective"] > 0
    assert words["title:precinct"] == 0.0  # only the unrated title has it
    assert not any(name.startswith("genres:comedy") for name in words)


def test_a_contribution_is_what_one_rating_moves(toy_engine: Engine):
    """Contribution i is y_i times a weight that does not depend on the stars: halve the like, halve the share."""
    model, index = content_of(toy_engine), toy_engine.dataset.item_index
    everything = np.arange(len(index))
    loud = model.additive_score(Profile.from_ratings({"crime-1": 5, "crime-3": 2}, index)).contributions(everything)
    soft = model.additive_score(Profile.from_ratings({"crime-1": 3.5, "crime-3": 2}, index)).contributions(everything)
    np.testing.assert_allclose(soft[0], loud[0] / 2, atol=1e-9)
    np.testing.assert_allclose(soft[1], loud[1], atol=1e-9)


def test_of_very_many_ratings_the_newest_are_listened_to(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(content, "MOST", 3)
    model, profile = content_of(toy_engine), profile_of(toy_engine.dataset, 5, seed=0)
    newest = Profile(profile.items[2:], profile.stars[2:])
    additive = model.additive_score(profile)
    np.testing.assert_allclose(additive.total(), model.score(newest))
    amounts = additive.contributions(np.arange(len(toy_engine.item_ids)))
    np.testing.assert_allclose(amounts[2:], model.additive_score(newest).contributions(np.arange(len(toy_engine.item_ids))))
    assert not amounts[:2].any()
    lists_without = model.without_each(profile)
    np.testing.assert_allclose(lists_without.rows(np.array([0]))[0] + additive.baseline, additive.total())


def test_titles_without_any_words_are_scored_by_popularity():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["The", "Of"]})
    ratings = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["b", "b"], "rating": [5, 4]})
    dataset = Dataset.from_frames(items, ratings)
    model = Content(popularity_weight=0.5).fit(dataset)
    assert model.features_.shape == (2, 0)
    assert model.score(Profile.from_ratings({"a": 5}, dataset.item_index)).tolist() == [-0.5, 0.5]
