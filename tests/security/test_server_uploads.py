"""Uploads to the real server without a page that asks for them: refused where they are off, bounded where they are on."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor

MEGABYTE = 2**20
LARGE = 2 * MEGABYTE - 1000
"""As large as a file may be, with the form around it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """Takes files of up to 2 MB. Nothing is fitted: a session is enough."""
    server = Server(folder / "on.sqlite3", folder, more={"RECSYS_UPLOAD_MB": "2"})
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def closed(folder: Path) -> Iterator[Server]:
    server = Server(folder / "off.sqlite3", folder, more={"RECSYS_DOWNLOADS": "off"})
    yield server.start()
    server.stop()


def ask(server: Server, method: str, session: str, file_id: str, size: int, sent: bool = True) -> tuple[int, str]:
    """Status and sentence; with ``sent=False`` the file is announced and never sent."""
    edge = "edge"
    start = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n'.encode()
    end = f"\r\n--{edge}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Content-Length": str(len(start) + size + len(end)),
    }
    connection = http.client.HTTPConnection("localhost", server.port, timeout=20)
    connection.request("GET", "/_stcore/health")  # gives the cookie against forged requests
    answer = connection.getresponse()
    answer.read()
    cookie = str(answer.getheader("Set-Cookie", "")).partition(";")[0]
    if cookie.startswith("_streamlit_xsrf="):
        headers |= {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2].strip('"')}
    connection.putrequest(method, f"/_stcore/upload_file/{session}/{file_id}")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(start + bytes(size) + end if sent else None)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_server_without_uploads_refuses_before_a_byte_of_the_file_is_read(closed: Server) -> None:
    async def visit() -> None:
        visitor = Visitor(closed.port)
        await visitor.open()
        for method in ("PUT", "POST", "PATCH"):
            status, sentence = await asyncio.to_thread(ask, closed, method, visitor.session_id, "a", 100 * MEGABYTE, False)
            assert status == 403
            assert sentence == "This server takes no files (RECSYS_DOWNLOADS is off)."
        await visitor.close()

    loop.run(visit())


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    status, sentence = ask(server, "PUT", "any", "a", 200 * MEGABYTE, sent=False)
    assert status == 413
    assert sentence == "The file is larger than the 2 MB that this server takes (RECSYS_UPLOAD_MB)."


def test_nobody_without_a_session_uploads(server: Server) -> None:
    assert ask(server, "PUT", "made-up", "a", 10)[0] == 400


async def put(server: Server, session: str, names: Iterable[str], size: int) -> list[tuple[int, str]]:
    return [await asyncio.to_thread(ask, server, "PUT", session, name, size) for name in names]


async def take_back(server: Server, session: str, names: Iterable[str]) -> None:
    for name in names:
        assert (await asyncio.to_thread(ask, server, "DELETE", session, name, 0))[0] == 204


def test_a_session_holds_two_files_and_gets_room_again(server: Server) -> None:
    async def visit() -> None:
        async with Visitor(server.port) as visitor:
            session = visitor.session_id
            (first, _), (second, _), (third, sentence) = await put(server, session, "abc", LARGE)
            assert (first, second, third) == (204, 204, 429)
            assert sentence.startswith("You have uploaded as much as one visitor may.")
            await take_back(server, session, "a")
            assert await put(server, session, "c", LARGE) == [(204, "")]
            await take_back(server, session, "bc")

    loop.run(visit())


def test_empty_files_are_not_free(server: Server) -> None:
    async def visit() -> None:
        async with Visitor(server.port) as visitor:
            names = [str(number) for number in range(80)]
            answers = await put(server, visitor.session_id, names, 0)
            assert answers[0][0] == 204
            assert answers[-1][0] == 429
            await take_back(server, visitor.session_id, names)

    loop.run(visit())


def test_all_sessions_together_hold_ten_files(server: Server) -> None:
    async def visit() -> None:
        async with AsyncExitStack() as here:
            sessions = [(await here.enter_async_context(Visitor(server.port))).session_id for _ in range(6)]
            answers = [answer for session in sessions for answer in await put(server, session, "ab", LARGE)]
            assert [status for status, _ in answers] == 10 * [204] + 2 * [429]
            assert answers[-1][1].startswith("Too many files are being uploaded to this server.")

    loop.run(visit())
