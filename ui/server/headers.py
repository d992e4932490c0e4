"""Headers of every HTTP answer: what the browser may load, who may embed the app, and that its address stays secret."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server.index_page import SCRIPT

_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-f:.]+\](:\d+)?", re.ASCII | re.IGNORECASE)
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address may hold the key to a visitor's ratings, where the browser takes no cookies
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Adds the headers. ``embed`` holds the origins whose pages may show the app in a frame, beside its own."""

    def __init__(self, app: ASGIApp, embed: Sequence[str] = ()) -> None:
        self.app = app
        self.policy = _policy(embed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = f"{self.policy}; connect-src {_connections(Headers(scope=scope).get('host', ''))}"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers.update(_FIXED)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _policy(embed: Sequence[str]) -> str:
    """What Streamlit's page needs, and nothing from elsewhere. A browser test opens every page under it."""
    rules = {
        "default-src": "'self'",
        # blob: a component's own script; eval: the taste map's drawing with WebGL compiles what it runs
        "script-src": f"'self' blob: 'unsafe-eval' {' '.join(_inline_scripts())}",
        "style-src": "'self' 'unsafe-inline'",  # styles are written at run time
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(["'self'", *embed]),
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _inline_scripts() -> list[str]:
    """The scripts that stand in the page itself, Streamlit's and this app's, by their digests: no other may."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    scripts = [*_INLINE.findall(page), SCRIPT.encode()]
    return [f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in scripts]


def _connections(host: str) -> str:
    """Only the server itself; older Safari does not count a websocket of the same host as 'self'."""
    return f"'self' ws://{host} wss://{host}" if _HOST.fullmatch(host) else "'self'"
