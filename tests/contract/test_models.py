"""One suite for every model: whatever subclasses ``Model`` is found here and must keep the contract."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import recsys_core.models  # noqa: F401  (defines the subclasses that are discovered)
from recsys_core import Dataset, Engine, Recommendation
from recsys_core.data.profile import Profile
from recsys_core.errors import NotFittedError
from recsys_core.models.base import Model
from tests.conftest import toy_items, toy_ratings

IMPERSONAL = {"popularity"}
"""Models that answer the same list to everybody, by design."""
BLIND_TO_STARS = {"watched"}
"""Models that ask which titles were rated and not how, by design."""
STARS_WITHOUT_TASTE = {*IMPERSONAL, *BLIND_TO_STARS, "ease"}
"""Models whose expected stars are alike for opposite tastes in the toy, where everybody has rated the same titles."""
NEED_RATERS_TO_SCORE = {"als", "ease", "gp", "item-knn", "nmf", "svd", "user-knn", "watched"}
NEED_RATERS_TO_PREDICT = {*NEED_RATERS_TO_SCORE, "popularity"}
MANY = 200
"""Ratings of the largest profile: more than most people give, all titles of the toy."""


def concrete_models(base: type[Model] = Model) -> Iterator[type[Model]]:
    for child in base.__subclasses__():
        if child.__module__.startswith("recsys_core.") and not inspect.isabstract(child):
            yield child
        yield from concrete_models(child)


MODELS = sorted(set(concrete_models()), key=lambda model: model.name)


@dataclass(frozen=True)
class Case:
    """A fitted model and the data it was fitted to."""

    model: Model
    engine: Engine

    @property
    def dataset(self) -> Dataset:
        return self.engine.dataset

    def profile(self, ratings: dict[str, float]) -> Profile:
        return Profile.from_ratings(ratings, self.dataset.item_index)

    def random_profile(self, size: int, seed: int = 0) -> Profile:
        return self.profile(random_ratings(self.dataset, size, seed))

    def profiles(self) -> Iterator[Profile]:
        for size in (0, 1, 2, 5, 50):
            for seed in range(3):
                yield self.random_profile(size, seed)
        yield self.random_profile(MANY)


def random_ratings(dataset: Dataset, size: int, seed: int) -> dict[str, float]:
    """Half stars for some titles, as many as there are at most."""
    rng = np.random.default_rng([seed, size])
    chosen = rng.choice(dataset.item_ids, min(size, dataset.n_items), replace=False).tolist()
    return dict(zip(chosen, rng.integers(1, 11, len(chosen)) / 2, strict=True))


@pytest.fixture(params=["toy_engine", "showcase_engine"], ids=["toy", "showcase"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def model_class(request: pytest.FixtureRequest) -> type[Model]:
    return request.param


@pytest.fixture
def case(model_class: type[Model], engine: Engine) -> Case:
    return Case(engine.model(model_class.name), engine)


@pytest.fixture
def toy_case(model_class: type[Model], toy_engine: Engine) -> Case:
    return Case(toy_engine.model(model_class.name), toy_engine)


def fitted_parts(model: Model) -> list[Model]:
    """The model and, for a blend, the models that it is made of."""
    return [model, *getattr(model, "parts", {}).values()]


def learned(model: Model) -> dict[str, np.ndarray]:
    """A copy of everything learned."""
    return {f"{part.name}/{key}": value.copy() for part in fitted_parts(model) for key, value in part.state().items()}


def assert_same_state(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> None:
    assert left.keys() == right.keys()
    for key in left:
        np.testing.assert_array_equal(left[key], right[key], err_msg=key)


# --- discovery ---------------------------------------------------------------------------------------------------


def test_models_are_found():
    assert {"content", "hybrid", "item-knn", "popularity", "svd"} <= {model.name for model in MODELS}


def test_the_engine_holds_every_model_and_no_other(toy_engine: Engine):
    assert sorted(toy_engine.models) == [model.name for model in MODELS]
    for model in MODELS:
        assert type(toy_engine.model(model.name)) is model


# --- shapes and ranges -------------------------------------------------------------------------------------------


def test_one_float_for_every_title_in_the_order_of_item_ids(case: Case):
    for profile in case.profiles():
        for answer in (case.model.score(profile), case.model.predict(profile)):
            assert answer.shape == case.engine.item_ids.shape
            assert answer.dtype == np.float64


def test_engine_arrays_are_the_models_own(case: Case):
    ratings = random_ratings(case.dataset, 5, seed=3)
    profile = case.profile(ratings)
    np.testing.assert_array_equal(case.engine.score(ratings, case.model.name), case.model.score(profile))
    np.testing.assert_array_equal(case.engine.predict(ratings, case.model.name), case.model.predict(profile))


def test_predicted_stars_are_on_the_scale_or_nan(case: Case):
    for profile in case.profiles():
        stars = case.model.predict(profile)
        known = stars[~np.isnan(stars)]
        assert len(known)
        assert known.min() >= 0.5
        assert known.max() <= 5.0


def test_no_score_is_infinite(case: Case):
    for profile in case.profiles():
        assert not np.isinf(case.model.score(profile)).any()


def test_whether_a_title_can_be_scored_does_not_depend_on_the_visitor(case: Case):
    unscored = np.isnan(case.model.score(case.random_profile(0)))
    for profile in case.profiles():
        np.testing.assert_array_equal(np.isnan(case.model.score(profile)), unscored)


def test_scores_without_each_rating_are_those_of_the_others_folded_in_anew(case: Case):
    for size, seed in ((0, 0), (1, 0), (2, 1), (3, 2), (12, 3), (40, 4)):
        profile = case.random_profile(size, seed)
        without = case.model.scores_without_each(profile)
        assert without.shape == (len(profile), case.dataset.n_items)
        for place, scores in enumerate(without):
            np.testing.assert_allclose(scores, case.model.score(profile.without(place)), rtol=0, atol=1e-9)


# --- the one idea: every score is a sum ----------------------------------------------------------------------------


def test_ratings_that_cancel_leave_no_noise(toy_case: Case):
    # Spread of the factors' contributions here: 4e-17. Whoever scales by that shows rounding errors as opinions.
    stars = [4.0, 2.5, 0.5, 1.5, 1.0, 3.5, 1.5, 2.5, 4.5]
    titles = ["crime-2", "comedy-3", "crime-1", "crime-4", "comedy-2", "comedy-1", "comedy-4", "crime-3", "crime-new"]
    profile = toy_case.profile(dict(zip(titles, stars, strict=True)))
    parts = toy_case.model.additive_score(profile)
    summed = parts.baseline + parts.contributions(np.arange(9)).sum(axis=0)
    np.testing.assert_allclose(summed, toy_case.model.score(profile), rtol=0, atol=1e-6)
    assert np.abs(parts.contributions(np.arange(9))).max() < 100


def test_score_is_baseline_plus_contributions_for_all_titles(case: Case):
    everything = np.arange(case.dataset.n_items)
    for profile in case.profiles():
        parts = case.model.additive_score(profile)
        contributions = parts.contributions(everything)
        assert contributions.shape == (len(profile), case.dataset.n_items)
        summed = parts.baseline + contributions.sum(axis=0)
        np.testing.assert_allclose(summed, case.model.score(profile), rtol=0, atol=1e-6)


def test_stars_are_baseline_plus_contributions_before_clipping(case: Case):
    everything = np.arange(case.dataset.n_items)
    for profile in case.profiles():
        parts = case.model.additive_stars(profile)
        contributions = parts.contributions(everything)
        assert contributions.shape == (len(profile), case.dataset.n_items)
        summed = parts.baseline + contributions.sum(axis=0)
        np.testing.assert_allclose(summed, parts.total(), rtol=0, atol=1e-6)
        np.testing.assert_allclose(case.model.to_scale(summed), case.model.predict(profile), rtol=0, atol=1e-6)


def test_contributions_of_some_titles_are_columns_of_all(case: Case):
    profile = case.random_profile(5)
    parts = case.model.additive_score(profile)
    some = np.array([case.dataset.n_items - 1, 0, 2])
    np.testing.assert_allclose(parts.contributions(some), parts.contributions(np.arange(case.dataset.n_items))[:, some], rtol=0, atol=1e-9)


def test_explanations_end_at_the_score_that_is_shown(case: Case):
    ratings = random_ratings(case.dataset, 5, seed=1)
    listed = case.engine.recommend(ratings, n=20, model=case.model.name)
    assert listed
    for line in listed:
        reason = case.engine.explain(ratings, line.item_id, case.model.name)
        assert list(reason.contributions) == list(ratings)
        assert reason.baseline + sum(reason.contributions.values()) == pytest.approx(line.score, abs=1e-6)
        assert reason.score == pytest.approx(line.score, abs=1e-6)


# --- profiles of every sort ----------------------------------------------------------------------------------------


def test_a_visitor_without_ratings_has_no_contributions(case: Case):
    nobody = case.random_profile(0)
    parts = case.model.additive_score(nobody)
    np.testing.assert_allclose(case.model.score(nobody), parts.baseline)
    assert parts.contributions(np.array([0, 1])).shape == (0, 2)
    assert not np.isnan(case.model.score(nobody)).all()


def test_one_rating_moves_scores_both_ways(case: Case):
    nothing = case.model.score(case.random_profile(0))
    loved = case.model.score(case.profile({str(case.engine.item_ids[0]): 5.0}))
    hated = case.model.score(case.profile({str(case.engine.item_ids[0]): 0.5}))
    if case.model.name in IMPERSONAL:
        np.testing.assert_array_equal(loved, nothing)
        return
    scored = ~np.isnan(nothing)
    assert np.abs(loved - nothing)[scored].max() > 1e-3
    if case.model.name in BLIND_TO_STARS:
        np.testing.assert_array_equal(loved, hated)
        return
    opposite = np.corrcoef(loved[scored] - nothing[scored], hated[scored] - nothing[scored])[0, 1]
    # The hybrid gives other weights to who loves something than to who does not.
    assert opposite < (-0.6 if case.model.name == "hybrid" else -0.99)


@pytest.mark.parametrize(
    ("ratings", "higher", "lower"),
    [
        ({"crime-1": 5}, "crime-2", "comedy-2"),
        ({"crime-1": 4, "crime-2": 4, "crime-3": 4}, "crime-4", "comedy-4"),
        ({"comedy-1": 1}, "crime-2", "comedy-2"),
        ({"comedy-1": 1, "comedy-2": 0.5, "comedy-3": 2}, "crime-4", "comedy-4"),
        ({"crime-1": 5, "comedy-1": 1}, "crime-2", "comedy-2"),
        ({"comedy-1": 5, "crime-1": 1}, "comedy-2", "crime-2"),
    ],
    ids=["one rating", "equal ratings", "one dislike", "dislikes only", "crime fan", "comedy fan"],
)
def test_the_toys_camps_are_told_apart(toy_case: Case, ratings: dict[str, float], higher: str, lower: str):
    at = toy_case.dataset.position
    scores = toy_case.model.score(toy_case.profile(ratings))
    if toy_case.model.name in IMPERSONAL:
        assert scores[at(higher)] == scores[at(lower)]
    elif toy_case.model.name in BLIND_TO_STARS:
        np.testing.assert_array_equal(scores, toy_case.model.score(toy_case.profile(dict.fromkeys(ratings, 3.0))))
    else:
        assert scores[at(higher)] > scores[at(lower)] + 1e-3


def test_a_fan_of_crime_is_predicted_more_stars_for_crime(toy_case: Case):
    at = toy_case.dataset.position
    stars = toy_case.model.predict(toy_case.profile({"crime-1": 5, "crime-2": 5, "comedy-1": 1, "comedy-2": 1}))
    if toy_case.model.name in STARS_WITHOUT_TASTE:
        assert stars[at("crime-4")] == stars[at("comedy-4")] == pytest.approx(3.0)
    else:
        assert stars[at("crime-4")] > 3.0 > stars[at("comedy-4")]


def test_equal_ratings_still_say_something(case: Case):
    some = case.engine.item_ids[:5].tolist()
    nothing = case.model.score(case.random_profile(0))
    liked = case.model.score(case.profile(dict.fromkeys(some, 4.0)))
    scored = ~np.isnan(nothing)
    assert bool(np.abs(liked - nothing)[scored].max() > 1e-3) is (case.model.name not in IMPERSONAL)


def test_a_profile_of_dislikes_gives_a_full_list(case: Case):
    disliked = dict.fromkeys(case.engine.item_ids[:3].tolist(), 0.5)
    listed = case.engine.recommend(disliked, n=5, model=case.model.name)
    assert len(listed) == 5
    assert not set(disliked) & {line.item_id for line in listed}


def test_many_ratings_leave_only_the_others_to_recommend_but_everything_scored(case: Case):
    ratings = random_ratings(case.dataset, MANY, seed=0)
    listed = {line.item_id for line in case.engine.recommend(ratings, n=case.dataset.n_items, model=case.model.name)}
    scores = case.engine.score(ratings, case.model.name)
    assert listed == set(case.engine.item_ids[~np.isnan(scores)].tolist()) - ratings.keys()  # none is left in the toy
    assert bool(listed) is (case.dataset.n_items > MANY)
    np.testing.assert_array_equal(np.isnan(scores), np.isnan(case.model.score(case.random_profile(0))))


def test_the_order_of_rating_does_not_change_scores(case: Case):
    ratings = random_ratings(case.dataset, 5, seed=2)
    backwards = dict(reversed(ratings.items()))
    name = case.model.name
    np.testing.assert_allclose(case.engine.score(ratings, name), case.engine.score(backwards, name), rtol=0, atol=1e-6)
    np.testing.assert_allclose(case.engine.predict(ratings, name), case.engine.predict(backwards, name), rtol=0, atol=1e-6)


# --- reading changes nothing ---------------------------------------------------------------------------------------


def test_a_call_changes_neither_model_nor_profile(case: Case):
    before = learned(case.model)
    profile = case.random_profile(5)
    items, stars = profile.items.copy(), profile.stars.copy()
    first = case.model.score(profile)
    case.model.predict(profile)
    case.model.additive_score(profile).contributions(np.arange(3))
    case.model.similarities(0)
    first_copy = first.copy()
    first[:] = -1.0  # what a caller does to an answer must not reach the model either
    np.testing.assert_array_equal(case.model.score(profile), first_copy)
    np.testing.assert_array_equal(profile.items, items)
    np.testing.assert_array_equal(profile.stars, stars)
    assert_same_state(learned(case.model), before)


def test_learned_arrays_are_read_only(case: Case):
    known = case.model.state() | case.model.baseline_.state()
    # a sparse array's shape is a tuple, made into an array only for the save
    shared = {key: value for key, value in known.items() if value.ndim and not key.endswith(".shape")}
    assert shared
    for key, value in shared.items():
        assert not value.flags.writeable, key
        with pytest.raises(ValueError, match="read-only"):
            value[...] = 0


def test_profile_arrays_are_read_only(toy_case: Case):
    profile = toy_case.random_profile(2)
    for array in (profile.items, profile.stars):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# --- fit, refit, save ----------------------------------------------------------------------------------------------


def test_not_fitted_is_said_in_a_sentence(model_class: type[Model], toy: Dataset):
    model = model_class()
    profile = Profile.from_ratings({"crime-1": 5}, toy.item_index)
    sentence = rf"The model '{model.name}' has not been fitted yet\. Call fit\(dataset\) first\."
    for call in (
        lambda: model.score(profile),
        lambda: model.predict(profile),
        lambda: model.additive_score(profile),
        lambda: model.additive_stars(profile),
        lambda: model.similarities(0),
        lambda: model.state(),
    ):
        with pytest.raises(NotFittedError, match=sentence):
            call()


def test_init_only_stores_settings(model_class: type[Model]):
    assert not [name for name in vars(model_class()) if name.endswith("_")]


def test_fit_returns_the_model(model_class: type[Model], toy: Dataset):
    model = model_class()
    assert model.fit(toy) is model


def test_fitting_again_changes_nothing(model_class: type[Model], toy: Dataset):
    model = model_class().fit(toy)
    before = learned(model)
    assert_same_state(learned(model.fit(toy)), before)


def test_fitting_to_other_data_starts_afresh(model_class: type[Model], toy: Dataset, toy_frames: tuple[pd.DataFrame, pd.DataFrame]):
    items, ratings = toy_frames
    other = Dataset.from_frames(items.iloc[:6], ratings[ratings["item_id"].isin(items["item_id"][:6])])
    refitted = model_class().fit(other).fit(toy)
    assert_same_state(learned(refitted), learned(model_class().fit(toy)))


def test_fit_does_not_change_the_data(model_class: type[Model], toy: Dataset, toy_frames: tuple[pd.DataFrame, pd.DataFrame]):
    model_class().fit(toy)
    fresh = Dataset.from_frames(*toy_frames)
    pd.testing.assert_frame_equal(toy.items, fresh.items)
    np.testing.assert_array_equal(toy.ratings.toarray(), fresh.ratings.toarray())
    assert toy.item_index == fresh.item_index


def test_state_and_restore_give_equal_answers(case: Case):
    restored = type(case.model)()
    for fresh, fitted in zip(fitted_parts(restored), fitted_parts(case.model), strict=True):
        fresh.restore(fitted.baseline_, {key: value.copy() for key, value in fitted.state().items()})
    profile = case.random_profile(5)
    np.testing.assert_array_equal(restored.score(profile), case.model.score(profile))
    np.testing.assert_array_equal(restored.predict(profile), case.model.predict(profile))
    np.testing.assert_array_equal(restored.similarities(1), case.model.similarities(1))
    assert_same_state(learned(restored), learned(case.model))
    assert not [key for key, value in restored.state().items() if value.ndim and not key.endswith(".shape") and value.flags.writeable]


def test_restoring_without_an_array_is_refused(model_class: type[Model], toy_engine: Engine):
    state = toy_engine.model(model_class.name).state()
    if not state:
        assert model_class.name == "popularity"  # it knows the baseline and nothing else
        return
    state.pop(next(key for key in state))
    restored = model_class()
    with pytest.raises(KeyError):
        restored.restore(toy_engine.baseline, state)
    with pytest.raises(NotFittedError):
        restored.similarities(0)


# --- similar items -------------------------------------------------------------------------------------------------


def test_similar_items_are_sorted_and_never_the_item_itself(case: Case):
    for position in (0, 1, case.dataset.n_items // 2, case.dataset.n_items - 2):
        item_id = str(case.engine.item_ids[position])
        everything = case.engine.similar_items(item_id, n=case.dataset.n_items + 1, model=case.model.name)
        assert everything
        assert item_id not in dict(everything)
        assert everything == sorted(everything, key=lambda pair: (-pair[1], pair[0]))  # ties by id
        assert case.engine.similar_items(item_id, n=4, model=case.model.name) == everything[:4]


def test_similar_items_of_the_toy_are_of_the_same_genre(toy_case: Case):
    similar = [item_id for item_id, _ in toy_case.engine.similar_items("crime-1", n=3, model=toy_case.model.name)]
    if toy_case.model.name in IMPERSONAL:
        assert similar == ["comedy-1", "comedy-2", "comedy-3"]  # all are equally popular: by id
    elif toy_case.model.name not in BLIND_TO_STARS:  # the toy's people have all watched the same
        assert {item_id.split("-")[0] for item_id in similar} == {"crime"}


# --- titles without raters -----------------------------------------------------------------------------------------


def test_titles_that_cannot_be_scored_are_nan(toy_case: Case):
    profile = toy_case.profile({"crime-1": 5, "comedy-1": 1})
    rated = toy_case.dataset.raters > 0
    scores, stars = toy_case.model.score(profile), toy_case.model.predict(profile)
    assert not np.isnan(scores[rated]).any()
    assert not np.isnan(stars[rated]).any()
    assert np.isnan(scores[~rated]).all() == (toy_case.model.name in NEED_RATERS_TO_SCORE)
    assert np.isnan(stars[~rated]).all() == (toy_case.model.name in NEED_RATERS_TO_PREDICT)


def test_an_unrated_title_is_listed_only_by_models_that_can_score_it(toy_case: Case):
    listed = [line.item_id for line in toy_case.engine.recommend({"crime-1": 5}, n=99, model=toy_case.model.name)]
    assert ("crime-new" in listed) is (toy_case.model.name not in NEED_RATERS_TO_SCORE)
    assert len(listed) == 7 + ("crime-new" in listed)


def test_rating_a_title_that_nobody_else_rated_harms_nothing(toy_case: Case):
    at = toy_case.dataset.position
    scores = toy_case.model.score(toy_case.profile({"crime-new": 5}))
    assert not np.isnan(scores[toy_case.dataset.raters > 0]).any()
    if toy_case.model.name in {"content", "hybrid"}:
        assert scores[at("crime-1")] > scores[at("comedy-1")]


def test_likeness_to_a_title_without_raters_is_not_made_up(toy_case: Case):
    similar = toy_case.engine.similar_items("crime-new", n=3, model=toy_case.model.name)
    if toy_case.model.name in NEED_RATERS_TO_SCORE:
        assert similar == []  # nothing is known, so nothing is said
    elif toy_case.model.name not in IMPERSONAL:
        assert {item_id.split("-")[0] for item_id, _ in similar} == {"crime"}


# --- the order of rows in the source does not matter -------------------------------------------------------------------


def shuffled_engine(items: pd.DataFrame, ratings: pd.DataFrame, seed: int) -> Engine:
    dataset = Dataset.from_frames(items.sample(frac=1, random_state=seed), ratings.sample(frac=1, random_state=seed))
    return Engine.fit(dataset, factors=False)


def by_rounded_score(listed: list[Recommendation]) -> list[str]:
    """The toy is so regular that scores tie but for rounding errors."""
    return [line.item_id for line in sorted(listed, key=lambda line: (-round(line.score, 4), line.item_id))]


@pytest.fixture(scope="module")
def shuffled_toy() -> Engine:
    return shuffled_engine(toy_items(), toy_ratings(), seed=1)


@pytest.fixture(scope="module")
def two_showcases(showcase: Dataset) -> tuple[Engine, Engine]:
    """The showcase with a tenth of its people, and the same with its rows shuffled."""
    few = showcase.sample_users(600)
    coo = few.ratings.tocoo()
    ratings = pd.DataFrame({"user_id": few.user_ids[coo.row], "item_id": few.item_ids[coo.col], "rating": coo.data})
    return Engine.fit(few, factors=False), shuffled_engine(few.items, ratings, seed=1)


def test_shuffled_rows_of_the_toy_give_the_same_list(toy_case: Case, shuffled_toy: Engine):
    assert shuffled_toy.item_ids.tolist() != toy_case.engine.item_ids.tolist()
    for ratings in ({}, {"crime-1": 5}, {"crime-1": 5, "comedy-2": 1.5, "crime-new": 4}):
        ours = toy_case.engine.recommend(ratings, n=99, model=toy_case.model.name)
        theirs = shuffled_toy.recommend(ratings, n=99, model=toy_case.model.name)
        assert {line.item_id: line.score for line in ours} == pytest.approx({line.item_id: line.score for line in theirs}, abs=1e-4)
        assert by_rounded_score(ours) == by_rounded_score(theirs)


def test_shuffled_rows_of_the_showcase_give_the_same_list(model_class: type[Model], two_showcases: tuple[Engine, Engine]):
    as_given, shuffled = two_showcases
    ratings = random_ratings(as_given.dataset, 10, seed=4)
    ours = as_given.recommend(ratings, n=10, model=model_class.name)
    theirs = shuffled.recommend(ratings, n=10, model=model_class.name)
    assert [line.item_id for line in ours] == [line.item_id for line in theirs]
    assert [line.score for line in ours] == pytest.approx([line.score for line in theirs], abs=1e-4)
