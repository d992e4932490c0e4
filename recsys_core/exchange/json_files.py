"""Ratings as JSON: Trakt's backup, and this app's own export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from recsys_core.common.text import whole
from recsys_core.datasets.files.encoding import decoded
from recsys_core.errors import ExchangeError, UnknownFormatError
from recsys_core.exchange.cells import EPISODE, imdb_id, kind_of, plain_id, rated, year_of
from recsys_core.exchange.formats import MARKS, OWN
from recsys_core.exchange.rows import MOST_ROWS, Row
from recsys_core.exchange.scales import OF_FIVE, OF_TEN

MOST_PARTS, MOST_VALUES = 4 * MOST_ROWS, 20 * MOST_ROWS // 2
"""Lists and objects, and values. Each takes up to 200 and 60 bytes of memory, whatever its length in the file."""
TITLES = "titles"


def is_json(content: bytes) -> bool:
    """Whether a file begins as JSON does."""
    return content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{"))


def rows(content: bytes) -> tuple[str, str, list[Row]]:
    """The site, its scale as a sentence, and a row for each entry.

    Raises
    ------
    ExchangeError
        It is no whole JSON, or too large.
    UnknownFormatError
        Its form is not known.
    """
    if content.count(b"[") + content.count(b"{") > MOST_PARTS or content.count(b",") > MOST_VALUES:
        raise ExchangeError("The file holds far more than one person's ratings. Nothing was changed.")
    try:
        given = json.loads(decoded(content))
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"The file is no whole JSON ({error}). Get it again. Nothing was changed.") from error
    if isinstance(given, dict) and given.get("source") == OWN and isinstance(given.get(TITLES), list):
        return OWN, OF_FIVE.words, list(map(_own, given[TITLES]))
    if isinstance(given, list) and any(map(_is_trakts, given)):
        return "Trakt", OF_TEN.words, [row for entry in given for row in _trakt(entry)]
    raise UnknownFormatError("This JSON is none that is known here: neither Trakt's backup nor this app's own export.")


def _own(entry: Any) -> Row:
    entry = entry if isinstance(entry, dict) else {}
    mark, stars = entry.get("mark"), entry.get("stars")
    row = Row(
        _text(entry.get("title")), year_of(_text(entry.get("year"))), date=_text(entry.get("date")), item_id=_text(entry.get("item_id"))
    )
    row.mark = mark if mark in MARKS else ""
    if isinstance(stars, int | float) and OF_FIVE.lowest <= stars <= OF_FIVE.highest:
        row.stars, row.mark, row.written = float(stars), "rated", f"{stars:g} stars"
    return row


def _is_trakts(entry: Any) -> bool:
    return isinstance(entry, dict) and any(isinstance(entry.get(kind), dict) for kind in ("movie", "show"))


def _trakt(entry: Any) -> Iterator[Row]:
    entry = entry if isinstance(entry, dict) else {}
    kind, skipped = kind_of(_text(entry.get("type")))
    about: dict[str, Any] = next((entry[name] for name in ("movie", "show") if isinstance(entry.get(name), dict)), {})
    ids: dict[str, Any] = about["ids"] if isinstance(about.get("ids"), dict) else {}
    row = Row(_text(about.get("title")), year_of(_text(about.get("year"))), skipped=skipped)
    row.kind = kind or ("movie" if "movie" in entry else "show")
    row.imdb_id, row.tmdb_id = imdb_id(_text(ids.get("imdb"))), plain_id(_text(ids.get("tmdb")))
    row.date = next((_text(entry[name]) for name in ("rated_at", "last_watched_at", "watched_at", "listed_at") if entry.get(name)), "")
    row.mark = "kept" if "listed_at" in entry else "seen"
    if skipped == EPISODE:
        row.episode, row.kind = True, "show"
    yield rated(row, _text(entry.get("rating")), OF_TEN)


def _text(value: Any) -> str:
    return whole(str(value)).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
