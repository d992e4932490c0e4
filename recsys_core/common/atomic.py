"""Write files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WRITING = ".writing-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to a temporary file in the same folder; it takes the place of ``path`` if nothing fails.

    Readers see the old file or the new one, never half of one.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(os.getpid()))
    os.close(handle)
    temporary = Path(name)
    try:
        temporary.chmod(0o644)  # mkstemp makes it private, but another account may serve the app later
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(folder: Path, process: int) -> None:
    """Remove what a process, given by its number, was writing in the folders of a folder when it was stopped."""
    for left in folder.glob(f"*/{_prefix(process)}*"):
        left.unlink(missing_ok=True)


def remove_unfinished_before(folder: Path, moment: float) -> None:
    """Remove what any process began to write in the folders of a folder before a moment, in seconds since 1970, and never finished."""
    for left in folder.glob(f"*/{_WRITING}*"):
        if left.stat().st_mtime < moment:
            left.unlink(missing_ok=True)


def _prefix(process: int) -> str:
    return f"{_WRITING}{process}-"
