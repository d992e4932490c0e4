"""A data set: the titles, who rated what, and the id index between the outside and the arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.common.arrays import pack_strings, unpack_strings
from recsys_core.data.profile import Profile
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.data.tags import Tags, split_list
from recsys_core.errors import DataError, UnknownItemError

TEXT_COLUMNS = (
    "title", "original_title", "also_known_as", "kind", "genres", "creators", "cast", "country", "language", "keywords", "text",
    "audience", "franchise", "genome", "imdb_id", "tmdb_id", "tvdb_id", "url",
)  # fmt: skip
NUMBER_COLUMNS = ("year", "end_year", "runtime", "seasons", "fame")
ITEM_COLUMNS = ("item_id", *TEXT_COLUMNS, *NUMBER_COLUMNS)
KINDS = ("movie", "show", "")


class Title(NamedTuple):
    """One title for reading; a fact that the source lacks is None, "" or an empty tuple."""

    item_id: str
    title: str
    original_title: str
    also_known_as: tuple[str, ...]
    kind: str
    year: int | None
    end_year: int | None
    runtime: int | None
    seasons: int | None
    genres: tuple[str, ...]
    creators: tuple[str, ...]
    cast: tuple[str, ...]
    keywords: tuple[str, ...]
    country: str
    language: str
    audience: str
    franchise: str
    text: str
    url: str

    @property
    def with_year(self) -> str:
        """The title and its year, as people tell titles of one name apart: "Dune (2021)"."""
        return self.title if self.year is None else f"{self.title} ({self.year})"


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Titles and ratings, checked once, read-only from then on. Build it with :meth:`from_frames`.

    Attributes
    ----------
    items : DataFrame, one row per title
        The columns :data:`ITEM_COLUMNS`; a column that the source lacks holds ``""`` (text) or NaN (numbers).
        Lists such as ``genres`` are joined by ``|``; ``genome`` is a list with weights (``tag:0.87|tag:0.63``);
        ``also_known_as`` other names that people type; ``runtime`` is in minutes (of an episode, for shows); ``audience`` is all,
        children, teenagers or adults; ``franchise`` the series or shared world that a title belongs to;
        ``imdb_id`` and the like say where else the title is known; ``url`` is its page at the source; ``fame`` is
        how well known it is, on any scale, NaN where unknown: it counts where nobody has rated.
    ratings : csr_array of shape (n_users, n_items), float32
        Stars from 0.5 to 5; an absent entry is "not rated", never zero.
    user_ids : ndarray of str, shape (n_users,)
    timestamps : ndarray of float64, shape (n_ratings,), or None
        Seconds since 1970, in the order of ``ratings.data``.
    name, description : str
        Shown to people; ``description`` says in a sentence where the data comes from.
    simulated : bool
        True where the ratings were made by a program. Whoever shows them must say so.
    """

    items: pd.DataFrame
    ratings: sparse.csr_array
    user_ids: np.ndarray
    timestamps: np.ndarray | None
    name: str
    description: str
    simulated: bool
    item_ids: np.ndarray
    item_index: dict[str, int] = field(repr=False)
    raters: np.ndarray = field(repr=False)
    """Number of people who rated each title, shape (n_items,)."""
    _derived: dict[str, Any] = field(default_factory=dict, repr=False)
    """What was computed from the rest when it was first asked for; it never changes."""

    @classmethod
    def from_frames(
        cls,
        items: pd.DataFrame,
        ratings: pd.DataFrame | None,
        *,
        name: str = "custom",
        description: str = "",
        simulated: bool = False,
    ) -> Self:
        """Check two tables and index them.

        Parameters
        ----------
        items : DataFrame
            ``item_id``, ``title``; optional: the other columns of :data:`ITEM_COLUMNS`. Ids become strings.
        ratings : DataFrame
            ``user_id``, ``item_id``, ``rating`` in [0.5, 5]; optional ``timestamp`` in seconds. None where nobody has
            rated anything: content alone can recommend then.

        Raises
        ------
        DataError
            Missing columns, empty tables, missing values, repeated ids, repeated (user, item) pairs,
            ratings outside the range or of unknown titles; the message names the rows (counted from 0).
        """
        _require_columns("items", items, ("item_id", "title"))
        clean = _clean_items(items)
        if ratings is None:
            matrix, user_ids, timestamps = sparse.csr_array((0, len(clean)), dtype=np.float32), np.empty(0, dtype=str), None
        else:
            matrix, user_ids, timestamps = _index_ratings(ratings, clean["item_id"].tolist())
        return cls._assemble(clean, matrix, user_ids, timestamps, name=name, description=description, simulated=simulated)

    @classmethod
    def _assemble(
        cls,
        items: pd.DataFrame,
        ratings: sparse.csr_array,
        user_ids: np.ndarray,
        timestamps: np.ndarray | None,
        **labels: Any,
    ) -> Self:
        """Put parts together that are known to be right: from :meth:`from_frames` or from a verified save."""
        item_ids = items["item_id"].to_numpy(dtype=str)
        raters = np.bincount(ratings.indices, minlength=len(items))
        for array in (ratings.data, ratings.indices, ratings.indptr, user_ids, item_ids, raters, timestamps):
            if array is not None:
                array.setflags(write=False)
        index = {item_id: position for position, item_id in enumerate(item_ids.tolist())}
        return cls(items, ratings, user_ids, timestamps, item_ids=item_ids, item_index=index, raters=raters, **labels)

    @property
    def n_users(self) -> int:
        """Number of people who rated at least one title."""
        return int(self.ratings.shape[0])

    @property
    def n_items(self) -> int:
        """Number of titles."""
        return int(self.ratings.shape[1])

    @property
    def n_ratings(self) -> int:
        """Number of ratings."""
        return int(self.ratings.nnz)

    def sample_users(self, n: int, seed: int = 0) -> Self:
        """The same titles, and the ratings of ``n`` people drawn at random; the data set itself where there are no more."""
        if self.n_users <= n:
            return self
        drawn = np.sort(np.random.default_rng(seed).permutation(self.n_users)[:n])
        timestamps = None
        if self.timestamps is not None:
            drawn_ratings = np.repeat(np.isin(np.arange(self.n_users), drawn), np.diff(self.ratings.indptr))
            timestamps = self.timestamps[drawn_ratings]
        labels = {"name": self.name, "description": self.description, "simulated": self.simulated}
        return self._assemble(self.items, sparse.csr_array(self.ratings[drawn]), self.user_ids[drawn], timestamps, **labels)

    def position(self, item_id: str) -> int:
        """Where a title stands in every array. Raises :class:`UnknownItemError`."""
        try:
            return self.item_index[item_id]
        except KeyError:
            raise UnknownItemError(f"No title with the id {item_id!r} in the data set {self.name!r}.") from None

    def tags(self, column: str) -> Tags:
        """A ``|``-joined column such as ``genres`` as one sparse matrix."""
        key = f"tags of {column}"
        if key not in self._derived:
            self._derived[key] = Tags.from_texts(self.items[column].tolist())
        return self._derived[key]

    def title(self, position: int) -> Title:
        """The facts of one title, for reading."""
        if "columns" not in self._derived:  # reading a list is a thousand times faster than reading a row of the table
            self._derived["columns"] = {name: self.items[name].tolist() for name in Title._fields}
        facts = {name: column[position] for name, column in self._derived["columns"].items()}
        for name in ("year", "end_year", "runtime", "seasons"):
            facts[name] = int(facts[name]) if np.isfinite(facts[name]) else None
        for name in ("also_known_as", "genres", "creators", "cast", "keywords"):
            facts[name] = split_list(facts[name])
        return Title(**facts)

    @property
    def franchises(self) -> np.ndarray:
        """A number for each title's franchise, 0 for none, shape (n_items,)."""
        if "franchises" not in self._derived:
            codes, _ = pd.factorize(self.items["franchise"].replace("", np.nan), sort=True)
            self._derived["franchises"] = codes + 1
        return self._derived["franchises"]

    @property
    def by_popularity(self) -> np.ndarray:
        """Positions of all titles, those with most raters first, equals in the order of the data set, shape (n_items,)."""
        if "by popularity" not in self._derived:
            order = np.argsort(-self.raters, kind="stable")
            order.setflags(write=False)
            self._derived["by popularity"] = order
        return self._derived["by popularity"]

    def profile_of(self, user: int) -> Profile:
        """The ratings of the person in row ``user``, as a visitor would give them."""
        row = slice(*self.ratings.indptr[user : user + 2])
        return Profile(self.ratings.indices[row].astype(np.int64), self.ratings.data[row].astype(np.float64))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Titles and ratings as plain arrays, for saving."""
        arrays = {
            "data": self.ratings.data,
            "indices": self.ratings.indices,
            "indptr": self.ratings.indptr,
            "user_ids": pack_strings(self.user_ids.tolist()),
        }
        if self.timestamps is not None:
            arrays["timestamps"] = self.timestamps
        for column in ITEM_COLUMNS:
            values = self.items[column].to_numpy()
            arrays[f"items.{column}"] = values if values.dtype.kind == "f" else pack_strings(values.tolist())
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], *, name: str, description: str, simulated: bool) -> Self:
        """The inverse of :meth:`to_arrays`, for arrays of a verified save. Raises ``KeyError`` where one is missing."""
        columns = {column: arrays[f"items.{column}"] for column in ITEM_COLUMNS}
        items = pd.DataFrame({column: unpack_strings(array) if array.dtype == np.uint8 else array for column, array in columns.items()})
        users = np.array(unpack_strings(arrays["user_ids"]), dtype=str)
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        ratings = sparse.csr_array(parts, shape=(len(users), len(items)))
        labels = {"name": name, "description": description, "simulated": simulated}
        return cls._assemble(items, ratings, users, arrays.get("timestamps"), **labels)


def _clean_items(items: pd.DataFrame) -> pd.DataFrame:
    """The items with every column of :data:`ITEM_COLUMNS`, ids as strings, in the order given."""
    _require_values("items", items, ("item_id", "title"))
    ids = items["item_id"].astype(str)
    _refuse("items", ids.duplicated(keep=False).to_numpy(), "an item_id that occurs more than once", ids)
    clean = pd.DataFrame({"item_id": ids.to_numpy()})
    for column in TEXT_COLUMNS:
        values = items[column] if column in items else pd.Series([""] * len(items))
        clean[column] = values.fillna("").astype(str).str.strip().to_numpy(dtype=object)
    for column in NUMBER_COLUMNS:
        given = items[column] if column in items else pd.Series([np.nan] * len(items))
        numbers = pd.to_numeric(given.replace("", np.nan), errors="coerce")
        wrong = (numbers.isna() & given.replace("", np.nan).notna()).to_numpy()
        _refuse("items", wrong, f"a {column} that is not a number", given)
        clean[column] = numbers.to_numpy(np.float64)
    _refuse("items", ~clean["kind"].isin(KINDS).to_numpy(), "a kind that is neither movie nor show", clean["kind"])
    return clean[list(ITEM_COLUMNS)]


def _index_ratings(ratings: pd.DataFrame, item_ids: list[str]) -> tuple[sparse.csr_array, np.ndarray, np.ndarray | None]:
    """The ratings as a matrix, people in the order of their ids as text, and the timestamps in the matrix's order.

    Ids become text once each, not once per rating: with 32 million ratings that is most of the time.
    """
    _require_columns("ratings", ratings, ("user_id", "item_id", "rating"))
    _require_values("ratings", ratings, ("user_id", "item_id", "rating"))
    stars = pd.to_numeric(ratings["rating"], errors="coerce").to_numpy(np.float32)
    outside = ~((stars >= MIN_STARS) & (stars <= MAX_STARS))
    _refuse("ratings", outside, f"a rating that is not a number from {MIN_STARS} to {MAX_STARS:g}", ratings["rating"])
    place = {item_id: position for position, item_id in enumerate(item_ids)}
    codes, ids = pd.factorize(ratings["item_id"])
    columns = np.array([place.get(str(item_id), -1) for item_id in ids], dtype=np.int64)[codes]
    _refuse("ratings", columns < 0, "an item_id that is not among the items", ratings["item_id"])
    codes, ids = pd.factorize(ratings["user_id"])
    by_text, user_ids = pd.factorize(ids.astype(str), sort=True)
    rows = by_text[codes]
    cells = rows.astype(np.int64) * len(item_ids) + columns
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    again = np.flatnonzero(np.diff(cells) == 0)
    if len(again):
        repeated = np.zeros(len(ratings), dtype=bool)
        repeated[order[np.concatenate([again, again + 1])]] = True
        _refuse("ratings", repeated, "a (user, item) pair that occurs more than once", ratings["item_id"])
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(user_ids)))])
    index = np.int32 if len(cells) < np.iinfo(np.int32).max else np.int64
    parts = (stars[order], (cells % len(item_ids)).astype(index), starts.astype(index))
    timestamps = None
    if "timestamp" in ratings:
        timestamps = pd.to_numeric(ratings["timestamp"], errors="coerce").to_numpy(np.float64)[order]
    return sparse.csr_array(parts, shape=(len(user_ids), len(item_ids))), np.asarray(user_ids, dtype=str), timestamps


def _require_columns(table: str, frame: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise DataError(f"{table}: the column {', '.join(missing)} is missing. It has: {', '.join(map(str, frame.columns))}.")
    if frame.empty:
        raise DataError(f"{table}: the table is empty. At least one row is needed.")


def _require_values(table: str, frame: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        empty = frame[column].isna().to_numpy()
        if not pd.api.types.is_numeric_dtype(frame[column]):
            empty = empty | (frame[column].astype(str).str.strip() == "").to_numpy()
        _refuse(table, empty, f"no {column}", None)


def _refuse(table: str, wrong: np.ndarray, what: str, values: pd.Series | None, shown: int = 5) -> None:
    """Raise a DataError that names the first wrong rows, if there is any."""
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return
    named = ", ".join(f"{row} ({values.iloc[row]})" if values is not None else str(row) for row in rows[:shown])
    more = f" and {len(rows) - shown:,} more" if len(rows) > shown else ""
    raise DataError(f"{table}: row {named}{more} has {what}." if len(rows) == 1 else f"{table}: rows {named}{more} have {what}.")
