"""Ratings that outlive a browser tab: what visitors said, in SQLite by default, in any database that SQLAlchemy knows."""

from __future__ import annotations

import hashlib
import math
import re
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, delete, select

from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.errors import ProfileError, StoreError
from recsys_core.storage import schema
from recsys_core.storage.database import connect, readable_errors, upsert
from recsys_core.storage.schema import LONGEST_NAME as LONGEST_NAME

Mark = Literal["rated", "not seen", "hidden"]


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


def checked_stars(item_id: str, stars: float) -> float:
    """The stars as they are kept. Raises :class:`ProfileError` outside [0.5, 5]."""
    if not MIN_STARS <= stars <= MAX_STARS:
        raise ProfileError(f"The rating of {item_id!r} is {stars!r}; a rating is a number from {MIN_STARS} to {MAX_STARS:g}.")
    return float(stars)


class Store:
    """What visitors said, by profile token and data set.

    Only a hash of the token is stored: who reads the database cannot open a profile. Threads and processes may use one
    database at once; where two write about the same title, the last one stands.

    Parameters
    ----------
    url : str
        A database URL such as ``sqlite:///ratings.sqlite3`` or ``postgres://user:password@host/name``.
    open_now : bool
        Whether to open the database here and raise if that fails. Otherwise the first call of a method does,
        and each further one until it succeeds: for a server that starts before its database.

    Raises
    ------
    StoreError
        From every method: the database cannot be reached, read or written, or a newer version of this program has written it.
    """

    def __init__(self, url: str, *, open_now: bool = True) -> None:
        self._url = url
        self._opened: Engine | None = None
        self._clock = threading.Lock()
        self._latest = 0.0
        if open_now:
            self._open()

    @property
    def _engine(self) -> Engine:
        return self._opened or self._open()

    def _open(self) -> Engine:  # in two threads at once it does no harm: the later one's connections are kept
        engine = connect(self._url)
        try:
            schema.prepare_schema(engine)
        except StoreError:
            engine.dispose()
            raise
        self._opened = engine
        return engine

    def feedback(self, token: str, dataset: str) -> list[Feedback]:
        """Everything said about the titles of a data set, oldest first."""
        table = schema.feedback.c
        query = select(table.item_id, table.mark, table.stars, table.guess)
        query = query.where(table.profile == _hashed(token), table.dataset == dataset).order_by(table.at, table.item_id)
        with readable_errors(), self._engine.connect() as connection:
            return [Feedback(*row) for row in connection.execute(query)]

    def rate(self, token: str, dataset: str, item_id: str, stars: float, guess: float | None = None) -> None:
        """Remember a rating; it replaces what was said about the title. Raises :class:`ProfileError` outside [0.5, 5]."""
        self._put(token, dataset, Feedback(item_id, "rated", checked_stars(item_id, stars), guess))

    def mark(self, token: str, dataset: str, item_id: str, mark: Mark) -> None:
        """Remember that a title was not seen or is to be hidden."""
        self._put(token, dataset, Feedback(item_id, mark))

    def clear(self, token: str, dataset: str, item_id: str) -> None:
        """Forget what was said about one title."""
        self._remove(schema.feedback, profile=_hashed(token), dataset=dataset, item_id=item_id)

    def factor_names(self, token: str, dataset: str) -> dict[str, str]:
        """The names that a visitor gave to factors, by what identifies the factor."""
        table = schema.factor_names.c
        query = select(table.factor, table.name).where(table.profile == _hashed(token), table.dataset == dataset)
        with readable_errors(), self._engine.connect() as connection:
            return {str(factor): str(name) for factor, name in connection.execute(query)}

    def name_factor(self, token: str, dataset: str, factor: str, name: str) -> None:
        """Remember a name for a factor; an empty one takes the name away. Longer ones are cut at 60 characters."""
        key = {"profile": _hashed(token), "dataset": dataset, "factor": factor}
        kept = name.strip()[:LONGEST_NAME]
        if not kept:
            self._remove(schema.factor_names, **key)
            return
        with readable_errors():
            upsert(self._engine, schema.factor_names, key | {"name": kept})

    def forget(self, token: str) -> None:
        """Forget everything of a profile, in all data sets."""
        with readable_errors(), self._engine.begin() as connection:
            for table in (schema.feedback, schema.factor_names):
                connection.execute(delete(table).where(table.c.profile == _hashed(token)))

    def _put(self, token: str, dataset: str, said: Feedback) -> None:
        row = {"profile": _hashed(token), "dataset": dataset, "item_id": said.item_id, "at": self._now()}
        with readable_errors():
            upsert(self._engine, schema.feedback, row | {"mark": said.mark, "stars": said.stars, "guess": said.guess})

    def _remove(self, table: Any, **key: str) -> None:
        with readable_errors(), self._engine.begin() as connection:
            connection.execute(delete(table).where(*(table.c[column] == value for column, value in key.items())))

    def _now(self) -> float:
        """Seconds since 1970, never twice the same: the clock may be coarse or set back, what is said later stands later."""
        with self._clock:
            self._latest = max(time.time(), math.nextafter(self._latest, math.inf))
            return self._latest


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
