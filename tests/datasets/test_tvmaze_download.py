"""TVmaze's pages from a server on this computer: politely, resumed at any page, complete or not taken for a data set."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from recsys_core import load_dataset
from recsys_core.datasets.download import tvmaze as tvmaze_download
from recsys_core.datasets.download.partial_file import locked
from recsys_core.datasets.download.retry import Patience, TransferProgress
from recsys_core.datasets.download.tvmaze import download_tvmaze, is_complete
from recsys_core.errors import DatasetError, DownloadCancelled, DownloadError
from tests.support.misbehaving_server import (
    Answer,
    Request,
    Server,
    drop_after,
    endless,
    other,
    redirect,
    silent,
    status,
    well,
)

Serve = Callable[..., Server]


def page(number: int, n_shows: int = 3) -> bytes:
    more = {"genres": ["Drama"], "summary": "<p>A é.</p>"}
    return json.dumps([{"id": 250 * number + k + 1, "name": f"Show {number}-{k}", **more} for k in range(n_shows)]).encode()


def files(*pages: bytes) -> dict[str, bytes]:
    return {f"shows?page={number}": content for number, content in enumerate(pages)}


THREE = files(page(0), page(1), page(2))


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as running:
        yield lambda *plan, content=THREE, **more: running.enter_context(Server(content, plan=plan, **more))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "tvmaze"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def get(target: Path, server: Server, *, clock: Clock | None = None, **more: Any) -> Path:
    clock = clock or Clock()
    patience = Patience(tries=3, connect=2, silence=0.5, clock=clock, sleep=clock.sleep)
    return download_tvmaze(target, base=server.base, patience=patience, **more)


def asked(server: Server) -> list[int]:
    return [int(path.rpartition("=")[2]) for path, _ in server.seen]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


# --- it arrives ----------------------------------------------------------------------------------------------------


def test_all_pages_until_there_are_no_more(serve: Serve, target: Path):
    server = serve()
    assert get(target, server) == target
    assert asked(server) == [0, 1, 2, 3]
    assert names(target) == ["page-0000.json.gz", "page-0001.json.gz", "page-0002.json.gz", "state.json"]
    assert json.loads(gzip.decompress((target / "page-0001.json.gz").read_bytes())) == json.loads(page(1))
    assert is_complete(target)
    assert names(target.parent) == ["tvmaze"]


def test_it_can_be_read(serve: Serve, target: Path):
    get(target, serve())
    dataset = load_dataset(target)
    assert dataset.n_items == 9
    assert dataset.items["title"][0] == "Show 0-0"


def test_the_real_page(serve: Serve, target: Path, shared_data: Path):
    get(target, serve(content=files((shared_data / "tvmaze" / "shows-page-0.json").read_bytes())))
    assert load_dataset(target).n_items == 240
    assert (target / "page-0000.json.gz").stat().st_size < 120_000


def test_no_more_than_two_calls_a_second(serve: Serve, target: Path):
    clock, times = Clock(), []

    def noted(request: Request) -> None:
        times.append(clock.now)
        well(request)

    get(target, serve(usual=noted), clock=clock)
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(waits) == 3
    assert min(waits) >= 0.5 - 1e-6
    assert max(waits) < 0.6


def test_a_complete_list_is_not_asked_for_again(serve: Serve, target: Path):
    server = serve()
    get(target, server)
    get(target, server)
    assert len(server.seen) == 4


def test_the_progress_is_told(serve: Serve, target: Path):
    told: list[TransferProgress] = []
    get(target, serve(), progress=told.append)
    assert [now.what.split(", ")[1] for now in told] == [f"page {number} of about 345" for number in (1, 2, 3)]
    assert told[-1].done == sum(file.stat().st_size for file in target.glob("page-*"))
    assert told[-1].total is None
    assert told[-1].seconds_left == pytest.approx(342 * 0.5 * 2 / 3, rel=0.01)  # two waits for three pages so far


# --- updates and interruptions -------------------------------------------------------------------------------------


def test_an_update_goes_on_at_the_last_page(serve: Serve, target: Path):
    server = serve()
    get(target, server)
    server.seen.clear()
    server.files = files(page(0), page(1), page(2, 5), page(3))
    get(target, server, update=True)
    assert asked(server) == [2, 3, 4]
    assert load_dataset(target).n_items == 3 + 3 + 5 + 3
    assert json.loads((target / "state.json").read_text(encoding="utf-8"))["last_page"] == 3


def test_an_update_that_breaks_off_leaves_a_complete_list(serve: Serve, target: Path):
    server = serve()
    get(target, server)
    server.files = files(page(0), page(1), page(2, 5), page(3), page(4))
    server.plan.extend([well, well, status(403)])
    with pytest.raises(DownloadError):
        get(target, server, update=True)
    assert is_complete(target)
    assert load_dataset(target).n_items == 3 + 3 + 5 + 3
    get(target, server, update=True)
    assert load_dataset(target).n_items == 3 + 3 + 5 + 3 + 3


def test_an_update_of_a_list_that_lost_its_last_page(serve: Serve, target: Path):
    server = serve()
    get(target, server)
    server.files = files(page(0), page(1))
    get(target, server, update=True)
    assert is_complete(target)
    assert load_dataset(target).n_items == 9


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_what_is_cancelled_is_no_data_set_and_goes_on(serve: Serve, target: Path, stop_after: int, move_folder):
    move_folder("downloads", target.parent)
    server, told = serve(), []
    with pytest.raises(DownloadCancelled, match="the next attempt resumes there"):
        get(target, server, progress=told.append, cancelled=lambda: len(told) >= stop_after)
    assert not is_complete(target)
    assert not target.exists()
    with pytest.raises(DatasetError, match="No data set 'tvmaze'"):
        load_dataset("tvmaze")
    server.seen.clear()
    get(target, server)
    assert asked(server) == [*range(stop_after - 1, 4)]  # the last one may have grown since
    assert load_dataset("tvmaze").n_items == 9


def test_a_folder_without_a_page_is_not_complete(serve: Serve, target: Path):
    server = serve()
    get(target, server)
    (target / "page-0001.json.gz").unlink()
    assert not is_complete(target)
    get(target, server)
    assert is_complete(target)


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"ended": true}', '{"ended": true, "last_page": "2"}', '{"ended": 1, "last_page": 2}'])
def test_a_folder_with_a_strange_state_is_not_complete(serve: Serve, target: Path, state: str):
    get(target, serve())
    (target / "state.json").write_text(state, encoding="utf-8")
    assert not is_complete(target)


def test_no_folder_is_not_complete(tmp_path: Path):
    assert not is_complete(tmp_path / "absent")
    assert not is_complete(tmp_path)


# --- a server that misbehaves --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [status(429), status(500), status(503), drop_after(40), silent(1.0), other(b"<html></html>"), other(b"{}"), other(b"[1]"), other(b"")],
)
def test_trouble_that_passes(serve: Serve, target: Path, bad: Answer):
    server = serve(well, bad, bad)
    get(target, server)
    assert asked(server) == [0, 1, 1, 1, 2, 3]
    assert load_dataset(target).n_items == 9


def test_the_server_is_given_the_time_it_asks_for(serve: Serve, target: Path):
    clock, told = Clock(), []
    get(target, serve(well, status(429, Retry_After="30")), clock=clock, progress=told.append)
    assert clock.now - 1000 == pytest.approx(30 + 3 * 0.5)
    assert any("HTTP 429; next try in 30 s" in now.what for now in told)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (status(429), "answers with HTTP 429, 3 times"),
        (status(503, Retry_After="86400"), "asks to wait for 86,400 seconds"),
        (status(403), "answers with HTTP 403"),
        (drop_after(40), "the connection broke, 3 times"),
        (other(b"<html>log in</html>"), "sends something that is not JSON, 3 times"),
        (other(b'{"error": 1}'), "sends something that is not a list of shows, 3 times"),
        (endless, "sends a page of more than 1,000,000 bytes"),
        (other(gzip.compress(bytes(3_000_000)), Content_Encoding="gzip"), "sends a page of more than 1,000,000 bytes"),
        (other(b"no gzip", Content_Encoding="gzip"), "the connection broke, 3 times"),
        (redirect("http://127.0.0.1:1/"), "no connection, 3 times"),
    ],
)
def test_trouble_that_stays(serve: Serve, target: Path, bad: Answer, sentence: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tvmaze_download, "MAX_PAGE_BYTES", 1_000_000)
    server = serve(well, bad, bad, bad)
    with pytest.raises(DownloadError, match=f"TVmaze could not be downloaded from page 2 on .*{sentence}.*the download resumes there"):
        get(target, server)
    assert not target.exists()
    server.plan.clear()
    get(target, server)
    assert is_complete(target)


def test_no_page_at_all(serve: Serve, target: Path):
    with pytest.raises(DownloadError, match="has no first page"):
        get(target, serve(content={}))
    assert not target.exists()


def test_an_expired_certificate(serve: Serve, certificate: Path, target: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server = serve(tls=certificate)
    with pytest.raises(DownloadError, match=r"its certificate is not valid \(certificate has expired\), so nothing was read"):
        get(target, server)
    assert server.seen == []


def test_two_at_once(serve: Serve, target: Path):
    with locked(target), pytest.raises(DownloadError, match="tvmaze is being downloaded by another process"):
        get(target, serve())


def test_no_half_page_is_stored(serve: Serve, target: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tvmaze_download.os, "fsync", full)
    with pytest.raises(DownloadError, match=r"cannot be written .*No space left"):
        get(target, serve())
    assert not list(target.with_name("tvmaze.part").glob("page-*.json.gz"))
