"""One file from servers that misbehave: it arrives whole and right, or not at all, with a sentence that says why."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recsys_core.datasets.download import partial_file as partial
from recsys_core.datasets.download import transfer
from recsys_core.datasets.download.partial_file import ExpectedFile, locked
from recsys_core.datasets.download.retry import Meter, Patience, TransferProgress, retry_after
from recsys_core.datasets.download.transfer import fetch
from recsys_core.errors import DownloadCancelled, DownloadError
from tests.support.misbehaving_server import (
    Answer,
    Server,
    cut_without_length,
    drop_after,
    endless,
    other,
    redirect,
    silent,
    slow,
    status,
    well,
    without_length,
    without_range,
    wrong_range,
)

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()
QUICK = Patience(tries=3, first_wait=0.01, longest_wait=5, connect=2, silence=0.5)
Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers of ``file.zip`` that answer as planned, and as usual after that."""
    with ExitStack() as running:
        yield lambda *plan, content=CONTENT, **more: running.enter_context(Server({"file.zip": content}, plan=plan, **more))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "file.zip"


def get(target: Path, *servers: Server, **more: Any) -> Path:
    own = {name: more.pop(name) for name in ("size", "exact", "sha256", "md5") if name in more}
    expected = {"size": len(CONTENT), "sha256": SHA256} | own
    return fetch([server.url("file.zip") for server in servers], target, ExpectedFile(**expected), **({"patience": QUICK} | more))


def arrived(target: Path) -> bool:
    """Whether the right file is there, alone."""
    return [file.name for file in target.parent.iterdir()] == [target.name] and target.read_bytes() == CONTENT


def fails(sentence: str, target: Path, *servers: Server, **more: Any) -> None:
    with pytest.raises(DownloadError, match=sentence) as caught:
        get(target, *servers, **more)
    assert not target.exists()
    assert not list(target.parent.glob(".*.lock"))
    assert "\n" not in str(caught.value)


def kept(target: Path) -> bytes:
    part = target.with_name("file.zip.part")
    return part.read_bytes() if part.exists() else b""


# --- it arrives ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [well, slow(100_000, 0.02), without_range, without_length], ids=lambda answer: answer.__name__)
def test_it_arrives(serve: Serve, target: Path, answer: Answer):
    assert get(target, serve(answer)) == target
    assert arrived(target)


def test_what_is_there_is_not_asked_for_again(serve: Serve, target: Path):
    server = serve()
    get(target, server)
    get(target, server)
    assert len(server.seen) == 1


def test_a_wrong_file_that_is_there_stays_until_the_right_one_has_come(serve: Serve, target: Path):
    target.parent.mkdir()
    target.write_bytes(b"my own")
    with pytest.raises(DownloadError):
        get(target, serve(usual=status(404)))
    assert target.read_bytes() == b"my own"
    get(target, serve())
    assert arrived(target)


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_an_error_that_passes(serve: Serve, target: Path, code: int):
    server = serve(status(code), status(code))
    get(target, server)
    assert arrived(target)
    assert len(server.seen) == 3


def test_a_redirect_is_followed_with_its_range(serve: Serve, target: Path):
    elsewhere = serve(drop_after(100_000))
    server = serve(usual=redirect(elsewhere.url("file.zip")))
    get(target, server)
    assert arrived(target)
    assert elsewhere.ranges == [None, "bytes=100000-"]


def test_a_silent_server_is_asked_again(serve: Serve, target: Path):
    server = serve(silent(1.0))
    get(target, server)
    assert arrived(target)
    assert len(server.seen) == 2


def test_an_estimated_size(serve: Serve, target: Path):
    get(target, serve(), size=250_000, exact=False, sha256="", md5=MD5)
    assert arrived(target)


# --- other addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad", [status(404), status(403), status(301), other(b"<html>log in</html>"), other(CONTENT[:-1] + b"?"), endless, status(503)]
)  # fmt: skip
def test_the_next_address_is_tried(serve: Serve, target: Path, bad: Answer):
    first, second = serve(usual=bad), serve()
    get(target, first, second)
    assert arrived(target)
    assert second.ranges == [None]


