"""Partial downloads: resuming, verifying and locking a file until it is complete."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from recsys_core.common.atomic import replacing
from recsys_core.errors import DownloadError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SLACK = 64 * 2**20
"""Bytes of disk space to leave free. Archives are read without unpacking, so only the file itself needs room."""


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """Size and checksums that a downloaded file must have.

    Attributes
    ----------
    size : int
        Bytes; an estimate unless ``exact``.
    exact : bool
    sha256, md5 : str
        Checksums in hexadecimal, ``""`` if unknown.

    Examples
    --------
    >>> ExpectedFile(size=1000).limit, ExpectedFile(size=1000, exact=False).limit
    (1000, 1500)
    """

    size: int
    exact: bool = True
    sha256: str = ""
    md5: str = ""

    @property
    def limit(self) -> int:
        """Largest number of bytes to read: the size, or half as much again if it is an estimate."""
        return self.size if self.exact else self.size * 3 // 2

    def fault(self, path: Path) -> str:
        """Return what is wrong with a file, as the predicate of a sentence about it; ``""`` if nothing is wrong."""
        size = path.stat().st_size
        if self.exact and size != self.size:
            return f"has {size:,} bytes instead of {self.size:,}"
        if size > self.limit:
            return f"has {size:,} bytes, far more than the {self.size:,} expected"
        for algorithm, shown, expected in (("sha256", "SHA-256", self.sha256), ("md5", "MD5", self.md5)):
            if expected and digest(path, algorithm) != expected.lower():
                return f"does not match the published {shown} checksum"
        return ""


def digest(path: Path, name: str) -> str:
    """Return the checksum of a file in hexadecimal; ``name`` is an algorithm of :mod:`hashlib`."""
    with path.open("rb") as file:  # MD5 only guards against accidents here, so it is allowed where security rules forbid it
        return hashlib.file_digest(file, lambda: hashlib.new(name, usedforsecurity=name != "md5")).hexdigest()


class Origin(NamedTuple):
    """Where a partial file comes from: the URL, the server's validator (ETag or date) of that version, and the full size."""

    url: str
    validator: str
    total: int | None


class Part:
    """The partial file ``<target>.part``, with a note ``<target>.part.json`` about its origin."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def length(self) -> int:
        """Number of bytes that have been downloaded."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def origin(self) -> Origin | None:
        """Return the origin of the partial file; None if there is no file, or its origin is not known for certain."""
        if not self.length:
            return None
        try:
            origin = Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        valid = isinstance(origin.url, str) and isinstance(origin.validator, str) and isinstance(origin.total, int | None)
        return origin if valid else None

    def begin(self, origin: Origin) -> None:
        """Discard the partial file and start a new one. The note is written while there is no file."""
        self.discard()
        write_json(self._note, origin._asdict())

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Rename the complete file to ``target``. Only then can it be mistaken for the data set."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut could leave the name without the content
        self.path.replace(target)
        self._note.unlink(missing_ok=True)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value), encoding="utf-8")


def check_room(folder: Path, n_bytes: int) -> None:
    """Raise :class:`DownloadError` unless ``n_bytes`` fit on the disk of a folder."""
    free, needed = shutil.disk_usage(folder).free, n_bytes + SLACK
    if free < needed:
        raise DownloadError(
            f"There is not enough room in {folder}: {needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free. "
            "Free some space, or choose another folder."
        )


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold an exclusive lock on a download, against other processes and other threads of this one.

    The operating system releases the lock when a process ends, even after a crash, so locks never become stale.

    Raises
    ------
    DownloadError
        The lock is taken.
    """
    path = target.with_name(f".{target.name}.lock")
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(handle)
        except OSError as error:
            os.close(handle)
            raise DownloadError(f"{target.name} is being downloaded by another process. Wait until it has finished.") from error
        if _is_at(handle, path):
            break
        os.close(handle)  # the previous holder has just removed this file: lock the new one
    try:
        yield
    finally:
        with suppress(OSError):  # Windows does not delete an open file
            path.unlink()
        os.close(handle)


def _take(handle: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
