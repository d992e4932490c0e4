"""The page "Rate": stars, the wall, search and filters, the live list beside it."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.storage.store import Store
from tests.support.screen import give, listed, live, live_ids, mark, marked_new, plain, press, ratings, seen, strip, token, turn_to, wall


def title(engine: Engine, item_id: str) -> str:
    return str(engine.dataset.items.iloc[engine.dataset.position(item_id)]["title"])


def of(engine: Engine, item_id: str, column: str) -> str:
    return str(engine.dataset.items.iloc[engine.dataset.position(item_id)][column])


def search(at: AppTest, query: str) -> list[str]:
    at.text_input(key="rate_query").set_value(query).run()
    assert not at.exception
    return wall(at)


@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
def test_each_star_is_stored_as_itself(visit, engine, store: Store, stars: int) -> None:
    at = visit()
    first = wall(at)[0]
    give(at, first, stars)
    assert at.feedback(key=f"_stars_wall_{first}").value == stars - 1
    assert ratings(at) == {first: float(stars)}
    assert [(said.item_id, said.stars) for said in store.feedback(token(at), engine.dataset.name)] == [(first, float(stars))]


def test_a_star_sends_no_value_to_the_other_tiles(visit) -> None:
    """A value that is sent again would take back a star that was given meanwhile."""
    at = visit()
    first, second, *_ = wall(at)
    give(give(at, first, 4), second, 2)
    assert [stars.key for stars in at.feedback if stars.proto.set_value] == []
    press(at, f"_clear_{first}")
    assert [stars.key for stars in at.feedback if stars.proto.set_value] == [f"_stars_wall_{first}"]


def test_the_chosen_star_again_clears_the_rating(visit, engine, store: Store) -> None:
    at = visit()
    first = wall(at)[0]
    give(give(at, first, 1), first, None)
    assert ratings(at) == {}
    assert store.feedback(token(at), engine.dataset.name) == []
    assert at.feedback(key=f"_stars_wall_{first}").value is None


def test_the_button_clears_the_rating_and_the_stars(visit) -> None:
    at = visit()
    first, second, *_ = wall(at)
    give(give(at, first, 4), second, 2)
    press(at, f"_clear_{first}")
    assert ratings(at) == {second: 2.0}
    assert at.feedback(key=f"_stars_wall_{first}").value is None
    assert at.feedback(key=f"_stars_wall_{second}").value == 1


def test_another_star_replaces_the_first_and_keeps_the_first_guess(visit, engine, store: Store) -> None:
    at = visit()
    first = wall(at)[0]
    give(at, first, 5)
    guess = store.feedback(token(at), engine.dataset.name)[0].guess
    give(at, first, 2)
    assert [(said.stars, said.guess) for said in store.feedback(token(at), engine.dataset.name)] == [(2.0, guess)]


def test_a_rated_tile_stays_where_it_was(visit) -> None:
    at = visit()
    before = wall(at)
    give(at, before[3], 5)
    assert wall(at) == before


def test_half_a_star_from_elsewhere_shows_as_the_next_whole_one_and_is_not_rounded(visit, engine, store: Store) -> None:
    key = "h" * 22
    first = wall(visit())[0]
    store.rate(key, engine.dataset.name, first, 3.5)
    at = visit(token=key)
    assert at.feedback(key=f"_stars_wall_{first}").value == 3
    at.run()
    assert ratings(at) == {first: 3.5}


def test_not_seen_takes_the_tile_away_until_it_is_searched_for(visit, engine) -> None:
    at = visit()
    first = wall(at)[0]
    press(at, f"_unseen_{first}")
    assert first not in wall(at)
    assert len(wall(at)) == 24
    assert search(at, title(engine, first))[0] == first
    assert at.button(key=f"_seen_{first}").label == "Seen after all"
    press(at, f"_seen_{first}")
    assert search(at, "")[0] == first


def test_not_seen_is_no_rating(visit) -> None:
    at = visit()
    press(at, f"_unseen_{wall(at)[0]}")
    assert ratings(at) == {}
    assert "Nothing rated yet" in strip(at)


def test_the_wall_tells_no_guess_before_the_rating(visit, engine) -> None:
    at = visit()
    other, first, *_ = wall(at)
    give(at, other, 5)  # so that there are guesses of the visitor's own
    tiles = at.get_by_key("wall")
    labels = [button.label for button in tiles.button if button.key != f"_clear_{other}"]
    assert set(labels) == {"Not seen"}
    for tile in tiles.html:  # a title may hold a number, the tile holds nothing else than title, year and kind
        assert not re.search(r"★|guess|expected|predict|\d\.\d", plain(tile.value))
    expected = engine.predict({other: 5.0})[engine.dataset.position(first)]
    give(at, first, 3)
    assert at.button(key=f"_clear_{first}").label == f"We guessed {expected:.1f} · clear"


def test_the_first_guess_is_the_one_for_everybody(visit, engine) -> None:
    at = visit()
    first = wall(at)[0]
    expected = engine.predict({})[engine.dataset.position(first)]
    give(at, first, 1)
    assert at.button(key=f"_clear_{first}").label == f"We guessed {expected:.1f} · clear"


def test_the_live_list_is_the_engines_and_marks_what_entered(visit, engine) -> None:
    at = visit()
    before = live_ids(at)
    assert before == [line.item_id for line in engine.recommend({}, 5)]
    assert marked_new(at) == set()
    assert [element.value for element in at.header] == ["What most people like"]
    first = wall(at)[0]
    give(at, first, 5)
    after = live_ids(at)
    assert after == [line.item_id for line in engine.recommend({first: 5.0}, 5)]
    assert after != before
    assert marked_new(at) == set(after) - set(before)
    assert [element.value for element in at.header] == ["Your live top five"]
    assert f"Because you rated {title(engine, first)} ★5" in plain(live(at))


def test_a_rated_title_leaves_the_live_list(visit, engine) -> None:
    at = visit()
    top = live_ids(at)[0]
    search(at, title(engine, top))
    give(at, top, 5)
    assert top not in live_ids(at)


def test_strip_counts_and_says_what_the_next_one_would_improve(visit, engine) -> None:
    at = visit()
    assert strip(at).startswith("**Nothing rated yet.**")
    at.segmented_control(key="rate_kind").set_value("Movies").run()
    movies = wall(at)
    give(at, movies[0], 5)
    assert strip(at).startswith("**1 rated.** All movies so far. Rate a show")
    for movie in movies[1:3]:
        give(at, movie, 4)
    assert strip(at).startswith("**3 rated.** All movies so far")
    at.segmented_control(key="rate_kind").set_value("Shows").run()
    show = wall(at)[0]
    give(at, show, 5)
    assert strip(at) == "**4 rated.** You liked them all. One that you disliked would teach the list most."
    give(at, show, 1)
    named = re.fullmatch(r"\*\*4 rated\.\*\* Nothing from (.+) yet: one rating there would tell the list something new\.", strip(at))
    assert named
    assert not any(named[1] in of(engine, item_id, "genres").split("|") for item_id in [*movies[:3], show])


def test_strip_for_shows_only_and_for_dislikes_only(visit) -> None:
    at = visit()
    at.segmented_control(key="rate_kind").set_value("Shows").run()
    give(at, wall(at)[0], 2)
    assert "All shows so far. Rate a movie" in strip(at)
    give(at, wall(at)[1], 1)
    at.segmented_control(key="rate_kind").set_value("Movies").run()
    give(at, wall(at)[0], 1)
    assert "You liked none of them" in strip(at)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("breaking bad", "breaking-bad-2008"),
        ("BREAKING  bad!", "breaking-bad-2008"),
        ("Frances McDormand", "fargo-1996"),
        ("amelie", "amelie-2001"),
        ("Amélie", "amelie-2001"),
    ],
)
def test_search_finds_titles_and_people_without_case_and_accents(visit, query: str, expected: str) -> None:
    assert expected in search(visit(), query)


def test_search_by_keyword(visit, engine) -> None:
    found = search(visit(), "courtroom")
    assert found
    for item_id in found:
        texts = " ".join(of(engine, item_id, column) for column in ("title", "original_title", "keywords", "creators", "cast", "genres"))
        assert "courtroom" in texts.lower()


def test_a_title_that_is_what_was_typed_comes_first(visit, engine) -> None:
    assert title(engine, search(visit(), "The Wire")[0]) == "The Wire"


def test_nothing_found_says_so(visit, engine) -> None:
    at = visit()
    assert search(at, "zzzzqqqq") == []
    assert at.info[0].value == f"“zzzzqqqq” is not among our {engine.dataset.n_items:,} titles."
    assert not at.pagination


def test_what_comes_nearest_is_a_click_away(visit) -> None:
    at = visit()
    assert search(at, "dune messiah") == []
    nearest = {button.label: button.key for button in at.button if button.key and button.key.startswith("_nearest_")}
    assert "Dune" in nearest
    press(at, nearest["Dune"])
    assert at.text_input(key="rate_query").value == "Dune"
    assert wall(at)[0].startswith("dune-")


def test_where_nothing_comes_near_a_genre_is_a_click_away(visit) -> None:
    at = visit()
    search(at, "zzzzqqqq")
    press(at, "_nearest_0")
    assert len(wall(at)) == 24


def test_a_slip_is_answered_with_the_titles_and_a_remark(visit, engine) -> None:
    at = visit()
    assert title(engine, search(at, "shawshenk")[0]) == "The Shawshank Redemption"
    assert "Nothing is spelled “shawshenk” here. These come nearest:" in [caption.value for caption in at.caption]
    search(at, "shawshank")
    assert not any("is spelled" in caption.value for caption in at.caption)


def test_the_filters_are_named_where_they_leave_nothing(visit, engine) -> None:
    at = visit()
    search(at, "big bang theory")
    at.segmented_control(key="rate_kind").set_value("Movies").run()
    assert wall(at) == []
    assert "the filters let none pass" in at.info[0].value
    at.segmented_control(key="rate_view").set_value("My ratings").run()
    assert "you have rated none of them" in at.info[0].value


def test_a_query_is_shown_as_it_was_typed(visit) -> None:
    at = visit()
    search(at, "[zzzq](http://a.b) *qqx*")
    assert at.info[0].value.startswith(r"“\[zzzq\]")


@pytest.mark.parametrize("query", ["(", "[", "\\", "*", "|", "   ", "%", "<script>", "\u0000"])
def test_search_takes_any_characters(visit, query: str) -> None:
    search(visit(), query)


@pytest.mark.parametrize(("choice", "kind"), [("Shows", "show"), ("Movies", "movie")])
def test_filter_by_kind(visit, engine, choice: str, kind: str) -> None:
    at = visit()
    assert {of(engine, item_id, "kind") for item_id in wall(at)} == {"show", "movie"}
    at.segmented_control(key="rate_kind").set_value(choice).run()
    assert len(wall(at)) == 24
    assert {of(engine, item_id, "kind") for item_id in wall(at)} == {kind}


def test_filter_by_genre_and_decade(visit, engine) -> None:
    at = visit()
    at.multiselect(key="rate_genres").set_value(["Western"]).run()
    assert wall(at)
    assert all("Western" in of(engine, item_id, "genres").split("|") for item_id in wall(at))
    at.multiselect(key="rate_decades").set_value([1960]).run()
    assert wall(at)
    for item_id in wall(at):
        assert "Western" in of(engine, item_id, "genres").split("|")
        assert 1960 <= float(of(engine, item_id, "year")) <= 1969


def test_pages_of_24_hold_every_title_once(visit, engine) -> None:
    at = visit()
    first = wall(at)
    assert len(first) == 24
    pages = at.pagination[0].num_pages
    assert pages == -(-engine.dataset.n_items // 24)
    at.pagination[0].set_value(2).run()
    second = wall(at)
    assert len(second) == 24
    assert not set(first) & set(second)
    at.pagination[0].set_value(pages).run()
    assert len(wall(at)) == (engine.dataset.n_items - 1) % 24 + 1


def test_a_search_begins_on_its_first_page(visit) -> None:
    at = visit()
    at.pagination[0].set_value(3).run()
    assert search(at, "breaking bad")[0] == "breaking-bad-2008"


def test_few_results_have_no_pagination(visit) -> None:
    at = visit()
    search(at, "breaking bad")
    assert not at.pagination


def test_my_ratings_lists_the_latest_first(visit) -> None:
    at = visit()
    at.segmented_control(key="rate_view").set_value("My ratings").run()
    assert "No ratings here yet" in at.info[0].value
    at.segmented_control(key="rate_view").set_value("To rate").run()
    first, second, third, *_ = wall(at)
    for item_id, stars in ((second, 5), (first, 1), (third, 3)):
        give(at, item_id, stars)
    at.segmented_control(key="rate_view").set_value("My ratings").run()
    assert wall(at) == [third, first, second]
    give(at, first, None)
    assert wall(at) == [third, second]


def test_my_ratings_can_be_searched(visit, engine) -> None:
    at = visit()
    first, second, *_ = wall(at)
    give(give(at, first, 5), second, 5)
    at.segmented_control(key="rate_view").set_value("My ratings").run()
    assert search(at, title(engine, second)) == [second]


def test_filters_are_kept_over_a_page_switch(visit) -> None:
    at = visit()
    found = search(at, "breaking bad")
    turn_to(at, "about")
    turn_to(at, "rate")
    assert at.text_input(key="rate_query").value == "breaking bad"
    assert wall(at) == found


def test_a_hidden_title_is_not_in_the_live_list_either(visit) -> None:
    at = visit("for_you")
    top = listed(at)[0]
    mark(at, top, "hidden")
    turn_to(at, "rate")
    assert top not in live_ids(at)


def test_the_source_is_named(visit) -> None:
    assert "Showcase · simulated audience" in seen(visit())
