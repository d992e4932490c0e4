"""Write files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to a temporary file in the same folder; it takes the place of ``path`` if nothing fails.

    Readers see the old file or the new one, never half of one.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    os.close(handle)
    temporary = Path(name)
    try:
        temporary.chmod(0o644)  # mkstemp makes it private, but another account may serve the app later
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
