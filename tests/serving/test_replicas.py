"""Two processes of the app and nginx before them, as scripts/replicas.py starts them: a browser stays with its own, and outlives it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from recsys_core.settings import PROJECT_FOLDER
from recsys_core.storage.guesses import PER_ADDRESS
from scripts.replicas import BEGIN, END, STEADY_SECONDS, TEMPLATE, Child, ReplicasError, check_free, main, nginx_conf
from tests.faults.conftest import ONE_THREAD
from tests.storage import postgres
from tests.support import loop
from tests.support.streamlit_visitor import Visitor

SECONDS_AWAY = 5.0
START_SECONDS = 120.0
_PROCESS = re.compile(r"port (\d+) is process (\d+)")


@dataclass
class Replicas:
    """The script as its own process, and what it said."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def ports(self) -> list[int]:
        return [self.port + 1, self.port + 2]

    def pid(self, port: int) -> int:
        """The process that answers at a port now."""
        return {int(port): int(pid) for port, pid in _PROCESS.findall(self.log.read_text())}[port]

    def other(self, port: int) -> int:
        one, two = self.ports
        return two if port == one else one

    async def ready(self, *ports: int) -> None:
        """Wait until each of these ports answers."""
        until = time.monotonic() + START_SECONDS
        for port in ports:
            while not await answers(port):
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                await asyncio.sleep(0.1)


async def answers(port: int) -> bool:
    try:
        return await Visitor(port).ask("GET", "/_stcore/health") == (200, "ok")
    except OSError:
        return False


@pytest.fixture(scope="session")
def nginx() -> str:
    """The program; tests that want it are skipped where there is none, unless ``REQUIRE_NGINX=1``."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        why = "nginx is not installed (apt-get install nginx-light)"
        if os.environ.get("REQUIRE_NGINX") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return found


def free_ports(n: int) -> int:
    """The first of so many neighbouring ports that nobody listens at."""
    for first in range(20_000 + os.getpid() % 10_000, 32_000, n):
        with ExitStack() as probes:
            try:
                for port in range(first, first + n):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise AssertionError("no free ports")


def start(small: tuple[Path, Path], folder: Path, database: str, *more: str) -> Replicas:
    """Start the script on the small data set, and do not wait for it."""
    port = free_ports(3)
    dataset, data = small
    environment = os.environ | ONE_THREAD | {"RECSYS_DATASET": str(dataset), "RECSYS_DATA": str(data), "STREAMLIT_LOGGER_LEVEL": "info"}
    command = [sys.executable, str(PROJECT_FOLDER / "scripts" / "replicas.py"), "--port", str(port), "--database", database, *more]
    log = folder / f"replicas-{port}.log"
    with log.open("wb") as said:
        return Replicas(subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT, cwd=folder), port, log)


def end(replicas: Replicas) -> None:
    replicas.process.terminate()
    try:
        replicas.process.wait(30)
    except subprocess.TimeoutExpired:
        replicas.process.kill()
        raise


@pytest.fixture(scope="module")
def replicas(nginx: str, server: postgres.Server, small: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Two processes on one PostgreSQL database."""
    name = server.new_database()
    started = start(small, tmp_path_factory.mktemp("replicas"), server.url(name, "postgresql"))
    try:
        loop.run(started.ready(*started.ports, started.port))
        yield started
    finally:
        end(started)
    server.drop(name)


async def browser(port: int, **more: str) -> Visitor:
    """A browser that has loaded the first page and is connected."""
    visitor = Visitor(port, **more)
    assert await visitor.load() == 200
    await visitor.open()
    assert not visitor.exceptions()
    return visitor


def given(visitor: Visitor) -> dict[str, int]:
    return {item_id: stars for item_id, stars in visitor.stars().items() if stars}


async def open_again(visitor: Visitor) -> None:
    """Load the page until it is there: what a browser does, by itself or by its visitor's hand."""
    while True:
        try:
            assert await visitor.load() == 200
            await visitor.open()
            return
        except (OSError, InvalidHandshake, ConnectionClosed):
            await asyncio.sleep(0.1)


