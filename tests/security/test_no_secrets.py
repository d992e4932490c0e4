"""The repository holds no private key."""

from __future__ import annotations

import subprocess

import pytest

from recsys_core.settings import PROJECT_FOLDER

KEY = b"-----BEGIN %s-----"


def test_no_private_key_lies_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT_FOLDER, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    files = [PROJECT_FOLDER / name for name in listed.stdout.decode().split("\0") if name]
    kinds = [KEY % kind for kind in (b"PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY", b"OPENSSH PRIVATE KEY")]
    assert files
    assert [file.name for file in files if file.is_file() and any(kind in file.read_bytes() for kind in kinds)] == []
