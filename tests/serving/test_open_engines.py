"""Engines in memory: loaded once for all, replaced when the save is another, few at a time."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from recsys_core.errors import SavedEngineError
from recsys_core.serving.open_engines import OpenEngines


class Loads:
    """Loads engines that are none, and counts."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.n, self.seconds = 0, seconds

    def __call__(self) -> Any:
        self.n += 1
        time.sleep(self.seconds)
        return type("Engine", (), {})()


def test_all_who_ask_at_once_share_one():
    engines, load, together = OpenEngines(), Loads(0.05), threading.Barrier(8)

    def ask(_: int) -> Any:
        together.wait(10)
        return engines.get("a", "1", load)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert load.n == 1
    assert len({id(engine) for engine in found}) == 1


def test_who_loads_one_does_not_hold_up_who_asks_for_another():
    engines, begun, go_on = OpenEngines(), threading.Event(), threading.Event()
    engines.get("quick", "1", Loads())

    def slow() -> Any:
        begun.set()
        assert go_on.wait(60)
        return Loads()()

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(engines.get, "slow", "1", slow)
        assert begun.wait(60)
        pool.submit(engines.get, "quick", "1", Loads()).result(60)
        engines.get("third", "1", Loads())
        go_on.set()
        waiting.result(60)


def test_another_version_takes_the_place_of_the_first():
    engines, load = OpenEngines(), Loads()
    first = weakref.ref(engines.get("a", "1", load))
    assert engines.get("a", "2", load) is engines.get("a", "2", load)
    gc.collect()
    assert load.n == 2
    assert first() is None


def test_the_one_that_was_asked_for_longest_ago_goes_first():
    engines, load = OpenEngines(room=2), Loads()
    for name in ("a", "b", "a", "c", "a"):
        engines.get(name, "1", load)
    assert load.n == 3
    engines.get("b", "1", load)
    assert load.n == 4


def test_what_cannot_be_loaded_is_tried_again():
    engines = OpenEngines()

    def damaged() -> Any:
        raise SavedEngineError("damaged")

    engines.get("a", "1", Loads())
    for _ in range(2):
        with pytest.raises(SavedEngineError):
            engines.get("a", "2", damaged)
    load = Loads()
    engines.get("a", "2", load)
    assert load.n == 1
