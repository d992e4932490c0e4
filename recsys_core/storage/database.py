"""The way into the database of ratings: its address, how long to wait for it, and its errors as one sentence."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, insert, make_url, update
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from recsys_core.errors import StoreError

T = TypeVar("T")
CONNECT_SECONDS = 5
"""How long to wait for a PostgreSQL server to answer: a visitor waits as long for the page. ``?connect_timeout=`` overrides it."""
STATEMENT_SECONDS = 10
"""How long one statement on PostgreSQL may take, waiting for locks included. The slowest needs milliseconds."""
BUSY_SECONDS = 5
"""How long to wait while another connection writes to the SQLite file. ``?timeout=`` overrides it."""
AT_ONCE = 500
"""Rows in one statement: SQLite allows 32,766 values in one, older ones 999."""
ATTEMPTS = 5
"""How often to try a transaction while others insert the row that it inserts."""

_CANNOT = "The database of ratings cannot be used: "


def connect(address: str) -> Engine:
    """Prepare connections to the database at a URL; nothing is sent yet.

    ``postgres://`` and ``postgresql://`` mean the driver psycopg 3.

    Raises
    ------
    StoreError
        The address has not the form of one. The sentence does not repeat it: it may hold a password.
    """
    url = _parsed(address)
    backend, options = url.get_backend_name(), dict[str, Any]()
    if backend == "postgresql" and "connect_timeout" not in url.query:
        options["connect_timeout"] = CONNECT_SECONDS
    if backend == "sqlite" and "timeout" not in url.query:
        options["timeout"] = BUSY_SECONDS
    with readable_errors():
        # hide_parameters: what visitors said shall not be in the server's log either.
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=options)
    if backend in _PREPARE:
        event.listen(engine, "connect", _PREPARE[backend])
    return engine


def transaction(engine: Engine, act: Callable[[Connection], T]) -> T:
    """Call ``act`` in a transaction of its own; again if another connection has inserted the same row in between."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _turn(engine), engine.begin() as connection:
                return act(connection)
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("The last attempt returns or raises.")


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """One writer of this process after another, where the database is an SQLite file.

    SQLite would have them all try again after growing pauses: with a hundred visitors the processor was idle for half of the time.
    Who does not get a turn in :data:`BUSY_SECONDS` asks SQLite all the same: another process holds the file.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    turn = _turns.setdefault(engine, threading.Lock())
    mine = turn.acquire(timeout=BUSY_SECONDS)
    try:
        yield
    finally:
        if mine:
            turn.release()


def write_row(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Write a row; it replaces the one with the same primary key. In the SQL that every database knows."""
    key = table.primary_key.columns
    values = {name: value for name, value in row.items() if name not in key}
    same = [column == row[column.name] for column in key]
    if not connection.execute(update(table).where(*same).values(values)).rowcount:
        connection.execute(insert(table).values(row))


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of the database and its driver into a :class:`StoreError` of one sentence.

    Only the first line goes into it: what follows is SQL, parameters and links.
    """
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:  # ImportError: the driver of that database is not installed
        raise StoreError(_CANNOT + _first_line(error)) from error


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # ValueError: the port is no number
        url = None
    if url is None or "@" in (url.host or ""):  # an "@" in the password moves the rest of it into the host's name
        form = "dialect://user:password@host/name, with %40 for an @ in the password"
        raise StoreError(f"{_CANNOT}its address has not the form {form}.") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgres", "postgresql") else url


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    said = str(cause.args[0] if isinstance(cause, SQLAlchemyError) and cause.args else cause).strip()
    return said.partition("\n")[0].strip() or type(cause).__name__


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Write-ahead log: readers and a writer do not wait for one another. Commits reach the disk at checkpoints.
    # In a new file that several processes open, turning it on now and then fails at once (1 opening in 1,000), without waiting.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous=NORMAL")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # As a statement, not among the address's options: poolers such as PgBouncer refuse options.
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {round(1000 * STATEMENT_SECONDS)}")
    connection.commit()


_turns: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_PREPARE = {"postgresql": _prepare_postgresql, "sqlite": _prepare_sqlite}
