"""Named files out of a zip or a folder, without unpacking and without leaving it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

import pandas as pd

from recsys_core.errors import DatasetError

MAX_FILE_BYTES = 4 * 2**30
"""Refuse a member that says it is larger when unpacked: the largest MovieLens file has 0.9 GB."""


# What the zip module raises on damaged, encrypted or strangely compressed members.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


class Archive:
    """The files of a data set, found by their last name in a zip or in a folder.

    Raises
    ------
    DatasetError
        The path does not exist, the zip is damaged, or a name in it points out of its folder.
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
        """The content of one file. Raises :class:`DatasetError` if it is missing, damaged or outside the folder."""
        if name not in self._files:
            raise DatasetError(f"{self.path.name}: the file {name} is missing. Found: {', '.join(sorted(self._files)) or 'nothing'}.")
        if name in self._repeated:
            raise DatasetError(f"{self.path.name}: there is more than one {name}. Give the path of one data set.")
        file = self._files[name]
        if file is not None:
            if not file.resolve().is_relative_to(self.path.resolve()):
                raise DatasetError(f"{self.path.name}: {name} points outside the folder; it was not read.")
            return file.read_bytes()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self._full_names[name])
        except _DAMAGE as error:
            raise DatasetError(f"{self.path.name}: {name} is damaged or cannot be unpacked ({error}). Get the archive again.") from error

    def table(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """A UTF-8 CSV file with a header. Raises :class:`DatasetError` if it is not, or lacks a column."""
        try:
            frame = pd.read_csv(io.BytesIO(self.read(name)), encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise DatasetError(f"{self.path.name}: {name} is not UTF-8 text (byte {error.start}).") from error
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DatasetError(f"{self.path.name}: {name} is not a CSV table ({error}).") from error
        missing = [column for column in columns if column not in frame]
        if missing:
            raise DatasetError(
                f"{self.path.name}: {name} lacks the column {', '.join(missing)}. It has: {', '.join(map(str, frame.columns))}."
            )
        return frame

    def _members(self) -> list[str]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                members = [info for info in archive.infolist() if not info.is_dir()]
        except _DAMAGE as error:
            raise DatasetError(f"{self.path.name} is not a readable zip ({error}). It may have been cut off: get it again.") from error
        for info in members:
            name = PurePosixPath(info.filename.replace("\\", "/"))
            if name.is_absolute() or ".." in name.parts or ":" in info.filename:
                raise DatasetError(f"{self.path.name}: the name {info.filename!r} points outside the archive; nothing was read.")
            if info.file_size > MAX_FILE_BYTES:
                raise DatasetError(f"{self.path.name}: {info.filename} would unpack to {info.file_size / 2**30:.1f} GB; nothing was read.")
        self._repeated = _repeated([PurePosixPath(info.filename).name for info in members])
        self._full_names = {PurePosixPath(info.filename).name: info.filename for info in members}
        return list(self._full_names)


def _repeated(names: list[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}
