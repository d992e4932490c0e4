"""``python -m recsys_core train NAME --since ENGINE``: add new ratings to fitted models."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import Any

from recsys_core.cli.options import as_json, telling
from recsys_core.common.progress import Progress, subprogress
from recsys_core.engine import Engine
from recsys_core.serving.models_folder import held, remove_older
from recsys_core.serving.saved_engines import is_prepared, place
from recsys_core.updating.reading import read_since
from recsys_core.updating.update import Update, check_updatable, update

FIT_ANEW = 0.1
"""From this share of new ratings on, a whole fit is advised."""


def train_since(options: argparse.Namespace) -> None:
    """Bring the engine in ``options.since`` up to date with ``options.name``, save it and say what was added.

    Where the source is the data set as it is now, the engine is saved where the app looks for that data set; where it holds new
    ratings alone, in place of the old one.
    """
    start = perf_counter()
    with telling(options) as progress:
        there = place(options.name, options.folder)
        if is_prepared(options.name, options.folder):
            found, saved = None, there
        else:
            with held(options.since):
                found = _updated(options, progress)
            saved = there if found.added.whole else options.since
            if found.engine.updated is not None and _is_new(found):
                progress(0.8, "saving")
                _save(found.engine, saved)
                if found.added.whole:
                    remove_older(saved)
        progress(1.0, "saved")
    _report(options, found, saved, perf_counter() - start)


def _updated(options: argparse.Namespace, progress: Progress) -> Update:
    progress(0.0, "the fitted models")
    engine = Engine.load(options.since)
    check_updatable(engine)
    progress(0.1, "reading")
    given = read_since(options.name, engine.dataset)
    return update(engine, given, subprogress(progress, 0.3, 0.8))


def _is_new(found: Update) -> bool:
    added = found.added
    return bool(added.new or added.changed or added.titles or added.described_anew)


def _save(engine: Engine, saved: Path) -> None:
    try:
        engine.save(saved)
    except OSError as error:
        raise OSError(f"The models of {engine.dataset.name} could not be saved in {saved}: {error.strerror or error}.") from error


def _report(options: argparse.Namespace, found: Update | None, saved: Path, seconds: float) -> None:
    if found is None:
        facts: dict[str, Any] = {"folder": str(saved), "seconds": round(seconds, 2), "fitted": False, "new": 0}
        said = [f"The models of {options.name} were there already: {saved}"]
    else:
        facts = _facts(found, saved, seconds)
        said = _sentences(facts, options)
    if options.json:
        print(as_json(facts))
    elif not options.progress:
        print("\n".join(said))


def _facts(found: Update, saved: Path, seconds: float) -> dict[str, Any]:
    dataset, added, since = found.engine.dataset, found.added, found.engine.updated
    return {
        "dataset": dataset.name,
        "folder": str(saved) if _is_new(found) else None,
        "seconds": round(seconds, 2),
        "fitted": False,
        "new": added.new,
        "changed": added.changed,
        "new_people": added.people,
        "new_titles": added.titles,
        "whole_data_set": added.whole,
        "neighbours_computed": found.recomputed,
        "share_since_last_fit": round(since.share, 6) if since else 0.0,
        "titles": dataset.n_items,
        "people": dataset.n_people,
        "ratings": dataset.n_ratings,
        "left_out": list(dataset.left_out),
        "notes": found.engine.notes,
    }


def _sentences(facts: dict[str, Any], options: argparse.Namespace) -> list[str]:
    left_out = [f"  left out: {note}" for note in facts["left_out"]]
    if facts["folder"] is None:
        return [f"Nothing is new in {options.name}: the models in {options.since} stay as they are.", *left_out]
    added = (
        f"{facts['new']:,} new and {facts['changed']:,} changed ratings, {facts['new_people']:,} people and {facts['new_titles']:,} titles"
    )
    share = facts["share_since_last_fit"]
    lines = [f"{added} were added to the models of {facts['dataset']} in {facts['seconds']:.1f} s: {facts['folder']}", *left_out]
    if not facts["whole_data_set"]:
        lines.append(f"  {options.name} does not hold all ratings that were known; those that it does not hold stay.")
    lines.append(f"  Since the last whole fit {share:.2%} of the ratings have been added or changed.")
    if share >= FIT_ANEW:
        lines.append("  It is time to fit all models again: python -m recsys_core train NAME, with the data set as it is now.")
    return lines
