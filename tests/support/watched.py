"""Run a module and write down which files it opened: ``python -m tests.support.watched RECORD.json MODULE ARGUMENTS…``.

Only the standard library is imported here, so that the module's own imports are seen, too. The hook sits below all libraries
that open files through Python.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path


def main(record: Path, module: str, arguments: list[str]) -> None:
    """Run ``python -m module arguments`` in this process; the record is written however it ends."""
    opened: set[str] = set()

    def note(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            opened.add(os.fsdecode(args[0]) if isinstance(args[0], str | bytes | os.PathLike) else str(args[0]))

    sys.addaudithook(note)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        record.write_text(json.dumps(sorted(opened), indent=0), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
