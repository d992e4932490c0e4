"""The one door: every question about a visitor, on data whose answers can be seen by eye."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine, Recommendation
from recsys_core.data.filters import Filters
from recsys_core.errors import ProfileError, RecsysError, UnknownItemError, UnknownModelError
from recsys_core.visitor.because_rows import because_rows
from recsys_core.visitor.quality import quality_of_list

ALL_MODELS = ("hybrid", "popularity", "content", "ease", "item-knn", "svd", "gp", "watched", "user-knn", "als", "nmf")


def ids_of(listed: list[Recommendation]) -> list[str]:
    return [line.item_id for line in listed]


def test_models_by_name_the_default_first(toy_engine: Engine):
    assert toy_engine.models == ALL_MODELS
    assert [toy_engine.model(name).name for name in ALL_MODELS] == list(ALL_MODELS)


def test_item_ids_are_the_data_sets(toy_engine: Engine):
    assert toy_engine.item_ids.tolist() == toy_engine.dataset.items["item_id"].tolist()


# --- recommend -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["hybrid", "content", "item-knn", "svd"])
def test_a_fan_of_crime_is_offered_crime(toy_engine: Engine, model: str):
    listed = toy_engine.recommend({"crime-1": 5, "comedy-1": 1}, n=3, model=model)
    assert {item_id.split("-")[0] for item_id in ids_of(listed)} == {"crime"}
    assert {line.because for line in listed} == {"crime-1"}


def test_a_line_says_what_the_arrays_say(toy_engine: Engine):
    ratings = {"crime-1": 5, "comedy-1": 2}
    scores, stars = toy_engine.score(ratings), toy_engine.predict(ratings)
    listed = toy_engine.recommend(ratings, n=99)
    assert [line.rank for line in listed] == list(range(1, 8))
    for line in listed:
        at = toy_engine.dataset.position(line.item_id)
        assert line.score == scores[at]
        assert line.predicted_rating == pytest.approx(stars[at], abs=1e-12)
        assert line.because == toy_engine.explain(ratings, line.item_id).because
        assert type(line.item_id) is str
    assert [line.score for line in listed] == sorted((line.score for line in listed), reverse=True)


def test_rated_titles_are_not_offered(toy_engine: Engine):
    assert not {"crime-2", "comedy-4"} & set(ids_of(toy_engine.recommend({"crime-2": 5, "comedy-4": 1}, n=99)))


@pytest.mark.parametrize("n", [0, -1])
@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_no_lines_asked_none_given(toy_engine: Engine, n: int, diversity: float):
    assert toy_engine.recommend({"crime-1": 5}, n=n, diversity=diversity) == []


def test_more_than_there_are(toy_engine: Engine):
    assert len(toy_engine.recommend({"crime-1": 5}, n=1000)) == 8
    assert len(toy_engine.recommend({"crime-1": 5}, n=1000, diversity=0.7)) == 8
    assert len(toy_engine.recommend({}, n=1000)) == 9


def test_filters(toy_engine: Engine):
    ratings = {"crime-1": 5}
    assert set(ids_of(toy_engine.recommend(ratings, n=99, kind="movie"))) == {"crime-3", "crime-4", "comedy-3", "comedy-4"}
    assert set(ids_of(toy_engine.recommend(ratings, n=99, genres=["Comedy"]))) == {f"comedy-{k}" for k in range(1, 5)}
    assert set(ids_of(toy_engine.recommend(ratings, n=99, years=(2005, 2010)))) == {"comedy-2", "comedy-3", "crime-4"}
    assert ids_of(toy_engine.recommend(ratings, n=99, kind="movie", genres=["Crime"], years=(2001, 2020))) == ["crime-4"]
    assert toy_engine.recommend(ratings, kind="movie", years=(1900, 1901)) == []
    assert toy_engine.recommend(ratings, kind="movie", years=(1900, 1901), diversity=0.5) == []


def test_filters_do_not_change_scores(toy_engine: Engine):
    whole = {line.item_id: line.score for line in toy_engine.recommend({"crime-1": 5}, n=99)}
    for line in toy_engine.recommend({"crime-1": 5}, n=99, kind="movie"):
        assert line.score == whole[line.item_id]


def test_exclude_hides_and_fills_up(toy_engine: Engine):
    first = ids_of(toy_engine.recommend({"crime-1": 5}, n=3))
    without = ids_of(toy_engine.recommend({"crime-1": 5}, n=3, exclude=[first[0], "not-an-id"]))
    assert first[0] not in without
    assert without[:2] == first[1:]
    assert len(without) == 3


def test_ties_are_broken_by_id(toy_engine: Engine):
    """With one dislike of an unrated title nothing tells the comedies apart for item-knn."""
    listed = ids_of(toy_engine.recommend({"crime-new": 1}, n=4, model="item-knn"))
    assert listed == ["comedy-1", "comedy-2", "comedy-3", "comedy-4"]


def test_zero_diversity_is_the_plain_list(showcase_engine: Engine):
    ratings = {"breaking-bad-2008": 5, "friends-1994": 3}
    order = np.lexsort((showcase_engine.item_ids, -showcase_engine.score(ratings)))
    plain = [item_id for item_id in showcase_engine.item_ids[order].tolist() if item_id not in ratings][:15]
    assert ids_of(showcase_engine.recommend(ratings, n=15, diversity=0.0)) == plain
    assert ids_of(showcase_engine.recommend(ratings, n=15, diversity=0.6)) != plain


# --- nobody, one rating, unknown ids -------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ALL_MODELS)
def test_nothing_rated_gives_the_popularity_list(showcase_engine: Engine, model: str):
    popular = showcase_engine.recommend({}, n=20, model="popularity")
    assert showcase_engine.recommend({}, n=20, model=model) == popular
    assert all(line.because is None for line in popular)
    visitor = showcase_engine.visitor({})
    assert visitor.answering(model) == "popularity"
    assert visitor.explain(popular[0].item_id, model).model == "popularity"
    fans = np.bincount(
        showcase_engine.dataset.ratings.indices[showcase_engine.dataset.ratings.data >= 4], minlength=showcase_engine.dataset.n_items
    )
    assert fans[showcase_engine.dataset.position(popular[0].item_id)] == fans.max()


@pytest.mark.parametrize("model", ["hybrid", "content", "item-knn", "svd"])
def test_one_rating_changes_the_list(showcase_engine: Engine, model: str):
    before = ids_of(showcase_engine.recommend({}, n=10, model=model))
    loved = ids_of(showcase_engine.recommend({"toy-story-1995": 5}, n=10, model=model))
    hated = ids_of(showcase_engine.recommend({"toy-story-1995": 0.5}, n=10, model=model))
    assert loved != before
    assert hated != loved
    genres = showcase_engine.dataset.items.set_index("item_id")["genres"]
    family = {"Animation", "Family"}
    assert sum(bool(family & set(genres[i].split("|"))) for i in loved) > sum(bool(family & set(genres[i].split("|"))) for i in hated)


def test_unknown_ids_are_reported_and_not_fatal(toy_engine: Engine):
    ratings = {"gone-1999": 5, "crime-1": 5, "lost-2000": 1}
    visitor = toy_engine.visitor(ratings)
    assert visitor.profile.unknown == ("gone-1999", "lost-2000")
    assert toy_engine.recommend(ratings) == toy_engine.recommend({"crime-1": 5})
    assert list(toy_engine.explain(ratings, "crime-2").contributions) == ["crime-1"]


def test_only_unknown_ids_is_like_nothing_rated(toy_engine: Engine):
    assert repr(toy_engine.recommend({"gone-1999": 5}, n=99)) == repr(toy_engine.recommend({}, n=99))  # repr: NaN is not equal to NaN


# --- errors --------------------------------------------------------------------------------------------------------


def test_an_unknown_model_is_named_with_those_there_are(toy_engine: Engine):
    sentence = r"^No model 'magic'\. There are: hybrid, popularity, content, ease, item-knn, svd, gp, watched, user-knn, als, nmf\.$"
    for ratings in ({}, {"crime-1": 5}):
        for call in (toy_engine.score, toy_engine.predict, toy_engine.what_if):
            with pytest.raises(UnknownModelError, match=sentence):
                call(ratings, model="magic")
        with pytest.raises(UnknownModelError, match=sentence):
            toy_engine.recommend(ratings, model="magic")
        with pytest.raises(UnknownModelError, match=sentence):
            toy_engine.explain(ratings, "crime-1", model="magic")
    with pytest.raises(UnknownModelError, match=sentence):
        toy_engine.similar_items("crime-1", model="magic")


def test_an_unknown_item_is_named(toy_engine: Engine):
    sentence = r"^No title with the id 'gone' in the data set 'toy'\.$"
    with pytest.raises(UnknownItemError, match=sentence):
        toy_engine.explain({"crime-1": 5}, "gone")
    with pytest.raises(UnknownItemError, match=sentence):
        toy_engine.similar_items("gone")
    with pytest.raises(UnknownItemError, match=sentence):
        quality_of_list(toy_engine.visitor({}), ["crime-1", "gone"])


@pytest.mark.parametrize("stars", [0, 6, float("nan"), "5", True])
def test_bad_stars_are_refused_everywhere(toy_engine: Engine, stars: object):
    bad = {"crime-1": stars}
    calls = [toy_engine.score, toy_engine.predict, toy_engine.recommend, toy_engine.what_if, toy_engine.visitor]
    for call in calls:
        with pytest.raises(ProfileError, match="The rating of 'crime-1' is"):
            call(bad)  # type: ignore[operator]
    with pytest.raises(ProfileError, match="The rating of 'crime-2' is"):
        toy_engine.what_if({"crime-1": 5}, changed={"crime-2": stars})  # type: ignore[dict-item]


def test_all_errors_are_one_family():
    for error in (UnknownModelError, UnknownItemError, ProfileError):
        assert issubclass(error, RecsysError)


# --- explain, what if, similar -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ALL_MODELS)
def test_explanations_add_up(toy_engine: Engine, model: str):
    ratings = {"crime-1": 5, "comedy-1": 2, "crime-3": 3.5}
    scores = toy_engine.score(ratings, model)
    for position, item_id in enumerate(toy_engine.item_ids.tolist()):
        reason = toy_engine.explain(ratings, item_id, model)
        assert reason.model == model
        assert reason.baseline + sum(reason.contributions.values()) == pytest.approx(scores[position], abs=1e-6, nan_ok=True)
        assert reason.score == pytest.approx(scores[position], abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("model", ALL_MODELS)
def test_what_if_is_scoring_the_changed_dictionary(toy_engine: Engine, model: str):
    ratings = {"crime-1": 5, "comedy-1": 2, "crime-3": 3.5}
    without = toy_engine.what_if(ratings, without="comedy-1", model=model)
    np.testing.assert_array_equal(without.score, toy_engine.score({"crime-1": 5, "crime-3": 3.5}, model))
    np.testing.assert_array_equal(without.predicted, toy_engine.predict({"crime-1": 5, "crime-3": 3.5}, model))
    changed = toy_engine.what_if(ratings, changed={"crime-1": 1, "comedy-2": 4}, model=model)
    other = {"crime-1": 1, "comedy-1": 2, "crime-3": 3.5, "comedy-2": 4}
    np.testing.assert_array_equal(changed.score, toy_engine.score(other, model))
    np.testing.assert_array_equal(changed.predicted, toy_engine.predict(other, model))
    assert ratings == {"crime-1": 5, "comedy-1": 2, "crime-3": 3.5}


def test_what_if_nothing_changes(toy_engine: Engine):
    ratings = {"crime-1": 5, "comedy-1": 2}
    np.testing.assert_array_equal(toy_engine.what_if(ratings).score, toy_engine.score(ratings))
    np.testing.assert_array_equal(toy_engine.what_if(ratings, without="crime-4").score, toy_engine.score(ratings))


def test_what_if_the_only_rating_is_taken_back(toy_engine: Engine):
    np.testing.assert_array_equal(toy_engine.what_if({"crime-1": 5}, without="crime-1").score, toy_engine.score({}))


def test_without_the_liked_title_its_kind_falls(toy_engine: Engine):
    ratings = {"crime-1": 5, "comedy-1": 4}
    at = toy_engine.dataset.position("crime-2")
    assert toy_engine.what_if(ratings, without="crime-1").score[at] < toy_engine.score(ratings)[at]


def test_similar_items(toy_engine: Engine):
    similar = toy_engine.similar_items("crime-1", n=4)
    assert {item_id for item_id, _ in similar} == {"crime-2", "crime-3", "crime-4", "crime-new"}
    assert similar[0][0] == "crime-2"  # the same creator, and the same fans
    assert all(math.isfinite(likeness) for _, likeness in similar)
    assert toy_engine.similar_items("crime-1", n=0) == []


# --- visitor -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ALL_MODELS)
def test_a_visitor_answers_as_the_engine_does(toy_engine: Engine, model: str):
    ratings = {"crime-1": 5, "comedy-1": 2, "gone": 3}
    visitor = toy_engine.visitor(ratings)
    for _ in range(2):  # the second time from what it kept
        np.testing.assert_array_equal(visitor.score(model), toy_engine.score(ratings, model))
        np.testing.assert_array_equal(visitor.predict(model), toy_engine.predict(ratings, model))
        assert visitor.explain("crime-2", model) == toy_engine.explain(ratings, "crime-2", model)
        ours = visitor.recommend(n=5, model=model, diversity=0.3, filters=Filters(kind="show"))
        assert repr(ours) == repr(toy_engine.recommend(ratings, n=5, model=model, diversity=0.3, kind="show"))


def test_a_visitor_is_folded_in_once(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    calls: list[int] = []
    model = toy_engine.model("content")
    fold_in = model._score_terms
    monkeypatch.setattr(model, "_score_terms", lambda profile: calls.append(len(profile)) or fold_in(profile))
    visitor = toy_engine.visitor({"crime-1": 5})
    visitor.recommend(model="content")
    visitor.explain_all(["crime-2", "crime-3"], model="content")
    because_rows(visitor, model="content")
    assert calls == [1]


def test_visitors_do_not_meet(toy_engine: Engine):
    alone = toy_engine.recommend({"crime-1": 5})
    other = toy_engine.visitor({"comedy-1": 5})
    other.recommend()
    assert toy_engine.recommend({"crime-1": 5}) == alone
    assert not any("comedy-1" in str(vars(toy_engine.model(name)).get("profile", "")) for name in toy_engine.models)


def test_changing_the_dictionary_later_changes_nothing(toy_engine: Engine):
    ratings = {"crime-1": 5.0}
    visitor = toy_engine.visitor(ratings)
    ratings["crime-1"] = 1.0
    ratings["comedy-1"] = 5.0
    assert visitor.recommend() == toy_engine.recommend({"crime-1": 5})


def test_candidates_are_what_may_be_listed(toy_engine: Engine):
    visitor = toy_engine.visitor({"crime-1": 5, "gone": 1})
    allowed = toy_engine.item_ids[visitor.candidates(Filters.of(kind="show", exclude=["comedy-1", "gone"]))]
    assert allowed.tolist() == ["crime-2", "comedy-2", "crime-new"]


def test_fits_with_equal_seeds_are_equal(toy_engine: Engine):
    again = Engine.fit(toy_engine.dataset)
    for name in ALL_MODELS:
        np.testing.assert_array_equal(again.score({"crime-1": 5}, name), toy_engine.score({"crime-1": 5}, name))


def test_the_seed_reaches_the_factors(toy_engine: Engine):
    assert Engine.fit(toy_engine.dataset, random_state=7).svd.random_state == 7


def test_a_single_title_is_enough():
    items = pd.DataFrame({"item_id": ["a"], "title": ["Alpha"], "genres": ["Crime"], "language": ["English"], "year": [1999]})
    engine = Engine.fit(Dataset.from_frames(items, pd.DataFrame({"user_id": ["u"], "item_id": ["a"], "rating": [4.0]})))
    assert [line.item_id for line in engine.recommend({})] == ["a"]
    assert engine.recommend({"a": 5}) == []
