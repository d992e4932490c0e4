"""Work beside the pages: in processes of its own, one at a time, stopped when asked to and when the server ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsys_core.errors import DownloadCancelled, DownloadError
from recsys_core.serving import figures
from recsys_core.serving import jobs as module
from recsys_core.serving.jobs import Job, Jobs
from recsys_core.serving.saved_engines import is_prepared, load_engine, saved_stage
from recsys_core.settings import PROJECT_FOLDER

SECONDS = 120


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path / "models")
    yield made
    made.cancel()
    for job in made.running():
        job.join(SECONDS)


def wait(job: Job, until: Callable[[], bool] | None = None) -> Job:
    end = time.monotonic() + SECONDS
    while job.running and not (until and until()):
        assert time.monotonic() < end, f"still {job.state} after {SECONDS} s"
        time.sleep(0.01)
    return job


def at_work(job: Job) -> bool:
    return job._child is not None


def gone(process: int) -> bool:
    """Whether a process has ended; one that nobody has asked for its exit code yet has."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def left_in(folder: Path) -> list[Path]:
    return list(folder.rglob(".writing-*"))


def command_of(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let this code take the place of the children's."""
    popen = subprocess.Popen

    def instead(command: list[str], **options: object) -> subprocess.Popen[str]:
        return popen([sys.executable, "-c", code], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(module.subprocess, "Popen", instead)


# --- what is done --------------------------------------------------------------------------------------------------


def test_what_was_prepared_is_found_at_the_next_start(archive: str, jobs: Jobs):
    assert saved_stage(archive, jobs.folder) is None
    job = wait(jobs.start(archive))
    assert (job.state, job.error, job.done) == ("done", "", 1.0)
    assert is_prepared(archive, jobs.folder)
    assert load_engine(archive, jobs.folder).dataset.n_items == 4
    assert jobs.job(archive) is job
    assert not left_in(jobs.folder)


def test_who_asks_for_the_same_joins(archive: str, jobs: Jobs):
    first = jobs.start(archive)
    assert jobs.start(archive) is first
    assert jobs.running() == jobs.running("prepare") == [first]
    assert jobs.running("measure") == []
    first.cancel()
    wait(first)
    assert jobs.running() == []
    assert jobs.start(archive) is not first


def test_two_servers_know_nothing_of_each_other(archive: str, jobs: Jobs, tmp_path: Path):
    jobs.start(archive)
    assert Jobs(tmp_path / "other").job(archive) is None


def test_a_measurement_is_kept_where_the_figures_are_looked_for(monkeypatch: pytest.MonkeyPatch, archive: str, jobs: Jobs):
    ratings = [f"{user},{movie},{1 + (user * movie) % 5},1" for user in range(1, 121) for movie in range(1, 9)]
    movies = [f"{number},Movie {number} (200{number}),Drama" for number in range(1, 9)]
    (Path(archive) / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]), encoding="utf-8")
    (Path(archive) / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]), encoding="utf-8")
    job = wait(jobs.start(archive, "measure", max_visitors=5))
    assert (job.state, job.error, job.done) == ("done", "", 1.0)
    found = figures.find(archive, jobs.folder).own
    assert found
    table = figures.read(found, ["hybrid", "popularity"]).table
    assert set(table["model"]) >= {"hybrid", "popularity"}
    assert table["n_users"].max() <= 5
    assert jobs.job(archive, "prepare") is None


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_a_fit_that_fails_says_why_in_a_sentence(tmp_path: Path, jobs: Jobs):
    job = wait(jobs.start(str(tmp_path / "nothing.zip")))
    assert job.state == "failed"
    assert "nothing.zip" in job.error
    assert len(job.error.splitlines()) == 1
    assert wait(jobs.start(str(tmp_path / "nothing.zip"))) is not job


