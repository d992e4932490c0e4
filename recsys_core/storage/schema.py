"""The tables of the database of ratings, their version, and the steps from older versions to this one.

To change a table: change it here, raise :data:`SCHEMA_VERSION`, and add a step that turns the version before into the new one.
A step is written in the SQL of its day and never changed again: databases of that version are still about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    update,
)

from recsys_core.errors import StoreError
from recsys_core.storage.database import readable_errors

SCHEMA_VERSION = 6
"""1: feedback and factor names. 2: the version is written down, and times are double-precision numbers. 3: profiles and browsers.
4: which profiles a browser has opened, and pulls on the lists. 5: rooms of classes.
6: when a profile was last opened."""
RENEWED = -1
"""The version of a profile whose key was renewed: the old key opens nothing."""
UNKNOWN = 0.0
"""The time at which a profile was last opened, where nobody has noted it: a program of version 5 that still runs notes none."""
ANY_BROWSER = ""
"""Stands for the browser of a profile that nobody has opened since browsers are told apart: the first to come is taken for the owner's."""
MIGRATION_SECONDS = 120
"""How long an upgrade on PostgreSQL may take, or wait for another process that upgrades."""
LONGEST_NAME = 60
"""Characters of a name that a visitor gives a factor."""
LONGEST_PULL = 200
"""Characters of what a pull is called."""
LONGEST_SEALED = 44
"""Characters of a sealed key."""
CODE_LENGTH = 6
"""Signs of a room's code."""
LONGEST_PSEUDONYM = 40
"""Characters of a student's pseudonym."""
LONGEST_QUESTION = 60
"""Characters of what a class votes on."""

metadata = MetaData()
feedback = Table(
    "feedback",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("dataset", String(200), primary_key=True),
    Column("item_id", String(200), primary_key=True),
    Column("mark", String(16), nullable=False),
    Column("stars", Float),
    Column("guess", Float),
    Column("at", Double, nullable=False),
)
factor_names = Table(
    "factor_names",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("dataset", String(200), primary_key=True),
    Column("factor", String(200), primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False),
)
profiles = Table(
    "profiles",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("version", Integer, nullable=False),  # rises with everything that is said
    Column("at", Double, nullable=False, server_default="0"),  # when it was last opened, to the day
)
browsers = Table(
    "browsers",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("browser", String(64), primary_key=True),
)
opened = Table(
    "opened",
    metadata,
    Column("browser", String(64), primary_key=True),
    Column("profile", String(64), primary_key=True),
    Column("sealed", String(LONGEST_SEALED), nullable=False),  # the key, readable only with the browser's id
    Column("at", Double, nullable=False),
)
pulls = Table(
    "pulls",
    metadata,
    Column("profile", String(64), primary_key=True),
    Column("dataset", String(200), primary_key=True),
    Column("name", String(LONGEST_PULL), primary_key=True),
    Column("amount", Float, nullable=False),
)
rooms = Table(
    "rooms",
    metadata,
    Column("room", String(CODE_LENGTH), primary_key=True),
    Column("teacher", String(64), nullable=False),  # the hash of the teacher's key
    Column("dataset", String(200), nullable=False),
    Column("named", Integer, nullable=False),  # whether pseudonyms are shown
    Column("locked", Integer, nullable=False),  # whether nobody new may join
    Column("frozen", Integer, nullable=False),  # whether stars stay as they are
    Column("station", Integer, nullable=False),  # what the class is doing
    Column("opened", Double, nullable=False),
    Column("until", Double, nullable=False),  # from then on it is closed
    Column("version", Integer, nullable=False),  # rises with every change
)
room_titles = Table(
    "room_titles",
    metadata,
    Column("room", String(CODE_LENGTH), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("item_id", String(200), nullable=False),
)
room_students = Table(
    "room_students",
    metadata,
    Column("room", String(CODE_LENGTH), primary_key=True),
    Column("student", String(64), primary_key=True),  # the hash of the student's key
    Column("name", String(LONGEST_PSEUDONYM), nullable=False),
    Column("spins", Integer, nullable=False),  # how often another pseudonym was asked for
    Column("at", Double, nullable=False),
    UniqueConstraint("room", "name"),
)
room_stars = Table(
    "room_stars",
    metadata,
    Column("room", String(CODE_LENGTH), primary_key=True),
    Column("student", String(64), primary_key=True),
    Column("item_id", String(200), primary_key=True),
    Column("stars", Float),  # empty for "not seen"
    Column("at", Double, nullable=False),
)
room_votes = Table(
    "room_votes",
    metadata,
    Column("room", String(CODE_LENGTH), primary_key=True),
    Column("student", String(64), primary_key=True),
    Column("question", String(LONGEST_QUESTION), primary_key=True),
    Column("answer", Float, nullable=False),
)
IN_ROOMS = (room_titles, room_students, room_stars, room_votes)
"""The tables of what is in a room: it goes when the room is closed."""
SAID = (feedback, factor_names, pulls)
"""The tables of what visitors say."""
schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

_LOCK = 0x6265_6361_7573_6521
"""The key of the advisory lock on PostgreSQL, a number that nobody else in that database uses: "because!" in ASCII."""


def prepare_schema(engine: Engine) -> None:
    """Create the tables, or bring those of an older version up to date.

    Processes that open the same database at once wait for the one that does it (on SQLite and PostgreSQL).

    Raises
    ------
    StoreError
        The database cannot be used, or a newer version of this program has written it.
    """
    with readable_errors():
        with engine.connect() as connection:
            if _version(connection) == SCHEMA_VERSION:
                return
        with _alone(engine) as connection:
            version = _version(connection)  # again: another process may have been quicker
            if version > SCHEMA_VERSION:
                raise StoreError(
                    f"The database of ratings has version {version} of the tables, and this program knows those up to {SCHEMA_VERSION}. "
                    "Update the program, or name another database in DATABASE_URL."
                )
            if version == SCHEMA_VERSION:
                return
            for step in range(version, SCHEMA_VERSION) if version else ():
                _STEPS[step](connection)
            metadata.create_all(connection)
            if not connection.execute(update(schema_version).values(version=SCHEMA_VERSION)).rowcount:
                connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))


