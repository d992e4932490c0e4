"""What is kept no longer is deleted while the server runs: what is in rooms of classes that are over, profiles that nobody opens."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

from recsys_core.errors import StoreError
from recsys_core.storage.rooms import PRUNE_EVERY, Rooms
from recsys_core.storage.store import Store

_log = logging.getLogger("because_you_watched")


class Pruner:
    """A thread that looks every ten minutes.

    Parameters
    ----------
    url : str
        The database.
    keep_days : int
        Profiles that nobody has opened for so many days are deleted; 0 keeps them.
    every : float
        Seconds between two looks; the first one is at the start.
    """

    def __init__(self, url: str, keep_days: int = 0, every: float = PRUNE_EVERY) -> None:
        self._url, self._keep_days, self._every = url, keep_days, every
        self._end = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="what is kept no longer", daemon=True).start()

    def stop(self) -> None:
        """End."""
        self._end.set()

    def _run(self) -> None:
        store = Store(self._url, open_now=False)
        rooms = Rooms(store)
        while True:
            with suppress(StoreError):  # away just now: next time
                if emptied := rooms.prune():
                    _log.info("Rooms of classes that are over were emptied.", extra={"n": emptied})
                if self._keep_days and (deleted := store.prune(self._keep_days)):
                    _log.info("Profiles that nobody has opened for RECSYS_KEEP_DAYS were deleted.", extra={"n": deleted})
            if self._end.wait(self._every):
                return
