"""``python -m recsys_core check``: whether an archive can be used, and which release it is; nothing is kept."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from recsys_core.datasets.download.checking import check_archive
from recsys_core.datasets.download.sandbox import confine
from recsys_core.datasets.limits import limits
from recsys_core.errors import RecsysError
from recsys_core.serving.child import end_with_server, step_back

LONGEST = 2_000
"""Characters of a sentence that is told to another program."""


def add_check(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("check", help="read a MovieLens zip to its end and say what it is", description=_check.__doc__)
    parser.add_argument("file", type=Path, metavar="ZIP")
    parser.add_argument(
        "--confined", action="store_true", help="under limits on memory and time, with an answer in JSON for another program"
    )
    parser.add_argument("--attached", action="store_true", help="end as soon as standard input is closed, with the program that holds it")
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> None:
    """Read a MovieLens zip to its end, within the limits of this server, and say which release it is. Nothing is kept."""
    if options.attached:
        step_back()
        end_with_server()
    if options.confined:
        print(json.dumps(_answer(options.file)))
        return
    release = check_archive(options.file, limits())
    print(f"{options.file.name} is {f'{release.name}, as published' if release else 'no release, but can be read'}.")


def _answer(file: Path) -> dict[str, str]:
    try:
        release = check_archive(file, confine(limits()))
    except MemoryError:
        return {"limit": "memory_mb"}
    except (RecsysError, OSError) as error:
        return {"error": str(error)[:LONGEST]}
    return {"release": release.name if release else ""}