def test_nobody_listens_at_the_first_address(serve: Serve, target: Path):
    with Server({}) as closed:
        pass
    get(target, closed, serve())
    assert arrived(target)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            status(404),
            r"file\.zip could not be downloaded \(127\.0\.0\.1:\d+: answers with HTTP 404\)\. Try again later, or",
        ),
        (status(500), "answers with HTTP 500, 3 times"),
        (other(b"<html></html>"), r"offers a file of 13 bytes where 300,000 were expected"),
        (other(CONTENT[:-1] + b"?"), "the file does not match the published SHA-256 checksum"),
        (endless, "sends more than the 300,000 bytes of the file"),
        (drop_after(0), "the connection broke, 3 times"),
        (silent(1.0), "no answer, 3 times"),
        (redirect("http://127.0.0.1:1/"), "no connection, 3 times"),
        (redirect("ftp://127.0.0.1/x"), "cannot be asked"),
        (status(429, Retry_After="3600"), "answers with HTTP 429, and asks to wait for 3,600 seconds"),
    ],
)
def test_every_address_fails(serve: Serve, target: Path, answer: Answer, sentence: str):
    fails(sentence, target, serve(usual=answer))
    assert kept(target) == b""


def test_all_failures_are_told(serve: Serve, target: Path):
    fails(r"HTTP 404; 127\.0\.0\.1:\d+: answers with HTTP 403\)", target, serve(usual=status(404)), serve(usual=status(403)))


@pytest.mark.parametrize("sums", [{"sha256": "0" * 64}, {"sha256": "", "md5": "0" * 32}, {"sha256": SHA256, "md5": "0" * 32}])
def test_each_checksum_counts(serve: Serve, target: Path, sums: dict[str, str]):
    server = serve()
    fails("published (SHA-256|MD5) checksum", target, server, **sums)
    assert kept(target) == b""
    assert len(server.seen) == 1


def test_no_more_than_an_estimate_allows(serve: Serve, target: Path):
    fails("offers a file of 300,000 bytes where 100,000 were expected", target, serve(), size=100_000, exact=False)
    fails("sends more than the 100,000 bytes", target, serve(without_length), size=100_000, exact=False)


def test_no_address_at_all(target: Path):
    fails("no address is known", target)


# --- resuming ------------------------------------------------------------------------------------------------------


def test_a_broken_line_is_gone_on_with(serve: Serve, target: Path):
    server = serve(drop_after(100_000), drop_after(50_000))
    get(target, server)
    assert arrived(target)
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert [headers.get("If-Range") for _, headers in server.seen] == [None, '"one"', '"one"']


def test_the_next_run_goes_on(serve: Serve, target: Path):
    server = serve(drop_after(100_000))
    fails("the connection broke", target, server, patience=Patience(tries=1, silence=1))
    assert kept(target) == CONTENT[:100_000]
    server.seen.clear()
    get(target, serve(), server)  # the address that the part is from comes first
    assert arrived(target)
    assert server.ranges == ["bytes=100000-"]


def test_half_a_file_without_a_length_is_gone_on_with(serve: Serve, target: Path):
    server = serve(cut_without_length)
    get(target, server)
    assert arrived(target)
    assert server.ranges == [None, "bytes=150000-"]


def begun(server: Server, target: Path, n_bytes: int = 100_000) -> None:
    server.plan.appendleft(drop_after(n_bytes))
    fails("the connection broke", target, server, patience=Patience(tries=1, silence=1))
    server.seen.clear()


def test_another_version_of_the_file_is_not_glued_to_the_part(serve: Serve, target: Path):
    server = serve(content=CONTENT[::-1])
    begun(server, target)
    server.files, server.etag = {"file.zip": CONTENT}, '"two"'
    get(target, server)
    assert arrived(target)
    assert len(server.seen) == 1  # If-Range told the server to send all of it


