"""What the real server answers, whatever a page says: its headers, the addresses that it closes, the names it listens to."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor


def server_of(folder: Path, **more: str) -> Server:
    return Server(folder / "ratings.sqlite3", folder, more=more)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As it is without settings. Nothing is fitted: no page is opened here."""
    server = server_of(tmp_path_factory.mktemp("server"))
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A school's server, which its learning platform embeds."""
    more = {
        "RECSYS_HOSTS": "recs.school.org, localhost",
        "RECSYS_EMBED": "https://moodle.school.org https://wiki.school.org",
        "RECSYS_METRICS": "on",
    }
    server = server_of(tmp_path_factory.mktemp("school"), **more)
    yield server.start()
    server.stop()


def ask(server: Server, path: str, method: str = "GET", host: str = "localhost") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("localhost", server.port, timeout=20)
    connection.request(method, path, headers={"Host": f"{host}:{server.port}"})
    answer = connection.getresponse()
    answer.read()
    return answer


def policy(answer: http.client.HTTPResponse) -> dict[str, str]:
    rules = (rule.strip().partition(" ") for rule in str(answer.getheader("Content-Security-Policy")).split(";"))
    return {name: sources for name, _, sources in rules}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/for_you", 200),
        ("/app/static/icon.png", 200),
        ("/app/static/social.png", 200),
        ("/_stcore/health", 200),
        ("/_stcore/metrics", 404),
        ("/..%2f", 400),
    ],
)
def test_every_answer_has_the_headers(server: Server, path: str, status: int) -> None:
    answer = ask(server, path)
    assert answer.status == status
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert "camera=()" in str(answer.getheader("Permissions-Policy"))
    rules = policy(answer)
    assert rules["default-src"] == rules["frame-ancestors"] == "'self'"
    assert rules["object-src"] == "'none'"
    assert rules["connect-src"] == f"'self' ws://localhost:{server.port} wss://localhost:{server.port}"
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "http" not in " ".join(rules.values())  # nothing from elsewhere


def test_a_host_that_is_no_name_does_not_reach_the_policy(server: Server) -> None:
    assert policy(ask(server, "/", host="a; script-src *"))["connect-src"] == "'self'"


def test_metrics_are_closed_unless_a_setting_opens_them(server: Server, school: Server) -> None:
    assert ask(server, "/_stcore/metrics").status == 404
    assert ask(server, "/_stcore/metrics", "OPTIONS").status == 404
    assert ask(school, "/_stcore/metrics").status == 200


def test_only_the_named_may_embed(school: Server) -> None:
    assert policy(ask(school, "/"))["frame-ancestors"] == "'self' https://moodle.school.org https://wiki.school.org"


def test_only_the_named_hosts_are_answered(school: Server) -> None:
    assert ask(school, "/", host="recs.school.org").status == 200
    foreign = ask(school, "/", host="elsewhere.org")
    assert foreign.status == 400
    assert foreign.getheader("Content-Security-Policy")

    async def connect(host: str) -> None:
        visitor = Visitor(school.port, host=host)
        await visitor.connect()
        await visitor.close()

    loop.run(connect("localhost"))
    with pytest.raises(InvalidStatus):
        loop.run(connect("127.0.0.1"))  # a name that is not in the list


def test_it_listens_to_this_machine_alone_and_says_where(server: Server) -> None:
    assert server.log.read_text().splitlines() == [f"Because You Watched: http://localhost:{server.port}/"]
    assert f"127.0.0.1:{server.port}" in listening()
    assert f"0.0.0.0:{server.port}" not in listening()


def listening() -> set[str]:
    """Addresses on which somebody listens on this machine, IPv4; ``[::]`` counts as 0.0.0.0."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            pytest.skip("only Linux tells who listens")
        for line in Path(table).read_text().splitlines()[1:]:
            address, port = line.split()[1].split(":")
            if line.split()[3] == "0A":
                octets = bytes.fromhex(address[-8:])[::-1] if len(address) == 8 else bytes(4)
                found.add(f"{'.'.join(map(str, octets))}:{int(port, 16)}")
    return found