def _version(connection: Connection) -> int:
    """The version that is written down; else 1 where there is feedback, 0 where the database is empty."""
    tables = inspect(connection)
    if tables.has_table(schema_version.name):
        written = connection.scalar(select(func.max(schema_version.c.version)))
        if written is not None:
            return int(written)
    return int(tables.has_table(feedback.name))


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that nobody else can be in."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # Python's driver begins none before a CREATE TABLE
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(1000 * MIGRATION_SECONDS)}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")  # let go at the end of the transaction
        yield connection


def _double_times(connection: Connection) -> None:
    """From 1 to 2. A FLOAT of MySQL has 24 bits: in seconds since 1970 that is one step in two minutes."""
    for statement in _DOUBLE_TIMES.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)


_DOUBLE_TIMES: Mapping[str, tuple[str, ...]] = {
    "mariadb": ("ALTER TABLE feedback MODIFY at DOUBLE NOT NULL",),
    "mysql": ("ALTER TABLE feedback MODIFY at DOUBLE NOT NULL",),
    "postgresql": ("ALTER TABLE feedback ALTER COLUMN at TYPE DOUBLE PRECISION",),
    "sqlite": (  # which cannot change a column: a new table takes the rows
        "ALTER TABLE feedback RENAME TO feedback_1",
        """CREATE TABLE feedback (
            profile VARCHAR(64) NOT NULL,
            dataset VARCHAR(200) NOT NULL,
            item_id VARCHAR(200) NOT NULL,
            mark VARCHAR(16) NOT NULL,
            stars FLOAT,
            guess FLOAT,
            at DOUBLE NOT NULL,
            PRIMARY KEY (profile, dataset, item_id)
        )""",
        """INSERT INTO feedback (profile, dataset, item_id, mark, stars, guess, at)
            SELECT profile, dataset, item_id, mark, stars, guess, at FROM feedback_1""",
        "DROP TABLE feedback_1",
    ),
}


def _profiles(connection: Connection) -> None:
    """From 2 to 3. Whoever has said something before counts as a profile of this server."""
    for statement in _PROFILES:
        connection.exec_driver_sql(statement)