def test_nor_by_a_server_that_ignores_if_range(serve: Serve, target: Path):
    server = serve(content=CONTENT[::-1])
    begun(server, target)
    server.files, server.etag = {"file.zip": CONTENT}, '"two"'

    def ignores(request: Any) -> None:
        del request.headers["If-Range"]
        well(request)

    server.usual = ignores
    get(target, server, sha256="")  # no checksum would tell
    assert arrived(target)
    assert server.ranges == ["bytes=100000-", None]


def test_nor_is_it_believed_when_the_server_has_no_mark(serve: Serve, target: Path):
    server = serve(content=CONTENT[::-1])
    server.etag = ""
    begun(server, target)
    server.files = {"file.zip": CONTENT}
    get(target, server)
    assert arrived(target)
    assert server.ranges == ["bytes=100000-", None]  # the checksum was wrong, so once more from the start


@pytest.mark.parametrize("answer", [without_range, wrong_range, status(416), status(206)], ids=["200", "elsewhere", "416", "no header"])
def test_a_range_that_is_not_honoured(serve: Serve, target: Path, answer: Answer):
    server = serve()
    begun(server, target)
    server.plan.append(answer)
    get(target, server)
    assert arrived(target)


def test_the_part_of_another_address_is_not_gone_on_with(serve: Serve, target: Path):
    first, second = serve(), serve()
    begun(first, target)
    first.usual = status(404)
    get(target, first, second)
    assert arrived(target)
    assert second.ranges == [None]


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"url": 1, "validator": 2, "total": "x"}'])
def test_a_part_without_a_note_is_not_trusted(serve: Serve, target: Path, note: str):
    server = serve()
    begun(server, target)
    target.with_name("file.zip.part.json").write_text(note, encoding="utf-8")
    get(target, server)
    assert arrived(target)
    assert server.ranges == [None]


def test_a_part_that_is_whole_is_only_checked(serve: Serve, target: Path):
    server = serve()
    begun(server, target)
    target.with_name("file.zip.part").write_bytes(CONTENT)
    get(target, server)
    assert arrived(target)
    assert server.seen == []


def test_a_part_that_is_too_long(serve: Serve, target: Path):
    server = serve()
    begun(server, target)
    target.with_name("file.zip.part").write_bytes(CONTENT + b"more")
    get(target, server)
    assert arrived(target)


def test_drops_are_forgotten_while_it_advances(serve: Serve, target: Path, monkeypatch: pytest.MonkeyPatch):
    server = serve(usual=drop_after(30_000))
    fails("the connection broke, 3 times", target, server)
    monkeypatch.setattr(transfer, "ADVANCE", 30_000)
    get(target, server)
    assert arrived(target)


def test_but_not_if_every_try_starts_anew(serve: Serve, target: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transfer, "ADVANCE", 30_000)

    def drops(request: Any) -> None:
        del request.headers["Range"]
        drop_after(100_000)(request)

    server = serve(usual=drops)
    fails("the connection broke, 3 times", target, server)
    assert len(server.seen) <= 6


# --- waiting, cancelling, telling ----------------------------------------------------------------------------------


def faked(**more: Any) -> tuple[Patience, list[float]]:
    """A patience whose clock stands still but for sleeping, and the list of what it slept."""
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    return Patience(clock=lambda: now[0], sleep=sleep, **more), slept


def test_the_waits_grow(serve: Serve, target: Path):
    patience, slept = faked()
    get(target, serve(status(500), status(500), status(500)), patience=patience)
    assert sum(slept) == pytest.approx(1 + 2 + 4)


@pytest.mark.parametrize("as_date", [False, True])
def test_the_server_is_given_the_time_it_asks_for(serve: Serve, target: Path, as_date: bool):
    patience, slept = faked()
    value = format_datetime(datetime.now(UTC) + timedelta(seconds=42), usegmt=True) if as_date else "42"
    get(target, serve(status(429, Retry_After=value)), patience=patience)
    assert sum(slept) == pytest.approx(42, abs=2)


@pytest.mark.parametrize(("value", "seconds"), [(None, None), ("", None), ("soon", None), ("7", 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)])
def test_retry_after(value: str | None, seconds: float | None):
    assert retry_after(value) == seconds


