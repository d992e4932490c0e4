"""Read MovieLens releases from a zip or a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from recsys_core.common.text import upright
from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import LIST_SEPARATOR
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.files.tables import csv_table, double_colon_rows, large_table, separated
from recsys_core.datasets.sources.linking import enrich, match_titles, with_shows
from recsys_core.datasets.sources.tags import genome, keywords
from recsys_core.errors import DataError, DatasetError

CITATION = "F. M. Harper and J. A. Konstan (2015): The MovieLens Datasets. doi.org/10.1145/2827872"
PAGE = "https://movielens.org/movies/"
_TITLE = re.compile(r"^(?P<title>.*?)\s*\((?P<year>\d{4})\)?\s*$")
_RATINGS = {"userId": "int32", "movieId": "int32", "rating": "float32", "timestamp": "int64"}
_WHOLE_RATINGS = _RATINGS | {"rating": "int8"}
_TAGS = {"userId": "int32", "movieId": "int32", "tag": "string"}
_GENOME = {"movieId": "int32", "tagId": "int32", "relevance": "float32"}


def read_movielens(path: Path, *, enrich_from: pd.DataFrame | None = None, shows_from: pd.DataFrame | None = None) -> Dataset:
    """Read a release in any layout: CSV (``ml-latest-small``, 20m, 25m, 32m), ``.dat`` (1m, 10m) or ``u.data`` (100k).

    "Matrix, The (1999)" becomes the title "The Matrix" and the year 1999, user tags become keywords, the tag genome
    becomes the column ``genome``, and the ids of ``links.csv`` are kept.

    Parameters
    ----------
    enrich_from, shows_from : DataFrame, optional
        A catalogue that fills in missing facts of the movies, and one whose shows are added
        (:mod:`recsys_core.datasets.sources.linking`).

    Raises
    ------
    DatasetError
        The archive is damaged, lacks a file or column, is not UTF-8 (CSV layout) or is not a valid data set.
    """
    archive = Archive(path)
    name = path.stem if path.suffix == ".zip" else path.name
    described = [f"Real ratings from MovieLens. {CITATION}"]
    try:
        items, ratings = _tables(archive)
        if enrich_from is not None:
            linked = match_titles(items, enrich_from)
            items = enrich(items, enrich_from, linked)
            described.append(f"Synopses, people and further keywords of {len(linked):,} movies are from the showcase catalogue.")
        if shows_from is not None:
            n_movies = len(items)
            items, name = with_shows(items, shows_from), f"{name}+shows"
            described.append(f"The {len(items) - n_movies:,} shows are from the showcase catalogue; nobody has rated them here.")
        return Dataset.from_frames(items, ratings, name=name, description=" ".join(described))
    except DataError as error:
        raise DatasetError(f"{path.name}: {error}") from error


def _tables(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the items, and the ratings with the columns ``user_id``, ``item_id``, ``rating``, ``timestamp`` and numeric ids."""
    if "u.data" in archive:
        items, ratings = _read_100k(archive)
    elif "ratings.dat" in archive or "movies.dat" in archive:
        items, ratings = _read_dat(archive)
    elif "ratings.csv" in archive or "movies.csv" in archive:
        items, ratings = _read_csv(archive)
    else:
        raise DatasetError(f"{archive.path.name} is not a MovieLens data set: it holds neither ratings.csv nor u.data nor ratings.dat.")
    return items, ratings.rename(columns={"userId": "user_id", "movieId": "item_id"})


def _read_csv(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    movies = csv_table(archive, "movies.csv", ("movieId", "title", "genres"))
    ratings = large_table(archive, "ratings.csv", _RATINGS)
    items = _items(movies["movieId"], movies["title"], movies["genres"])
    items["url"] = PAGE + items["item_id"]
    if "tags.csv" in archive:
        items["keywords"] = _of_each(items, keywords(large_table(archive, "tags.csv", _TAGS, line_ends=True)))
    if "genome-scores.csv" in archive:
        names = csv_table(archive, "genome-tags.csv", ("tagId", "tag"))
        items["genome"] = _of_each(items, genome(large_table(archive, "genome-scores.csv", _GENOME), names))
    if "links.csv" in archive:
        links = csv_table(archive, "links.csv", ("movieId", "imdbId", "tmdbId")).drop_duplicates("movieId").set_index("movieId")
        for column, source, form in (("imdb_id", "imdbId", "tt{:07d}"), ("tmdb_id", "tmdbId", "{}")):
            ids = pd.to_numeric(links[source], errors="coerce").reindex(movies["movieId"])
            items[column] = ["" if pd.isna(value) else form.format(int(value)) for value in ids]
    return items, ratings


def _read_dat(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    movies = pd.DataFrame(double_colon_rows(archive, "movies.dat", 3))
    ratings = large_table(archive, "ratings.dat", _RATINGS, "::", header=False)
    items = _items(movies[0], movies[1], movies[2])
    if "tags.dat" in archive:
        tags = pd.DataFrame(double_colon_rows(archive, "tags.dat", 4), columns=["userId", "movieId", "tag", "timestamp"])
        items["keywords"] = _of_each(items, keywords(tags))
    return items, ratings


def _read_100k(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    genres = [line.split("|")[0] for line in archive.read("u.genre").decode("latin-1").splitlines() if "|" in line]
    movies = separated(archive, "u.item", "|", 5 + len(genres))
    ratings = large_table(archive, "u.data", _WHOLE_RATINGS, "\t", header=False)
    flags = movies.iloc[:, 5:].to_numpy() == 1
    named = [LIST_SEPARATOR.join(genre for genre, flag in zip(genres, row, strict=True) if flag and genre != "unknown") for row in flags]
    return _items(movies[0], movies[1], pd.Series(named)), ratings


def _items(ids: pd.Series, titles: pd.Series, genres: pd.Series) -> pd.DataFrame:
    """Convert ids to strings, split ``Title, The (Other title) (1999)`` into title and year, and unify genre names."""
    raw = titles.fillna("").astype(str).str.strip()
    parts = raw.str.extract(_TITLE)
    return pd.DataFrame(
        {
            "item_id": ids.astype(str),
            "title": parts["title"].fillna(raw).map(upright),
            "year": pd.to_numeric(parts["year"]),
            "kind": "movie",
            "genres": genres.fillna("").replace("(no genres listed)", "").str.replace("Sci-Fi", "Science Fiction"),
        }
    )


def _of_each(items: pd.DataFrame, values: dict[str, str]) -> list[str]:
    return [values.get(item_id, "") for item_id in items["item_id"]]
