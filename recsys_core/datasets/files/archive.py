"""Read files from a zip or a folder, safely and without unpacking."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pyarrow import ArrowException

from recsys_core.datasets.files.tables import TableFile, few
from recsys_core.datasets.limits import Limits, limits
from recsys_core.errors import DatasetError

SMALL = 16 * 2**20
"""Bytes to which anything may unpack, however well it is packed."""
PER_FILE = 1000
"""Bytes that the zip's table of contents may have for each file; MovieLens has about a hundred."""

# What the zip module raises on damaged, encrypted or unsupported members.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


class Archive:
    """The files of a data set in a zip or a folder, accessed by their base names.

    Parameters
    ----------
    path : Path
    allowed : Limits, optional
        By default those of this server.

    Raises
    ------
    DatasetError
        The path does not exist, the zip is damaged, encrypted or beyond the limits, or a name in it points outside the archive.
        A hostile zip is refused by its table of contents, before anything is unpacked.
    """

    def __init__(self, path: Path, allowed: Limits | None = None) -> None:
        self.path = path
        self.limits = allowed or limits()
        if path.is_dir():
            found = [file for file in sorted(path.rglob("*")) if file.is_file()]
            self._files: dict[str, Path | None] = {file.name: file for file in found}
            self._repeated = _repeated([file.name for file in found])
        elif path.is_file():
            self._files = dict.fromkeys(self._members())
        else:
            raise DatasetError(f"{path} does not exist. Give the path of a MovieLens zip or of its unpacked folder.")

    def __contains__(self, name: str) -> bool:
        return name in self._files

    @property
    def names(self) -> frozenset[str]:
        """The base names of all files."""
        return frozenset(self._files)

    def read(self, name: str) -> bytes:
        """Return the content of one file. Raises :class:`DatasetError` if it is missing, damaged or outside the folder."""
        with self.open(name) as stream:
            return stream.read()

    def file(self, name: str) -> TableFile:
        """One file as the reader of tables takes it."""
        return TableFile(self.path.name, name, lambda: self.open(name), self.limits)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open one file as a stream, for files that are too large to hold in memory twice.

        Raises
        ------
        DatasetError
            The file is missing, outside the folder, or damaged; damage may be found only while reading.
        """
        if name not in self._files:
            raise DatasetError(f"{self.path.name}: the file {name} is missing. Found: {few(sorted(self._files)) or 'nothing'}.")
        if name in self._repeated:
            raise DatasetError(f"{self.path.name}: there is more than one {name}. Give the path of one data set.")
        file = self._files[name]
        if file is not None and not file.resolve().is_relative_to(self.path.resolve()):
            raise DatasetError(f"{self.path.name}: {name} points outside the folder; it was not read.")
        try:
            with ExitStack() as opened:
                if file is not None:
                    yield opened.enter_context(file.open("rb"))
                else:
                    archive = opened.enter_context(self._zip())
                    yield opened.enter_context(archive.open(self._full_names[name]))
        except ArrowException:
            raise  # the file is intact, but not a valid table
        except _DAMAGE as error:
            raise DatasetError(f"{self.path.name}: {name} is damaged or cannot be unpacked ({error}). Get the archive again.") from error

    @contextmanager
    def _zip(self) -> Iterator[zipfile.ZipFile]:
        """Open the zip, unless its table of contents alone is too large: a million entries take a gigabyte of Python objects."""
        most = self.limits.files * PER_FILE
        with _Guarded(self.path, most) as file:
            try:
                archive = zipfile.ZipFile(file)
            except _ContentsTooLarge:
                raise DatasetError(
                    f"{self.path.name}: its table of contents has more than {most / 1e6:.1f} MB, for far more files than MovieLens "
                    f"has; nothing was read. {self.limits.named('files')}"
                ) from None
            file.most = None
            with archive:
                yield archive

    def _members(self) -> list[str]:
        try:
            with self._zip() as archive:
                # Windows PowerShell 5 separates folders by backslashes.
                named = [(info.filename.replace("\\", "/"), info) for info in archive.infolist()]
        except _DAMAGE as error:
            raise DatasetError(f"{self.path.name} is not a readable zip ({error}). It may have been cut off: get it again.") from error
        if len(named) > self.limits.files:
            raise self._refused(f"holds {len(named):,} files, more than any MovieLens archive", "files")
        members = [(PurePosixPath(name), info) for name, info in named if not name.endswith("/")]
        for name, info in members:
            self._check_member(name, info)
        self._check_bomb([info for _, info in members])
        self._repeated = _repeated([name.name for name, _ in members])
        self._full_names = {name.name: info.filename for name, info in members}
        return list(self._full_names)

    def _check_member(self, name: PurePosixPath, info: zipfile.ZipInfo) -> None:
        shown = few([info.filename])
        if name.is_absolute() or ".." in name.parts or ":" in info.filename:
            raise DatasetError(f"{self.path.name}: the name {shown!r} points outside the archive; nothing was read.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DatasetError(f"{self.path.name}: {shown} is a link; nothing was read. Pack the file itself.")
        if info.flag_bits & 1:
            raise DatasetError(f"{self.path.name}: {shown} is encrypted; nothing was read. Pack it again without a password.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others may ask for gigabytes just to begin
            raise DatasetError(f"{self.path.name}: {shown} is packed by an unusual method; nothing was read. Pack it again as a usual zip.")

    def _check_bomb(self, members: list[zipfile.ZipInfo]) -> None:
        """Refuse zip bombs, which are small on disk and huge when read. Members longer than stated count as damaged."""
        packed = max(1, self.path.stat().st_size)  # not the sum of the members' compressed sizes: they may overlap
        total = sum(info.file_size for info in members)
        if total > self.limits.unpacked_mb * 2**20:
            raise self._refused(f"would unpack to {total / 2**30:.1f} GB", "unpacked_mb")
        sizes = [(total, packed), *((info.file_size, max(1, info.compress_size)) for info in members)]
        for size, original in sizes:  # one bomb must not hide beside a large file that is packed badly
            if size > SMALL and size > self.limits.ratio * original:
                raise self._refused(f"would unpack to {size / 2**30:.1f} GB, {size / original:,.0f} times its size", "ratio")

    def _refused(self, what: str, limit: str) -> DatasetError:
        return DatasetError(f"{self.path.name} {what}; nothing was read. {self.limits.named(limit)}")


class _ContentsTooLarge(Exception):  # noqa: N818 - never leaves this file
    """More would be read at once than a table of contents may have."""


class _Guarded(io.FileIO):
    """A file of which no more than ``most`` bytes may be read at once.

    The zip module reads the table of contents in one piece. What it would read is judged here, not what the zip says of itself:
    there are several places that say it, and they may differ.
    """

    def __init__(self, path: Path, most: int | None) -> None:
        super().__init__(path)
        self.most = most

    def read(self, size: int | None = -1, /) -> bytes:
        if self.most is not None and (size is None or size < 0 or size > self.most):
            here = self.tell()
            left = self.seek(0, io.SEEK_END) - here
            self.seek(here)
            if left > self.most:
                raise _ContentsTooLarge
        return super().read(size) or b""


def _repeated(names: list[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}
