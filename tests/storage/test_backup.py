"""A backup holds all of one moment, comes back into any database, and comes back whole or not at all."""

from __future__ import annotations

import json
import math
import stat
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from recsys_core.errors import BackupError, StoreError
from recsys_core.storage import backup, schema
from recsys_core.storage.backup import HEADER, TABLES, UNDERSTOOD, read_backup, restore_backup, write_backup
from recsys_core.storage.profiles import hashed
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Feedback, Store

ME, YOU, BROWSER = "m" * 22, "y" * 22, "my browser"
TEACHER = "t" * 22


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as connection:
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in TABLES}


def fill(store: Store) -> str:
    """A row in every table, and the room's code."""
    token = store.issue(BROWSER)
    store.rate(token, "data", "it's; -- \N{SNOWMAN}\n", 4.5, 1 / 3)
    store.mark(token, "data", "b", "hidden")
    store.name_factor(token, "data", "f1", "“cosy” \\")
    store.pull(token, "data", "genre:Crime", -math.pi)
    store.put_all(YOU, "other", [Feedback(f"title-{number}", "rated", 1 + number % 5) for number in range(1200)])
    rooms = Rooms(store)
    code = rooms.open(TEACHER, "data", ["a", "b"])
    rooms.enter(code, ME)
    rooms.rate(code, ME, "a", 3)
    rooms.rate(code, ME, "b", None)
    rooms.vote(code, ME, "guess", 2)
    return code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ratings.zip"


@pytest.fixture
def full(store: Store, file: Path) -> Store:
    """A database with a row in every table at least, and its backup."""
    fill(store)
    write_backup(store, file)
    return store


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'other.sqlite3'}")


def test_all_comes_back_in_a_database_of_another_kind(sqlite: str, postgresql: str, file: Path, tmp_path: Path) -> None:
    first, other, again = Store(sqlite), Store(postgresql), Store(f"sqlite:///{tmp_path / 'again.sqlite3'}")
    code = fill(first)
    before = rows(first)
    assert all(before.values())
    for source, target in ((first, other), (other, again)):
        written = write_backup(source, file)
        assert written.rows == {name: len(found) for name, found in before.items()}
        assert restore_backup(target, file) == written
        assert rows(target) == before
    mine, *_ = again.opened(BROWSER)  # the sealed key can still be opened by its browser, and by nobody else
    assert [said.mark for said in again.feedback(mine, "data")] == ["rated", "hidden"]
    assert again.feedback(mine, "data")[0] == Feedback("it's; -- \N{SNOWMAN}\n", "rated", 4.5, 1 / 3)
    assert Rooms(again).teaches(code, TEACHER)
    assert again.rate(mine, "data", "b", 1) > 1


