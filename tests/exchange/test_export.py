"""What is taken along comes back without loss, and other programs can read it."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core import Dataset
from recsys_core.exchange.export import COLUMNS, File, as_csv, as_json, for_letterboxd
from recsys_core.exchange.matching import Matcher
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.report import plan, report
from recsys_core.storage.feedback import Feedback

SAID = [
    Feedback("heat", "rated", 4.5, at=1.5e9),
    Feedback("fargo", "seen", at=1.6e9),
    Feedback("alien", "kept", at=1.6e9 + 0.25),
    Feedback("dark", "hidden", at=1.7e9),
    Feedback("matrix", "not seen", at=1.7e9 + 1),
    Feedback("amelie", "rated", 3.3, at=1.7e9 + 2),
]


def back(file: File, dataset: Dataset) -> list[Feedback]:
    """What is read of a file of one's own, in the order of its dates."""
    put = plan(report(read_file(file.content), Matcher(dataset)).found, {}).put
    return sorted(put, key=lambda said: (said.at or 0, said.item_id))


@pytest.mark.parametrize("write", [as_csv, as_json])
def test_marks_stars_and_dates_come_back(write, catalogue: Dataset) -> None:
    assert back(write(SAID, catalogue), catalogue) == SAID


def test_the_table_has_the_columns_that_are_documented(catalogue: Dataset) -> None:
    file = as_csv(SAID, catalogue)
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "title": "Heat", "year": "1995", "item_id": "heat", "stars": "4.5", "mark": "rated",
        "date": "2017-07-14T02:40:00Z", "data set": "traps",
    }  # fmt: skip


def test_json_says_where_it_comes_from(catalogue: Dataset) -> None:
    given = json.loads(as_json(SAID, catalogue).content)
    assert given["source"] == "Because You Watched"
    assert given["titles"][1] == {
        "title": "Fargo", "year": 1996, "item_id": "fargo", "mark": "seen", "date": "2020-09-13T12:26:40Z", "data set": "traps",
    }  # fmt: skip


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)
formulas = st.sampled_from(["=1+1", "'=1+1", "@x", "-x", "+x", "'Allo", "\t=x", "a\nb", 'say "so"', "a,b;c", "-5", "''-x", "2001 (1968)"])
titles = st.lists(st.tuples(words | formulas, words | formulas, st.none() | st.integers(1870, 2100)), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    titles,
    st.data(),
)
def test_any_title_and_any_id_come_back(rows: list[tuple[str, str, int | None]], data) -> None:
    """Also titles that are formulas, hold line ends or quotation marks, or are signs alone."""
    unique = {item_id.strip(): (title, year) for item_id, title, year in rows}
    items = pd.DataFrame([{"item_id": item_id, "title": title, "year": year} for item_id, (title, year) in unique.items()])
    dataset = Dataset.from_frames(items, None, name="any")
    at = st.floats(1, 1.7e9).map(lambda value: round(value, 3))
    said = []
    for number, item_id in enumerate(dataset.item_ids.tolist()):
        mark = data.draw(st.sampled_from(["rated", "seen", "kept", "hidden", "not seen"]))
        stars = data.draw(st.floats(0.5, 5)) if mark == "rated" else None
        said.append(Feedback(str(item_id), mark, stars, at=data.draw(at) + number))
    expected = {one.item_id: (one.mark, one.stars, round(one.at or 0, 3)) for one in said}
    for write in (as_csv, as_json):
        found = {one.item_id: (one.mark, one.stars, round(one.at or 0, 3)) for one in back(write(said, dataset), dataset)}
        assert found == expected


def test_letterboxd_gets_stars_in_halves_and_a_watchlist_of_its_own(catalogue: Dataset) -> None:
    file = for_letterboxd(SAID, catalogue)
    assert file.name == "letterboxd.zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        seen, kept = (list(csv.DictReader(io.StringIO(archive.read(name).decode()))) for name in archive.namelist())
    assert [(row["Title"], row["Year"], row["Rating"], row["WatchedDate"]) for row in seen] == [
        ("Heat", "1995", "4.5", "2017-07-14"), ("Fargo", "1996", "", "2020-09-13"), ("Amélie", "2001", "3.5", "2023-11-14"),
    ]  # fmt: skip
    assert (seen[0]["imdbID"], seen[0]["tmdbID"]) == ("tt0113277", "949")
    assert [(row["Title"], row["Rating"], row["WatchedDate"]) for row in kept] == [("Alien", "", "")]


def test_letterboxds_files_are_split_before_they_grow_too_large(catalogue: Dataset) -> None:
    many = SAID[:1] * 500 + SAID[1:2] * 500
    file = for_letterboxd(many, catalogue, largest=10_000)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist()]
    assert len(parts) > 1
    assert all(len(part.encode()) <= 10_000 for part in parts)
    assert {part.splitlines()[0] for part in parts} == {"Title,Year,imdbID,tmdbID,Rating,WatchedDate"}
    assert sum(len(part.splitlines()) - 1 for part in parts) == 1000


def test_what_letterboxd_imports_can_be_brought_in_here_again(catalogue: Dataset) -> None:
    file = for_letterboxd(SAID[:2], catalogue)
    assert file.name == "letterboxd.csv"
    assert [(one.item_id, one.mark, one.stars) for one in back(file, catalogue)] == [("heat", "rated", 4.5), ("fargo", "seen", None)]


def test_nothing_said_makes_files_without_rows(catalogue: Dataset) -> None:
    assert len(as_csv([], catalogue).content.decode("utf-8-sig").splitlines()) == 1
    assert json.loads(as_json([], catalogue).content)["titles"] == []
    assert for_letterboxd([], catalogue).name == "letterboxd.csv"


def test_a_title_that_has_left_the_data_set_keeps_its_id(catalogue: Dataset) -> None:
    gone = [Feedback("gone", "rated", 4.0, at=1e9)]
    assert json.loads(as_json(gone, catalogue).content)["titles"][0]["item_id"] == "gone"
    assert for_letterboxd(gone, catalogue).content.decode().count("\n") == 1
