"""Who a visitor is, what outlives a tab, and what happens when the database or the data set fails."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.errors import StoreError
from recsys_core.storage.store import Store
from tests.support.fits import SharedFit
from tests.support.screen import give, listed, live_ids, press, ratings, seen, strip, token, turn_to, wall
from ui.session import app_data

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


def test_without_a_database_the_app_works_and_says_how_long(visit, set_environment, tmp_path: Path) -> None:
    set_environment("DATABASE_URL", f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'r.sqlite3'}")
    at = visit()
    assert "Your ratings last only until you close this tab." in at.warning[0].value
    first = wall(at)[0]
    give(at, first, 5)
    assert "Your ratings last only until you close this tab." in at.warning[0].value
    turn_to(at, "for_you")
    assert len(at.warning) == 1
    assert ratings(at) == {first: 5.0}
    assert first not in listed(at)
    press(at, f"_hide_{listed(at)[0]}")
    turn_to(at, "about")
    next(button for button in at.button if "Forget" in button.label).click().run()
    assert not at.exception
    assert ratings(at) == {}


@pytest.mark.parametrize("url", ["nonsense", "nosuchdialect://x", "postgresql+psycopg2://nobody@127.0.0.1:1/none"])
def test_an_unusable_database_address_is_no_crash(visit, set_environment, url: str) -> None:
    set_environment("DATABASE_URL", url)
    at = visit()
    assert "Your ratings last only until you close this tab." in at.warning[0].value
    give(at, wall(at)[0], 5)


def test_a_file_that_is_no_database_is_no_crash(visit, set_environment, tmp_path: Path) -> None:
    (tmp_path / "r.sqlite3").write_text("this is no database" * 100)
    set_environment("DATABASE_URL", f"sqlite:///{tmp_path / 'r.sqlite3'}")
    at = visit()
    assert "Your ratings last only until you close this tab." in at.warning[0].value


def test_what_could_not_be_saved_is_saved_when_the_database_is_back_or_still_said(visit, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit()
    first, second, *_ = wall(at)

    def fails(*_args: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "rate", fails)
        give(at, first, 5)
    assert "The disk is full." in at.warning[0].value
    give(at, second, 4)
    saved = ratings(visit(token=token(at)))
    assert at.warning or saved == {first: 5.0, second: 4.0}


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

    def fails(*_args: object) -> None:
        raise StoreError("The disk sleeps.")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "feedback", fails)
        later = visit(token=token(at))
        assert ratings(later) == {}
        assert "The disk sleeps." in later.warning[0].value
    give(later, third, 3)
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)  # AppTest reruns the page alone; a browser reruns app.py
    again.session_state["ratings"] = later.session_state["ratings"]
    again.run()
    assert ratings(again) == {first: 5.0, second: 4.0, third: 3.0}
    assert not again.warning


def test_a_hidden_title_is_off_the_wall_until_it_is_shown_again(visit) -> None:
    at = visit("for_you")
    top = listed(at)[0]
    press(at, f"_hide_{top}")
    turn_to(at, "rate")
    assert top not in wall(at)
    at.text_input(key="rate_query").set_value(top.rsplit("-", 1)[0].replace("-", " ")).run()
    press(at, f"_shown_{top}")
    turn_to(at, "for_you")
    assert top in listed(at)
