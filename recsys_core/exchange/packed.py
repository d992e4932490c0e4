"""The files of a zip that somebody brings, read in memory one after another, within the limits on archives."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from recsys_core.datasets.files.archive import PER_FILE, SMALL
from recsys_core.datasets.limits import limits
from recsys_core.errors import ExchangeError

MOST_BYTES = 16 * 2**20
"""Bytes of a file once it is unpacked: ratings of 100,000 titles by IMDb, with all that stands beside them, have 25 million."""
MOST_TOGETHER = 3 * MOST_BYTES
LEFT_OUT = ("deleted/", "orphaned/", "__macosx/", "likes/", "lists/", "comments")
"""Parts of an export that say something else, or that the visitor took back; they hold files of the same names."""
_PRIVATE = ("profile.csv", "user.csv")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)
NOT_READ = "Nothing was changed."


def is_zip(content: bytes) -> bool:
    """Whether a file begins as a zip does."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The tables and JSON files of a zip, as (path in lower case, content), in the order of their paths.

    Names, e-mail addresses, and what was deleted are not read.

    Raises
    ------
    ExchangeError
        The zip is damaged, encrypted or beyond the limits. What its table of contents gives away is found before anything is unpacked.
    """
    with _opened(content) as archive:
        wanted = sorted((_path(info), info) for info in archive.infolist() if _is_wanted(_path(info)))
        _check([info for _, info in wanted], len(content))
        for path, info in wanted:
            yield path, _read(archive, info)


def paths(content: bytes) -> list[str]:
    """The paths of what :func:`members` would give, in lower case. Raises :class:`ExchangeError` if the zip cannot be opened."""
    with _opened(content) as archive:
        return [path for path in map(_path, archive.infolist()) if _is_wanted(path)]


def _path(info: zipfile.ZipInfo) -> str:
    return info.filename.replace("\\", "/").lower()


def _is_wanted(path: str) -> bool:
    name = path.rpartition("/")[2]
    there = f"/{path}"
    return name.endswith((".csv", ".json", ".tsv", ".xml")) and name not in _PRIVATE and not any(f"/{part}" in there for part in LEFT_OUT)


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    file = _Guarded(content)
    try:
        with zipfile.ZipFile(file) as archive:
            file.most = None
            if len(archive.infolist()) > limits().files:
                raise ExchangeError(f"The zip holds more than {limits().files:,} files, far more than any export. {NOT_READ}")
            yield archive
    except _DAMAGE as error:
        raise ExchangeError(f"The zip is damaged, cut off or of an unusual kind ({error}). Get it again. {NOT_READ}") from error


def _check(wanted: list[zipfile.ZipInfo], packed: int) -> None:
    for info in wanted:
        if info.flag_bits & 1:
            raise ExchangeError(f"The zip is encrypted. Unpack it with its password, and bring the files in it. {NOT_READ}")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ExchangeError(f"The zip holds a link in place of a file. {NOT_READ}")
        if info.file_size > MOST_BYTES:
            raise _too_large(info.file_size)
    together = sum(info.file_size for info in wanted)
    if together > MOST_TOGETHER or (together > SMALL and together > limits().ratio * packed):
        raise _too_large(together)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            return stream.read(MOST_BYTES)
    except _DAMAGE as error:
        raise ExchangeError(f"A file in the zip is damaged or of an unusual kind ({error}). Get the zip again. {NOT_READ}") from error


def _too_large(size: int) -> ExchangeError:
    return ExchangeError(f"The zip would unpack to {size / 2**20:,.0f} MB, more than any export of one person's ratings. {NOT_READ}")


class _Guarded(io.BytesIO):
    """A zip of which no more than ``most`` bytes may be read at once, until its table of contents is read: see ``files/archive``."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.most: int | None = limits().files * PER_FILE

    def read(self, size: int | None = -1, /) -> bytes:
        left = len(self.getbuffer()) - self.tell()
        asked = left if size is None or size < 0 else min(size, left)
        if self.most is not None and asked > self.most:
            raise ExchangeError(f"The zip's table of contents is far too large. {NOT_READ}")
        return super().read(size)
