"""What a visitor said, as files that they take along: a table, JSON, and what Letterboxd imports."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from recsys_core.common.text import guarded
from recsys_core.data.dataset import Dataset, Title
from recsys_core.exchange import dates
from recsys_core.exchange.formats import OWN
from recsys_core.exchange.json_files import TITLES
from recsys_core.storage.feedback import Feedback

COLUMNS = ("title", "year", "item_id", "stars", "mark", "date", "data set")
LETTERBOXD_COLUMNS = ("Title", "Year", "imdbID", "tmdbID", "Rating", "WatchedDate")
LARGEST = 1_000_000
"""Bytes of a file that Letterboxd takes."""


class File(NamedTuple):
    """A file to be taken along: its name, its type and its content."""

    name: str
    mime: str
    content: bytes


def as_csv(said: Iterable[Feedback], dataset: Dataset) -> File:
    """A table with :data:`COLUMNS`.

    ``stars`` is empty where only a mark was given; ``mark`` is rated, seen, kept (to be watched), hidden or not seen; ``date`` is in UTC.
    What a spreadsheet would calculate gets an apostrophe before it, which reading takes away.
    """
    rows = [[guarded(str(value)) for value in _facts(one, dataset).values()] for one in said]
    return File("my-ratings.csv", "text/csv", _table(COLUMNS, rows).encode("utf-8-sig"))  # the mark tells Excel that it is UTF-8


def as_json(said: Iterable[Feedback], dataset: Dataset) -> File:
    """``{"source": …, "titles": [{title, year, item_id, stars, mark, date, "data set"}]}``; what is empty is left out."""
    titles = [{name: value for name, value in _facts(one, dataset).items() if value != ""} for one in said]
    text = json.dumps({"source": OWN, TITLES: titles}, ensure_ascii=False, indent=1)
    return File("my-ratings.json", "application/json", text.encode())


def for_letterboxd(said: Sequence[Feedback], dataset: Dataset, largest: int = LARGEST) -> File:
    """What Letterboxd imports: rated and seen titles in one table, those to be watched in another, none larger than it takes.

    One table comes as it is, several come in a zip. Stars are rounded to halves; hidden titles are left out.
    """
    seen = [_for_letterboxd(one, dataset) for one in said if one.mark in ("rated", "seen")]
    kept = [_for_letterboxd(one, dataset) for one in said if one.mark == "kept"]
    parts = {f"letterboxd-{number}.csv": part for number, part in enumerate(_split(seen, largest), 1)}
    parts |= {f"letterboxd-watchlist-{number}.csv": part for number, part in enumerate(_split(kept, largest) if kept else (), 1)}
    if len(parts) == 1:
        return File("letterboxd.csv", "text/csv", next(iter(parts.values())))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return File("letterboxd.zip", "application/zip", packed.getvalue())


def _facts(said: Feedback, dataset: Dataset) -> dict[str, Any]:
    title = _title(said, dataset)
    return {
        "title": title.title if title else "",
        "year": title.year if title and title.year is not None else "",
        "item_id": said.item_id,
        "stars": "" if said.stars is None else said.stars,
        "mark": said.mark,
        "date": "" if said.at is None else dates.written(said.at),
        "data set": dataset.name,
    }


def _title(said: Feedback, dataset: Dataset) -> Title | None:
    position = dataset.item_index.get(said.item_id)
    return None if position is None else dataset.title(position)


def _for_letterboxd(said: Feedback, dataset: Dataset) -> list[str]:
    title, position = _title(said, dataset), dataset.item_index.get(said.item_id)
    if title is None or position is None:
        return []
    imdb, tmdb = (str(dataset.items[name].iat[position]) for name in ("imdb_id", "tmdb_id"))
    stars = "" if said.stars is None else f"{max(0.5, math.floor(2 * said.stars + 0.5) / 2):g}"
    day = "" if said.at is None or said.mark == "kept" else datetime.fromtimestamp(said.at, UTC).date().isoformat()
    return [guarded(title.title), str(title.year or ""), imdb, tmdb if title.kind == "movie" else "", stars, day]


def _split(rows: Iterable[list[str]], largest: int) -> list[bytes]:
    """Tables of these rows, each with the header and none larger."""
    head = _table(LETTERBOXD_COLUMNS, [])
    parts, size = [[head]], len(head.encode())
    for row in rows:
        if not row:
            continue
        line = _table(row, [])
        length = len(line.encode())
        if size + length > largest and len(parts[-1]) > 1:
            parts.append([head])
            size = len(head.encode())
        parts[-1].append(line)
        size += length
    return ["".join(part).encode() for part in parts]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()
