"""Data sets that are fitted within a second or two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import small as small  # the fixtures of other rooms that test_replicas.py needs, too
from tests.storage.conftest import server as server


@pytest.fixture
def archive(tmp_path: Path) -> str:
    """A folder in the layout of ml-latest-small with four movies and six people."""
    folder = tmp_path / "ml-mini"
    folder.mkdir()
    movies = [f"{number},Movie {number} (200{number}),Drama" for number in range(1, 5)]
    given = [f"{user},{movie},{1 + (user * movie) % 5},1" for user in range(1, 7) for movie in range(1, 5) if (user + movie) % 3]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]), encoding="utf-8")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *given]), encoding="utf-8")
    return str(folder)
