"""The one reason beside a title: the right rating, what was asked for, and never a disliked title as a favourite."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core import Engine, Explanation
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.visitor.reason import CLOSE, LONGEST_RUN, Reason, ranked_reasons, reasons_of_list
from recsys_core.visitor.steering import FAME
from recsys_core.visitor.usual import usual_contributions

MODELS = ["hybrid", "content", "item-knn", "svd", "ease", "user-knn", "gp", "watched", "als", "nmf"]
MIXED = {"the-wire-2002": 5, "friends-1994": 1, "spirited-away-2001": 4.5, "titanic-1997": 2, "alien-1979": 4, "borgen-2010": 0.5}


def told(amounts: dict[str, float], usual: dict[str, float] | None = None, disliked: str = "", **pulls: float) -> Explanation:
    """An explanation of the title x; names of pulls are written with an underscore."""
    steering = {name.replace("_", ":"): amount for name, amount in pulls.items()}
    baseline = 0.5 + sum(steering.values())
    return Explanation("x", "m", baseline, amounts, baseline + sum(amounts.values()), steering, usual or {}, frozenset(disliked))


def reason(explanation: Explanation) -> Reason:
    return reasons_of_list([explanation])[0]


# --- which rating --------------------------------------------------------------------------------------------------


def test_a_classic_that_adds_to_everything_is_not_the_reason():
    """a adds 3.0, but it adds 2.9 to titles in general; b adds 1.0 here and nothing elsewhere."""
    explanation = told({"a": 3.0, "b": 1.0}, usual={"a": 2.9, "b": 0.0})
    assert explanation.specific == pytest.approx({"a": 0.1, "b": 1.0})
    assert explanation.because == "b"
    assert reason(explanation) == Reason(because="b")


def test_a_disliked_title_is_no_favourite_however_much_it_adds():
    assert told({"a": 3.0, "b": 0.5}, disliked="a").because == "b"
    only = told({"a": 3.0}, disliked="a")
    assert only.because is None
    assert reason(only) == Reason(unlike="a")


def test_where_nothing_is_specific_what_adds_at_all_is_the_reason():
    assert reason(told({"a": 1.0, "b": 0.5}, usual={"a": 1.5, "b": 1.5})) == Reason(because="a")


@pytest.mark.parametrize("amounts", [{}, {"a": 0.0}, {"a": -1.0}, {"a": 1e-15}], ids=str)
def test_only_where_nothing_speaks_it_is_popular(amounts: dict[str, float]):
    assert reason(told(amounts)) == Reason()


def test_stars_of_two_or_less_are_no_likes(toy_engine: Engine):
    assert toy_engine.explain({"crime-1": 2, "comedy-1": 5}, "comedy-2").disliked == {"crime-1"}
    assert toy_engine.explain({"crime-1": 2.5, "comedy-1": 5}, "comedy-2").disliked == frozenset()


# --- what was asked for --------------------------------------------------------------------------------------------


def test_a_pull_that_adds_more_than_any_rating_is_the_reason():
    assert reason(told({"a": 1.0, "b": 0.9}, keyword_heist=1.2)) == Reason(pull="keyword:heist")
    assert reason(told({"a": 1.0, "b": 0.9}, keyword_heist=0.8)) == Reason(because="a")


def test_the_strongest_of_several_pulls_is_named():
    assert reason(told({}, keyword_heist=0.5, genre_Crime=0.7, factor_1=-2.0)) == Reason(pull="genre:Crime")


def test_how_well_known_a_title_is_has_to_outweigh_all_ratings_together():
    assert reason(told({"a": 1.0, "b": 0.9}, fame=1.2)) == Reason(because="a")
    assert reason(told({"a": 1.0, "b": 0.9}, fame=2.0)) == Reason(pull=FAME)


def test_a_pull_speaks_before_popularity_does():
    assert reason(told({"a": -3.0}, keyword_heist=0.1)) == Reason(pull="keyword:heist")


# --- a list --------------------------------------------------------------------------------------------------------


def test_three_in_a_row_then_another_that_comes_close():
    close = told({"a": 1.0, "b": CLOSE + 0.01, "c": 0.1})
    assert [one.because for one in reasons_of_list([close] * 8)] == ["a", "a", "a", "b", "a", "a", "a", "b"]


def test_a_reason_without_rival_stands_on_every_card():
    alone = told({"a": 1.0, "b": CLOSE - 0.01})
    assert {one.because for one in reasons_of_list([alone] * 6)} == {"a"}


def test_a_rating_takes_turns_with_a_pull():
    near = told({"a": 0.9}, keyword_heist=1.0)
    assert reasons_of_list([near] * 4)[-1] == Reason(because="a")
    assert {one.pull for one in reasons_of_list([near] * 3)} == {"keyword:heist"}


# --- the models ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("data", ["toy_engine", "showcase_engine"])
def test_the_usual_is_the_mean_over_all_titles_that_can_be_scored(request: pytest.FixtureRequest, data: str, model: str):
    engine: Engine = request.getfixturevalue(data)
    rng = np.random.default_rng(1)
    rated = rng.choice(engine.item_ids, 5, replace=False).tolist()
    additive = engine.visitor(dict(zip(rated, [5, 4, 3, 2, 1], strict=True))).additive_score(model)
    known = np.flatnonzero(~np.isnan(additive.baseline))
    expected = additive.contributions(known).mean(axis=1)
    np.testing.assert_allclose(usual_contributions(additive), expected, rtol=1e-4, atol=1e-5)


def test_the_usual_leaves_out_what_cannot_be_scored():
    """Title 2 cannot be scored. Rated title 0 adds 1, 3 to the others, rated title 1 adds 2, -4."""
    rows = np.array([[1.0, 2.0], [3.0, -4.0], [100.0, 100.0]])
    for right in (rows, sparse.csr_array(rows), rows.astype(np.float32)):
        additive = AdditiveScore(np.array([0.0, 0.0, np.nan]), (Term(np.eye(2), right, np.array([1.0, 1.0, np.nan])),))
        np.testing.assert_allclose(usual_contributions(additive), [2.0, -1.0])


def test_a_visitor_without_ratings_has_no_usual(toy_engine: Engine):
    assert toy_engine.visitor({}).usual().shape == (0,)


@pytest.mark.parametrize("model", MODELS)
def test_real_lists_name_likes_only(showcase_engine: Engine, model: str):
    visitor = showcase_engine.visitor(MIXED)
    listed = visitor.recommend(24, model)
    explanations = {one.item_id: one for one in visitor.explain_all([line.item_id for line in listed], model)}
    for line in listed:
        assert line.because is None or MIXED[line.because] > 2
        assert line.unlike is None or MIXED[line.unlike] <= 2
        if not (line.because or line.unlike or line.pull):
            assert max(explanations[line.item_id].contributions.values()) <= 1e-9
    for start in range(len(listed) - LONGEST_RUN):
        run = listed[start : start + LONGEST_RUN + 1]
        if len({line.because for line in run}) == 1:
            best, *others = ranked_reasons(explanations[run[-1].item_id])
            assert all(amount < CLOSE * best[1] for _, amount in others)


def test_heist_is_what_was_asked_for(showcase_engine: Engine):
    listed = showcase_engine.visitor({}, {"keyword:heist": 2.0}).recommend(10)
    assert {line.pull for line in listed} == {"keyword:heist"}
    assert {line.because for line in listed} == {None}


def test_a_hated_title_is_unlike(showcase_engine: Engine):
    listed = showcase_engine.recommend({"titanic-1997": 1}, 10)
    assert {(line.because, line.unlike) for line in listed} <= {(None, "titanic-1997"), (None, None)}
    assert any(line.unlike for line in listed)