def test_no_key_is_in_it(full: Store, file: Path) -> None:
    (mine,) = full.opened(BROWSER)
    with zipfile.ZipFile(file) as inside:
        text = b"".join(map(inside.read, inside.namelist()))
    assert hashed(mine).encode() in text
    for secret in (mine, YOU, TEACHER, BROWSER):
        assert secret.encode() not in text
    assert sys.platform == "win32" or stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_is_of_one_moment_while_visitors_go_on(store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.rate(ME, "data", "a", 4)
    write, tables = backup._write_table, []

    def slow_write(connection, table, into):
        if not tables:
            connection.execute(select(table)).all()  # the transaction has seen something
            visitor = threading.Thread(target=store.rate, args=(YOU, "data", "b", 3))
            visitor.start()
            visitor.join(20)
            assert not visitor.is_alive()
        tables.append(table.name)
        return write(connection, table, into)

    monkeypatch.setattr(backup, "_write_table", slow_write)
    written = write_backup(store, file)
    assert (written.rows["feedback"], written.rows["profiles"]) == (1, 1)
    assert store.feedback(YOU, "data") == [Feedback("b", "rated", 3.0)]


def test_a_database_that_holds_something_is_left_alone_unless_it_may_be_replaced(full: Store, empty: Store, file: Path) -> None:
    empty.pull("x" * 22, "data", "genre:Drama", 1.0)
    before = rows(empty)
    with pytest.raises(BackupError, match=r"not empty: it has rows in .*pulls.*--replace"):
        restore_backup(empty, file)
    assert rows(empty) == before
    restore_backup(empty, file, replace=True)
    assert rows(empty) == rows(full)
    with pytest.raises(BackupError, match="not empty"):
        restore_backup(full, file)  # of either kind


def test_if_the_last_row_fails_nothing_has_changed(full: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the same database, of either kind: what was there before is there again."""
    before = rows(full)
    read = backup._rows

    def twice(inside, table):
        yield from read(inside, table)
        if table is TABLES[-1]:
            yield from read(inside, table)  # the same primary keys again

    monkeypatch.setattr(backup, "_rows", twice)
    with pytest.raises(StoreError):
        restore_backup(full, file, replace=True)
    assert rows(full) == before


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    with zipfile.ZipFile(file) as inside:
        parts = {name: inside.read(name) for name in inside.namelist()}
    change(parts)
    with zipfile.ZipFile(file, "w") as inside:
        for name, content in parts.items():
            inside.writestr(name, content)
    return file


def header(**changes: object) -> Callable[[dict[str, bytes]], object]:
    return lambda parts: parts.update({HEADER: json.dumps(json.loads(parts[HEADER]) | changes).encode()})


DAMAGE = {
    "a row less": lambda parts: parts.update({"feedback.jsonl": b"".join(parts["feedback.jsonl"].splitlines(True)[1:])}),
    "another star": lambda parts: parts.update({"feedback.jsonl": parts["feedback.jsonl"].replace(b"4.5", b"0.5")}),
    "no table": lambda parts: parts.pop("opened.jsonl"),
    "no header": lambda parts: parts.pop(HEADER),
    "header of something else": header(format="a recipe"),
    "header without tables": header(tables={}),
    "header that is no object": lambda parts: parts.update({HEADER: b"[]"}),
    "header that is no JSON": lambda parts: parts.update({HEADER: b"\xff"}),
    "version that is no number": header(version="six"),
    "a table that nobody knows": lambda parts: header(tables=json.loads(parts[HEADER])["tables"] | {"guests": {}})(parts),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_changes_nothing(sqlite: str, empty: Store, file: Path, damage: Callable[[dict[str, bytes]], object]) -> None:
    source = Store(sqlite)
    fill(source)
    write_backup(source, file)
    before = rows(source)
    with pytest.raises(BackupError, match="damaged"):
        restore_backup(source, rewritten(file, damage), replace=True)
    assert rows(source) == before


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_file_that_ends_early_or_has_a_wrong_byte_is_refused(sqlite: str, file: Path, part: float) -> None:
    source = Store(sqlite)
    fill(source)
    write_backup(source, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(BackupError, match="damaged"):
        read_backup(file)
    at = int(part * len(whole) / 2) + 200  # within the rows of a table
    file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
    with pytest.raises(BackupError, match="damaged"):
        read_backup(file)


def test_a_newer_one_is_refused_with_a_sentence(sqlite: str, file: Path) -> None:
    write_backup(Store(sqlite), file)
    rewritten(file, header(version=schema.SCHEMA_VERSION + 1))
    with pytest.raises(BackupError, match=r"version 7 of the tables.*up to 6\. Update the program"):
        read_backup(file)
    rewritten(file, header(version=1))
    with pytest.raises(BackupError, match="version 1 of the tables"):
        read_backup(file)
    assert schema.SCHEMA_VERSION in UNDERSTOOD


def test_a_backup_that_fails_leaves_the_older_one(full: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(backup, "_write_table", fail)
    with pytest.raises(OSError, match="No space"):
        write_backup(full, file)
    assert file.read_bytes() == before
    assert [path for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_nobody_writes_while_it_comes_back(store: Store, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Store(f"sqlite:///{tmp_path / 'source.sqlite3'}")
    source.rate(ME, "data", "a", 4)
    write_backup(source, file)
    read, visitors = backup._rows, []

    def slow(inside, table):
        if not visitors:
            visitors.append(threading.Thread(target=store.rate, args=(ME, "data", "a", 2)))
            visitors[0].start()
            visitors[0].join(0.3)
            assert visitors[0].is_alive()  # it waits
        return read(inside, table)

    monkeypatch.setattr(backup, "_rows", slow)
    restore_backup(store, file)
    visitors[0].join(20)
    assert store.feedback(ME, "data") == [Feedback("a", "rated", 2.0)]
    assert store.version(ME) == 2
