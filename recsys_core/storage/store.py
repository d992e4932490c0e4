"""Ratings that outlive a browser tab: one table, in SQLite by default, in any database that SQLAlchemy knows."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, Connection, Float, MetaData, String, Table, create_engine, delete, event, insert, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.errors import ProfileError, StoreError

Mark = Literal["rated", "not seen", "hidden"]

_metadata = MetaData()
_feedback = Table(
    "feedback",
    _metadata,
    Column("profile", String(64), primary_key=True),
    Column("dataset", String(200), primary_key=True),
    Column("item_id", String(200), primary_key=True),
    Column("mark", String(16), nullable=False),
    Column("stars", Float),
    Column("guess", Float),
    Column("at", Float, nullable=False),
)
_factor_names = Table(
    "factor_names",
    _metadata,
    Column("profile", String(64), primary_key=True),
    Column("dataset", String(200), primary_key=True),
    Column("factor", String(200), primary_key=True),
    Column("name", String(60), nullable=False),
)
LONGEST_NAME = 60
"""Characters of a name that a visitor gives a factor."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a visitor said about one title.

    Attributes
    ----------
    mark : "rated", "not seen" or "hidden"
    stars : float or None
        Only where rated.
    guess : float or None
        The stars that were predicted just before the rating.
    """

    item_id: str
    mark: Mark
    stars: float | None = None
    guess: float | None = None


def new_token() -> str:
    """A profile's name and key at once: 128 random bits, 22 characters that are safe in a URL."""
    return secrets.token_urlsafe(16)


def is_token(value: str | None) -> bool:
    """Whether a text from outside has the form of a token."""
    return bool(value and re.fullmatch(r"[A-Za-z0-9_-]{22}", value))


class Store:
    """What visitors said, by profile token and data set.

    Only a hash of the token is stored: who reads the database cannot open a profile.

    Parameters
    ----------
    url : str
        A database URL such as ``sqlite:///ratings.sqlite3``.

    Raises
    ------
    StoreError
        From every method: the database cannot be reached, read or written.
    """

    def __init__(self, url: str) -> None:
        with _readable_errors():
            self._engine = create_engine(url, pool_pre_ping=True)
            if make_url(url).get_backend_name() == "sqlite":
                event.listen(self._engine, "connect", _prepare_sqlite)
            _metadata.create_all(self._engine)

    def feedback(self, token: str, dataset: str) -> list[Feedback]:
        """Everything said about the titles of a data set, oldest first."""
        table = _feedback.c
        query = select(table.item_id, table.mark, table.stars, table.guess)
        query = query.where(table.profile == _hashed(token), table.dataset == dataset).order_by(table.at)
        with _readable_errors(), self._engine.connect() as connection:
            return [Feedback(*row) for row in connection.execute(query)]

    def rate(self, token: str, dataset: str, item_id: str, stars: float, guess: float | None = None) -> None:
        """Remember a rating; it replaces what was said about the title. Raises :class:`ProfileError` outside [0.5, 5]."""
        if not MIN_STARS <= stars <= MAX_STARS:
            raise ProfileError(f"The rating of {item_id!r} is {stars!r}; a rating is a number from {MIN_STARS} to {MAX_STARS:g}.")
        self._put(token, dataset, item_id, mark="rated", stars=float(stars), guess=guess)

    def mark(self, token: str, dataset: str, item_id: str, mark: Mark) -> None:
        """Remember that a title was not seen or is to be hidden."""
        self._put(token, dataset, item_id, mark=mark)

    def clear(self, token: str, dataset: str, item_id: str) -> None:
        """Forget what was said about one title."""
        with _readable_errors(), self._engine.begin() as connection:
            _remove(connection, token, dataset, item_id)

    def factor_names(self, token: str, dataset: str) -> dict[str, str]:
        """The names that a visitor gave to factors, by what identifies the factor."""
        table = _factor_names.c
        query = select(table.factor, table.name).where(table.profile == _hashed(token), table.dataset == dataset)
        with _readable_errors(), self._engine.connect() as connection:
            return {str(factor): str(name) for factor, name in connection.execute(query)}

    def name_factor(self, token: str, dataset: str, factor: str, name: str) -> None:
        """Remember a name for a factor; an empty one takes the name away. Longer ones are cut at 60 characters."""
        table, key = _factor_names.c, {"profile": _hashed(token), "dataset": dataset, "factor": factor}
        with _readable_errors(), self._engine.begin() as connection:
            same = (table.profile == key["profile"], table.dataset == dataset, table.factor == factor)
            connection.execute(delete(_factor_names).where(*same))
            if name := name.strip()[:LONGEST_NAME]:
                connection.execute(insert(_factor_names).values(key | {"name": name}))

    def forget(self, token: str) -> None:
        """Forget everything of a profile, in all data sets."""
        with _readable_errors(), self._engine.begin() as connection:
            for table in (_feedback, _factor_names):
                connection.execute(delete(table).where(table.c.profile == _hashed(token)))

    def _put(self, token: str, dataset: str, item_id: str, **values: Any) -> None:
        with _readable_errors(), self._engine.begin() as connection:  # delete and insert: an "upsert" that every database knows
            _remove(connection, token, dataset, item_id)
            row = {"profile": _hashed(token), "dataset": dataset, "item_id": item_id, "at": time.time()}
            connection.execute(insert(_feedback).values(row | values))


def _remove(connection: Connection, token: str, dataset: str, item_id: str) -> None:
    table = _feedback.c
    connection.execute(delete(_feedback).where(table.profile == _hashed(token), table.dataset == dataset, table.item_id == item_id))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Write-ahead log: readers and a writer do not wait for one another. Commits reach the disk at checkpoints.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:  # ImportError: the driver of that database is not installed
        raise StoreError(f"The database of ratings cannot be used: {getattr(error, 'orig', None) or error}") from error