def test_a_visitor_whose_process_is_killed_goes_on_with_the_other_and_has_lost_nothing(replicas: Replicas) -> None:
    async def visit() -> None:
        visitor = await browser(replicas.port)
        first, second, third, *_ = visitor.tiles()
        own = int(visitor.cookies["replica"])
        await visitor.star(first, 4)
        await visitor.star(second, 2)
        os.kill(replicas.pid(own), signal.SIGKILL)  # the star is answered, the page not loaded again
        killed = time.monotonic()
        with pytest.raises(ConnectionClosed):
            await visitor.rerun()
        again = Visitor(replicas.port, cookies=visitor.cookies)
        await open_again(again)
        assert time.monotonic() - killed < SECONDS_AWAY
        assert int(again.cookies["replica"]) == replicas.other(own)
        assert given(again) == {first: 4, second: 2}
        await again.star(third, 5)

        await replicas.ready(own)  # the script has started it again
        assert await again.load() == 200
        assert int(again.cookies["replica"]) == replicas.other(own)  # where the page is connected
        assert (await again.upload(b"title,stars\n"))[0] == 204
        back = Visitor(replicas.port, cookies=again.cookies | {"replica": str(own)})
        await back.open()
        assert given(back) == {first: 4, second: 2, third: 5}
        for tab in (again, back):
            await tab.close()

    loop.run(visit())


def test_the_log_holds_no_key_and_no_address(replicas: Replicas) -> None:
    async def visit() -> None:
        visitor = Visitor(replicas.port, page="for_you", query="p=" + 22 * "k", headers={"X-Forwarded-For": "203.0.113.9"})
        await visitor.load(f"/?{visitor.query}")
        await visitor.open()
        os.kill(replicas.pid(int(visitor.cookies["replica"])), signal.SIGKILL)
        again = Visitor(replicas.port, cookies=visitor.cookies, headers=visitor.headers)
        await again.load("/?p=" + 22 * "k")
        await replicas.ready(*replicas.ports)

    loop.run(visit())
    said = replicas.log.read_text()
    assert "ended with code -9; it starts again" in said
    assert 22 * "k" not in said
    assert "203.0.113.9" not in said


def test_a_browser_stays_with_its_process_and_new_ones_are_spread(replicas: Replicas) -> None:
    async def visit() -> None:
        await replicas.ready(*replicas.ports)
        visitors = [await browser(replicas.port) for _ in range(6)]
        for visitor in visitors:
            own = visitor.cookies["replica"]
            assert visitor.socket.response is not None
            assert visitor.socket.response.status_code == 101  # the websocket is passed on
            assert visitor.socket.response.headers.get("Set-Cookie") is None  # said once
            for _ in range(3):
                await visitor.load()
                assert visitor.cookies["replica"] == own
            await visitor.close()
        assert {int(visitor.cookies["replica"]) for visitor in visitors} == set(replicas.ports)

    loop.run(visit())


def test_an_upload_goes_to_the_process_that_has_the_page_and_to_no_other(replicas: Replicas) -> None:
    async def visit() -> None:
        await replicas.ready(*replicas.ports)
        visitor = await browser(replicas.port)
        own = visitor.cookies["replica"]
        for number in range(4):
            assert await visitor.upload(b"title,stars\n", f"own-{number}") == (204, "")
        visitor.cookies["replica"] = str(replicas.other(int(own)))
        status, sentence = await visitor.upload(b"title,stars\n")
        assert status == 400
        assert "sticky sessions" in sentence
        statuses = []
        for number in range(4):
            visitor.cookies.pop("replica", None)  # each time as if no proxy had given one
            statuses.append((await visitor.upload(b"title,stars\n", f"none-{number}"))[0])
        assert set(statuses) == {204, 400}
        await visitor.close()

    loop.run(visit())


@pytest.mark.parametrize("made_up", ["8501", "any", "replica_1", "127.0.0.1:1", "x" * 4000])
def test_a_made_up_cookie_leads_nowhere_else(replicas: Replicas, made_up: str) -> None:
    async def visit() -> None:
        visitor = Visitor(replicas.port, cookies={"replica": made_up})
        assert await visitor.load() == 200
        assert int(visitor.cookies["replica"]) in replicas.ports

    loop.run(visit())


def test_behind_a_proxy_for_https_cookies_are_for_https_alone(replicas: Replicas) -> None:
    async def visit() -> None:
        for scheme, app_cookie in (("https", "__Host-because_browser"), ("http", "because_browser")):
            secure = Visitor(replicas.port, headers={"X-Forwarded-Proto": scheme})
            await secure.load()
            assert set(secure.cookies) == {"replica", app_cookie}
            assert all(("; Secure" in cookie) == (scheme == "https") for cookie in secure.set_cookies)

    loop.run(visit())


