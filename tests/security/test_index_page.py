"""The page that is sent: its name, what a message that links to it shows, and the one script of ours that runs in it."""

from __future__ import annotations

import base64
import hashlib
import html
import struct
from typing import Any

import pytest

from recsys_core.settings import PROJECT_FOLDER
from tests.support import loop
from ui.server import index_page
from ui.server.headers import SecurityHeaders
from ui.server.index_page import IndexPage

PAGE = b"<!DOCTYPE html><html><head><title>Streamlit</title></head><body></body></html>"


def answer(
    accept: str = "text/html,*/*;q=0.8", content_type: str = "text/html; charset=utf-8", host: str = "recs.school.org", parts: int = 2
) -> tuple[dict[str, str], bytes, dict[bytes, bytes]]:
    """Headers and body that a browser gets, and the headers of the request that Streamlit gets."""
    asked: dict[bytes, bytes] = {}

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        asked.update(scope["headers"])
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(PAGE)).encode()), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        cut = len(PAGE) // parts
        for part in range(parts):
            last = part == parts - 1
            await send({"type": "http.response.body", "body": PAGE[part * cut : None if last else (part + 1) * cut], "more_body": not last})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"accept", accept.encode()), (b"host", host.encode()), (b"if-none-match", b'"1"'), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "scheme": "https", "method": "GET", "path": "/", "headers": headers}
    loop.run(IndexPage(app)(scope, None, send))  # type: ignore[arg-type]
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}, b"".join(part["body"] for part in sent[1:]), asked


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_the_page_is_named_and_has_a_picture_for_links(parts: int) -> None:
    headers, body, asked = answer(parts=parts)
    text = body.decode()
    assert "<title>Because You Watched</title>" in text
    assert 'property="og:title" content="Because You Watched"' in text
    assert 'property="og:image" content="https://recs.school.org/app/static/social.png"' in text
    assert headers["content-length"] == str(len(body))
    assert "etag" not in headers  # of the page as Streamlit has it
    assert b"if-none-match" not in asked  # "unchanged" would leave a browser without the cookie
    assert b"accept-encoding" not in asked


def test_a_host_with_markup_stays_text() -> None:
    _, body, _ = answer(host='"><script>alert(1)</script>')
    assert b"<script>alert" not in body


@pytest.mark.parametrize(("accept", "content_type"), [("*/*", "text/html"), ("text/html", "application/javascript")])
def test_what_is_no_page_passes_as_it_is(accept: str, content_type: str) -> None:
    headers, body, _ = answer(accept, content_type)
    assert body == PAGE
    assert headers["etag"] == '"1"'


def test_the_policy_lets_exactly_this_script_run() -> None:
    _, body, _ = answer()
    script = body.decode().split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in SecurityHeaders(None).policy  # type: ignore[arg-type]


def test_the_picture_is_there_in_the_size_that_the_page_says() -> None:
    content = (PROJECT_FOLDER / "static" / "social.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (1200, 630)
    assert len(content) < 300_000
    assert html.escape(index_page.PROMISE) == index_page.PROMISE
