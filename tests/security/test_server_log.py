"""The server's log, attacked: whatever visitors do, no line of it holds what is theirs."""

from __future__ import annotations

import http.client
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.proto.Common_pb2 import FileUploaderState, UploadedFileInfo

from recsys_core.storage.profiles import hashed
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store
from tests.faults.acts import saved, saving
from tests.faults.conftest import ONE_THREAD
from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor
from ui.server import logs
from ui.server.browser_cookie import COOKIE
from ui.session.classroom import key_of

BROWSER, GUESSED, ADDRESS = "Browser_of-somebody-01", "Guessed_Key-0123456789", "203.0.113.99"
HEADERS = {"Cookie": f"{COOKIE}={BROWSER}", "X-Forwarded-For": ADDRESS}


def ask(server: Server, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("localhost", server.port, timeout=20)
    connection.request(method, path, body, headers=headers or {})
    answer = connection.getresponse()
    answer.read()
    return answer


def bring(server: Server, visitor: Visitor, content: bytes) -> FileUploaderState:
    """Upload a file as the page does; what the page then tells of it."""
    cookie = str(ask(server, "GET", "/_stcore/health").getheader("Set-Cookie", "")).partition(";")[0]
    form = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="mine.csv"\r\n\r\n' + content + b"\r\n--edge--\r\n"
    told = {"Content-Type": "multipart/form-data; boundary=edge", "Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2].strip('"')}
    assert ask(server, "PUT", f"/_stcore/upload_file/{visitor.session_id}/file-1", form, told).status == 204
    return FileUploaderState(uploaded_file_info=[UploadedFileInfo(file_id="file-1", name="mine.csv", size=len(content))])


async def attack(server: Server) -> list[str]:
    """Everything that could bring something into the log; what must not stand there."""
    secrets = [BROWSER, hashed(BROWSER), GUESSED, ADDRESS, "127.0.0.1", "::1", "Title", "mine.csv", "file-1", "?"]
    store = Store(server.database_url)
    async with Visitor(server.port, headers=HEADERS) as visitor:  # a click, a broken one, one that has to wait
        secrets.append(visitor.session_id)
        first, second, third, *_ = visitor.tiles()
        await visitor.star(first, 5)
        await visitor.set(f"_stars_wall_{second}", "string_value", "Title 7 is worth 99 stars")
    async with Visitor(server.port, headers=HEADERS) as visitor:
        secrets.append(visitor.session_id)
        with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await visitor.star(third, 4)
            assert saving(visitor)
            other.execute("ROLLBACK")
        await visitor.until(saved, 40)
        mine = store.opened(BROWSER)
        assert len(mine) == 1
        secrets += [*mine, hashed(mine[0])]
    async with Visitor(server.port) as visitor:  # of a browser without cookies: the address holds the key
        await visitor.star(visitor.tiles()[0], 2)
        await visitor.go("data")  # an import
        brought = bring(server, visitor, b"Title,Year,Rating\nTitle 5,1985,4\nTitle nowhere,1,77\n")
        await visitor.set("bring_0", "file_uploader_state_value", brought)
        secrets += [visitor.session_id, visitor.key]
        await visitor.socket.send(b"\xff" + mine[0].encode())  # no message of this protocol
    for query in (f"p={GUESSED}", f"p={mine[0]}", "p=%3Cscript%3E", f"p={GUESSED}&d=../../etc&lesson={GUESSED}&r={GUESSED}"):
        for page in ("", "join", "learn", "for_you"):
            async with Visitor(server.port, query=query, page=page) as visitor:
                secrets.append(visitor.session_id)
    rooms, made = Rooms(store), list[str]()

    def teacher(code: str) -> str:
        made.append(key_of(BROWSER, "teacher", code))
        return made[-1]

    code = rooms.open(teacher, server.dataset, ["1", "2"])
    async with Visitor(server.port, query=f"room={code}", page="classroom", headers=HEADERS) as visitor:
        secrets.append(visitor.session_id)
    async with Visitor(server.port, query=f"room={code}&me={GUESSED}", page="join") as phone:
        await phone.press("room_join")
        await phone.set(f"_room_{code}_0", "string_value", "99")
    secrets += [made[-1], hashed(made[-1])]
    for path in (f"/?p={mine[0]}", f"/{mine[0]}/%00", f"/_stcore/{GUESSED}?p={mine[0]}", f"/app/static/{GUESSED}", f"/media/{GUESSED}"):
        ask(server, "GET", path, headers=HEADERS)
    ask(server, "PUT", f"/_stcore/upload_file/{GUESSED}/{mine[0]}", b"x", HEADERS)
    ask(server, "GET", "/", headers={"Host": f"{GUESSED}.example?p={mine[0]}"})
    return [secret for secret in secrets if secret]


@pytest.fixture(scope="module", params=["json", "text"])
def attacked(
    request: pytest.FixtureRequest, small: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[str], list[str]]]:
    """The format, the lines of the log, and what must not stand in them."""
    database = tmp_path_factory.mktemp("log") / "ratings.sqlite3"
    more = ONE_THREAD | {"RECSYS_LOG": request.param, "RECSYS_METRICS": "on"}
    server = Server(database, small[1], str(small[0]), more).start()
    try:
        secrets = loop.run(attack(server))
    finally:
        server.stop()
    yield request.param, server.log.read_text(encoding="utf-8").splitlines(), secrets


def test_nothing_of_a_visitor_stands_in_it(attacked: tuple[str, list[str], list[str]]) -> None:
    how, lines, secrets = attacked
    if how == "text":
        assert lines[0].startswith("Because You Watched: http://localhost:")
        lines = lines[1:]
    assert lines
    assert not [(secret, line) for secret in secrets for line in lines if secret in line]


def test_it_says_what_happened(attacked: tuple[str, list[str], list[str]]) -> None:
    how, lines, _ = attacked
    assert any("What visitors say waits to be stored. The database of ratings cannot be used: database is locked" in line for line in lines)
    assert any("Nothing waits to be stored any more." in line for line in lines)
    failed = [line for line in lines if "ValueError" in line]
    assert failed
    assert re.search(r"\.py:\d+ \w+", failed[0])
    if how == "text":
        assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* (warning|error) [\w.]+: ", line) for line in lines[1:])
        return
    events = [json.loads(line) for line in lines]
    assert {tuple(event)[:4] for event in events} == {("time", "level", "logger", "event")}
    assert (events[0]["event"], events[-1]["event"]) == ("The server begins.", "The server ends.")
    runs = [event for event in events if event["event"] == "run"]
    assert {"rate", "data", "join", "classroom"} <= {event.get("page", "") for event in runs}
    assert all(event["ms"] > 0 and event["level"] == "info" for event in runs)


def raised(words: str) -> BaseException:
    try:
        try:
            raise KeyError(words)
        except KeyError as cause:
            raise ValueError(words) from cause
    except ValueError as error:
        return error


@pytest.mark.parametrize("form", [logs.JsonLines(), logs.Text()], ids=["json", "text"])
def test_an_error_is_told_by_its_kind_and_place_and_not_by_its_words(form: logging.Formatter) -> None:
    error = raised("Heat (1995)")
    record = logging.LogRecord("a.logger", logging.ERROR, "file.py", 1, "It\nfailed: %d", (7,), (type(error), error, error.__traceback__))
    line = form.format(record)
    assert "\n" not in line
    assert "Heat" not in line
    assert "ValueError from KeyError" in line
    assert "tests/security/test_server_log.py:" in line
    assert "It failed: 7" in line


@pytest.mark.parametrize(
    "secret",
    [
        GUESSED,
        hashed(GUESSED),
        "0b0e4c0e-3b0a-4c0e-9d6b-0b0e4c0e3b0a",
        "192.0.2.7",
        "2001:db8::7",
        "2001:db8:0:1:2:3:4:7",
        "fe80::1",
        "::ffff:192.0.2.7",
        "?p=short&r=1:5",
    ],
)
def test_what_is_hidden(secret: str) -> None:
    for words in ("{}", "GET /for_you{} 200", "from ('{}', 5000)", "[{}]:5000", "/media/{}.png", "p={}&d=1", '"{}"', "x\n{}\n"):
        if words.partition("{}")[0][-1:].isalnum() and not secret.startswith("?"):
            continue  # in the middle of a word
        assert secret not in logs.clean(words.format(secret))


def test_what_is_no_secret_stays() -> None:
    for words in ("At 12:30:59 3 of 4 fits, 1.67.0: why? Because.", "recsys_core.storage.waiting", "/srv/app/data/models, 10:20"):
        assert logs.clean(words) == words
