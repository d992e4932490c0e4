"""What a server has once, and keeps whatever becomes of its caches: its jobs, its database.

Streamlit's caches are no place for these. Any visitor's browser may ask for them to be emptied, and then a second queue would let
a second fit begin beside the first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_made: dict[Hashable, Any] = {}  # a test that begins anew puts another in its place
_lock = threading.RLock()


def once(make: Callable[[K], T], key: K) -> T:
    """What ``make(key)`` returned when this process first asked for it; two threads that ask at once get the same.

    >>> once(list, "ab") is once(list, "ab")
    True
    """
    with _lock:
        if (make, key) not in _made:
            _made[make, key] = make(key)
        return _made[make, key]


def made(make: Callable[[K], T], key: K) -> T | None:
    """What :func:`once` has made already; None if nobody has asked for it."""
    found: T | None = _made.get((make, key))
    return found
