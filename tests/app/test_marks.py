"""Keep, seen, not for me: on the list, in a title's window and on the page Kept; each can be undone and outlives the tab."""

from __future__ import annotations

import re
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.storage.store import Store
from recsys_core.visitor.title_pulls import AWAY, TOWARDS, seen_name, title_name
from tests.support.screen import LIST, give, listed, live_ids, mark, plain, press, ratings, seen, token, turn_to, wall

KEY = "k" * 22
LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0}


@pytest.fixture
def rated(visit, engine: Engine, store: Store) -> AppTest:
    for item_id, stars in LIKED.items():
        store.rate(KEY, engine.dataset.name, item_id, stars)
    return visit("for_you", KEY)


def said(store: Store, engine: Engine) -> dict[str, str]:
    return {one.item_id: one.mark for one in store.feedback(KEY, engine.dataset.key) if one.mark != "rated"}


def open_sheet(at: AppTest, item_id: str) -> AppTest:
    """As a click on the poster does; only a browser can click it."""
    at.session_state["sheet_to_open"] = item_id
    at.run()
    assert not at.exception
    return at


def undo_line(at: AppTest) -> str:
    return next((text.value for text in at.markdown if any(button.key == "_undo" for button in at.button) and text.value), "")


def kept(at: AppTest, view: str = "kept") -> list[str]:
    """Ids on the page Kept, in their order."""
    if at.segmented_control(key="kept_view").value != view:
        at.segmented_control(key="kept_view").set_value(view).run()
        assert not at.exception
    return [found[1] for card in at.html if (found := re.search(r'class="facts short" data-item="([^"]+)"', card.value))]


@pytest.mark.parametrize("what", ["kept", "seen", "hidden"])
def test_a_mark_is_stored_can_be_undone_and_survives(rated: AppTest, visit, engine: Engine, store: Store, what: str) -> None:
    before = listed(rated)
    mark(rated, before[1], what)
    assert said(store, engine) == {before[1]: what}
    assert (before[1] in listed(rated)) == (what == "kept")
    assert ratings(rated) == LIKED
    again = visit("for_you", KEY)
    assert (before[1] in listed(again)) == (what == "kept")
    assert kept(turn_to(again, "kept"), what) == [before[1]]
    press(rated, "_undo")
    assert said(store, engine) == {}
    assert listed(rated) == before
    assert not [button for button in rated.button if button.key == "_undo"]


def test_the_chosen_mark_again_takes_it_back(rated: AppTest, engine: Engine, store: Store) -> None:
    top = listed(rated)[0]
    mark(rated, top, "kept")
    mark(rated, top, None)
    assert said(store, engine) == {}


def test_a_star_in_the_list_says_what_was_guessed_and_can_be_undone(rated: AppTest) -> None:
    top = listed(rated)[0]
    expected = rated.session_state["ratings"]
    mark(rated, top, "kept")
    give(rated, top, 3, LIST)
    guess = expected.guess(top)
    assert f"★3 – we guessed {guess:.1f}" in undo_line(rated)
    press(rated, "_undo")
    assert top not in ratings(rated)
    assert expected.marked("kept") == [top]  # what had been said before the star


def test_the_line_goes_with_the_next_act(rated: AppTest) -> None:
    first, second = listed(rated)[:2]
    mark(rated, first, "seen")
    mark(rated, second, "seen")
    press(rated, "_undo")
    assert first not in listed(rated)
    assert second in listed(rated)


def test_seen_all_of_these(rated: AppTest, engine: Engine, store: Store) -> None:
    before = listed(rated)
    press(rated, "_seen_all_list")
    assert set(said(store, engine)) == set(before)
    assert not set(before) & set(listed(rated))
    press(rated, "_undo")
    assert said(store, engine) == {}
    assert listed(rated) == before
    row = next(button for button in rated.button if str(button.key).startswith("_seen_all_") and button.key != "_seen_all_list")
    press(rated, row.key)
    assert len(said(store, engine)) == int(row.label.removeprefix("Seen all "))