def test_who_tries_codes_is_stopped_by_address_and_nobody_else(replicas: Replicas) -> None:
    """Through the proxy the app sees the visitor's address, not the proxy's."""

    async def answer(address: str) -> str:
        own = {"replica": str(replicas.ports[0])}
        async with Visitor(replicas.port, page="join", query="room=ZZZZZZ", headers={"X-Forwarded-For": address}, cookies=own) as phone:
            return phone.texts("alert")[0]

    async def visit() -> None:
        await replicas.ready(*replicas.ports)
        first = [await answer("203.0.113.1") for _ in range(PER_ADDRESS + 1)]
        assert first[0] == await answer("203.0.113.2")
        assert first[-1].startswith("Too many wrong codes.")

    loop.run(visit())


def test_a_teachers_room_is_the_same_on_both(replicas: Replicas) -> None:
    async def visit() -> None:
        await replicas.ready(*replicas.ports)
        teacher = Visitor(replicas.port, page="classroom")
        await teacher.load("/classroom")
        await teacher.open()
        await teacher.press("class_open")
        code = re.search(r"room=(\w{6})", teacher.query)
        assert code, teacher.texts("alert")
        own = int(teacher.cookies["replica"])
        for port in replicas.ports:  # a phone on each
            phone = Visitor(replicas.port, page="join", query=f"room={code[1]}", cookies={"replica": str(port)})
            await phone.load(f"/join?room={code[1]}")
            await phone.open()
            await phone.press("room_join")
            assert not phone.exceptions()
            await phone.close()
        there = Visitor(
            replicas.port, page="classroom", query=teacher.query, cookies=teacher.cookies | {"replica": str(replicas.other(own))}
        )
        await there.open()
        for desk in (teacher, there):
            await desk.rerun()
            assert any("2 students" in text for text in desk.texts("html"))
            await desk.close()

    loop.run(visit())


def test_on_one_sqlite_file_both_show_the_same_and_all_end_with_the_script(nginx: str, small: tuple[Path, Path], tmp_path: Path) -> None:
    replicas = start(small, tmp_path, f"sqlite:///{tmp_path / 'ratings.sqlite3'}", "--patience", "8")
    try:
        loop.run(replicas.ready(*replicas.ports, replicas.port))

        async def visit() -> None:
            visitor = await browser(replicas.port)
            first = visitor.tiles()[0]
            await visitor.star(first, 3)
            own = int(visitor.cookies["replica"])
            other = Visitor(replicas.port, cookies=visitor.cookies | {"replica": str(replicas.other(own))})
            await other.open()
            assert given(other) == {first: 3}
            stopped = replicas.pid(own)
            os.kill(stopped, signal.SIGSTOP)  # it takes connections and never answers
            with pytest.raises(ConnectionClosed):  # because the script kills it
                await visitor.rerun()
            await replicas.ready(own)
            assert replicas.pid(own) != stopped
            await other.star(first, 4)

        loop.run(visit())
    finally:
        end(replicas)
    assert replicas.process.returncode == 0
    assert not any(loop.run(answers(port)) for port in (replicas.port, *replicas.ports))


def test_compose_and_the_script_use_the_same_file(nginx: str, tmp_path: Path) -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert nginx_conf("8080", ["app1:8501", "app2:8502"]) == text
    three = nginx_conf("0.0.0.0:9000", [f"127.0.0.1:{port}" for port in (9001, 9002, 9003)])
    assert "app1" not in three
    assert three.partition(BEGIN)[0] == text.partition(BEGIN)[0]
    assert three.partition(END)[2] == text.partition(END)[2].replace("listen 8080;", "listen 0.0.0.0:9000;")
    (tmp_path / "nginx.conf").write_text(three, encoding="utf-8")
    told = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", "stderr"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_a_process_that_cannot_live_is_started_after_pauses_that_grow() -> None:
    child = Child("It", [sys.executable, "-c", ""], dict(os.environ))

    def lived_for(seconds: float) -> None:
        assert child.process is not None
        child.process.wait()
        child.began = time.monotonic() - seconds
        child.look_after()

    child.start()
    for pause in (1.0, 2.0, 4.0):
        lived_for(0.0)
        assert (child.pause, child.resting) == (pause, True)
        child.began -= pause
        child.look_after()
        assert not child.resting
    lived_for(STEADY_SECONDS)
    assert (child.pause, child.resting) == (0.0, False)  # at once
    child.kill()


def test_without_nginx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert main([]) == 1
    assert "nginx was not found. Install it: apt install nginx-light" in capsys.readouterr().err


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ReplicasError, match=rf"Port {port} cannot be used \(Address already in use\)\. Choose another: --port"):
            check_free("127.0.0.1", port)
