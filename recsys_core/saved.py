"""Arrays on disk: one ``.npz`` and one JSON beside it, written whole or not at all, refused when damaged."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.errors import SavedEngineError

ARRAYS, MANIFEST = "arrays.npz", "manifest.json"


def save_arrays(folder: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write arrays and facts about them (JSON values) to a folder.

    Each file is written under a temporary name and renamed. The manifest, written last, holds the checksum of the
    arrays: whoever reads between the two, or after a crash, sees that they do not match.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(folder)
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        manifest = {**facts, "sha256": _sha256(temporary)}
        temporary.replace(folder / ARRAYS)
        temporary = _temporary(folder)
        temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        temporary.replace(folder / MANIFEST)
    finally:
        temporary.unlink(missing_ok=True)


def load_arrays(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`save_arrays` wrote.

    Raises
    ------
    SavedEngineError
        A file is missing, damaged, or does not belong to the other.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["sha256"] != _sha256(folder / ARRAYS):
            raise SavedEngineError(f"The arrays in {folder} do not have the checksum that they were saved with.")
        with np.load(folder / ARRAYS, allow_pickle=False) as saved:
            return {name: saved[name] for name in saved.files}, manifest
    except FileNotFoundError as error:
        raise SavedEngineError(f"Nothing is saved in {folder}.") from error
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise SavedEngineError(f"What is saved in {folder} cannot be read ({error}).") from error


def pack_strings(values: np.ndarray | list[str]) -> np.ndarray:
    """Strings as one array of UTF-8 bytes, far smaller than NumPy's fixed-width strings."""
    return np.frombuffer(json.dumps(list(values), ensure_ascii=False).encode(), dtype=np.uint8)


def unpack_strings(packed: np.ndarray) -> list[str]:
    """The inverse of :func:`pack_strings`."""
    strings: list[str] = json.loads(packed.tobytes().decode())
    return strings


def _temporary(folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
    os.close(handle)
    Path(name).chmod(0o644)  # mkstemp lets nobody else read it, and another user may serve the app tomorrow
    return Path(name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