def test_not_for_me_is_a_weak_dislike_that_why_names_and_that_can_be_switched_off(rated: AppTest, engine: Engine) -> None:
    top = "the-sopranos-1999"
    assert top in listed(rated)
    mark(rated, top, "hidden")
    steering = {title_name(top): AWAY}
    expected = [line.item_id for line in engine.visitor(LIKED, steering).recommend(13) if line.item_id != top][:12]
    assert listed(rated) == expected
    like_it = next(other for other, _ in engine.similar_items(top, 5) if other in listed(rated))
    press(rated, f"_why_{like_it}")
    assert "You said that The Sopranos is not for you: that pulled it down." in " ".join(text.value for text in rated.text)
    amount = engine.visitor(LIKED, steering).explain(like_it).steering[title_name(top)]
    assert any(f"Not for you: The Sopranos {amount:+.2f}" in chart.proto.alt for chart in rated.get("plotly_chart"))
    turn_to(rated, "kept")
    assert kept(rated, "hidden") == [top]
    rated.toggle(key="_away").set_value(False).run()
    turn_to(rated, "for_you")
    assert listed(rated) == [line.item_id for line in engine.visitor(LIKED).recommend(13) if line.item_id != top][:12]


def test_seen_counts_as_watched(rated: AppTest, engine: Engine) -> None:
    top, second = listed(rated)[:2]
    mark(rated, top, "seen")
    visitor = engine.visitor(LIKED, {seen_name(top): 1.0})
    card = next(plain(card.value) for card in rated.html if f'class="facts" data-item="{second}"' in card.value)
    assert f"{visitor.predict()[engine.dataset.position(second)]:.1f} ★" in card
    rated.selectbox(key="list_model").set_value("watched").run()
    assert listed(rated)[0] == next(line.item_id for line in visitor.recommend(2, "watched") if line.item_id != top)


def test_marks_follow_in_the_live_list_and_on_the_wall(rated: AppTest, engine: Engine) -> None:
    turn_to(rated, "rate")
    top = live_ids(rated)[0]
    turn_to(rated, "for_you")
    mark(rated, top, "seen")
    turn_to(rated, "rate")
    assert top not in live_ids(rated)
    first = wall(rated)[0]
    open_sheet(rated, first)
    mark(rated, first, "kept", "sheet")
    rated.run()
    assert first not in wall(rated)


def test_the_window_of_a_title_tells_everything(rated: AppTest, engine: Engine) -> None:
    open_sheet(rated, "breaking-bad-2008")
    words = seen(rated) + " ".join(text.value for text in rated.text)
    title = engine.dataset.title(engine.dataset.position("breaking-bad-2008"))
    raters = int(engine.dataset.raters[engine.dataset.position("breaking-bad-2008")])
    for fact in (title.text, title.creators[0], title.cast[0], title.country, title.language, title.genres[0], f"{raters:,} simulated"):
        assert fact in words
    assert "2008–2013 · Show · 5 seasons" in words
    assert "You gave it ★5." in words
    similar = re.findall(r'data-open="([^"]+)"', next(card.value for card in rated.html if 'class="row"' in card.value))
    assert [other for other, _ in engine.similar_items("breaking-bad-2008", 8)] == similar
    open_sheet(rated, "heat-1995")
    assert "four times in five you would give it between" in " ".join(text.value for text in rated.text)
    press(rated, "_sheet_why")
    assert "How the score adds up" in [heading.value for heading in rated.subheader]


def test_more_like_this_makes_the_list_one_of_its_kind(rated: AppTest, engine: Engine) -> None:
    up = "up-2009"
    open_sheet(rated, up)
    press(rated, "_sheet_like")
    rated.run()
    expected = engine.visitor(LIKED, {title_name(up): TOWARDS}).recommend(13)
    assert listed(rated) == [line.item_id for line in expected if line.item_id != up][:12]
    assert "More like Up." in " ".join(text.value for text in rated.markdown)
    assert "You asked for more like Up" in seen(rated)
    press(rated, "_straight_list")
    assert listed(rated) == [line.item_id for line in engine.recommend(LIKED, 12)]


