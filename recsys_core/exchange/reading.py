"""Read a file that somebody brings: recognise what it is, take its rows, and say what has to be asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import NamedTuple

from recsys_core.datasets.limits import limits
from recsys_core.errors import ExchangeError, UnknownFormatError
from recsys_core.exchange import dates, json_files, markup_files, packed
from recsys_core.exchange.cells import EPISODE, NO_STARS, NO_TITLE, imdb_id, plain_id, titled
from recsys_core.exchange.formats import Format, criticker, format_of
from recsys_core.exchange.rows import MOST_ROWS, NO_ANSWERS, Answers, Reading, Row
from recsys_core.exchange.scales import BY_TOP, OF_FIVE, PERCENTILES_WORDS
from recsys_core.exchange.tables import KNOWN, Table, open_table
from recsys_core.storage.feedback import Mark

_MARK_OF_FILE: Mapping[str, Mark] = {"watched": "seen", "watchlist": "kept"}
"""What the tables of Letterboxd's zip hold that look alike."""
_REPLACED = {"diary": "ratings", "reviews": "ratings"}
"""Tables of Letterboxd's zip, and those that hold the rating that stands today for the same titles."""


def read_file(content: bytes, answers: Answers = NO_ANSWERS) -> Reading:
    """Read a file in memory.

    Parameters
    ----------
    content : bytes
        A table, JSON, XML, or a zip of such files.
    answers : Answers
        What the visitor said to what ``Reading.asks`` named before.

    Raises
    ------
    ExchangeError
        The file is not known, damaged, or too large.
    """
    if packed.is_zip(content):
        reading = _zip(content, answers)
    else:
        if len(content) > packed.MOST_BYTES:
            raise ExchangeError(f"The file has more than {packed.MOST_BYTES / 2**20:.0f} MB. Nothing was changed.")
        reading = Reading("")
        _add(reading, "", content, answers)
    _finish(reading, answers)
    return reading


def _zip(content: bytes, answers: Answers) -> Reading:
    reading, movielens = Reading(""), _MovieLens({}, {})
    stems = {_stem(path) for path in packed.paths(content)}
    for path, member in packed.members(content):
        if "watched" in stems and _REPLACED.get(_stem(path)) in stems:
            continue
        try:
            _add(reading, path, member, answers, movielens)
        except UnknownFormatError:
            continue
    if not reading.parts and not reading.people:
        raise ExchangeError(f"No file in the zip is known here. Known are exports of {KNOWN}.")
    for row in reading.rows:
        if row.movielens_id and not row.title:
            row.title, row.year = titled(movielens.titles.get(row.movielens_id, ""))
            row.imdb_id, row.tmdb_id = movielens.links.get(row.movielens_id, ("", ""))
    return reading


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


class _MovieLens(NamedTuple):
    """What MovieLens keeps in tables of their own, by its id: titles, and ids elsewhere."""

    titles: dict[str, str]
    links: dict[str, tuple[str, str]]


def _add(reading: Reading, path: str, content: bytes, answers: Answers, movielens: _MovieLens | None = None) -> None:
    """Add what one file says; ``path`` is its path in a zip. Raises :class:`UnknownFormatError` if it is none that is known."""
    if markup_files.is_xml(content):
        _take(reading, "Criticker", path, PERCENTILES_WORDS, criticker(markup_files.films(content), answers))
        return
    if json_files.is_json(content):
        site, scale, rows = json_files.rows(content)
        _take(reading, site, path, scale, rows)
        return
    kind, table = open_table(content, format_of)
    if path and kind.members and not any(member in path for member in kind.members):
        raise UnknownFormatError(f"{path} says nothing about watching.")
    if kind.what != "rows":
        _add_movielens(kind, table, movielens)
        return
    cells = table.rows
    if kind.person:
        wanted = _person(reading, kind, table, answers)
        if wanted is None:
            return
        _, again = open_table(content, format_of)  # from the beginning, for that person alone
        cells = (cell for cell in again.rows if cell.get(kind.person, "").strip() == wanted)
    scale = kind.scale
    if kind.asks_scale:
        reading.asks.add("scale")
        scale = BY_TOP.get(answers.top or 0, OF_FIVE).words
    rows_of = kind.read(cells, answers)
    _take(reading, kind.site, path, scale, (_marked(row, _MARK_OF_FILE.get(_stem(path))) for row in rows_of))


