"""What one more process costs that serves a saved engine: ``python -m benchmarks.processes FOLDER [FOLDER …] [--out FILE]``.

Two processes open the same folder, one after the other, and both stay: what the second one holds alone is what a further one costs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.latency import click_through_visitor, random_visitors
from benchmarks.report import machine_facts, publish, table
from recsys_core import Engine

N_CLICKS = 40
LOADS = 3
BAR_SECONDS, BAR_MB = 0.3, 250


def memory() -> dict[str, float]:
    """What this process holds, in MB: alone ("private"), and with its share of what several hold ("pss")."""
    sizes = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
        name, kilobytes, *_ = line.split()
        sizes[name] = int(kilobytes) / 1024
    return {"private": sizes["Private_Clean:"] + sizes["Private_Dirty:"], "pss": sizes["Pss:"]}


def serve(folder: Path) -> None:
    """Load, click, say what that took, and stay until the parent closes the pipe."""
    before = memory()["private"]
    times = []
    for _ in range(LOADS):
        start = perf_counter()
        engine = Engine.load(folder)
        times.append(perf_counter() - start)
    loaded = memory()["private"]
    clicks = [sum(click_through_visitor(engine, ratings)) for ratings in random_visitors(engine, N_CLICKS)]
    found = {"first": times[0], "load": float(np.median(times)), "before": before, "loaded": loaded, "click": float(np.median(clicks))}
    facts = {"titles": engine.dataset.n_items, "ratings": engine.dataset.n_ratings, "disk": (folder / "arrays.bin").stat().st_size / 1e9}
    print(json.dumps(found | facts | memory()), flush=True)
    sys.stdin.read()


def second_process(folder: Path) -> dict[str, float]:
    """What the second of two processes says."""
    command = [sys.executable, "-m", "benchmarks.processes", "--serve", str(folder)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    children = []
    for _ in range(2):
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment))
        found: dict[str, float] = json.loads((children[-1].stdout or sys.stdin.buffer).readline())
    for child in children:
        child.communicate()
    return found


def row(folder: Path) -> list[str]:
    """One engine as a line of the table."""
    found = second_process(folder)
    kept = found["first"] <= BAR_SECONDS and found["private"] <= BAR_MB
    sizes = [f"{found['ratings']:,}", f"{found['titles']:,}", f"{found['disk']:.2f} GB"]
    times = [f"{found['first']:.2f} s", f"{found['load']:.2f} s", f"{found['click']:.0f} ms"]
    held = [f"{found[name]:.0f} MB" for name in ("before", "loaded", "private", "pss")]
    return [folder.name, *sizes, *times, *held, "kept" if kept else "MISSED"]


def main() -> None:
    """Measure the folders, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders that Engine.save wrote")
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        with threadpool_limits(limits=1):
            serve(options.serve)
        return
    header = ["engine", "ratings", "titles", "on disk", "first load", "again", "click", "alone before", "alone, loaded"]
    header += ["alone, after clicks", "with its share", f"bar: {BAR_SECONDS} s, {BAR_MB} MB"]
    words = (
        f"The second of two processes that serve the same folder, whose files lie in the system's cache; {N_CLICKS} clicks each. "
        "*Alone* is memory that no other process shares: what one more process costs."
    )
    parts = ["# Processes", machine_facts(), words, table(header, [row(folder) for folder in options.folders])]
    publish("\n\n".join(parts), options.out)


if __name__ == "__main__":
    main()
