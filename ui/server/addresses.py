"""Addresses of Streamlit's own that this app treats otherwise than Streamlit does."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def core_address(path: str) -> str:
    """The part of a path behind ``/_stcore/``, whatever stands before it; empty for any other path."""
    return path.partition("/_stcore/")[2]


class ClosedMetrics:
    """Answers 404 where Streamlit would tell everybody how many visitors there are and what they hold in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and core_address(scope["path"]).startswith("metrics"):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
