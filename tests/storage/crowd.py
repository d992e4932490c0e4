"""Many processes that use one database at the same moment."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import psycopg  # noqa: F401 - imported once, before forking

from recsys_core.storage.store import Store

_FORKS = multiprocessing.get_context("forkserver")  # imports once, then forks: 25 fresh interpreters would take half a minute
_FORKS.set_forkserver_preload([__name__])
_barrier: Any = None


def at_once(act: Callable[..., str], arguments: list[tuple[Any, ...]]) -> list[str]:
    """Call ``act`` in as many processes as there are arguments, all let go together; what each answered, in order."""
    barrier = _FORKS.Barrier(len(arguments))
    with _no_main_module(), ProcessPoolExecutor(len(arguments), mp_context=_FORKS, initializer=_take, initargs=(barrier,)) as crowd:
        answers = [crowd.submit(_wait_and_act, act, one) for one in arguments]
        return [answer.result(timeout=120) for answer in answers]


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Children would run this process's main script first, and AppTest leaves one there that cannot be run."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def open_store(url: str) -> str:
    """Open the database, answer what went wrong."""
    try:
        Store(url).feedback("x" * 22, "data")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def write_often(url: str, number: int, token: str, items: list[str], times: int) -> str:
    """Rate and name things again and again, answer what went wrong. A rating's guess tells who wrote it, and when."""
    failed = []
    store = Store(url)
    for turn in range(times):
        item = items[turn % len(items)]
        try:
            if turn % 10 == 9:
                store.name_factor(token, "data", item, f"{number}-{turn}")
            else:
                store.rate(token, "data", item, 1 + turn % 5, number * 1000 + turn)
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")
    return f"{len(failed)} failed: {failed[0]}" if failed else ""


def _take(barrier: Any) -> None:
    global _barrier
    _barrier = barrier


def _wait_and_act(act: Callable[..., str], arguments: tuple[Any, ...]) -> str:
    _barrier.wait(timeout=60)
    return act(*arguments)
