"""Download TVmaze's index of shows page by page, compressed; it can be resumed and updated at any page."""

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
    TransferProgress,
    TransientError,
    as_question,
    check,
    pause,
)
from recsys_core.errors import DownloadError

STATE = "state.json"
INTERVAL = 0.5
"""Seconds between two requests; TVmaze allows 20 in 10 seconds."""
MAX_PAGE_BYTES = 16 * 2**20
"""Uncompressed; 250 shows take about 0.4 MB."""
SHOWS_PER_PAGE = 240
"""Approximate number: a page covers 250 ids, some of which were deleted. Used only to estimate the time left."""


def download_tvmaze(
    target: Path,
    *,
    base: str = TVMAZE.urls[0],
    update: bool = False,
    progress: OnProgress | None = None,
    cancelled: Cancelled = None,
    patience: Patience | None = None,
) -> Path:
    """Download every page of shows to ``target/page-0000.json.gz`` and so on.

    The pages are written to ``<target>.part``, which is renamed to ``target`` at the end of the index, so that an
    incomplete index is never mistaken for a data set. If the index is complete already, new pages are added in place.

    Parameters
    ----------
    base : str
        The URL before ``/shows?page=0``.
    update : bool
        Whether to look for new shows if the index is complete already. Otherwise no request is made then.
    progress : callable, optional
        Called after each page, in bytes as stored; the total is unknown, and the time left is an estimate.
    cancelled : callable or threading.Event, optional
        Checked before each request and while waiting.

    Raises
    ------
    DownloadError
        TVmaze does not respond, or not with a page of shows; the disk is full; another process is downloading it.
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
    except OSError as error:  # disk errors; network errors are handled in _Pages
        raise DownloadError(f"{target.name} cannot be written to {target.parent} ({error.strerror or error}).") from error
    return target


def is_complete(folder: Path) -> bool:
    """Tell whether the end of the index was reached, and all its pages are still in the folder."""
    state = _state(folder)
    last = state.get("last_page")
    return state.get("ended") is True and isinstance(last, int) and last >= 0 and _first_missing(folder) > last


class _Pages:
    """Downloads the missing pages, and again the last existing one, because shows may have been added to it."""

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
        ended = is_complete(self.folder)  # an index stays complete, as of its last update, while it is being updated
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
        """Return the shows of a page; None after the last page. Raises :class:`DownloadError` if it cannot be downloaded."""
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
                "Try again later: the download resumes there."
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
            raise TransientError("sends something that is not a list of shows")
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
        self.progress(TransferProgress(self.n_bytes, None, self.n_bytes / passed if passed > 0 else None, seconds_left, what))


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
