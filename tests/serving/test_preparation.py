"""Preparing a data set: downloaded if wanted, fitted by a child process, found at the next start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsys_core.errors import DownloadCancelled, DownloadError
from recsys_core.serving import jobs as preparation
from recsys_core.serving.jobs import Preparation, prepare
from recsys_core.serving.saved_engines import is_prepared, prepare_engine

SECONDS = 90


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(preparation, "_ALL", {})
    yield
    for task in preparation.running():
        task.cancel()


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


def wait(task: Preparation, until: Callable[[], bool] | None = None) -> Preparation:
    end = time.monotonic() + SECONDS
    while task.running and not (until and until()):
        assert time.monotonic() < end, f"still {task.state} after {SECONDS} s"
        time.sleep(0.02)
    return task


def test_what_was_prepared_is_found_at_the_next_start(archive: str, tmp_path: Path):
    folder = tmp_path / "models"
    assert not is_prepared(archive, folder)
    task = wait(prepare(archive, folder=folder))
    assert (task.state, task.error, task.done) == ("done", "", 1.0)
    assert is_prepared(archive, folder)
    assert prepare_engine(archive, folder).dataset.n_items == 4
    assert preparation.preparation(archive) is task


def test_who_asks_for_the_same_joins(archive: str, tmp_path: Path):
    first = prepare(archive, folder=tmp_path / "models")
    assert prepare(archive, folder=tmp_path / "models") is first
    assert preparation.running() == [first]
    wait(first)
    assert preparation.running() == []


def test_a_fit_that_fails_says_why(tmp_path: Path):
    missing = str(tmp_path / "nothing.zip")
    task = wait(prepare(missing, folder=tmp_path / "models"))
    assert task.state == "failed"
    assert "nothing.zip" in task.error
    assert len(task.error.splitlines()) == 1
    again = wait(prepare(missing, folder=tmp_path / "models"))
    assert again is not task


def test_a_download_comes_first_and_its_failure_is_told(monkeypatch: pytest.MonkeyPatch, archive: str, tmp_path: Path):
    asked: list[str] = []

    def fail(name: str, **_: object) -> Path:
        asked.append(name)
        raise DownloadError("No address has it.")

    monkeypatch.setattr(preparation, "download", fail)
    task = wait(prepare("ml-1m+shows", fetch=True, folder=tmp_path))
    assert (task.state, task.error) == ("failed", "No address has it.")
    assert asked == ["ml-1m"]  # the shows are no part of the download


def test_a_download_can_be_cancelled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def slow(name: str, *, cancelled: object, **_: object) -> Path:
        assert cancelled.wait(SECONDS)  # type: ignore[attr-defined]
        raise DownloadCancelled("Cancelled.")

    monkeypatch.setattr(preparation, "download", slow)
    task = wait(prepare("ml-1m", fetch=True, folder=tmp_path), lambda: preparation.running()[0].state == "downloading")
    task.cancel()
    assert wait(task).state == "cancelled"


def test_a_fit_can_be_cancelled_and_leaves_nothing(archive: str, tmp_path: Path):
    task = prepare(archive, folder=tmp_path / "models")
    wait(task, lambda: task.state == "fitting")
    task.cancel()
    assert wait(task).state == "cancelled"
    assert not is_prepared(archive, tmp_path / "models")


def test_one_fit_at_a_time(archive: str, tmp_path: Path):
    with preparation._TURN:  # somebody else is fitting
        task = prepare(archive, folder=tmp_path / "models")
        time.sleep(0.3)
        assert task.state == "waiting"
        task.cancel()
    assert wait(task).state == "cancelled"
