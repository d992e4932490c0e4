"""``python -m recsys_core train``: fit every model of a data set and keep them for the app's next start."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import Any

from recsys_core.cli.options import add_progress, as_json, telling
from recsys_core.serving.saved_engines import is_prepared, prepare_engine, source_key
from recsys_core.settings import settings


def add_train(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("train", help="fit the models and keep them", description=_train.__doc__)
    parser.add_argument("name", nargs="?", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=settings().models_folder, help="where to keep them (default: data/models)")
    parser.add_argument("--json", action="store_true", help="print facts as JSON instead of sentences")
    add_progress(parser)
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    """Fit every model of a data set, unless that was done before, and keep them where the app looks for them."""
    with telling(options) as progress:
        found = is_prepared(options.name, options.folder)
        start = perf_counter()
        engine = prepare_engine(options.name, options.folder, must_save=True, progress=progress)
        progress(1.0, "saved")
    dataset = engine.dataset
    facts = {
        "dataset": dataset.name,
        "folder": str(options.folder / source_key(options.name)),
        "seconds": round(perf_counter() - start, 2),
        "fitted": not found,
        "titles": dataset.n_items,
        "people": dataset.n_people,
        "ratings": dataset.n_ratings,
        "models": list(engine.models),
        "notes": engine.notes,
    }
    if options.json:
        print(as_json(facts))
    elif not options.progress:
        done = "were there already" if found else f"were fitted in {facts['seconds']:.1f} s"
        print(f"The {len(engine.models)} models of {dataset.name} {done}: {facts['folder']}")
        for name, note in engine.notes.items():
            print(f"  {name}: {note}")
