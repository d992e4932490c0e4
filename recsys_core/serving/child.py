"""What a child process of a server does before its work: it lets pages go first, keeps within its memory, and ends with the server."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from recsys_core.common.atomic import remove_unfinished
from recsys_core.settings import settings

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

NICENESS = 10
"""How far to step back: a page that is asked for gets nine tenths of a core, this process what is left."""


def settle(folder: Path) -> None:
    """Do all three; what was half written in the folders of ``folder`` is removed at an early end."""
    step_back()
    if resource is not None:
        # Of data, not of addresses: arrays that are mapped from a file, and the room that allocators keep free, cost nothing.
        limit = settings().job_mb * 2**20
        _, highest = resource.getrlimit(resource.RLIMIT_DATA)
        if highest == resource.RLIM_INFINITY or limit <= highest:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    end_with_server(folder)


def step_back() -> None:
    """Let other processes go first from now on."""
    if hasattr(os, "nice"):  # Windows has no such thing
        os.nice(NICENESS)


def end_with_server(folder: Path | None = None) -> None:
    """End as soon as standard input is closed, which only the server holds open: the system closes it however the server ends."""

    def wait() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock would be held when the interpreter shuts down
            pass
        if folder is not None:
            remove_unfinished(folder, os.getpid())
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def too_little_memory() -> str:
    """A sentence for who came to the limit."""
    return f"This needs more than the {settings().job_mb:,} MB of memory that a job may take on this server. RECSYS_JOB_MB allows more."
