"""The end of the server: children end, what waits is written, and the process is gone within ten seconds, whatever hangs."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from queue import SimpleQueue
from types import FrameType

from recsys_core.serving.jobs import Jobs
from recsys_core.serving.once import made
from recsys_core.settings import settings
from recsys_core.storage.waiting import n_waiting, write_all

WRITE_SECONDS = 7.5
"""How long to try to write what waits, counted from the signal."""
LAST_SECONDS = 9.0
"""When the process ends although something hangs: a visitor who does not let go, a write that waits for a lock."""
ENDED_BY_SIGTERM = 128 + signal.SIGTERM
SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger("because_you_watched")


class Stopping:
    """Uvicorn closes its door at the signal, then its connections; this sees to the rest."""

    def __init__(self) -> None:
        self._began = 0.0
        self._lock = threading.Lock()
        self._signals = SimpleQueue[int]()

    def listen(self) -> None:
        """Begin with SIGTERM or Ctrl+C, before the server has heard of it."""
        if threading.current_thread() is not threading.main_thread():  # where tests run it
            return
        for number in SIGNALS:
            before = signal.getsignal(number)

            def heard(number: int, frame: FrameType | None, before: object = before) -> None:
                self._signals.put(number)  # a handler may take no locks, and this takes none
                if callable(before):
                    before(number, frame)

            signal.signal(number, heard)
        threading.Thread(target=self._wait, name="the end", daemon=True).start()

    def begin(self) -> None:
        """End the children, and begin to write what waits."""
        with self._lock:
            if self._began:
                return
            self._began = time.monotonic()
        if jobs := made(Jobs, settings().models_folder):
            jobs.cancel()
        write_all(self._left())

    def finish(self) -> None:
        """Write what still waits, now that no visitor is connected, and say what could not be written."""
        self.begin()
        if jobs := made(Jobs, settings().models_folder):
            for job in jobs.running():
                job.join(max(0.0, self._left()))
        _say(write_all(self._left()))

    def _wait(self) -> None:
        self._signals.get()
        threading.Thread(target=self._end_at_last, name="the last second", daemon=True).start()
        self.begin()

    def _left(self) -> float:
        return self._began + WRITE_SECONDS - time.monotonic()

    def _end_at_last(self) -> None:
        time.sleep(LAST_SECONDS)
        try:
            _say(n_waiting())
        finally:
            os._exit(ENDED_BY_SIGTERM)


def _say(left: int) -> None:
    if left:
        _log.error("The server ends, and the database has not taken what visitors said last. They were told so.", extra={"n": left})
    else:
        _log.info("The server ends.")
