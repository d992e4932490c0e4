"""Train/test splits of the ratings.

Every split depends on the seed and on the set of ratings, not on the order of their rows. All functions raise
:class:`~recsys_core.errors.DataError` if a column is missing or there are too few ratings to split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from recsys_core.data.dataset import Dataset
from recsys_core.datasets.files.archive import Archive
from recsys_core.errors import DataError, DatasetError

PUBLISHED = ("u1", "u2", "u3", "u4", "u5")
COLUMNS = ("user_id", "item_id", "rating", "timestamp")


class Split(NamedTuple):
    """A split into three tables with the columns ``user_id, item_id, rating`` and, if known, ``timestamp``.

    Attributes
    ----------
    train : DataFrame
        Ratings to fit models to.
    test : DataFrame
        Ratings to predict; it shares no (user, item) pair with the other two.
    given : DataFrame or None
        The profile of each held-out user. None for known users, whose profiles are their rows of ``train``.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    given: pd.DataFrame | None = None


def ratings_frame(dataset: Dataset) -> pd.DataFrame:
    """Return a data set's ratings as a table, one row per rating, sorted by user and title.

    >>> from recsys_core.data.example import example_dataset
    >>> ratings_frame(example_dataset()).head(2)
      user_id item_id  rating
    0     ann   alien     5.0
    1     ann  aliens     5.0
    """
    users = np.repeat(dataset.user_ids, np.diff(dataset.ratings.indptr))
    columns = {"user_id": users, "item_id": dataset.item_ids[dataset.ratings.indices], "rating": dataset.ratings.data.astype(np.float64)}
    if dataset.timestamps is not None:
        columns["timestamp"] = dataset.timestamps
    return pd.DataFrame(columns)


def by_pairs(ratings: pd.DataFrame, *, test_fraction: float = 0.2, seed: int = 0) -> Split:
    """Hold out random ratings of known users and known titles.

    >>> from recsys_core.data.example import example_dataset
    >>> split = by_pairs(ratings_frame(example_dataset()), test_fraction=0.25)
    >>> len(split.train), len(split.test)
    (9, 3)
    """
    rows = _settled(ratings)
    n_test = _count(len(rows), test_fraction, "ratings")
    return _part(rows, np.isin(np.arange(len(rows)), np.random.default_rng(seed).permutation(len(rows))[:n_test]))


def k_folds(ratings: pd.DataFrame, *, k: int = 5, seed: int = 0) -> Iterator[Split]:
    """Split the ratings into ``k`` folds, such that each rating is in exactly one test part.

    >>> from recsys_core.data.example import example_dataset
    >>> [len(split.test) for split in k_folds(ratings_frame(example_dataset()), k=4)]
    [3, 3, 3, 3]
    """
    rows = _settled(ratings)
    if not 2 <= k <= len(rows):
        raise DataError(f"{len(rows)} ratings cannot be split into {k} folds. Choose at least 2 folds, and no more than ratings.")
    fold = np.random.default_rng(seed).permutation(len(rows)) % k
    return (_part(rows, fold == number) for number in range(k))


def new_visitors(
    ratings: pd.DataFrame, *, n_given: int, test_fraction: float = 0.2, seed: int = 0, users: Collection[str] | None = None
) -> Split:
    """Hold out users with all their ratings, of which ``n_given`` are given as their profile (strong generalisation).

    For a given seed the training data is the same for every ``n_given``, and smaller profiles are part of larger ones.

    Parameters
    ----------
    n_given : int
        Number of random ratings given of each held-out user; the others are to be predicted. Users without any others
        are left out.
    test_fraction : float
        Share of users to hold out.
    users : collection of str, optional
        Hold out these users instead, for example validation users within the training data.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> split = new_visitors(ratings_frame(example_dataset()), n_given=2, users=["ann"])
    >>> len(split.train), len(split.given), len(split.test)
    (9, 2, 1)

    References
    ----------
    Marlin (2004), "Collaborative filtering: a machine learning perspective".
    """
    rows = _settled(ratings)
    rng = np.random.default_rng(seed)
    key = rng.random(len(rows))  # drawn before the users, so that a user's given ratings do not depend on the other users
    known = np.unique(rows["user_id"].to_numpy(dtype=str))
    if users is None:
        users = rng.permutation(known)[: _count(len(known), test_fraction, "users")].tolist()
    unknown = sorted({str(user) for user in users}.difference(known.tolist()))
    if unknown:
        raise DataError(f"{len(unknown)} users to hold out have no ratings, such as {unknown[0]!r}.")
    if n_given < 1:
        raise DataError(f"n_given is {n_given}; at least 1 rating of each new visitor must be given.")
    held_out = rows["user_id"].isin([str(user) for user in users]).to_numpy()
    theirs = rows[held_out].assign(_key=key[held_out])
    place = theirs.groupby("user_id")["_key"].rank(method="first")
    enough = theirs.groupby("user_id")["item_id"].transform("size") > n_given
    theirs = theirs.drop(columns="_key")
    return Split(_numbered(rows[~held_out]), _numbered(theirs[enough & (place > n_given)]), _numbered(theirs[enough & (place <= n_given)]))


