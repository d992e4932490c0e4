"""Uploads: refused at the server where they are off, and bounded where they are on, whether or not a page asks for a file.

Streamlit takes a file from everybody who has a session, and keeps it in memory until the session ends.
"""

from __future__ import annotations

from collections import Counter

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from ui.server.addresses import core_address

BYTES_PER_FILE = 64 * 1024
"""What a file counts beside its content, so that many empty ones are not free."""
FILES_PER_SESSION = 2
FILES_OF_ALL = 10
"""How many of the largest files one session, and all together, may keep in memory."""


class Uploads:
    """Answers 403 to every upload where none is ``allowed``; else 413 to one too large, 429 where too much is held already."""

    def __init__(self, app: ASGIApp, allowed: bool) -> None:
        self.app = app
        self.allowed = allowed
        self.arriving: Counter[str] = Counter()
        """Bytes by session that are on their way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = core_address(scope["path"]) if scope["type"] == "http" else ""
        if not target.startswith("upload_file") or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            await self.app(scope, receive, send)
            return
        _, session, file_id = (target + "//").split("/", 3)[:3]
        declared = Headers(scope=scope).get("content-length", "")
        size = int(declared) if declared.isdecimal() else _largest()
        if refused := self._refusal(session, size):
            await refused(scope, receive, send)
            return
        self.arriving[session] += size + BYTES_PER_FILE
        try:
            await self.app(scope, receive, send)
        finally:
            self.arriving[session] -= size + BYTES_PER_FILE
            self.arriving = +self.arriving  # forget sessions of which nothing is arriving
            if not runtime.get_instance().is_active_session(session):  # left meanwhile: nobody else would free the file
                _files().remove_file(session, file_id)

    def _refusal(self, session: str, size: int) -> PlainTextResponse | None:
        if not self.allowed:
            return _refuse(403, "This server takes no files (RECSYS_DOWNLOADS is off).")
        if size > _largest():
            megabytes = config.get_option("server.maxUploadSize")
            return _refuse(413, f"The file is larger than the {megabytes} MB that this server takes (RECSYS_UPLOAD_MB).")
        held, one, more = _held() + self.arriving, _largest() + BYTES_PER_FILE, size + BYTES_PER_FILE
        if held[session] + more > FILES_PER_SESSION * one:
            return _refuse(429, "You have uploaded as much as one visitor may. Take a file back, or load the page again.")
        if held.total() + more > FILES_OF_ALL * one:
            return _refuse(429, "Too many files are being uploaded to this server. Try again in a few minutes.")
        return None


def _refuse(status: int, sentence: str) -> PlainTextResponse:
    ends = {"Connection": "close"} if status in (403, 413) else {}  # the file is not read; a page with an uploader never comes to these
    return PlainTextResponse(sentence, status_code=status, headers=ends)


def _largest() -> int:
    """The most bytes of one request, the form around the file included, as Streamlit counts it."""
    return int(config.get_option("server.maxUploadSize")) * 2**20


def _files() -> MemoryUploadedFileManager:
    files = runtime.get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    return files


def _held() -> Counter[str]:
    """Bytes in memory by session."""
    held: Counter[str] = Counter()
    for session, files in list(_files().file_storage.items()):
        held[session] = sum(len(file.data) + BYTES_PER_FILE for file in list(files.values()))
    return held
