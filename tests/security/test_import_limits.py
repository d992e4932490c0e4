"""What a visitor brings is read by a child with limits on memory, time and output, which ends with the server."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from recsys_core.datasets.download import sandbox
from recsys_core.datasets.download.fetch import downloaded, import_file
from recsys_core.datasets.download.sandbox import check_in_child
from recsys_core.datasets.limits import Limits, check_machine, limits
from recsys_core.datasets.visitors import name_of, owner_of
from recsys_core.errors import DatasetError, DownloadError
from recsys_core.settings import PROJECT_FOLDER, child_environment
from tests.security.archives import CSV, HEAD, packed, short_rows, streamed

SLOW = [HEAD, *[b"%d,1,5,1\n\n" % user for user in range(10**6)]]
"""Ratings that Arrow cannot take, with their empty lines: Python needs some seconds."""


@pytest.fixture
def folder(tmp_path: Path, move_folder) -> Path:
    move_folder("downloads", tmp_path / "downloads")
    return tmp_path / "downloads"


def test_a_good_archive_and_a_bad_one(folder: Path, tmp_path: Path):
    owner = owner_of("key")
    path = import_file(packed(tmp_path / "mine.zip", CSV), owner=owner)
    assert downloaded(owner=owner) == [name_of(path)]
    with pytest.raises(DatasetError, match=r"^mine\.zip: ratings\.csv does not begin as the ratings of MovieLens do"):
        import_file(packed(tmp_path / "mine.zip", CSV | {"ratings.csv": "a,b\n1,2\n"}), owner=owner)
    assert [file.name for file in folder.iterdir() if not file.name.startswith(".")] == ["visitors"]
    assert downloaded(owner=owner) == [name_of(path)]


def test_a_release_that_a_visitor_brings_is_for_everybody(folder: Path, shared_data: Path):
    assert import_file(shared_data / "ml-latest-small.zip", owner=owner_of("key")) == folder / "ml-latest-small.zip"
    assert downloaded(owner=owner_of("another")) == ["ml-latest-small"]
    assert import_file(shared_data / "ml-100k.zip", owner=owner_of("key")) == folder / "ml-100k.zip"


def test_a_bomb_is_refused_without_a_child(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))
    with pytest.raises(DatasetError, match="would unpack to"):
        import_file(short_rows(tmp_path / "bomb.zip", 60), owner=owner_of("key"))


@pytest.mark.skipif(sys.platform != "linux", reason="no limit on the memory of a process")
def test_memory(tmp_path: Path, set_environment):
    """What no count of rows foresees: 150,000 titles of 900 signs each."""
    set_environment("RECSYS_LIMITS", "memory_mb=330 ratio=1000")
    rows = b"".join(b"%d,%s,Crime\n" % (number, str(number).encode() * 150) for number in range(100_000, 250_000))
    path = streamed(tmp_path / "mine.zip", "movies.csv", [b"movieId,title,genres\n", rows], 1)
    with pytest.raises(
        DatasetError, match=r"^mine\.zip takes more than 330 MB of memory to read, and was not taken\. The limit is memory_mb=330"
    ):
        check_in_child(path, limits())


def test_as_many_ratings_as_fit_into_memory(tmp_path: Path, set_environment):
    set_environment("RECSYS_LIMITS", "memory_mb=301")
    path = streamed(tmp_path / "mine.zip", "ratings.csv", [HEAD, b"7,1,5,1\n" * 10_000])
    with pytest.raises(DatasetError, match=r"ratings\.csv has more than 8,065 rows\. The limit is memory_mb=301"):
        check_in_child(path, limits())


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on processor time")
def test_processor_time(tmp_path: Path, set_environment):
    set_environment("RECSYS_LIMITS", "seconds=3 people=2000000")
    with pytest.raises(DatasetError, match=r"^mine\.zip takes more than 3 seconds to read, and was not taken\. The limit is seconds=3"):
        check_in_child(streamed(tmp_path / "mine.zip", "ratings.csv", SLOW), limits())


def test_time_on_the_wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox, "WAITING", 0.001)
    with pytest.raises(DatasetError, match="takes more than 120 seconds"):
        check_in_child(packed(tmp_path / "mine.zip", CSV), Limits())


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on what a process writes")
def test_output(tmp_path: Path):
    code = (
        "import sys; from recsys_core.datasets.download.sandbox import confine; from recsys_core.datasets.limits import Limits\n"
        "confine(Limits()); open(sys.argv[1], 'wb').write(bytes(10**6))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")], cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False
    )
    assert "File too large" in run.stderr
    assert (tmp_path / "out").stat().st_size <= sandbox.MAX_OUTPUT


def test_a_child_ends_with_the_server(tmp_path: Path):
    """Its standard input is closed when the server dies, even of SIGKILL."""
    path = streamed(tmp_path / "mine.zip", "ratings.csv", SLOW)
    command = [sys.executable, "-m", "recsys_core", "check", str(path), "--attached", "--confined"]
    environment = child_environment(RECSYS_LIMITS="people=2000000")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT_FOLDER, env=environment) as child:
        assert child.stdin
        child.stdin.close()
        assert child.wait(60) == 1
        assert child.stdout
        assert child.stdout.read() == b""


def test_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun, most = list[int](), list[int]()

    def answer(*_: object) -> dict[str, str]:
        begun.append(1)
        most.append(len(begun))
        time.sleep(0.05)
        begun.pop()
        return {"release": ""}

    monkeypatch.setattr(sandbox, "_answer", answer)
    threads = [threading.Thread(target=check_in_child, args=(tmp_path, Limits())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]
    with (
        sandbox._ONE_AT_A_TIME,
        pytest.raises(DownloadError, match=r"Archives of other visitors are being checked\. Try again in a minute"),
    ):
        check_in_child(tmp_path, Limits(seconds=0))


def test_a_server_that_takes_nothing(folder: Path, set_environment):
    set_environment("RECSYS_DOWNLOADS", "off")
    with pytest.raises(DownloadError, match="takes no data sets from visitors"):
        import_file(io.BytesIO(b"x"), owner=owner_of("key"))
    assert not folder.exists()


def test_what_the_machine_can_fit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recsys_core.datasets.limits.machine_memory", lambda: 2**30)
    check_machine(10_000, 1_000_000)
    with pytest.raises(
        DatasetError, match=r"The models of 60,000 titles and 1 ratings would take about 1\.1 GB of memory, and this machine has 1\.0 GB"
    ):
        check_machine(60_000, 1)


def test_the_command_says_what_an_archive_is(tmp_path: Path, capsys: pytest.CaptureFixture[str], shared_data: Path):
    from recsys_core.__main__ import main

    assert main(["check", str(packed(tmp_path / "mine.zip", CSV))]) == 0
    assert main(["check", str(shared_data / "ml-100k.zip")]) == 0
    assert capsys.readouterr().out == "mine.zip is no release, but can be read.\nml-100k.zip is ml-100k, as published.\n"
