"""``python -m recsys_core info``: what is in a data set, and whether its models are fitted."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recsys_core.cli.options import as_json
from recsys_core.common.arrays import load_facts, verify
from recsys_core.datasets import load_dataset, source_path
from recsys_core.serving.saved_engines import is_prepared, place
from recsys_core.settings import settings


def add_info(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("info", help="say what is in a data set", description=_info.__doc__)
    parser.add_argument("name", nargs="?", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=settings().models_folder, help="where fitted models are kept (default: data/models)")
    parser.add_argument("--json", action="store_true", help="print facts as JSON instead of lines")
    parser.add_argument("--verify", action="store_true", help="read the fitted models through and compare their checksum as well")
    parser.set_defaults(run=_info)


def _info(options: argparse.Namespace) -> None:
    """Count what is in a data set; nothing is fitted."""
    dataset = load_dataset(options.name)
    fitted = is_prepared(options.name, options.folder)
    if options.verify and fitted:
        verify(place(options.name, options.folder))
    items, cells = dataset.items, dataset.n_people * dataset.n_items
    years = items["year"].dropna()
    facts = {
        "dataset": dataset.name,
        "description": dataset.description,
        "source": str(source_path(options.name)),
        "simulated": dataset.simulated,
        "titles": dataset.n_items,
        "kinds": {kind or "unknown": int(n) for kind, n in items["kind"].value_counts().items()},
        "years": [int(years.min()), int(years.max())] if len(years) else None,
        "with_synopsis": int((items["text"] != "").sum()),
        "people": dataset.n_people,
        "ratings": dataset.n_ratings,
        "density": dataset.n_ratings / cells if cells else 0.0,
        "titles_without_raters": int((dataset.raters == 0).sum()),
        "left_out": list(dataset.left_out),
        "models": str(place(options.name, options.folder)) if fitted else None,
        "verified": bool(options.verify and fitted),
        "newer_than_models": _newer(place(options.name, options.folder)) if fitted else None,
    }
    print(as_json(facts) if options.json else _readable(facts))


def _newer(saved: Path) -> int:
    """How many ratings have been added since all models were last fitted."""
    return int(load_facts(saved).get("updated", {}).get("n_since", 0))


def _readable(facts: dict[str, Any]) -> str:
    made = "simulated ratings" if facts["simulated"] else "ratings"
    years = f", {facts['years'][0]}–{facts['years'][1]}" if facts["years"] else ""
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in facts["kinds"].items())
    newer = f"; {facts['newer_than_models']:,} ratings were added since the last whole fit" if facts["newer_than_models"] else ""
    return "\n".join(
        [
            f"{facts['dataset']}: {facts['description']}",
            f"  source   {facts['source']}",
            f"  titles   {facts['titles']:,} ({kinds}{years}); {facts['with_synopsis']:,} with a synopsis",
            f"  people   {facts['people']:,}",
            f"  {made}  {facts['ratings']:,}, {facts['density']:.2%} of all pairs; {facts['titles_without_raters']:,} titles without any",
            *(f"  left out {note}" for note in facts["left_out"]),
            f"  models   {facts['models'] or 'not fitted yet: python -m recsys_core train'}{', whole' if facts['verified'] else ''}{newer}",
        ]
    )
