"""MovieLens releases as they are published: read from a zip or a folder that the user has."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd

from recsys_core.dataset import LIST_SEPARATOR, Dataset
from recsys_core.datasets.archive import Archive
from recsys_core.errors import DataError, DatasetError

CITATION = "F. M. Harper and J. A. Konstan (2015): The MovieLens Datasets. doi.org/10.1145/2827872"
_TITLE = re.compile(r"^(?P<title>.*?)\s*\((?P<year>\d{4})\)?\s*$")
_INVERTED = re.compile(
    r"^(?P<rest>.+), (?P<article>The|A|An|Le|La|Les|L'|El|Los|Las|Il|Lo|I|Gli|Der|Die|Das|Ein|Eine|Den|Det|De|O|Os|As)(?P<aka>\s*\(.*)?$"
)


def read_movielens(path: Path) -> Dataset:
    """Read an archive in the ``ml-latest-small`` (CSV) or ``ml-100k`` (``u.data``) layout.

    Titles are turned the right way round ("Matrix, The (1999)" becomes "The Matrix", 1999) and the tags that
    people gave become the title's keywords.

    Raises
    ------
    DatasetError
        The archive is damaged, lacks a file or column, is not UTF-8 (CSV layout) or breaks the rules of a data set.
    """
    archive = Archive(path)
    if "u.data" in archive:
        items, ratings = _read_100k(archive)
    elif "ratings.csv" in archive or "movies.csv" in archive:
        items, ratings = _read_csv(archive)
    else:
        raise DatasetError(f"{path.name} is not a MovieLens data set: it holds neither ratings.csv nor u.data.")
    name = path.stem if path.suffix == ".zip" else path.name
    try:
        return Dataset.from_frames(items, ratings, name=name, description=f"Real ratings from MovieLens. {CITATION}")
    except DataError as error:
        raise DatasetError(f"{path.name}: {error}") from error


def _read_csv(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    movies = archive.table("movies.csv", ("movieId", "title", "genres"))
    ratings = archive.table("ratings.csv", ("userId", "movieId", "rating", "timestamp"))
    items = _titles(movies["title"].fillna("").astype(str))
    items["item_id"] = movies["movieId"].astype(str)
    items["genres"] = movies["genres"].fillna("").replace("(no genres listed)", "").str.replace("Sci-Fi", "Science Fiction")
    tags = _tags(archive)
    items["keywords"] = [tags.get(item_id, "") for item_id in items["item_id"]]
    return items, ratings.rename(columns={"userId": "user_id", "movieId": "item_id"})


def _tags(archive: Archive) -> dict[str, str]:
    """Each title's tags by item id: lower-case, without repeats, joined by ``|``."""
    if "tags.csv" not in archive:
        return {}
    tags = archive.table("tags.csv", ("movieId", "tag")).dropna(subset=["tag"])
    tags = tags.assign(
        item_id=tags["movieId"].astype(str), tag=tags["tag"].astype(str).str.strip().str.lower().str.replace(LIST_SEPARATOR, " ")
    )
    return tags.drop_duplicates(["item_id", "tag"]).groupby("item_id")["tag"].agg(LIST_SEPARATOR.join).to_dict()


def _read_100k(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    genres = [line.split("|")[0] for line in archive.read("u.genre").decode("latin-1").splitlines() if "|" in line]
    movies = _separated(archive, "u.item", "|", 5 + len(genres))
    ratings = _separated(archive, "u.data", "\t", 4)
    items = _titles(movies[1].fillna("").astype(str))
    items["item_id"] = movies[0].astype(str)
    flags = movies.iloc[:, 5:].to_numpy() == 1
    named = [genre.replace("Sci-Fi", "Science Fiction") for genre in genres]
    items["genres"] = [
        LIST_SEPARATOR.join(genre for genre, flag in zip(named, row, strict=True) if flag and genre != "unknown") for row in flags
    ]
    ratings.columns = pd.Index(["user_id", "item_id", "rating", "timestamp"])
    return items, ratings


def _separated(archive: Archive, name: str, separator: str, n_columns: int) -> pd.DataFrame:
    """A Latin-1 table without header that must have so many columns."""
    try:
        frame = pd.read_csv(io.BytesIO(archive.read(name)), sep=separator, header=None, encoding="latin-1")
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DatasetError(f"{archive.path.name}: {name} is not a table ({error}).") from error
    if frame.shape[1] != n_columns:
        raise DatasetError(f"{archive.path.name}: {name} has {frame.shape[1]} columns instead of {n_columns}.")
    return frame


def _titles(raw: pd.Series) -> pd.DataFrame:
    """Split ``Title, The (Other title) (1999)`` into title and year."""
    parts = raw.str.strip().str.extract(_TITLE)
    titles = parts["title"].fillna(raw.str.strip()).map(upright)
    return pd.DataFrame({"title": titles, "year": pd.to_numeric(parts["year"]), "kind": "movie"})


def upright(title: str) -> str:
    """Turn an inverted article round: "Matrix, The" becomes "The Matrix"."""
    match = _INVERTED.match(title)
    if not match:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['rest']}{match['aka'] or ''}"