def test_cancelled_in_the_middle_and_gone_on_with(serve: Serve, target: Path):
    server, stop = serve(slow(20_000, 0.02)), threading.Event()

    def progress(now: TransferProgress) -> None:
        if now.done > 50_000:
            stop.set()

    with pytest.raises(DownloadCancelled, match="What has been downloaded is kept"):
        get(target, server, cancelled=stop, progress=progress)
    assert not target.exists()
    n_kept = len(kept(target))
    assert 0 < n_kept < len(CONTENT)
    get(target, server, cancelled=lambda: False)
    assert arrived(target)
    assert server.ranges[-1] == f"bytes={n_kept}-"


def test_cancelled_while_waiting(serve: Serve, target: Path):
    told: list[str] = []
    with pytest.raises(DownloadCancelled):
        get(
            target,
            serve(usual=status(503, Retry_After="4")),
            progress=lambda now: told.append(now.what),
            cancelled=lambda: any("next try in 4 s" in what for what in told),
        )


def test_an_error_of_the_progress_keeps_the_part(serve: Serve, target: Path):
    def progress(now: TransferProgress) -> None:
        if now.done > 50_000:
            raise ZeroDivisionError

    server = serve(slow(20_000, 0.1))
    with pytest.raises(ZeroDivisionError):
        get(target, server, progress=progress)
    assert kept(target)
    get(target, server)
    assert arrived(target)


def test_the_progress_is_told(serve: Serve, target: Path):
    told: list[TransferProgress] = []
    get(target, serve(slow(60_000, 0.25)), progress=told.append)
    assert told[-1] == (300_000, 300_000, told[-1].speed, 0.0, "checking the file")
    assert [now.done for now in told] == sorted(now.done for now in told)
    speeds = [now.speed for now in told if now.speed is not None]
    assert speeds
    assert all(50_000 < speed < 2_000_000 for speed in speeds)
    assert any(now.seconds_left for now in told)
    assert told[0].what.startswith("127.0.0.1:")


def test_the_speed_is_smoothed():
    clock, told = [0.0], []
    meter = Meter(told.append, 10_000, lambda: clock[0])
    meter.start(1_000, "here")
    for n_bytes in (100, 100, 1_000):
        clock[0] += 1
        meter.add(n_bytes)
    assert [now.speed for now in told] == [None, 100, 100, pytest.approx(100 + 900 * (1 - np.exp(-1 / 3)))]
    assert told[1].seconds_left == pytest.approx((10_000 - 1_100) / 100)


