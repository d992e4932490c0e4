"""Engines in memory: one for each data set that is looked at, shared by all visitors, replaced when another fit is saved."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from recsys_core.engine import Engine


class OpenEngines:
    """Keeps the engines of the data sets that were asked for last.

    Parameters
    ----------
    room : int
        How many to keep. One that is let go stays in memory as long as somebody uses it.
    """

    def __init__(self, room: int = 4) -> None:
        self._room = room
        self._open: OrderedDict[str, tuple[str, Engine]] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    def get(self, name: str, version: str, load: Callable[[], Engine]) -> Engine:
        """The engine of a data set in this version; loaded if it is not here, once for all who ask at the same time.

        Raises
        ------
        SavedEngineError
            As ``load`` does; the next who asks tries again.
        """
        if found := self._found(name, version):
            return found
        with self._lock:
            turn = self._loading.setdefault(name, threading.Lock())
        with turn:
            if found := self._found(name, version):
                return found
            with self._lock:
                self._open.pop(name, None)  # damaged or out of date: make room before the next one comes
            engine = load()
            with self._lock:
                self._open[name] = version, engine
                while len(self._open) > self._room:
                    self._open.popitem(last=False)
            return engine

    def close(self, name: str) -> None:
        """Let an engine go, for a data set that is to be deleted."""
        with self._lock:
            self._open.pop(name, None)

    def _found(self, name: str, version: str) -> Engine | None:
        with self._lock:
            known, engine = self._open.get(name, ("", None))
            if engine is None or known != version:
                return None
            self._open.move_to_end(name)
            return engine
