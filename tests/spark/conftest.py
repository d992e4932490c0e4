"""One Spark session for all tests, and the real ml-latest-small as a folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory):
    # Imported here, once a file of tests knows that it can be.
    from recsys_core.spark.session import spark_session

    session = spark_session("local[2]", local_dir=str(tmp_path_factory.mktemp("spark")))
    yield session
    session.stop()


@pytest.fixture(scope="session")
def movielens(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("movielens")
    zipfile.ZipFile(shared_data / "ml-latest-small.zip").extractall(folder)
    return folder / "ml-latest-small"
