"""The page "For you": the list, its controls, reasons, and the window "Why this?"."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.data.filters import Filters
from recsys_core.data.scale import WEAK_STARS
from recsys_core.storage.store import Store
from recsys_core.visitor.because_rows import because_rows
from recsys_core.visitor.quality import quality_of_list
from tests.support.screen import LIST, give, listed, live_ids, mark, plain, press, pull, ratings, seen, token, turn_to, wall
from ui.components import filters, model_names
from ui.for_you.page import DIVERSITY

LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}


@pytest.fixture
def rated(visit, engine, store: Store) -> AppTest:
    """The page of a visitor with :data:`LIKED`."""
    key = "r" * 22
    for item_id, stars in LIKED.items():
        store.rate(key, engine.dataset.name, item_id, stars)
    return visit("for_you", key)


def title(engine, item_id: str) -> str:
    return str(engine.dataset.items.iloc[engine.dataset.position(item_id)]["title"])


def cards(at: AppTest) -> dict[str, str]:
    """What each card says, by id."""
    return {item_id[1]: plain(card.value) for card in at.html if (item_id := re.search(r'class="facts" data-item="([^"]+)"', card.value))}


def price(at: AppTest) -> str:
    """The figures of what the sliders cost; empty where they are at rest."""
    return plain(next((element.value for element in at.html if 'class="price"' in element.value), ""))


def test_without_ratings_it_is_the_popularity_list_and_says_so(visit, engine) -> None:
    at = visit("for_you")
    assert "this is the popularity list" in at.info[0].value
    assert listed(at) == [line.item_id for line in engine.recommend({}, 12)]
    assert all("Popular with everyone" in card for card in cards(at).values())
    assert "Because you" not in seen(at)


def test_the_list_is_the_engines_without_what_is_rated(rated, engine) -> None:
    expected = engine.recommend(LIKED, 12)
    assert listed(rated) == [line.item_id for line in expected]
    assert not set(listed(rated)) & set(LIKED)
    assert not rated.info
    for line in expected:
        card = cards(rated)[line.item_id]
        assert title(engine, line.item_id) in card
        assert f"{line.predicted_rating:.1f} ★ expected" in re.sub(r"\s+", " ", card)
        assert line.because is not None
        assert f"Because you rated {title(engine, line.because)} ★{LIKED[line.because]:g}" in card


def test_few_stars_are_said_and_kept_out_of_rows(visit, engine, store: Store) -> None:
    harsh = {"the-wire-2002": 2.0, "breaking-bad-2008": 3.5, "the-godfather-1972": 3.0, "friends-1994": 1.0, "the-matrix-1999": 1.0}
    for item_id, stars in harsh.items():
        store.rate("h" * 22, engine.dataset.name, item_id, stars)
    at = visit("for_you", "h" * 22)
    said = {item_id: re.sub(r"\s+", " ", card) for item_id, card in cards(at).items()}
    expected = {line.item_id: line.predicted_rating for line in engine.recommend(harsh, 12)}
    weak = {item_id for item_id, stars in expected.items() if stars < WEAK_STARS}
    assert weak
    for item_id, stars in expected.items():
        assert (f"We expect only {stars:.1f} ★" in said[item_id]) == (item_id in weak)
        assert (f"{stars:.1f} ★ expected" in said[item_id]) == (item_id not in weak)
    for given in (harsh, LIKED):
        visitor = engine.visitor(given)
        for row in because_rows(visitor):
            places = np.array([engine.dataset.position(item_id) for item_id in row.item_ids])
            assert not (visitor.predict_at(places) < WEAK_STARS).any()


def test_hide_takes_a_title_off_every_list_until_shown_again(rated, engine) -> None:
    top, *others = listed(rated)
    mark(rated, top, "hidden")
    assert len(set(listed(rated)[:11]) & set(others)) >= 9  # the dislike is weak: the list is not another one
    assert top not in listed(rated)
    assert ratings(rated) == LIKED
    turn_to(rated, "rate")
    assert top not in live_ids(rated)
    turn_to(rated, "for_you")
    assert top not in listed(rated)
    turn_to(rated, "kept")
    rated.segmented_control(key="kept_view").set_value("hidden").run()
    mark(rated, top, None, "kept")
    turn_to(rated, "for_you")
    assert listed(rated) == [top, *others]


def test_hidden_stays_hidden_in_a_new_session(rated, visit) -> None:
    top = listed(rated)[0]
    mark(rated, top, "hidden")
    assert top not in listed(visit("for_you", token(rated)))


def test_rating_from_the_list_moves_on(rated, engine, store: Store) -> None:
    top = listed(rated)[0]
    give(rated, top, 1, LIST)
    assert top not in listed(rated)
    assert ratings(rated) == LIKED | {top: 1.0}
    assert listed(rated) == [line.item_id for line in engine.recommend(LIKED | {top: 1.0}, 12)]
    assert store.feedback(token(rated), engine.dataset.name)[-1].item_id == top


@pytest.mark.parametrize("model", ["content", "item-knn", "svd", "popularity"])
def test_every_model_can_be_chosen(rated, engine, model: str) -> None:
    hybrid = listed(rated)
    rated.selectbox(key="list_model").set_value(model).run()
    assert not rated.exception
    assert listed(rated) == [line.item_id for line in engine.recommend(LIKED, 12, model)]
    assert listed(rated) != hybrid


def test_every_model_has_words(engine) -> None:
    assert set(model_names.MODEL_WORDS) >= set(engine.models)
    assert model_names.model_words("brand-new") == model_names.model_name("brand-new") == "brand-new"


def test_diversity_has_five_steps_with_their_price(rated, engine) -> None:
    slider = rated.select_slider(key="list_diversity")
    assert list(slider.options) == list(DIVERSITY)
    assert len(DIVERSITY) == 5
    plain_list = listed(rated)
    assert not price(rated)
    seen_lists = [plain_list]
    for step, diversity in list(DIVERSITY.items())[1:]:
        rated.select_slider(key="list_diversity").set_value(step).run()
        assert listed(rated) == [line.item_id for line in engine.recommend(LIKED, 12, diversity=diversity)]
        seen_lists.append(listed(rated))
    assert len({tuple(ids) for ids in seen_lists}) >= 4
    visitor = engine.visitor(LIKED)
    before, after = quality_of_list(visitor, plain_list), quality_of_list(visitor, listed(rated))
    assert after.mean_distance > before.mean_distance
    words = re.sub(r"\s+", " ", price(rated))
    assert f"{after.n_genres} {after.n_genres - before.n_genres:+d} genres covered" in words
    assert f"{after.mean_distance:.2f} {after.mean_distance - before.mean_distance:+.2f} mean distance" in words
    assert f"{after.mean_stars:.2f} {after.mean_stars - before.mean_stars:+.2f} expected stars" in words


def test_diversity_names_what_entered_and_left(rated, engine) -> None:
    before = listed(rated)
    assert "Entered:" not in seen(rated)
    rated.select_slider(key="list_diversity").set_value("Widest").run()
    after = listed(rated)
    words = re.sub(r"\s+", " ", next(plain(element.value) for element in rated.html if "Entered:" in element.value))
    entered, left = words.split("Left:")
    assert all(title(engine, item_id) in entered for item_id in after if item_id not in before)
    assert all(title(engine, item_id) in left for item_id in before if item_id not in after)


def test_filters_and_length(rated, engine) -> None:
    items = engine.dataset.items.set_index("item_id")
    rated.segmented_control(key="list_kind").set_value("Shows").run()
    assert {items.kind[item_id] for item_id in listed(rated)} == {"show"}
    rated.multiselect(key="list_genres").set_value(["Comedy"]).run()
    assert all("Comedy" in items.genres[item_id].split("|") for item_id in listed(rated))
    rated.slider(key="list_years").set_value((1990, 1999)).run()
    assert listed(rated)
    assert all(1990 <= items.year[item_id] <= 1999 for item_id in listed(rated))
    rated.select_slider(key="list_length").set_value(6).run()
    assert len(listed(rated)) == 6


def test_filters_that_nothing_passes_say_so(rated, engine) -> None:
    first, _ = filters.year_range(engine)
    rated.slider(key="list_years").set_value((first, first))
    rated.segmented_control(key="list_kind").set_value("Shows")
    rated.multiselect(key="list_genres").set_value(["Anime"]).run()
    assert not rated.exception
    assert listed(rated) == []
    assert "No title passes these filters" in rated.info[0].value


def test_controls_are_kept_over_a_page_switch(rated) -> None:
    rated.select_slider(key="list_diversity").set_value("Mixed").run()
    before = listed(rated)
    turn_to(rated, "rate")
    turn_to(rated, "for_you")
    assert rated.select_slider(key="list_diversity").value == "Mixed"
    assert listed(rated) == before


def test_because_rows_are_seeded_by_liked_titles(rated, engine) -> None:
    rows = because_rows(engine.visitor(LIKED))
    assert rows
    heads = [element.value.replace("\\", "") for element in rated.header]
    assert heads == [f"Because you watched {title(engine, row.seed)}" for row in rows]
    listed_here = [button.key.removeprefix("_why_because_") for button in rated.button if button.key.startswith("_why_because_")]
    assert listed_here == [item_id for row in rows for item_id in row.item_ids]
    assert all(LIKED[row.seed] >= 3 for row in rows)


def test_why_opens_with_a_sum_that_is_the_score(rated, engine) -> None:
    top = listed(rated)[0]
    assert not rated.get("plotly_chart")
    press(rated, f"_why_{top}")
    explanation = engine.explain(LIKED, top)
    assert title(engine, top) in [element.value.replace("\\", "") for element in rated.header]
    table = rated.dataframe[0].value
    assert table["What"].iloc[0] == "How well known it is"
    assert set(table["What"].iloc[1:-1]) == {title(engine, item_id) for item_id in LIKED}
    assert table["Amount"].iloc[-1] == pytest.approx(explanation.score, abs=5e-4)
    assert table["Amount"].iloc[:-1].sum() == pytest.approx(explanation.score, abs=5e-4 * len(table))
    figure = json.loads(rated.get("plotly_chart")[0].proto.spec)["data"][0]
    assert figure["type"] == "waterfall"
    assert figure["measure"][0] == "absolute"
    assert figure["measure"][-1] == "total"
    assert figure["text"][-1] == f"{explanation.score:.2f}"
    best = title(engine, explanation.because)
    assert any(re.match(rf"Your ratings? of {re.escape(best)} ★", element.value) for element in rated.text)


def test_why_uses_the_chosen_model(rated, engine) -> None:
    rated.selectbox(key="list_model").set_value("content").run()
    top = listed(rated)[0]
    press(rated, f"_why_{top}")
    assert rated.dataframe[0].value["Amount"].iloc[-1] == pytest.approx(engine.explain(LIKED, top, "content").score, abs=5e-4)


def test_why_without_ratings_says_that_it_is_popular(visit) -> None:
    at = visit("for_you")
    press(at, f"_why_{listed(at)[0]}")
    assert "You have not rated anything yet: this is simply popular." in seen(at)
    assert [json.loads(chart.proto.spec)["data"][0]["type"] for chart in at.get("plotly_chart")] == ["bar"]  # how others rated it


def test_titles_outside_the_data_set_are_reported_and_left_out(visit, engine, store: Store) -> None:
    key = "u" * 22
    store.rate(key, engine.dataset.name, "the-wire-2002", 5.0)
    store.rate(key, engine.dataset.name, "no-such-title-1900", 5.0)
    store.mark(key, engine.dataset.name, "gone-1901", "hidden")
    store.mark(key, engine.dataset.name, "gone-1902", "not seen")
    at = visit("for_you", key)
    assert "1 of your ratings are of titles that are not in this data set" in at.warning[0].value
    assert listed(at) == [line.item_id for line in engine.recommend({"the-wire-2002": 5.0}, 12)]
    for page in ("rate", "factors", "about"):
        turn_to(at, page)
    turn_to(at, "rate")
    at.segmented_control(key="rate_view").set_value("My ratings").run()
    assert wall(at) == ["the-wire-2002"]


def test_a_title_of_a_because_row_can_be_opened_and_rated(rated, engine) -> None:
    item_id = because_rows(engine.visitor(LIKED))[0].item_ids[0]
    rated.button(key=f"_why_because_{item_id}").click().run()
    assert not rated.exception
    assert any(title(engine, item_id) in header.value for header in rated.header)
    rated.feedback(key=f"_stars_because_{item_id}").set_value(3).run()
    assert not rated.exception
    assert f"_why_because_{item_id}" not in [button.key for button in rated.button]


def test_because_rows_keep_to_the_filters(engine: Engine) -> None:
    visitor = engine.visitor({"the-wire-2002": 5, "the-godfather-1972": 5, "friends-1994": 5})
    rows = because_rows(visitor, filters=Filters(kind="movie"))
    assert rows
    assert {engine.dataset.title(engine.dataset.position(i)).kind for row in rows for i in row.item_ids} == {"movie"}


def test_reasons_say_what_both_titles_share(rated, engine) -> None:
    lines = {line.item_id: line for line in engine.recommend(LIKED, 12)}
    shared = {item_id: line for item_id, line in lines.items() if line.shared}
    assert shared
    for item_id, line in shared.items():
        rated_title = title(engine, line.because)
        assert f"Because you rated {rated_title} ★{LIKED[line.because]:g} – both: {', '.join(line.shared)}" in cards(rated)[item_id]
    assert all(" – both: " not in cards(rated)[item_id] for item_id in lines if item_id not in shared)


def test_what_was_asked_for_is_the_reason_where_it_outweighs(rated, engine) -> None:
    pulls = {"keyword:heist": 3.0, "genre:Horror": -1.0}
    pull(rated, engine, pulls)
    rated.run()
    lines = {line.item_id: line for line in engine.visitor(LIKED, pulls).recommend(12)}
    asked = [item_id for item_id, line in lines.items() if line.pull]
    assert asked
    assert all("You asked for more heist" in cards(rated)[item_id] for item_id in asked)
    assert "Popular with everyone" not in seen(rated)


def test_a_factor_that_was_asked_for_is_called_by_its_end(visit, engine) -> None:
    at = visit("for_you")
    for amount, side in ((2.0, 1), (-2.0, 0)):
        pull(at, engine, {"factor:0": amount})
        at.run()
        end = engine.factors.names[0][side].phrase
        named = [card for card in cards(at).values() if "You asked for" in card]
        assert named
        assert all(end in card for card in named)
        assert "Popular with everyone" not in " ".join(cards(at)[line] for line in listed(at)[:3])


def test_a_disliked_title_is_no_reason_to_watch(visit) -> None:
    at = visit()
    give(at, "friends-1994", 1) if "friends-1994" in wall(at) else give(at, wall(at)[0], 1)
    text = plain(seen(turn_to(at, "for_you")))
    assert "★1" not in text.replace("which you rated ★1", "")


def test_the_list_can_be_narrowed_to_an_audience_and_a_length(visit, engine: Engine) -> None:
    at = visit("for_you")
    at.multiselect(key="list_audiences").set_value(["Children"]).run()
    at.select_slider(key="list_longest").set_value("45 minutes").run()
    assert not at.exception
    titles = [engine.dataset.title(engine.dataset.position(item_id)) for item_id in listed(at)]
    assert titles
    assert all(title.audience == "children" and title.runtime is not None and title.runtime <= 45 for title in titles)
