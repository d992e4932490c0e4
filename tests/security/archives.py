"""Archives, good and hostile."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

MOVIES = "movieId,title,genres\n1,Heat (1995),Crime\n2,Fargo (1996),Crime|Comedy\n"
RATINGS = "userId,movieId,rating,timestamp\n7,1,5.0,100\n8,1,4.5,102\n8,2,3.0,103\n"
CSV: dict[str, str | bytes] = {"movies.csv": MOVIES, "ratings.csv": RATINGS}
HEAD = b"userId,movieId,rating,timestamp\n"


def packed(path: Path, content: dict[str, str | bytes], level: int = 1) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, text in content.items():
            archive.writestr(f"ml/{name}", text)
    return path


def streamed(path: Path, name: str, blocks: Iterable[bytes], level: int = 6) -> Path:
    """Write a zip with one large table, beside what else belongs to a data set."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for other, text in CSV.items():
            if other != name:
                archive.writestr(f"ml/{other}", text)
        with archive.open(f"ml/{name}", "w", force_zip64=True) as file:
            for block in blocks:
                file.write(block)
    return path


def short_rows(path: Path, megabytes: int) -> Path:
    """Short rows without end: 600 MB of them take 7 MB."""
    rng = random.Random(0)
    block = b"".join(b"%d,1\n" % rng.randrange(1000) for _ in range(4000))
    return streamed(path, "ratings.csv", [HEAD, *[block] * (megabytes * 2**20 // len(block))])


def many_entries(path: Path, n: int, *, honest: bool = True) -> Path:
    """A zip that lists ``n`` files; a dishonest one says at its end that it is only one."""
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 7, 0) + b"0000000"
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    contents = b"".join(entry + b"%07d" % number for number in range(n))
    said = n if honest else 1
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, said, said, len(contents), len(local))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(local) + len(contents), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, min(said, 0xFFFF), min(said, 0xFFFF), len(contents), len(local), 0)
    path.write_bytes(local + contents + (end64 + locator if honest else b"") + end)
    return path
