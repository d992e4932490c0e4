"""A random id for each browser, in a cookie: by it a browser finds its ratings again, and no address has to hold their key.

Whoever has the id has the ratings that this browser has opened: scripts cannot read it, other sites cannot use it, and the database
keeps it hashed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "because_browser"
SAFE_COOKIE = f"__Host-{COOKIE}"
"""Its name over https, where browsers let no neighbouring site of the same domain set it: an id that somebody planted would be shared."""
SECONDS = 400 * 24 * 3600
"""How long a browser keeps it since it was here last; browsers allow no more."""


def is_browser_id(value: object) -> bool:
    """Whether a cookie's value has the form that this server gives it."""
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9_-]{22}", value))


def browser_id(cookies: Mapping[str, str]) -> str:
    """The id among a browser's cookies; empty if there is none."""
    found = cookies.get(SAFE_COOKIE) or cookies.get(COOKIE)
    return str(found) if is_browser_id(found) else ""


class BrowserCookie:
    """Sends the cookie with every HTML page: a new id to a browser without one, to others their own, for another while."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = SAFE_COOKIE if scope["scheme"] == "https" else COOKIE
        known = HTTPConnection(scope).cookies.get(name)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    # Lax, not Strict: who follows a link from elsewhere is still the same browser.
                    secure = "; Secure" if scope["scheme"] == "https" else ""
                    value = f"{name}={known if is_browser_id(known) else secrets.token_urlsafe(16)}"
                    headers.append("Set-Cookie", f"{value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}")
                    headers["Cache-Control"] = "private, no-cache"  # no cache on the way may hand one browser's id to another
            await send(message)

        await self.app(scope, receive, send_with_cookie)
