"""A random id for each browser, in a cookie: it tells a reload from an address that somebody else has sent.

It opens nothing: the key in the address alone opens ratings. The database keeps which browsers have opened a profile, hashed.
"""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "because_browser"
SECONDS = 400 * 24 * 3600
"""How long a browser keeps it; browsers allow no more."""


def is_browser_id(value: object) -> bool:
    """Whether a cookie's value has the form that this server gives it."""
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9_-]{22}", value))


class BrowserCookie:
    """Sends the cookie with every HTML page that a browser without one opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_browser_id(HTTPConnection(scope).cookies.get(COOKIE)):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    # Lax, not Strict: who follows a link from elsewhere is still the same browser.
                    secure = "; Secure" if scope["scheme"] == "https" else ""
                    value = f"{COOKIE}={secrets.token_urlsafe(16)}"
                    headers.append("Set-Cookie", f"{value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}")
            await send(message)

        await self.app(scope, receive, send_with_cookie)
