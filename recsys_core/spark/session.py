"""Start Apache Spark, and say in a sentence what is wrong where it cannot start or stops."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from recsys_core.errors import SparkError
from recsys_core.settings import PROJECT_FOLDER, child_environment, set_default

OLDEST_JAVA = 17
PACKAGE = "openjdk-17-jre-headless"
ATTEMPTS = 4
"""How often a task is tried: Spark's own number on a cluster, and here also on one machine, where it would be 1."""
_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')
_LOCAL = re.compile(r"local\[(\*|\d+)\]")
log = logging.getLogger(__name__)


def spark_session(master: str | None = None, **options: str) -> SparkSession:
    """Start Spark, or join the session of ``spark-submit``.

    Parameters
    ----------
    master : str, optional
        Such as ``local[4]`` or ``spark://host:7077``; by default what spark-submit says, else all cores of this machine.
    options
        Further settings of Spark, with ``_`` for the dots of their names.

    Raises
    ------
    SparkError
        There is no Java, it is too old, or Spark does not start.
    """
    environment = child_environment()
    submitted = "PYSPARK_GATEWAY_PORT" in environment
    if not submitted:
        check_java(environment)
        set_default("PYSPARK_PYTHON", sys.executable)  # else workers take the python3 of the PATH, which lacks the packages
    warnings.filterwarnings("ignore", message=".*does not yet fully support pandas.*")  # only Arrow tables are passed
    builder = SparkSession.builder.appName("because-you-watched").config("spark.sql.execution.arrow.pyspark.enabled", "true")
    if not submitted:
        builder = builder.master(_with_attempts(master or "local[*]")).config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.driver.maxResultSize", "0").config("spark.log.level", "FATAL")
        if (master or "local").startswith("local"):  # workers of this machine import this program from where it is
            paths = [str(PROJECT_FOLDER), *filter(None, [environment.get("PYTHONPATH")])]
            builder = builder.config("spark.executorEnv.PYTHONPATH", ":".join(paths))
    elif master:
        builder = builder.master(master)
    for name, value in options.items():
        builder = builder.config(f"spark.{name.replace('_', '.')}", value)
    with explained():
        return builder.getOrCreate()


def _with_attempts(master: str) -> str:
    local = _LOCAL.fullmatch("local[1]" if master == "local" else master)
    return f"local[{local[1]},{ATTEMPTS}]" if local else master


def check_java(environment: Mapping[str, str]) -> None:
    """Raise :class:`SparkError` if there is no Java, or an old one: Spark itself says so in forty lines."""
    home = environment.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java", path=environment.get("PATH"))
    needs = f"Spark needs Java {OLDEST_JAVA} or newer"
    try:
        run = subprocess.run([java or "java", "-version"], capture_output=True, text=True, env=dict(environment), timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        where = f" in JAVA_HOME ({home})" if home else ""
        raise SparkError(f"{needs} and none was found{where}. On Debian and Ubuntu: apt install {PACKAGE}") from None
    found = _VERSION.search(run.stderr + run.stdout)
    version = int(found[2] if found[1] == "1" and found[2] else found[1]) if found else 0
    if version < OLDEST_JAVA:
        named = f"Java {version}" if version else f"a Java that does not tell its version ({java})"
        raise SparkError(f"{needs}; found {named}. On Debian and Ubuntu: apt install {PACKAGE}, and set JAVA_HOME")


@contextmanager
def explained() -> Iterator[None]:
    """Raise what Spark raises as a :class:`SparkError` of one sentence; the whole of it goes to the log at the level "debug"."""
    try:
        yield
    except (Py4JError, PySparkException, OSError) as error:
        log.debug("Spark said", exc_info=True)
        raise SparkError(readable(str(error))) from error


def readable(told: str) -> str:
    """One sentence for what Spark tells in many lines.

    >>> readable("Job aborted ... java.io.IOException: No space left on device at ...")[:56]
    'A disk of Spark is full: its files of rest lie in spark.'
    """
    if missing := re.search(r"No module named '?([\w.]+)'?", told):
        if missing[1].startswith("recsys_core"):
            return "The workers lack this program: zip -r recsys_core.zip recsys_core, and spark-submit --py-files recsys_core.zip."
        python = child_environment().get("PYSPARK_PYTHON", "python3")
        return (
            f"The workers' Python ({python}) lacks {missing[1].split('.')[0]}: set PYSPARK_PYTHON to one that has what "
            "requirements-spark.txt names, or ship an environment (spark-submit --archives)."
        )
    if re.search(r"PYTHON_VERSION_MISMATCH|different (?:minor )?version", told):
        return "The workers' Python has another minor version than the driver's: set PYSPARK_PYTHON to the same one."
    if "Cannot run program" in told:
        python = child_environment().get("PYSPARK_PYTHON", "python3")
        return f"The workers cannot run Python ({python}): set PYSPARK_PYTHON to one that is there on every machine."
    if "No space left on device" in told:
        return (
            "A disk of Spark is full: its files of rest lie in spark.local.dir (here /tmp unless SPARK_LOCAL_DIRS names another), and "
            "take about 12 bytes for each rating and block of titles. Name a larger disk."
        )
    if "OutOfMemoryError" in told or "Container killed by YARN for exceeding" in told:
        return "A process of Spark ran out of memory: give more to spark.driver.memory, spark.executor.memory or their memoryOverhead."
    if "JAVA_GATEWAY_EXITED" in told:
        return f"Spark's Java process ended before it had started. Java {OLDEST_JAVA} or newer is needed (apt install {PACKAGE})."
    lines = [line.strip().removeprefix(": ") for line in told.splitlines() if line.strip()]
    first = next((line for line in lines if not line.startswith("An error occurred while calling")), "no reason given")
    return f"Spark stopped: {first}"
