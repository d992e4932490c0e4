"""``python -m recsys_core measure``: the figures that the page Compare shows."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recsys_core.cli.options import add_progress, at_least, telling
from recsys_core.datasets import load_dataset
from recsys_core.evaluation import write_results
from recsys_core.evaluation.app_models import measure
from recsys_core.serving.figures import place
from recsys_core.settings import settings


def add_measure(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("measure", help="measure the models for the page Compare", description=_measure.__doc__)
    parser.add_argument("name", nargs="?", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("--max-visitors", type=at_least(1), metavar="N", help="ask about so many at most (default: all that are held out)")
    parser.add_argument("--folder", type=Path, default=settings().models_folder, help="where fitted models are kept (default: data/models)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write there instead; data/showcase holds what comes with the app")
    add_progress(parser)
    parser.set_defaults(run=_measure)


def _measure(options: argparse.Namespace) -> None:
    """Fit all models without a fifth of the people, ask about those, and keep the figures where the page Compare finds them."""
    with telling(options) as progress:
        folder = options.out or place(options.name, options.folder)  # of what is read below: a source may change meanwhile
        progress(0.0, "reading")
        results = measure(load_dataset(options.name), max_visitors=options.max_visitors, progress=progress)
        write_results(results, folder)
        progress(1.0, "saved")
    if not options.progress:
        print(f"{len(results.table):,} figures in {folder}")
