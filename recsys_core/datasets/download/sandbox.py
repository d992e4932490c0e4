"""Read what a visitor brings in a child process with limits, so that a hostile archive costs the child and not the server.

The limits are the system's own: on the memory that the child may have, on processor time and on what it may write. Windows has none of
these; there the limits of the readers hold, and the time that the server waits.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from recsys_core.datasets.download.releases import RELEASES, Release
from recsys_core.datasets.limits import Limits
from recsys_core.errors import DatasetError, DownloadError
from recsys_core.settings import PROJECT_FOLDER, child_environment

if sys.platform != "win32":
    import resource

WAITING = 3
"""How many times its share of the processor's time a child may take on a busy server."""
MAX_OUTPUT = 2**16
"""Bytes that a child may write, all files together with its answer."""
_ONE_AT_A_TIME = threading.Lock()
_LEAN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
"""Keeps libraries from reserving memory that they do not use, which would count."""


def check_in_child(path: Path, allowed: Limits) -> Release | None:
    """Do what :func:`~recsys_core.datasets.download.checking.check_archive` does, in a child process with limits, one at a time.

    Raises
    ------
    DatasetError
        As there; or the child took more memory or time than it may.
    DownloadError
        Others are being checked, and the wait was too long.
    """
    patience = allowed.seconds * WAITING
    if not _ONE_AT_A_TIME.acquire(timeout=patience):
        raise DownloadError("Archives of other visitors are being checked. Try again in a minute.")
    try:
        answer = _answer(path, allowed, patience)
    finally:
        _ONE_AT_A_TIME.release()
    if limit := answer.get("limit"):
        what = {"memory_mb": f"{allowed.memory_mb:,} MB of memory", "seconds": f"{allowed.seconds:,} seconds"}[limit]
        raise DatasetError(f"{path.name} takes more than {what} to read, and was not taken. {allowed.named(limit)}")
    if "error" in answer:
        raise DatasetError(str(answer["error"]))
    return RELEASES.get(str(answer["release"]))


def confine(allowed: Limits) -> Limits:
    """Put this process under limits, for good; return the limits for the readers in it."""
    if sys.platform != "win32":
        for what, most, then in (
            (resource.RLIMIT_DATA, allowed.memory_mb * 2**20, 0),
            (resource.RLIMIT_CPU, allowed.seconds, 5),  # at the second limit it is killed without a signal that tells why
            (resource.RLIMIT_FSIZE, MAX_OUTPUT, 0),
            (resource.RLIMIT_CORE, 0, 0),
        ):
            hard = resource.getrlimit(what)[1]
            if hard == resource.RLIM_INFINITY or most + then < hard:
                resource.setrlimit(what, (most, most + then))
    return replace(allowed, confined=True)


def _answer(path: Path, allowed: Limits, patience: float) -> dict[str, Any]:
    """Let a child check an archive; what it says, or which limit it met."""
    command = [sys.executable, "-m", "recsys_core", "check", str(path.resolve()), "--attached", "--confined"]
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as complaints,
        # Its standard input is a pipe that only this process holds: the child ends when the pipe does, however the server dies.
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=said, stderr=complaints, cwd=PROJECT_FOLDER, env=child_environment(**_LEAN)
        ) as child,
    ):
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            return {"limit": "seconds"}
        finally:
            child.kill()
        try:
            answer = json.loads(_content(said))
            return answer if isinstance(answer, dict) else {}
        except ValueError:  # it had no time to say anything
            return _ended(child.returncode, _content(complaints))


def _ended(code: int, complaints: str) -> dict[str, Any]:
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return {"limit": "seconds"}
    if code < 0:  # the libraries' own way to say that there is no memory, or the system's
        return {"limit": "memory_mb"}
    last = complaints.strip().rpartition("\n")[2]
    return {"error": f"The archive could not be checked ({last[:200] or f'the process ended with code {code}'})."}


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(MAX_OUTPUT).decode("utf-8", "replace")
