"""Download data sets by name, or import them from a local file."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from recsys_core.datasets.download.checking import repacked
from recsys_core.datasets.download.importing import MAX_IMPORT_BYTES, import_archive
from recsys_core.datasets.download.partial_file import ExpectedFile
from recsys_core.datasets.download.releases import RELEASES, TVMAZE, Release
from recsys_core.datasets.download.retry import Cancelled, OnProgress, Patience
from recsys_core.datasets.download.transfer import fetch
from recsys_core.datasets.download.tvmaze import download_tvmaze, is_complete
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.visitors import own_sets, remove_expired
from recsys_core.errors import DatasetError, DownloadError
from recsys_core.settings import settings

MIRROR = "RECSYS_MIRROR"
"""Environment variable with the URL of a mirror, such as a teacher's server in the classroom."""


def download(
    name: str,
    folder: Path | None = None,
    *,
    update: bool = False,
    progress: OnProgress | None = None,
    cancelled: Cancelled = None,
    patience: Patience | None = None,
) -> Path:
    """Download a data set by name unless it has been downloaded already; ``load_dataset(name)`` then reads it.

    An existing MovieLens archive that does not match the published checksum is kept until the download is complete. If
    the environment variable ``RECSYS_MIRROR`` is set, that URL is tried first; checksums still apply.

    Parameters
    ----------
    name : str
        One of :data:`RELEASES`, or ``"tvmaze"``.
    folder : Path, optional
        Where to store it; by default ``data/downloads``.
    update : bool
        Whether to fetch what has been added to TVmaze since the last download.
    progress : callable, optional
        Called with a :class:`~recsys_core.datasets.download.retry.TransferProgress`.
    cancelled : callable or threading.Event, optional
        Checked between chunks and while waiting.

    Returns
    -------
    Path
        The zip, or the folder of TVmaze's pages.

    Raises
    ------
    DownloadError
        There is no data set of that name, or it cannot be downloaded; what has been downloaded is kept.
    DownloadCancelled
    """
    release, target = find_release(name), place(name, folder)
    if release is TVMAZE:
        return download_tvmaze(target, update=update, progress=progress, cancelled=cancelled, patience=patience)
    if is_genuine(name, folder):
        return target
    return fetch(
        addresses(release),
        target,
        _expected_file(release),
        progress=progress,
        cancelled=cancelled,
        patience=patience,
    )


def import_file(
    source: Path | IO[bytes],
    name: str | None = None,
    folder: Path | None = None,
    *,
    owner: str | None = None,
    max_bytes: int = MAX_IMPORT_BYTES,
    replace: bool = False,
) -> Path:
    """Import a MovieLens archive from a path or an upload: copy it, check it, then give it its name.

    What a verified checksum shows to be a release is kept under the published name, for everybody.

    Parameters
    ----------
    source : Path or file object
        The zip; a file object is read from its current position.
    name : str, optional
        The release that it must be. An archive that is no release is named after its checksum, ``movielens-1a2b3c4d``.
    owner : str, optional
        The visitor who brings it, as :func:`~recsys_core.datasets.visitors.owner_of` their key. It is read in a child process with
        limits, and kept as theirs alone, within their quota, unless it is a release. Without an owner it is the operator's: read in
        this process, and for everybody.
    max_bytes : int
        Refuse a larger file.
    replace : bool
        Whether it may replace another file of that name.

    Returns
    -------
    Path
        The copy; :func:`~recsys_core.datasets.visitors.name_of` tells its name for ``load_dataset``.

    Raises
    ------
    DatasetError
        The file is too large, not a MovieLens archive, another release, damaged, hostile or beyond a limit; the name is taken; or the
        visitor has no room left.
    DownloadError
        There is no release of that name, the disk is full, or this server takes nothing from visitors.
    """
    if name == TVMAZE.name:
        raise DownloadError("TVmaze comes as many pages, not as one file. Download it, or give the folder of its pages where it is read.")
    release = None if name is None else find_release(name)
    folder = folder or settings().downloads_folder
    return import_archive(source, release, folder, owner=owner, max_bytes=max_bytes, replace=replace)


def downloaded(folder: Path | None = None, *, owner: str | None = None) -> list[str]:
    """Return the names of the complete data sets in a folder: releases in their order, TVmaze, imported archives, then those of an owner.

    What belongs to other visitors is not among them. What has expired is removed.
    """
    folder = folder or settings().downloads_folder
    remove_expired(folder)
    names = [release.name for release in RELEASES.values() if (folder / release.file).is_file()]
    names += [TVMAZE.name] if is_complete(folder / TVMAZE.file) else []
    names += sorted({file.stem for file in folder.glob("*.zip") if not file.name.startswith(".")} - set(names))
    return names + (own_sets(owner, folder) if owner is not None else [])


def is_genuine(name: str, folder: Path | None = None) -> bool:
    """Tell whether a downloaded data set is as published: a MovieLens checksum or those inside match, or all TVmaze pages are there."""
    release, target = find_release(name), place(name, folder)
    if release is TVMAZE:
        return is_complete(target)
    if not target.is_file():
        return False
    try:
        return not _expected_file(release).fault(target) or repacked(Archive(target)) is release
    except DatasetError:
        return False


def _expected_file(release: Release) -> ExpectedFile:
    return ExpectedFile(release.size, release.size_is_exact, release.sha256, release.md5)


def find_release(name: str) -> Release:
    """Return the release of a name. Raises :class:`DownloadError` if there is none."""
    known = {**RELEASES, TVMAZE.name: TVMAZE}
    if name not in known:
        raise DownloadError(f"There is no data set {name!r} to download. Choose one of: {', '.join(known)}.")
    return known[name]


def place(name: str, folder: Path | None = None) -> Path:
    """Return the path at which a data set is stored. Raises :class:`DownloadError` as :func:`find_release`."""
    return (folder or settings().downloads_folder) / find_release(name).file


def addresses(release: Release) -> tuple[str, ...]:
    """Return the URLs of a release, in the order in which to try them."""
    mirror = settings().mirror
    if not mirror:
        return release.urls
    if not mirror.startswith(("http://", "https://")):
        raise DownloadError(f"{MIRROR} is {mirror!r}, which is no address. Give one that begins with https:// or http://, or unset it.")
    return (f"{mirror}/{release.file}", *release.urls)
