"""Turns: one run computes at a time, the others wait about in the order in which they came; what follows a star or a slider goes first.

Python computes one thing at a time anyway. Threads that share it all end late, and then their visitors all click again at about
the same time: with a hundred, most clicks took 50 ms and every twentieth 2.5 s. One after another, most end soon, and clicks stay spread.
Who pulls or rates expects an answer at once, who opens a page or a lesson expects to wait a moment.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from ui.server.metrics import runs

P = ParamSpec("P")
R = TypeVar("R")

LEASE_SECONDS = 0.2
"""A turn that lasts longer holds up nobody any more: the next one begins beside it. So a slow page costs the others this once."""


PATIENCE_SECONDS = 1.0
"""The urgent go before those who came at most so long before them, so nobody is passed over for ever."""

_log = logging.getLogger(__name__)


def _measured(page: str, seconds: float) -> None:
    ms = 1000 * seconds
    runs.add(ms)
    _log.info("run", extra={"ms": round(ms, 1)} | ({"page": page} if page else {}))


class Turns:
    """One queue. A thread that has its turn already needs no second one.

    ``ended`` is told the page and the seconds of each run, its wait included.
    """

    def __init__(self, lease: float = LEASE_SECONDS, ended: Callable[[str, float], None] = lambda page, seconds: None) -> None:
        self._lease, self._ended = lease, ended
        self._lock = threading.Lock()
        self._queue: list[tuple[float, int, threading.Condition]] = []
        """A heap of those who wait, by the time at which they came."""
        self._numbers = itertools.count()
        self._holder: object | None = None
        self._ends = 0.0
        self._own = threading.local()

    @contextmanager
    def turn(self, urgent: bool = False) -> Iterator[None]:
        """Wait for a turn and give it back at the end. The urgent go before those who came a moment before them."""
        if getattr(self._own, "held", False):
            yield
            return
        began = time.monotonic()
        place = began - PATIENCE_SECONDS * urgent, next(self._numbers), threading.Condition(self._lock)
        with self._lock:
            heapq.heappush(self._queue, place)
            while not (first := self._queue[0] is place) or self._left() > 0:
                place[2].wait(max(self._left(), 0.0) if first else None)
            heapq.heappop(self._queue)
            self._holder, self._ends = place, time.monotonic() + self._lease
            self._wake()
        self._own.held, self._own.page = True, ""
        try:
            yield
        finally:
            self._own.held = False
            with self._lock:
                if self._holder is place:  # else its lease has ended
                    self._holder = None
                    self._wake()
            self._ended(self._own.page, time.monotonic() - began)

    def _left(self) -> float:
        """For how many seconds nobody else can have the turn."""
        return self._ends - time.monotonic() if self._holder is not None else 0.0

    def _wake(self) -> None:
        """Let the first in the queue look whether it is their turn, and else for how long they wait."""
        if self._queue:
            self._queue[0][2].notify()

    def on_page(self, page: str) -> None:
        """Say of which page the run of this thread is; left unsaid, it is of a part of one."""
        self._own.page = page


_turns = Turns(ended=_measured)
turn, on_page = _turns.turn, _turns.on_page
"""The server's queue of runs."""


def in_turn(draw: Callable[P, R]) -> Callable[P, R]:
    """Have a fragment wait for its turn when it is drawn alone."""
    return _waiting(draw, urgent=False)


def in_urgent_turn(draw: Callable[P, R]) -> Callable[P, R]:
    """Have a fragment that follows a star or a slider at once go before whole pages and lessons when it is drawn alone."""
    return _waiting(draw, urgent=True)


def _waiting(draw: Callable[P, R], urgent: bool) -> Callable[P, R]:
    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with turn(urgent):
            return draw(*args, **kwargs)

    return drawn
