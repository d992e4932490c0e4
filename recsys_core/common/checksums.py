"""Checksums of files, computed once per process as long as a file stays as it is."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import zlib
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import IO, TypeAlias

Checksum: TypeAlias = Callable[[IO[bytes]], str]
Key: TypeAlias = tuple[Checksum, int, int, int, int, int]
CHUNK = 2**20
TICK = 50_000_000
"""Nanoseconds. Within one tick of the system's clock a second change might leave no trace in a file's times."""
ROOM = 4096
"""How many checksums are remembered."""

_known: dict[Key, str] = {}
_lock = threading.Lock()


def crc32(file: IO[bytes]) -> str:
    """The quick one, against damage, of what follows in a file: three times as fast as SHA-256."""
    found = 0
    while chunk := file.read(CHUNK):
        found = zlib.crc32(chunk, found)
    return f"{found:08x}"


def sha256(file: IO[bytes]) -> str:
    """The strong one: nobody can make another file of the same checksum."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def checksum(file: BufferedReader, how: Checksum) -> str:
    """The checksum of an open file, from its start; one that was computed before is taken if size and times are still the same.

    Threads that ask at once wait for each other instead of all reading a large file.
    """
    facts = os.fstat(file.fileno())
    key = _key(how, facts)
    if known := _known.get(key):
        return known
    with _lock:
        if key not in _known:
            file.seek(0)
            found = how(file)
            if time.time_ns() - max(facts.st_mtime_ns, facts.st_ctime_ns) < TICK:
                return found
            if len(_known) >= ROOM:
                del _known[next(iter(_known))]
            _known[key] = found
        return _known[key]


def checksum_at(path: Path, how: Checksum) -> str:
    """The same of a file that is opened only where its checksum is not known."""
    if known := _known.get(_key(how, path.stat())):
        return known
    with path.open("rb") as file:
        return checksum(file, how)


def _key(how: Checksum, facts: os.stat_result) -> Key:
    return how, facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
