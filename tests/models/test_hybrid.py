"""The blend: its weights, and titles that only their content speaks for."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.evaluation.calibration import interval_coverage
from recsys_core.models import SVD, Content, Hybrid, Model
from recsys_core.models.hybrid.coherence import MAX_LIKED, coherence, usual_coherence
from recsys_core.models.hybrid.model import interval_shape
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights

RATINGS = {"crime-1": 5, "crime-3": 4, "comedy-2": 1.5}


@pytest.fixture
def hybrid(toy_engine: Engine) -> Hybrid:
    model = toy_engine.model("hybrid")
    assert isinstance(model, Hybrid)
    return model


def contributed(model: Model, profile: Profile) -> np.ndarray:
    """The sum of a model's contributions to each title, without its baseline."""
    parts = model.additive_score(profile)
    return parts.contributions(np.arange(len(parts.baseline))).sum(axis=0)


def standard(model: Model, profile: Profile) -> np.ndarray:
    """Contributions divided by their standard deviation over the titles that the model can score."""
    amounts = contributed(model, profile)
    return amounts / amounts[~np.isnan(model.additive_score(profile).baseline)].std()


def test_score_of_rated_titles_is_the_weighted_sum(toy_engine: Engine, hybrid: Hybrid):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    weights = hybrid.weights.score_at(3)
    expected = weights.pop(POPULARITY) * hybrid.baseline_.popularity[:8]
    for name, weight in weights.items():
        expected = expected + weight * standard(toy_engine.model(name), profile)[:8]
    np.testing.assert_allclose(toy_engine.score(RATINGS)[:8], expected, atol=1e-9)


def test_an_unrated_title_is_carried_by_content_alone(toy_engine: Engine, hybrid: Hybrid):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    of_parts = sum(weight for name, weight in hybrid.weights.score_at(3).items() if name != POPULARITY)
    assert toy_engine.score(RATINGS)[8] == pytest.approx(of_parts * standard(toy_engine.model("content"), profile)[8])
    assert toy_engine.predict(RATINGS)[8] == pytest.approx(toy_engine.predict(RATINGS, "content")[8])


def test_an_unrated_title_stands_among_its_kind(toy_engine: Engine):
    ids = [line.item_id for line in toy_engine.recommend({"crime-1": 5, "crime-2": 5, "comedy-1": 1}, n=9)]
    assert ids.index("crime-new") < ids.index("comedy-2")


def test_stars_of_rated_titles_are_biases_and_weighted_rests(toy_engine: Engine, hybrid: Hybrid):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    bias = toy_engine.model("popularity").additive_stars(profile).total()[:8]
    expected = bias.copy()
    for name, weight in hybrid.weights.stars_at(3).items():
        expected += weight * (toy_engine.model(name).additive_stars(profile).total()[:8] - bias)
    np.testing.assert_allclose(toy_engine.predict(RATINGS)[:8], np.clip(expected, *hybrid.weights.star_range), atol=1e-9)


def test_intervals_hold_the_stars_and_narrow_with_what_is_known(toy_engine: Engine, hybrid: Hybrid):
    profile = Profile.from_ratings(RATINGS, toy_engine.dataset.item_index)
    low, high = hybrid.stars_interval(profile)
    stars = hybrid.predict(profile)
    assert ((low <= stars) & (stars <= high)).all()
    assert low.min() >= 0.5
    assert high.max() <= 5.0
    widths = [interval_shape(n, np.array([0, 3, 500])) for n in (1, 10, 100)]
    assert np.all(np.diff(widths, axis=0) < 0)  # more ratings of the visitor
    assert np.all(np.diff(widths, axis=1) < 0)  # more raters of the title


def test_intervals_hold_four_ratings_in_five_of_the_audience(showcase_engine: Engine):
    """Loosely: these people were fitted to. The accuracy benchmark measures it on people held out."""
    dataset, hybrid = showcase_engine.dataset, showcase_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    low, high, true = [], [], []
    for user in range(0, 200):
        row = slice(*dataset.ratings.indptr[user : user + 2])
        items, stars = dataset.ratings.indices[row].astype(np.int64), dataset.ratings.data[row].astype(float)
        if len(items) < 30:
            continue
        ends = hybrid.stars_interval(Profile(items[::2], stars[::2]))
        low.append(ends[0][items[1::2]])
        high.append(ends[1][items[1::2]])
        true.append(stars[1::2])
    assert 0.7 < interval_coverage(*(np.concatenate(values) for values in (low, high, true))) < 0.92


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


