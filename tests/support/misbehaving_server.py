"""A small server on this computer that serves given bytes, and misbehaves as it is told to."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

Answer = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; answered by the next answer planned, or :func:`well` when none is left."""

    protocol_version = "HTTP/1.1"
    owner: Server

    def do_GET(self) -> None:
        self.owner.seen.append((self.path, dict(self.headers.items())))
        self.close_connection = True
        answer = self.owner.plan.popleft() if self.owner.plan else self.owner.usual
        with contextlib.suppress(OSError):  # the other end has had enough
            answer(self)

    def log_message(self, format: str, *args: object) -> None:
        pass

    @property
    def content(self) -> bytes | None:
        return self.owner.files.get(self.path.lstrip("/"), self.owner.files.get(urlsplit(self.path).path.lstrip("/")))

    def head(self, code: int, length: int | None = 0, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def asked(self) -> tuple[bytes, int]:
        """The whole content and where to start, headers sent: as a good server answers, ranges and all."""
        content = self.content
        assert content is not None
        range_, condition, etag = self.headers["Range"], self.headers["If-Range"], self.owner.etag
        marks = {"ETag": etag} if etag else {}
        if range_ and condition in {None, etag}:
            start = int(range_.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.head(416, Content_Range=f"bytes */{len(content)}")
                return b"", 0
            self.head(206, len(content) - start, Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}", **marks)
            return content, start
        self.head(200, len(content), **marks)
        return content, 0


class Server:
    """Serves ``files`` (path to bytes) in threads. ``plan`` holds answers to come, ``seen`` the requests that came.

    With ``tls``, a file of a private key and its certificate, it speaks HTTPS.
    """

    def __init__(
        self, files: dict[str, bytes], *, plan: Iterable[Answer] = (), usual: Answer | None = None, tls: Path | None = None
    ) -> None:
        self.files, self.plan, self.usual = files, deque(plan), usual or well
        self.etag = '"one"'
        self.seen: list[tuple[str, dict[str, str]]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Request,), {"owner": self}))
        self._http.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.base = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_address[1]}"
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()

    def url(self, path: str) -> str:
        return f"{self.base}/{path}"

    @property
    def ranges(self) -> list[str | None]:
        """The ``Range`` header of each request."""
        return [headers.get("Range") for _, headers in self.seen]


# --- answers -------------------------------------------------------------------------------------------------------


def well(request: Request) -> None:
    if request.content is None:
        request.head(404)
        return
    content, start = request.asked()
    request.wfile.write(content[start:])


def status(code: int, **headers: str) -> Answer:
    return lambda request: request.head(code, **headers)


def redirect(url: str) -> Answer:
    return status(302, Location=url)


def drop_after(n_bytes: int) -> Answer:
    """Announces everything, sends so much of it, and hangs up."""

    def answer(request: Request) -> None:
        content, start = request.asked()
        request.wfile.write(content[start : start + n_bytes])

    return answer


def slow(n_bytes: int, seconds: float) -> Answer:
    """So many bytes at a time, with a wait after each."""

    def answer(request: Request) -> None:
        content, start = request.asked()
        for at in range(start, len(content), n_bytes):
            request.wfile.write(content[at : at + n_bytes])
            time.sleep(seconds)

    return answer


def silent(seconds: float) -> Answer:
    """Says nothing for so long."""
    return lambda request: time.sleep(seconds)


def other(content: bytes, **headers: str) -> Answer:
    """Something else, as if it were what was asked for."""

    def answer(request: Request) -> None:
        request.head(200, len(content), **headers)
        request.wfile.write(content)

    return answer


def without_range(request: Request) -> None:
    """Everything from the start, whatever range was asked for."""
    content = request.content
    assert content is not None
    request.head(200, len(content))
    request.wfile.write(content)


def without_length(request: Request) -> None:
    content = request.content
    assert content is not None
    request.head(200, None)
    request.wfile.write(content)


def cut_without_length(request: Request) -> None:
    """Half of it, without having said how much there is."""
    content = request.content
    assert content is not None
    request.head(200, None, ETag=request.owner.etag)
    request.wfile.write(content[: len(content) // 2])


def endless(request: Request) -> None:
    request.head(200, None)
    for _ in range(2000):
        request.wfile.write(bytes(2**16))


def wrong_range(request: Request) -> None:
    """Claims to go on, but from another byte."""
    content = request.content
    assert content is not None
    request.head(206, len(content) - 1, Content_Range=f"bytes 1-{len(content) - 1}/{len(content)}")
    request.wfile.write(content[1:])
