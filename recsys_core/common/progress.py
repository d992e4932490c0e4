"""Progress reporting for long-running work: the command line shows a bar, a page fills ``st.progress``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float, str], None]
"""Called with the share that is done, from 0 to 1, and what is being done, in words."""


def silent(done: float, what: str) -> None:
    """Report to nobody."""


def subprogress(progress: Progress, start: float, end: float) -> Progress:
    """Report the progress of one step as that of the whole, of which it fills ``start`` to ``end``."""
    return lambda done, what: progress(start + (end - start) * done, what)