# --- certificates --------------------------------------------------------------------------------------------------


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """The test certificate is trusted, so that its end is all that is wrong with it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))


@pytest.mark.usefixtures("known")
def test_an_expired_certificate_where_the_sha256_is_known(serve: Serve, certificate: Path, target: Path, caplog: pytest.LogCaptureFixture):
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        get(target, serve(tls=certificate), progress=lambda now: told.append(now.what))
    assert arrived(target)
    assert any("certificate is not valid: only the checksum protects the file" in what for what in told)
    assert "has no valid certificate; it is read all the same" in caplog.text


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("sums", [{"sha256": "", "md5": MD5}, {"sha256": ""}])
def test_an_expired_certificate_where_it_is_not(serve: Serve, certificate: Path, target: Path, sums: dict[str, str]):
    server = serve(tls=certificate)
    sentence = r"its certificate is not valid \(certificate has expired\), so nothing was read from it\).*by hand in a browser from https://127.*path"
    fails(sentence, target, server, **sums)
    assert server.seen == []


def test_a_certificate_of_nobody_known(serve: Serve, certificate: Path, target: Path):
    fails(r"its certificate is not valid \(self.signed certificate\)", target, serve(tls=certificate), sha256="", md5=MD5)


def test_unverified_content_must_be_right(serve: Serve, certificate: Path, target: Path):
    fails("published SHA-256", target, serve(tls=certificate, content=CONTENT[::-1]))


def test_addresses_with_a_valid_certificate_come_first(serve: Serve, certificate: Path, target: Path):
    expired, good = serve(tls=certificate), serve()
    get(target, expired, good)
    assert arrived(target)
    assert expired.seen == []


def test_no_redirect_to_an_address_without_encryption(serve: Serve, target: Path, monkeypatch: pytest.MonkeyPatch):
    plain = serve()
    monkeypatch.setattr("recsys_core.datasets.download.transfer.ask", lambda *_, **__: _Redirected(plain.url("file.zip")))
    with pytest.raises(DownloadError, match="without encryption"):
        fetch(["https://example.org/file.zip"], target, ExpectedFile(len(CONTENT), md5=MD5), patience=QUICK)


class _Redirected:
    """An answer that came from elsewhere."""

    def __init__(self, url: str) -> None:
        self.url, self.status_code, self.headers = url, 200, {}

    def __enter__(self) -> _Redirected:
        return self

    def __exit__(self, *_: object) -> None: ...


# --- the disk, and others who want the same ------------------------------------------------------------------------


def test_no_room(serve: Serve, target: Path, monkeypatch: pytest.MonkeyPatch):
    server = serve()
    monkeypatch.setattr(partial.shutil, "disk_usage", lambda _: SimpleNamespace(free=60_000_000))
    fails(r"not enough room in .*downloads: 67 MB are needed and 60 MB are free\. Free some space", target, server)
    assert server.seen == []


def test_the_disk_is_full_in_the_middle(serve: Serve, target: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(partial.os, "fsync", full)
    fails(r"file\.zip cannot be written to .*downloads \(No space left on device\)", target, serve())


def test_a_folder_that_is_a_file(serve: Serve, target: Path):
    target.parent.write_text("here", encoding="utf-8")
    with pytest.raises(DownloadError, match="cannot be written"):
        get(target, serve())


def test_two_at_once(serve: Serve, target: Path):
    server, begun = serve(slow(30_000, 0.05)), threading.Event()
    first = threading.Thread(target=get, args=(target, server), kwargs={"progress": lambda _: begun.set()})
    first.start()
    assert begun.wait(5)
    with pytest.raises(DownloadError, match=r"file\.zip is being downloaded by another process\. Wait"):
        get(target, server)
    first.join()
    assert arrived(target)
    assert len(server.seen) == 1


HOLD_AND_DIE = """
import os, pathlib, sys
from recsys_core.datasets.download.partial_file import locked
with locked(pathlib.Path(sys.argv[1])):
    os._exit(7)
"""


def test_a_process_that_died_holds_nobody_up(serve: Serve, target: Path):
    target.parent.mkdir()
    died = subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(target)], check=False)
    assert died.returncode == 7
    assert target.with_name(".file.zip.lock").exists()
    get(target, serve())
    assert arrived(target)


def test_a_lock_that_the_one_before_has_just_removed_is_taken_anew(target: Path, monkeypatch: pytest.MonkeyPatch):
    target.parent.mkdir()
    lock, take, taken = target.with_name(".file.zip.lock"), partial._take, []

    def too_late(handle: int) -> None:
        if not taken:
            lock.unlink()
        taken.append(handle)
        take(handle)

    monkeypatch.setattr(partial, "_take", too_late)
    with locked(target):
        assert lock.exists()
        with pytest.raises(DownloadError), locked(target):
            pass
    assert not lock.exists()


def test_many_at_once_give_one_right_file(serve: Serve, target: Path):
    server = serve()
    outcomes: list[str] = []

    def one() -> None:
        try:
            get(target, server)
            outcomes.append("arrived")
        except DownloadError as error:
            outcomes.append("refused" if "another process" in str(error) else str(error))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {"arrived", "refused"}
    assert "arrived" in outcomes
    assert arrived(target)


def test_the_note_says_what_the_part_is_of(serve: Serve, target: Path):
    server = serve()
    begun(server, target)
    note = json.loads(target.with_name("file.zip.part.json").read_text(encoding="utf-8"))
    assert note == {"url": server.url("file.zip"), "validator": '"one"', "total": 300_000}
