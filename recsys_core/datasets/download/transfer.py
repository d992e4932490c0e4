"""One file from the web, whole and right or not at all: resumed where it broke off, verified, then renamed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import requests
import urllib3.exceptions

from recsys_core.datasets.download.partial_file import Origin, Part, Wanted, check_room, locked
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
"""Bytes that must have arrived since the last failure for it to be forgotten: a line that drops now and then is no dead one."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def fetch(
    urls: Sequence[str],
    target: Path,
    *,
    size: int,
    exact: bool = True,
    sha256: str = "",
    md5: str = "",
    progress: OnProgress | None = None,
    cancelled: Cancelled = None,
    patience: Patience | None = None,
) -> Path:
    """Download a file to ``target``, from the first address that gives the right one.

    It is written to ``<target>.part``, which is kept when the line breaks or the user cancels, and is gone on with if
    the server still has the same version of the file. Certificates are verified; an address whose certificate is not
    valid is asked last, without that check, and only if ``sha256`` is given, which protects the content by itself.

    Parameters
    ----------
    size : int
        Bytes; an estimate unless ``exact``. More than that (half as much again for an estimate) is never read.
    sha256, md5 : str
        Checksums in hexadecimal, ``""`` if unknown.
    progress : callable, optional
        Called with a :class:`~recsys_core.datasets.download.retry.Progress`.
    cancelled : callable or threading.Event, optional
        Looked at between chunks and while waiting.

    Returns
    -------
    Path
        ``target``, which holds the file with these checksums. If it did before, nothing is asked of anybody.

    Raises
    ------
    DownloadError
        No address gives the file, the disk is full, or another process is downloading it.
    DownloadCancelled
    """
    wanted = Wanted(size, exact, sha256, md5)
    try:
        if target.is_file() and not wanted.fault(target):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target), requests.Session() as session:
            _Transfer(session, Part(target), wanted, progress, as_question(cancelled), patience or Patience()).run(urls, target)
    except OSError as error:  # of the disk: those of the line are dealt with below
        raise DownloadError(f"{target.name} cannot be written to {target.parent} ({error.strerror or error}).") from error
    return target


class _Transfer:
    """One download: the addresses one after the other, each with its tries."""

    def __init__(
        self,
        session: requests.Session,
        part: Part,
        wanted: Wanted,
        progress: OnProgress | None,
        cancelled: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self.session, self.part, self.wanted = session, part, wanted
        self.cancelled, self.patience = cancelled, patience
        self.meter = Meter(progress, wanted.size if wanted.exact else None, patience.clock)

    def run(self, urls: Sequence[str], target: Path) -> None:
        check_room(target.parent, self.wanted.size - self.part.length)
        failures: dict[str, str] = {}
        begun = self.part.origin()
        # First the address that a part of an earlier download is from: only there can it be gone on with.
        waiting = deque((url, True) for url in sorted(urls, key=lambda url: begun is None or url != begun.url))
        while waiting:
            url, verify = waiting.popleft()
            try:
                self._from(url, verify)
            except CertificateError as error:
                failures[url] = f"{host(url)}: {error}"
                if self.wanted.sha256:
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
        """Read from one address until the part is the whole file. Raises :class:`AddressError` if it will not be."""
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
            fault = self.wanted.fault(self.part.path) if self.part.length else "sends an empty file"
            if not fault:
                return
            self.part.discard()
            if not resumed:
                raise AddressError(f"the file {fault}")
            # Otherwise once more from the start: what was there before may have been of another file.

    def _read(self, url: str, verify: bool) -> bool:
        """One request, read to its end; whether the part of an earlier one was gone on with."""
        origin = self.part.origin()
        start = self.part.length if origin is not None and origin.url == url else 0
        if origin is not None and start and start == origin.total:
            return True  # it broke off between the last byte and the check
        headers = {"Accept-Encoding": "identity"}
        if origin is not None and start:
            headers |= {"Range": f"bytes={start}-"} | ({"If-Range": origin.validator} if origin.validator else {})
        with ask(self.session, url, self.patience, headers, verify=verify) as response:
            if url.startswith("https:") and not response.url.startswith("https:") and not self.wanted.sha256:
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
        if total is not None and (total > self.wanted.limit or (self.wanted.exact and total != self.wanted.size)):
            raise AddressError(f"offers a file of {total:,} bytes where {self.wanted.size:,} were expected")

    def _receive(self, response: requests.Response, start: int, total: int | None) -> None:
        """Append the body to the part. Raises :class:`TransientError` if it ends too early, :class:`AddressError` if too late."""
        position = start
        with self.part.path.open("ab") as file:
            while True:
                check(self.cancelled)
                try:
                    chunk = response.raw.read1(CHUNK, decode_content=False)  # what has arrived, not a full chunk: slow lines
                except urllib3.exceptions.HTTPError as error:
                    raise TransientError("the connection broke") from error
                if not chunk:
                    break
                position += len(chunk)
                if position > self.wanted.limit:
                    self.part.discard()
                    raise AddressError(f"sends more than the {self.wanted.size:,} bytes of the file")
                file.write(chunk)
                self.meter.add(len(chunk))
        if position < (total if total is not None else self.wanted.size if self.wanted.exact else 0):
            raise TransientError("the connection broke")


def _continues(response: requests.Response, start: int, origin: Origin) -> bool:
    """Whether an answer is the rest of the same version of the file, also of servers that ignore ``If-Range``."""
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != start:
        return False
    if origin.total is not None and found[2] not in {"*", str(origin.total)}:
        return False
    return not origin.validator or _validator(response) in {"", origin.validator}


def _validator(response: requests.Response) -> str:
    """The server's mark of this version. A weak ETag may not be used for parts; the date of the last change may."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _length(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
