"""Read files from a zip or a folder, safely and without unpacking."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pyarrow import ArrowException

from recsys_core.datasets.files.tables import TableFile
from recsys_core.errors import DatasetError

MAX_FILE_BYTES = 4 * 2**30
"""Largest uncompressed size of a member; the largest MovieLens file has 0.9 GB."""
MAX_TOTAL_BYTES = 6 * 2**30
"""Largest uncompressed size of all members together; ``ml-25m`` has 1.2 GB."""
MAX_MEMBERS = 1000
"""Largest number of members; ``ml-100k`` has 23."""
MAX_RATIO = 100
"""Largest compression ratio of a zip that unpacks to more than 16 MB; tables of ratings have a ratio of about five."""

# What the zip module raises on damaged, encrypted or unsupported members.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


class Archive:
    """The files of a data set in a zip or a folder, accessed by their base names.

    Raises
    ------
    DatasetError
        The path does not exist, the zip is damaged, or a name in it points outside the archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
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

    def read(self, name: str) -> bytes:
        """Return the content of one file. Raises :class:`DatasetError` if it is missing, damaged or outside the folder."""
        with self.open(name) as stream:
            return stream.read()

    def file(self, name: str) -> TableFile:
        """One file as the reader of tables takes it."""
        return TableFile(self.path.name, name, lambda: self.open(name))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open one file as a stream, for files that are too large to hold in memory twice.

        Raises
        ------
        DatasetError
            The file is missing, outside the folder, or damaged; damage may be found only while reading.
        """
        if name not in self._files:
            raise DatasetError(f"{self.path.name}: the file {name} is missing. Found: {', '.join(sorted(self._files)) or 'nothing'}.")
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
                    archive = opened.enter_context(zipfile.ZipFile(self.path))
                    yield opened.enter_context(archive.open(self._full_names[name]))
        except ArrowException:
            raise  # the file is intact, but not a valid table
        except _DAMAGE as error:
            raise DatasetError(f"{self.path.name}: {name} is damaged or cannot be unpacked ({error}). Get the archive again.") from error

    def _members(self) -> list[str]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                # Windows PowerShell 5 separates folders by backslashes.
                named = [(info.filename.replace("\\", "/"), info) for info in archive.infolist()]
        except _DAMAGE as error:
            raise DatasetError(f"{self.path.name} is not a readable zip ({error}). It may have been cut off: get it again.") from error
        members = [(PurePosixPath(name), info) for name, info in named if not name.endswith("/")]
        for name, info in members:
            if name.is_absolute() or ".." in name.parts or ":" in info.filename:
                raise DatasetError(f"{self.path.name}: the name {info.filename!r} points outside the archive; nothing was read.")
            if info.file_size > MAX_FILE_BYTES:
                raise DatasetError(f"{self.path.name}: {info.filename} would unpack to {info.file_size / 2**30:.1f} GB; nothing was read.")
        self._check_bomb(len(members), sum(info.file_size for _, info in members))
        self._repeated = _repeated([name.name for name, _ in members])
        self._full_names = {name.name: info.filename for name, info in members}
        return list(self._full_names)

    def _check_bomb(self, n_members: int, total: int) -> None:
        """Refuse zip bombs, which are small on disk and huge when read. Members longer than stated count as damaged."""
        packed = max(1, self.path.stat().st_size)  # not the sum of the members' compressed sizes: they may overlap
        if n_members > MAX_MEMBERS:
            raise DatasetError(f"{self.path.name} holds {n_members:,} files, more than any MovieLens archive; nothing was read.")
        if total > MAX_TOTAL_BYTES or (total > 16 * 2**20 and total > MAX_RATIO * packed):
            raise DatasetError(
                f"{self.path.name} would unpack to {total / 2**30:.1f} GB, {total / packed:,.0f} times its size; nothing was read."
            )


def _repeated(names: list[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}
