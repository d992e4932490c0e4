"""Retries with exponential backoff, cancellation and progress reports for downloads."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Protocol

from recsys_core.errors import DownloadCancelled

_POLL_INTERVAL = 0.2
"""Seconds between two checks for cancellation, and between two progress reports."""
_SMOOTHING = 3.0
"""Time constant of the average speed, in seconds."""


class TransferProgress(NamedTuple):
    """The progress of a download.

    Attributes
    ----------
    done : int
        Bytes.
    total : int or None
        Bytes, if known.
    speed : float or None
        Bytes per second, smoothed.
    seconds_left : float or None
    what : str
        The server that is read from, or what the download waits for.
    """

    done: int
    total: int | None
    speed: float | None
    seconds_left: float | None
    what: str


class _Event(Protocol):
    def is_set(self) -> bool: ...


OnProgress = Callable[[TransferProgress], None]
Cancelled = Callable[[], bool] | _Event | None
"""How a download is cancelled: by a function that returns True, or by a ``threading.Event``."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Number of tries, and waiting times and timeouts in seconds. Tests replace the clock."""

    tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 120.0
    connect: float = 10.0
    silence: float = 20.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @property
    def timeout(self) -> tuple[float, float]:
        """Timeouts in the form that ``requests`` expects: for connecting, and between two bytes."""
        return self.connect, self.silence


class AddressError(Exception):
    """A URL has failed for good; the message is the predicate of a sentence about the server."""


class TransientError(Exception):
    """A request failed but may be tried again, after ``wait`` seconds if the server said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


def as_question(cancelled: Cancelled) -> Callable[[], bool]:
    """Convert a cancellation function, event or None to a function."""
    if cancelled is None:
        return lambda: False
    return cancelled if callable(cancelled) else cancelled.is_set


def check(cancelled: Callable[[], bool]) -> None:
    """Raise :class:`DownloadCancelled` if the user has cancelled."""
    if cancelled():
        raise DownloadCancelled("The download was cancelled. What has been downloaded is kept; the next attempt resumes there.")


def pause(seconds: float, patience: Patience, cancelled: Callable[[], bool]) -> None:
    """Sleep for some seconds, but raise as soon as the user has cancelled."""
    until = patience.clock() + seconds
    check(cancelled)
    while (left := until - patience.clock()) > 0:
        patience.sleep(min(left, _POLL_INTERVAL))
        check(cancelled)


class Backoff:
    """Exponential backoff: waits 1, 2, 4 … seconds between tries of one URL, or as long as the server asks."""

    def __init__(self, patience: Patience, cancelled: Callable[[], bool], tell: Callable[[str], None]) -> None:
        self._patience, self._cancelled, self._tell = patience, cancelled, tell
        self._failures = 0

    def reset(self) -> None:
        """Start counting failures from zero again, because data has arrived since."""
        self._failures = 0

    def wait(self, failure: TransientError) -> None:
        """Wait before the next try. Raises :class:`AddressError` after too many failures, or if the wait would be too long."""
        self._failures += 1
        if self._failures >= self._patience.tries:
            raise AddressError(f"{failure}, {self._failures} times")
        seconds = self._patience.first_wait * 2 ** (self._failures - 1) if failure.wait is None else failure.wait
        if seconds > self._patience.longest_wait:
            raise AddressError(f"{failure}, and asks to wait for {seconds:,.0f} seconds")
        self._tell(f"{failure}; next try in {math.ceil(seconds)} s")
        pause(seconds, self._patience, self._cancelled)


def retry_after(value: str | None) -> float | None:
    """Parse a ``Retry-After`` header, which holds seconds or a date, to seconds; None if there is none.

    >>> retry_after("30")
    30.0
    """
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
    """Reports :class:`TransferProgress` from the bytes that arrive, at most five times a second."""

    def __init__(self, progress: OnProgress | None, total: int | None, clock: Callable[[], float]) -> None:
        self._progress, self._clock = progress, clock
        self.total, self.done, self.what = total, 0, ""
        self._speed: float | None = None
        self._since, self._arrived = clock(), 0

    def start(self, done: int, what: str) -> None:
        """Start measuring, with ``done`` bytes there already."""
        self.done, self._arrived, self._since = done, 0, self._clock()
        self.say(what)

    def add(self, n_bytes: int) -> None:
        self.done += n_bytes
        self._arrived += n_bytes
        passed = self._clock() - self._since
        if passed < _POLL_INTERVAL:
            return
        now, weight = self._arrived / passed, 1 - math.exp(-passed / _SMOOTHING)
        self._speed = now if self._speed is None else self._speed + weight * (now - self._speed)
        self._arrived, self._since = 0, self._clock()
        self.say(self.what)

    def say(self, what: str) -> None:
        self.what = what
        if self._progress is None:
            return
        seconds_left = None
        if self._speed and self.total is not None:
            seconds_left = max(0.0, (self.total - self.done) / self._speed)
        self._progress(TransferProgress(self.done, self.total, self._speed, seconds_left, what))
