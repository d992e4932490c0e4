"""Save and load arrays: written atomically, memory-mapped on loading, verified by a checksum."""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.common.atomic import replacing
from recsys_core.errors import SavedEngineError

ARRAYS, MANIFEST = "arrays.bin", "manifest.json"
ALIGNMENT = 64
"""Bytes. Each array starts at a multiple of it, as vector instructions prefer."""


def save_arrays(folder: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write arrays, and facts about them as JSON values, to a folder.

    The arrays are stored one after another in a flat file instead of a ``.npz``, because a flat file can be mapped into
    memory: processes share it, and only the pages that are read get loaded. Each file is written under a temporary name
    and then renamed. The manifest is written last; it holds the offset of each array and the checksum of the file, so
    a reader that comes between the two renames, or after a crash, notices that the files do not match.

    Raises
    ------
    ValueError
        An array holds Python objects.
    """
    objects = [name for name, array in arrays.items() if array.dtype.hasobject]
    if objects:
        raise ValueError(f"Arrays of objects cannot be saved: {', '.join(objects)}.")
    folder.mkdir(parents=True, exist_ok=True)
    layout = {}
    with replacing(folder / ARRAYS) as temporary:
        with temporary.open("wb") as file:
            for name, array in arrays.items():
                file.write(bytes(-file.tell() % ALIGNMENT))
                layout[name] = {"type": array.dtype.str, "shape": array.shape, "start": file.tell()}
                file.write(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
            file.write(bytes(ALIGNMENT))  # an empty file cannot be mapped
        checksum = _sha256(temporary)
    with replacing(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps({**facts, "sha256": checksum, "arrays": layout}, indent=1), encoding="utf-8")


def load_arrays(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`save_arrays` wrote; the arrays are read-only views of the mapped file.

    Raises
    ------
    SavedEngineError
        A file is missing or damaged, or the two files do not belong together.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        with (folder / ARRAYS).open("rb") as file:
            if manifest["sha256"] != hashlib.file_digest(file, "sha256").hexdigest():
                raise SavedEngineError(f"The arrays in {folder} do not match their checksum.")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return {name: _view(mapped, **layout) for name, layout in manifest["arrays"].items()}, manifest
    except FileNotFoundError as error:
        raise SavedEngineError(f"Nothing is saved in {folder}.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SavedEngineError(f"What is saved in {folder} cannot be read ({error}).") from error


def _view(mapped: mmap.mmap, type: str, shape: list[int], start: int) -> np.ndarray:
    dtype = np.dtype(type)
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(mapped, dtype, count, start).reshape(shape) if count else np.empty(shape, dtype)


def pack_strings(values: np.ndarray | list[str]) -> np.ndarray:
    """Encode strings as one array of UTF-8 bytes, far smaller than NumPy's fixed-width strings.

    >>> unpack_strings(pack_strings(["Alien", "Amélie"]))
    ['Alien', 'Amélie']
    """
    return np.frombuffer(json.dumps(list(values), ensure_ascii=False).encode(), dtype=np.uint8)


def unpack_strings(packed: np.ndarray) -> list[str]:
    """Decode what :func:`pack_strings` encoded."""
    strings: list[str] = json.loads(packed.tobytes().decode())
    return strings


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
