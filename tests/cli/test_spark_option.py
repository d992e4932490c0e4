"""``train --spark`` where pyspark is not installed."""

from __future__ import annotations

import sys

import pytest

from recsys_core.__main__ import main


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    for name in [name for name in sys.modules if name.startswith(("recsys_core.spark", "pyspark", "py4j"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "py4j", None)
    assert main(["train", "somewhere", "--spark", "local[2]"]) == 2
    assert capsys.readouterr().err == (
        "python -m recsys_core train: Training on Spark needs pyspark: pip install -r requirements-spark.txt\n"
    )


def test_titles_go_with_spark(capsys: pytest.CaptureFixture[str]):
    assert main(["train", "showcase", "--titles", "titles.csv"]) == 2
    assert "--titles goes with --spark only" in capsys.readouterr().err
