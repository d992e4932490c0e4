"""Who a visitor is, what outlives a tab, and what happens when the database or the data set fails."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.errors import StoreError
from recsys_core.storage import waiting
from recsys_core.storage.store import Store
from tests.support.fits import SharedFit
from tests.support.screen import give, listed, live_ids, mark, press, ratings, seen, strip, token, turn_to, wall
from ui.session import app_data, profile

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("rate", "for_you", "factors", "about")


def test_ratings_and_marks_survive_a_new_session_with_the_same_address(visit) -> None:
    at = visit()
    first, second, third, *_ = wall(at)
    give(give(at, first, 5), second, 1)
    press(at, f"_unseen_{third}")
    later = visit(token=token(at))
    assert token(later) == token(at)
    assert ratings(later) == {first: 5.0, second: 1.0}
    assert third not in wall(later)
    assert live_ids(later) == live_ids(at)
    assert strip(later) == strip(at)


def test_the_guess_survives_too(visit) -> None:
    at = visit()
    first = wall(at)[0]
    give(at, first, 5)
    label = at.button(key=f"_clear_{first}").label
    assert visit(token=token(at)).button(key=f"_clear_{first}").label == label


def test_two_visitors_never_see_each_others_ratings(visit) -> None:
    one, other = visit(), visit()
    assert token(one) != token(other)
    first = wall(one)[0]
    give(one, first, 5)
    other.run()
    assert ratings(other) == {}
    assert "Nothing rated yet" in strip(other)
    give(other, first, 1)
    one.run()
    assert ratings(one) == {first: 5.0}
    assert ratings(visit(token=token(one))) == {first: 5.0}
    assert ratings(visit(token=token(other))) == {first: 1.0}


@pytest.mark.parametrize("bad", ["x", "a" * 21, "a" * 23, "../../etc/passwd/aaaaaaa", "' or 1=1 --aaaaaaaaaaa", "é" * 22, "a" * 21 + "\n"])
def test_an_address_that_holds_no_token_gets_a_fresh_one(visit, bad: str) -> None:
    at = visit(token=bad)
    assert token(at) != bad
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token(at))
    assert ratings(at) == {}


def test_a_new_visitor_gets_a_token_of_22_characters(visit) -> None:
    tokens = {token(visit()) for _ in range(3)}
    assert len(tokens) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in tokens)


def test_the_token_and_the_ratings_stay_over_a_page_switch(visit) -> None:
    at = visit()
    key, first = token(at), wall(at)[0]
    give(at, first, 5)
    for page in PAGES:
        turn_to(at, page)
        assert token(at) == key
        assert ratings(at) == {first: 5.0}


def fails(*_args: object) -> int:
    raise StoreError("The disk is full.")


@pytest.fixture
def attempts_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is written when the test says so."""
    monkeypatch.setattr(waiting, "PAUSES", (3600,))


def run_app(at: AppTest) -> AppTest:
    """Run the whole app in the same tab: AppTest reruns the page alone after a page switch, a browser reruns app.py."""
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for key, value in at.query_params.items():
        again.query_params[key] = value
    for name in ("ratings", "waited", "unsure", "times_left"):
        if name in at.session_state:
            again.session_state[name] = at.session_state[name]
    again.run()
    assert not again.exception
    return again


def test_without_a_database_the_app_works_and_says_so(visit, set_environment, tmp_path: Path) -> None:
    set_environment("DATABASE_URL", f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'r.sqlite3'}")
    at = visit()
    assert "What you rated before cannot be read at the moment." in at.warning[0].value
    first = wall(at)[0]
    give(at, first, 5)
    assert "Saving… Your last change is not stored yet." in at.warning[0].value
    turn_to(at, "for_you")
    assert len(at.warning) == 1
    assert ratings(at) == {first: 5.0}
    assert first not in listed(at)
    mark(at, listed(at)[0], "hidden")
    assert "Saving… Your last 2 changes are not stored yet." in at.warning[0].value
    turn_to(at, "about")
    next(button for button in at.button if "Forget" in button.label).click().run()
    assert not at.exception
    assert ratings(at) == {}
    assert not at.toast  # it does not say that they are deleted
    assert "Saving… Your last change is not stored yet." in at.warning[0].value


