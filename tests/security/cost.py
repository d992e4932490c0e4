"""What an archive costs whoever reads it: processor time and memory, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from recsys_core.settings import PROJECT_FOLDER, child_environment

_READ = """
import json, sys, time
from pathlib import Path
import recsys_core.__main__
from recsys_core.datasets.download.checking import check_archive
from recsys_core.datasets.limits import limits
from recsys_core.errors import DatasetError
start, said = time.process_time(), ""
try:
    check_archive(Path(sys.argv[1]), limits())
except DatasetError as error:
    said = str(error)
print(json.dumps([time.process_time() - start, said]))
"""
_MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Cost(NamedTuple):
    """Seconds of the processor's time, megabytes at the peak (libraries included), and the sentence of a refusal."""

    seconds: float
    megabytes: float
    said: str


def cost(archive: Path, limits: str = "") -> Cost:
    """Read an archive in a process of its own; imports are not timed."""
    command = [sys.executable, "-c", _MEASURE, _READ, str(archive)]
    environment = child_environment(RECSYS_LIMITS=limits, OPENBLAS_NUM_THREADS="1")
    told = subprocess.run(command, cwd=PROJECT_FOLDER, env=environment, capture_output=True, text=True, check=True).stdout.split("\n")
    seconds, said = json.loads(told[0])
    return Cost(seconds, int(told[1]) / (2**20 if sys.platform == "darwin" else 2**10), said)
