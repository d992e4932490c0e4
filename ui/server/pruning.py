"""Rooms of classes whose time is over are emptied while the server runs, whether somebody asks for them or not."""

from __future__ import annotations

import threading
from contextlib import suppress

from recsys_core.errors import StoreError
from recsys_core.storage.rooms import PRUNE_EVERY, Rooms
from recsys_core.storage.store import Store


class Pruner:
    """A thread that looks every ten minutes.

    Parameters
    ----------
    url : str
        The database.
    every : float
        Seconds between two looks; the first one is at the start.
    """

    def __init__(self, url: str, every: float = PRUNE_EVERY) -> None:
        self._url, self._every = url, every
        self._end = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="rooms that are over", daemon=True).start()

    def stop(self) -> None:
        """End."""
        self._end.set()

    def _run(self) -> None:
        rooms = Rooms(Store(self._url, open_now=False))
        while True:
            with suppress(StoreError):  # away just now: next time
                rooms.prune()
            if self._end.wait(self._every):
                return
