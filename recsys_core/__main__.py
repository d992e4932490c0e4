"""The command line: ``python -m recsys_core COMMAND``; ``--help`` lists what there is."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from threadpoolctl import threadpool_limits

from recsys_core.cli.check import add_check
from recsys_core.cli.classroom import add_class
from recsys_core.cli.download import add_download
from recsys_core.cli.evaluate import add_evaluate
from recsys_core.cli.import_file import add_import
from recsys_core.cli.info import add_info
from recsys_core.cli.lessons import add_lessons
from recsys_core.cli.measure import add_measure
from recsys_core.cli.options import printable
from recsys_core.cli.recommend import add_recommend
from recsys_core.cli.store import add_store
from recsys_core.cli.train import add_train
from recsys_core.errors import RecsysError

BAD_INPUT = 2
"""Exit code when the user can mend it, as argparse has it."""


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one sentence, without the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}. See {self.prog} --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Each command is a function that takes the parsed arguments."""
    parser = Parser(prog="python -m recsys_core", description="Recommendations that explain themselves, on the command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    models = (add_info, add_download, add_check, add_train, add_recommend, add_import, add_evaluate, add_measure)
    for add in (*models, add_lessons, add_class, add_store):
        add(commands)
    for stream in (sys.stdout, sys.stderr):
        printable(stream)
    options = parser.parse_args(arguments)
    try:
        with threadpool_limits(limits=1):
            options.run(options)
    except (RecsysError, OSError) as error:
        print(f"{parser.prog} {options.command}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130  # what shells expect of a program ended by Ctrl-C
    return 0


if __name__ == "__main__":
    sys.exit(main())
