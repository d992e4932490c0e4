"""Retrieval before ranking: the list of very many titles is the one that ranking all of them would give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.many_titles import fit, made_up, person
from recsys_core import Engine
from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.models import estimate, many
from recsys_core.models.additive import AdditiveScore
from recsys_core.models.baseline import Baseline
from recsys_core.visitor import candidates
from recsys_core.visitor.candidates import Ranked, best_estimates
from recsys_core.visitor.steering import FAME, tag_name
from recsys_core.visitor.title_pulls import seen_name, title_name

N_TITLES, RANKED = 3_000, 400
MODELS = ("hybrid", "content", "ease", "item-knn", "svd", "gp", "watched")


@pytest.fixture(scope="module")
def fitted() -> Engine:
    return fit(made_up(N_TITLES, 700))


@pytest.fixture
def engine(fitted: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The same models, for which these titles are very many."""
    monkeypatch.setattr(many, "MOST_TITLES", 1_000)
    monkeypatch.setattr(many, "DRAWN", 900)
    monkeypatch.setattr(candidates, "RANKED", RANKED)
    monkeypatch.setattr(estimate, "LONGEST", 2_000)
    yield fitted
    fitted.__dict__.pop("estimator", None)
    for name in fitted.models:
        fitted.model(name)._forget_derived()


def people(engine: Engine, n: int, seed: int = 0) -> list[dict[str, float]]:
    rng = np.random.default_rng(seed)
    return [person(engine, int(rng.integers(1, 40)), rng) for _ in range(n)]


def all_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ranked, "of", classmethod(lambda cls, fitted, score, allowed: cls(score, None, allowed)))


def listed(engine: Engine, ratings: dict[str, float], model: str = "hybrid", **asked: object) -> list[str]:
    pulls = asked.pop("pulls", None)
    return [line.item_id for line in engine.visitor(ratings, pulls).recommend(20, model, **asked)]  # type: ignore[arg-type]


def chosen(engine: Engine, ratings: dict[str, float], model: str, filters: Filters = EVERYTHING) -> np.ndarray:
    visitor = engine.visitor(ratings)
    titles = Ranked.of(engine, visitor.additive_score(model), visitor.candidates(filters)).titles
    assert titles is not None
    return titles


def test_up_to_the_threshold_all_titles_are_ranked(fitted: Engine):
    visitor = fitted.visitor(people(fitted, 1)[0])
    score = visitor.additive_score()
    assert Ranked.of(fitted, score, visitor.candidates()).titles is None
    assert fitted.hybrid.typical is None
    assert score.known is not None


