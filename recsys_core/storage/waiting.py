"""What could not be written yet: kept in the server's memory, by profile, and tried again until it is written."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakSet

from recsys_core.errors import KeyRenewedError, StoreError
from recsys_core.storage.feedback import Change

PAUSES: tuple[float, ...] = (1, 2, 4, 8, 16, 30)
"""Seconds before each further attempt while the database fails; the last one repeats."""
PAUSE_AT_END = 0.2
"""The same while the server ends."""
log = logging.getLogger(__name__)


class Seen(NamedTuple):
    """Up to where a tab knows what its profile said.

    Attributes
    ----------
    version : int
        Of the profile in the database.
    turn : int
        Of what waits to be written; 0 where nothing does.
    """

    version: int = 0
    turn: int = 0


@dataclass
class _Queue:
    """What waits of one profile, in the order of saying."""

    changes: dict[tuple[str, str, str], Change] = field(default_factory=dict)
    turn: int = 0
    error: str = ""


class Waiting:
    """Writes what visitors say; what the database refuses waits here, and a thread tries it again with growing :data:`PAUSES`.

    It belongs to the process, not to a tab: a reload finds what waits, and the attempts go on when the tab is closed. While something
    of a profile waits, what it says next waits behind it: no click waits for a database that has just failed.

    Parameters
    ----------
    write : callable
        Writes one change of a profile and returns the profile's new version. Raises :class:`StoreError`.
    """

    def __init__(self, write: Callable[[str, Change], int]) -> None:
        self._write = write
        self._queues: dict[str, _Queue] = {}  # by token; the one that failed last stands last
        self._lock = threading.Lock()
        self._attempt = threading.Lock()
        self._turns = itertools.count(1)
        self._thread: threading.Thread | None = None
        with _all_lock:
            _all.add(self)

    def __len__(self) -> int:
        """How many changes wait, of all profiles."""
        with self._lock:
            return sum(len(queue.changes) for queue in self._queues.values())

    def say(self, token: str, change: Change, seen: Seen) -> Seen:
        """Write a change, or let it wait; up to where the tab knows the profile after that.

        That is ``seen`` where another tab said something meanwhile: the tab has to read again.

        Raises
        ------
        KeyRenewedError
            The profile has another key by now: nothing is written.
        """
        with self._lock:
            if queue := self._queues.get(token):
                return self._enqueue(queue, change, seen)
        try:
            version = self._write(token, change)
        except KeyRenewedError:
            raise
        except StoreError as error:
            with self._lock:
                queue = self._queues.setdefault(token, _Queue())
                queue.error = str(error)
                after = self._enqueue(queue, change, seen)
                self._start(queue.error)
            return after
        return Seen(version, seen.turn) if version == seen.version + 1 else seen

    def turn(self, token: str) -> int:
        """A number that changes with everything that begins or ends to wait; 0 where nothing waits."""
        with self._lock:
            return self._queues[token].turn if token in self._queues else 0

    def changes(self, token: str) -> list[Change]:
        """What waits of a profile, in the order of saying."""
        with self._lock:
            return list(self._queues[token].changes.values()) if token in self._queues else []

    def error(self, token: str) -> str:
        """Why it waits, as a sentence; empty where nothing does."""
        with self._lock:
            return self._queues[token].error if token in self._queues else ""

    def flush(self) -> bool:
        """Try once to write what waits, up to the first failure; whether nothing waits any more."""
        with self._attempt:
            with self._lock:
                tokens = list(self._queues)
            return all(map(self._flush, tokens))  # stops at the first that fails

    def _flush(self, token: str) -> bool:
        while changes := self.changes(token):
            try:
                self._write(token, changes[0])
            except KeyRenewedError:  # elsewhere, while this waited: there is nobody left to whom it belongs
                with self._lock:
                    del self._queues[token]
            except StoreError as error:
                with self._lock:
                    self._queues[token].error = str(error)
                    self._queues[token] = self._queues.pop(token)  # next time the others have their turn first
                return False
            else:
                self._written(token, changes[0])
        return True

    def _written(self, token: str, change: Change) -> None:
        with self._lock:
            queue = self._queues[token]
            if queue.changes.get(change.about) is change:  # nothing newer has replaced it meanwhile
                del queue.changes[change.about]
            queue.turn = next(self._turns)
            if not queue.changes:
                del self._queues[token]

    def _enqueue(self, queue: _Queue, change: Change, seen: Seen) -> Seen:
        if change.kind == "all":
            queue.changes.clear()
        queue.changes.pop(change.about, None)  # what was said last stands last
        queue.changes[change.about] = change
        before, queue.turn = queue.turn, next(self._turns)
        return seen._replace(turn=queue.turn) if before == seen.turn else seen

    def _start(self, error: str) -> None:
        if self._thread is None:
            log.warning("What visitors say waits to be stored. %s", error)
            self._thread = threading.Thread(target=self._keep_trying, name="ratings that wait", daemon=True)
            self._thread.start()

    def _keep_trying(self) -> None:
        pauses = itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))
        while True:
            time.sleep(next(pauses))
            if self.flush():
                with self._lock:
                    if not self._queues:
                        self._thread = None
                        log.warning("Nothing waits to be stored any more.")
                        return
                pauses = itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))  # something new has failed


def n_waiting() -> int:
    """How many changes wait in this process."""
    return sum(map(len, _each()))


def write_all(seconds: float) -> int:
    """Try for so long to write what waits in this process; how many changes still do. The last attempt may take longer."""
    end = time.monotonic() + seconds
    while n_waiting() and time.monotonic() < end:
        for waiting in _each():
            waiting.flush()
        if n_waiting():
            time.sleep(PAUSE_AT_END)
    return n_waiting()


def _each() -> list[Waiting]:
    with _all_lock:
        return list(_all)


_all: WeakSet[Waiting] = WeakSet()
_all_lock = threading.Lock()
