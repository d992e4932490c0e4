"""What a browser says over the websocket of the real server: nothing of it reaches beyond the visitor's own session."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.exceptions import ConnectionClosed

from tests.support import loop
from tests.support.fits import SharedFit
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor
from ui.server.messages import allowed


@pytest.fixture(scope="module")
def server(showcase_fit: SharedFit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("server")
    showcase_fit.offer(data / "models")
    server = Server(data / "ratings.sqlite3", data, more={"RECSYS_METRICS": "on"})
    yield server.start()
    server.stop()


def times_loaded(server: Server) -> int:
    """How often the wall's order of titles has been made, by the server's own count."""
    with urllib.request.urlopen(f"{server.url}/_stcore/metrics", timeout=20) as answer:
        found = re.search(r'cache_lookups_total\{cache="ui.rate.wall.default_order",\S*result="miss"\} (\d+)', answer.read().decode())
    assert found
    return int(found.group(1))


def test_nobody_empties_the_caches_of_all_and_the_visitor_keeps_on(server: Server) -> None:
    async def visit() -> None:
        async with Visitor(server.port) as visitor:
            first, second = visitor.tiles()[:2]
            await visitor.star(first, 5)
            before = times_loaded(server)
            assert before > 0
            for forbidden in (
                BackMsg(clear_cache=True),
                BackMsg(set_run_on_save=True),
                BackMsg(load_git_info=True),
                BackMsg(debug_shutdown_runtime=True),
                BackMsg(debug_disconnect_websocket=True),
            ):
                await visitor.socket.send(forbidden.SerializeToString())
            await visitor.star(second, 4)
            assert visitor.stars()[first] == 5
            assert visitor.stars()[second] == 4
            assert times_loaded(server) == before

    loop.run(visit())


def of_size(megabytes: int) -> bytes:
    """What a page might say, but for its size."""
    return BackMsg(rerun_script=ClientState(query_string="x" * megabytes * 1_000_000)).SerializeToString()


NOISE = {"noise": b"\xff\xff\xff\xff", "text": "text", "11 MB": of_size(11), "25 MB": of_size(25)}


@pytest.mark.parametrize("said", NOISE.values(), ids=NOISE)
def test_what_is_no_message_ends_the_connection(server: Server, said: bytes | str) -> None:
    async def visit() -> None:
        visitor = Visitor(server.port)
        await visitor.connect()
        with pytest.raises(ConnectionClosed):
            await visitor.socket.send(said)
            await visitor.finished(seconds=20)
        async with Visitor(server.port) as other:  # nobody else notices
            assert other.tiles()

    loop.run(visit())


def test_what_a_page_says_is_allowed_and_nothing_else() -> None:
    assert allowed(BackMsg(app_heartbeat=True))
    assert allowed(BackMsg(stop_script=True))
    assert not allowed(BackMsg())
    for operation, may in (("deferred_file", True), ("dataframe_chunk", True), ("install_skills", False), ("dismiss_skills_nudge", False)):
        message = BackMsg()
        getattr(message.backend_operation_request, operation).SetInParent()
        assert allowed(message) == may
    few, many = BackMsg(), BackMsg()
    few.file_urls_request.file_names.append("ml-1m.zip")
    many.file_urls_request.file_names.extend([""] * 100_000)  # each would become two addresses of 100 letters
    assert allowed(few)
    assert not allowed(many)