def test_usual_coherence_is_that_of_the_first_few_of_what_people_liked(toy: Dataset, toy_engine: Engine):
    """Everybody in the toy likes three titles of one genre, whose contents differ in creators and kind alone."""
    features, usual = toy_engine.features, usual_coherence(toy, toy_engine.features)
    pairs = [coherence(features, np.array([start + i, start + j])) for start in (0, 4) for i in range(4) for j in range(i)]
    threes = [coherence(features, start + np.delete(np.arange(4), left)) for start in (0, 4) for left in range(4)]
    assert min(pairs) <= usual[2] <= max(pairs)
    assert usual[3] == pytest.approx(np.quantile(threes, 0.95))
    assert (usual[4:] == 1.0).all()


def test_coherence_is_the_mean_cosine_of_all_pairs(toy_engine: Engine):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    cosines = (toy_engine.features @ toy_engine.features.T).toarray()
    assert coherence(toy_engine.features, np.array([0, 1, 4])) == pytest.approx(
        (cosines[0, 1] + cosines[0, 4] + cosines[1, 4]) / 3, abs=1e-6
    )
    assert coherence(toy_engine.features, np.array([0])) == 0.0
    assert coherence(toy_engine.features, np.array([], dtype=int)) == 0.0


def test_content_counts_more_for_a_visitor_of_one_taste(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    hybrid, index = toy_engine.model("hybrid"), toy_engine.dataset.item_index
    assert isinstance(hybrid, Hybrid)
    monkeypatch.setattr(hybrid, "usual_coherence_", np.full(MAX_LIKED + 1, 0.4))

    def gain(ratings: dict[str, float]) -> float:
        return hybrid._content_gain(Profile.from_ratings(ratings, index))

    alike = coherence(toy_engine.features, np.array([0, 1, 2]))
    assert alike > 0.5
    assert gain({"crime-1": 5, "crime-2": 4, "crime-3": 3, "comedy-1": 1}) == pytest.approx(
        hybrid.weights.coherence_at(4) * (alike - 0.4), abs=1e-6
    )
    assert gain({"crime-1": 5, "crime-3": 5, "comedy-1": 5, "comedy-4": 5}) == 0.0  # a mixed taste
    assert gain({"crime-1": 1, "crime-2": 1, "crime-3": 1}) == 0.0  # alike, but not liked
    assert gain({"crime-1": 5}) == 0.0
    assert gain({}) == 0.0


def test_two_titles_are_alike_by_chance_more_often_than_ten(showcase_engine: Engine):
    usual = showcase_engine.hybrid.usual_coherence(np.arange(2, 12))
    assert usual[0] > usual[1] > usual[3] > usual[8] > 0.0
    assert usual[8] == usual[9]  # of more than ten titles, as of ten


def test_given_parts_are_the_ones_that_are_fitted(toy: Dataset):
    parts = [Content(), SVD(n_factors=2)]
    weights = BlendWeights((5,), {"content": (0.5,), "svd": (0.5,)}, {"svd": (1.0,)}, 1.3, (1.0, 4.8), {}, (0.0,))
    hybrid = Hybrid(parts, weights=weights).fit(toy)
    assert list(hybrid.parts.values()) == parts
    assert parts[1].item_factors_.shape == (9, 2)  # type: ignore[attr-defined]


def test_the_engine_fits_every_model_once(toy: Dataset, monkeypatch: pytest.MonkeyPatch):
    fitted: list[str] = []
    fit = Model.fit
    monkeypatch.setattr(Model, "fit", lambda self, dataset, baseline=None: fitted.append(self.name) or fit(self, dataset, baseline))
    names = Engine.fit(toy).models
    assert sorted(fitted) == sorted(names)


def test_alone_it_fits_its_parts(toy: Dataset, toy_engine: Engine):
    profile = Profile.from_ratings(RATINGS, toy.item_index)
    np.testing.assert_allclose(Hybrid().fit(toy).score(profile), toy_engine.score(RATINGS), atol=1e-12)


def test_the_engines_hybrid_shares_the_engines_models(toy_engine: Engine):
    hybrid = toy_engine.model("hybrid")
    assert isinstance(hybrid, Hybrid)
    assert all(part is toy_engine.model(name) for name, part in hybrid.parts.items())
    assert set(hybrid.parts) == set(hybrid.weights.parts)
