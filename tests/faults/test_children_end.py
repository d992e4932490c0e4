"""No child outlives its server: not when the server is killed, and not while the child is deep in one long call of BLAS."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys_core.settings import PROJECT_FOLDER

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")

SECONDS = 60
SERVER = """
import subprocess, sys, time
from pathlib import Path
from recsys_core.serving import jobs

popen = subprocess.Popen
jobs.subprocess.Popen = lambda command, **options: popen([sys.executable, "-c", {child!r}], **options)
job = jobs.Jobs(Path({folder!r})).start("showcase")
while job.what != "at work":
    assert job.running, job.error
    time.sleep(0.01)
print(job._child.pid, flush=True)
time.sleep(600)
"""
CHILD = """
from argparse import Namespace
from pathlib import Path
import os
import numpy as np
from recsys_core.cli.options import telling

folder = Path({folder!r}) / "showcase-0"
folder.mkdir(parents=True)
(folder / f".writing-{{os.getpid()}}-half").write_text("half of a save")
one = np.random.default_rng(0).random(({size}, {size}))
with telling(Namespace(attached=True, progress=True, folder=folder.parent)) as progress:
    progress(0.5, "at work")
    {work}
"""


def state_of(process: int) -> str:
    """One letter as ``ps`` shows it; Z where it has ended and nobody has asked for its exit code yet, or is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
@pytest.mark.parametrize(
    ("work", "size"),
    [("while True: one @ one", 3000), ("while True: np.linalg.svd(one)", 2000), ("while True: sum(range(1000))", 1)],
    ids=["BLAS", "LAPACK", "Python"],
)
def test_a_child_ends_with_its_server_whatever_it_does(tmp_path: Path, work: str, size: int, how: signal.Signals):
    folder = tmp_path / "models"
    code = SERVER.format(folder=str(folder), child=CHILD.format(folder=str(folder), work=work, size=size))
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        child = int(server.stdout.readline())
        time.sleep(0.2)  # into the long call
        assert state_of(child) != "Z"
        server.send_signal(how)
    end = time.monotonic() + SECONDS
    while state_of(child) != "Z":
        assert time.monotonic() < end, f"the child outlived its server by {SECONDS} s"
        time.sleep(0.02)
    assert not list(folder.rglob(".writing-*"))