def test_more_like_several_chosen_among_what_is_rated(rated: AppTest, engine: Engine) -> None:
    chosen = ["amelie-2001", "the-godfather-1972"]
    rated.multiselect(key="_more_like").set_value(chosen).run()
    visitor = engine.visitor(LIKED, {title_name(item_id): TOWARDS for item_id in chosen})
    assert listed(rated) == [line.item_id for line in visitor.recommend(12)]


def test_only_ratings_since_a_day_count_and_older_titles_stay_off(visit, engine: Engine, store: Store, monkeypatch) -> None:
    old, new = {"amelie-2001": 5.0}, {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0}
    for given, day in ((old, 1_600_000_000.0), (new, 1_700_000_000.0)):
        monkeypatch.setattr(Store, "now", lambda self, day=day: day)
        for item_id, stars in given.items():
            store.rate(KEY, engine.dataset.name, item_id, stars)
    at = visit("for_you", KEY)
    at.date_input(key="_since").set_value(date(2022, 1, 1)).run()
    assert not at.exception
    assert listed(at) == [line.item_id for line in engine.recommend(new, 13) if line.item_id not in old][:12]
    assert "Only your 2 ratings since 01 January 2022 count." in " ".join(text.value for text in at.markdown)
    press(at, "_straight_list")
    assert listed(at) == [line.item_id for line in engine.recommend(old | new, 12)]


@pytest.mark.parametrize(
    ("key", "value", "passes"),
    [
        ("list_languages", ["Danish"], lambda title: "Danish" in title.language),
        ("list_countries", ["Sweden", "Norway"], lambda title: {"Sweden", "Norway"} & set(title.country.split("|"))),
        ("list_decades", [1980], lambda title: 1980 <= title.year < 1990),
        ("list_seasons", "1 season", lambda title: title.kind == "movie" or title.seasons == 1),
    ],
)
def test_the_list_is_restricted(rated: AppTest, engine: Engine, key: str, value, passes) -> None:
    widget = rated.select_slider(key=key) if isinstance(value, str) else rated.multiselect(key=key)
    widget.set_value(value).run()
    assert not rated.exception
    assert listed(rated)
    assert all(passes(engine.dataset.title(engine.dataset.position(item_id))) for item_id in listed(rated))


def test_kept_is_sorted_and_filtered(rated: AppTest, engine: Engine) -> None:
    chosen = listed(rated)[:5]
    for item_id in chosen:
        mark(rated, item_id, "kept")
    turn_to(rated, "kept")
    assert kept(rated) == chosen[::-1]
    facts = {item_id: engine.dataset.title(engine.dataset.position(item_id)) for item_id in chosen}
    expected = dict(zip(engine.item_ids.tolist(), engine.visitor(LIKED).predict().tolist(), strict=True))
    for order, by in (
        ("Expected stars", lambda item_id: -expected[item_id]),
        ("Year", lambda item_id: -facts[item_id].year),
        ("Title", lambda item_id: facts[item_id].title.casefold().removeprefix("the ")),
        ("Length", lambda item_id: facts[item_id].runtime),
    ):
        rated.selectbox(key="kept_order").set_value(order).run()
        assert [by(item_id) for item_id in kept(rated)] == sorted(map(by, chosen)), order
    rated.segmented_control(key="kept_kind").set_value("Shows").run()
    assert set(kept(rated)) == {item_id for item_id in chosen if facts[item_id].kind == "show"}


def test_nothing_kept_says_how_to_keep(visit) -> None:
    at = visit("kept")
    assert "Press Keep under a title" in at.info[0].value
    assert token(at)


def test_rating_a_kept_title_takes_it_off_the_page(rated: AppTest) -> None:
    top = listed(rated)[0]
    mark(rated, top, "kept")
    turn_to(rated, "kept")
    give(rated, top, 4, "_stars_kept_")
    assert kept(rated) == []
    assert ratings(rated)[top] == 4.0
    press(rated, "_undo")
    assert kept(rated) == [top]
