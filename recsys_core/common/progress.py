"""Progress reporting for long-running work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float, str], None]
"""A function that is called with the share of the work done, from 0 to 1, and the name of the current step.

The command line draws a bar with it, a page fills ``st.progress``."""


def silent(done: float, what: str) -> None:
    """Ignore progress: the default where no one wants to see it."""


def subprogress(progress: Progress, start: float, end: float) -> Progress:
    """Return a callback for one step that covers ``start`` to ``end`` of the whole.

    >>> step = subprogress(lambda done, what: print(f"{done:.0%} {what}"), start=0.5, end=1.0)
    >>> step(0.5, "svd")
    75% svd
    """
    return lambda done, what: progress(start + (end - start) * done, what)
