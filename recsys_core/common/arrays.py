"""Save and load arrays: written atomically, memory-mapped on loading, checked against what was written."""

from __future__ import annotations

import json
import mmap
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

import numpy as np

from recsys_core.common.atomic import replacing
from recsys_core.common.checksums import checksum, crc32
from recsys_core.errors import SavedEngineError

ARRAYS, MANIFEST = "arrays.bin", "manifest.json"
OWN = "crc32 of the rest"
ALIGNMENT = 64
"""Bytes. Each array starts at a multiple of it, as vector instructions prefer."""
HEADER = "arrays of a saved engine, crc32 of the rest "
"""The first bytes of the file; they tell one save from another without reading it."""
READ_WHOLE = 2**28
"""Bytes. A larger file is not read through before it is used: that would take seconds, and load what nobody asks for."""
PATIENCE, PAUSE = 3, 0.1
"""How often to read a save that another process may be replacing, and seconds in between."""


def save_arrays(folder: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write arrays, and facts about them as JSON values, to a folder.

    The arrays are stored one after another in a flat file instead of a ``.npz``, because a flat file can be mapped into
    memory: processes share it, and only the pages that are read get loaded. Each file is written under a temporary name
    and then renamed. The manifest is written last; it holds the offset of each array, size and checksum of the file, and a checksum
    of itself, so a reader that comes between the two renames, or after a crash, notices that the files do not match.

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
    with replacing(folder / ARRAYS) as temporary, temporary.open("w+b") as file:
        file.write(bytes(ALIGNMENT))
        for name, array in arrays.items():
            file.write(bytes(-file.tell() % ALIGNMENT))
            layout[name] = {"type": array.dtype.str, "shape": array.shape, "start": file.tell()}
            file.write(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
        size, found = file.tell(), _crc32_of_rest(file)
        file.seek(0)
        file.write(_header(found))
    write_manifest(folder, {**facts, "bytes": size, "crc32": found, "arrays": layout})


def load_arrays(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what :func:`save_arrays` wrote; the arrays are read-only views of the mapped file.

    The views outlive the replacement of the file: a rename gives its name to another file, and the system keeps the
    old one until nobody maps it any more (Windows refuses the rename instead). Who reads just while another process
    renames tries again.

    Raises
    ------
    SavedEngineError
        A file is missing or damaged, or the two files do not belong together. Of a file above :data:`READ_WHOLE` size and header are
        checked, all of it by :func:`verify`.
    """
    with _opened(folder) as (file, manifest):
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return {name: _view(mapped, **layout) for name, layout in manifest["arrays"].items()}, manifest
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SavedEngineError(f"What is saved in {folder} cannot be read ({error}).") from error


def load_facts(folder: Path) -> dict[str, Any]:
    """The facts alone, if the arrays are as :func:`load_arrays` asks; a file that has not changed is not read again."""
    with _opened(folder) as (_, manifest):
        return manifest


def verify(folder: Path) -> None:
    """Read what :func:`save_arrays` wrote to its end. Raises :class:`SavedEngineError` if it is not what was written."""
    with _opened(folder, through=True):
        pass


@contextmanager
def _opened(folder: Path, *, through: bool = False) -> Iterator[tuple[BufferedReader, dict[str, Any]]]:
    """The file of arrays and the manifest that belongs to it. Raises :class:`SavedEngineError`."""
    with ExitStack() as closing:
        try:
            for _ in range(PATIENCE):
                manifest = _read_manifest(folder)
                file = closing.enter_context((folder / ARRAYS).open("rb"))
                if _belong_together(file, manifest, through):
                    break
                time.sleep(PAUSE)
            else:
                raise SavedEngineError(f"The arrays in {folder} do not match their checksum.")
        except FileNotFoundError as error:
            raise SavedEngineError(f"Nothing is saved in {folder}.") from error
        except (OSError, ValueError, KeyError) as error:
            raise SavedEngineError(f"What is saved in {folder} cannot be read ({error}).") from error
        yield file, manifest


def _belong_together(file: BufferedReader, manifest: Mapping[str, Any], through: bool) -> bool:
    """Whether a file of arrays is the one that a manifest describes; all of it is read if it is small, or ``through``."""
    size, found = os.fstat(file.fileno()).st_size, manifest["crc32"]
    if size != manifest["bytes"] or file.read(ALIGNMENT) != _header(found):
        return False
    return (size > READ_WHOLE and not through) or checksum(file, _crc32_of_rest) == found


def _header(found: str) -> bytes:
    return f"{HEADER}{found}".encode().ljust(ALIGNMENT)


def _crc32_of_rest(file: IO[bytes]) -> str:
    """The checksum of all but the header."""
    file.seek(ALIGNMENT)
    return crc32(file)


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write facts with a checksum of themselves."""
    with replacing(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps({**facts, OWN: _checksum_of(facts)}, indent=1), encoding="utf-8")


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Read what :func:`write_manifest` wrote. Raises ``OSError`` or ``ValueError``."""
    facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(facts, dict):
        raise ValueError("the manifest is no object")
    if facts.pop(OWN, None) != _checksum_of(facts):
        raise ValueError("the manifest does not match its checksum")
    return facts


def _checksum_of(facts: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(facts, sort_keys=True).encode()):08x}"


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
