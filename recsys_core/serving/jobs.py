"""Long work beside the pages: downloads, fits and measurements, the latter two each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from recsys_core.common.atomic import remove_unfinished
from recsys_core.datasets import WITH_SHOWS
from recsys_core.datasets.download.fetch import download
from recsys_core.datasets.download.retry import TransferProgress
from recsys_core.errors import DownloadCancelled, JobRefusedError, RecsysError
from recsys_core.serving.saved_engines import source_key
from recsys_core.settings import PROJECT_FOLDER, settings

Kind: TypeAlias = Literal["prepare", "measure"]
State: TypeAlias = Literal["waiting", "downloading", "working", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
GRACE = 5.0
"""Seconds that a child has to end when it is asked to."""
MAX_WAITING = 4
"""How many pieces of work may wait behind the one that is done."""
SERVER = ""
"""The owner of what the server begins for everybody: it is never refused, goes before what waits, and no visitor can cancel it."""
_WHAT = {"prepare": "The models could not be fitted", "measure": "The models could not be measured"}
_DOING = {"prepare": "fitting the models of", "measure": "measuring the models of"}
log = logging.getLogger(__name__)
_counting = threading.Lock()


class Queue:
    """Whose turn it is, first come, first served: two fits at once would take both longer and twice the memory."""

    def __init__(self) -> None:
        self._waiting: list[tuple[object, bool]] = []  # who, and whether they may go before others
        self._changed = threading.Condition()

    def wait(self, who: object, cancelled: threading.Event, *, first: bool = False) -> bool:
        """Block until it is the turn of ``who``, who goes before all that are not ``first``; return False at once if cancelled."""
        with self._changed:
            others = (place for place, (_, ahead) in enumerate(self._waiting) if place and not ahead)
            self._waiting.insert(next(others, len(self._waiting)) if first else len(self._waiting), (who, first))
            self._changed.wait_for(lambda: cancelled.is_set() or self._waiting[0][0] is who)
        return not cancelled.is_set()

    def before(self, who: object) -> int:
        """How many stand before ``who``, the one whose turn it is included; all of them if ``who`` does not stand there yet."""
        with self._changed:
            return next((place for place, (one, _) in enumerate(self._waiting) if one is who), len(self._waiting))

    def leave(self, who: object) -> None:
        """Let the next one go on; nothing happens to those who never stood there."""
        with self._changed:
            self._waiting = [entry for entry in self._waiting if entry[0] is not who]
            self._changed.notify_all()

    def look_up(self) -> None:
        """Make everybody look whether they are cancelled."""
        with self._changed:
            self._changed.notify_all()


class Job(threading.Thread):
    """One piece of work. Begin it with :meth:`Jobs.start`; read its attributes at any time.

    Attributes
    ----------
    dataset, kind : str
        What is done, to which data set.
    owner : str
        The visitor who began it, as :meth:`Jobs.start` was told; :data:`SERVER` for the server itself.
    state : one of :data:`State`
    done : float from 0 to 1, of the work in the child process
    what : str
        The model being fitted, or the step of the measurement.
    transfer : TransferProgress or None
        Of the download.
    error : str
        A sentence, once it failed.
    source : str
        Changes when the data set does, as :func:`~recsys_core.serving.saved_engines.source_key`; empty where there is none.
    """

    def __init__(
        self,
        dataset: str,
        kind: Kind,
        command: Sequence[str],
        folder: Path,
        queue: Queue,
        *,
        owner: str = SERVER,
        fetch: bool = False,
        ended: Counter[tuple[Kind, State]] | None = None,
    ) -> None:
        super().__init__(name=f"{kind} {dataset}", daemon=True)
        self.dataset, self.kind, self.owner = dataset, kind, owner
        self.state: State = "waiting"
        self.done = 0.0
        self.what = ""
        self.transfer: TransferProgress | None = None
        self.error = ""
        self.source = _source(dataset)
        self._command, self._folder, self._queue, self._fetch = command, folder, queue, fetch
        self._ended = Counter() if ended is None else ended
        self._cancelled = threading.Event()
        self._child: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether it may still change."""
        return self.state not in ENDED

    @property
    def before(self) -> int:
        """How many pieces of work are done before this one, as long as it waits."""
        return self._queue.before(self)

    def belongs_to(self, owner: str) -> bool:
        """Whether a visitor began it, and so may cancel it."""
        return self.owner != SERVER and self.owner == owner

    def cancel(self) -> None:
        """Stop it; what has been downloaded or saved is kept and gone on with next time."""
        self._cancelled.set()
        self._queue.look_up()
        if self._child:
            self._child.terminate()

    def run(self) -> None:
        """What the thread does."""
        began = time.monotonic()
        try:
            if self._fetch:
                self.state = "downloading"
                download(self.dataset.removesuffix(WITH_SHOWS), progress=self._transferred, cancelled=self._cancelled)
                self.state = "waiting"
            if self._queue.wait(self, self._cancelled, first=self.owner == SERVER):
                self.source = _source(self.dataset)
                self.state = "working"
                self._work()
            ended: State = "done"
        except DownloadCancelled:
            ended = "cancelled"
        except (RecsysError, OSError, ValueError) as error:
            self.error, ended = str(error), "failed"
        except Exception as error:  # a fault of the program: who waits must not wait for ever
            log.exception("%s of %s", self.kind, self.dataset)
            self.error, ended = f"{_WHAT[self.kind]}: {error!r}.", "failed"
        finally:
            self._queue.leave(self)
        if self._cancelled.is_set():
            ended = "cancelled"
        self._tell(ended, time.monotonic() - began)
        self.state = ended

    def _tell(self, state: State, seconds: float) -> None:
        """Count and log how it has ended."""
        with _counting:
            self._ended[self.kind, state] += 1
        # Why it failed is logged for the server's own data alone: of a visitor's file the sentence may quote a row.
        why = f" {self.error}" if self.owner == SERVER and self.error else ""
        level = logging.WARNING if state == "failed" else logging.INFO
        log.log(level, "A job ended: %s %s.%s", self.kind, state, why, extra={"ms": round(1000 * seconds)})

    def _transferred(self, progress: TransferProgress) -> None:
        self.transfer = progress

    def _work(self) -> None:
        """Let the child work. Raises :class:`RecsysError` with a sentence where it fails."""
        command = [sys.executable, "-m", "recsys_core", *self._command, "--progress", "--attached"]
        with (
            tempfile.TemporaryFile("w+") as complaints,  # a pipe that nobody reads would stop the child when it is full
            # Its standard input is a pipe that only this process holds: the child ends when the pipe does, however the server dies.
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True, cwd=PROJECT_FOLDER
            ) as child,
        ):
            self._child = child
            if self._cancelled.is_set():  # between the question above and the start of the child
                child.terminate()
            overdue = threading.Timer(60 * settings().job_minutes, child.kill)
            overdue.daemon = True
            overdue.start()
            told = self._listen(child)
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:  # it has closed its output, and hangs
                child.kill()
                child.wait()
            took_too_long = not overdue.is_alive()
            overdue.cancel()
            complaints.seek(0)
            said = complaints.read().strip()
        remove_unfinished(self._folder, child.pid)
        if child.returncode and not self._cancelled.is_set():
            if took_too_long:
                told = (
                    f"{_WHAT[self.kind]}: it took longer than the {settings().job_minutes} minutes that a job may take on this server. "
                    "RECSYS_JOB_MINUTES allows more."
                )
            raise RecsysError(told or f"{_WHAT[self.kind]}: {_reason(child.returncode, said)}")

    def _listen(self, child: subprocess.Popen[str]) -> str:
        """Follow what the child tells until it says no more; returns the sentence that tells what went wrong, if any."""
        error = ""
        assert child.stdout
        for line in child.stdout:
            with contextlib.suppress(ValueError):  # half a line of a child that was stopped
                told = json.loads(line)
                self.done, self.what = told.get("done", self.done), told.get("what", self.what)
                error = told.get("error", error)
        return error


