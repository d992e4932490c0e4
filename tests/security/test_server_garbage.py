"""Garbage is collected while nobody waits: Streamlit's collection after each run is off, and a thread of our own sees to it."""

from __future__ import annotations

import gc
import time
import tomllib
import weakref

from recsys_core.settings import PROJECT_FOLDER
from ui.server.garbage import MOST_SECONDS, QUIET_SECONDS, Collector


class Knot:
    """Refers to itself, so that only a collection can free it."""

    def __init__(self) -> None:
        self.itself = self


def test_it_is_collected_soon_after_the_last_click() -> None:
    gc.collect()
    gc.disable()
    collector = Collector()
    try:
        collector.start()
        seen = weakref.ref(Knot())
        collector.heard()
        until = time.monotonic() + 60
        while seen() is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert seen() is None
    finally:
        collector.stop()
        gc.enable()


def test_when_it_is_due() -> None:
    collector = Collector()
    begin = collector.collected
    assert not collector.due(begin + 10 * MOST_SECONDS)  # nobody has come
    collector.last_heard = begin + 5
    assert not collector.due(begin + 5 + QUIET_SECONDS / 2)
    assert collector.due(begin + 5 + QUIET_SECONDS)
    collector.last_heard = begin + MOST_SECONDS - QUIET_SECONDS / 10
    assert collector.due(begin + MOST_SECONDS)  # always somebody
    collector.collected = begin + MOST_SECONDS + QUIET_SECONDS
    assert not collector.due(begin + 10 * MOST_SECONDS)


def test_streamlit_does_not_collect_after_each_run() -> None:
    config = tomllib.loads((PROJECT_FOLDER / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["runner"]["postScriptGC"] is False
