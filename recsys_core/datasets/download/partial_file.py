"""A file on its way: the part that has arrived, what it is a part of, who is writing it, and whether the whole is right."""

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
"""Bytes of disk to leave free. An archive is read without unpacking, so the file itself is all that is needed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the whole file must be; ``size`` in bytes, an estimate unless ``exact``; checksums ``""`` if unknown."""

    size: int
    exact: bool
    sha256: str
    md5: str

    @property
    def limit(self) -> int:
        """Bytes after which nothing more is read: an estimate may be wrong by half."""
        return self.size if self.exact else self.size * 3 // 2

    def fault(self, path: Path) -> str:
        """What is wrong with a file, in words to follow its name; ``""`` if nothing is."""
        size = path.stat().st_size
        if self.exact and size != self.size:
            return f"has {size:,} bytes instead of {self.size:,}"
        if size > self.limit:
            return f"has {size:,} bytes, far more than the {self.size:,} expected"
        for name, expected in (("sha256", self.sha256), ("md5", self.md5)):
            if expected and digest(path, name) != expected.lower():
                return f"has another {'SHA-256' if name == 'sha256' else 'MD5'} checksum than the published file"
        return ""


def digest(path: Path, name: str) -> str:
    """The checksum of a file in hexadecimal; ``name`` as in :mod:`hashlib`."""
    with path.open("rb") as file:  # MD5 guards against accidents here, so it may be used where it is forbidden for security
        return hashlib.file_digest(file, lambda: hashlib.new(name, usedforsecurity=name != "md5")).hexdigest()


class Origin(NamedTuple):
    """Where a part comes from: the address, the server's mark of that version of the file, and the size of the whole."""

    url: str
    validator: str
    total: int | None


class Part:
    """``<target>.part``, and ``<target>.part.json`` that says which file of which address it is a part of."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    @property
    def length(self) -> int:
        """Bytes that have arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def origin(self) -> Origin | None:
        """Where the part comes from; None if there is no part, or nothing certain is known about it."""
        if not self.length:
            return None
        try:
            origin = Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        right = isinstance(origin.url, str) and isinstance(origin.validator, str) and isinstance(origin.total, int | None)
        return origin if right else None

    def begin(self, origin: Origin) -> None:
        """Forget what was there and start a part of another file. The note is written while there is no part."""
        self.discard()
        write_json(self._note, origin._asdict())

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Give the whole file its name. Only now can anybody take it for the data set."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut could leave the name without the content
        self.path.replace(target)
        self._note.unlink(missing_ok=True)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a value, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value), encoding="utf-8")


def check_room(folder: Path, n_bytes: int) -> None:
    """Raise :class:`DownloadError` unless so many bytes fit on the disk of a folder."""
    free, needed = shutil.disk_usage(folder).free, n_bytes + SLACK
    if free < needed:
        raise DownloadError(
            f"There is not enough room in {folder}: {needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free. "
            "Make room, or choose another folder."
        )


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Nobody else downloads the same file meanwhile: no other process, and no other thread of this one.

    The system frees the lock of a process that ends in whatever way, so none is ever stale.

    Raises
    ------
    DownloadError
        Somebody else has it.
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
        os.close(handle)  # the one before us has removed this file: lock the new one
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps a file that is open
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
