"""What several commands have in common: telling another program how far they are, and ending with it."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from recsys_core.common.progress import Progress, silent
from recsys_core.errors import RecsysError
from recsys_core.serving.child import settle, too_little_memory


def add_progress(parser: argparse.ArgumentParser) -> None:
    """Add ``--progress`` and ``--attached``; use them with :func:`telling`."""
    parser.add_argument("--progress", action="store_true", help="print a line of JSON at each step, for another program to read")
    parser.add_argument(
        "--attached", action="store_true", help="be a server's child: step back, keep within RECSYS_JOB_MB, end with standard input"
    )


@contextmanager
def telling(options: argparse.Namespace) -> Iterator[Progress]:
    """Report as the options want it; an error is told in JSON, too, and goes on its way."""

    def tell(done: float, what: str) -> None:
        print(json.dumps({"done": done, "what": what}), flush=True)

    if options.attached:
        settle(options.folder)
    try:
        yield tell if options.progress else silent
    except (RecsysError, OSError, MemoryError) as error:
        if options.progress:
            told = too_little_memory() if options.attached and isinstance(error, MemoryError) else error
            print(json.dumps({"error": str(told)}), flush=True)
        raise


def as_json(facts: Any) -> str:
    """Facts as JSON for standard output; where its encoding lacks letters they are written as escapes, so that nothing is lost."""
    unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")
    return json.dumps(facts, indent=1, ensure_ascii=not unicode)


def printable(stream: Any) -> None:
    """Let a text stream write "?" for what its encoding lacks, instead of raising: Windows redirects output in its own encoding."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def at_least(smallest: int) -> Callable[[str], int]:
    """A type for argparse: a whole number that is not smaller."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < smallest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {smallest} up")
        return int(text)

    return number
