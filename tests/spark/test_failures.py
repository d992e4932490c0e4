"""What fails ends in one sentence and exit code 2; an executor that is killed is not missed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys_core.settings import PROJECT_FOLDER
from tests.conftest import toy_items, toy_ratings
from tests.support.spark import needed

needed()
pytestmark = pytest.mark.spark
TRAIN = [sys.executable, "-m", "recsys_core", "train"]


def run(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    usual = {name: value for name, value in os.environ.items() if name not in ("JAVA_HOME", "PYSPARK_PYTHON")}
    return subprocess.run(
        [*TRAIN, *arguments], cwd=PROJECT_FOLDER, env=usual | environment, capture_output=True, text=True, timeout=240, check=False
    )


def told(found: subprocess.CompletedProcess[str]) -> str:
    """The last line of what it said; it must have ended with exit code 2 and no trace."""
    assert found.returncode == 2, found.stderr[-2000:]
    assert "Traceback" not in found.stderr
    return found.stderr.strip().splitlines()[-1]


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def source(tmp_path: Path) -> list[str]:
    """Arguments that train the toy."""
    toy_ratings().to_csv(tmp_path / "ratings.csv", index=False)
    toy_items().to_csv(tmp_path / "titles.csv", index=False)
    folder = str(tmp_path / "models")
    return [str(tmp_path / "ratings.csv"), "--titles", str(tmp_path / "titles.csv"), "--folder", folder, "--spark", "local[2]"]


def test_no_java(source: list[str], tmp_path: Path):
    assert "Spark needs Java 17 or newer and none was found." in told(run(source, PATH=str(tmp_path)))
    assert "none was found in JAVA_HOME (/nowhere)" in told(run(source, JAVA_HOME="/nowhere"))


def test_old_java(source: list[str], tmp_path: Path):
    program(tmp_path / "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
    assert "Spark needs Java 17 or newer; found Java 11." in told(run(source, PATH=f"{tmp_path}:/bin:/usr/bin"))


def test_workers_without_packages(source: list[str], tmp_path: Path):
    bare = program(tmp_path / "bare-python", f'exec {sys.executable} -S "$@"')
    line = told(run(source, PYSPARK_PYTHON=str(bare)))
    assert f"The workers' Python ({bare}) lacks " in line
    assert "set PYSPARK_PYTHON" in line


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk(small_disk: Path, source: list[str]):
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "full").write_bytes(bytes(9 * 2**20))
    line = told(run(source, SPARK_LOCAL_DIRS=str(small_disk)))
    assert "A disk of Spark is full" in line
    assert "spark.local.dir" in line


def test_a_bad_row_ends_the_command(source: list[str]):
    with Path(source[0]).open("a") as file:
        file.write("cop-1,crime-1,9\n")
    assert "ratings.csv: row 50 (cop-1, crime-1, 9) has a rating" in told(run(source))


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from recsys_core.spark.blocks import person_blocks, total
from recsys_core.spark.reading import find_source, read_ratings, read_titles
from recsys_core.spark.session import spark_session
from recsys_core.spark.train import executors
ratings, titles, mark = sys.argv[1:]
spark = spark_session("local-cluster[2,1,1024]")
catalogue = read_titles(spark, ratings, titles)
blocks = person_blocks(read_ratings(spark, find_source(spark, ratings)), catalogue, 4)
def raters(block):
    if mark and block.first and not Path(mark).exists():
        Path(mark).touch()
        daemon = int(Path(f"/proc/{os.getppid()}/stat").read_text().rsplit(")", 1)[1].split()[1])
        assert "java" in Path(f"/proc/{daemon}/cmdline").read_text()
        os.kill(daemon, signal.SIGKILL)  # the executor, a process of Java above the worker and its daemon
    return (np.bincount(block.ratings.indices, minlength=block.ratings.shape[1]),)
print("executors", executors(spark), "raters", *total(blocks, raters)[0].tolist())
"""


def test_an_executor_that_is_killed_is_not_missed(source: list[str], tmp_path: Path):
    mark = tmp_path / "killed"
    found = subprocess.run(
        [sys.executable, "-c", KILLED, source[0], source[2], str(mark)],
        cwd=PROJECT_FOLDER, env=os.environ | {"SPARK_WORKER_DIR": str(tmp_path / "work")}, capture_output=True, text=True, timeout=240,
        check=False,
    )  # fmt: skip
    assert found.stdout.startswith("executors 2 raters"), found.stderr[-2000:]
    assert mark.exists()
    assert sorted(found.stdout.split()[3:]) == ["0"] + ["6"] * 8
