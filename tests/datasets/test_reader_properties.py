"""Any table of valid rows, written in any layout and encoding, comes back as the same data set, or what is lost is said.

``RECSYS_EXAMPLES=10000 pytest tests/datasets/test_reader_properties.py`` tries more, each time others.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys_core import Dataset, load_dataset
from recsys_core.datasets.sources.brackets import names
from recsys_core.errors import DatasetError

EXAMPLES = int(os.environ.get("RECSYS_EXAMPLES", "0"))
GENRES = ("Drama", "Crime", "Film-Noir")
LETTERS = {
    "utf-8": "aZé漢😀“¿Ã©",
    "utf-16": "aZé漢😀“¿Ã©",
    "latin-1": "aZéöüø",  # no two of which are, by chance, a letter of UTF-8
    "cp1252": "aZöüø“”—€",
}
SIGNS = {"csv": " .,:;'\"&-|$", "dat": " .,;'\"&-|$", "u": " .,:;'\"&-$"}


@dataclass
class Case:
    """A data set and how it is written."""

    layout: str
    encoding: str
    bom: bool
    ends: str
    quoting: int
    trailing: int
    titles: dict[str, tuple[str, int, tuple[str, ...]]]
    stars: dict[tuple[str, str], tuple[float, int]]
    tags: list[tuple[str, str, str, int]]
    damage: tuple[str, str, int] | None
    """The kind of damage, the file and the row (from 0, without the header)."""

    @property
    def files(self) -> dict[str, tuple[str, list[list[str]]]]:
        """Separator and rows by file."""
        names = {"csv": ("movies.csv", "ratings.csv", "tags.csv"), "dat": ("movies.dat", "ratings.dat", "tags.dat")}
        ratings = [[user, item, f"{stars:g}", str(at)] for (user, item), (stars, at) in self.stars.items()]
        if self.layout == "u":
            movies = [
                [item, f"{title} ({year})", "01-Jan-1995", "", "http://x", *(str(int(genre in genres)) for genre in GENRES)]
                for item, (title, year, genres) in self.titles.items()
            ]
            genres = [[genre, str(number)] for number, genre in enumerate(GENRES)]
            return {"u.item": ("|", movies), "u.data": ("\t", ratings), "u.genre": ("|", genres)}
        separator = "," if self.layout == "csv" else "::"
        movies = [[item, f"{title} ({year})", "|".join(genres)] for item, (title, year, genres) in self.titles.items()]
        tags = [[user, item, tag, str(at)] for user, item, tag, at in self.tags]
        return {name: (separator, rows) for name, rows in zip(names[self.layout], (movies, ratings, tags), strict=True) if rows}

    def write(self, folder: Path) -> None:
        heads = {
            "movies.csv": ["movieId", "title", "genres"],
            "ratings.csv": ["userId", "movieId", "rating", "timestamp"],
            "tags.csv": ["userId", "movieId", "tag", "timestamp"],
        }
        for name, (separator, rows) in self.files.items():
            written = [heads[name]] if name in heads else []
            written += [[*row, *[""] * self.trailing] for row in rows]
            if self.damage and self.damage[1] == name:
                at = self.damage[2] + (name in heads)
                whole = written[at][: len(written[at]) - self.trailing]
                written[at] = [*whole, "x"] if self.damage[0] == "extra" else whole[:-1]
            if separator == ",":
                text = io.StringIO(newline="")
                csv.writer(text, quoting=self.quoting, lineterminator=self.ends).writerows(written)
                lines = text.getvalue()
            else:
                lines = "".join(separator.join(row) + self.ends for row in written)
            encoding = "utf-8-sig" if self.encoding == "utf-8" and self.bom else self.encoding
            (folder / name).write_bytes(lines.encode(encoding))

    def damaged_item(self) -> str | None:
        """The title whose row is damaged."""
        if self.damage and self.damage[1] in ("movies.csv", "movies.dat", "u.item"):
            return list(self.titles)[self.damage[2]]
        return None


@st.composite
def cases(draw: st.DrawFn, *, damaged: bool) -> Case:
    layout = draw(st.sampled_from(["csv", "dat", "u"]))
    encoding = draw(st.sampled_from(list(LETTERS)))
    words = st.text(LETTERS[encoding] + SIGNS[layout], min_size=1, max_size=8).map(str.strip).filter(bool)
    titles = words.filter(lambda text: layout != "csv" or "|" not in text)
    ids = st.one_of(
        st.text("0123456789", min_size=1, max_size=4), st.sampled_from(["NA", "nan", "null", "true", "True", "1e1", "1.0", "-1"])
    )
    items = draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    people = draw(st.lists(ids, min_size=1, max_size=4, unique=True))
    genres = st.lists(st.sampled_from(GENRES), min_size=1, max_size=3, unique=True).map(
        lambda found: tuple(sorted(found, key=GENRES.index))
    )
    known = {item: (draw(titles), draw(st.integers(1900, 2030)), draw(genres)) for item in items}
    pairs = draw(st.lists(st.tuples(st.sampled_from(people), st.sampled_from(items)), min_size=1, max_size=12, unique=True))
    steps = st.integers(1, 5).map(float) if layout == "u" else st.integers(1, 10).map(lambda half: half / 2)
    stars = {pair: (draw(steps), draw(st.integers(0, 2**31))) for pair in pairs}
    tag = st.tuples(st.sampled_from(people), st.sampled_from(items), words, st.integers(0, 2**31))
    case = Case(
        layout=layout,
        encoding=encoding,
        bom=draw(st.booleans()),
        ends=draw(st.sampled_from(["\n", "\r\n"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        trailing=draw(st.sampled_from([0, 0, 1, 2])),
        titles=known,
        stars=stars,
        tags=draw(st.lists(tag, max_size=5)) if layout != "u" else [],
        damage=None,
    )
    if damaged:
        name = draw(st.sampled_from([name for name in case.files if name != "u.genre"]))
        row = draw(st.integers(0, len(case.files[name][1]) - 1))
        case.damage = (draw(st.sampled_from(["extra", "missing"])), name, row)
    return case


def read(case: Case) -> Dataset:
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder))
        return load_dataset(folder, enriched=False)


def compare(dataset: Dataset, case: Case, items: list[str], stars: dict[tuple[str, str], tuple[float, int]]) -> None:
    """The data set holds exactly these titles and ratings."""
    assert dataset.item_ids.tolist() == items
    for item in items:
        if item != case.damaged_item():
            title, year, genres = case.titles[item]
            found = dataset.title(dataset.position(item))
            assert (found.title, found.year, found.genres) == (names(title).title, year, genres)
    ratings = dataset.ratings.tocoo()
    users, columns = dataset.user_ids[ratings.row].tolist(), dataset.item_ids[ratings.col].tolist()
    assert dict(zip(zip(users, columns, strict=True), ratings.data.tolist(), strict=True)) == {
        pair: value for pair, (value, _) in stars.items()
    }
    if not case.damage:
        assert dataset.timestamps is not None
        times = dict(zip(zip(users, columns, strict=True), np.asarray(dataset.timestamps).tolist(), strict=True))
        assert times == {pair: at for pair, (_, at) in stars.items()}


def keywords(case: Case, rows: list[tuple[str, str, str, int]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {item: set() for item in case.titles}
    for _, item, tag, _ in rows:
        found[item].add(" ".join(tag.replace("|", " ").lower().split()))
    return {item: tags - {""} for item, tags in found.items()}


CHECKS = settings(
    max_examples=EXAMPLES or 250,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@CHECKS
@given(cases(damaged=False))
def test_what_is_valid_comes_back_as_it_was(case: Case):
    dataset = read(case)
    assert dataset.left_out == ()
    compare(dataset, case, list(case.titles), case.stars)
    found = {item: set(dataset.title(dataset.position(item)).keywords) for item in case.titles}
    assert found == keywords(case, case.tags)


@CHECKS
@given(cases(damaged=True))
def test_a_field_too_many_or_too_few_is_never_passed_over(case: Case):
    """One row is damaged: read in spite of it, with a sentence that names file and row, or one error that does."""
    assert case.damage is not None
    kind, name, row = case.damage
    number = row + 1 + (case.layout == "csv")
    try:
        dataset = read(case)
    except DatasetError as error:
        assert name in str(error) or "ratings." in str(error) or "tags." in str(error) or "u.data" in str(error)
        assert "row" in str(error)
        return
    assert any(name in note and f"row {number}" in note for note in dataset.left_out)
    lost = case.damaged_item() if kind == "extra" else None
    stars = {pair: said for pair, said in case.stars.items() if pair[1] != lost}
    if name in ("ratings.csv", "ratings.dat", "u.data") and kind == "extra":
        del stars[list(case.stars)[row]]
    compare(dataset, case, [item for item in case.titles if item != lost], stars)
    if name not in ("tags.csv", "tags.dat"):
        found = {item: set(dataset.title(dataset.position(item)).keywords) for item in case.titles if item != lost}
        expected = keywords(case, case.tags)
        expected.pop(lost, None)
        assert found == expected
