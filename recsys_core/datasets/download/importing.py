"""Import a MovieLens archive: copy it, check it without unpacking, and only then give it a name.

A published name is for everybody, so it is given only to what a verified checksum shows to be the release; anything else gets a name
of its own. What a visitor brings is read by a child process with limits (:mod:`recsys_core.datasets.download.sandbox`).
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import IO

from recsys_core.datasets import visitors
from recsys_core.datasets.download.checking import check_archive, published, repacked
from recsys_core.datasets.download.partial_file import check_room, digest
from recsys_core.datasets.download.releases import Release
from recsys_core.datasets.download.sandbox import check_in_child
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.limits import Limits, limits
from recsys_core.errors import DatasetError, DownloadError
from recsys_core.settings import settings

MAX_IMPORT_BYTES = 2**30
"""The largest release has 262 MB."""
CHUNK = 2**20


def import_archive(
    source: Path | IO[bytes], release: Release | None, folder: Path, *, owner: str | None, max_bytes: int, replace: bool
) -> Path:
    """Do the work of :func:`recsys_core.datasets.download.fetch.import_file`; see there for parameters and errors."""
    if owner is not None and not settings().downloads_allowed:
        raise DownloadError("This server takes no data sets from visitors. Whoever runs it has set RECSYS_DOWNLOADS=off.")
    shown, allowed = _safe_name(str(getattr(source, "name", ""))), limits()
    own = folder if owner is None else visitors.own_folder(owner, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        visitors.remove_expired(folder, now=True)
        # Copied into a temporary folder, so that messages show the archive's own name and it never looks like a data set.
        with tempfile.TemporaryDirectory(dir=folder, prefix=visitors.IMPORTING) as temporary:
            copy = Path(temporary) / shown
            checksum = _copy_path(source, copy, max_bytes) if isinstance(source, Path) else _copy(source, copy, max_bytes)
            unnamed = own / f"movielens-{checksum[:8]}.zip"
            if owner is not None and _is_there(unnamed, checksum):
                visitors.note_use(unnamed)
                return unnamed
            found = _release_in(copy, checksum, allowed, owner, folder)
            if release is not None and found is not release:
                instead = f"but {found.name}" if found else "nor any other known release: its checksum is not a published one"
                raise DatasetError(f"{shown} is not {release.name} {instead}. Leave out the name to import it as it is.")
            target = folder / found.file if found else unnamed
            if _is_there(target, checksum) or (found is not None and _is_release(target, found, allowed)):
                return target
            if target.exists() and not replace:
                raise DatasetError(f"There is another {target.name} in {folder} already. Delete it first, or say that it may be replaced.")
            if owner is not None and found is None:
                visitors.check_quota(owner, copy.stat().st_size, folder, allowed)  # once more: others may have come meanwhile
            target.parent.mkdir(parents=True, exist_ok=True)
            copy.chmod(0o644)
            copy.replace(target)
    except OSError as error:
        raise DownloadError(f"{shown} cannot be copied to {folder} ({error.strerror or error}).") from error
    return target


def _release_in(copy: Path, checksum: str, allowed: Limits, owner: str | None, folder: Path) -> Release | None:
    """Return the release that an archive is, None for one of somebody's own. Raises :class:`DatasetError` for what cannot be used."""
    found = published(copy, checksum)
    if found is not None:
        return found
    if owner is None:
        return check_archive(copy, allowed)
    Archive(copy, allowed)  # a bomb is refused by its table of contents, without a child
    visitors.check_quota(owner, copy.stat().st_size, folder, allowed)
    return check_in_child(copy, allowed)


def _is_there(path: Path, checksum: str) -> bool:
    return path.is_file() and digest(path, "sha256") == checksum


def _is_release(path: Path, release: Release, allowed: Limits) -> bool:
    """Whether a file that lies under a published name is that release, packed in another way."""
    try:
        return path.is_file() and (published(path, digest(path, "sha256")) or repacked(Archive(path, allowed))) is release
    except DatasetError:
        return False


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


def _safe_name(name: str) -> str:
    """Return the last part of a path without characters that are special to a file system or a terminal."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", last).strip(".")[-80:] or "upload.zip"


def _too_large(name: str, max_bytes: int) -> DatasetError:
    return DatasetError(f"{name} is larger than {max_bytes / 2**20:,.0f} MB. The largest MovieLens archive has 262 MB.")
