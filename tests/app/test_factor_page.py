"""The page "Latent factors": titles × factors, with the visitor among them."""

from __future__ import annotations

import json

import numpy as np
from screen import give, turn_to, wall
from streamlit.testing.v1 import AppTest

from ui import factor_view


def heatmap(at: AppTest) -> dict:
    return json.loads(at.get("plotly_chart")[0].proto.spec)


def table(at: AppTest):
    return at.dataframe[0].value


def test_without_ratings_there_is_no_row_of_yours(visit, engine) -> None:
    at = visit("factors")
    assert "your own row appears on top" in at.info[0].value
    assert "You" not in table(at)["Title"].tolist()
    assert len(table(at)) == 15
    assert len(at.get("plotly_chart")) == 1
    assert "Without ratings you stand in the middle" in " ".join(element.value for element in at.caption)


def test_your_row_appears_and_follows_each_rating(visit) -> None:
    at = visit()
    first, second, *_ = wall(at)
    give(at, first, 5)
    turn_to(at, "factors")
    assert table(at)["Title"].iloc[0] == "You"
    assert table(at)["Title"].iloc[1].endswith(" ★5")
    mine = table(at).iloc[0, 1:].to_numpy(float)
    assert np.abs(mine).max() == 2.5
    figure = heatmap(at)
    assert figure["layout"]["yaxis"]["ticktext"][0] == "You"
    assert len(at.get("plotly_chart")) == 2
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
    after = table(at).set_index("Title")
    shared = before.index.intersection(after.index)
    assert len(shared) > 5
    assert np.allclose(before.loc[shared].to_numpy(float), after.loc[shared].to_numpy(float))


def test_factors_have_different_names_with_two_ends(visit, engine) -> None:
    at = visit("factors")
    names = factor_view.names(engine.factors)
    assert list(table(at).columns[1:]) == names
    assert len(set(names)) == len(names) > 3
    for number, (name, (low, high)) in enumerate(zip(names, engine.factors.labels, strict=True), start=1):
        assert name == f"F{number}: {low} ↔ {high}"
        assert low
        assert high
        assert low != high
    assert [f"F{i}" for i in range(1, len(names) + 1)] == [option.split(":")[0] for option in at.selectbox(key="factor_chosen").options]


def test_number_of_titles_and_the_closer_look(visit, engine) -> None:
    at = visit("factors")
    at.segmented_control(key="factor_titles").set_value(30).run()
    assert not at.exception
    assert len(table(at)) == 30
    heads = [element.value for element in at.header]
    rows = [element.value for element in at.html if 'class="row"' in element.value]
    assert len(rows) == 2
    at.selectbox(key="factor_chosen").set_value(2).run()
    assert not at.exception
    assert [element.value for element in at.header] != heads
    assert [element.value for element in at.html if 'class="row"' in element.value] != rows
