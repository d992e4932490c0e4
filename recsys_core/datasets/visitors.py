"""Data sets that belong to one visitor: kept apart from those for everybody, found by their owner alone, removed when nobody uses them.

They lie in ``downloads/visitors/OWNER/``, where the owner is a hash of the visitor's key, and are called ``mine:OWNER/movielens-1a2b3c4d``.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

from recsys_core.datasets.limits import Limits, limits
from recsys_core.errors import DatasetError
from recsys_core.settings import settings

OWN = "mine:"
FOLDER = "visitors"
IMPORTING = ".importing-"
"""How the temporary folders of imports begin; one that is a day old was left by a server that was killed."""
DAY, HOUR = 86_400, 3_600
_OWNER = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(rf"{OWN}(?P<owner>[0-9a-f]{{32}})/(?P<stem>movielens-[0-9a-f]{{8}})")


def owner_of(key: str) -> str:
    """Return what a visitor's data sets are kept under: 32 hexadecimal digits from which the visitor's key cannot be found.

    >>> owner_of("a key") == owner_of("a key") != owner_of("another key")
    True
    """
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"own data sets").hexdigest()


def is_own(name: str | Path) -> bool:
    """Tell whether a name is that of a visitor's own data set."""
    return str(name).startswith(OWN)


def own_folder(owner: str, downloads: Path | None = None) -> Path:
    """Return the folder of an owner, which need not exist. Raises ``ValueError`` unless it is a hash of :func:`owner_of`."""
    if not _OWNER.fullmatch(owner):
        raise ValueError("owner is not what owner_of() returns; a visitor's key must never name a folder.")
    return (downloads or settings().downloads_folder) / FOLDER / owner


def name_of(path: Path) -> str:
    """Return the name for ``load_dataset`` of an imported archive, whether it is a visitor's own or for everybody."""
    return f"{OWN}{path.parent.name}/{path.stem}" if path.parent.parent.name == FOLDER else path.stem


def own_path(name: str) -> Path:
    """Return the archive of a visitor's own data set and note that it is in use. Raises :class:`DatasetError` if it is not there."""
    match = _NAME.fullmatch(name)
    path = own_folder(match["owner"]) / f"{match['stem']}.zip" if match else None
    if path is None or not path.is_file():
        raise DatasetError(
            "This data set is not on this server any more. "
            f"What visitors bring is removed {limits().days} days after its last use: bring it again."
        )
    note_use(path)
    return path


def own_sets(owner: str, downloads: Path | None = None) -> list[str]:
    """Return the names of an owner's data sets; those that have expired are removed."""
    found = sorted(own_folder(owner, downloads).glob("*.zip"))
    return [name_of(path) for path in found if not _removed(path, limits())]


def kept_until(name: str) -> date:
    """Return the day on which a visitor's own data set expires if nobody uses it until then. Raises :class:`DatasetError` if it is gone."""
    match = _NAME.fullmatch(name)
    try:
        facts = (own_folder(match["owner"]) / f"{match['stem']}.zip").stat() if match else None
    except FileNotFoundError:
        facts = None
    if facts is None:
        raise DatasetError("This data set is not on this server any more.")
    return date.fromtimestamp(facts.st_atime + limits().days * DAY)


def remove_own(name: str) -> None:
    """Remove a visitor's own data set, if it is there. The caller makes sure that it is theirs."""
    if match := _NAME.fullmatch(name):
        (own_folder(match["owner"]) / f"{match['stem']}.zip").unlink(missing_ok=True)


def hand_over(old: str, new: str) -> None:
    """Give all data sets of an owner to another, who has none yet: the same visitor, whose key has been renewed."""
    with suppress(FileNotFoundError):  # there are none
        own_folder(old).rename(own_folder(new))


def note_use(path: Path) -> None:
    """Note that a data set is in use, once an hour: in the time of last access, for that of change tells whether models are out of date."""
    facts = path.stat()
    if time.time() - facts.st_atime > HOUR:
        with suppress(OSError):  # a server that only reads
            os.utime(path, ns=(time.time_ns(), facts.st_mtime_ns))


def check_quota(owner: str, n_bytes: int, downloads: Path, allowed: Limits) -> None:
    """Raise :class:`DatasetError` unless an owner may keep one more archive, of ``n_bytes`` bytes."""
    sizes = [path.stat().st_size for path in own_folder(owner, downloads).glob("*.zip")]
    if len(sizes) >= allowed.sets:
        raise DatasetError(
            f"You have {len(sizes)} data sets of your own here, as many as one visitor may keep. Remove one first. {allowed.named('sets')}"
        )
    if sum(sizes) + n_bytes > allowed.sets_mb * 2**20:
        raise DatasetError(f"Your own data sets would take more than {allowed.sets_mb:,} MB. Remove one first. {allowed.named('sets_mb')}")
    everybodys = sum(path.stat().st_size for path in (downloads / FOLDER).glob("*/*.zip"))
    if everybodys + n_bytes > allowed.server_mb * 2**20:
        raise DatasetError(f"This server keeps no more data sets of visitors for now. {allowed.named('server_mb')}")


def remove_expired(downloads: Path | None = None, *, now: bool = False) -> None:
    """Remove all visitors' data sets that have expired, and what killed imports left; at most once an hour unless ``now``."""
    folder = (downloads or settings().downloads_folder) / FOLDER
    marker = folder / ".looked-through"
    with suppress(OSError):  # nobody has brought anything, or a server that only reads
        if not now and marker.exists() and time.time() - marker.stat().st_mtime < HOUR:
            return
        if folder.is_dir():
            marker.touch()
        allowed = limits()
        for path in folder.glob("*/*.zip"):
            _removed(path, allowed)
        for left in folder.parent.glob(f"{IMPORTING}*"):
            if time.time() - left.stat().st_mtime > DAY:
                shutil.rmtree(left, ignore_errors=True)


def _removed(path: Path, allowed: Limits) -> bool:
    """Remove an archive if it has expired; return whether it is gone."""
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_atime <= allowed.days * DAY:
            return False
        path.unlink()
    with suppress(OSError):  # there are others in it
        path.parent.rmdir()
    return True
