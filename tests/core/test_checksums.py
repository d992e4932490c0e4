"""Checksums of files are computed once per change, and never taken from before a change."""

from __future__ import annotations

import hashlib
import os
import time
from io import BufferedReader
from pathlib import Path

import pytest

from recsys_core.common import checksums
from recsys_core.common.checksums import checksum, checksum_at, crc32, sha256


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """A file that was written a while ago."""
    path = tmp_path / "file"
    path.write_bytes(b"123456789")
    time.sleep(2 * checksums.TICK / 1e9)
    return path


def of(path: Path, how: checksums.Checksum) -> str:
    with path.open("rb") as file:
        found = checksum(file, how)
    assert checksum_at(path, how) == found
    return found


class Counted:
    """A checksum that counts how often it is computed."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, file: BufferedReader) -> str:
        self.n += 1
        return sha256(file)


def test_they_are_what_others_compute(settled: Path):
    assert of(settled, crc32) == "cbf43926"
    assert of(settled, sha256) == hashlib.sha256(b"123456789").hexdigest()


def test_a_file_larger_than_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checksums, "CHUNK", 4)
    (tmp_path / "file").write_bytes(b"123456789")
    assert of(tmp_path / "file", crc32) == "cbf43926"


def test_what_has_not_changed_is_not_read_again(settled: Path):
    counted = Counted()
    assert of(settled, counted) == of(settled, counted)
    assert counted.n == 1


@pytest.mark.parametrize("keep_time", [False, True])
def test_a_flipped_byte_is_noticed_although_the_size_is_the_same(settled: Path, keep_time: bool):
    before, facts = of(settled, crc32), settled.stat()
    settled.write_bytes(b"123456788")
    if keep_time:
        os.utime(settled, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert of(settled, crc32) != before


def test_what_was_just_written_is_read_each_time(tmp_path: Path):
    """Two changes within one tick of the clock leave the same times."""
    path = tmp_path / "file"
    for number in range(20):
        path.write_bytes(b"%03d" % number)
        assert of(path, sha256) == hashlib.sha256(b"%03d" % number).hexdigest()


def test_only_so_many_are_remembered(settled: Path, monkeypatch: pytest.MonkeyPatch):
    known: dict = {}
    monkeypatch.setattr(checksums, "_known", known)
    monkeypatch.setattr(checksums, "ROOM", 2)
    for _ in range(4):
        of(settled, Counted())
    assert len(known) == 2
