"""The version of the tables: made once, upgraded once, refused where it is newer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from recsys_core.errors import StoreError
from recsys_core.storage import schema
from recsys_core.storage.profiles import hashed
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Feedback, Store
from tests.storage import crowd

ME, YOU = "m" * 22, "y" * 22
TABLES = [
    "browsers",
    "factor_names",
    "feedback",
    "opened",
    "profiles",
    "pulls",
    "room_stars",
    "room_students",
    "room_titles",
    "room_votes",
    "rooms",
    "schema_version",
]
VERSION_1 = (  # as the program created them before it wrote versions down
    """CREATE TABLE feedback (
        profile VARCHAR(64) NOT NULL, dataset VARCHAR(200) NOT NULL, item_id VARCHAR(200) NOT NULL, mark VARCHAR(16) NOT NULL,
        stars FLOAT, guess FLOAT, at FLOAT NOT NULL, PRIMARY KEY (profile, dataset, item_id))""",
    """CREATE TABLE factor_names (
        profile VARCHAR(64) NOT NULL, dataset VARCHAR(200) NOT NULL, factor VARCHAR(200) NOT NULL, name VARCHAR(60) NOT NULL,
        PRIMARY KEY (profile, dataset, factor))""",
)
OLD_ROWS = (
    (ME, "data", "b", "rated", 4.5, 3.25, 1_700_000_000.25),
    (ME, "data", "a", "rated", 1.0, None, 1_700_000_001.123456),
    (ME, "data", "it's; --", "hidden", None, None, 1_700_000_002.0),
    (ME, "other", "b", "not seen", None, None, 1_700_000_000.0),
    (YOU, "data", "b", "rated", 2.0, 2.5, 1_600_000_000.0),
)


@pytest.fixture
def raw(database: str) -> Iterator[Engine]:
    """A plain connection to the database that the program has not opened yet."""
    engine = create_engine(database)
    yield engine
    engine.dispose()


def write_version_1(raw: Engine, more: int = 0, factor_names: bool = True) -> None:
    values = "(:profile, :dataset, :item_id, :mark, :stars, :guess, :at)"
    names = ("profile", "dataset", "item_id", "mark", "stars", "guess", "at")
    many = [(f"crowd-{number}", "data", f"title-{number}", "rated", 3.0, None, float(number)) for number in range(more)]
    with raw.begin() as connection:
        for statement in VERSION_1[: 1 + factor_names]:
            connection.execute(text(statement))
        rows = [dict(zip(names, (hashed(row[0]), *row[1:]), strict=True)) for row in [*OLD_ROWS, *many]]
        connection.execute(text(f"INSERT INTO feedback VALUES {values}"), rows)
        if factor_names:
            connection.execute(text(f"INSERT INTO factor_names VALUES ('{hashed(ME)}', 'data', 'f1', 'cosy')"))


def versions(raw: Engine) -> list[int]:
    with raw.connect() as connection:
        return list(connection.execute(text("SELECT version FROM schema_version")).scalars())


def type_of_times(raw: Engine) -> str:
    return next(str(column["type"]) for column in inspect(raw).get_columns("feedback") if column["name"] == "at")


def test_an_empty_database_gets_todays_tables(database: str, raw: Engine) -> None:
    Store(database)
    assert versions(raw) == [schema.SCHEMA_VERSION]
    assert sorted(inspect(raw).get_table_names()) == TABLES
    assert type_of_times(raw).startswith("DOUBLE")


def test_a_database_of_version_1_is_upgraded_with_all_that_is_in_it(database: str, raw: Engine) -> None:
    write_version_1(raw)
    for _ in range(2):  # the second opening finds nothing to do
        store = Store(database)
        assert store.feedback(ME, "data") == [
            Feedback("b", "rated", 4.5, 3.25),
            Feedback("a", "rated", 1.0),
            Feedback("it's; --", "hidden"),
        ]
        assert store.feedback(ME, "other") == [Feedback("b", "not seen")]
        assert store.feedback(YOU, "data") == [Feedback("b", "rated", 2.0, 2.5)]
        assert store.factor_names(ME, "data") == {"f1": "cosy"}
        assert versions(raw) == [schema.SCHEMA_VERSION]
    with raw.connect() as connection:
        times = connection.execute(text("SELECT at FROM feedback ORDER BY at")).scalars()
        assert list(times) == sorted(row[-1] for row in OLD_ROWS)
    assert type_of_times(raw).startswith("DOUBLE")
    assert sorted(inspect(raw).get_table_names()) == TABLES
    store.rate(ME, "data", "b", 1)
    store.rate(ME, "data", "b", 2)
    assert store.feedback(ME, "data")[-1] == Feedback("b", "rated", 2.0)  # its primary key has come along


def test_an_upgraded_database_has_the_same_tables_as_a_new_one(database: str, raw: Engine, tmp_path: Path) -> None:
    write_version_1(raw)
    Store(database)
    if raw.dialect.name == "sqlite":
        new = f"sqlite:///{tmp_path / 'new.sqlite3'}"
        Store(new)
        assert columns(raw) == columns(create_engine(new))
    else:
        upgraded = columns(raw)
        with raw.begin() as connection:
            connection.execute(text(f"DROP TABLE {', '.join(TABLES)}"))
        Store(database)
        assert upgraded == columns(raw)


def columns(raw: Engine) -> dict[str, object]:
    tables = inspect(raw)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in tables.get_columns(name)],
            tables.get_pk_constraint(name)["constrained_columns"],
        )
        for name in tables.get_table_names()
    }


def test_a_database_from_before_factor_names_gets_them(database: str, raw: Engine) -> None:
    write_version_1(raw, factor_names=False)
    store = Store(database)
    store.name_factor(ME, "data", "f1", "cosy")
    assert store.factor_names(ME, "data") == {"f1": "cosy"}
    assert len(store.feedback(ME, "data")) == 3


def test_several_processes_may_upgrade_one_database(database: str, raw: Engine) -> None:
    write_version_1(raw, more=5000)
    raw.dispose()
    assert crowd.at_once(crowd.open_store, [(database,)] * 12) == [""] * 12
    assert versions(raw) == [schema.SCHEMA_VERSION]
    with raw.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM feedback")) == len(OLD_ROWS) + 5000
    assert len(Store(database).feedback(ME, "data")) == 3


def test_an_upgrade_runs_once(database: str, raw: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    monkeypatch.setattr(schema, "_STEPS", dict.fromkeys((1, 2, 3, 4, 5), lambda connection: runs.append(schema._version(connection))))
    write_version_1(raw)
    Store(database)
    Store(database)
    assert runs == [1, 1, 1, 1, 1]  # all steps of one upgrade


def test_an_upgrade_that_fails_half_way_leaves_everything_as_it_was(database: str, raw: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    write_version_1(raw)
    steps = schema._DOUBLE_TIMES[raw.dialect.name]
    with monkeypatch.context() as broken:
        broken.setattr(schema, "_DOUBLE_TIMES", {raw.dialect.name: (*steps, "SELECT * FROM no_such_table")})
        with pytest.raises(StoreError, match="no_such_table"):
            Store(database)
    assert sorted(inspect(raw).get_table_names()) == ["factor_names", "feedback"]
    assert [said.item_id for said in Store(database).feedback(ME, "data")] == ["b", "a", "it's; --"]


def test_a_newer_database_is_refused_with_a_sentence_and_left_alone(database: str, raw: Engine) -> None:
    Store(database).rate(ME, "data", "a", 4)
    newer = schema.SCHEMA_VERSION + 1
    with raw.begin() as connection:
        connection.execute(text(f"UPDATE schema_version SET version = {newer}"))
    with pytest.raises(
        StoreError, match=rf"version {newer} of the tables, and this program knows those up to {newer - 1}\. Update the program"
    ):
        Store(database)
    assert versions(raw) == [newer]


def test_a_version_table_without_a_version_counts_as_none(database: str, raw: Engine) -> None:
    """Where a database creates tables outside transactions, an upgrade may have ended between the two."""
    write_version_1(raw)
    with raw.begin() as connection:
        connection.execute(text("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)"))
    assert len(Store(database).feedback(ME, "data")) == 3
    assert versions(raw) == [schema.SCHEMA_VERSION]


def write_version_2(raw: Engine) -> None:
    """As the program left it before it knew profiles."""
    write_version_1(raw)
    with raw.begin() as connection:
        schema._double_times(connection)
        connection.execute(text("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO schema_version VALUES (2)"))
        connection.execute(text(f"INSERT INTO factor_names VALUES ('{hashed('n' * 22)}', 'data', 'f1', 'a name and nothing else')"))


def test_whoever_said_something_before_profiles_were_known_has_one(database: str, raw: Engine) -> None:
    write_version_2(raw)
    store = Store(database)
    assert versions(raw) == [schema.SCHEMA_VERSION]
    assert sorted(inspect(raw).get_table_names()) == TABLES
    for token in (ME, YOU, "n" * 22):
        assert store.version(token) == 1
        assert store.standing(token, "my browser") == "unclaimed"
    assert store.version("x" * 22) == 0
    assert [said.item_id for said in store.feedback(ME, "data")] == ["b", "a", "it's; --"]
    assert store.rate(ME, "data", "new", 4) == 2


def test_an_upgrade_of_version_2_that_was_left_half_way_is_taken_up(database: str, raw: Engine) -> None:
    """MySQL commits each CREATE TABLE at once, without the rows."""
    write_version_2(raw)
    with raw.begin() as connection:
        for statement in schema._PROFILES[:3]:
            connection.exec_driver_sql(statement)
    assert Store(database).standing(ME, "my browser") == "unclaimed"


def write_version_3(raw: Engine) -> None:
    """As the program left it when the address still held the key."""
    write_version_2(raw)
    with raw.begin() as connection:
        schema._profiles(connection)
        connection.execute(text(f"UPDATE browsers SET browser = '{hashed('my browser')}' WHERE profile = '{hashed(ME)}'"))
        connection.execute(text("UPDATE schema_version SET version = 3"))


def test_the_browsers_of_version_3_stay_known_and_find_their_ratings_once_they_came_with_the_key(database: str, raw: Engine) -> None:
    write_version_3(raw)
    store = Store(database)
    assert versions(raw) == [schema.SCHEMA_VERSION]
    assert store.standing(ME, "my browser") == "own"
    assert store.standing(ME, "another") == "foreign"
    assert store.opened("my browser") == []
    store.admit(ME, "my browser")
    assert store.opened("my browser") == [ME]
    assert store.pulls(ME, "data") == {}
    store.pull(ME, "data", "genre:Crime", 1.5)
    assert store.pulls(ME, "data") == {"genre:Crime": 1.5}


def test_an_upgrade_of_version_3_that_was_left_half_way_is_taken_up(database: str, raw: Engine) -> None:
    write_version_3(raw)
    with raw.begin() as connection:
        connection.exec_driver_sql(schema._OPENED_AND_PULLS[1])
    store = Store(database)
    store.pull(ME, "data", "genre:Crime", 1.5)
    assert store.pulls(ME, "data") == {"genre:Crime": 1.5}
    assert columns(raw).keys() == set(TABLES)


def write_version_4(raw: Engine) -> None:
    """As the program left it before it knew classes."""
    write_version_3(raw)
    with raw.begin() as connection:
        schema._opened_and_pulls(connection)
        connection.execute(text(f"INSERT INTO pulls VALUES ('{hashed(ME)}', 'data', 'genre:Crime', 1.5)"))
        connection.execute(text("UPDATE schema_version SET version = 4"))


@pytest.mark.parametrize("done", [0, 2, 5])
def test_a_database_of_version_4_gets_rooms_also_where_that_was_left_half_way(database: str, raw: Engine, done: int) -> None:
    write_version_4(raw)
    with raw.begin() as connection:
        for statement in schema._ROOMS[:done]:
            connection.exec_driver_sql(statement.format(double="DOUBLE PRECISION"))
    store = Store(database)
    assert versions(raw) == [schema.SCHEMA_VERSION]
    assert store.pulls(ME, "data") == {"genre:Crime": 1.5}
    rooms = Rooms(store)
    code = rooms.open("t" * 22, "data", ["a"])
    assert rooms.room(code).titles == ("a",)
    assert sorted(inspect(raw).get_unique_constraints("room_students")[0]["column_names"]) == ["name", "room"]


@pytest.mark.parametrize("half_way", [False, True])
def test_the_profiles_of_version_5_count_as_opened_at_the_upgrade(database: str, raw: Engine, half_way: bool) -> None:
    write_version_4(raw)
    with raw.begin() as connection:
        schema._rooms(connection)
        connection.execute(text("UPDATE schema_version SET version = 5"))
        if half_way:
            connection.execute(text("ALTER TABLE profiles ADD COLUMN at DOUBLE PRECISION DEFAULT 0 NOT NULL"))
    began = time.time()
    store = Store(database)
    assert versions(raw) == [schema.SCHEMA_VERSION]
    with raw.connect() as connection:
        times = connection.execute(text("SELECT at FROM profiles")).scalars().all()
    assert len(times) == 3
    assert all(began <= at <= time.time() for at in times)
    assert store.prune(1) == 0
    assert len(store.feedback(ME, "data")) == 3


def test_other_tables_of_the_database_are_left_alone(database: str, raw: Engine) -> None:
    with raw.begin() as connection:
        connection.execute(text("CREATE TABLE guests (name VARCHAR(20))"))
        connection.execute(text("INSERT INTO guests VALUES ('Ann')"))
    Store(database)
    with raw.connect() as connection:
        assert connection.scalar(text("SELECT name FROM guests")) == "Ann"


def test_a_file_of_version_1_that_another_program_reads_is_upgraded(sqlite: str, tmp_path: Path) -> None:
    """The old program may still be running on it: it reads on while the new one upgrades, and sees the new rows."""
    write_version_1(engine := create_engine(sqlite))
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "ratings.sqlite3")) as old:
        assert old.execute("SELECT count(*) FROM feedback").fetchone() == (5,)
        Store(sqlite).rate(ME, "data", "new", 4)
        assert old.execute("SELECT count(*) FROM feedback").fetchone() == (6,)
