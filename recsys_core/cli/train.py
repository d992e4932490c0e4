"""``python -m recsys_core train``: fit every model of a data set and keep them for the app's next start."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from recsys_core.cli.options import add_progress, as_json, telling
from recsys_core.cli.since import train_since
from recsys_core.errors import SparkError
from recsys_core.serving.saved_engines import place, prepare_engine, saved_version
from recsys_core.settings import settings


def add_train(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("train", help="fit the models and keep them", description=_train.__doc__)
    parser.add_argument("name", nargs="?", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=settings().models_folder, help="where to keep them (default: data/models)")
    parser.add_argument("--json", action="store_true", help="print facts as JSON instead of sentences")
    spark = "train on Apache Spark, at a master such as local[4] or spark://host:7077 (default: what spark-submit says, else this machine)"
    parser.add_argument("--spark", nargs="?", const="", metavar="MASTER", help=spark)
    parser.add_argument("--titles", metavar="PATH", help="with --spark: a table of the titles, if none lies beside the ratings")
    since = (
        "add what is new in NAME to the models saved in this folder, without fitting all of them again; NAME is the data set as it is "
        "now, or new ratings alone: a CSV file, or a folder or zip with ratings.csv and, for new titles, movies.csv"
    )
    parser.add_argument("--since", type=Path, metavar="ENGINE", help=since)
    add_progress(parser)
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    """Fit every model of a data set, unless that was done before, and keep them where the app looks for them."""
    if options.since and options.spark is not None:
        raise SparkError("--since and --spark do not go together: new ratings are added on one machine.")
    if options.titles and options.spark is None:
        raise SparkError("--titles goes with --spark only.")
    if options.since:
        train_since(options)
        return
    with telling(options) as progress:
        start = perf_counter()
        if options.spark is None:
            before = saved_version(options.name, options.folder)
            engine = prepare_engine(options.name, options.folder, must_save=True, whole=True, progress=progress)
            found = saved_version(options.name, options.folder) == before
            saved = place(options.name, options.folder)
        else:
            engine, saved = _on_spark()(options.name, options.folder, options.spark or None, options.titles, progress)
            found = False
        progress(1.0, "saved")
    dataset = engine.dataset
    facts = {
        "dataset": dataset.name,
        "folder": str(saved),
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


def _on_spark() -> Any:
    """:func:`recsys_core.spark.train.train`, imported only where it is asked for: who does not use Spark need not have it."""
    try:
        module: Any = import_module("recsys_core.spark.train")
        return module.train
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("pyspark", "py4j"):
            raise SparkError("Training on Spark needs pyspark: pip install -r requirements-spark.txt") from None
        raise
