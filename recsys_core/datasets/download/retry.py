"""Asking a server politely: waits that grow, that honour its wish and that can be cancelled; and word on the progress."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Protocol

from recsys_core.errors import DownloadCancelled

_GLANCE = 0.2
"""Seconds between two looks at whether the user has cancelled, and between two words on the progress."""
_SMOOTHING = 3.0
"""Seconds over which the speed is averaged."""


class Progress(NamedTuple):
    """How far a download is."""

    done: int
    """Bytes."""
    total: int | None
    """Bytes, if known."""
    speed: float | None
    """Bytes per second, smoothed."""
    seconds_left: float | None
    what: str
    """Where from, or what it waits for."""


class _Event(Protocol):
    def is_set(self) -> bool: ...


OnProgress = Callable[[Progress], None]
Cancelled = Callable[[], bool] | _Event | None
"""How the user cancels: a function that answers whether, or a ``threading.Event``."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to wait; seconds. The clock is given by tests."""

    tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0
    connect: float = 10.0
    silence: float = 20.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @property
    def timeout(self) -> tuple[float, float]:
        """As ``requests`` wants it: until a connection, and between two bytes."""
        return self.connect, self.silence


class AddressError(Exception):
    """An address is given up; the message says why, in words to follow its name."""


class TransientError(Exception):
    """The same address may be asked once more, after ``wait`` seconds if the server named them."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


def as_question(cancelled: Cancelled) -> Callable[[], bool]:
    """Whatever the caller cancels with, as a function."""
    if cancelled is None:
        return lambda: False
    return cancelled if callable(cancelled) else cancelled.is_set


def check(cancelled: Callable[[], bool]) -> None:
    """Raise :class:`DownloadCancelled` if the user has cancelled."""
    if cancelled():
        raise DownloadCancelled("The download was cancelled. What has arrived is kept; the next one goes on from there.")


def pause(seconds: float, patience: Patience, cancelled: Callable[[], bool]) -> None:
    """Wait, looking meanwhile whether the user has cancelled."""
    until = patience.clock() + seconds
    check(cancelled)
    while (left := until - patience.clock()) > 0:
        patience.sleep(min(left, _GLANCE))
        check(cancelled)


class Backoff:
    """Waits 1, 2, 4 … seconds between tries of one address, or as long as the server asks, and gives up in the end."""

    def __init__(self, patience: Patience, cancelled: Callable[[], bool], tell: Callable[[str], None]) -> None:
        self._patience, self._cancelled, self._tell = patience, cancelled, tell
        self._failures = 0

    def reset(self) -> None:
        """Something has arrived since: count the failures anew."""
        self._failures = 0

    def wait(self, failure: TransientError) -> None:
        """Wait for the next try. Raises :class:`AddressError` if there were enough, or the server asks for too long."""
        self._failures += 1
        if self._failures >= self._patience.tries:
            raise AddressError(f"{failure}, {self._failures} times")
        seconds = self._patience.first_wait * 2 ** (self._failures - 1) if failure.wait is None else failure.wait
        if seconds > self._patience.longest_wait:
            raise AddressError(f"{failure}, and asks to wait for {seconds:,.0f} seconds")
        self._tell(f"{failure}; next try in {math.ceil(seconds)} s")
        pause(seconds, self._patience, self._cancelled)


def retry_after(value: str | None) -> float | None:
    """Seconds out of a ``Retry-After`` header, which holds seconds or a date; None if there is none."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


class Meter:
    """Turns bytes that arrive into :class:`Progress`, at most five times a second."""

    def __init__(self, progress: OnProgress | None, total: int | None, clock: Callable[[], float]) -> None:
        self._progress, self._clock = progress, clock
        self.total, self.done, self.what = total, 0, ""
        self._speed: float | None = None
        self._since, self._arrived = clock(), 0

    def start(self, done: int, what: str) -> None:
        """Begin to read, with so many bytes there already."""
        self.done, self._arrived, self._since = done, 0, self._clock()
        self.say(what)

    def add(self, n_bytes: int) -> None:
        self.done += n_bytes
        self._arrived += n_bytes
        passed = self._clock() - self._since
        if passed < _GLANCE:
            return
        now, weight = self._arrived / passed, 1 - math.exp(-passed / _SMOOTHING)
        self._speed = now if self._speed is None else self._speed + weight * (now - self._speed)
        self._arrived, self._since = 0, self._clock()
        self.say(self.what)

    def say(self, what: str) -> None:
        self.what = what
        if self._progress is not None:
            left = (self.total - self.done) / self._speed if self._speed and self.total is not None else None
            self._progress(Progress(self.done, self.total, self._speed, None if left is None else max(0.0, left), what))
