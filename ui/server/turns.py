"""Turns: one run computes at a time, the others wait about in the order in which they came.

Python computes one thing at a time anyway. Threads that share it all end late, and then their visitors all click again at about
the same time: with a hundred, most clicks took 50 ms and every twentieth 2.5 s. One after another, most end soon, and clicks stay spread.
"""

from __future__ import annotations

import functools
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
        self._changed = threading.Condition()
        self._holder: object | None = None
        self._ends = 0.0
        self._own = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and give it back at the end."""
        if getattr(self._own, "held", False):
            yield
            return
        token, began = object(), time.monotonic()
        with self._changed:
            while self._holder is not None and (left := self._ends - time.monotonic()) > 0:
                self._changed.wait(left)
            self._holder, self._ends = token, time.monotonic() + self._lease
        self._own.held, self._own.page = True, ""
        try:
            yield
        finally:
            self._own.held = False
            with self._changed:
                if self._holder is token:  # else its lease has ended
                    self._holder = None
                    self._changed.notify()
            self._ended(self._own.page, time.monotonic() - began)

    def on_page(self, page: str) -> None:
        """Say of which page the run of this thread is; left unsaid, it is of a part of one."""
        self._own.page = page


_turns = Turns(ended=_measured)
turn, on_page = _turns.turn, _turns.on_page
"""The server's queue of runs."""


def in_turn(draw: Callable[P, R]) -> Callable[P, R]:
    """Have a fragment wait for its turn when it is drawn alone."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with turn():
            return draw(*args, **kwargs)

    return drawn
