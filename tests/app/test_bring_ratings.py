"""The page "Data": ratings of one's own are brought in, taken back, and taken along."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.errors import StoreError
from recsys_core.storage.store import Store
from tests.exchange import files
from tests.support.screen import press, seen
from ui.session import app_data, profile

MINE = "m" * 22


@pytest.fixture
def at(visit, store: Store) -> AppTest:
    store.rate(MINE, "showcase", "heat-1995", 2, 3.3)
    return visit("data", MINE)


def bring(at: AppTest, content: str | bytes, name: str = "export.csv") -> AppTest:
    field = next(field for field in at.file_uploader if str(field.key).startswith("bring_"))
    field.set_value((name, content.encode() if isinstance(content, str) else content, "text/csv")).run()
    assert not at.exception
    return at


def widget(kind, label: str):
    return next(found for found in kind if label in found.label)


def counts(at: AppTest) -> dict[str, int]:
    table = next(frame.value for frame in at.dataframe if "What became of the rows" in frame.value)
    return dict(zip(table["What became of the rows"], table["Rows"], strict=True))


def test_the_whole_way_of_a_letterboxd_export(at: AppTest, store: Store) -> None:
    before = store.feedback(MINE, "showcase")
    bring(at, files.letterboxd_zip(), "letterboxd-someone.zip")
    assert "**Letterboxd** · ratings.csv, watched.csv, watchlist.csv · 6 rows, 3 with stars" in seen(at).replace("\\", "")
    assert sum(n for what, n in counts(at).items() if what != "Rows in the file") == counts(at)["Rows in the file"] == 6
    widget(at.radio, "You have said something else here about 1 title").set_value("Take the file's").run()
    assert store.feedback(MINE, "showcase") == before  # a dry run so far
    press(at, "_bring_in")
    assert [box.value for box in at.success] == ["3 ratings, 1 seen, 1 kept brought in. Your lists count them from now on."]
    said = {one.item_id: (one.mark, one.stars) for one in store.feedback(MINE, "showcase")}
    assert said["heat-1995"] == ("rated", 5.0)
    assert said["fargo-1996"] == ("seen", None)
    assert said["alien-1979"] == ("kept", None)
    press(at, "_undo_import")
    assert [box.value for box in at.success] == ["Taken back: 5 titles as before."]
    assert store.feedback(MINE, "showcase") == before


def test_the_same_file_again_changes_nothing(at: AppTest, store: Store) -> None:
    press(bring(at, files.LETTERBOXD_RATINGS), "_bring_in")
    before = store.feedback(MINE, "showcase")
    bring(at, files.LETTERBOXD_RATINGS)
    assert "There is nothing new to bring in." in seen(at)
    assert "_bring_in" not in {button.key for button in at.button}
    assert store.feedback(MINE, "showcase") == before


def test_what_was_said_here_stays_by_itself(at: AppTest, store: Store) -> None:
    press(bring(at, files.LETTERBOXD_RATINGS), "_bring_in")
    assert {one.item_id: one.stars for one in store.feedback(MINE, "showcase")}["heat-1995"] == 2.0


def test_the_lists_count_what_was_brought_in(at: AppTest) -> None:
    press(bring(at, files.LETTERBOXD_RATINGS), "_bring_in")
    at.switch_page("pages/for_you.py").run()
    assert not at.exception
    assert "parasite-2019" in at.session_state["ratings"].stars()


def test_an_uncertain_title_is_left_out_until_it_is_chosen(at: AppTest, store: Store) -> None:
    bring(at, "title,year,stars\nThe Shawshenk Redemption,1994,5\n")
    assert counts(at) == {"Not certain which title it is": 1, "Rows in the file": 1}
    widget(at.selectbox, "The Shawshenk Redemption").set_value("the-shawshank-redemption-1994").run()
    assert counts(at) == {"Found": 1, "Rows in the file": 1}
    press(at, "_bring_in")
    assert ("the-shawshank-redemption-1994", 5.0) in [(one.item_id, one.stars) for one in store.feedback(MINE, "showcase")]


def test_the_likeliest_for_all(at: AppTest) -> None:
    bring(at, "title,year,stars\nThe Shawshenk Redemption,1994,5\nSchindlerz List xx,1993,4\nThe Godfathers: Part II,1974,4\n")
    n = counts(at)["Not certain which title it is"]
    press(at, "_bring_likeliest")
    assert counts(at)["Found"] == n >= 2


def test_what_the_file_does_not_tell_is_asked_before_anything_is_brought_in(at: AppTest) -> None:
    bring(at, "title,rating,date\nHeat (1995),8,1/2/2024\nFargo (1996),6,3/4/2024\n")
    assert "_bring_in" not in {button.key for button in at.button}
    widget(at.radio, "The most that a rating").set_value("10").run()
    assert "_bring_in" not in {button.key for button in at.button}
    widget(at.radio, "writes dates").set_value("Day first: 31/12").run()
    assert not at.exception
    assert at.button(key="_bring_in").label == "Bring in 1 rating"  # Heat has other stars here
    assert "halved" in seen(at)


def test_a_file_of_several_people_asks_whose_it_is(at: AppTest) -> None:
    bring(at, files.movielens_zip(), "ml.zip")
    assert "_bring_in" not in {button.key for button in at.button}
    person = widget(at.selectbox, "Which are yours?")
    assert person.options == ["1 · 2 rows", "2 · 1 row"]
    person.set_value("1").run()
    assert counts(at)["Rows in the file"] == 2
    assert at.button(key="_bring_in").label == "Bring in 1 rating"  # Heat has other stars here


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 500, b"<html><body>Sign in</body></html>", files.letterboxd_zip()[:200]])
def test_a_bad_file_gets_a_sentence_and_nothing_is_changed(at: AppTest, store: Store, content: bytes) -> None:
    before = store.feedback(MINE, "showcase")
    bring(at, content)
    assert len(at.error) == 1
    assert at.error[0].value.endswith(".")
    assert store.feedback(MINE, "showcase") == before


def test_a_database_that_fails_is_named_and_the_file_can_be_brought_in_again(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(at, files.LETTERBOXD_RATINGS)

    def fail(put) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(profile, "bring_in", fail)
        press(at, "_bring_in")
    assert [error.value for error in at.error] == ["Nothing was changed. The disk is full."]
    press(at, "_bring_in")
    assert [box.value for box in at.success] == ["2 ratings brought in. Your lists count them from now on."]


def test_movies_that_are_numbers_alone_need_their_titles(at: AppTest) -> None:
    bring(at, files.MOVIELENS_RATINGS)
    widget(at.selectbox, "Which are yours?").set_value("1").run()
    assert counts(at)["Not in Showcase"] == 2
    assert "Bring the whole zip" in seen(at)


def test_names_in_the_file_are_shown_as_they_are(at: AppTest) -> None:
    bring(at, 'title,year,stars\n"**bold** <b>x</b> [link](http://x) :material/home:",1994,5\n"Shawshenk Redemption, The",1994,4\n')
    assert not at.exception
    assert "**bold**" not in seen(at)


def test_where_files_are_off_the_page_says_so_and_still_lets_go(visit, store: Store, set_environment) -> None:
    set_environment("RECSYS_DOWNLOADS", "off")
    store.rate(MINE, "showcase", "heat-1995", 2)
    at = visit("data", MINE)
    assert not at.file_uploader
    assert "it takes no files" in seen(at)
    assert "_take_csv" in {str(button.key) for button in at.get("download_button")}


def test_what_was_said_can_be_taken_along_and_brought_in_again(at: AppTest, visit, store: Store) -> None:
    store.mark(MINE, "showcase", "fargo-1996", "hidden")
    at.run()
    assert "Stars for 1 and marks for 1 of the titles" in seen(at)
    content = at.get("download_button")
    assert {str(button.key) for button in content} >= {"_take_csv", "_take_json", "_take_letterboxd"}


def test_nothing_said_is_nothing_to_take_along(visit) -> None:
    assert "As soon as you have rated" in seen(visit("data"))


def test_dates_that_cannot_be_read_are_named(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(profile, "history", fail)
    at.run()
    assert "cannot be read at the moment. The disk is full." in seen(at)


def test_all_visitors_share_one_index_of_names(engine) -> None:
    assert app_data.Matcher(engine.dataset).dataset is engine.dataset
