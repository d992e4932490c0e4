"""Download one file: resumed after interruptions, verified, and renamed only when complete."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import requests
import urllib3.exceptions

from recsys_core.datasets.download.partial_file import ExpectedFile, Origin, Part, check_room, locked
from recsys_core.datasets.download.request import CertificateError, ask, host
from recsys_core.datasets.download.retry import (
    AddressError,
    Backoff,
    Cancelled,
    Meter,
    OnProgress,
    Patience,
    TransientError,
    as_question,
    check,
)
from recsys_core.errors import DownloadError

CHUNK = 64 * 2**10
ADVANCE = 2**20
"""Bytes after which earlier failures no longer count: a connection that drops now and then is still usable."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def fetch(
    urls: Sequence[str],
    target: Path,
    expected: ExpectedFile,
    *,
    progress: OnProgress | None = None,
    cancelled: Cancelled = None,
    patience: Patience | None = None,
) -> Path:
    """Download a file to ``target`` from the first URL that provides the expected content.

    It is written to ``<target>.part``, which is kept when the connection breaks or the user cancels. The next attempt
    resumes it if the server still has the same version of the file. Certificates are verified; a URL whose certificate
    is not valid is tried last, without verification, and only if the SHA-256 checksum is known, which protects the
    content by itself.

    Parameters
    ----------
    urls : sequence of str
        In the order in which to try them.
    expected : ExpectedFile
        Size and checksums; no more than ``expected.limit`` bytes are read.
    progress : callable, optional
        Called with a :class:`~recsys_core.datasets.download.retry.TransferProgress`.
    cancelled : callable or threading.Event, optional
        Checked between chunks and while waiting.

    Returns
    -------
    Path
        ``target``. If it already holds the expected file, no request is made.

    Raises
    ------
    DownloadError
        No URL provides the file, the disk is full, or another process is downloading it.
    DownloadCancelled
    """
    try:
        if target.is_file() and not expected.fault(target):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target), requests.Session() as session:
            _Transfer(session, Part(target), expected, progress, as_question(cancelled), patience or Patience()).run(urls, target)
    except OSError as error:  # disk errors; network errors are handled in _Transfer
        raise DownloadError(f"{target.name} cannot be written to {target.parent} ({error.strerror or error}).") from error
    return target


class _Transfer:
    """One download: tries the URLs one after another, each with retries."""

    def __init__(
        self,
        session: requests.Session,
        part: Part,
        expected: ExpectedFile,
        progress: OnProgress | None,
        cancelled: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self.session, self.part, self.expected = session, part, expected
        self.cancelled, self.patience = cancelled, patience
        self.meter = Meter(progress, expected.size if expected.exact else None, patience.clock)

    def run(self, urls: Sequence[str], target: Path) -> None:
        check_room(target.parent, self.expected.size - self.part.length)
        failures: dict[str, str] = {}
        begun = self.part.origin()
        # An earlier download can be resumed only from the URL that it came from, so that one is tried first.
        waiting = deque((url, True) for url in sorted(urls, key=lambda url: begun is None or url != begun.url))
        while waiting:
            url, verify = waiting.popleft()
            try:
                self._from(url, verify)
            except CertificateError as error:
                failures[url] = f"{host(url)}: {error}"
                if self.expected.sha256:
                    waiting.append((url, False))
            except AddressError as error:
                failures[url] = f"{host(url)}: {error}"
            else:
                self.part.finish(target)
                return
            self.meter.say(failures[url])
        raise DownloadError(
            f"{target.name} could not be downloaded ({'; '.join(failures.values()) or 'no address is known'}). "
            f"Try again later, or get it by hand in a browser{f' from {urls[0]}' if urls else ''} and give the path of the file."
        )

    def _from(self, url: str, verify: bool) -> None:
        """Read from one URL until the file is complete. Raises :class:`AddressError` if that fails."""
        backoff, furthest = Backoff(self.patience, self.cancelled, self.meter.say), self.part.length
        while True:
            check(self.cancelled)
            try:
                resumed = self._read(url, verify)
            except TransientError as failure:
                if self.part.length >= furthest + ADVANCE:
                    furthest = self.part.length
                    backoff.reset()
                backoff.wait(failure)
                continue
            self.meter.say("checking the file")
            fault = self.expected.fault(self.part.path) if self.part.length else "sends an empty file"
            if not fault:
                return
            self.part.discard()
            if not resumed:
                raise AddressError(f"the file {fault}")
            # Try once more from the start: the resumed part may have belonged to another file.

    def _read(self, url: str, verify: bool) -> bool:
        """Make one request and read it to its end; returns whether it resumed an earlier part."""
        origin = self.part.origin()
        start = self.part.length if origin is not None and origin.url == url else 0
        if origin is not None and start and start == origin.total:
            return True  # the earlier download was interrupted between the last byte and the check
        headers = {"Accept-Encoding": "identity"}
        if origin is not None and start:
            headers |= {"Range": f"bytes={start}-"} | ({"If-Range": origin.validator} if origin.validator else {})
        with ask(self.session, url, self.patience, headers, verify=verify) as response:
            if url.startswith("https:") and not response.url.startswith("https:") and not self.expected.sha256:
                raise AddressError("sends to an address without encryption, so nothing was read from it")
            if start and origin is not None and response.status_code == 206 and _continues(response, start, origin):
                total = origin.total
            elif start and response.status_code in {206, 416}:
                self.part.discard()
                raise TransientError("its file has changed", 0)
            elif response.status_code == 200:
                total, start = _length(response), 0
                self._check_announced(total)
                self.part.begin(Origin(url, _validator(response), total))
            else:
                raise AddressError(f"answers with HTTP {response.status_code}")
            self.meter.total = total if total is not None else self.meter.total
            self.meter.start(start, host(url) + ("" if verify else " (its certificate is not valid: only the checksum protects the file)"))
            self._receive(response, start, total)
        return start > 0

    def _check_announced(self, total: int | None) -> None:
        if total is not None and (total > self.expected.limit or (self.expected.exact and total != self.expected.size)):
            raise AddressError(f"offers a file of {total:,} bytes where {self.expected.size:,} were expected")

    def _receive(self, response: requests.Response, start: int, total: int | None) -> None:
        """Append the body to the part. Raises :class:`TransientError` if it is too short, :class:`AddressError` if too long."""
        position = start
        with self.part.path.open("ab") as file:
            while True:
                check(self.cancelled)
                try:
                    chunk = response.raw.read1(CHUNK, decode_content=False)  # what has arrived, for slow connections
                except urllib3.exceptions.HTTPError as error:
                    raise TransientError("the connection broke") from error
                if not chunk:
                    break
                position += len(chunk)
                if position > self.expected.limit:
                    self.part.discard()
                    raise AddressError(f"sends more than the {self.expected.size:,} bytes of the file")
                file.write(chunk)
                self.meter.add(len(chunk))
        if total is None and self.expected.exact:
            total = self.expected.size
        if total is not None and position < total:
            raise TransientError("the connection broke")


def _continues(response: requests.Response, start: int, origin: Origin) -> bool:
    """Tell whether a response continues the same version of the file, even if the server ignores ``If-Range``."""
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != start:
        return False
    if origin.total is not None and found[2] not in {"*", str(origin.total)}:
        return False
    return not origin.validator or _validator(response) in {"", origin.validator}


def _validator(response: requests.Response) -> str:
    """Return the ETag or the date that identifies this version. Weak ETags are not valid for range requests."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
