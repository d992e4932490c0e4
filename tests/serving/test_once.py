"""One per server, however many ask at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from recsys_core.serving.once import made, once


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys_core.serving.once._made", {})


def test_all_who_ask_at_once_get_the_same():
    made: list[str] = []
    together = threading.Barrier(8)

    def make(key: str) -> object:
        made.append(key)
        time.sleep(0.05)
        return object()

    def ask(_: int) -> object:
        together.wait(10)
        return once(make, "a")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert made == ["a"]
    assert len({id(one) for one in found}) == 1


def test_another_key_or_another_maker_is_another_object():
    assert once(list, "ab") is once(list, "ab")
    assert once(list, "ab") is not once(list, "ba")
    assert once(list, "ab") != once(set, "ab")


def test_what_could_not_be_made_is_tried_again():
    answers = iter([OSError("not yet"), None])

    def make(key: str) -> str:
        if error := next(answers):
            raise error
        return key

    with pytest.raises(OSError, match="not yet"):
        once(make, "a")
    assert once(make, "a") == "a"


def test_what_nobody_has_asked_for_is_not_made() -> None:
    key = object()
    assert made(listed, key) is None
    first = once(listed, key)
    assert made(listed, key) is first


def listed(key: object) -> list[object]:
    return [key]
