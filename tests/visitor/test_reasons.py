"""What the panel "why this?" says: every sum is the score's own, on the toy, the showcase and data without ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.errors import UnknownItemError, UnknownModelError
from recsys_core.visitor.why import reasons

CRIME_FAN = {"crime-1": 5.0, "crime-2": 4.5, "comedy-1": 1.0}


def random_ratings(dataset: Dataset, size: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng([seed, size])
    chosen = rng.choice(dataset.item_ids, min(size, dataset.n_items), replace=False).tolist()
    return dict(zip(chosen, (rng.integers(1, 11, len(chosen)) / 2).tolist(), strict=True))


@pytest.fixture(scope="session")
def silent_engine(toy: Dataset) -> Engine:
    """The toy's titles, which nobody has rated."""
    return Engine.fit(Dataset.from_frames(toy.items, None, name="silent"))


@pytest.fixture(params=["toy_engine", "showcase_engine", "silent_engine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


# --- the hybrid by model -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_the_parts_add_up_to_the_score_and_to_every_contribution(engine: Engine, size: int) -> None:
    visitor = engine.visitor(random_ratings(engine.dataset, size, seed=1))
    scores = visitor.score()
    for item in range(0, engine.dataset.n_items, max(1, engine.dataset.n_items // 15)):
        told = reasons(visitor, str(engine.item_ids[item]))
        whole = told.explanation
        assert whole.baseline + sum(part.amount for part in told.parts) == pytest.approx(scores[item], abs=1e-9)
        assert whole.score == pytest.approx(scores[item], abs=1e-9)
        for rated, amount in whole.contributions.items():
            assert sum(part.contributions[rated] for part in told.parts) == pytest.approx(amount, abs=1e-9)
        for part in told.parts:
            assert sum(part.contributions.values()) == pytest.approx(part.amount, abs=1e-9)


def test_the_parts_are_the_models_of_the_blend(toy_engine: Engine) -> None:
    parts = reasons(toy_engine.visitor(CRIME_FAN), "crime-3").parts
    assert [part.model for part in parts] == [name for name in toy_engine.hybrid.weights.score_at(3) if name != "popularity"]
    assert all(part.can_score for part in parts)
    # Every model that looks at the stars sees that a crime fan wants crime.
    assert min(part.amount for part in parts if part.model != "watched") > 0


def test_where_nobody_rated_a_title_content_speaks_alone(toy_engine: Engine) -> None:
    told = reasons(toy_engine.visitor(CRIME_FAN), "crime-new")
    speaking = [part for part in told.parts if part.can_score]
    assert [part.model for part in speaking] == ["content"]
    assert speaking[0].amount == pytest.approx(told.explanation.score, abs=1e-9)  # unknown is neither popular nor unpopular
    assert [part.amount for part in told.parts if not part.can_score] == [0.0] * (len(told.parts) - 1)


def test_other_models_have_no_parts(toy_engine: Engine) -> None:
    for name in toy_engine.models[1:]:
        assert reasons(toy_engine.visitor(CRIME_FAN), "crime-3", name).parts == []


def test_steering_stays_outside_the_parts(toy_engine: Engine) -> None:
    plain = reasons(toy_engine.visitor(CRIME_FAN), "comedy-3")
    steered = reasons(toy_engine.visitor(CRIME_FAN, {"genre:Comedy": 2.0}), "comedy-3")
    assert steered.explanation.score > plain.explanation.score
    assert [part.amount for part in steered.parts] == [part.amount for part in plain.parts]
    total = steered.explanation.baseline + sum(part.amount for part in steered.parts)
    assert total == pytest.approx(steered.explanation.score, abs=1e-9)


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5, 50])
def test_words_add_up_to_what_content_adds_to_the_hybrid(engine: Engine, size: int) -> None:
    visitor = engine.visitor(random_ratings(engine.dataset, size, seed=2))
    for item in range(0, engine.dataset.n_items, max(1, engine.dataset.n_items // 15)):
        told = reasons(visitor, str(engine.item_ids[item]))
        content = next(part for part in told.parts if part.model == "content")
        assert sum(group.amount for group in told.words) == pytest.approx(content.amount, abs=1e-9)
        for group in told.words:
            assert sum(word.amount for word in group.words) == pytest.approx(group.amount, abs=1e-9)


def test_words_add_up_to_the_content_models_own_score(engine: Engine) -> None:
    told = reasons(engine.visitor(random_ratings(engine.dataset, 5, seed=3)), str(engine.item_ids[0]), "content")
    assert told.explanation.baseline + sum(group.amount for group in told.words) == pytest.approx(told.explanation.score, abs=1e-9)


def test_the_hybrid_counts_the_same_words_in_the_same_proportions(toy_engine: Engine) -> None:
    visitor = toy_engine.visitor(CRIME_FAN)
    own, scaled = ({w.token: w.amount for g in reasons(visitor, "crime-new", m).words for w in g.words} for m in ("content", "hybrid"))
    factor = scaled["crime"] / own["crime"]
    assert factor > 0
    assert scaled.pop("") != 0.0  # what any title as well known would get is taken out
    assert scaled == pytest.approx({token: amount * factor for token, amount in own.items()}, abs=1e-9)


def test_words_are_sorted_by_kind(toy_engine: Engine) -> None:
    groups = {group.kind: group for group in reasons(toy_engine.visitor(CRIME_FAN), "crime-new", "content").words}
    assert {word.token for word in groups["genres"].words} == {"crime", "drama"}
    assert [(word.field, word.token) for word in groups["people"].words] == [("creators", "ann ames")]
    assert {word.token for word in groups["themes"].words} == {"murder", "detective"}
    assert "hunts murderer" in {word.token for word in groups["words"].words}
    assert groups["people"].amount > 0
    sizes = [abs(word.amount) for word in groups["words"].words]
    assert sizes == sorted(sizes, reverse=True)


def test_models_that_do_not_read_have_no_words(toy_engine: Engine) -> None:
    assert reasons(toy_engine.visitor(CRIME_FAN), "crime-3", "svd").words == []


def test_a_title_without_any_words_has_none() -> None:
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["The", "Of"]})
    ratings = pd.DataFrame({"user_id": ["u", "v", "u"], "item_id": ["b", "b", "a"], "rating": [5, 4, 1]})
    engine = Engine.fit(Dataset.from_frames(items, ratings))
    assert reasons(engine.visitor({"a": 5}), "b").words == []


# --- how sure ----------------------------------------------------------------------------------------------------


def test_the_range_is_the_hybrids_own(engine: Engine) -> None:
    ratings = random_ratings(engine.dataset, 5, seed=4)
    visitor = engine.visitor(ratings)
    low, high = visitor.stars_interval()
    for item in range(0, engine.dataset.n_items, max(1, engine.dataset.n_items // 15)):
        sure = reasons(visitor, str(engine.item_ids[item])).certainty
        assert sure is not None
        assert (sure.low, sure.high) == (pytest.approx(low[item]), pytest.approx(high[item]))
        assert sure.stars == pytest.approx(visitor.predict()[item])
        assert (sure.n_ratings, sure.n_raters) == (5, engine.dataset.raters[item])


def test_few_ratings_and_few_raters_widen_the_range(toy_engine: Engine) -> None:
    one, many = (reasons(toy_engine.visitor(ratings), "crime-4").certainty for ratings in ({"crime-1": 5}, CRIME_FAN))
    unrated = reasons(toy_engine.visitor(CRIME_FAN), "crime-new").certainty
    assert one and many and unrated
    assert one.from_few_ratings > many.from_few_ratings > 0
    assert unrated.from_few_raters > many.from_few_raters > 0


def test_enough_ratings_and_raters_are_no_reason_for_doubt(showcase_engine: Engine) -> None:
    visitor = showcase_engine.visitor(random_ratings(showcase_engine.dataset, 60, seed=5))
    best_known = str(showcase_engine.item_ids[showcase_engine.dataset.raters.argmax()])
    sure = reasons(visitor, best_known).certainty
    assert sure
    assert (sure.from_few_ratings, sure.from_few_raters) == (0.0, 0.0)


def test_what_each_model_expects_is_its_own_prediction(toy_engine: Engine) -> None:
    sure = reasons(toy_engine.visitor(CRIME_FAN), "crime-3").certainty
    assert sure
    item = toy_engine.dataset.position("crime-3")
    assert sure.by_model == pytest.approx({name: toy_engine.predict(CRIME_FAN, name)[item] for name in ("content", "svd", "gp", "watched")})
    assert sure.spread == pytest.approx(max(sure.by_model.values()) - min(sure.by_model.values()))


def test_models_that_cannot_predict_are_not_asked(toy_engine: Engine, silent_engine: Engine) -> None:
    for engine in (toy_engine, silent_engine):
        sure = reasons(engine.visitor(CRIME_FAN), "crime-new").certainty
        assert sure
        assert list(sure.by_model) == ["content"]
        assert sure.spread == 0.0


def test_only_the_hybrids_ranges_were_measured(toy_engine: Engine) -> None:
    assert reasons(toy_engine.visitor(CRIME_FAN), "crime-3", "svd").certainty is None
    assert reasons(toy_engine.visitor({}), "crime-3").certainty is None


# --- the whole ---------------------------------------------------------------------------------------------------


def test_a_visitor_without_ratings_gets_what_everybody_gets(engine: Engine) -> None:
    item_id = str(engine.item_ids[0])
    told = reasons(engine.visitor({}), item_id)
    assert told.explanation.model == "popularity"
    assert (told.parts, told.words, told.certainty) == ([], [], None)
    assert told.opinions.alike.sum() == 0
    assert told.opinions.everybody.sum() == engine.dataset.raters[0]


def test_every_model_gives_reasons(engine: Engine) -> None:
    visitor = engine.visitor(random_ratings(engine.dataset, 5, seed=6))
    for name in engine.models:
        assert reasons(visitor, str(engine.item_ids[0]), name).explanation.model == name


def test_unknown_names_are_refused(toy_engine: Engine) -> None:
    with pytest.raises(UnknownItemError):
        reasons(toy_engine.visitor(CRIME_FAN), "no-such-title")
    with pytest.raises(UnknownModelError):
        reasons(toy_engine.visitor(CRIME_FAN), "crime-1", "no-such-model")
