"""The page "Latent factors": its six views, the card of a factor, names that stick, and steering."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from recsys_core import Dataset, Engine
from recsys_core.storage.store import Store, StoreError
from recsys_core.visitor.steering import factor_name
from tests.support.screen import give, press, pulls, ratings, seen, token, turn_to, wall
from ui.factors import heatmap
from ui.factors.heatmaps import figures
from ui.session import app_data, keys

VIEWS = ("Heatmap", "Taste map", "You", "Steer", "Rating matrix", "How many?")


def chart(at: AppTest, number: int = 0) -> dict:
    return json.loads(at.get("plotly_chart")[number].proto.spec)


def table(at: AppTest, number: int = 0):
    return at.dataframe[number].value


def look(at: AppTest, view: str) -> AppTest:
    at.segmented_control(key="factor_view").set_value(view).run()
    assert not at.exception
    return at


def rated(visit, *stars: int) -> AppTest:
    at = visit()
    for item_id, given in zip(wall(at), stars, strict=False):
        give(at, item_id, given)
    return turn_to(at, "factors")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("stars", [(), (5,), (5, 1, 4, 3)], ids=["none", "one", "four"])
def test_every_view_with_none_one_and_many_ratings(visit, view: str, stars: tuple[int, ...]) -> None:
    at = look(rated(visit, *stars), view)
    assert at.get("plotly_chart") or view == "Steer"
    for figure in at.get("plotly_chart"):
        assert figure.proto.alt  # every figure says what it is


# Heatmap


def test_without_ratings_there_is_no_row_of_yours(visit) -> None:
    at = visit("factors")
    assert "your own row appears on top" in at.info[0].value
    assert "You" not in table(at)["Title"].tolist()
    assert len(table(at)) == 15


def test_your_row_appears_and_follows_each_rating(visit) -> None:
    at = visit()
    first, second, *_ = wall(at)
    give(at, first, 5)
    turn_to(at, "factors")
    assert table(at)["Title"].iloc[0] == "You"
    assert any(title.endswith(" ★5") for title in table(at)["Title"])
    mine = table(at).iloc[0, 1:].to_numpy(float)
    assert np.abs(mine).max() == 2.5
    assert chart(at)["layout"]["yaxis"]["ticktext"][0] == "You"
    turn_to(at, "rate")
    give(at, second, 1)
    turn_to(at, "factors")
    assert not np.allclose(table(at).iloc[0, 1:].to_numpy(float), mine)


def test_other_rows_do_not_depend_on_the_visitor(visit) -> None:
    at = visit("factors")
    before = table(at).set_index("Title")
    turn_to(at, "rate")
    give(at, wall(at)[0], 5)
    turn_to(at, "factors")
    after = table(at).set_index("Title")[before.columns]
    shared = before.index.intersection(after.index)
    assert len(shared) > 5
    assert np.allclose(before.loc[shared].to_numpy(float), after.loc[shared].to_numpy(float))


def test_a_sorted_column_falls(visit, engine) -> None:
    at = visit("factors")
    at.session_state[keys.HEATMAP_SORTED.name] = True
    at.selectbox(key="factor_chosen").set_value(4).run()
    column = next(name for name in table(at).columns if name.startswith("F5 "))
    assert (np.diff(table(at)[column]) <= 0).all()
    assert [trace["marker"]["color"] for trace in chart(at)["data"] if "marker" in trace][-1].count("#e8a33d") == 1


def click(at: AppTest, monkeypatch: pytest.MonkeyPatch, row: int, column: int) -> None:
    """A click in the heatmap, which AppTest cannot make: what Plotly reports, and the callback."""
    at.session_state["factor_heatmap"] = {"selection": {"points": [{"customdata": [row, column]}]}}
    with monkeypatch.context() as inside:
        inside.setattr(st, "session_state", at.session_state)
        heatmap._clicked()
    del at.session_state["factor_heatmap"]
    at.run()
    assert not at.exception


def marked_head(at: AppTest) -> list[str]:
    """The factor by which the heatmap is sorted: F3."""
    heads = next(trace for trace in chart(at)["data"] if trace.get("mode") == "markers+text")
    return [name for name, colour in zip(heads["text"], heads["marker"]["color"], strict=True) if colour == "#e8a33d"]


def test_a_click_on_a_head_sorts_by_it_whatever_was_chosen_since(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("factors")
    columns = [name.split(" ")[0] for name in table(at).columns[1:]]
    third, head = columns.index("F3"), -1
    click(at, monkeypatch, head, third)
    assert marked_head(at) == ["F3"]
    at.selectbox(key="factor_chosen").set_value(4).run()
    assert marked_head(at) == ["F5"]
    click(at, monkeypatch, head, third)
    assert marked_head(at) == ["F3"]
    assert at.selectbox(key="factor_chosen").value == 2
    click(at, monkeypatch, head, third)
    assert marked_head(at) == []


def test_a_click_on_a_cell_opens_its_title_and_sorts_nothing(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("factors")
    click(at, monkeypatch, 2, 0)
    assert marked_head(at) == []
    assert any(table(at)["Title"].iloc[2].split("…")[0] in element.value for element in at.header)


def test_every_cell_and_column_can_be_clicked(visit, engine) -> None:
    marks = [trace["customdata"] for trace in chart(visit("factors"))["data"] if trace["type"] == "scatter"]
    cells, heads = (np.asarray(json.loads(json.dumps(mark)) if isinstance(mark, list) else mark) for mark in marks)
    assert len(cells) == 15 * len(engine.factors)
    assert sorted(heads[:, 1].tolist()) == list(range(len(engine.factors)))
    assert set(heads[:, 0].tolist()) == {-1}


@pytest.mark.parametrize("which", ["Best known", "Ends of a factor", "Search"])
def test_choices_of_titles(visit, which: str) -> None:
    at = visit("factors")
    at.segmented_control(key="factor_which").set_value(which).run()
    assert not at.exception
    assert len(table(at)) >= 14


def test_search_among_the_titles(visit) -> None:
    at = visit("factors")
    at.segmented_control(key="factor_which").set_value("Search").run()
    at.text_input(key="factor_query").set_value("lord of the rings").run()
    assert all(title.startswith(("The Lord of", "The Hobbit")) for title in table(at)["Title"])  # one franchise, cut
    at.text_input(key="factor_query").set_value("no such title at all").run()
    assert not at.exception
    assert "No title is called that" in at.info[0].value


def test_the_stable_factors_come_first_and_the_order_is_said_above(visit, engine) -> None:
    at = visit("factors")
    stable = engine.factors.stable
    columns = [int(column.split(" · ")[0].removeprefix("F")) - 1 for column in table(at).columns[1:]]
    assert stable[columns].tolist() == sorted(stable, reverse=True)
    assert f"first the {stable.sum()} stable factors" in next(c.value for c in at.caption if c.value.startswith("Columns"))


# The card


def test_factors_have_different_names(visit, engine) -> None:
    at = visit("factors")
    options = at.selectbox(key="factor_chosen").options
    assert len(set(options)) == len(options) == len(engine.factors)
    assert [option.split(" · ")[0] for option in options] == [f"F{i + 1}" for i in range(len(options))]
    assert not any("…" in option or "or not" in option for option in options)
    assert not any(re.search(r"\b\d{4}s\b|imax", option) for option in options)


def test_the_card_follows_the_choice(visit) -> None:
    at = visit("factors")
    heads = [element.value for element in (*at.header, *at.subheader)]
    rows = [element.value for element in at.html if 'class="row"' in element.value]
    assert len(rows) == 2
    at.selectbox(key="factor_chosen").set_value(2).run()
    assert not at.exception
    assert [element.value for element in (*at.header, *at.subheader)] != heads
    assert [element.value for element in at.html if 'class="row"' in element.value] != rows


def test_the_card_says_where_you_are_and_what_the_truth_is(visit, engine) -> None:
    at = rated(visit, 5, 1, 4)
    assert re.search(r"You lean further towards \*\*.*\*\* than \d+ % of the audience", seen(at))
    assert re.search(r"of its true taste axes, “.+” is closest \(correlation 0\.\d\d\)", seen(at))


def test_an_unstable_factor_is_not_to_be_named(visit, engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(engine, "factors", replace(engine.factors, stability=np.linspace(0.2, 0.9, len(engine.factors))))
    at = visit("factors")
    assert "Do not name this one: stability 0.20" in seen(at)
    at.selectbox(key="factor_chosen").set_value(len(engine.factors) - 1).run()
    assert "Stable: 0.90" in seen(at)


def test_a_name_of_ones_own_sticks(visit, store: Store) -> None:
    at = visit("factors")
    at.text_input(key="_name_0").set_value("  *cosy* evenings ").run()
    assert at.selectbox(key="factor_chosen").options[0] == "F1 · *cosy* evenings"
    assert any(element.value == r"F1 \· \*cosy\* evenings" or "cosy" in element.value for element in at.header)
    again = visit("factors", token=token(at))
    assert again.selectbox(key="factor_chosen").options[0] == "F1 · *cosy* evenings"
    other = visit("factors")
    assert "cosy" not in other.selectbox(key="factor_chosen").options[0]
    again.text_input(key="_name_0").set_value("").run()
    assert "cosy" not in again.selectbox(key="factor_chosen").options[0]
    assert store.factor_names(token(at), "showcase") == {}


def test_a_name_that_cannot_be_stored_stays_in_the_tab(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object) -> None:
        raise StoreError("The disk sleeps.")

    monkeypatch.setattr(Store, "name_factor", fails)
    at = visit("factors")
    at.text_input(key="_name_0").set_value("mine").run()
    assert at.selectbox(key="factor_chosen").options[0] == "F1 · mine"
    assert "The disk sleeps." in at.session_state["ratings"].error


# Steering


def test_a_slider_moves_the_list_everywhere(visit) -> None:
    at = look(rated(visit, 5, 4), "Steer")
    before = next(element.value for element in at.html if 'aria-label="Your list"' in element.value)
    at.slider(key="_pull_0").set_value(3.0).run()
    assert not at.exception
    after = next(element.value for element in at.html if 'aria-label="Your list"' in element.value)
    assert re.findall(r'data-item="([^"]+)"', after) != re.findall(r'data-item="([^"]+)"', before)
    assert "▲" in after
    assert "▲" not in before
    assert pulls(at) == {factor_name(0): 3.0}
    turn_to(at, "for_you")
    assert re.findall(r'data-item="([^"]+)"', seen_html(at))[:3] == re.findall(r'data-item="([^"]+)"', after)[:3]
    assert "steer" in seen(at)


def seen_html(at: AppTest) -> str:
    return " ".join(element.value for element in at.html)


def test_more_of_a_keyword_and_reset(visit) -> None:
    at = look(visit("factors"), "Steer")
    at.selectbox(key="steer_tag").set_value("keyword:heist").run()
    press(at, "_tag_more")
    press(at, "_tag_more")
    assert pulls(at) == {"keyword:heist": 2.0}
    assert at.slider(key="_pull_keyword:heist").value == 2.0
    assert "−3 less heist" in seen(at)
    assert "more heist +3" in seen(at)
    at.slider(key="_pull_keyword:heist").set_value(3.0).run()
    assert pulls(at) == {"keyword:heist": 3.0}
    at.slider(key="_pull_keyword:heist").set_value(2.0).run()
    for _ in range(5):
        press(at, "_tag_less")
    assert pulls(at) == {"keyword:heist": -3.0}
    press(at, "_steer_reset")
    assert pulls(at) == {}


def test_more_of_this_from_the_card(visit) -> None:
    at = visit("factors")
    press(at, "_more_0_+1")
    press(at, "_more_0_+1")
    assert pulls(at) == {factor_name(0): 2.0}
    press(at, "_let_go_0")
    assert pulls(at) == {}
    press(at, "_more_0_-1")
    assert pulls(at) == {factor_name(0): -1.0}


# Rating matrix, number of factors, map


@pytest.mark.parametrize("which", ["Given", "Expected", "Error"])
def test_the_matrix_three_ways(visit, which: str) -> None:
    at = look(rated(visit, 5, 1), "Rating matrix")
    at.segmented_control(key="matrix_which").set_value(which).run()
    assert not at.exception
    values = table(at)
    assert values["Who"].iloc[0] == "You"
    assert values.shape == (13, 17)
    mine = values.iloc[0, 1:].to_numpy(float)
    if which == "Given":
        assert sorted(mine[~np.isnan(mine)].tolist()) == [1.0, 5.0]
    if which == "Expected":
        assert not np.isnan(mine).any()
    if which == "Error":
        assert (~np.isnan(mine)).sum() == 2


def test_the_matrix_opens_filled_in_and_marks_what_was_filled(visit) -> None:
    at = look(rated(visit, 5, 1), "Rating matrix")
    assert at.segmented_control(key="matrix_which").value == "Filled in"
    assert not np.isnan(table(at).iloc[:, 1:].to_numpy(float)).any()
    given, filled_in = chart(at)["data"]
    assert filled_in["texttemplate"].startswith("<i>")
    for one, other in zip(np.ravel(given["text"]), np.ravel(filled_in["text"]), strict=True):
        assert bool(one) != bool(other)
    assert sorted(text for text in given["text"][0] if text) == ["1.0", "5.0"]
    for which in ("Filled in", "Given", "Expected", "Error"):
        at.segmented_control(key="matrix_which").set_value(which).run()
        assert not {"-0.0", "+0.0"} & {text for trace in chart(at)["data"] for text in np.ravel(trace["text"])}
        assert not (np.signbit(values := table(at).iloc[:, 1:].to_numpy(float)) & (values == 0)).any()


def test_no_number_is_minus_nothing() -> None:
    assert figures(np.array([-0.04, 0.04, -0.06, 1.25]), signed=True).tolist() == ["0.0", "0.0", "-0.1", "+1.2"]
    assert figures(np.array([-0.0, np.nan])).tolist() == ["0.0", ""]


def test_one_sentence_links_the_number_shown_the_best_and_the_sixteen(visit, engine) -> None:
    at = look(visit("factors"), "How many?")
    at.select_slider(key="factor_number").set_value(8).run()
    best, used, named = engine.dimensions.best, engine.svd.n_factors, len(engine.factors)
    sentence = f"You look at **8**; **{best}** made the best lists for people held out, the app works with **{used}**"
    assert any(element.value.startswith(sentence) and f"**{named}** strongest" in element.value for element in at.markdown)


def test_the_number_of_factors_changes_the_list(visit, engine) -> None:
    at = look(rated(visit, 5, 4, 1), "How many?")
    rows = [element.value for element in at.html if 'class="row"' in element.value]
    at.select_slider(key="factor_number").set_value(4).run()
    assert not at.exception
    after = [element.value for element in at.html if 'class="row"' in element.value]
    assert after[0] == rows[0]
    assert after[1] != rows[1]
    study = engine.dimensions
    assert f"{study.ndcg[study.numbers == 4][0]:.3f}" in seen(at)


@pytest.mark.parametrize("plane", ["Neighbourhoods", "Widest spread", "Two factors"])
@pytest.mark.parametrize("colour", ["Genre", "Kind", "Decade", "Your stars"])
def test_the_map_shows_every_rated_title(visit, engine, plane: str, colour: str) -> None:
    at = look(rated(visit, 5, 2), "Taste map")
    at.segmented_control(key="map_plane").set_value(plane).run()
    at.segmented_control(key="map_colour").set_value(colour).run()
    assert not at.exception
    drawn = [trace for trace in chart(at)["data"] if trace["type"] == "scattergl"]
    assert sum(len(trace["text"]) for trace in drawn) == int((engine.dataset.raters > 0).sum())
    named = [text for trace in chart(at)["data"] if trace.get("mode") == "markers+text" for text in trace["text"]]
    rated_titles = [engine.dataset.title(engine.dataset.position(item_id)).title for item_id in ratings(at)]
    assert {"You", *rated_titles} <= {text.replace("&#36;", "$") for text in named}


def test_the_map_names_regions_and_well_known_titles(visit) -> None:
    at = look(visit("factors"), "Taste map")
    layers = {trace["name"]: trace["text"] for trace in chart(at)["data"] if trace.get("mode") == "markers+text"}
    named = [*layers["narrow"], *layers["wide"]]
    regions = [text for text in named if text.isupper() and len(text) > 3]
    assert len(regions) >= 4
    assert 25 <= len(named) - len(regions) <= 40
    assert len(layers["narrow"]) >= 10


def test_finding_on_the_map(visit) -> None:
    at = look(visit("factors"), "Taste map")
    at.text_input(key="map_query").set_value("fargo").run()
    named = [text for trace in chart(at)["data"] if trace.get("mode") == "markers+text" for text in trace["text"]]
    assert "Fargo" in named
    at.text_input(key="map_query").set_value("no such title at all").run()
    assert not at.exception
    assert "Nothing on the map is called that" in seen(at)


def test_what_was_drawn_around_is_listed(visit, engine) -> None:
    at = look(visit("factors"), "Taste map")
    at.session_state[keys.MAP_CHOSEN.name] = (*engine.item_ids[:5].tolist(), "no-such-title")
    at.run()
    assert not at.exception
    assert [element.value for element in at.header] == ["5 titles that you drew around"]
    assert len(table(at)) == 5
    press(at, "_map_clear")
    assert not at.dataframe


def test_no_ratings_no_factors(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    items = pd.DataFrame({"item_id": ["a", "b", "c"], "title": ["One", "Two", "Three"], "genres": "Drama", "keywords": ["x", "y", ""]})
    monkeypatch.setattr(app_data, "load_engine", lambda _name, _folder: Engine.fit(Dataset.from_frames(items, None)))
    monkeypatch.setattr(app_data, "source_key", lambda _name: "nobody")
    monkeypatch.setattr(app_data, "saved_version", lambda _name, _folder: "nobody")  # the showcase may be open from another test
    at = visit("factors")
    assert not at.exception
    assert "nobody has rated anything" in at.info[0].value
    assert not at.get("plotly_chart")
