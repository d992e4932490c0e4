"""TVmaze's list of shows, page by page until there are no more: stored compressed, resumed and updated at any page."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from recsys_core.datasets.download.partial_file import check_room, locked, write_json
from recsys_core.datasets.download.releases import TVMAZE
from recsys_core.datasets.download.request import ask, host
from recsys_core.datasets.download.retry import (
    AddressError,
    Backoff,
    Cancelled,
    OnProgress,
    Patience,
    Progress,
    TransientError,
    as_question,
    check,
    pause,
)
from recsys_core.errors import DownloadError

STATE = "state.json"
INTERVAL = 0.5
"""Seconds from one call to the next: TVmaze allows 20 in 10 seconds."""
MAX_PAGE_BYTES = 16 * 2**20
"""Unpacked; 250 shows have about 0.4 MB."""
SHOWS_PER_PAGE = 240
"""About: a page holds 250 numbers, and some shows were deleted. Only for guessing the time that is left."""


def download_tvmaze(
    target: Path,
    *,
    base: str = TVMAZE.urls[0],
    update: bool = False,
    progress: OnProgress | None = None,
    cancelled: Cancelled = None,
    patience: Patience | None = None,
) -> Path:
    """Fetch every page of shows to ``target/page-0000.json.gz`` and so on.

    The pages arrive in ``<target>.part``, which takes the name ``target`` when the end of the list was reached: half
    a list is never taken for a data set. A list that was complete before gains the new pages where it is.

    Parameters
    ----------
    base : str
        The address before ``/shows?page=0``.
    update : bool
        Whether to ask for new shows if the list is complete already. Otherwise nothing is asked then.
    progress : callable, optional
        Called after each page, in bytes as stored; the total is unknown, the time left a guess.
    cancelled : callable or threading.Event, optional
        Looked at before each call and while waiting.

    Raises
    ------
    DownloadError
        TVmaze does not answer, or with something else; the disk is full; another process is downloading it.
    DownloadCancelled
    """
    if is_complete(target) and not update:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target), requests.Session() as session:
            work = target if target.exists() else target.with_name(f"{target.name}.part")
            check_room(target.parent, TVMAZE.size)
            work.mkdir(exist_ok=True)
            _Pages(session, work, base, progress, as_question(cancelled), patience or Patience()).run()
            if work != target:
                work.rename(target)
    except OSError as error:  # of the disk: those of the line are dealt with below
        raise DownloadError(f"{target.name} cannot be written to {target.parent} ({error.strerror or error}).") from error
    return target


def is_complete(folder: Path) -> bool:
    """Whether the end of the list was reached, and every page up to there is still in the folder."""
    state = _state(folder)
    last = state.get("last_page")
    return state.get("ended") is True and isinstance(last, int) and last >= 0 and _first_missing(folder) > last


class _Pages:
    """One run through the pages that are missing, and the last that is there: it may have grown since."""

    def __init__(
        self,
        session: requests.Session,
        folder: Path,
        base: str,
        progress: OnProgress | None,
        cancelled: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self.session, self.folder, self.base = session, folder, base
        self.progress, self.cancelled, self.patience = progress, cancelled, patience
        self.started, self.called = patience.clock(), patience.clock() - INTERVAL
        self.n_read = self.n_bytes = 0

    def run(self) -> None:
        ended = is_complete(self.folder)  # a list that is being updated is complete meanwhile, as of the day before
        page = max(0, _first_missing(self.folder) - 1)
        while True:
            shows = self._page(page)
            if shows is None:
                break
            self._store(page, shows)
            write_json(self.folder / STATE, {"last_page": page, "ended": ended, "checked": _now()})
            self.n_read += 1
            self._tell(page, f"{host(self.base)}, page {page + 1} of about {max(page + 1, TVMAZE.titles // SHOWS_PER_PAGE)}")
            page += 1
        if page == 0:
            raise DownloadError(f"TVmaze could not be downloaded ({host(self.base)} has no first page). Try again later.")
        write_json(self.folder / STATE, {"last_page": _first_missing(self.folder) - 1, "ended": True, "checked": _now()})

    def _page(self, number: int) -> list[Any] | None:
        """The shows of a page; None if there is no such page. Raises :class:`DownloadError` if it cannot be had."""
        backoff = Backoff(self.patience, self.cancelled, lambda what: self._tell(number, f"{host(self.base)}: {what}"))
        try:
            while True:
                pause(self.called + INTERVAL - self.patience.clock(), self.patience, self.cancelled)
                self.called = self.patience.clock()
                try:
                    return self._ask(number)
                except TransientError as failure:
                    backoff.wait(failure)
        except AddressError as error:
            raise DownloadError(
                f"TVmaze could not be downloaded from page {number + 1} on ({host(self.base)}: {error}). "
                "Try again later: it goes on from there."
            ) from error

    def _ask(self, number: int) -> list[Any] | None:
        with ask(self.session, f"{self.base}/shows?page={number}", self.patience) as response:
            if response.status_code == 404:
                return None
            if response.status_code != 200:
                raise AddressError(f"answers with HTTP {response.status_code}")
            content = bytearray()
            try:
                for chunk in response.iter_content(2**16):
                    check(self.cancelled)
                    content += chunk
                    if len(content) > MAX_PAGE_BYTES:
                        raise AddressError(f"sends a page of more than {MAX_PAGE_BYTES:,} bytes")
            except requests.RequestException as error:
                raise TransientError("the connection broke") from error
        try:
            shows = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise TransientError("sends something that is not JSON") from error
        if not isinstance(shows, list) or not all(isinstance(show, dict) and isinstance(show.get("id"), int) for show in shows):
            raise TransientError("sends something that is no list of shows")
        return shows

    def _store(self, number: int, shows: list[Any]) -> None:
        file = _file(self.folder, number)
        temporary = file.with_name(f"{file.name}.writing")
        packed = gzip.compress(json.dumps(shows, ensure_ascii=False).encode(), mtime=0)
        with temporary.open("wb") as stream:
            stream.write(packed)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
        self.n_bytes += len(packed)

    def _tell(self, number: int, what: str) -> None:
        if self.progress is None:
            return
        passed = self.patience.clock() - self.started
        left = max(0, TVMAZE.titles // SHOWS_PER_PAGE - number - 1)
        seconds_left = left * passed / self.n_read if self.n_read else None
        self.progress(Progress(self.n_bytes, None, self.n_bytes / passed if passed > 0 else None, seconds_left, what))


def _file(folder: Path, number: int) -> Path:
    return folder / f"page-{number:04d}.json.gz"


def _first_missing(folder: Path) -> int:
    number = 0
    while _file(folder, number).is_file():
        number += 1
    return number


def _state(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
