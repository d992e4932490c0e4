"""The cookie that tells one browser from others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import loop
from ui.server.browser_cookie import COOKIE, BrowserCookie, is_browser_id

MINE = "m" * 22


def answer(content_type: str = "text/html; charset=utf-8", cookie: str = "", scheme: str = "http", kind: str = "http") -> list[str]:
    """Which cookies an answer of this type sets for a browser that sends this cookie."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", content_type.encode()), (b"set-cookie", b"_streamlit_xsrf=1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"page"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {"type": kind, "scheme": scheme, "path": "/", "headers": [(b"cookie", cookie.encode())] if cookie else []}
    loop.run(BrowserCookie(app)(scope, receive, send))
    assert sent[1]["body"] == b"page"
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie" and COOKIE.encode() in value]


def test_a_page_gives_a_browser_its_id() -> None:
    first, second = answer(), answer()
    assert len(first) == len(second) == 1
    name, value = first[0].partition(";")[0].split("=")
    assert name == COOKIE
    assert is_browser_id(value)
    assert first != second
    assert all(word in first[0] for word in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="))
    assert "Secure" not in first[0]
    assert "; Secure" in answer(scheme="https")[0]


def test_who_has_one_keeps_it() -> None:
    assert answer(cookie=f"other=1; {COOKIE}={MINE}") == []
    assert len(answer(cookie=f"{COOKIE}=made up")) == 1


@pytest.mark.parametrize("content_type", ["application/javascript", "application/json", "font/woff2"])
def test_what_is_no_page_gives_none(content_type: str) -> None:
    assert answer(content_type) == []


def test_a_websocket_passes_through() -> None:
    assert answer(kind="websocket") == []


@pytest.mark.parametrize("value", [None, "", "x" * 21, "x" * 23, "x" * 21 + "\n", 5])
def test_what_is_no_id(value: object) -> None:
    assert not is_browser_id(value)
