"""A group's list on the toy of two genres: whose side it takes under each fairness, and that it adds up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.data.filters import Filters
from recsys_core.errors import ProfileError
from recsys_core.visitor.group import Group

COP = {"crime-1": 5.0, "comedy-1": 1.0}
CLOWN = {"crime-1": 1.0, "comedy-1": 5.0}
FAIRNESSES = ("average", "least misery", "turns")


@pytest.fixture
def group(toy_engine: Engine) -> Group:
    return Group({"Cop": toy_engine.visitor(COP), "Clown": toy_engine.visitor(CLOWN)})


def genre(item_id: str) -> str:
    return item_id.partition("-")[0]


@pytest.mark.parametrize("fairness", FAIRNESSES)
def test_a_score_is_the_sum_of_what_each_person_adds(group: Group, fairness) -> None:
    for line in group.recommend(6, fairness):
        assert line.score == pytest.approx(sum(line.parts.values()), abs=1e-12)


def test_average_adds_up_standardised_scores_that_can_be_checked_by_hand(group: Group) -> None:
    allowed = group.candidates()
    for line in group.recommend(6, "average"):
        for name, visitor in group.members.items():
            scores = visitor.score()
            value = (scores[visitor.fitted.dataset.position(line.item_id)] - scores[allowed].mean()) / scores[allowed].std()
            assert line.parts[name] == pytest.approx(value / 2, rel=1e-9)


def test_least_misery_counts_the_least_pleased_alone(group: Group) -> None:
    values = group.values(group.candidates())
    lines = group.recommend(6, "least misery")
    index = next(iter(group.members.values())).fitted.dataset.item_index
    lowest = [values[:, index[line.item_id]].min() for line in lines]
    assert [line.score for line in lines] == pytest.approx(lowest)
    assert lowest == sorted(lowest, reverse=True)
    assert all(sum(part != 0 for part in line.parts.values()) <= 1 for line in lines)


def test_people_who_take_turns_get_a_title_of_theirs_each(group: Group) -> None:
    lines = group.recommend(6, "turns")
    assert [line.turn for line in lines] == ["Cop", "Clown"] * 3
    assert [genre(line.item_id) for line in lines[:4]] == ["crime", "comedy"] * 2


def test_turns_without_a_person_leave_the_list_of_the_other(toy_engine: Engine) -> None:
    both = Group({"One": toy_engine.visitor(COP), "Two": toy_engine.visitor(COP)})
    own = [line.item_id for line in toy_engine.visitor(COP).recommend(5)]
    assert [line.item_id for line in both.recommend(5, "turns")] == own


@pytest.mark.parametrize("fairness", FAIRNESSES)
def test_people_who_agree_get_their_own_list_and_nobody_gives_way(toy_engine: Engine, fairness) -> None:
    both = Group({"One": toy_engine.visitor(COP), "Two": toy_engine.visitor(COP)})
    lines = both.recommend(5, fairness)
    assert [line.item_id for line in lines] == [line.item_id for line in toy_engine.visitor(COP).recommend(5)]
    assert all(line.gives_way is None for line in lines)
    assert both.given_up(lines) == pytest.approx({"One": 0.0, "Two": 0.0})


def test_who_gives_way_is_named_and_what_it_costs_them(toy_engine: Engine) -> None:
    three = Group({"Cop": toy_engine.visitor(COP), "Colleague": toy_engine.visitor(COP), "Clown": toy_engine.visitor(CLOWN)})
    lines = three.recommend(3, "average")
    assert {genre(line.item_id) for line in lines} == {"crime"}
    assert {line.gives_way for line in lines} == {"Clown"}
    lost = three.given_up(lines)
    assert lost["Clown"] > 0.5 > abs(lost["Cop"])


def test_what_anybody_has_rated_and_what_does_not_pass_is_not_listed(toy_engine: Engine) -> None:
    pair = Group({"Cop": toy_engine.visitor(COP), "Clown": toy_engine.visitor(CLOWN | {"crime-3": 2.0})})
    found = {line.item_id for line in pair.recommend(20, "average", filters=Filters.of("movie", exclude=["crime-4"]))}
    assert found == {"comedy-3", "comedy-4"}


@pytest.mark.parametrize("fairness", FAIRNESSES)
def test_nothing_to_list(group: Group, fairness) -> None:
    nothing = Filters.of(genres=["Western"])
    assert group.recommend(5, fairness, filters=nothing) == []
    assert all(math.isnan(lost) for lost in group.given_up([], filters=nothing).values())


def test_somebody_without_ratings_says_what_most_people_like(toy_engine: Engine) -> None:
    pair = Group({"Cop": toy_engine.visitor(COP), "New": toy_engine.visitor({})})
    assert len(pair.recommend(5)) == 5
    assert np.isfinite([line.score for line in pair.recommend(5)]).all()


@pytest.mark.parametrize("n", [0, 1, 9])
def test_groups_of_other_sizes_are_refused(toy_engine: Engine, n: int) -> None:
    with pytest.raises(ProfileError, match="2 to 8 people"):
        Group({str(number): toy_engine.visitor(COP) for number in range(n)})


def test_an_unknown_fairness_is_refused_by_name(group: Group) -> None:
    with pytest.raises(ValueError, match="no fairness 'dictator'"):
        group.recommend(5, "dictator")  # type: ignore[arg-type]
