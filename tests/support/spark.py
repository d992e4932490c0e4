"""Whether Apache Spark can run here."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest


def needed() -> None:
    """Skip a file of tests where Spark cannot run, and say why; with ``REQUIRE_SPARK=1`` they fail instead."""
    missing = [
        what for what, there in (("pyspark (requirements-spark.txt)", find_spec("pyspark")), ("Java", shutil.which("java"))) if not there
    ]
    if missing and not os.environ.get("REQUIRE_SPARK"):
        pytest.skip(f"Spark cannot run: {' and '.join(missing)} is missing", allow_module_level=True)
