"""Runs take turns, and nobody waits for a slow one for long."""

from __future__ import annotations

import threading
import time

import pytest

from ui.server.turns import Turns


def in_threads(n: int, act) -> None:
    threads = [threading.Thread(target=act) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_one_computes_at_a_time() -> None:
    turns, inside, most, done = Turns(lease=10), [], [], []

    def act() -> None:
        with turns.turn():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()
        done.append(1)

    in_threads(8, act)
    assert max(most) == 1
    assert len(done) == 8


def test_who_has_a_turn_needs_no_second_one() -> None:
    turns = Turns(lease=10)
    began = time.monotonic()
    with turns.turn(), turns.turn():
        pass
    with turns.turn():
        pass
    assert time.monotonic() - began < 5


def test_a_slow_run_holds_up_others_for_its_lease_only() -> None:
    turns, began, let_go = Turns(lease=0.05), threading.Event(), threading.Event()

    def slow() -> None:
        with turns.turn():
            began.set()
            let_go.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    assert began.wait(5)
    with turns.turn():
        assert thread.is_alive()
    let_go.set()
    thread.join(10)


def test_what_ended_late_does_not_end_the_turn_of_another() -> None:
    turns, began, let_go, order = Turns(lease=0.05), threading.Event(), threading.Event(), []

    def slow() -> None:
        with turns.turn():
            began.set()
            let_go.wait(10)

    def third() -> None:
        with turns.turn():
            order.append("third")

    first = threading.Thread(target=slow)
    first.start()
    assert began.wait(5)
    turns._lease = 10.0
    with turns.turn():
        let_go.set()
        first.join(10)
        last = threading.Thread(target=third)
        last.start()
        time.sleep(0.1)
        assert order == []
    last.join(10)
    assert order == ["third"]


def queued(turns: Turns, waiting: list[tuple[str, bool]]) -> list[str]:
    """The order in which these have their turns, who come one after the other while another has its own."""
    order: list[str] = []

    def act(name: str, urgent: bool) -> None:
        with turns.turn(urgent):
            order.append(name)

    threads = [threading.Thread(target=act, args=each) for each in waiting]
    with turns.turn():
        for thread in threads:
            thread.start()
            time.sleep(0.05)
    for thread in threads:
        thread.join(10)
    return order


def test_what_follows_a_star_goes_before_pages_that_wait() -> None:
    order = queued(Turns(lease=10), [("page", False), ("lesson", False), ("star", True), ("slider", True)])
    assert order == ["star", "slider", "page", "lesson"]


def test_a_page_that_has_waited_long_lets_nobody_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.server.turns.PATIENCE_SECONDS", 0.2)
    turns, order, end = Turns(lease=10), [], threading.Event()

    def rate() -> None:  # one star after the other, always another one waiting
        while not end.is_set():
            with turns.turn(urgent=True):
                time.sleep(0.02)

    def show() -> None:
        with turns.turn():
            order.append("page")

    raters = [threading.Thread(target=rate) for _ in range(3)]
    for thread in raters:
        thread.start()
    page = threading.Thread(target=show)
    page.start()
    page.join(5)
    end.set()
    assert order == ["page"]


def test_a_turn_is_given_back_when_a_run_fails() -> None:
    turns = Turns(lease=10)
    for _ in range(2):
        with pytest.raises(RuntimeError), turns.turn():
            raise RuntimeError