def _marked(row: Row, mark: Mark | None) -> Row:
    row.mark = row.mark or mark or ""
    return row


def _add_movielens(kind: Format, table: Table, movielens: _MovieLens | None) -> None:
    if movielens is None:
        raise ExchangeError("This file of MovieLens holds titles, no ratings. Bring ratings.csv, or the whole zip.")
    for number, cell in enumerate(table.rows):
        if number >= limits().titles:
            raise ExchangeError(f"The file has more than {limits().titles:,} titles. Nothing was changed.")
        movie = plain_id(cell.get("movieid", ""))
        if kind.what == "titles":
            movielens.titles[movie] = cell.get("title", "")
        else:
            movielens.links[movie] = (imdb_id(cell.get("imdbid", "")), plain_id(cell.get("tmdbid", "")))


def _person(reading: Reading, kind: Format, table: Table, answers: Answers) -> str | None:
    """Whose rows are wanted; None if that has to be asked, or that person has none here."""
    rows = Counter[str]()
    for cell in table.rows:
        rows[cell.get(kind.person, "").strip()] += 1
        if len(rows) > MOST_ROWS:
            raise ExchangeError(f"The file holds rows of more than {MOST_ROWS:,} people. Nothing was changed.")
    if len(rows) < 2 and not reading.people:
        return next(iter(rows), "")
    together = rows + Counter(dict(reading.people))
    reading.people = sorted(together.items(), key=lambda one: (len(one[0]), one[0]))  # 2 before 10
    reading.site = kind.site
    reading.asks.add("person")
    return answers.person if answers.person in rows else None


def _take(reading: Reading, site: str, part: str, scale: str, rows: Iterable[Row]) -> None:
    for row in rows:
        if len(reading.rows) >= MOST_ROWS:
            raise ExchangeError(f"The file has more than {MOST_ROWS:,} rows, more than one person rates. Nothing was changed.")
        reading.rows.append(row)
    reading.site = reading.site or site
    reading.scale = reading.scale or scale
    reading.parts.append(part.rpartition("/")[2])


def _finish(reading: Reading, answers: Answers) -> None:
    """Understand dates over the whole file, what has no stars, and episodes; say why rows are left out."""
    written = [row.date.strip() for row in reading.rows]
    first = dates.day_first(written)
    if first is None and dates.depends_on_order(written):
        reading.asks.add("dates")
        first = answers.day_first
    longest = limits().title
    for row, date in zip(reading.rows, written, strict=True):
        row.at = dates.seconds(date, first) if date else None
        if row.skipped:
            continue
        if not row.title.strip() and not row.movielens_id and not row.item_id:
            row.skipped = NO_TITLE
        elif len(row.title) > longest:
            row.skipped = f"a title of more than {longest:,} characters"
        elif not row.mark:
            reading.asks.add("unrated")
            if answers.unrated in ("seen", "kept"):
                row.mark = answers.unrated
            else:
                row.skipped = NO_STARS
    if answers.episodes:
        _guess(reading.rows)


def _guess(rows: list[Row]) -> None:
    """Give shows the mean of their episodes' stars, unless the file rates the show itself: nobody said so much."""
    said = {row.about for row in rows if row.stars is not None and not row.episode}
    episodes = defaultdict[tuple[str, int | None, str], list[Row]](list)
    for row in rows:
        if row.episode and row.stars is not None and row.skipped == EPISODE and row.about not in said:
            episodes[row.about].append(row)
    for of_show in episodes.values():
        stars = round(2 * fmean(row.stars or 0 for row in of_show)) / 2
        latest = max((row.at for row in of_show if row.at is not None), default=None)
        for row in of_show:
            row.stars, row.at, row.guessed, row.skipped = stars, latest, True, ""
            row.written = f"mean of {len(of_show):,} episodes"
            row.imdb_id = row.tmdb_id = ""  # some sites write the episode's