@pytest.mark.parametrize("url", ["nonsense", "nosuchdialect://x", "postgresql+psycopg2://nobody@127.0.0.1:1/none"])
def test_an_unusable_database_address_is_no_crash(visit, set_environment, url: str) -> None:
    set_environment("DATABASE_URL", url)
    at = visit()
    assert "cannot be read at the moment" in at.warning[0].value
    give(at, wall(at)[0], 5)
    assert "Saving…" in at.warning[0].value


def test_a_file_that_is_no_database_is_no_crash(visit, set_environment, tmp_path: Path) -> None:
    (tmp_path / "r.sqlite3").write_text("this is no database" * 100)
    set_environment("DATABASE_URL", f"sqlite:///{tmp_path / 'r.sqlite3'}")
    at = visit()
    assert "cannot be read at the moment" in at.warning[0].value


@pytest.mark.usefixtures("attempts_by_hand")
def test_what_could_not_be_saved_is_saved_when_the_database_is_back(visit, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit()
    first, second, *_ = wall(at)
    with monkeypatch.context() as broken:
        broken.setattr(Store, "rate", fails)
        give(at, first, 5)
        assert "not stored yet" in at.warning[0].value
        assert "The disk is full." in at.warning[0].value
    give(at, second, 4)
    assert "Your last 2 changes are not stored yet" in at.warning[0].value
    again = visit(token=token(at))  # a reload, before they are stored
    assert token(again) == token(at)
    assert ratings(again) == {first: 5.0, second: 4.0}
    assert "Your last 2 changes are not stored yet" in again.warning[0].value
    assert profile.store().waiting.flush()
    at.run()
    assert not at.warning
    assert ":material/check: Saved" in [caption.value for caption in at.caption]
    at.run()
    assert ":material/check: Saved" not in [caption.value for caption in at.caption]  # it is said once
    assert {said.item_id: said.stars for said in store.feedback(token(at), "showcase")} == {first: 5.0, second: 4.0}


def test_another_tab_is_followed_at_the_next_run(visit, store: Store) -> None:
    one = visit()
    first, second, third, *_ = wall(one)
    give(one, first, 5)
    other = visit(token=token(one))
    give(give(other, first, None), second, 2)
    press(other, f"_unseen_{third}")
    one = run_app(one)
    assert ratings(one) == {second: 2.0}
    assert one.feedback(key=f"_stars_wall_{first}").value is None
    assert one.feedback(key=f"_stars_wall_{second}").value == 1
    assert third not in wall(one)
    store.forget(token(one))
    assert ratings(run_app(one)) == {}


# The key, and the browser that has it

PLANTED = "p" * 22


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Be another browser from now on; AppTest has no cookies."""

    def become(name: str) -> None:
        monkeypatch.setattr(profile, "_browser", lambda: name)

    become("mine")
    return become


@pytest.mark.usefixtures("browser")
def test_a_key_that_nobody_issued_opens_what_the_browser_has(visit, store: Store) -> None:
    at = visit(token=PLANTED)
    assert token(at) != PLANTED
    give(at, wall(at)[0], 5)
    assert token(visit(token=PLANTED)) == token(at)
    assert store.feedback(PLANTED, "showcase") == []


def test_a_reload_keeps_the_key_before_and_after_the_first_star(visit, browser) -> None:
    at = visit()
    assert token(visit(token=token(at))) == token(at)
    give(at, wall(at)[0], 5)
    again = visit(token=token(at))
    assert token(again) == token(at)
    assert len(ratings(again)) == 1


def test_a_key_of_another_browser_under_which_nothing_was_said_is_not_taken(visit, browser) -> None:
    browser("theirs")
    planted = token(visit())
    browser("mine")
    assert token(visit(token=planted)) != planted


def test_no_address_holds_the_key_where_the_browser_is_told_by_its_cookie(visit, browser) -> None:
    at = visit()
    assert not at.query_params
    first = wall(at)[0]
    give(at, first, 5)
    for page in PAGES:
        assert not turn_to(at, page).query_params
    again = visit()  # a reload
    assert token(again) == token(at)
    assert ratings(again) == {first: 5.0}
    assert not again.query_params


def test_an_address_from_before_opens_its_ratings_and_loses_the_key(visit, browser) -> None:
    at = visit()
    first = wall(at)[0]
    give(at, first, 5)
    bookmark = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    bookmark.query_params |= {"p": token(at), "w": "1", "model": "svd"}
    bookmark.run()
    assert ratings(bookmark) == {first: 5.0}
    assert set(bookmark.query_params) == {"w", "model"}


def test_two_tabs_that_open_before_anything_is_said_are_one_visitor(visit, browser) -> None:
    one, two = visit(), visit()
    first, second, *_ = wall(one)
    give(one, first, 5)
    give(two, second, 1)
    assert ratings(run_app(one)) == ratings(run_app(two)) == {first: 5.0, second: 1.0}
    assert ratings(visit()) == {first: 5.0, second: 1.0}


def test_without_cookies_the_address_keeps_the_key_and_the_page_data_says_so(visit) -> None:
    at = visit("data")
    assert at.query_params["p"] in (token(at), [token(at)])
    assert "the address of this page holds the key to your ratings" in seen(at)


def test_the_key_is_shown_on_request_with_a_warning_and_nowhere_else(visit, browser) -> None:
    at = visit()
    give(at, wall(at)[0], 5)
    for page in (*PAGES, "data"):
        turn_to(at, page)
        assert token(at) not in seen(at) + "".join(code.value for code in at.code)
    at.session_state["_show_key"] = True
    at.run()
    assert at.code[0].value.endswith(f"?p={token(at)}")
    assert "Whoever has this key sees and changes your ratings." in seen(at)


def test_a_browser_that_is_to_forget_starts_anew_in_all_its_tabs(visit, browser, store: Store) -> None:
    at, other = visit(), visit()
    first = wall(at)[0]
    give(at, first, 5)
    key = token(at)
    other = run_app(other)
    assert ratings(other) == {first: 5.0}
    turn_to(at, "data")
    press(at, "_leave")
    assert token(at) != key
    assert ratings(at) == {}
    other = run_app(other)
    assert (token(other), ratings(other)) == (token(at), {})
    assert ratings(visit()) == {}
    assert [said.item_id for said in store.feedback(key, "showcase")] == [first]
    assert ratings(press(visit(token=key), "_key_use")) == {first: 5.0}


def test_what_is_said_before_the_database_tells_the_browser_joins_its_ratings(visit, browser, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit()
    first, second, *_ = wall(at)
    give(at, first, 5)
    key = token(at)
    with monkeypatch.context() as restarted:  # and its database cannot be read yet
        restarted.setattr(Store, "opened", fails)
        restarted.setattr(Store, "remembered", lambda *_: "")
        later = visit()
        assert token(later) != key
        give(later, second, 1)
    later = run_app(later)
    assert token(later) == key
    assert ratings(later) == {first: 5.0, second: 1.0}
    assert ratings(visit()) == {first: 5.0, second: 1.0}


def test_the_ratings_of_another_browser_are_asked_for(visit, browser) -> None:
    browser("theirs")
    theirs = visit()
    first = wall(theirs)[0]
    give(theirs, first, 5)
    browser("mine")
    at = visit(token=token(theirs))
    assert [title.value for title in at.title] == ["Whose ratings?"]
    assert not at.feedback
    at.run()
    assert [title.value for title in at.title] == ["Whose ratings?"]
    press(at, "_key_use")
    assert ratings(at) == {first: 5.0}
    assert token(at) == token(theirs)
    assert ratings(visit(token=token(theirs))) == {first: 5.0}  # asked once


def test_one_may_start_ones_own_instead(visit, browser) -> None:
    browser("theirs")
    theirs = visit()
    first, second, *_ = wall(theirs)
    give(theirs, first, 5)
    browser("mine")
    at = press(visit(token=token(theirs)), "_key_own")
    assert token(at) != token(theirs)
    assert ratings(at) == {}
    give(at, second, 1)
    assert ratings(visit(token=token(at))) == {second: 1.0}
    browser("theirs")
    assert ratings(visit(token=token(theirs))) == {first: 5.0}


def test_ratings_from_before_browsers_were_told_apart_open_without_a_question(visit, browser, store: Store) -> None:
    at = visit()
    first = wall(at)[0]
    store.rate(PLANTED, "showcase", first, 4)
    store.admit(PLANTED)
    assert ratings(visit(token=PLANTED)) == {first: 4.0}
    browser("theirs")
    assert visit(token=PLANTED).title[0].value == "Whose ratings?"


def test_without_cookies_nobody_is_asked(visit, browser, store: Store) -> None:
    browser("theirs")
    at = visit()
    first = wall(at)[0]
    give(at, first, 5)
    browser("")
    assert ratings(visit(token=token(at))) == {first: 5.0}


def test_a_new_key_has_the_ratings_and_the_old_one_opens_nothing(visit, browser) -> None:
    at = visit()
    old, first = token(at), wall(at)[0]
    give(at, first, 5)
    other = visit(token=old)
    browser("theirs")
    elsewhere = press(visit(token=old), "_key_use")
    browser("mine")
    turn_to(at, "data")
    press(at, "_renew_key")
    assert token(at) != old
    assert "The old one opens nothing any more." in at.success[0].value
    assert ratings(at) == ratings(visit(token=token(at))) == {first: 5.0}
    assert token(visit(token=old)) == token(at)  # what this browser has now
    other = run_app(other)  # another tab of this browser
    assert token(other) == token(at)
    assert ratings(other) == {first: 5.0}
    browser("theirs")
    elsewhere = run_app(elsewhere)
    assert token(elsewhere) not in (old, token(at))
    assert ratings(elsewhere) == {}
    assert "have got a new key" in elsewhere.info[0].value


@pytest.mark.usefixtures("attempts_by_hand", "browser")
def test_the_key_stays_while_something_is_not_stored(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit()
    key = token(at)
    monkeypatch.setattr(Store, "rate", fails)
    give(at, wall(at)[0], 5)
    turn_to(at, "data")
    press(at, "_renew_key")
    assert token(at) == key
    assert "The key stays as it is, for now. The disk is full." in at.error[0].value


def test_the_other_parameters_of_the_address_are_left_alone(engine) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.query_params["model"] = "svd"
    at.query_params["several"] = ["a", "b"]
    at.query_params["d"] = "no-such-data"
    at.query_params["w"] = "1"
    at.run()
    assert not at.exception
    assert at.query_params["model"] in ("svd", ["svd"])
    assert at.query_params["several"] == ["a", "b"]
    assert "d" not in at.query_params  # what this app wrote and no longer holds
    assert at.query_params["w"] in ("1", ["1"])
    key = token(at)
    give(at, wall(at)[0], 5)
    assert token(at) == key
    assert at.query_params["several"] == ["a", "b"]


def broken_archives(folder: Path) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    good = folder / "good.zip"
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("movies.csv", "movieId,title,genres\n" + "1,Heat (1995),Crime\n" * 50)
    truncated = folder / "truncated.zip"
    truncated.write_bytes(good.read_bytes()[:-30])
    not_a_zip = folder / "text.zip"
    not_a_zip.write_text("no archive at all")
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    return {"missing": folder / "no-such.zip", "truncated": truncated, "no zip": not_a_zip, "no ratings": good, "empty folder": empty}


@pytest.mark.parametrize("case", ["missing", "truncated", "no zip", "no ratings", "empty folder"])
def test_a_broken_data_set_is_one_clear_error(engine, set_environment, tmp_path: Path, case: str) -> None:
    path = broken_archives(tmp_path / "archives")[case]
    set_environment("RECSYS_DATASET", str(path))
    at = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=180).run()
    assert not at.exception
    assert len(at.error) == 1
    assert path.name in at.error[0].value
    assert "Traceback" not in seen(at)
    assert 'File "' not in seen(at)
    assert "RECSYS_DATASET" in seen(at)
    assert not at.feedback


def test_ratings_of_one_data_set_do_not_show_in_another(visit, archive) -> None:
    at = visit()
    give(at, wall(at)[0], 5)
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Aliens (1986)", "Brazil (1985)")
    other = visit(token=token(at))
    assert ratings(other) == {}
    give(other, wall(other)[0], 2)
    assert list(ratings(other).values()) == [2.0]


def test_the_search_belongs_to_the_data_set(visit, archive) -> None:
    at = visit()
    at.text_input(key="rate_query").set_value("breaking bad").run()
    assert "breaking-bad-2008" in wall(at)
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Aliens (1986)", "Brazil (1985)")
    other = visit()
    other.text_input(key="rate_query").set_value("alien").run()
    assert not other.exception
    assert sorted(wall(other)) == ["3", "4"]


def test_a_changed_archive_is_read_anew(visit, archive) -> None:
    folder = archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Aliens (1986)", "Brazil (1985)")
    assert "Brazil" in seen(visit())
    movies = folder / "movies.csv"
    movies.write_text(movies.read_text(encoding="utf-8").replace("Brazil", "Network News"), encoding="utf-8")
    assert "Network News" in seen(visit())


@pytest.mark.parametrize("titles", [("Heat", "Casino", "Alien", "Aliens", "Brazil"), tuple(f"Title {i} (1995)" for i in range(6))])
def test_titles_without_years_or_all_of_one_year_open_every_page(visit, archive, titles: tuple[str, ...]) -> None:
    archive(*titles)
    at = visit()
    give(at, wall(at)[0], 5)
    for page in PAGES:
        turn_to(at, page)
    turn_to(at, "for_you")
    assert len(listed(at)) == len(titles) - 1


def test_titles_without_genres_open_every_page(visit, archive) -> None:
    archive("Heat (1995)", "Casino (1996)", "Alien (1979)", "Aliens (1986)", "Brazil (1985)", genres="(no genres listed)")
    at = visit()
    give(at, wall(at)[0], 5)
    for page in PAGES:
        turn_to(at, page)


def test_hostile_titles_stay_text_everywhere(visit, archive) -> None:
    hostile = (
        "<script>alert(1)</script> (1995)",
        '"><img src=x onerror=alert(1)> (1996)',
        "**bold** [x](javascript:1) (1997)",
        ":red[hot] $x^2$ (1998)",
    )
    archive(*hostile, "Heat (1995)", "Casino (1996)", "Alien (1979)")
    at = visit()
    for item_id in wall(at)[:3]:
        give(at, item_id, 5)
    for page in PAGES:
        turn_to(at, page)
        for element in at.html:
            assert "<script" not in element.value
            assert "<img src=x" not in element.value
    turn_to(at, "for_you")
    heads = [element.value for element in at.header]
    assert not any("**bold**" in head or "<script" in head or ":red[" in head for head in heads)


def test_movielens_latest_small_through_the_app(visit, set_environment, movielens_fit: SharedFit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_data, "load_engine", lambda _name, _folder: Engine.load(movielens_fit.folder))
    set_environment("RECSYS_DATASET", movielens_fit.source)
    at = visit()
    assert len(wall(at)) == 24
    assert "MovieLens latest-small · real ratings" in seen(at)
    at.text_input(key="rate_query").set_value("toy story").run()
    assert wall(at)[0] == "1"
    give(at, "1", 5)
    turn_to(at, "for_you")
    assert len(listed(at)) == 12
    assert "Because you rated Toy Story ★5" in seen(at)
    turn_to(at, "about")
    assert {metric.label: metric.value for metric in at.metric} == {
        "Movies": "9,742",
        "People who rated": "610",
        "Ratings": "100,836",
    }


def test_ratings_that_could_not_be_read_at_first_come_back(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit()
    first, second, third, *_ = wall(at)
    give(give(at, first, 5), second, 4)

    with monkeypatch.context() as broken:
        broken.setattr(Store, "feedback", fails)
        later = visit(token=token(at))
        assert ratings(later) == {}
        assert "cannot be read at the moment. The disk is full." in later.warning[0].value
    give(later, third, 3)
    again = run_app(later)
    assert ratings(again) == {first: 5.0, second: 4.0, third: 3.0}
    assert not again.warning


def test_a_hidden_title_is_off_the_wall_until_it_is_shown_again(visit) -> None:
    at = visit("for_you")
    top = listed(at)[0]
    mark(at, top, "hidden")
    turn_to(at, "rate")
    assert top not in wall(at)
    at.text_input(key="rate_query").set_value(top.rsplit("-", 1)[0].replace("-", " ")).run()
    press(at, f"_shown_{top}")
    turn_to(at, "for_you")
    assert top in listed(at)
