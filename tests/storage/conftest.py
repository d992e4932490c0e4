"""Databases for the tests of storage: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys_core.storage.store import Store
from tests.storage import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A private PostgreSQL server; tests that want it are skipped where there is none, unless ``REQUIRE_POSTGRES=1``."""
    programs = postgres.binaries()
    if programs is None:
        why = "PostgreSQL is not installed: there is no /usr/lib/postgresql/*/bin/initdb (apt-get install postgresql)"
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(why)
        pytest.skip(why)
    with postgres.running(programs) as started:
        yield started


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """The address of an empty SQLite file."""
    return f"sqlite:///{tmp_path / 'ratings.sqlite3'}"


@pytest.fixture
def postgresql(server: postgres.Server) -> Iterator[str]:
    """The address of an empty database on the private server."""
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, once of each kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def store(database: str) -> Store:
    return Store(database)
