"""How often somebody may guess: wrong codes from one address, wrong keys at one room."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MINUTES = 10
"""How long a wrong guess is remembered, in memory alone."""
PER_ADDRESS = 60
"""Wrong codes of one address in that time: a class that types behind one address makes a few; 888 million codes are out of reach."""
PER_ROOM = 20
"""Wrong keys at one room in that time."""
MOST = 10_000
"""How many addresses and rooms are remembered."""


class Guesses:
    """Counts wrong guesses of the last :data:`MINUTES` minutes by whoever made them.

    Parameters
    ----------
    limit : int
        How many there may be.
    clock : callable
        Seconds of any beginning, that only rise.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._wrong: dict[str, deque[float]] = {}  # who guessed wrong last stands last
        self._lock = threading.Lock()

    def allowed(self, who: str) -> bool:
        """Whether somebody may guess now."""
        with self._lock:
            return len(self._recent(who)) < self._limit

    def wrong(self, who: str) -> None:
        """Remember a wrong guess."""
        with self._lock:
            recent = self._recent(who)
            recent.append(self._clock())
            self._wrong.pop(who, None)
            self._wrong[who] = recent
            while len(self._wrong) > MOST:
                del self._wrong[next(iter(self._wrong))]

    def _recent(self, who: str) -> deque[float]:
        times = self._wrong.get(who, deque[float](maxlen=self._limit))
        while times and times[0] <= self._clock() - 60 * MINUTES:
            times.popleft()
        return times
