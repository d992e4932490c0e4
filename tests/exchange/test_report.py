"""What became of each row: counts that add up, the rating that stands, the plan, the file of what was not found."""

from __future__ import annotations

import csv
import io

import pytest

from recsys_core import Dataset
from recsys_core.exchange.matching import Matcher
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.report import LEFT_OUT, Report, plan, report
from recsys_core.exchange.rows import Answers, Row
from recsys_core.storage.feedback import Feedback
from tests.exchange import files


def of(matcher: Matcher, text: str | bytes, choices=None, **answers) -> Report:
    return report(read_file(text.encode() if isinstance(text, str) else text, Answers(**answers)), matcher, choices)


def stars(found: Report) -> dict[str, float | None]:
    return {item_id: row.stars for item_id, row in found.found.items()}


@pytest.mark.parametrize("name", files.EVERY)
@pytest.mark.parametrize("unrated", [None, "seen"])
def test_counts_add_up_to_the_rows_read(matcher: Matcher, name: str, unrated: str | None) -> None:
    content, _ = files.EVERY[name]
    found = report(read_file(content, Answers(person="1" if "MovieLens" in name else "Ann", unrated=unrated)), matcher)
    assert found.counts.total() == len(found.reading.rows) == len(found.fates) > 0
    assert found.counts["matched"] == len(found.found)
    assert found.counts["skipped"] == found.reasons.total()
    assert sum(doubt.n_rows for doubt in found.doubts) == found.counts["uncertain"]


def test_of_several_rows_about_a_title_the_latest_stands(matcher: Matcher) -> None:
    found = of(matcher, files.LETTERBOXD_DIARY)
    assert stars(found) == {"heat": 4.5, "fargo": None}
    assert found.counts == {"matched": 2, "said again": 1, "not here": 1}
    backwards = "\n".join([files.LETTERBOXD_DIARY.splitlines()[0], *files.LETTERBOXD_DIARY.splitlines()[:0:-1]])
    assert stars(of(matcher, backwards)) == {"fargo": None, "heat": 4.5}


def test_stars_say_more_than_watched_and_watched_more_than_wanted(matcher: Matcher) -> None:
    content = files.letterboxd_zip()
    assert {item_id: row.mark for item_id, row in of(matcher, content).found.items()} == {
        "parasite": "rated", "heat": "rated", "fargo": "seen", "alien": "kept",
    }  # fmt: skip


def test_a_guess_never_replaces_what_was_said(matcher: Matcher) -> None:
    rows = [Row("Dark", 2017, stars=2.0, kind="show"), Row("Dark", 2017, stars=5.0, kind="show", guessed=True, at=9e8)]
    reading = read_file(files.PLAIN.encode())
    reading.rows[:] = rows
    assert stars(report(reading, matcher)) == {"dark": 2.0}


def test_uncertain_titles_wait_for_a_choice_and_one_choice_is_for_all_their_rows(matcher: Matcher) -> None:
    text = "title,stars\nHeat,4\nHeat,5\nFargo (1996),3\nShawshenk Redemption (1994),5\n"
    before = of(matcher, text)
    assert before.counts == {"uncertain": 3, "matched": 1}
    heat, shawshank = before.doubts
    assert (heat.n_rows, heat.offered, shawshank.offered) == (2, ("heat", "heat-1986"), ("shawshank",))
    after = of(matcher, text, {heat.about: "heat-1986", shawshank.about: LEFT_OUT})
    assert stars(after) == {"heat-1986": 5.0, "fargo": 3.0}
    assert after.counts == {"said again": 1, "matched": 2, "uncertain": 1}
    assert of(matcher, text, {heat.about: "no such id"}).counts == before.counts


def test_what_was_not_found_comes_as_a_table_that_no_spreadsheet_calculates(matcher: Matcher) -> None:
    text = 'title,year,stars\nHeat,1995,5\n"=HYPERLINK(""http://x"")",2000,3\n@sum,1999,2\nNot Here,2001,\n'
    rows = list(csv.DictReader(io.StringIO(of(matcher, text).unmatched())))
    assert [row["title"] for row in rows] == ['\'=HYPERLINK("http://x")', "'@sum", "Not Here"]
    assert [row["why"] for row in rows] == ["not in this data set", "not in this data set", "without stars"]
    assert rows[0]["rating in the file"] == "3 of 5"


def test_the_table_of_what_was_not_found_can_be_brought_in_elsewhere(matcher: Matcher) -> None:
    text = of(matcher, "title,year,stars\nHeat,1995,5\nNot Here,2001,3\n").unmatched()
    assert [(row.title, row.year, row.stars) for row in read_file(text.encode()).rows] == [("Not Here", 2001, 3.0)]


# The plan


def row(stars: float | None = None, mark: str = "rated") -> Row:
    return Row("x", stars=stars, mark=mark, at=1e9)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "coming", "replace", "fate"),
    [
        (None, row(4), False, "put"),
        (Feedback("x", "rated", 4.0), row(4), False, "same"),
        (Feedback("x", "rated", 3.0), row(4), False, "kept"),
        (Feedback("x", "rated", 3.0), row(4), True, "put"),
        (Feedback("x", "hidden"), row(4), False, "kept"),
        (Feedback("x", "hidden"), row(4), True, "put"),
        (Feedback("x", "kept"), row(4), False, "put"),
        (Feedback("x", "seen"), row(4), False, "put"),
        (Feedback("x", "rated", 3.0), row(mark="seen"), True, "kept"),
        (Feedback("x", "kept"), row(mark="seen"), False, "put"),
        (Feedback("x", "seen"), row(mark="kept"), True, "kept"),
        (Feedback("x", "seen"), row(mark="seen"), True, "same"),
    ],
)
def test_what_was_said_here_stays_unless_the_file_says_more(before: Feedback | None, coming: Row, replace: bool, fate: str) -> None:
    made = plan({"x": coming}, {"x": before} if before else {}, replace=replace)
    assert {"put": len(made.put), "same": made.same, "kept": len(made.kept)} == {"put": 0, "same": 0, "kept": 0} | {fate: 1}


def test_a_title_that_is_rated_again_keeps_its_first_guess() -> None:
    made = plan({"x": row(4)}, {"x": Feedback("x", "rated", 3.0, guess=3.7)}, replace=True)
    assert made.put == [Feedback("x", "rated", 4, 3.7, 1e9)]


def test_the_same_file_again_changes_nothing(matcher: Matcher, catalogue: Dataset) -> None:
    found = of(matcher, files.letterboxd_zip()).found
    here = {said.item_id: said for said in plan(found, {}).put}
    for replace in (False, True):
        again = plan(found, here, replace=replace)
        assert (again.put, again.same, again.kept) == ([], len(found), [])
