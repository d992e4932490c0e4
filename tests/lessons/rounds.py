"""What all tests of algorithms need that go on round by round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

Result = TypeVar("Result")


def after(rounds: Iterator[Result], n: int) -> Result:
    """What an algorithm has learned after n rounds."""
    return next(islice(rounds, n - 1, None))
