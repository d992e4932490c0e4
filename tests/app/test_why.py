"""The words and numbers of "Why this?": they must add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine, Explanation
from ui.components import charts
from ui.why import dialog, tables


@pytest.fixture
def stars(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The visitor's ratings that the sentences quote."""
    given = {"crime-1": 5.0, "crime-2": 3.5, "comedy-1": 1.0}
    monkeypatch.setattr("ui.why.dialog.profile.ratings", lambda: given)
    return given


def explanation(score: float | None = None, **contributions: float) -> Explanation:
    amounts = {name.replace("_", "-"): amount for name, amount in contributions.items()}
    return Explanation("crime-new", "hybrid", 0.25, amounts, 0.25 + sum(amounts.values()) if score is None else score)


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 50])
def test_steps_sum_exactly_and_are_few(n: int) -> None:
    rng = np.random.default_rng(n)
    amounts = [(f"title {i}", float(amount)) for i, amount in enumerate(rng.normal(size=n))]
    steps = charts.waterfall_steps(amounts)
    assert len(steps) == min(n, charts.MAX_BARS) <= 8
    assert sum(amount for _, amount in steps) == pytest.approx(sum(amount for _, amount in amounts), abs=1e-12)


def test_steps_show_the_largest_and_count_the_others() -> None:
    amounts = [(str(i), (-1) ** i * i / 10) for i in range(1, 13)]
    steps = charts.waterfall_steps(amounts)
    assert [label for label, _ in steps] == ["12", "11", "10", "9", "8", "7", "6", "+ 5 others"]
    assert steps[-1][1] == pytest.approx(-0.1 + 0.2 - 0.3 + 0.4 - 0.5)


def test_eight_ratings_are_all_shown() -> None:
    assert [label for label, _ in charts.waterfall_steps([(str(i), i + 1.0) for i in range(8)])] == list("76543210")


def test_the_figure_goes_from_the_baseline_to_the_score() -> None:
    def script() -> None:
        import streamlit as st

        from ui.components import charts

        figure = charts.waterfall(0.5, [("A", 0.25), ("B <b>x</b>", -1.0)], -0.25)
        st.session_state.values = [float(x) for x in figure.data[0].x]
        st.session_state.measures = list(figure.data[0].measure)
        st.session_state.texts = list(figure.data[0].text)

    at = AppTest.from_function(script).run()
    assert not at.exception
    assert at.session_state["values"] == [0.5, -1.0, 0.25, -0.25]
    assert at.session_state["measures"] == ["absolute", "relative", "relative", "total"]
    assert at.session_state["texts"] == ["0.50", "-1.00", "+0.25", "-0.25"]


def test_the_sentence_names_what_spoke_for_and_against(toy_engine: Engine, stars: dict[str, float]) -> None:
    told = dialog.sentence(toy_engine, explanation(comedy_1=-0.2, crime_2=0.1, crime_1=0.4))
    assert told == "Your ratings of Cold Harbour ★5 and Night Shift ★3.5 spoke most for it. Roommates ★1 spoke against it."


def test_the_sentence_when_nothing_spoke_against(toy_engine: Engine, stars: dict[str, float]) -> None:
    assert dialog.sentence(toy_engine, explanation(crime_1=0.4)) == "Your rating of Cold Harbour ★5 spoke most for it."


def test_the_sentence_when_nothing_spoke_for_it(toy_engine: Engine, stars: dict[str, float]) -> None:
    told = explanation(crime_1=-0.4)
    assert dialog.sentence(toy_engine, told) == "None of your ratings speaks for it; it is here because many people like it."
    assert dialog.sentence(toy_engine, replace(told, baseline=0.0)) == "None of your ratings speaks for it."
    steered = replace(told, baseline=-0.1, steering={"genre:Crime": -0.1})
    assert dialog.sentence(toy_engine, steered) == "None of your ratings speaks for it. Your steering pulled it down."


def test_the_sentence_of_a_disliked_title_is_no_praise(toy_engine: Engine, stars: dict[str, float]) -> None:
    told = replace(explanation(comedy_1=0.4), disliked=frozenset({"comedy-1"}))
    assert dialog.sentence(toy_engine, told) == "It is unlike Roommates ★1: that spoke most for it."
    told = replace(explanation(comedy_1=0.4, crime_2=0.1), disliked=frozenset({"comedy-1"}))
    assert dialog.sentence(toy_engine, told) == "Your rating of Night Shift ★3.5 spoke most for it."


def test_the_sentence_names_what_is_specific_first(toy_engine: Engine, stars: dict[str, float]) -> None:
    told = replace(explanation(crime_1=0.9, crime_2=0.5), usual={"crime-1": 0.8, "crime-2": 0.0})
    assert dialog.sentence(toy_engine, told) == "Your ratings of Night Shift ★3.5 and Cold Harbour ★5 spoke most for it."


def test_the_sentence_begins_with_what_was_asked_for(toy_engine: Engine, stars: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.components.reason_words.steering.all_pulls", lambda: {"keyword:murder": 1.0})
    told = replace(explanation(crime_1=0.4), steering={"keyword:murder": 1.0})
    assert dialog.sentence(toy_engine, told) == (
        "You asked for more murder: that spoke most for it. Your rating of Cold Harbour ★5 spoke for it too."
    )
    told = replace(explanation(), steering={"keyword:murder": 1.0})
    assert dialog.sentence(toy_engine, told) == "You asked for more murder: that spoke most for it. You have not rated anything yet."


def test_the_sentence_without_ratings(toy_engine: Engine, stars: dict[str, float]) -> None:
    assert "simply popular" in dialog.sentence(toy_engine, explanation())


def test_the_table_is_the_sum_largest_first(toy_engine: Engine) -> None:
    table = tables.contributions(toy_engine, explanation(crime_2=0.1, comedy_1=-0.2, crime_1=0.4))
    assert table["What"].tolist() == ["How well known it is", "Cold Harbour", "Roommates", "Night Shift", "Score (the sum)"]
    assert table["Amount"].tolist() == [0.25, 0.4, -0.2, 0.1, 0.55]


def test_sentence_and_table_of_a_real_list_agree_with_the_score(toy_engine: Engine, stars: dict[str, float]) -> None:
    for line in toy_engine.recommend(stars, 5):
        told = toy_engine.explain(stars, line.item_id)
        table = tables.contributions(toy_engine, told)
        assert table["Amount"].iloc[-1] == pytest.approx(line.score, abs=5e-4)
        assert table["Amount"].iloc[:-1].sum() == pytest.approx(line.score, abs=5e-3)


def test_long_titles_are_cut_for_the_axis() -> None:
    assert charts.shorten("short") == "short"
    assert charts.shorten("x" * 40) == "x" * 27 + "…"
    assert len(charts.shorten("x" * 28)) == 28
