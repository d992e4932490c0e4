"""The real server on a small data set, which starts in a moment, and visitors who speak Streamlit's protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsys_core.serving.saved_engines import prepare_engine
from tests.support.server import Server

TITLES = 24
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}
NewServer = Callable[[Path], Server]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A MovieLens folder of 24 titles, and a folder of data in which its models are fitted."""
    folder, data = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("data")
    movies = [f"{number},Title {number} ({1980 + number}),Crime|Drama" for number in range(1, TITLES + 1)]
    given = [
        f"{user},{movie},{1 + (user * movie) % 5},{1000 * user + movie}"
        for user in range(1, 9)
        for movie in range(1, TITLES + 1)
        if (user + movie) % 3
    ]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]) + "\n", encoding="utf-8")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *given]) + "\n", encoding="utf-8")
    prepare_engine(str(folder), data / "models")
    return folder, data


@pytest.fixture(scope="module")
def new_server(small: tuple[Path, Path]) -> Iterator[NewServer]:
    """Start a server on a database; all are ended with the tests of the file."""
    servers: list[Server] = []

    def start(database: Path) -> Server:
        servers.append(Server(database, small[1], str(small[0]), ONE_THREAD))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()
