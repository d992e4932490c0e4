"""What several tests of data sets need."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.certificates import write_expired_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key and its expired certificate, for a server of the tests."""
    path = tmp_path_factory.mktemp("certificate") / "expired.pem"
    write_expired_certificate(path)
    return path
