"""A folder of saves that several servers share: nobody deletes what another has open or has just used.

A process that has a save open holds a shared lock on its folder, which the system gives back however the process ends. Only who
gets the lock for themselves may delete. Where the system has no such locks (Windows), nothing is deleted.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys_core.common.arrays import MANIFEST
from recsys_core.common.atomic import remove_unfinished_before

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

GRACE = 7 * 24 * 3600.0
"""Seconds that a save is kept after it was last opened, once its source has changed."""
ASIDE = f"damaged-{MANIFEST}"
REMOVING = ".removing-"
log = logging.getLogger(__name__)


class Hold:
    """A shared lock on a save. Ends with :meth:`release`, with the process, or with what it was :meth:`bound to <bind>`."""

    def __init__(self, saved: Path) -> None:
        self._lock = _locked(saved, exclusive=False)
        with contextlib.suppress(OSError):  # a folder that only others may write
            os.utime(saved)  # when it was last used

    def bind(self, user: object) -> None:
        """Hold it as long as an object lives."""
        weakref.finalize(user, self.release)

    def release(self) -> None:
        """Let others delete it; nothing happens the second time."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def held(saved: Path) -> Iterator[None]:
    """Hold a save for a while."""
    hold = Hold(saved)
    try:
        yield
    finally:
        hold.release()


def set_aside(saved: Path) -> None:
    """Let a damaged save count as none. Its files stay until the next save: another process may have them open."""
    with contextlib.suppress(FileNotFoundError):
        (saved / MANIFEST).replace(saved / ASIDE)


def remove_older(saved: Path) -> None:
    """Delete saves of the same data set from before it changed, and what was never finished: what nobody uses, and not for a while."""
    stem = re.escape(saved.name.rpartition("-")[0])  # of this data set only: ml-latest-small is not an older ml-latest
    before = time.time() - GRACE
    with contextlib.suppress(OSError):
        remove_unfinished_before(saved.parent, before)
        for older in list(saved.parent.iterdir()):
            if older.name.startswith(REMOVING):  # who removed it was stopped on the way
                shutil.rmtree(older, ignore_errors=True)
            elif older != saved and re.fullmatch(f"{stem}-[0-9a-f]{{16}}", older.name) and older.stat().st_mtime < before:
                remove(older)


def remove(saved: Path) -> bool:
    """Delete a save unless a process has it open; returns whether it is gone."""
    lock = _locked(saved, exclusive=True)
    if lock is None:
        return not saved.exists()
    try:
        gone = saved.with_name(f"{REMOVING}{saved.name}")
        saved.rename(gone)  # nobody finds half of it
        shutil.rmtree(gone, ignore_errors=True)
        log.info("Removed %s", saved)
    except OSError as error:
        log.warning("%s cannot be removed: %s", saved, error)
        return False
    else:
        return True
    finally:
        os.close(lock)


def _locked(saved: Path, *, exclusive: bool) -> int | None:
    """A descriptor of the folder that really holds a save, locked; None where that cannot be had."""
    if fcntl is None:
        return None
    try:
        folder = os.open((saved / MANIFEST).resolve().parent, os.O_RDONLY)  # a save may be a link to another's
    except OSError:
        return None
    try:
        fcntl.flock(folder, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        os.close(folder)
        return None
    return folder
