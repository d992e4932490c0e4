"""Read show data from TVmaze: the pages of its show index, as returned by its API."""

from __future__ import annotations

import gzip
import json
import logging
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from recsys_core.common.text import whole
from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import LIST_SEPARATOR
from recsys_core.datasets.files.encoding import decoded
from recsys_core.datasets.files.tables import MOST_LEFT_OUT, SHOWN
from recsys_core.datasets.limits import limits
from recsys_core.errors import DataError, DatasetError

ATTRIBUTION = "Show data from TVmaze (tvmaze.com), CC BY-SA 4.0."
LINK = "https://www.tvmaze.com"
KEY = "tvmaze"
"""Visitors' ratings of shows of TVmaze are kept under this, whatever pages there are: ids of TVmaze name one show for ever."""
NO_SUMMARY = "TVmaze has no summary of this show yet."
"""Shown in place of the ``text`` of a show without a summary, whose ``text`` is ``""``."""
MAX_PAGE_BYTES = 256 * 2**20
"""Largest uncompressed size of a page; 250 shows take about 0.6 MB, all 83,000 in one file about 200 MB."""

log = logging.getLogger(__name__)
_PAGE = re.compile(r"^(?:shows-)?page-\d+\.json(?:\.gz)?$")
_GENRES = {"Science-Fiction": "Science Fiction", "Sports": "Sport"}
_GENRE_OF_TYPE = {"Reality": "Reality", "Animation": "Animation", "Documentary": "Documentary", "Sports": "Sport"}
_USUAL_TYPE = "Scripted"
_COUNTRIES = {
    "CD": "Democratic Republic of the Congo", "KP": "North Korea", "KR": "South Korea", "LA": "Laos", "MK": "North Macedonia",
    "RU": "Russia", "SY": "Syria", "TR": "Turkey", "VN": "Vietnam",
}  # fmt: skip
"""Countries whose usual English name is not the part of TVmaze's name before the comma ("Iran, Islamic Republic of")."""


def read_tvmaze(path: Path) -> Dataset:
    """Read shows from a folder of pages (``page-0000.json.gz`` or plain ``.json``), or from one such file.

    A show without id or name, or that was there before, is left out; ``Dataset.left_out`` says which.

    The data set has no ratings; ``fame`` is TVmaze's weight from 0 to 100. HTML is removed from summaries; a show without
    a summary is kept and has an empty ``text`` (see :data:`NO_SUMMARY`).

    Raises
    ------
    DatasetError
        There is no page, or one is damaged, too large or not a list of shows, or most of the shows cannot be used; the message
        names the file.
    """
    files = pages(path) if path.is_dir() else [path]
    if not files:
        raise DatasetError(f"{path.name} holds no page of TVmaze, such as page-0000.json.gz. Download them first.")
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    page_of: dict[str, str] = {}
    allowed = limits()
    for file in files:
        if len(rows) > allowed.titles:
            raise DatasetError(f"{path.name} holds more than {allowed.titles:,} shows. {allowed.named('titles')}")
        for number, show in enumerate(_page(file), start=1):
            row = _row(show)
            if isinstance(row, str):
                faults.append(f"show {number} of {file.name} {row}")
            elif row["item_id"] in page_of:
                faults.append(f"show {number} of {file.name}, {row['title']}, was already in {page_of[row['item_id']]}")
            else:
                page_of[row["item_id"]] = file.name
                rows.append(row)
    left_out = _summary(faults, len(rows) + len(faults))
    if not rows and not faults:
        raise DatasetError(f"{path.name}: the pages of TVmaze hold no show. Download them anew.")
    if len(faults) > MOST_LEFT_OUT * (len(rows) + len(faults)):
        raise DatasetError(f"{path.name} cannot be read. {left_out[0]} Download the pages anew.")
    for note in left_out:
        log.warning("%s: %s", path.name, note)
    try:
        frame, description = pd.DataFrame(rows), f"{ATTRIBUTION} {LINK}"
        return Dataset.from_frames(frame, None, name="tvmaze", description=description, key=KEY, left_out=left_out)
    except DataError as error:
        raise DatasetError(f"{path.name}: {error}") from error


def _summary(faults: list[str], n_shows: int) -> list[str]:
    if not faults:
        return []
    more = f"; and {len(faults) - SHOWN:,} more" if len(faults) > SHOWN else ""
    were = "was" if len(faults) == 1 else "were"
    return [f"{len(faults):,} of {n_shows:,} shows {were} left out: {'; '.join(faults[:SHOWN])}{more}."]