@pytest.mark.parametrize("model", MODELS)
def test_the_list_is_the_order_of_all_titles_restricted_to_the_candidates(engine: Engine, model: str):
    for ratings in people(engine, 4):
        scores, titles = engine.visitor(ratings).score(model), chosen(engine, ratings, model)
        assert RANKED <= len(titles) < N_TITLES // 2
        assert (np.diff(titles) > 0).all()
        ranked = Ranked.of(engine, engine.visitor(ratings).additive_score(model), engine.visitor(ratings).candidates())
        np.testing.assert_allclose(ranked.score.total(), scores[titles], rtol=0, atol=1e-9)
        lines = engine.visitor(ratings).recommend(20, model)
        assert [line.score for line in lines] == pytest.approx([scores[engine.dataset.position(line.item_id)] for line in lines], abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_it_is_the_list_of_all_titles(engine: Engine, model: str, monkeypatch: pytest.MonkeyPatch):
    asked = people(engine, 25)
    found = [listed(engine, ratings, model) for ratings in asked]
    all_ranked(monkeypatch)
    kept = [len(set(mine) & set(listed(engine, ratings, model))) / 20 for mine, ratings in zip(found, asked, strict=True)]
    assert np.mean(kept) >= 0.95


def test_with_as_many_candidates_as_titles_nothing_is_lost(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(candidates, "RANKED", N_TITLES)
    asked = people(engine, 10)
    found = [listed(engine, ratings) for ratings in asked]
    all_ranked(monkeypatch)
    assert found == [listed(engine, ratings) for ratings in asked]


PULLS = {
    "a genre": {tag_name("genre", "Western"): 3.0},
    "away from a genre": {tag_name("genre", "Drama"): -3.0},
    "a theme": {tag_name("keyword", "theme61"): 2.0},
    "hidden gems": {FAME: -0.6},
    "well known": {FAME: 1.0},
    "like a title": {title_name("t0000700"): 3.0},
    "seen": {seen_name("t0000012"): 1.0},
}


@pytest.mark.parametrize("model", ["hybrid", "watched", "svd"])
@pytest.mark.parametrize("pulls", PULLS.values(), ids=PULLS.keys())
def test_steering_reaches_the_candidates_and_sums_stay_exact(
    engine: Engine, model: str, pulls: dict[str, float], monkeypatch: pytest.MonkeyPatch
):
    asked = people(engine, 5)
    found = [engine.visitor(ratings, pulls).recommend(20, model) for ratings in asked]
    for ratings, lines in zip(asked, found, strict=True):
        visitor = engine.visitor(ratings, pulls)
        for line, told in zip(lines, visitor.explain_all([line.item_id for line in lines], model), strict=True):
            assert told.baseline + sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-9)
            assert line.score == pytest.approx(told.score, abs=1e-9)
            assert told.score == pytest.approx(visitor.score(model)[engine.dataset.position(line.item_id)], abs=1e-9)
    all_ranked(monkeypatch)
    others = [listed(engine, ratings, model, pulls=pulls) for ratings in asked]
    assert np.mean([len({line.item_id for line in lines} & set(other)) / 20 for lines, other in zip(found, others, strict=True)]) >= 0.95


@pytest.mark.parametrize(
    "asked",
    [
        {"filters": Filters(genres=("Western", "War"), years=(1990, 2000))},
        {"filters": Filters(kind="show")},
        {"filters": Filters(exclude=frozenset(f"t{number:07d}" for number in range(0, N_TITLES, 2)))},
        {"diversity": 0.4},
    ],
    ids=["rare", "half of all", "hidden", "varied"],
)
def test_filters_and_variety_are_those_of_all_titles(engine: Engine, asked: dict[str, object], monkeypatch: pytest.MonkeyPatch):
    of = people(engine, 8)
    found = [listed(engine, ratings, **asked) for ratings in of]
    allowed = set(engine.item_ids[asked.get("filters", EVERYTHING).allowed(engine.dataset)].tolist())  # type: ignore[attr-defined]
    for ratings, ids in zip(of, found, strict=True):
        assert len(ids) == len(set(ids)) == min(20, len(allowed - ratings.keys()))
        assert set(ids) <= allowed - ratings.keys()
    all_ranked(monkeypatch)
    assert (
        np.mean([len(set(ids) & set(listed(engine, ratings, **asked))) / len(ids) for ratings, ids in zip(of, found, strict=True)]) >= 0.95
    )


def test_a_score_does_not_depend_on_what_else_is_ranked(engine: Engine):
    ratings = people(engine, 1)[0]
    one = {line.item_id: line for line in engine.visitor(ratings).recommend(100)}
    other = {line.item_id: line for line in engine.visitor(ratings).recommend(100, filters=Filters(kind="show"))}
    assert one.keys() & other.keys()
    for item_id in one.keys() & other.keys():
        assert one[item_id].score == pytest.approx(other[item_id].score, abs=1e-9)
        assert one[item_id].predicted_rating == pytest.approx(other[item_id].predicted_rating, abs=1e-9)


def test_a_visitor_without_ratings_gets_the_best_known(engine: Engine):
    best = np.argsort(-engine.baseline.likes, kind="stable")[:50]
    lines = engine.visitor({}).recommend(20)
    assert {line.item_id for line in lines} <= set(engine.item_ids[best].tolist())
    assert [line.score for line in lines[:5]] == sorted((line.score for line in lines[:5]), reverse=True)


def test_without_ratings_the_hybrid_ranks_by_fame(engine: Engine):
    score = engine.hybrid.additive_score(engine.visitor({}).profile)
    np.testing.assert_allclose(score.total(), engine.hybrid.list_weights(0, 0.0)["popularity"] * engine.baseline.known_popularity)


def test_a_visitor_with_only_dislikes(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    ratings = dict.fromkeys(people(engine, 1, seed=3)[0], 1.0)
    found = listed(engine, ratings)
    all_ranked(monkeypatch)
    assert len(set(found) & set(listed(engine, ratings))) >= 19


def test_a_title_without_raters_can_be_a_candidate(engine: Engine):
    """By content alone: a devoted visitor is offered new titles of that kind."""
    unrated = np.flatnonzero(engine.dataset.raters == 0)
    assert len(unrated)
    ratings = people(engine, 1)[0]
    assert np.isin(unrated, chosen(engine, ratings, "content")).any()
    assert not np.isin(unrated, chosen(engine, ratings, "svd")).any()  # which cannot score them


def test_expected_stars_of_some_titles_are_those_of_all(engine: Engine):
    items = np.array([2_900, 5, 77, 1_000])
    for model in (*MODELS, "popularity"):
        ratings = people(engine, 1, seed=2)[0]
        some = engine.visitor(ratings, PULLS["seen"]).predict_at(items, model)
        np.testing.assert_allclose(some, engine.visitor(ratings, PULLS["seen"]).predict(model)[items], rtol=0, atol=1e-9)


def test_leaving_a_rating_out_is_a_visitor_without_it(engine: Engine):
    profile = engine.visitor(people(engine, 1, seed=4)[0]).profile
    left_out = engine.hybrid.scores_without_each(profile)
    for row in range(len(profile)):
        np.testing.assert_allclose(left_out[row], engine.hybrid.score(profile.without(row)), rtol=0, atol=1e-8)


def test_drawing_all_titles_changes_no_score(fitted: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """Where every title has raters, means and spreads over all that are drawn are those over all titles."""
    monkeypatch.setattr(many, "DRAWN", N_TITLES)
    profile = engine.visitor(people(engine, 1)[0]).profile
    names = ["ease", "item-knn", "svd"]  # of content, titles without raters count where nothing is drawn
    drawn = {name: part.total() for name, part in engine.hybrid.standard_parts(profile, names).items()}
    monkeypatch.setattr(many, "MOST_TITLES", N_TITLES)
    for name, part in engine.hybrid.standard_parts(profile, names).items():
        np.testing.assert_allclose(drawn[name], part.total(), rtol=1e-9, atol=1e-9)


def test_popularity_is_taken_out_of_a_part_that_learned_from_some_people(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """By everybody's popularity, as where titles are few: not by that of the people whom the part knows."""
    ease = engine.hybrid.parts["ease"]
    some = engine.dataset.sample_users(200)
    monkeypatch.setattr(many, "DRAWN", N_TITLES)
    monkeypatch.setattr(ease, "baseline_", Baseline.fit(some))
    engine.hybrid._forget_derived()
    profile = engine.visitor(people(engine, 1)[0]).profile
    drawn = engine.hybrid.standard_parts(profile, ["ease"])["ease"].total()
    monkeypatch.setattr(many, "MOST_TITLES", N_TITLES)
    np.testing.assert_allclose(drawn, engine.hybrid.standard_parts(profile, ["ease"])["ease"].total(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_estimates_are_close_where_no_row_is_left_out(engine: Engine, model: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(estimate, "LONGEST", N_TITLES)
    for ratings in people(engine, 3):
        score = engine.visitor(ratings).additive_score(model)
        np.testing.assert_allclose(engine.estimator.total(score), score.total(), rtol=1e-4, atol=1e-4)


def test_nothing_of_a_visitor_stays_behind(engine: Engine):
    """What the estimator and the models keep depends on the models alone."""
    for ratings in people(engine, 3):
        engine.visitor(ratings).recommend(5)
    kept = set(engine.estimator._stand_ins)
    for ratings in people(engine, 6, seed=9):
        engine.visitor(ratings).recommend(5)
    assert set(engine.estimator._stand_ins) == kept
    assert len(engine.hybrid._typical._derived) < 20


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.one_of(st.floats(-5, 5, width=32), st.just(float("nan"))), min_size=1, max_size=40), n=st.integers(1, 50))
def test_best_estimates_are_the_largest(values: list[float], n: int):
    given_values = np.array(values, dtype=np.float32)
    found = best_estimates(given_values, n)
    known = np.sort(given_values[~np.isnan(given_values)])[::-1]
    assert len(found) >= min(n, len(known))
    assert not np.isnan(given_values[found]).any()
    assert (given_values[found] >= (known[min(n, len(known)) - 1] if len(known) else 0)).all()
    assert (np.diff(found) > 0).all()


def test_the_sum_of_some_titles(engine: Engine):
    score = engine.visitor(people(engine, 1)[0], PULLS["like a title"]).additive_score()
    items = np.array([2_000, 3, 4, 999])
    some: AdditiveScore = score.among(items)
    np.testing.assert_allclose(some.total(), score.total()[items], atol=1e-9)
    np.testing.assert_allclose(some.contributions(np.arange(4)), score.contributions(items), atol=1e-9)
    np.testing.assert_allclose(some.total(), score.baseline[items] + score.contributions(items).sum(axis=0), atol=1e-9)
