"""Presenting: on every page by a button, in the address, from page to page, without the key; figures with letters of 20 pixels."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from tests.support.screen import press, seen, turn_to
from ui.components import charts
from ui.components.present import LETTERS, enlarged

PAGES = ("rate", "quick_start", "for_you", "together", "kept", "compare", "factors", "learn", "data", "about")


def labels(at) -> list[str]:
    return [button.label for button in at.button]


def test_it_is_switched_on_every_page_and_stays_on_until_it_is_ended(visit) -> None:
    at = press(visit(), "_present")
    assert at.query_params["show"] in ("1", ["1"])
    for page in PAGES:
        turn_to(at, page)
        assert "End presentation" in labels(at)
        assert at.query_params["show"] in ("1", ["1"])
    press(at, "_present")
    assert "show" not in at.query_params
    turn_to(at, "for_you")
    assert "Present" in labels(at)
    assert "show" not in at.query_params


def test_a_link_presents_and_taking_it_out_of_the_address_ends_it(visit) -> None:
    at = visit("for_you")
    at.query_params["show"] = "1"
    at.run()
    assert "End presentation" in labels(at)
    del at.query_params["show"]
    at.run()
    assert "Present" in labels(at)


def test_the_key_is_never_shown(visit) -> None:
    at = visit("data")
    assert "p" in at.query_params  # AppTest takes no cookies, so the key has to stand there
    assert "Your data" in seen(at)
    press(at, "_present")
    assert "p" not in at.query_params
    assert "not shown while you present" in seen(at)
    assert "_renew_key" not in [button.key for button in at.button]
    press(at, "_present")
    assert "p" in at.query_params


@pytest.mark.parametrize("view", ["Heatmap", "Taste map", "You", "Rating matrix", "How many?"])
def test_every_letter_of_a_chart_is_large(visit, view: str) -> None:
    at = press(visit("factors"), "_present")
    at.segmented_control(key="factor_view").set_value(view).run()
    assert not at.exception
    found = [size for chart in at.get("plotly_chart") for size in letters(go.Figure(json.loads(chart.proto.spec)).to_plotly_json())]
    assert found
    assert min(found) >= LETTERS


def letters(part: Any, in_font: bool = False) -> list[float]:
    """Every size of letters in a figure."""
    if isinstance(part, dict):
        sizes = [part["size"]] if in_font and "size" in part else []
        flat = [size for one in sizes for size in (one if isinstance(one, (list, tuple)) else [one])]
        return flat + [size for key, value in part.items() if key != "template" for size in letters(value, key.endswith("font"))]
    return [size for one in part for size in letters(one)] if isinstance(part, (list, tuple)) else []


def test_a_figure_fills_the_screen_and_what_has_no_size_gets_one() -> None:
    figure = charts.finish(go.Figure(go.Bar(x=[1, 2], y=[0, 1], text=["a", "b"])), height=100)
    figure.add_annotation(text="note", x=1, y=1)
    large = enlarged(figure, 900)
    assert large.layout.height == 790
    assert enlarged(figure, 100).layout.height == 150
    assert large.layout.xaxis.tickfont.size == large.layout.annotations[0].font.size == large.data[0].textfont.size == LETTERS
    assert figure.layout.height == 100  # the figure itself stays as it is
    assert figure.layout.xaxis.tickfont.size is None