def is_tvmaze(path: Path) -> bool:
    """Tell whether a path is a page of TVmaze or a folder of its pages."""
    if path.is_dir():
        return path.name == "tvmaze" or bool(pages(path))
    return path.name.endswith((".json", ".json.gz"))


def pages(folder: Path) -> list[Path]:
    """Return the page files in a folder, sorted by name."""
    return sorted(file for file in folder.iterdir() if _PAGE.match(file.name))


def without_html(summary: str) -> str:
    """Remove HTML tags from a text, decode its entities, and separate paragraphs by a space.

    >>> without_html("<p>Tom &amp; Jerry</p><p>A <b>cat</b>.</p>")
    'Tom & Jerry A cat.'
    """
    if "<" not in summary and "&" not in summary:
        return " ".join(summary.split())
    words = _Words()
    words.feed(summary)
    words.close()
    return " ".join("".join(words.parts).split())


class _Words(HTMLParser):
    """Collects the text between HTML tags."""

    _INLINE = frozenset({"a", "abbr", "b", "em", "i", "q", "s", "small", "span", "strong", "sub", "sup", "u"})
    _UNSEEN = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self._UNSEEN
        self._apart(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in self._UNSEEN))
        self._apart(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)

    def _apart(self, tag: str) -> None:
        if tag not in self._INLINE:
            self.parts.append(" ")


def _page(file: Path) -> list[Any]:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            content = stream.read(MAX_PAGE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{file.name} cannot be read or unpacked ({error}). Download it again.") from error
    if len(content) > MAX_PAGE_BYTES:
        raise DatasetError(f"{file.name} has more than {MAX_PAGE_BYTES / 2**20:.0f} MB; a page of TVmaze is far smaller. It was not read.")
    try:
        shows = json.loads(decoded(content))
    except (ValueError, RecursionError) as error:  # JSON's and Unicode's errors are ValueErrors
        raise DatasetError(f"{file.name} is not JSON ({error}). Download it again.") from error
    if not isinstance(shows, list):
        raise DatasetError(f"{file.name} is not a page of TVmaze: it holds no list of shows. Download it again.")
    return shows


def _row(show: Any) -> dict[str, Any] | str:
    """Convert a show to a row of the items table, or say what is wrong with it."""
    if not isinstance(show, dict):
        return f"is not a show but {type(show).__name__}"
    number, title = show.get("id"), _text(show.get("name"))
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        return "has no id"
    if not title:
        return "has no name"
    kind, channel = _text(show.get("type")), _mapping(show.get("network")) or _mapping(show.get("webChannel"))
    listed = show.get("genres")
    genres = [_GENRES.get(genre, genre) for genre in map(_text, listed if isinstance(listed, list) else []) if genre]
    genres.append(_GENRE_OF_TYPE.get(kind, ""))
    keywords = [kind.lower() if kind != _USUAL_TYPE else "", _text(channel.get("name"))]
    ids, url = _mapping(show.get("externals")), _text(show.get("url"))
    return {
        "item_id": f"tvmaze-{number}",
        "title": title,
        "kind": "show",
        "year": _year(show.get("premiered")),
        "end_year": _year(show.get("ended")),
        "genres": _joined(genres),
        "country": _country(_mapping(channel.get("country"))),
        "language": _text(show.get("language")),
        "keywords": _joined(keywords),
        "text": without_html(_text(show.get("summary"))),
        "imdb_id": _text(ids.get("imdb")),
        "tvdb_id": _text(ids.get("thetvdb")),
        "url": url.replace("http://", "https://", 1) if url.startswith(("http://", "https://")) else "",
        "runtime": _number(show.get("averageRuntime") or show.get("runtime")),
        "fame": _number(show.get("weight")),
    }


def _text(value: Any) -> str:
    return whole(str(value)).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 else float("nan")


def _year(date: Any) -> float:
    """Return the year of a date such as ``2013-06-24``, NaN if there is none."""
    found = re.match(r"(?:19|20)\d\d(?=-|$)", _text(date))
    return float(found[0]) if found else float("nan")


def _country(country: dict[str, Any]) -> str:
    """Return the usual English name: "Korea, Republic of" becomes "South Korea", "Iran, Islamic Republic of" "Iran"."""
    return _COUNTRIES.get(_text(country.get("code")), _text(country.get("name")).partition(",")[0])


def _joined(values: list[str]) -> str:
    return LIST_SEPARATOR.join(dict.fromkeys(value.replace(LIST_SEPARATOR, " ") for value in values if value))
