"""The page Together without a browser: people in their boxes, one list under each fairness, and what each gives up."""

from __future__ import annotations

import re

import pytest

from recsys_core.data.filters import Filters
from recsys_core.visitor.group import Group
from tests.support.screen import seen
from ui.for_you.people import ratings_of_link

HORROR = ["the-shining-1980", "alien-1979", "get-out-2017"]
ROMANCE = ["pride-and-prejudice-2005", "notting-hill-1999", "before-sunrise-1995"]


def listed(at) -> list[str]:
    return re.findall(r'class="facts[^"]*" data-item="([^"]+)"', " ".join(element.proto.body for element in at.get("html")))


def pick(at, seat: int, loved: list[str]):
    return at.multiselect(key=f"together_loved_{seat}").set_value(loved).run()


@pytest.fixture
def two(visit):
    return pick(pick(visit("together"), 0, HORROR), 1, ROMANCE)


def test_without_a_word_it_is_what_most_people_like_and_says_so(visit) -> None:
    at = visit("together")
    assert "Nobody has said anything yet" in at.info[0].value
    assert len(listed(at)) == 12


@pytest.mark.parametrize(("chosen", "fairness"), [("Average", "average"), ("Nobody unhappy", "least misery"), ("Take turns", "turns")])
def test_the_list_is_the_groups(two, engine, chosen: str, fairness) -> None:
    two.segmented_control(key="together_fair").set_value(chosen).run()
    assert not two.exception
    group = Group({"You": engine.visitor(dict.fromkeys(HORROR, 5.0)), "Person 2": engine.visitor(dict.fromkeys(ROMANCE, 5.0))})
    lines = group.recommend(12, fairness, filters=Filters.of())
    assert listed(two) == [line.item_id for line in lines]
    assert not set(listed(two)) & {*HORROR, *ROMANCE}
    table = two.dataframe[0].value
    assert table["Title"].tolist() == [engine.dataset.title(engine.dataset.position(line.item_id)).title for line in lines]
    for row, line in zip(table.to_dict("records"), lines, strict=True):
        assert float(row["Sum"]) == pytest.approx(sum(line.parts.values()), abs=0.006)
    assert "What each gives up per title, compared with a list of their own: **You** " in seen(two)


def test_people_come_go_and_keep_their_names(two) -> None:
    two.text_input(key="together_name_1").set_value("Ben").run()
    two.button(key="_together_add").click().run()
    pick(two, 2, ["toy-story-1995"])
    assert "Person 3" in seen(two)
    two.button(key="_together_remove_2").click().run()
    assert not two.exception
    assert "Ben" in seen(two)
    assert "Person 3" not in seen(two)
    assert two.multiselect(key="together_loved_1").value == ROMANCE


def test_two_of_one_name_are_told_apart(two) -> None:
    two.text_input(key="together_name_1").set_value("You").run()
    assert not two.exception
    assert "You′" in seen(two)


def test_at_most_eight_people(visit) -> None:
    at = visit("together")
    for _ in range(6):
        at.button(key="_together_add").click().run()
    assert not [button for button in at.button if button.key == "_together_add"]
    assert len(listed(at)) == 12


def test_your_own_ratings_count_first_where_there_are_any(visit, store, engine) -> None:
    token = "t" * 22
    store.admit(token)
    for item_id in HORROR:
        store.rate(token, engine.dataset.key, item_id, 5)
    at = visit("together", token)
    assert at.segmented_control(key="together_way_0").value == "My ratings"
    assert "Your 3 ratings count." in seen(at)


def test_ratings_come_from_a_link(two, engine) -> None:
    two.segmented_control(key="together_way_1").set_value("From a link").run()
    two.text_input(key="together_link_1").set_value("http://class.room/for_you?r=alien-1979:5,toy-story-1995:1&d=x").run()
    assert "2 ratings found." in seen(two)
    two.text_input(key="together_link_1").set_value("http://class.room/for_you").run()
    assert "no ratings of these titles" in two.warning[0].value


@pytest.mark.parametrize("address", ["", "no address", "http://[", "https://x/?r=", "https://x/?r=alien-1979", "javascript:alert(1)"])
def test_what_is_no_link_has_no_ratings(engine, address: str) -> None:
    assert ratings_of_link(address, engine) == {}


def test_names_are_plain_text(two) -> None:
    two.text_input(key="together_name_1").set_value("<b>[x](y)</b>").run()
    assert not two.exception
    assert "<b>[x]" not in " ".join(element.proto.body for element in two.get("html"))