class Jobs:
    """All long work of one server: one heavy piece at a time, few that wait, one for each visitor.

    The app makes one of these; whatever it begins ends with the server.

    Parameters
    ----------
    folder : Path
        Where fitted models and figures are kept.

    Attributes
    ----------
    folder : Path
        The same, or a temporary folder where that one cannot be written: it shows what lies in the first, and what is
        added lasts as long as the server.
    ended : Counter
        How many pieces of work have ended, by kind and state.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder if _writable(folder) else self._beside(folder)
        self._jobs: dict[tuple[str, Kind], Job] = {}
        self._lock = threading.Lock()
        self._queue = Queue()
        self.ended: Counter[tuple[Kind, State]] = Counter()

    def start(
        self, dataset: str, kind: Kind = "prepare", *, owner: str = SERVER, fetch: bool = False, max_visitors: int | None = None
    ) -> Job:
        """Begin a piece of work, or join who is at it already.

        Parameters
        ----------
        dataset : str
            As for :func:`~recsys_core.datasets.load_dataset`.
        kind : "prepare" or "measure"
            Fit its models and save them stage by stage, or measure them for the page Compare.
        owner : str
            The visitor who asks, by any text that tells them from others; the server itself if left out.
        fetch : bool
            Whether to download it first, if it is not there.
        max_visitors : int, optional
            How many held-out people to ask at most.

        Raises
        ------
        JobRefusedError
            The visitor has something else under way, or enough is waiting.
        """
        command = ["train" if kind == "prepare" else "measure", dataset, "--folder", str(self.folder)]
        if max_visitors is not None:
            command += ["--max-visitors", str(max_visitors)]
        with self._lock:
            known = self._jobs.get((dataset, kind))
            if known is None or not known.running:
                if owner != SERVER:
                    self._check_room(owner)
                known = self._jobs[dataset, kind] = Job(
                    dataset, kind, command, self.folder, self._queue, owner=owner, fetch=fetch, ended=self.ended
                )
                known.start()
            return known

    def _check_room(self, owner: str) -> None:
        """Raise :class:`JobRefusedError` unless a visitor may begin something."""
        running = self.running()
        if own := next((job for job in running if job.belongs_to(owner)), None):
            what = f"{_DOING[own.kind]} {Path(own.dataset).name}"
            raise JobRefusedError(f"You have begun something else: {what}. Wait until it is done, or cancel it.")
        if len(running) > MAX_WAITING:
            raise JobRefusedError(f"This server is busy, and {MAX_WAITING} jobs wait already. Try again in a few minutes.")

    def job(self, dataset: str, kind: Kind = "prepare") -> Job | None:
        """The last work of this kind on a data set, running or ended; None if there was none since the data set changed."""
        job = self._jobs.get((dataset, kind))
        return job if job and (job.running or job.source == _source(dataset)) else None

    def running(self, kind: Kind | None = None) -> list[Job]:
        """All that is under way, or all of one kind."""
        return [job for job in list(self._jobs.values()) if job.running and kind in (None, job.kind)]

    def cancel(self) -> None:
        """Stop everything."""
        for job in self.running():
            job.cancel()

    def _beside(self, folder: Path) -> Path:
        """A folder that can be written and shows, by links, what lies in one that cannot."""
        spare = Path(tempfile.mkdtemp(prefix="because-you-watched-"))
        weakref.finalize(self, shutil.rmtree, spare, ignore_errors=True)
        log.warning("%s cannot be written. Models that are fitted now last until the server ends.", folder)
        with contextlib.suppress(OSError):  # a system without links: all is fitted anew
            for file in folder.glob("*/*"):
                link = spare / file.relative_to(folder)
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(file.resolve())
        return spare


def _source(dataset: str) -> str:
    try:
        return source_key(dataset)
    except (RecsysError, OSError):  # it has yet to be downloaded, or is gone
        return ""


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _reason(code: int, said: str) -> str:
    """Why a child ended that told nothing itself."""
    if code == -signal.SIGTERM:
        return "somebody ended the process."
    if code < 0:
        return f"the system ended the process; perhaps there was not enough memory. RECSYS_JOB_MB is {settings().job_mb:,}."
    return said.splitlines()[-1] if said else f"the process ended with code {code}."