_PROFILES = (
    # A database of version 1 may be older than the names of factors.
    """CREATE TABLE IF NOT EXISTS factor_names (
        profile VARCHAR(64) NOT NULL,
        dataset VARCHAR(200) NOT NULL,
        factor VARCHAR(200) NOT NULL,
        name VARCHAR(60) NOT NULL,
        PRIMARY KEY (profile, dataset, factor)
    )""",
    "CREATE TABLE IF NOT EXISTS profiles (profile VARCHAR(64) NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (profile))",
    "CREATE TABLE IF NOT EXISTS browsers (profile VARCHAR(64) NOT NULL, browser VARCHAR(64) NOT NULL, PRIMARY KEY (profile, browser))",
    "INSERT INTO profiles (profile, version) SELECT profile, 1 FROM feedback UNION SELECT profile, 1 FROM factor_names",
    "INSERT INTO browsers (profile, browser) SELECT profile, '' FROM profiles",
)


def _opened_and_pulls(connection: Connection) -> None:
    """From 3 to 4."""
    double = "DOUBLE PRECISION" if connection.dialect.name == "postgresql" else "DOUBLE"
    for statement in _OPENED_AND_PULLS:
        connection.exec_driver_sql(statement.format(double=double))


_OPENED_AND_PULLS = (
    """CREATE TABLE IF NOT EXISTS opened (
        browser VARCHAR(64) NOT NULL,
        profile VARCHAR(64) NOT NULL,
        sealed VARCHAR(44) NOT NULL,
        at {double} NOT NULL,
        PRIMARY KEY (browser, profile)
    )""",
    """CREATE TABLE IF NOT EXISTS pulls (
        profile VARCHAR(64) NOT NULL,
        dataset VARCHAR(200) NOT NULL,
        name VARCHAR(200) NOT NULL,
        amount FLOAT NOT NULL,
        PRIMARY KEY (profile, dataset, name)
    )""",
)


def _rooms(connection: Connection) -> None:
    """From 4 to 5."""
    double = "DOUBLE PRECISION" if connection.dialect.name == "postgresql" else "DOUBLE"
    for statement in _ROOMS:
        connection.exec_driver_sql(statement.format(double=double))


_ROOMS = (
    """CREATE TABLE IF NOT EXISTS rooms (
        room VARCHAR(6) NOT NULL,
        teacher VARCHAR(64) NOT NULL,
        dataset VARCHAR(200) NOT NULL,
        named INTEGER NOT NULL,
        locked INTEGER NOT NULL,
        frozen INTEGER NOT NULL,
        station INTEGER NOT NULL,
        opened {double} NOT NULL,
        until {double} NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (room)
    )""",
    """CREATE TABLE IF NOT EXISTS room_titles (
        room VARCHAR(6) NOT NULL, place INTEGER NOT NULL, item_id VARCHAR(200) NOT NULL, PRIMARY KEY (room, place)
    )""",
    """CREATE TABLE IF NOT EXISTS room_students (
        room VARCHAR(6) NOT NULL,
        student VARCHAR(64) NOT NULL,
        name VARCHAR(40) NOT NULL,
        spins INTEGER NOT NULL,
        at {double} NOT NULL,
        PRIMARY KEY (room, student),
        UNIQUE (room, name)
    )""",
    """CREATE TABLE IF NOT EXISTS room_stars (
        room VARCHAR(6) NOT NULL,
        student VARCHAR(64) NOT NULL,
        item_id VARCHAR(200) NOT NULL,
        stars FLOAT,
        at {double} NOT NULL,
        PRIMARY KEY (room, student, item_id)
    )""",
    """CREATE TABLE IF NOT EXISTS room_votes (
        room VARCHAR(6) NOT NULL,
        student VARCHAR(64) NOT NULL,
        question VARCHAR(60) NOT NULL,
        answer FLOAT NOT NULL,
        PRIMARY KEY (room, student, question)
    )""",
)


def _last_opened(connection: Connection) -> None:
    """From 5 to 6. Nobody knows when a profile was last opened: all count as opened just now."""
    double = "DOUBLE PRECISION" if connection.dialect.name == "postgresql" else "DOUBLE"
    if all(column["name"] != "at" for column in inspect(connection).get_columns("profiles")):  # else it was left half way
        connection.exec_driver_sql(f"ALTER TABLE profiles ADD COLUMN at {double} DEFAULT 0 NOT NULL")
    connection.exec_driver_sql(f"UPDATE profiles SET at = {time.time()!r}")


_STEPS: Mapping[int, Callable[[Connection], None]] = {
    1: _double_times,
    2: _profiles,
    3: _opened_and_pulls,
    4: _rooms,
    5: _last_opened,
}
"""What turns a version into the next."""
