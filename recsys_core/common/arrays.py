"""Arrays on disk: one flat file and one JSON beside it, written whole or not at all, mapped into memory, refused when damaged."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.errors import SavedEngineError

ARRAYS, MANIFEST = "arrays.bin", "manifest.json"
ALIGNMENT = 64
"""Bytes: each array starts where vector instructions like it."""
PATIENCE, PAUSE = 3, 0.1
"""How often to read a save that another process may be replacing, and seconds in between."""


def save_arrays(folder: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write arrays and facts about them (JSON values) to a folder.

    The arrays stand one after the other in one file, not in a ``.npz``: only so can they be mapped into memory, where
    all processes share them and only what is read is loaded. Each file is written under a temporary name and renamed.
    The manifest, written last, holds the arrays' places and the checksum of their file: whoever reads between the two,
    or after a crash, sees that they do not match. Raises ``ValueError`` on an array of Python objects.
    """
    if objects := [name for name, array in arrays.items() if array.dtype.hasobject]:
        raise ValueError(f"Arrays of objects cannot be saved: {', '.join(objects)}.")
    folder.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(folder)
    try:
        places = {}
        with temporary.open("wb") as file:
            for name, array in arrays.items():
                file.write(bytes(-file.tell() % ALIGNMENT))
                places[name] = {"type": array.dtype.str, "shape": array.shape, "start": file.tell()}
                file.write(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
            file.write(bytes(ALIGNMENT))  # an empty file cannot be mapped
        manifest = {**facts, "sha256": _sha256(temporary), "arrays": places}
        temporary.replace(folder / ARRAYS)
        temporary = _temporary(folder)
        temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        temporary.replace(folder / MANIFEST)
    finally:
        temporary.unlink(missing_ok=True)


def load_arrays(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`save_arrays` wrote; the arrays are read-only views of the mapped file.

    The views outlive the replacement of the file: a rename gives its name to another file, and the system keeps the
    old one until nobody maps it any more (Windows refuses the rename instead). Who reads just while another process
    renames tries again.

    Raises
    ------
    SavedEngineError
        A file is missing, damaged, or does not belong to the other.
    """
    try:
        for _ in range(PATIENCE):
            manifest = load_manifest(folder)
            with (folder / ARRAYS).open("rb") as file:
                if manifest["sha256"] == hashlib.file_digest(file, "sha256").hexdigest():
                    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                    break
            time.sleep(PAUSE)
        else:
            raise SavedEngineError(f"The arrays in {folder} do not have the checksum that they were saved with.")
        return {name: _view(mapped, **place) for name, place in manifest["arrays"].items()}, manifest
    except FileNotFoundError as error:
        raise SavedEngineError(f"Nothing is saved in {folder}.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SavedEngineError(f"What is saved in {folder} cannot be read ({error}).") from error


def load_manifest(folder: Path) -> dict[str, Any]:
    """The facts that were saved with the arrays, and the arrays' places. Raises ``OSError`` or ``ValueError``."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict):
        raise ValueError("the manifest is no object")
    return manifest


def remove_unfinished(folder: Path, process: int) -> None:
    """Remove what a process, by its number, began to write in a folder of saves and was stopped before it could rename."""
    for left in folder.glob(f"*/{_prefix(process)}*"):
        left.unlink(missing_ok=True)


def _view(mapped: mmap.mmap, type: str, shape: list[int], start: int) -> np.ndarray:
    dtype = np.dtype(type)
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(mapped, dtype, count, start).reshape(shape) if count else np.empty(shape, dtype)


def pack_strings(values: np.ndarray | list[str]) -> np.ndarray:
    """Strings as one array of UTF-8 bytes, far smaller than NumPy's fixed-width strings."""
    return np.frombuffer(json.dumps(list(values), ensure_ascii=False).encode(), dtype=np.uint8)


def unpack_strings(packed: np.ndarray) -> list[str]:
    """The inverse of :func:`pack_strings`."""
    strings: list[str] = json.loads(packed.tobytes().decode())
    return strings


def _temporary(folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix=_prefix(os.getpid()))
    os.close(handle)
    Path(name).chmod(0o644)  # mkstemp lets nobody else read it, and another user may serve the app tomorrow
    return Path(name)


def _prefix(process: int) -> str:
    return f".writing-{process}-"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
