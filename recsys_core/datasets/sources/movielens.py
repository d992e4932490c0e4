"""Read MovieLens releases from a zip or a folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from recsys_core.data.dataset import Dataset, fingerprint
from recsys_core.data.tags import LIST_SEPARATOR, split_list
from recsys_core.datasets.download.releases import RELEASES
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.files.tables import (
    BARS,
    COMMAS,
    DOUBLE_COLONS,
    ID,
    MARK,
    NAME,
    SHARE,
    STARS,
    TABS,
    TEXT,
    TIME,
    Form,
    Kind,
    Table,
    TableFile,
    read_table,
)  # fmt: skip
from recsys_core.datasets.limits import Limits
from recsys_core.datasets.sources.brackets import names
from recsys_core.datasets.sources.linking import enrich, match_titles, with_shows
from recsys_core.datasets.sources.tags import genome, keywords
from recsys_core.errors import DataError, DatasetError

CITATION = "F. M. Harper and J. A. Konstan (2015): The MovieLens Datasets. doi.org/10.1145/2827872"
PAGE = "https://movielens.org/movies/"
OTHER_SCALE = 0.1
"""If more of the ratings lie outside the scale, they were given on another one, and those inside would be misread."""
_TITLE = re.compile(r"^(?P<title>.+?)\s*\((?P<year>\d{4})(?:\s*[-–—]\s*(?P<end_year>\d{4})?)?\s*\)?\s*$")
_VIDEO = re.compile(r"\s*\((?:V|TV|VG)\)\s*$")
"""A mark of IMDb behind the year of what never ran in a cinema."""
_RATINGS = {"userId": ID, "movieId": ID, "rating": STARS, "timestamp": TIME}
_TAGS = {"userId": ID, "movieId": ID, "tag": TEXT, "timestamp": TIME}
_TITLES = Form("::", free=1, plausible=re.compile(r"\(\d{4}[^()]*\)?\s*$"))
_FREE_TAGS = Form("::", free=2, plausible=re.compile(r"::(?![\d.\s]*$)(?:(?!::).)*$"))
"""A title that holds colons still ends in its year, a tag in no number: else the row has a field too many."""
_MOVIES = {"movieId": ID, "title": NAME, "genres": TEXT}
_LINKS = {
    "imdb_id": ("imdbId", re.compile(r"(?:tt)?0*(\d{1,9})(?:\.0)?"), "tt{:07d}"),
    "tmdb_id": ("tmdbId", re.compile(r"(\d+)(?:\.0)?"), "{}"),
}
"""Ids elsewhere: the column of ``links.csv``, how they are written there, and how they are kept."""
FILES = frozenset(
    {
        *("movies.csv", "ratings.csv", "tags.csv", "links.csv", "genome-tags.csv", "genome-scores.csv"),
        *("movies.dat", "ratings.dat", "tags.dat", "u.data", "u.item", "u.genre"),
    }
)
"""All that is read of an archive, whatever else lies in it."""
_IMPORTED = re.compile(r"movielens-[0-9a-f]{8}\.zip")
"""A file that was uploaded: its name is a checksum of its content already, under which ratings were kept before."""
log = logging.getLogger(__name__)


class _Tables(NamedTuple):
    """What an archive holds: titles, whole facts of each, ratings, and whatever else was read of it."""

    movies: Table
    items: pd.DataFrame
    ratings: Table
    others: list[Table]


def read_movielens(
    path: Path,
    *,
    enrich_from: pd.DataFrame | None = None,
    shows_from: pd.DataFrame | None = None,
    allowed: Limits | None = None,
) -> Dataset:
    """Read a release in any layout: CSV (``ml-latest-small``, 20m, 25m, 32m), ``.dat`` (1m, 10m) or ``u.data`` (100k).

    "Matrix, The (1999)" becomes the title "The Matrix" and the year 1999, user tags become keywords, the tag genome
    becomes the column ``genome``, and the ids of ``links.csv`` are kept. Rows that cannot be used are left out one by one;
    ``Dataset.left_out`` says which.

    Parameters
    ----------
    enrich_from, shows_from : DataFrame, optional
        A catalogue that fills in missing facts of the movies, and one whose shows are added
        (:mod:`recsys_core.datasets.sources.linking`).
    allowed : Limits, optional
        What the archive may hold; by default the limits of this server.

    Raises
    ------
    DatasetError
        The archive is damaged or beyond the limits, lacks a file or column, or is not a valid data set.
    """
    archive = Archive(path, allowed)
    name = path.stem if path.suffix == ".zip" else path.name
    described = [f"Real ratings from MovieLens. {CITATION}"]
    try:
        tables = _tables(archive)
        items = tables.items
        key = path.stem if _IMPORTED.fullmatch(path.name) else _key(tables)
        if enrich_from is not None:
            items, said = _enriched(items, enrich_from)
            described.append(said)
        if shows_from is not None:
            n_movies = len(items)
            items, name, key = with_shows(items, shows_from), f"{name}+shows", f"{key}+shows"
            described.append(f"The {len(items) - n_movies:,} shows are from the showcase catalogue; nobody has rated them here.")
        return _dataset(path, items, tables, name=name, description=" ".join(described), key=key)
    except DataError as error:
        raise DatasetError(f"{path.name}: {error}") from error


def read_titles(path: Path, *, enrich_from: pd.DataFrame | None = None, allowed: Limits | None = None) -> Dataset:
    """Read the titles of a release in CSV, as :func:`read_movielens` does, and no ratings: these may be too many for one machine.

    Raises
    ------
    DatasetError
        The folder lacks movies.csv, or a table is damaged or beyond the limits.
    """
    archive = Archive(path, allowed)
    try:
        movies = _movies(archive, "movies.csv", COMMAS)
        items, others = _csv_titles(archive, movies)
        described, key = [f"Real ratings from MovieLens. {CITATION}"], fingerprint(movies.frame["movieId"], movies.frame["title"])
        notes = [note for table in (movies, *others) for note in table.notes()]
        if enrich_from is not None:
            items, said = _enriched(items, enrich_from)
            described.append(said)
        return Dataset.from_frames(items, None, name=path.name, description=" ".join(described), key=key, left_out=notes)
    except DataError as error:
        raise DatasetError(f"{path.name}: {error}") from error


def read_more_ratings(path: Path, known: Dataset, *, enrich_from: pd.DataFrame | None = None, allowed: Limits | None = None) -> Dataset:
    """Read ratings in CSV that are to be added to a data set: of its titles, and of those that a movies.csv beside them names.

    Parameters
    ----------
    path : Path
        A folder or zip with ratings.csv, or that file itself under any name that ends in ``.csv``.
    known : Dataset
        To which they are added.

    Returns
    -------
    Dataset
        The titles that are new or rated here. Of several ratings of a person and title, the newest.

    Raises
    ------
    DatasetError
        There is no ratings.csv, or a table is damaged or beyond the limits.
    """
    alone = path.is_file() and path.suffix == ".csv"
    archive = None if alone else Archive(path, allowed)
    tables = [read_table(TableFile.at(path) if archive is None else archive.file("ratings.csv"), _RATINGS, what="rating")]
    items = known.items.iloc[:0]
    try:
        if archive is not None and "movies.csv" in archive:
            movies = _movies(archive, "movies.csv", COMMAS)
            described, others = _csv_titles(archive, movies)
            items = _enriched(described, enrich_from)[0] if enrich_from is not None else described
            tables += [movies, *others]
        return _more_ratings(path, known, items, tables)
    except DataError as error:
        raise DatasetError(f"{path.name}: {error}") from error


def _more_ratings(path: Path, known: Dataset, items: pd.DataFrame, tables: list[Table]) -> Dataset:
    ratings, named = tables[0], set(items["item_id"])
    unknown = ratings.unknown("movieId", named | known.item_index.keys())
    ratings.leave_out(unknown, f"a movieId that neither {known.name} nor a movies.csv here knows", "movieId")
    notes = [note for table in tables for note in table.notes()]
    frame = ratings.frame
    if frame.empty:
        raise ratings.file.error("has no rating rows.")
    if "timestamp" in frame:
        frame = frame.sort_values("timestamp", kind="stable", na_position="first")
    frame = frame.drop_duplicates(["userId", "movieId"], keep="last")
    rated = [known.item_index[item_id] for item_id in frame["movieId"].unique() if item_id in known.item_index and item_id not in named]
    items = pd.concat([items, known.items.iloc[rated]], ignore_index=True)
    frame = frame.rename(columns={"userId": "user_id", "movieId": "item_id"})
    return Dataset.from_frames(items, frame, name=path.stem if path.suffix else path.name, left_out=notes)


def names_all(path: Path, item_ids: Collection[str], *, allowed: Limits | None = None) -> bool:
    """Tell whether a source names all of these titles, as a later release of the same data does; one that is not in CSV must.

    If not, :func:`read_more_ratings` reads it. Raises :class:`DatasetError` as :func:`read_movielens`.
    """
    if path.is_file() and path.suffix == ".csv":
        return False
    archive = Archive(path, allowed)
    if "ratings.csv" not in archive:
        return True
    return "movies.csv" in archive and set(_movies(archive, "movies.csv", COMMAS).frame["movieId"]).issuperset(item_ids)


def _enriched(items: pd.DataFrame, catalogue: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    linked = match_titles(items, catalogue)
    said = f"Synopses, people and further keywords of {len(linked):,} movies are from the showcase catalogue."
    return enrich(items, catalogue, linked), said


def _tables(archive: Archive) -> _Tables:
    if "u.data" in archive:
        tables = _read_100k(archive)
    elif "ratings.dat" in archive or "movies.dat" in archive:
        tables = _read_dat(archive)
    elif "ratings.csv" in archive or "movies.csv" in archive:
        tables = _read_csv(archive)
    else:
        raise DatasetError(f"{archive.path.name} is not a MovieLens data set: it holds neither ratings.csv nor u.data nor ratings.dat.")
    for table in (tables.movies, tables.ratings):
        table.notes()  # one that loses most of its rows is refused here, with the reason
        if table.frame.empty:
            raise table.file.error(f"has no {table.what} rows.")
    return tables


def _read_csv(archive: Archive) -> _Tables:
    movies = _movies(archive, "movies.csv", COMMAS)
    ratings = _ratings(archive, "ratings.csv", COMMAS, movies)
    items, others = _csv_titles(archive, movies)
    return _Tables(movies, items, ratings, others)


def _csv_titles(archive: Archive, movies: Table) -> tuple[pd.DataFrame, list[Table]]:
    """Return the facts about the titles, and the tables beside the movies from which they were read."""
    items, others = _items(movies.frame), list[Table]()
    items["url"] = PAGE + items["item_id"]
    if "tags.csv" in archive:
        others.append(tags := _of_movies(archive, "tags.csv", _TAGS, COMMAS, movies, "tag"))
        items["keywords"] = _of_each(items, keywords(tags.frame))
    if "genome-scores.csv" in archive:
        others.append(names := read_table(archive.file("genome-tags.csv"), {"tagId": ID, "tag": NAME}, what="genome tag"))
        columns = {"movieId": ID, "tagId": ID, "relevance": SHARE}
        others.append(scores := _of_movies(archive, "genome-scores.csv", columns, COMMAS, movies, "genome"))
        named = set(names.frame["tagId"])
        scores.leave_out(scores.unknown("tagId", named), f"a tagId that {names.file.name} does not name", "tagId")
        items["genome"] = _of_each(items, genome(scores.frame, names.frame))
    if "links.csv" in archive:
        columns = {"movieId": ID, **{source: TEXT for source, _, _ in _LINKS.values()}}
        others.append(links := _of_movies(archive, "links.csv", columns, COMMAS, movies, "link"))
        for column, ids in _elsewhere(links).items():
            items[column] = _of_each(items, ids)
    return items, others


def _read_dat(archive: Archive) -> _Tables:
    movies = _movies(archive, "movies.dat", _TITLES)
    ratings = _ratings(archive, "ratings.dat", DOUBLE_COLONS, movies)
    items, others = _items(movies.frame), list[Table]()
    if "tags.dat" in archive:
        others.append(tags := _of_movies(archive, "tags.dat", _TAGS, _FREE_TAGS, movies, "tag"))
        items["keywords"] = _of_each(items, keywords(tags.frame))
    return _Tables(movies, items, ratings, others)


def _read_100k(archive: Archive) -> _Tables:
    genres = read_table(archive.file("u.genre"), {"genre": NAME, "number": NAME}, BARS, what="genre")
    named = genres.frame["genre"].tolist()
    facts = {"movieId": ID, "title": NAME, "release": TEXT, "video release": TEXT, "url": TEXT}
    marks = {f"mark {number}": MARK for number in range(len(named))}
    movies = _movies(archive, "u.item", BARS, facts | marks)
    flags = movies.frame[list(marks)].to_numpy() == 1
    movies.frame = movies.frame[list(facts)].assign(
        genres=[LIST_SEPARATOR.join(genre for genre, flag in zip(named, row, strict=True) if flag and genre != "unknown") for row in flags]
    )
    return _Tables(movies, _items(movies.frame), _ratings(archive, "u.data", TABS, movies), [genres])


def _movies(archive: Archive, name: str, form: Form, columns: Mapping[str, Kind] | None = None) -> Table:
    movies = read_table(archive.file(name), columns or _MOVIES, form, what="title")
    movies.leave_out(movies.frame["movieId"].duplicated().to_numpy(), "a movieId that an earlier row has", "movieId")
    if "genres" in movies.frame:
        _check_genres(movies)
    return movies


def _check_genres(movies: Table) -> None:
    """Raise :class:`DatasetError` for a title with too many genres, or a genre whose name is too long."""
    allowed = movies.file.limits
    for text in movies.frame["genres"].unique():
        named = split_list(text)
        if len(named) > allowed.genres:
            raise movies.file.beyond(f"has a title with {len(named):,} genres", "genres")
        if max(map(len, named), default=0) > allowed.name:
            raise movies.file.beyond("has a genre with a very long name", "name")


def _of_movies(archive: Archive, name: str, columns: Mapping[str, Kind], form: Form, movies: Table, what: str) -> Table:
    """Read a table on movies, without the rows on unknown ones."""
    table = read_table(archive.file(name), columns, form, what=what)
    unknown = table.unknown("movieId", set(movies.frame["movieId"].array))
    table.leave_out(unknown, f"a movieId that is not in {movies.file.name}", "movieId")
    return table


def _ratings(archive: Archive, name: str, form: Form, movies: Table) -> Table:
    ratings = _of_movies(archive, name, _RATINGS, form, movies, "rating")
    off_scale = ratings.n_with(f"a rating that is not {STARS.meaning}")
    if off_scale >= 10 and off_scale > OTHER_SCALE * ratings.n_rows:
        raise ratings.file.error(
            f"has {off_scale:,} of {ratings.n_rows:,} ratings that are not {STARS.meaning}. Convert them to that scale."
        )
    if "timestamp" in ratings.frame and ratings.frame["timestamp"].isna().all():
        ratings.frame = ratings.frame.drop(columns="timestamp")
    return ratings


def _dataset(path: Path, items: pd.DataFrame, tables: _Tables, **labels: Any) -> Dataset:
    """Build the data set. Repeated ratings are looked for only if it is refused: for millions that costs as much as building it."""
    try:
        return _built(path, items, tables, **labels)
    except DataError:
        repeated = tables.ratings.frame.duplicated(["userId", "movieId"], keep="last").to_numpy()
        if not repeated.any():
            raise
        tables.ratings.leave_out(repeated, "a rating that a later row of the same person and title replaces", "movieId")
        return _built(path, items, tables, **labels)


def _built(path: Path, items: pd.DataFrame, tables: _Tables, **labels: Any) -> Dataset:
    notes = [note for table in (tables.movies, tables.ratings, *tables.others) for note in table.notes()]
    ratings = tables.ratings.frame.rename(columns={"userId": "user_id", "movieId": "item_id"})
    dataset = Dataset.from_frames(items, ratings, left_out=notes, **labels)
    for note in notes:
        log.warning("%s: %s", path.name, note)
    return dataset


def _key(tables: _Tables) -> str:
    """What ratings of this data set are kept under: the name of a release if it is one, else a fingerprint of the titles.

    The titles are those of the file, so that the key outlives changes to how this module words them.
    """
    ratings = tables.ratings.frame
    release = release_with(len(ratings), len(ratings["userId"].array.categories))
    return release or fingerprint(tables.movies.frame["movieId"], tables.movies.frame["title"])


def release_with(n_ratings: int, n_people: int) -> str:
    """The name of the release with so many ratings of so many people; empty if there is none."""
    return next((release.name for release in RELEASES.values() if (release.ratings, release.people) == (n_ratings, n_people)), "")


def _elsewhere(links: Table) -> dict[str, dict[str, str]]:
    """The titles' ids at IMDb and TMDB by item id; IMDb's may be written with or without tt and zeros."""
    links.leave_out(links.frame["movieId"].duplicated().to_numpy(), "a movieId that an earlier row has", "movieId")
    found = {}
    for source, pattern, _ in _LINKS.values():
        strange = [bool(text) and not pattern.fullmatch(text) for text in links.frame[source]]
        links.leave_out(np.array(strange, dtype=bool), f"a {source} that is none", source)
    for column, (source, pattern, form) in _LINKS.items():
        matches = {item_id: pattern.fullmatch(text) for item_id, text in zip(links.frame["movieId"], links.frame[source], strict=True)}
        found[column] = {item_id: form.format(int(match[1])) for item_id, match in matches.items() if match}
    return found


def _items(movies: pd.DataFrame) -> pd.DataFrame:
    """Split ``Title, The (Other title) (1999)`` into title, other names and year, and unify genre names."""
    raw = movies["title"].astype(object).reset_index(drop=True).str.replace(_VIDEO, "", regex=True)
    parts = raw.str.extract(_TITLE)
    named = [names(text) for text in parts["title"].fillna(raw)]
    year, end_year = pd.to_numeric(parts["year"]), pd.to_numeric(parts["end_year"])
    return pd.DataFrame(
        {
            "item_id": movies["movieId"].astype(object).to_numpy(),
            "title": [title for title, _ in named],
            "also_known_as": [LIST_SEPARATOR.join(other.replace(LIST_SEPARATOR, " ") for other in others) for _, others in named],
            "year": year,
            "end_year": end_year.where(end_year >= year),
            "kind": "movie",
            "genres": [_genres(text) for text in movies["genres"]],
        }
    )


def _genres(text: str) -> str:
    named = (genre.strip().replace("Sci-Fi", "Science Fiction") for genre in split_list(text.replace("(no genres listed)", "")))
    return LIST_SEPARATOR.join(filter(None, named))


def _of_each(items: pd.DataFrame, values: dict[str, str]) -> list[str]:
    return [values.get(item_id, "") for item_id in items["item_id"]]
