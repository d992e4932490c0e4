"""What the benchmarks share: where the real data lies, facts about the machine, tables for people."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import scipy

CPU_INFO = Path("/proc/cpuinfo")


def shared_data(name: str) -> Path | None:
    """A MovieLens archive in the folder ``RECSYS_SHARED_DATA`` (default ``../shared/data``); None if it is not there."""
    path = Path(os.environ.get("RECSYS_SHARED_DATA", "../shared/data")) / f"{name}.zip"
    return path if path.exists() else None


def absent(name: str) -> str:
    """The sentence that stands where a measurement could not be made."""
    folder = os.environ.get("RECSYS_SHARED_DATA", "../shared/data")
    return f"{name} is absent: there is no {name}.zip in {folder}. Set RECSYS_SHARED_DATA to a folder that has it."


def machine_facts() -> str:
    """Processor, cores and versions: one line without which a time says nothing."""
    models = {line.split(":", 1)[1].strip() for line in _cpu_info() if line.startswith("model name")}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    return f"{' / '.join(sorted(models)) or platform.processor() or 'unknown CPU'}, {cores} cores; {versions}; {date.today():%Y-%m-%d}."


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table; all columns but the first are aligned right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def publish(text: str, out: Path | None) -> None:
    """Print a report and, if asked, write it to a file."""
    print(text)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", encoding="utf-8")


def _cpu_info() -> list[str]:
    return CPU_INFO.read_text(encoding="utf-8").splitlines() if CPU_INFO.exists() else []
