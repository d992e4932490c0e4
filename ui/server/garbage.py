"""Cyclic garbage: all of it is collected while nobody waits, not after each run.

Streamlit collects everything after every run, in which time no other visitor is served: at 60 visitors more than half of the
processor's time. ``runner.postScriptGC`` is off, and this thread does it instead. What is young Python collects by itself, as ever.
"""

from __future__ import annotations

import gc
import threading
import time

QUIET_SECONDS = 1.0
"""Nobody has clicked for so long: collect."""
MOST_SECONDS = 30.0
"""Collect at least so often where somebody always clicks."""


class Collector:
    """A thread that collects. :meth:`heard` tells it that a visitor is being served."""

    def __init__(self) -> None:
        self.last_heard, self.collected = float("-inf"), time.monotonic()
        self._end = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="garbage", daemon=True).start()

    def stop(self) -> None:
        """End."""
        self._end.set()

    def heard(self) -> None:
        """Note that a message came in just now."""
        self.last_heard = time.monotonic()

    def due(self, now: float) -> bool:
        """Whether to collect at a time, in seconds of :func:`time.monotonic`."""
        if self.last_heard + QUIET_SECONDS <= self.collected:  # nothing has happened since
            return False
        return now >= self.last_heard + QUIET_SECONDS or now >= self.collected + MOST_SECONDS

    def _run(self) -> None:
        while not self._end.wait(QUIET_SECONDS / 2):
            if self.due(time.monotonic()):
                gc.collect()
                self.collected = time.monotonic()
