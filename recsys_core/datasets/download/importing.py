"""Import a MovieLens archive: copy it, check it without unpacking, and only then give it a name."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import IO, NamedTuple

from recsys_core.datasets.download.partial_file import check_room
from recsys_core.datasets.download.releases import RELEASES, Release
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.sources.movielens import read_movielens
from recsys_core.errors import DatasetError, DownloadError

MAX_IMPORT_BYTES = 2**30
"""The largest release has 262 MB."""
MAX_RATINGS = 40_000_000
CHUNK = 2**20


class Layout(NamedTuple):
    """The layout of a release: the files that the reader needs, and a pattern for the first line of its ratings."""

    files: tuple[str, ...]
    ratings: str
    header: bool
    line: re.Pattern[bytes]


_CSV = Layout(("movies.csv",), "ratings.csv", True, re.compile(rb"(?:\xef\xbb\xbf)?\"?userId\"?,\"?movieId\"?,\"?rating\"?"))
_DAT = Layout(("movies.dat",), "ratings.dat", False, re.compile(rb"(?:\xef\xbb\xbf)?\d+::\d+::[\d.]+"))
_TABS = Layout(("u.item", "u.genre"), "u.data", False, re.compile(rb"(?:\xef\xbb\xbf)?\d+\t\d+\t\d"))
_LAYOUT_OF = {"ml-100k": _TABS, "ml-1m": _DAT, "ml-10m": _DAT}


def import_archive(source: Path | IO[bytes], release: Release | None, folder: Path, *, max_bytes: int, replace: bool) -> Path:
    """Do the work of :func:`recsys_core.datasets.download.fetch.import_file`; see there for parameters and errors."""
    shown = _safe_name(str(getattr(source, "name", "")))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Copied into a temporary folder, so that messages show the archive's own name and it never looks like a data set.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".importing-") as own:
            copy = Path(own) / shown
            checksum = _copy_path(source, copy, max_bytes) if isinstance(source, Path) else _copy(source, copy, max_bytes)
            found = _recognised(copy, checksum)
            if release is not None and found is not release:
                instead = f"but {found.name}" if found else "nor any other known release"
                raise DatasetError(f"{shown} is not {release.name} {instead}. Leave out the name to import it as it is.")
            target = folder / (found.file if found else f"movielens-{checksum[:8]}.zip")
            if target.exists() and not replace:
                if _sha256(target) == checksum:
                    return target
                raise DatasetError(f"There is another {target.name} in {folder} already. Delete it first, or say that it may be replaced.")
            copy.chmod(0o644)
            copy.replace(target)
    except OSError as error:
        raise DownloadError(f"{shown} cannot be copied to {folder} ({error.strerror or error}).") from error
    return target


def _copy_path(source: Path, copy: Path, max_bytes: int) -> str:
    source = source.expanduser()
    if source.is_dir():
        raise DatasetError(f"{source} is a folder. Give the zip; an unpacked folder can be read where it is, by its path.")
    if not source.is_file():
        raise DatasetError(f"{source} is not there. Give the path of a MovieLens zip.")
    if source.stat().st_size > max_bytes:
        raise _too_large(copy.name, max_bytes)
    check_room(copy.parent, source.stat().st_size)
    try:
        with source.open("rb") as stream:
            return _copy(stream, copy, max_bytes)
    except PermissionError as error:
        raise DatasetError(f"{source} may not be read. Change its permissions, or give another file.") from error


def _copy(stream: IO[bytes], copy: Path, max_bytes: int) -> str:
    """Copy a stream to a file, at most ``max_bytes``, and return its SHA-256."""
    checksum, n_bytes = hashlib.sha256(), 0
    with copy.open("wb") as file:
        while chunk := stream.read(CHUNK):
            n_bytes += len(chunk)
            if n_bytes > max_bytes:
                raise _too_large(copy.name, max_bytes)
            checksum.update(chunk)
            file.write(chunk)
    return checksum.hexdigest()


def _recognised(path: Path, checksum: str) -> Release | None:
    """Return the release of a MovieLens archive, None for an unknown one. Raises :class:`DatasetError` for anything else."""
    archive = Archive(path)
    layout = next((layout for layout in (_TABS, _DAT, _CSV) if layout.ratings in archive), None)
    if layout is None:
        raise DatasetError(f"{path.name} is not a MovieLens data set: it holds neither ratings.csv nor u.data nor ratings.dat.")
    published = next((release for release in RELEASES.values() if release.sha256 == checksum), None)
    if published is not None:
        return published
    for name in layout.files:
        _n_lines(archive, name)
    n_ratings = _n_lines(archive, layout.ratings, layout.line) - layout.header
    alike = [release for release in RELEASES.values() if _LAYOUT_OF.get(release.name, _CSV) is layout]
    found = next((release for release in alike if release.ratings == n_ratings), None)
    if found is None:
        if n_ratings > MAX_RATINGS:
            raise DatasetError(f"{path.name} holds {n_ratings:,} ratings, more than any release of MovieLens. Give a smaller one.")
        read_movielens(path)  # an unknown archive is accepted only if it can be read to the end
    return found


def _n_lines(archive: Archive, name: str, first: re.Pattern[bytes] | None = None) -> int:
    """Count the lines of a member. Reading it to its end also checks it for damage."""
    with archive.open(name) as stream:
        start = chunk = stream.read(CHUNK)
        n_lines, last = 0, b"\n"
        while chunk:
            n_lines += chunk.count(b"\n")
            last = chunk[-1:]
            chunk = stream.read(CHUNK)
    if first is not None and not first.match(start):
        raise DatasetError(
            f"{archive.path.name}: {name} does not begin as the ratings of MovieLens do. Give an archive as it was published."
        )
    return n_lines + (last != b"\n")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _safe_name(name: str) -> str:
    """Return the last part of a path without characters that are special to a file system or a terminal."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", last).strip(".")[-80:] or "upload.zip"


def _too_large(name: str, max_bytes: int) -> DatasetError:
    return DatasetError(f"{name} is larger than {max_bytes / 2**20:,.0f} MB. The largest MovieLens archive has 262 MB.")
