"""The blend: its weights, and titles that only their content speaks for."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.models import SVD, Content, Hybrid, ItemKNN, Model
from recsys_core.models.hybrid import COHERENCE_GAIN, SCORE_WEIGHTS, STAR_WEIGHTS
from recsys_core.profile import Profile

RATINGS = {"crime-1": 5, "crime-3": 4, "comedy-2": 1.5}


def contributed(model: Model, profile: Profile) -> np.ndarray:
    """The sum of a model's contributions to each title, without its baseline."""
    parts = model.additive_score(profile)
    return parts.contributions(np.arange(len(parts.baseline))).sum(axis=0)


@pytest.mark.parametrize("weights", [SCORE_WEIGHTS, STAR_WEIGHTS])
def test_weights_are_shares(weights: dict[str, float]):
    assert sum(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) > 0
    assert set(weights) == {"content", "item-knn", "svd"}


def test_score_of_rated_titles_is_the_weighted_sum(toy_engine: Engine):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    expected = hybrid.popularity_weight * hybrid.prior_[:8]
    for name, weight in SCORE_WEIGHTS.items():
        amounts = contributed(toy_engine.model(name), profile)
        expected = expected + 3 / 4 * weight * amounts[:8] / amounts.std()
    np.testing.assert_allclose(toy_engine.score(RATINGS)[:8], expected, atol=1e-9)


def test_an_unrated_title_is_carried_by_content_alone(toy_engine: Engine):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    amounts = contributed(toy_engine.model("content"), profile)
    assert toy_engine.score(RATINGS)[8] == pytest.approx(3 / 4 * amounts[8] / amounts.std())
    assert toy_engine.predict(RATINGS)[8] == pytest.approx(toy_engine.predict(RATINGS, "content")[8])


def test_an_unrated_title_stands_among_its_kind(toy_engine: Engine):
    ids = [line.item_id for line in toy_engine.recommend({"crime-1": 5, "crime-2": 5, "comedy-1": 1}, n=9)]
    assert ids.index("crime-new") < ids.index("comedy-2")


def test_stars_of_rated_titles_are_the_weighted_mean(toy_engine: Engine):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    expected = sum(weight * toy_engine.model(name).additive_stars(profile).total()[:8] for name, weight in STAR_WEIGHTS.items())
    np.testing.assert_allclose(toy_engine.predict(RATINGS)[:8], np.clip(expected, 0.5, 5), atol=1e-9)


@pytest.mark.parametrize("ratings", [{}, {"crime-1": 5}, {"crime-new": 5}, RATINGS, {"crime-1": 2.75}])
def test_there_is_no_nan(toy_engine: Engine, ratings: dict[str, float]):
    profile = Profile.from_ratings(ratings, toy_engine.dataset.item_index)
    hybrid = toy_engine.model("hybrid")
    assert not np.isnan(hybrid.score(profile)).any()
    assert not np.isnan(hybrid.predict(profile)).any()
    assert not np.isnan(hybrid.additive_score(profile).contributions(np.arange(9))).any()
    assert not np.isnan(hybrid.additive_stars(profile).contributions(np.arange(9))).any()


def test_no_nan_on_the_showcase_either(showcase_engine: Engine):
    assert not np.isnan(showcase_engine.score({"breaking-bad-2008": 5})).any()
    assert not np.isnan(showcase_engine.predict({"breaking-bad-2008": 5})).any()


def test_ten_ratings_weigh_more_than_one(showcase_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """n / (n + 1): the first rating moves the list half as far as many can."""
    monkeypatch.setattr("recsys_core.models.hybrid.COHERENCE_GAIN", 0.0)
    liked = dict.fromkeys(showcase_engine.item_ids[:10].tolist(), 5.0)
    hybrid = showcase_engine.model("hybrid")
    spreads = []
    for n in (1, 10):
        profile = Profile.from_ratings(dict(list(liked.items())[:n]), showcase_engine.dataset.item_index)
        amounts = {name: contributed(showcase_engine.model(name), profile) for name in SCORE_WEIGHTS}
        standard = sum(weight * amounts[name] / amounts[name].std() for name, weight in SCORE_WEIGHTS.items())
        rated = showcase_engine.dataset.raters > 0
        spreads.append(contributed(hybrid, profile)[rated] @ standard[rated] / (standard[rated] @ standard[rated]))
    assert spreads == pytest.approx([1 / 2, 10 / 11])


def test_coherence_is_the_mean_cosine_of_all_pairs(toy_engine: Engine):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    cosines = (toy_engine.features @ toy_engine.features.T).toarray()
    assert hybrid._coherence(np.array([0, 1, 4])) == pytest.approx((cosines[0, 1] + cosines[0, 4] + cosines[1, 4]) / 3, abs=1e-6)
    assert hybrid._coherence(np.array([0])) == 0.0
    assert hybrid._coherence(np.array([], dtype=int)) == 0.0


def test_content_counts_more_for_a_visitor_of_one_taste(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    hybrid, index = toy_engine.model("hybrid"), toy_engine.dataset.item_index
    assert isinstance(hybrid, Hybrid)
    monkeypatch.setattr(hybrid, "usual_coherence_", 0.4)

    def gain(ratings: dict[str, float]) -> float:
        return hybrid._content_gain(Profile.from_ratings(ratings, index))

    alike = hybrid._coherence(np.array([0, 1, 2]))
    assert alike > 0.5
    assert gain({"crime-1": 5, "crime-2": 4, "crime-3": 3, "comedy-1": 1}) == pytest.approx(COHERENCE_GAIN * (alike - 0.4), abs=1e-6)
    assert gain({"crime-1": 5, "crime-3": 5, "comedy-1": 5, "comedy-4": 5}) == 0.0  # a mixed taste
    assert gain({"crime-1": 1, "crime-2": 1, "crime-3": 1}) == 0.0  # alike, but not liked
    assert gain({"crime-1": 5}) == 0.0
    assert gain({}) == 0.0


def test_given_parts_are_the_ones_that_are_fitted(toy: Dataset):
    parts = [Content(), ItemKNN(), SVD(n_factors=2)]
    hybrid = Hybrid(parts).fit(toy)
    assert list(hybrid.parts.values()) == parts
    assert parts[2].item_factors_.shape == (9, 2)  # type: ignore[attr-defined]


def test_the_engine_fits_every_model_once(toy: Dataset, monkeypatch: pytest.MonkeyPatch):
    fitted: list[str] = []
    fit = Model.fit
    monkeypatch.setattr(Model, "fit", lambda self, dataset: fitted.append(self.name) or fit(self, dataset))
    Engine.fit(toy)
    assert sorted(fitted) == ["content", "hybrid", "item-knn", "popularity", "svd"]


def test_alone_it_fits_its_parts(toy: Dataset, toy_engine: Engine):
    profile = Profile.from_ratings(RATINGS, toy.item_index)
    np.testing.assert_allclose(Hybrid().fit(toy).score(profile), toy_engine.score(RATINGS), atol=1e-12)


def test_the_engines_hybrid_shares_the_engines_models(toy_engine: Engine):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    assert all(part is toy_engine.model(name) for name, part in hybrid.parts.items())
