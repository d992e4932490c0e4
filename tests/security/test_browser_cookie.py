"""The cookie that tells one browser from others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import loop
from ui.server.browser_cookie import COOKIE, SAFE_COOKIE, BrowserCookie, browser_id, is_browser_id

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
    headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    given = [value for name, value in headers if name == "set-cookie" and COOKIE in value]
    assert not given or ("cache-control", "private, no-cache") in headers  # or a cache hands one browser's id to another
    return given


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


def test_who_has_one_keeps_it_for_another_while() -> None:
    again = answer(cookie=f"other=1; {COOKIE}={MINE}")
    assert len(again) == 1
    assert again[0].startswith(f"{COOKIE}={MINE}; ")
    assert "Max-Age=" in again[0]
    assert MINE not in answer(cookie=f"{COOKIE}=made up")[0]


def test_over_https_a_neighbouring_site_cannot_plant_one() -> None:
    """Browsers take a name with this prefix from the host itself alone."""
    fresh = answer(cookie=f"{COOKIE}={MINE}", scheme="https")[0]
    assert fresh.startswith("__Host-")
    assert MINE not in fresh
    assert "Domain" not in fresh
    own = "o" * 22
    assert answer(cookie=f"{COOKIE}={MINE}; {SAFE_COOKIE}={own}", scheme="https")[0].startswith(f"{SAFE_COOKIE}={own}; ")
    assert browser_id({COOKIE: MINE, SAFE_COOKIE: own}) == own
    assert browser_id({COOKIE: MINE}) == MINE
    assert browser_id({SAFE_COOKIE: "x"}) == browser_id({}) == ""


@pytest.mark.parametrize("content_type", ["application/javascript", "application/json", "font/woff2"])
def test_what_is_no_page_gives_none(content_type: str) -> None:
    assert answer(content_type) == []


def test_a_websocket_passes_through() -> None:
    assert answer(kind="websocket") == []


@pytest.mark.parametrize("value", [None, "", "x" * 21, "x" * 23, "x" * 21 + "\n", 5])
def test_what_is_no_id(value: object) -> None:
    assert not is_browser_id(value)
