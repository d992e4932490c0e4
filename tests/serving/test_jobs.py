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
from dataclasses import replace
from pathlib import Path

import pytest

from recsys_core.errors import DownloadCancelled, DownloadError, JobRefusedError
from recsys_core.serving import figures
from recsys_core.serving import jobs as module
from recsys_core.serving.jobs import Job, Jobs
from recsys_core.serving.saved_engines import is_prepared, load_engine, saved_stage
from recsys_core.settings import PROJECT_FOLDER, Settings, settings

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


# --- whose it is, and how much at once --------------------------------------------------------------------------------


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that goes on until it is stopped."""
    command_of(monkeypatch, "import time\ntime.sleep(600)")


def names(n: int) -> list[str]:
    return [f"data set {number}" for number in range(n)]


@pytest.mark.usefixtures("endless")
def test_one_works_four_wait_and_a_sixth_is_refused_with_a_sentence(jobs: Jobs):
    begun = [jobs.start(name, owner=f"visitor of {name}") for name in names(5)]
    wait(begun[0], lambda: begun[0].state == "working" and begun[4].before == 4)
    assert [job.state for job in begun] == ["working", *["waiting"] * 4]
    assert [job.before for job in begun] == [0, 1, 2, 3, 4]
    with pytest.raises(JobRefusedError, match=r"This server is busy, and 4 jobs wait already\. Try again in a few minutes\."):
        jobs.start("another", owner="another visitor")
    assert jobs.job("another") is None
    assert jobs.start(names(5)[3], owner="another visitor") is begun[3]  # who asks for the same joins
    begun[2].cancel()
    wait(begun[2])
    assert jobs.start("another", owner="another visitor").running


@pytest.mark.usefixtures("endless")
def test_one_for_each_visitor(jobs: Jobs):
    first = jobs.start("one", owner="a")
    for kind, fetch in (("prepare", False), ("measure", False), ("prepare", True)):
        with pytest.raises(
            JobRefusedError, match=r"You have begun something else: fitting the models of one\. Wait until it is done, or cancel"
        ):
            jobs.start("two", kind, owner="a", fetch=fetch)  # type: ignore[arg-type]
    assert jobs.start("one", owner="a") is first
    assert jobs.start("two", owner="b").running
    first.cancel()
    wait(first)
    assert jobs.start("two", "measure", owner="a").running


@pytest.mark.usefixtures("endless")
def test_the_server_is_never_refused_and_goes_before_what_waits(jobs: Jobs):
    begun = [jobs.start(name, owner=f"visitor of {name}") for name in names(5)]
    wait(begun[0], lambda: begun[4].before == 4)
    own = [jobs.start("showcase"), jobs.start("showcase", "measure")]
    wait(own[0], lambda: own[1].before == 2)
    assert [job.before for job in (begun[0], *own, *begun[1:])] == [0, 1, 2, 3, 4, 5, 6]
    begun[0].cancel()
    wait(begun[0])
    wait(own[0], lambda: own[0].state == "working")
    assert begun[1].state == "waiting"


@pytest.mark.usefixtures("endless")
def test_a_job_belongs_to_who_began_it_and_the_servers_to_nobody(jobs: Jobs):
    job = jobs.start("one", owner="a")
    jobs.start("one", owner="b")
    assert job.belongs_to("a")
    assert not job.belongs_to("b")
    own = jobs.start("showcase")
    assert not own.belongs_to("a")
    assert not own.belongs_to("")


# --- how much it may take ----------------------------------------------------------------------------------------------


def attached(folder: Path, work: str) -> str:
    """The code of a child that settles as those of the command line do, and then works."""
    return (
        "import os\nfrom argparse import Namespace\nfrom pathlib import Path\nimport numpy as np\n"
        "from recsys_core.cli.options import telling\n"
        f"with telling(Namespace(attached=True, progress=True, folder=Path({str(folder)!r}))) as progress:\n    {work}"
    )


@pytest.mark.skipif(not hasattr(os, "nice"), reason="this system has no niceness")
def test_children_let_pages_go_first(archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    command_of(monkeypatch, attached(jobs.folder, "progress(0.5, str(os.nice(0)))"))
    assert int(wait(jobs.start(archive)).what) >= min(os.nice(0) + 10, 19)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is that of Linux")
def test_a_child_that_needs_more_memory_than_allowed_ends_with_a_sentence(
    archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, set_environment: Callable[[str, str], None]
):
    set_environment("RECSYS_JOB_MB", "800")
    command_of(monkeypatch, attached(jobs.folder, "progress(0.5, str(np.ones(2**25).nbytes)); np.ones(2**27)"))
    job = wait(jobs.start(archive))
    assert (job.state, job.what) == ("failed", str(2**28))  # a quarter of a gigabyte is allowed, a whole one is not
    assert job.error == "This needs more than the 800 MB of memory that a job may take on this server. RECSYS_JOB_MB allows more."


def test_a_child_that_takes_too_long_ends_with_a_sentence(archive: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    command_of(monkeypatch, "import time\ntime.sleep(600)")
    monkeypatch.setattr(module, "settings", lambda: replace(settings(), job_minutes=0.005))  # type: ignore[arg-type]
    job = wait(jobs.start(archive))
    assert job.state == "failed"
    assert "it took longer than the 0.005 minutes that a job may take on this server. RECSYS_JOB_MINUTES allows more." in job.error
    assert job._child
    assert gone(job._child.pid)


@pytest.mark.parametrize("name", ["RECSYS_JOB_MB", "RECSYS_JOB_MINUTES", "RECSYS_UPLOAD_MB"])
@pytest.mark.parametrize("value", ["much", "0", "-1", "1.5"])
def test_a_setting_that_is_no_number_is_named(name: str, value: str):
    with pytest.raises(ValueError, match=f"{name} must be a whole number above 0, not '{value}'"):
        Settings.from_environment({name: value})


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_a_fit_that_fails_says_why_in_a_sentence(tmp_path: Path, jobs: Jobs):
    job = wait(jobs.start(str(tmp_path / "nothing.zip")))
    assert job.state == "failed"
    assert "nothing.zip" in job.error
    assert len(job.error.splitlines()) == 1
    assert wait(jobs.start(str(tmp_path / "nothing.zip"))) is not job


def test_what_has_ended_is_counted_and_a_visitors_file_is_not_quoted_in_the_log(
    tmp_path: Path, jobs: Jobs, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    assert wait(jobs.start(str(tmp_path / "nothing"), owner="me")).state == "failed"
    assert [record.message for record in caplog.records] == ["A job ended: prepare failed."]
    mine = jobs.start(str(tmp_path / "nothing either"))
    assert wait(mine).state == "failed"
    assert caplog.records[-1].message == f"A job ended: prepare failed. {mine.error}"
    assert vars(caplog.records[-1])["ms"] >= 0
    assert jobs.ended == {("prepare", "failed"): 2}


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