def test_too_few_people_to_measure_is_a_sentence(archive: str, jobs: Jobs):
    job = wait(jobs.start(archive, "measure"))
    assert job.state == "failed"
    assert len(job.error.splitlines()) == 1
    assert "ratings" in job.error


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise MemoryError('no room')", "The models could not be fitted: MemoryError: no room"),
        ("import sys; sys.exit(3)", "The models could not be fitted: the process ended with code 3."),
        ("import os; os.kill(os.getpid(), 9)", "perhaps there was not enough memory"),
        ('print(\'{"done": 0.5, "wh\')', ""),
    ],
)
def test_whatever_ends_a_child_is_a_sentence(code: str, sentence: str, archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    command_of(monkeypatch, code)
    job = wait(jobs.start(archive))
    assert job.state == ("failed" if sentence else "done")
    assert sentence in job.error
    assert len(job.error.splitlines()) <= 1


def test_a_child_that_is_killed_is_told_and_the_next_one_completes(archive: str, jobs: Jobs):
    job = wait(jobs.start(archive), lambda: bool(jobs.job(archive)) and at_work(jobs.start(archive)))
    assert job._child
    os.kill(job._child.pid, signal.SIGKILL)
    assert wait(job).state == "failed"
    assert "perhaps there was not enough memory" in job.error
    assert wait(jobs.start(archive)).state == "done"
    assert is_prepared(archive, jobs.folder)


def test_a_fault_in_the_thread_does_not_let_others_wait_for_ever(archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    with monkeypatch.context() as patch:
        patch.setattr(module, "download", broken)
        job = wait(jobs.start("ml-1m", fetch=True))
    assert job.state == "failed"
    assert "a fault" in job.error
    command_of(monkeypatch, "pass")
    assert wait(jobs.start(archive)).state == "done"


def test_a_data_set_that_vanishes_while_it_waits_is_named(archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    me = object()
    jobs._queue.wait(me, threading.Event())
    job = jobs.start(archive)
    shutil.rmtree(archive)
    jobs._queue.leave(me)
    assert wait(job).state == "failed"
    assert "ml-mini" in job.error
    assert len(job.error.splitlines()) == 1


def test_what_became_of_another_version_of_the_data_says_nothing(archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    command_of(monkeypatch, "raise ValueError('unreadable')")
    job = wait(jobs.start(archive))
    assert jobs.job(archive) is job
    (Path(archive) / "movies.csv").write_text("movieId,title,genres\n1,Mended (2001),Drama\n", encoding="utf-8")
    assert jobs.job(archive) is None


# --- downloads -----------------------------------------------------------------------------------------------------


def test_a_download_comes_first_and_its_failure_is_told(monkeypatch: pytest.MonkeyPatch, jobs: Jobs):
    asked: list[str] = []

    def fail(name: str, **_: object) -> Path:
        asked.append(name)
        raise DownloadError("No address has it.")

    monkeypatch.setattr(module, "download", fail)
    job = wait(jobs.start("ml-1m+shows", fetch=True))
    assert (job.state, job.error) == ("failed", "No address has it.")
    assert asked == ["ml-1m"]  # the shows are no part of the download


def test_a_download_can_be_cancelled(monkeypatch: pytest.MonkeyPatch, jobs: Jobs):
    def slow(name: str, *, cancelled: threading.Event, **_: object) -> Path:
        assert cancelled.wait(SECONDS)
        raise DownloadCancelled("Cancelled.")

    monkeypatch.setattr(module, "download", slow)
    job = jobs.start("ml-1m", fetch=True)
    wait(job, lambda: job.state == "downloading")
    job.cancel()
    assert wait(job).state == "cancelled"
    assert job.error == ""


# --- stopping ------------------------------------------------------------------------------------------------------


def test_a_fit_can_be_cancelled_and_leaves_nothing(archive: str, jobs: Jobs):
    job = jobs.start(archive)
    wait(job, lambda: at_work(job))
    job.cancel()
    assert wait(job).state == "cancelled"
    assert job.error == ""
    assert job._child
    assert gone(job._child.pid)
    assert saved_stage(archive, jobs.folder) is None
    assert not left_in(jobs.folder)


def test_what_a_stopped_child_began_to_write_is_removed(archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    code = (
        "import os, pathlib, time\n"
        f"folder = pathlib.Path({str(jobs.folder)!r}) / 'ml-mini-0'\n"
        "folder.mkdir(parents=True)\n"
        "(folder / f'.writing-{os.getpid()}-half').write_text('half')\n"
        "(folder / '.writing-1-of another').write_text('half')\n"
        "time.sleep(600)"
    )
    command_of(monkeypatch, code)
    job = jobs.start(archive)
    wait(job, lambda: len(left_in(jobs.folder)) == 2)
    job.cancel()
    wait(job)
    assert [file.name for file in left_in(jobs.folder)] == [".writing-1-of another"]


def test_one_at_a_time_and_in_order(archive: str, jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    log = tmp_path / "log"
    command_of(monkeypatch, f"import time\nlog = open({str(log)!r}, 'a', buffering=1)\nlog.write('<')\ntime.sleep(0.2)\nlog.write('>')")
    begun = [jobs.start(archive), jobs.start(archive, "measure"), jobs.start(f"{archive}+shows")]
    waited = {job.state for job in begun}
    ended: list[Job] = []
    while len(ended) < 3:
        ended += [job for job in begun if not job.running and job not in ended]
        time.sleep(0.01)
    assert "waiting" in waited
    assert ended == begun
    assert log.read_text() == "<><><>"


def test_who_waits_can_be_cancelled_at_once(archive: str, jobs: Jobs):
    me = object()
    jobs._queue.wait(me, threading.Event())  # somebody else is fitting
    job = jobs.start(archive)
    time.sleep(0.1)
    assert job.state == "waiting"
    job.cancel()
    job.join(5)
    assert job.state == "cancelled"
    jobs._queue.leave(me)


def test_everything_is_stopped_at_once(archive: str, jobs: Jobs):
    begun = [jobs.start(archive), jobs.start(archive, "measure")]
    jobs.cancel()
    assert [wait(job).state for job in begun] == ["cancelled", "cancelled"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_fit_dies_with_the_server(archive: str, tmp_path: Path, how: signal.Signals):
    code = (
        "import sys, time, pathlib\nfrom recsys_core.serving.jobs import Jobs\n"
        f"job = Jobs(pathlib.Path({str(tmp_path / 'models')!r})).start({archive!r})\n"
        "while job._child is None:\n    time.sleep(0.01)\n"
        "print(job._child.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        child = int(server.stdout.readline())
        assert not gone(child)
        server.send_signal(how)
    end = time.monotonic() + 60
    while not gone(child):
        assert time.monotonic() < end, "the child outlived its server"
        time.sleep(0.05)
    assert not is_prepared(archive, tmp_path / "models")
    assert not left_in(tmp_path)


# --- a disk that cannot be written ---------------------------------------------------------------------------------


def test_where_the_folder_cannot_be_written_a_temporary_one_shows_what_is_in_it(
    archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    wait(jobs.start(archive))
    before = sorted(jobs.folder.rglob("*"))
    monkeypatch.setattr(module, "_writable", lambda folder: False)  # chmod does not stop root
    other = Jobs(jobs.folder)
    assert other.folder != jobs.folder
    assert "cannot be written" in caplog.text
    assert is_prepared(archive, other.folder)
    with (Path(archive) / "movies.csv").open("a", encoding="utf-8") as file:
        file.write("\n5,Another (2005),Drama")
    assert wait(other.start(archive)).state == "done"
    assert load_engine(archive, other.folder).dataset.n_items == 5
    assert sorted(jobs.folder.rglob("*")) == before
    spare = other.folder
    del other
    assert not spare.exists()


def test_a_file_where_the_folder_should_be_is_as_a_read_only_disk(archive: str, tmp_path: Path):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file")
    jobs = Jobs(occupied)
    assert jobs.folder.is_dir()
    assert occupied.read_text() == "a file"


def test_a_fit_that_cannot_be_saved_fails_with_a_sentence(archive: str, jobs: Jobs):
    shutil.rmtree(jobs.folder)
    jobs.folder.write_text("the disk is another one now")
    job = wait(jobs.start(archive))
    assert job.state == "failed"
    assert "could not be saved" in job.error
    assert len(job.error.splitlines()) == 1
