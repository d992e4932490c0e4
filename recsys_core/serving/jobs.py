"""Data sets on their way: downloaded, then fitted by a process of its own, while whoever asked looks at how far it is."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Literal, TypeAlias

from recsys_core.datasets import WITH_SHOWS
from recsys_core.datasets.download.fetch import download
from recsys_core.datasets.download.retry import TransferProgress
from recsys_core.errors import DownloadCancelled, RecsysError
from recsys_core.settings import PROJECT_FOLDER, settings

State: TypeAlias = Literal["waiting", "downloading", "fitting", "done", "failed", "cancelled"]
_TURN = threading.Lock()
"""Held while fitting: two fits at once would take both longer and twice the memory."""
_ALL: dict[str, Preparation] = {}
_ALL_LOCK = threading.Lock()


class Preparation(threading.Thread):
    """One data set on its way. Begin it with :func:`prepare`; read its attributes at any time.

    Fitting happens in a child process (``python -m recsys_core train``): it neither slows the threads that serve pages
    nor leaves its memory behind, and it can be stopped.

    Attributes
    ----------
    state : one of :data:`State`
    done : float from 0 to 1, of the fit
    what : str
        What is being fitted.
    transfer : TransferProgress or None
        Of the download.
    error : str
        A sentence, once it failed.
    """

    def __init__(self, name: str, fetch: bool, folder: Path) -> None:
        super().__init__(name=f"preparing {name}", daemon=True)
        self.dataset = name
        self.state: State = "waiting"
        self.done = 0.0
        self.what = ""
        self.transfer: TransferProgress | None = None
        self.error = ""
        self._fetch, self._folder = fetch, folder
        self._cancelled = threading.Event()
        self._child: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether it may still change."""
        return self.state in ("waiting", "downloading", "fitting")

    def cancel(self) -> None:
        """Stop it; what has been downloaded is kept and gone on with next time."""
        self._cancelled.set()
        if self._child:
            self._child.terminate()

    def run(self) -> None:
        """What the thread does."""
        try:
            if self._fetch:
                self.state = "downloading"
                download(self.dataset.removesuffix(WITH_SHOWS), progress=self._transferred, cancelled=self._cancelled)
                self.state = "waiting"
            with _TURN:
                self._fit()
        except DownloadCancelled:
            self.state = "cancelled"
        except (RecsysError, OSError, ValueError) as error:
            self.error = str(error)
            self.state = "cancelled" if self._cancelled.is_set() else "failed"

    def _transferred(self, progress: TransferProgress) -> None:
        self.transfer = progress

    def _fit(self) -> None:
        if self._cancelled.is_set():
            raise DownloadCancelled("Cancelled before the models were fitted.")
        self.state = "fitting"
        command = [sys.executable, "-m", "recsys_core", "train", self.dataset, "--folder", str(self._folder), "--progress"]
        with (
            tempfile.TemporaryFile("w+") as complaints,  # a pipe that nobody reads would stop the child when it is full
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, cwd=PROJECT_FOLDER) as child,
        ):
            self._child = child
            if self._cancelled.is_set():  # between the question above and the start of the child
                child.terminate()
            assert child.stdout
            for line in child.stdout:
                told = json.loads(line)
                self.error = told.get("error", self.error)
                self.done, self.what = told.get("done", self.done), told.get("what", self.what)
            child.wait()
            complaints.seek(0)
            said = complaints.read().strip()
        if self._cancelled.is_set():
            self.state = "cancelled"
        elif child.returncode:
            last = said.splitlines()[-1] if said else f"the process ended with code {child.returncode}"
            self.error = self.error or f"The models could not be fitted: {last}"
            self.state = "failed"
        else:
            self.state = "done"


def prepare(name: str, *, fetch: bool = False, folder: Path | None = None) -> Preparation:
    """Begin to prepare a data set, or join who is at it already.

    Parameters
    ----------
    name : str
        As for :func:`~recsys_core.datasets.load_dataset`.
    fetch : bool
        Whether to download it first, if it is not there.
    """
    with _ALL_LOCK:
        known = _ALL.get(name)
        if known is None or not known.running:
            known = _ALL[name] = Preparation(name, fetch, folder or settings().models_folder)
            known.start()
        return known


def preparation(name: str) -> Preparation | None:
    """What became of the last preparation of a data set; None if there was none."""
    return _ALL.get(name)


def running() -> list[Preparation]:
    """All that are under way."""
    return [each for each in list(_ALL.values()) if each.running]
