"""The tables that sites export, told apart by their header: never by the file's name, nor by what the ratings are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from recsys_core.common.text import unguarded
from recsys_core.errors import UnknownFormatError
from recsys_core.exchange import netflix
from recsys_core.exchange.cells import EPISODE, imdb_id, kind_of, plain_id, rated, titled, year_of
from recsys_core.exchange.rows import Answers, Row
from recsys_core.exchange.scales import (
    BY_TOP,
    OF_FIVE,
    OF_TEN,
    PERCENTILES_WORDS,
    THUMBS_WORDS,
    Scale,
    by_percentile,
    number,
)

Cells = Iterator[dict[str, str]]
Columns = frozenset[str]
OWN = "Because You Watched"
MARKS = frozenset({"rated", "not seen", "kept", "seen", "hidden"})


class Format(NamedTuple):
    """A table that a site exports.

    Attributes
    ----------
    site, scale : str
        Where it comes from; how its ratings become stars, as a sentence, "" where it has none.
    read : callable
        Turns its cells into rows, one for each.
    person : str
        The column that says whose row it is.
    members : tuple of str
        What a path in a zip must hold to be read as this; many tables of an export look alike.
    what : "rows", "titles" or "links"
        MovieLens keeps titles and ids elsewhere in tables of their own.
    asks_scale : bool
        Whether the header leaves open how high ratings go.
    """

    site: str
    read: Callable[[Cells, Answers], Iterator[Row]]
    scale: str = ""
    person: str = ""
    members: tuple[str, ...] = ()
    what: str = "rows"
    asks_scale: bool = False


def format_of(columns: Columns) -> Format | None:
    """The format of a header; None if it is not known. Raises :class:`UnknownFormatError` for one that must not be read."""
    if {"date joined", "username"} <= columns:
        raise UnknownFormatError("This file holds your profile at Letterboxd, no ratings. It was not read.")
    for needed, kind in _FORMATS:
        if needed <= columns:
            return kind
    return _netflix_history(columns) or _plain(columns)


# Each reader takes cells by lower-case column.


def _own(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        mark = cell.get("mark", "")
        row = Row(unguarded(cell.get("title", "")), year_of(cell.get("year", "")), date=cell.get("date", ""))
        row.item_id = unguarded(cell.get("item_id", ""))
        stars = number(cell.get("stars", ""))
        row.mark = mark if mark in MARKS else ""  # type: ignore[assignment]
        if stars is not None and OF_FIVE.lowest <= stars <= OF_FIVE.highest:
            row.stars, row.mark, row.written = stars, "rated", f"{stars:g} stars"
        yield row


def _letterboxd(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        row = Row(cell.get("name", "").strip(), year_of(cell.get("year", "")), date=cell.get("date", ""), mark="seen")
        yield rated(row, cell.get("rating", ""), OF_FIVE)


def _letterboxd_films(cells: Cells, answers: Answers) -> Iterator[Row]:
    """Watched, to be watched and liked look all the same."""
    for cell in cells:
        yield Row(cell.get("name", "").strip(), year_of(cell.get("year", "")), date=cell.get("date", ""), mark="")


def _letterboxd_import(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        row = Row(*titled(unguarded(cell.get("title", "")), year_of(cell.get("year", ""))), date=cell.get("watcheddate", ""), mark="seen")
        row.imdb_id, row.tmdb_id = imdb_id(cell.get("imdbid", "")), plain_id(cell.get("tmdbid", ""))
        ten = cell.get("rating10", "")
        yield rated(row, ten, OF_TEN) if number(ten) else rated(row, cell.get("rating", ""), OF_FIVE)


def _imdb(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        kind, skipped = kind_of(cell.get("title type", ""))
        row = Row(cell.get("title", "").strip(), year_of(cell.get("year", "")), kind=kind, skipped=skipped, mark="")
        row.names = tuple(name for name in (cell.get("original title", "").strip(),) if name and name != row.title)
        row.date = cell.get("date rated", "") or cell.get("created", "")
        row.imdb_id = imdb_id(cell.get("const", ""))
        yield rated(row, cell.get("your rating", "") or cell.get("you rated", ""), OF_TEN)


def _trakt(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        kind, skipped = kind_of(cell.get("type", ""))
        row = Row(cell.get("title", "").strip(), year_of(cell.get("year", "")), kind=kind, skipped=skipped)
        row.date = next((cell[name] for name in ("rated_at", "watched_at", "last_watched_at", "listed_at") if cell.get(name)), "")
        row.mark = "kept" if cell.get("listed_at") else "seen"
        row.imdb_id, row.tmdb_id = imdb_id(cell.get("imdb_id", "")), plain_id(cell.get("tmdb_id", ""))
        if skipped == EPISODE:
            row.episode, row.kind = True, "show"
        yield rated(row, cell.get("rating", ""), OF_TEN)


def _movielens(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        row = Row("", date=cell.get("timestamp", ""), kind="movie", movielens_id=plain_id(cell.get("movieid", "")))
        yield rated(row, cell.get("rating", ""), OF_FIVE)


def _movielens_site(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        row = Row(*titled(cell.get("title", "")), kind="movie", mark="", movielens_id=plain_id(cell.get("movie_id", "")))
        row.imdb_id, row.tmdb_id = imdb_id(cell.get("imdb_id", "")), plain_id(cell.get("tmdb_id", ""))
        yield rated(row, cell.get("rating", ""), OF_FIVE)


def _nothing(cells: Cells, answers: Answers) -> Iterator[Row]:
    yield from ()


_SIMKL: Mapping[str, str] = {"completed": "seen", "watching": "seen", "hold": "seen", "dropped": "seen", "plantowatch": "kept"}


def _simkl(cells: Cells, answers: Answers) -> Iterator[Row]:
    for cell in cells:
        kind, skipped = kind_of(cell.get("type", ""))
        row = Row(cell.get("title", "").strip(), year_of(cell.get("year", "")), kind=kind, skipped=skipped)
        row.date = cell.get("watcheddate", "")
        row.mark = _SIMKL.get(cell.get("watchlist", "").strip().casefold().replace(" ", ""), "")  # type: ignore[assignment]
        row.imdb_id = imdb_id(cell.get("imdb_id", "") or cell.get("imdb", ""))
        row.tmdb_id = plain_id(cell.get("tmdb", "") or cell.get("tmdb_id", ""))
        yield rated(row, cell.get("rating", ""), OF_TEN)


def criticker(cells: Cells, answers: Answers) -> Iterator[Row]:
    """Scores from 0 to 100, of which only the order means something."""
    rows, scores = list[Row](), list[float]()
    for cell in cells:
        name = cell.get("film name") or cell.get("filmname") or cell.get("title") or ""
        row = Row(*titled(name, year_of(cell.get("year", ""))), mark="seen")
        row.imdb_id = imdb_id(cell.get("imdb id", "") or cell.get("imdbid", ""))
        row.date = next((cell[name] for name in ("date rated", "reviewdate", "date", "rated") if cell.get(name)), "")
        score = number(cell.get("score", "") or cell.get("rating", ""))
        if score is not None and 0 <= score <= 100:
            row.stars, row.mark, row.written = 1.0, "rated", f"{score:g} of 100"  # the stars follow
            scores.append(score)
        rows.append(row)
    stars = iter(by_percentile(scores))
    for row in rows:
        row.stars = None if row.stars is None else next(stars)
        yield row


def _tv_time(cells: Cells, answers: Answers) -> Iterator[Row]:
    """What was seen or followed; TV Time has no stars for whole titles."""
    for cell in cells:
        movie, show = cell.get("movie_name", "").strip(), (cell.get("series_name") or cell.get("tv_show_name") or "").strip()
        title, year = titled(movie or show, year_of(cell.get("release_date", "")) if movie else None)
        row = Row(title, year, kind="movie" if movie else "show")
        row.date = cell.get("watch_date") or cell.get("created_at") or cell.get("updated_at") or ""
        row.mark = "seen" if _was_seen(cell) else "kept"
        yield row


def _was_seen(cell: Mapping[str, str]) -> bool:
    """Whether a row tells of watching; otherwise somebody follows a title, or wants to see it."""
    said = (cell.get("type") or cell.get("key") or "").casefold()
    if said:
        return said.startswith(("watch", "rewatch"))
    return bool(number(cell.get("nb_episodes_seen", "")) or any(name in cell for name in _EPISODE_COLUMNS))


_EPISODE_COLUMNS = ("episode_id", "episode_number", "episode_season_number", "ep_id", "ep_no")


def _netflix_history(columns: Columns) -> Format | None:
    for title, date in _NETFLIX:
        if columns == {title, date}:
            return Format("Netflix", partial(netflix.history, title=title, date=date))
    return None


_NETFLIX = (
    *(("title", "date"), ("titel", "datum"), ("titre", "date"), ("título", "fecha"), ("título", "data"), ("titolo", "data")),
    *(("tytuł", "data"), ("titel", "dato"), ("nimi", "päivämäärä"), ("タイトル", "日付")),
)


def _plain(columns: Columns) -> Format | None:
    """Any table with a title and ratings; its year and its dates are taken along."""
    title, year, date = (next((name for name in names if name in columns), "") for names in (_TITLES, _YEARS, _DATES))
    stars = next((name for name in _STARS if name in columns), "")
    rating = next((name for name in _RATINGS if name in columns), "")
    if not title or not (stars or rating):
        return None
    read = partial(_plain_rows, title=title, year=year, date=date, rating=stars or rating, fixed=OF_FIVE if stars else None)
    return Format("A table", read, OF_FIVE.words if stars else "", asks_scale=not stars)


def _plain_rows(cells: Cells, answers: Answers, *, title: str, year: str, date: str, rating: str, fixed: Scale | None) -> Iterator[Row]:
    scale = fixed or BY_TOP.get(answers.top or 0, OF_FIVE)
    for cell in cells:
        row = Row(*titled(unguarded(cell.get(title, "")), year_of(cell.get(year, ""))), date=cell.get(date, ""), mark="")
        row.imdb_id = imdb_id(cell.get("imdb_id", "") or cell.get("imdbid", "") or cell.get("imdb id", ""))
        yield rated(row, cell.get(rating, ""), scale)


_TITLES = ("title", "name", "movie", "film", "show", "titel", "titre", "título", "titolo", "tytuł")
_YEARS = ("year", "release year", "jahr", "année", "año", "anno", "ano", "rok")
_DATES = ("date", "date rated", "rated at", "rated_at", "rated", "watched", "datum", "fecha", "data")
_STARS = ("stars", "sterne", "étoiles", "estrellas", "stelle", "estrelas", "stjärnor")
_RATINGS = ("rating", "my rating", "your rating", "score", "my score", "grade", "bewertung", "note", "nota", "voto", "ocena")

_TV_TIME_FILES = ("tracking-prod-records", "seen_episode", "followed_tv_show", "user_tv_show_data")
_TV_TIME = Format("TV Time", _tv_time, members=_TV_TIME_FILES)
_LETTERBOXD_IMPORT = Format("Letterboxd's import format", _letterboxd_import, OF_FIVE.words)
_IMDB = Format("IMDb", _imdb, OF_TEN.words)
_TRAKT = Format("Trakt", _trakt, OF_TEN.words)
_FORMATS: tuple[tuple[Columns, Format], ...] = tuple(
    (frozenset(needed.split("|")), kind)
    for needed, kind in (
        ("title|item_id|stars|mark|date", Format(OWN, _own, OF_FIVE.words)),
        ("date|name|year|letterboxd uri|rating", Format("Letterboxd", _letterboxd, OF_FIVE.words)),
        ("date|name|year|letterboxd uri", Format("Letterboxd", _letterboxd_films)),
        ("position|name|year|url|description", Format("Letterboxd", _letterboxd_films)),
        ("simkl_id|type|title|year", Format("Simkl", _simkl, OF_TEN.words)),
        ("title|letterboxduri", _LETTERBOXD_IMPORT),
        ("title|watcheddate|year|rating", _LETTERBOXD_IMPORT),
        ("title|rating10", _LETTERBOXD_IMPORT),
        ("const|title|title type|your rating", _IMDB),
        ("const|title|title type|you rated", _IMDB),
        ("const|title|title type", _IMDB),
        ("type|title|trakt_id", _TRAKT),
        ("userid|movieid|rating", Format("MovieLens", _movielens, OF_FIVE.words, person="userid")),
        ("movieid|title|genres", Format("MovieLens", _nothing, what="titles")),
        ("movieid|imdbid|tmdbid", Format("MovieLens", _nothing, what="links")),
        ("movie_id|imdb_id|tmdb_id|rating|title", Format("MovieLens", _movielens_site, OF_FIVE.words)),
        ("score|film name", Format("Criticker", criticker, PERCENTILES_WORDS)),
        ("rating|film name", Format("Criticker", criticker, PERCENTILES_WORDS)),
        ("profile name|title name|thumbs value", Format("Netflix", netflix.ratings, THUMBS_WORDS, "profile name")),
        ("profile name|title name|star value", Format("Netflix", netflix.ratings, THUMBS_WORDS, "profile name")),
        ("profile name|start time|title|duration", Format("Netflix", netflix.activity, person="profile name")),
        ("movie_name|type", _TV_TIME),
        ("series_name|created_at", _TV_TIME),
        ("tv_show_name", _TV_TIME),
    )
)
"""What a header must hold, the most particular first."""
