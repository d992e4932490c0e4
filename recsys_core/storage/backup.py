"""A copy of the whole database in one file that any database takes back: a zip with a line of JSON for each row.

The file holds what the database holds and nothing more: hashes of keys, and keys sealed with what only a browser's cookie knows.
"""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, exists, insert, select

from recsys_core.common.atomic import replacing
from recsys_core.errors import BackupError
from recsys_core.storage import schema
from recsys_core.storage.database import AT_ONCE
from recsys_core.storage.schema import SCHEMA_VERSION
from recsys_core.storage.store import Store

FORMAT = "because-you-watched backup"
UNDERSTOOD = (6,)
"""Versions of the tables whose rows fit into today's. Who raises ``SCHEMA_VERSION`` says here whether the older ones still do."""
HEADER = "backup.json"
TABLES = tuple(table for table in schema.metadata.sorted_tables if table is not schema.schema_version)
BACKUP_SECONDS = 3600
"""How long one statement of a backup or of its return may take on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What is in a backup.

    Attributes
    ----------
    at : float
        When it was made, in seconds since 1970.
    version : int
        Of the tables.
    rows : dict of str to int
        Rows by table.
    """

    at: float
    version: int
    rows: dict[str, int]


def write_backup(store: Store, path: Path) -> Backup:
    """Copy the database, as it stands at one moment, into a file; visitors go on meanwhile.

    Only the account that made the file can read it. It appears whole or not at all, and takes the place of an older one.

    Raises
    ------
    StoreError
        The database cannot be read.
    OSError
        The file cannot be written.
    """
    header: dict[str, Any] = {"format": FORMAT, "version": SCHEMA_VERSION, "at": time.time(), "tables": {}}
    with store.reading() as connection, replacing(path) as temporary:
        temporary.chmod(0o600)
        connection = _at_one_moment(connection)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
            for table in TABLES:
                header["tables"][table.name] = _write_table(connection, table, file)
            file.writestr(HEADER, json.dumps(header, indent=1))
    return _backup(header)


def read_backup(path: Path) -> Backup:
    """Check a backup to its last line.

    Raises
    ------
    BackupError
        It is none, is damaged, or was made by a newer version of this program.
    """
    try:
        with zipfile.ZipFile(path) as file:
            header = json.loads(file.read(HEADER))
            if header["format"] != FORMAT:
                raise KeyError(FORMAT)
            if header["version"] > SCHEMA_VERSION:
                raise BackupError(
                    f"{path} holds version {header['version']} of the tables, and this program knows those up to {SCHEMA_VERSION}. "
                    "Update the program."
                )
            if header["version"] not in UNDERSTOOD:
                raise BackupError(f"{path} holds version {header['version']} of the tables, which this program cannot take back.")
            if unknown := header["tables"].keys() - {table.name for table in TABLES}:
                raise KeyError(*sorted(unknown))
            for table in TABLES:
                _check_table(file, table, header["tables"][table.name])
            return _backup(header)
    except BackupError:
        raise
    except (zipfile.BadZipFile, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError, NotImplementedError) as error:
        raise BackupError(f"{path} is no backup of this program, or is damaged.") from error


def restore_backup(store: Store, path: Path, *, replace: bool = False) -> Backup:
    """Put the rows of a backup into a database: all of them, or nothing changes.

    Parameters
    ----------
    replace : bool
        Whether what is in the database may be deleted first. Otherwise it has to be empty.

    Raises
    ------
    BackupError
        As :func:`read_backup` says, or the database is not empty.
    StoreError
        The database cannot be written.
    """
    found = read_backup(path)

    def act(connection: Connection) -> None:
        _lock(connection)
        if replace:
            for table in TABLES:
                connection.execute(delete(table))
        elif full := [table.name for table in TABLES if connection.scalar(select(exists().select_from(table)))]:
            raise BackupError(f"The database is not empty: it has rows in {', '.join(full)}. With --replace they are deleted first.")
        with zipfile.ZipFile(path) as file:
            for table in TABLES:
                rows = _rows(file, table)
                while some := list(islice(rows, AT_ONCE)):
                    connection.execute(insert(table), some)

    store.writing(act)
    return found


def _at_one_moment(connection: Connection) -> Connection:
    """In a transaction that sees none of what others write meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")  # Python's driver begins none before a SELECT
        return connection
    connection = connection.execution_options(isolation_level="REPEATABLE READ")
    _be_patient(connection)
    return connection


def _lock(connection: Connection) -> None:
    """Let nobody else write until this transaction has ended."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    _be_patient(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN EXCLUSIVE MODE")


def _be_patient(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {1000 * BACKUP_SECONDS}")


def _write_table(connection: Connection, table: Table, file: zipfile.ZipFile) -> dict[str, Any]:
    digest, n_rows = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    with file.open(_name(table), "w", force_zip64=True) as lines:
        for row in connection.execute(query).mappings():
            line = json.dumps(dict(row)).encode() + b"\n"
            lines.write(line)
            digest.update(line)
            n_rows += 1
    return {"rows": n_rows, "sha256": digest.hexdigest()}


def _check_table(file: zipfile.ZipFile, table: Table, told: dict[str, Any]) -> None:
    """Raise :class:`ValueError` unless a table's lines are those that were written and fit into it."""
    digest, n_rows, columns = hashlib.sha256(), 0, set(table.columns.keys())
    with file.open(_name(table)) as lines:
        for line in lines:
            digest.update(line)
            n_rows += 1
            if json.loads(line).keys() != columns:
                raise ValueError(table.name)
    if (n_rows, digest.hexdigest()) != (told["rows"], told["sha256"]):
        raise ValueError(table.name)


def _rows(file: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    with file.open(_name(table)) as lines:
        yield from map(json.loads, lines)


def _name(table: Table) -> str:
    return f"{table.name}.jsonl"


def _backup(header: dict[str, Any]) -> Backup:
    return Backup(float(header["at"]), int(header["version"]), {name: int(told["rows"]) for name, told in header["tables"].items()})
