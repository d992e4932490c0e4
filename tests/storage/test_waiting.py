"""Attempts to write what waits: by whom, in which order, and when."""

from __future__ import annotations

import time
from collections.abc import Callable
from weakref import WeakSet

import pytest

from recsys_core.errors import KeyRenewedError, StoreError
from recsys_core.storage import waiting
from recsys_core.storage.feedback import Change, Feedback
from recsys_core.storage.waiting import Seen, Waiting

ME, YOU = "m" * 22, "y" * 22


def about(item_id: str, stars: float = 4.0) -> Change:
    return Change("title", "data", item_id, Feedback(item_id, "rated", stars))


class Disk:
    """Takes changes, or refuses those of some profiles.

    Attributes
    ----------
    refused : set of str
        Tokens whose changes are refused.
    attempts : list
        When something was to be written, for whom and about what.
    """

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.attempts: list[tuple[float, str, str]] = []
        self.written: list[tuple[str, str]] = []
        self.during: Callable[[], None] = lambda: None

    def write(self, token: str, change: Change) -> int:
        self.attempts.append((time.monotonic(), token, change.name))
        self.during()
        if token in self.refused:
            raise StoreError("The disk is full.")
        self.written.append((token, change.name))
        return len(self.written)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """No attempts but those of the test."""
    monkeypatch.setattr(waiting, "PAUSES", (3600,))


def soon(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_it_is_tried_again_by_itself_with_growing_pauses(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSES", (0.05, 0.1, 0.2))
    queue = Waiting(disk.write)
    disk.refused = {ME}
    queue.say(ME, about("a"), Seen())
    queue.say(ME, about("b"), Seen())
    soon(lambda: len(disk.attempts) == 5)
    disk.refused = set()
    soon(lambda: not queue.changes(ME))
    assert disk.written == [(ME, "a"), (ME, "b")]
    times = [at for at, *_ in disk.attempts]
    for number, pause in enumerate((0.05, 0.1, 0.2, 0.2)):
        assert times[number + 1] - times[number] >= pause
    soon(lambda: queue._thread is None)  # nobody is left who waits
    disk.refused = {ME}
    queue.say(ME, about("c"), Seen())
    disk.refused = set()
    soon(lambda: disk.written[-1] == (ME, "c"))


def test_the_pauses_grow_to_half_a_minute() -> None:
    assert list(waiting.PAUSES) == sorted(waiting.PAUSES)
    assert (waiting.PAUSES[0], waiting.PAUSES[-1]) == (1, 30)


@pytest.mark.usefixtures("slow")
def test_who_cannot_be_written_does_not_keep_the_others_waiting(disk: Disk) -> None:
    queue = Waiting(disk.write)
    disk.refused = {ME, YOU}
    for token in (ME, YOU):
        queue.say(token, about("a"), Seen())
    disk.refused = {ME}
    assert not queue.flush()
    assert disk.written == []  # up to the first failure: a database that fails is not asked for everybody
    assert not queue.flush()
    assert disk.written == [(YOU, "a")]
    assert queue.error(ME) == "The disk is full."
    assert queue.error(YOU) == ""


@pytest.mark.usefixtures("slow")
def test_what_is_said_again_while_it_is_being_written_is_written_too(disk: Disk) -> None:
    queue = Waiting(disk.write)
    disk.refused = {ME}
    queue.say(ME, about("a", 1), Seen())
    disk.refused = set()

    def say_again() -> None:
        disk.during = lambda: None
        queue.say(ME, about("a", 2), Seen())
        queue.say(ME, about("b"), Seen())

    disk.during = say_again
    assert queue.flush()
    assert disk.written == [(ME, "a"), (ME, "a"), (ME, "b")]
    assert queue.turn(ME) == 0


@pytest.mark.usefixtures("slow")
def test_a_tab_learns_up_to_where_it_knows(disk: Disk) -> None:
    queue = Waiting(disk.write)
    seen = queue.say(ME, about("a"), Seen(0))
    assert seen == Seen(1, 0)
    assert queue.say(ME, about("b"), Seen(0)) == Seen(0)  # another tab came between: it must read again
    disk.refused = {ME}
    first = queue.say(ME, about("c"), Seen(2))
    assert (first.version, first.turn) == (2, queue.turn(ME))
    second = queue.say(ME, about("d"), first)
    assert second.turn == queue.turn(ME) != first.turn
    assert queue.say(ME, about("e"), first) == first  # of another tab, which does not know "d"


def test_a_renewed_key_is_said_and_does_not_wait(disk: Disk) -> None:
    def renewed() -> None:
        raise KeyRenewedError("It has a new key.")

    disk.during = renewed
    queue = Waiting(disk.write)
    with pytest.raises(KeyRenewedError):
        queue.say(ME, about("a"), Seen())
    assert queue.changes(ME) == []


@pytest.mark.usefixtures("slow")
def test_at_the_end_all_that_waits_anywhere_is_tried_until_time_is_over(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_all", WeakSet())
    monkeypatch.setattr(waiting, "PAUSE_AT_END", 0.01)
    one, other = Waiting(disk.write), Waiting(disk.write)
    disk.refused = {ME, YOU}
    one.say(ME, about("a"), Seen())
    one.say(ME, about("b"), Seen())
    other.say(YOU, about("a"), Seen())
    assert waiting.n_waiting() == 3
    assert waiting.write_all(0.1) == 3
    disk.refused = {YOU}
    assert waiting.write_all(0.1) == 1
    disk.during = disk.refused.clear
    assert waiting.write_all(60) == 0
    assert sorted(disk.written) == [(ME, "a"), (ME, "b"), (YOU, "a")]
