"""Data sets at the user's wish: downloaded by name, or taken from a file that the user has."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from recsys_core.datasets.download.importing import MAX_IMPORT_BYTES, import_archive
from recsys_core.datasets.download.partial_file import Wanted
from recsys_core.datasets.download.releases import RELEASES, TVMAZE, Release
from recsys_core.datasets.download.retry import Cancelled, OnProgress, Patience
from recsys_core.datasets.download.transfer import fetch
from recsys_core.datasets.download.tvmaze import download_tvmaze, is_complete
from recsys_core.errors import DownloadError
from recsys_core.settings import settings

MIRROR = "RECSYS_MIRROR"
"""The environment variable with an address that holds the same files, such as a teacher's own server in the classroom."""


def download(
    name: str,
    folder: Path | None = None,
    *,
    update: bool = False,
    progress: OnProgress | None = None,
    cancelled: Cancelled = None,
    patience: Patience | None = None,
) -> Path:
    """Download a data set by name, unless it is there; then ``load_dataset(name)`` reads it.

    A MovieLens archive that is there with another checksum than the published one is kept until the right one has
    arrived. With the environment variable ``RECSYS_MIRROR`` that address is asked first; checksums still apply.

    Parameters
    ----------
    name : str
        One of :data:`RELEASES`, or ``"tvmaze"``.
    folder : Path, optional
        Where to keep it; by default ``data/downloads``.
    update : bool
        Whether to fetch what is new on TVmaze since.
    progress : callable, optional
        Called with a :class:`~recsys_core.datasets.download.retry.Progress`.
    cancelled : callable or threading.Event, optional
        Looked at between chunks and while waiting.

    Returns
    -------
    Path
        The zip, or the folder of TVmaze's pages.

    Raises
    ------
    DownloadError
        No data set of that name, or it cannot be fetched; what has arrived is kept.
    DownloadCancelled
    """
    release, target = find_release(name), place(name, folder)
    if release is TVMAZE:
        return download_tvmaze(target, update=update, progress=progress, cancelled=cancelled, patience=patience)
    return fetch(
        addresses(release),
        target,
        size=release.size,
        exact=release.size_is_exact,
        sha256=release.sha256,
        md5=release.md5,
        progress=progress,
        cancelled=cancelled,
        patience=patience,
    )


def import_file(
    source: Path | IO[bytes],
    name: str | None = None,
    folder: Path | None = None,
    *,
    max_bytes: int = MAX_IMPORT_BYTES,
    replace: bool = False,
) -> Path:
    """Take a MovieLens archive that the user has, by its path or as an upload; it is copied, checked, then named.

    Parameters
    ----------
    source : Path or file object
        The zip; a file object is read from where it stands.
    name : str, optional
        The release that it must be. By default it is recognised by its checksum, or by its layout and number of
        ratings; an archive that is none of the releases is named after its content, ``movielens-1a2b3c4d``.
    max_bytes : int
        Refuse a larger file.
    replace : bool
        Whether it may take the place of another file of that name.

    Returns
    -------
    Path
        The copy in the folder; its stem is the name for ``load_dataset``.

    Raises
    ------
    DatasetError
        It is too large, no MovieLens archive, another release, damaged, or suspicious; or another file has the name.
    DownloadError
        No release of that name, or the disk is full.
    """
    if name == TVMAZE.name:
        raise DownloadError("TVmaze comes as many pages, not as one file. Download it, or give the folder of its pages where it is read.")
    release = None if name is None else find_release(name)
    return import_archive(source, release, folder or settings().downloads_folder, max_bytes=max_bytes, replace=replace)


def downloaded(folder: Path | None = None) -> list[str]:
    """The names of what is there, whole: releases in their order, TVmaze, then the user's own archives."""
    folder = folder or settings().downloads_folder
    names = [release.name for release in RELEASES.values() if (folder / release.file).is_file()]
    names += [TVMAZE.name] if is_complete(folder / TVMAZE.file) else []
    return names + sorted({file.stem for file in folder.glob("*.zip") if not file.name.startswith(".")} - set(names))


def is_genuine(name: str, folder: Path | None = None) -> bool:
    """Whether a data set is there as it was published: for MovieLens the checksum is right, for TVmaze all pages are there."""
    release, target = find_release(name), place(name, folder)
    if release is TVMAZE:
        return is_complete(target)
    return target.is_file() and not Wanted(release.size, release.size_is_exact, release.sha256, release.md5).fault(target)


def find_release(name: str) -> Release:
    """Raises :class:`DownloadError` if there is none of that name."""
    known = {**RELEASES, TVMAZE.name: TVMAZE}
    if name not in known:
        raise DownloadError(f"There is no data set {name!r} to download. Choose one of: {', '.join(known)}.")
    return known[name]


def place(name: str, folder: Path | None = None) -> Path:
    """Where a data set is kept once it is there. Raises :class:`DownloadError` as :func:`find_release`."""
    return (folder or settings().downloads_folder) / find_release(name).file


def addresses(release: Release) -> tuple[str, ...]:
    """Where to ask for a release, one after the other."""
    mirror = settings().mirror
    if not mirror:
        return release.urls
    if not mirror.startswith(("http://", "https://")):
        raise DownloadError(f"{MIRROR} is {mirror!r}, which is no address. Give one that begins with https:// or http://, or unset it.")
    return (f"{mirror}/{release.file}", *release.urls)
