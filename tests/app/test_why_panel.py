"""The whole panel "why this?", opened on data and visitors of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Dataset, Engine
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import Store
from recsys_core.visitor.opinions import Opinions
from recsys_core.visitor.why import reasons
from tests.support.screen import plain, pull
from ui.components import charts, markup
from ui.components.model_names import model_name
from ui.why import dialog, sections

CRIME_FAN = {"crime-1": 5.0, "crime-2": 4.5, "comedy-1": 1.0}
SHOWCASE_FAN = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}
Panel = Callable[..., AppTest]


def _script() -> None:
    import streamlit as st

    from ui.why.dialog import why_dialog

    why_dialog(st.session_state["item"], st.session_state["model"])


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Panel:
    """Open the panel of one title for a visitor with these ratings."""

    def panel(engine: Engine, ratings: dict[str, float], item: str, model: str = "hybrid", **pulls: float) -> AppTest:
        monkeypatch.setattr("ui.session.app_data.engine", lambda: engine)
        monkeypatch.setattr("ui.why.dialog.to_lesson", lambda _key: None)  # this script has no other pages
        at = AppTest.from_function(_script, default_timeout=30)
        mine = VisitorRatings(Store("sqlite://"), "t" * 22, engine.dataset.name)
        for item_id, stars in ratings.items():
            mine.rate(item_id, stars)
        at.session_state["ratings"] = mine
        pull(at, engine, {name.replace("_", ":"): amount for name, amount in pulls.items()})
        at.session_state["item"], at.session_state["model"] = item, model
        at.run()
        assert not at.exception
        return at

    return panel


def figures(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def waterfalls(at: AppTest) -> list[dict[str, Any]]:
    return [figure["data"][0] for figure in figures(at) if figure["data"][0]["type"] == "waterfall"]


def text(at: AppTest) -> str:
    """What a person reads."""
    parts = [element.value for kind in (at.text, at.caption, at.subheader, at.markdown) for element in kind]
    return "\n".join([*parts, *(plain(element.value) for element in at.html)])


def ends_exactly(figure: dict[str, Any]) -> bool:
    """The bars before the last add up to the last."""
    return sum(figure["x"][:-1]) == pytest.approx(figure["x"][-1], abs=1e-9)


def labels(at: AppTest, number: int = 0) -> list[str]:
    return figures(at)[number]["layout"]["yaxis"]["ticktext"]


# --- the score ---------------------------------------------------------------------------------------------------


def test_first_comes_a_sentence_then_the_stars_then_the_waterfall(panel: Panel, showcase_engine: Engine) -> None:
    item = showcase_engine.recommend(SHOWCASE_FAN, 1)[0].item_id
    at = panel(showcase_engine, SHOWCASE_FAN, item)
    words = [element.value for element in at.text]
    sentence = next(i for i, said in enumerate(words) if said.startswith("Your ratings of "))
    low, high = (end[showcase_engine.dataset.position(item)] for end in showcase_engine.visitor(SHOWCASE_FAN).stars_interval())
    stars = showcase_engine.predict(SHOWCASE_FAN)[showcase_engine.dataset.position(item)]
    assert words[sentence + 1] == (
        f"How much you would like it: {stars:.1f} ★ expected; four times in five you would give it between {low:.1f} and {high:.1f}."
    )
    assert at.segmented_control(key="why_view").value == dialog.TOGETHER
    (figure,) = waterfalls(at)
    assert ends_exactly(figure)
    assert figure["x"][-1] == pytest.approx(showcase_engine.explain(SHOWCASE_FAN, item).score)
    assert [element.value for element in at.subheader] == [
        "How the score adds up",
        "What it is about",
        "How others rated it",
        "How sure this is",
    ]


def test_by_model_each_part_opens_into_its_own_waterfall(panel: Panel, showcase_engine: Engine) -> None:
    item = showcase_engine.recommend(SHOWCASE_FAN, 1)[0].item_id
    told = reasons(showcase_engine.visitor(SHOWCASE_FAN), item)
    at = panel(showcase_engine, SHOWCASE_FAN, item)
    at.segmented_control(key="why_view").set_value(dialog.BY_MODEL).run()
    (whole,) = waterfalls(at)
    assert ends_exactly(whole)
    assert whole["x"][0] == pytest.approx(told.explanation.baseline)
    assert whole["x"][-1] == pytest.approx(told.explanation.score)
    assert set(labels(at)[1:-1]) == {model_name(part.model) for part in told.parts}
    for part in told.parts:
        at.pills(key="why_part").set_value(part.model).run()
        assert not at.exception
        opened = waterfalls(at)[1]
        assert ends_exactly(opened)
        assert opened["x"][-1] == pytest.approx(part.amount)
        assert labels(at, 1)[-1] == model_name(part.model)
        assert "How well known it is" not in labels(at, 1)


def test_fifty_ratings_make_few_bars_that_still_end_at_the_score(panel: Panel, showcase_engine: Engine) -> None:
    ratings = {str(item_id): 0.5 + number % 10 / 2 for number, item_id in enumerate(showcase_engine.item_ids[:50])}
    at = panel(showcase_engine, ratings, str(showcase_engine.item_ids[60]))
    (figure,) = waterfalls(at)
    assert len(figure["x"]) == charts.MAX_BARS + 2
    assert labels(at)[-2] == "+ 43 others"
    assert ends_exactly(figure)


def test_steering_has_bars_of_its_own_after_the_starting_point(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "comedy-3", genre_Comedy=2.0)
    explanation = toy_engine.visitor(CRIME_FAN, {"genre:Comedy": 2.0}).explain("comedy-3")
    (figure,) = waterfalls(at)
    assert labels(at)[:2] == ["How well known it is", "Your pull: Comedy"]
    assert figure["x"][1] == pytest.approx(explanation.steering["genre:Comedy"])
    assert figure["x"][0] + figure["x"][1] == pytest.approx(explanation.baseline)
    assert ends_exactly(figure)
    assert "You asked for more Comedy: that spoke most for it." in text(at)


def test_a_factor_that_steers_is_called_as_on_its_own_page(panel: Panel, showcase_engine: Engine) -> None:
    item = showcase_engine.recommend(SHOWCASE_FAN, 1)[0].item_id
    at = panel(showcase_engine, SHOWCASE_FAN, item, factor_2=1.5)
    assert labels(at)[1].startswith("Your pull: F3 · ")
    assert ends_exactly(waterfalls(at)[0])


def test_fixed_bars_are_never_summed_up() -> None:
    def script() -> None:
        import streamlit as st

        from ui.components import charts

        figure = charts.waterfall(1.0, [(str(i), 1.0 + i) for i in range(12)], 78.01, [("pull", 0.01)])
        st.session_state.labels = list(figure.layout.yaxis.ticktext)

    at = AppTest.from_function(script).run()
    assert at.session_state["labels"][:2] == ["How well known it is", "pull"]


@pytest.mark.parametrize("model", ["content", "svd", "ease", "item-knn", "popularity", "user-knn"])
def test_other_models_have_one_waterfall_and_no_range(panel: Panel, toy_engine: Engine, model: str) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-3", model)
    assert not at.segmented_control
    explanation = toy_engine.explain(CRIME_FAN, "crime-3", model)
    assert all(ends_exactly(figure) and figure["x"][-1] == pytest.approx(explanation.score) for figure in waterfalls(at))
    assert len(waterfalls(at)) == (model != "popularity")  # nothing that the visitor rated counts there
    assert ("What it is about" in text(at)) == (model == "content")
    assert f"How far {model_name(model)} is usually off has not been measured" in text(at)
    assert "four times in five" not in text(at)


# --- who can say what --------------------------------------------------------------------------------------------


def test_of_a_title_without_raters_content_speaks_alone(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-new")
    assert not at.segmented_control
    assert "Content alone speaks here" in text(at)
    assert "Nobody has rated this title in this data set." in text(at)
    assert "Nobody has rated it; with 100 the range would be" in text(at)
    assert [figure["data"][0]["type"] for figure in figures(at)] == ["waterfall"]


def test_a_model_that_cannot_score_a_title_says_so(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-new", "svd")
    assert "Latent factors cannot score this title" in text(at)
    assert "cannot be predicted" in text(at)
    assert not figures(at)


def test_data_without_ratings(panel: Panel, silent_engine: Engine) -> None:
    at = panel(silent_engine, CRIME_FAN, "crime-3")
    (figure,) = waterfalls(at)
    assert ends_exactly(figure)
    assert "Nobody has rated this title in this data set." in text(at)
    assert "What it is about" in text(at)


def test_a_visitor_without_ratings(panel: Panel, toy_engine: Engine, silent_engine: Engine) -> None:
    at = panel(toy_engine, {}, "crime-3")
    assert "this is simply popular" in text(at)
    assert "3 of the 6 people who rated it gave it four stars or more. Rate a few titles" in text(at)
    assert [figure["data"][0]["type"] for figure in figures(at)] == ["bar"]
    assert "You have rated nothing" in text(at)
    assert "None of your ratings counts here." in text(at)
    assert not figures(panel(silent_engine, {}, "crime-3"))


def test_one_rating_is_enough_for_everything(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, {"crime-1": 5.0}, "crime-3")
    assert len(figures(at)) == 2
    assert "You have rated 1 title; with 50 the range would be" in text(at)


def test_hostile_titles_and_words_stay_text(panel: Panel) -> None:
    bad = ["**bold** [x](javascript:1) :red[hot] $x^2$", "<script>alert(1)</script>", "<b>Fat</b> & <img src=x onerror=alert(1)>"]
    items = pd.DataFrame({"item_id": list("abc"), "title": bad, "genres": bad, "keywords": bad, "creators": ["<i>Ann</i>"] * 3})
    ratings = pd.DataFrame({"user_id": list("uuvvww"), "item_id": list("abbcca"), "rating": [5, 4, 3, 2, 5, 1]})
    engine = Engine.fit(Dataset.from_frames(items, ratings))
    at = panel(engine, {"a": 5.0, "b": 4.0}, "c")
    for element in at.html:
        assert not any(tag in element.value for tag in ("<script", "<img", "<b>", "<i>"))
    assert not any(mark in element.value for element in at.caption for mark in ("**bold**", ":red[", "<script", "<img"))
    assert at.header[0].value == markup.plain(bad[2])
    assert all("<" not in label for label in labels(at))
    assert any("&lt;i&gt;Ann&lt;/i&gt;" in element.value for element in at.html)
    at = panel(engine, {"b": 5.0, "c": 4.0}, "a")
    assert at.header[0].value == markup.plain(bad[0])


# --- the blocks below the waterfall ------------------------------------------------------------------------------


def test_words_are_spelled_as_in_the_catalogue_and_sum_up(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-3")
    told = reasons(toy_engine.visitor(CRIME_FAN), "crime-3")
    content = next(part.amount for part in told.parts if part.model == "content")
    assert f"That adds **{content:+.2f}** to the score" in text(at)
    block = next(plain(element.value) for element in at.html if "word-groups" in element.value)
    assert "Crime +" in block
    genres = next(group for group in told.words if group.kind == "genres")
    assert f"{genres.amount:+.2f}" in block


def test_the_words_that_are_not_named_are_summed_up(toy_engine: Engine) -> None:
    told = reasons(toy_engine.visitor(CRIME_FAN), "crime-3")
    for group in told.words:
        said = sections.words_text(toy_engine, "crime-3", group).split(", ")
        assert len(said) <= sections.MOST_WORDS + 1
        shown = sum(float(amount.rsplit(" ", 1)[1]) for amount in said)
        assert shown == pytest.approx(group.amount, abs=0.005 * len(said))


def test_histogram_and_table_hold_the_same_people(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-4")
    found = reasons(toy_engine.visitor(CRIME_FAN), "crime-4").opinions
    bars = next(figure for figure in figures(at) if figure["data"][0]["type"] == "bar")["data"]
    assert [trace["name"] for trace in bars] == ["People like you (3)", "Everybody (6)"]
    table = next(element.value for element in at.dataframe if "Everybody" in element.value)
    assert table["People like you"].tolist() == found.alike.tolist() == [0, 0, 0, 0, 3]
    assert table["Everybody"].tolist() == found.everybody.tolist() == [3, 0, 0, 0, 3]
    assert "3 of the 6 people who rated it gave it four stars or more; of the 3 whose other ratings are most like yours, 3 did." in text(at)


@pytest.mark.parametrize(
    ("everybody", "alike", "rated", "told"),
    [
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], 3, "Nobody has rated this title in this data set."),
        (
            [0, 0, 0, 1, 0],
            [0, 0, 0, 1, 0],
            3,
            "The one person who rated it gave it 4–4½ stars. That person has rated your titles as you did.",
        ),
        ([2, 0, 0, 0, 0], [1, 0, 0, 0, 0], 3, "None of the 2 people who rated it gave it four stars or more. One of them has rated your"),
        ([2, 0, 0, 1, 1], [2, 0, 0, 0, 0], 3, "2 of the 4 people who rated it gave it four stars or more; of the 2 whose other ratings"),
        (
            [10, 0, 0, 10, 20],
            [5, 0, 0, 5, 15],
            3,
            "75\u00a0% of all 40 people who rated it gave it four stars or more; of the 25 whose other",
        ),
        ([10, 0, 0, 10, 20], [0, 0, 0, 0, 0], 3, "None of them has rated your titles as you did."),
        ([10, 0, 0, 10, 20], [0, 0, 0, 0, 0], 0, "Rate a few titles, and those with ratings like yours are shown beside them."),
    ],
)
def test_the_histogram_in_a_sentence(everybody: list[int], alike: list[int], rated: int, told: str) -> None:
    found = Opinions(np.array(everybody), np.array(alike), sum(everybody))
    assert told in sections.opinions_sentence(found, rated, simulated=False)


def test_a_sample_of_a_titles_raters_is_said():
    found = Opinions(np.array([0, 0, 1, 2, 2]), np.zeros(5, np.int64), 5)
    told = sections.opinions_sentence(found, 0, simulated=False, raters=3_000)
    assert told.startswith(
        "3,000 people rated it; the ratings of 5 of them, drawn at random, are kept here. 4 of the 5 people who rated it"
    )
    none = Opinions(np.zeros(5, np.int64), np.zeros(5, np.int64), 0)
    kept = "1 person rated it; the ratings of none of them, drawn at random, are kept here."
    assert sections.opinions_sentence(none, 0, simulated=False, raters=1) == kept


def test_who_was_drawn_is_said() -> None:
    found = Opinions(np.array([0, 0, 0, 0, 50_000]), np.array([0, 0, 0, 0, 50]), 20_000)
    told = sections.opinions_sentence(found, 3, simulated=True)
    assert "50,000 simulated viewers" in told
    assert "(found among 20,000 drawn at random), 100\u00a0% did." in told


def test_the_tables_are_the_sums(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-3")
    told = reasons(toy_engine.visitor(CRIME_FAN), "crime-3")
    by_model = at.dataframe[1].value
    assert by_model["What"].iloc[0] == "How well known it is"
    models = [model_name(part.model) for part in told.parts]
    assert by_model.columns.tolist() == ["What", "All together", *models]
    assert by_model["All together"].iloc[-1] == pytest.approx(told.explanation.score, abs=5e-4)
    for part in told.parts:
        column = by_model[model_name(part.model)]
        assert column.iloc[-1] == pytest.approx(part.amount, abs=5e-4)
        assert column.iloc[:-1].sum() == pytest.approx(part.amount, abs=5e-4 * len(column))
    rows = by_model.iloc[1:-1]
    assert rows[models].sum(axis=1).tolist() == pytest.approx(rows["All together"].tolist(), abs=5e-4 * len(models))
    words = at.dataframe[2].value
    content = next(part.amount for part in told.parts if part.model == "content")
    assert words["Amount"].sum() == pytest.approx(content, abs=5e-4 * len(words))


def test_every_chart_has_words_for_those_who_cannot_see_it(panel: Panel, toy_engine: Engine) -> None:
    at = panel(toy_engine, CRIME_FAN, "crime-3")
    alts = [chart.proto.alt for chart in at.get("plotly_chart")]
    assert alts[0].startswith("Waterfall from ")
    assert "Cold Harbour" in alts[0]
    assert alts[1].startswith("Histogram of the stars given. people like you: ½–1½ stars 0 %")


@pytest.mark.parametrize("model", ["hybrid", "content", "popularity"])
def test_the_panel_works_with_the_first_models_alone(panel: Panel, toy: Dataset, model: str) -> None:
    first = next(Engine.fit_in_stages(toy))
    assert first.stage == "lists"
    at = panel(first, CRIME_FAN, "crime-3", model)
    assert all(ends_exactly(figure) for figure in waterfalls(at))
    assert "that model is still being fitted" in text(at)
    assert "None of them has rated your titles" not in text(at)