def cold_titles(ratings: pd.DataFrame, *, fraction: float = 0.1, seed: int = 0) -> Split:
    """Hold out titles with all their ratings, to evaluate recommendations of new titles.

    >>> from recsys_core.data.example import example_dataset
    >>> split = cold_titles(ratings_frame(example_dataset()), fraction=0.25)
    >>> split.test["item_id"].nunique(), len(set(split.test["item_id"]) & set(split.train["item_id"]))
    (1, 0)
    """
    rows = _settled(ratings)
    titles = np.unique(rows["item_id"].to_numpy(dtype=str))
    cold = np.random.default_rng(seed).permutation(titles)[: _count(len(titles), fraction, "titles")]
    return _part(rows, rows["item_id"].isin(cold).to_numpy())


def by_time(ratings: pd.DataFrame, *, test_fraction: float = 0.2) -> Split:
    """Hold out all ratings from some moment on; the only split in which models learn nothing from the future.

    All ratings of that very moment are held out, so the test part may be slightly larger than ``test_fraction``.

    >>> ratings = pd.DataFrame({"user_id": ["u"] * 4, "item_id": list("abcd"), "rating": 4.0, "timestamp": [10, 30, 20, 40]})
    >>> by_time(ratings, test_fraction=0.5).test["item_id"].tolist()
    ['b', 'd']
    """
    if "timestamp" not in ratings or ratings["timestamp"].isna().any():
        raise DataError("A split by time needs a timestamp for every rating, and this data set has none or not all. Use another split.")
    rows = _settled(ratings)
    when = rows["timestamp"].to_numpy(np.float64)
    cut = np.sort(when)[-_count(len(rows), test_fraction, "ratings")]
    if not (when < cut).any():
        raise DataError("A split by time needs ratings from different moments; too many of these have the same timestamp.")
    return _part(rows, when >= cut)


def published_folds(path: Path) -> Iterator[Split]:
    """Read the five published folds of MovieLens 100K, ``u1`` to ``u5``, from its zip or folder.

    Raises
    ------
    DatasetError
        The archive lacks a fold, or cannot be read.
    """
    archive = Archive(path)
    absent = [f"{name}.{part}" for name in PUBLISHED for part in ("base", "test") if f"{name}.{part}" not in archive]
    if absent:
        raise DatasetError(f"{path.name} holds no published folds ({absent[0]} is missing); only ml-100k has them.")
    return (Split(_read(archive, f"{name}.base"), _read(archive, f"{name}.test")) for name in PUBLISHED)


def _read(archive: Archive, name: str) -> pd.DataFrame:
    lines = [line.split("\t") for line in archive.read(name).decode("latin-1").splitlines() if line]
    if not lines or any(len(line) != len(COLUMNS) for line in lines):
        raise DatasetError(f"{archive.path.name}: {name} is not a table of {len(COLUMNS)} columns separated by tabs.")
    try:
        return _settled(pd.DataFrame(lines, columns=list(COLUMNS)).astype({"rating": float, "timestamp": float}))
    except ValueError as error:
        raise DatasetError(f"{archive.path.name}: {name} has a rating or time that is not a number ({error}).") from error


def _settled(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the known columns with ids as strings, sorted by user and item."""
    missing = [column for column in COLUMNS[:3] if column not in ratings]
    if missing:
        raise DataError(f"ratings: the column {', '.join(missing)} is missing. It has: {', '.join(map(str, ratings.columns))}.")
    rows = ratings[[column for column in COLUMNS if column in ratings]].astype({"user_id": str, "item_id": str})
    return _numbered(rows.sort_values(["user_id", "item_id"], kind="stable"))


def _count(n: int, fraction: float, what: str) -> int:
    """Return how many of ``n`` to hold out, at least one and never all."""
    if not 0.0 < fraction < 1.0:
        raise DataError(f"The share of {what} to hold out is {fraction}; it must lie between 0 and 1.")
    if n < 2:
        raise DataError(f"There are {n} {what}: too few to hold some out.")
    return min(max(round(n * fraction), 1), n - 1)


def _part(rows: pd.DataFrame, test: np.ndarray) -> Split:
    return Split(_numbered(rows[~test]), _numbered(rows[test]))


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.reset_index(drop=True)
