"""Tell what an archive is: a release, proved by checksums, or somebody's own, proved by reading it to the end."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from recsys_core.datasets.download.partial_file import digest
from recsys_core.datasets.download.releases import RELEASES, Release
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.limits import Limits, check_machine
from recsys_core.datasets.sources.movielens import FILES, read_movielens
from recsys_core.errors import DatasetError

CHUNK = 2**20


class Layout(NamedTuple):
    """The layout of a release: the files that the reader needs, and a pattern for the first line of its ratings."""

    files: tuple[str, ...]
    ratings: str
    line: re.Pattern[bytes]


_CSV = Layout(("movies.csv",), "ratings.csv", re.compile(rb"(?:\xef\xbb\xbf)?\"?userId\"?,\"?movieId\"?,\"?rating\"?"))
_DAT = Layout(("movies.dat",), "ratings.dat", re.compile(rb"(?:\xef\xbb\xbf)?\d+::\d+::[\d.]+"))
_TABS = Layout(("u.item", "u.genre"), "u.data", re.compile(rb"(?:\xef\xbb\xbf)?\d+\t\d+\t\d"))


def published(path: Path, sha256: str) -> Release | None:
    """Return the release whose published file this is, by its SHA-256 or, where only that was published, its MD5."""
    found = next((release for release in RELEASES.values() if release.sha256 == sha256), None)
    if found is None and any(release.md5 and not release.sha256 for release in RELEASES.values()):
        md5 = digest(path, "md5")
        found = next((release for release in RELEASES.values() if not release.sha256 and release.md5 == md5), None)
    return found


def check_archive(path: Path, allowed: Limits) -> Release | None:
    """Return the release that is packed in an archive, None for a valid archive that is no release.

    Raises
    ------
    DatasetError
        The archive is damaged, hostile, beyond the limits, no MovieLens archive, or too large for this machine.
    """
    archive = Archive(path, allowed)
    layout = next((layout for layout in (_TABS, _DAT, _CSV) if layout.ratings in archive), None)
    if layout is None:
        raise DatasetError(f"{path.name} is not a MovieLens data set: it holds neither ratings.csv nor u.data nor ratings.dat.")
    found = repacked(archive)
    if found is not None:
        return found
    for name in layout.files:
        with archive.open(name) as stream:
            stream.read(1)  # it is there
    with archive.open(layout.ratings) as stream:
        if not layout.line.match(stream.read(1000)):
            raise DatasetError(
                f"{path.name}: {layout.ratings} does not begin as the ratings of MovieLens do. Give an archive as it was published."
            )
    dataset = read_movielens(path, allowed=allowed)
    check_machine(dataset.n_items, dataset.n_ratings)
    return None


def repacked(archive: Archive) -> Release | None:
    """Return the release whose files are in an archive that somebody packed again: all that the reader reads, and as they were published.

    Right ratings alone would not do: the names of the films must be right, too, and no table may have been added.
    """
    names = archive.names & FILES
    alike = [release for release in RELEASES.values() if release.contents and names == {name for name, _ in release.contents}]
    return next((release for release in alike if all(_digest(archive, name) == sha256 for name, sha256 in release.contents)), None)


def _digest(archive: Archive, name: str) -> str:
    """The SHA-256 of a file in hexadecimal, with line ends as one character."""
    checksum, end = hashlib.sha256(), b""
    with archive.open(name) as stream:
        while chunk := end + stream.read(CHUNK):
            end = b"\r" if chunk.endswith(b"\r") and len(chunk) > len(end) else b""
            checksum.update(chunk.removesuffix(end).replace(b"\r\n", b"\n"))
    return checksum.hexdigest()
