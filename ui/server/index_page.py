"""Streamlit's page as it is sent: with this app's name and pictures, and with two scripts before any other: ``history.js``, ``lost.js``."""

from __future__ import annotations

import html
import secrets
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

NAME = "Because You Watched"
PROMISE = "Rate a few shows and movies, and see what to watch next – and why."
SCRIPT = ";".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("history.js", "lost.js"))
STARTED = secrets.token_hex(4)
"""Tells a tab whether it still speaks with the same process."""
PICTURE = "app/static/social.png"
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"range", b"accept-encoding")


class IndexPage:
    """Changes the head of every HTML page on its way out; Streamlit's files stay as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        whole = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in _CONDITIONS]}  # not "unchanged", not a part
        begun: list[Message] = []
        body = bytearray()

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if not MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                    await send(message)
                    return
                begun.append(message)
            elif not begun:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    changed = with_name(body.decode(), address_of(scope)).encode()
                    headers = MutableHeaders(scope=begun[0])
                    for name in ("etag", "last-modified"):
                        del headers[name]
                    headers["Content-Length"] = str(len(changed))
                    await send(begun[0])
                    await send({"type": "http.response.body", "body": changed})

        await self.app(whole, receive, send_changed)


def address_of(scope: Scope) -> str:
    """The address of the app's first page, with a slash at its end; relative where the browser did not say under which name it asked."""
    host, base = Headers(scope=scope).get("host", ""), (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"{scope['scheme']}://{host}/{base + '/' if base else ''}" if host else ""


def with_name(page: str, address: str) -> str:
    """The page with a title, a description, what a message that links to it shows, and the script."""
    title, promise, picture = (html.escape(text, quote=True) for text in (NAME, PROMISE, f"{address}{PICTURE}"))
    remembered = config.get_option("server.disconnectedSessionTTL")
    head = (
        f'<meta name="server" content="{STARTED} {remembered}" /><script>{SCRIPT}</script><meta name="description" content="{promise}" />'
        f'<meta property="og:type" content="website" /><meta property="og:site_name" content="{title}" />'
        f'<meta property="og:title" content="{title}" /><meta property="og:description" content="{promise}" />'
        f'<meta property="og:image" content="{picture}" /><meta property="og:image:width" content="1200" />'
        f'<meta property="og:image:height" content="630" /><meta property="og:image:alt" content="{title}: {promise}" />'
        '<meta name="twitter:card" content="summary_large_image" />'
    )
    page = page.replace("<title>Streamlit</title>", f"<title>{title}</title>", 1)
    return page.replace("<head>", f"<head>{head}", 1)
