"""``python -m recsys_core recommend``: the list for some ratings, with its reasons."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.cli.names import Names
from recsys_core.cli.options import as_json, at_least
from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.datasets.sources.own_ratings import read_own_ratings
from recsys_core.engine import Engine
from recsys_core.errors import ProfileError
from recsys_core.serving.saved_engines import is_prepared, prepare_engine
from recsys_core.settings import settings


def add_recommend(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("recommend", help="make a list for some ratings", description=_recommend.__doc__)
    parser.add_argument("ratings", nargs="*", metavar="TITLE=STARS", help='an item id or a title, such as "The Wire=5"')
    parser.add_argument("--ratings", dest="file", type=Path, metavar="FILE", help="JSON {id: stars}, or CSV with item_id and rating")
    parser.add_argument("--dataset", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("-n", type=at_least(1), default=10, help="how many titles (default: %(default)s)")
    parser.add_argument("--model", default="hybrid", help="default: %(default)s")
    parser.add_argument("--diversity", type=float, default=0.0, help="from 0, the plain list, to 1 (default: %(default)s)")
    parser.add_argument("--kind", choices=("movie", "show"))
    parser.add_argument("--genres", nargs="+", default=(), help="titles with at least one of them")
    parser.add_argument("--years", nargs=2, type=float, metavar=("FIRST", "LAST"))
    parser.add_argument("--exclude", nargs="+", default=(), metavar="TITLE", help="titles not to list, by id or name")
    parser.add_argument("--why", action="store_true", help="add each title's score as the exact sum that it is")
    parser.add_argument("--folder", type=Path, default=settings().models_folder, help="where fitted models are kept (default: data/models)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead of lines")
    parser.set_defaults(run=_recommend)


def _recommend(options: argparse.Namespace) -> None:
    """List what to watch next for somebody with these ratings. Models that are not fitted yet are fitted first."""
    given, notes = read_own_ratings(options.file) if options.file else ({}, [])
    if not is_prepared(options.dataset, options.folder):
        print(f"Fitting the models of {options.dataset}. This happens once.", file=sys.stderr)
    engine = prepare_engine(options.dataset, options.folder)
    names = Names(engine.dataset)
    genres, more = names.without_ratings(options.genres)
    hidden, still_more = names.without_ratings(options.exclude)
    visitor = engine.visitor(given | names.ratings([*options.ratings, *more, *still_more]))
    for note in notes:
        print(note, file=sys.stderr)
    if visitor.profile.unknown:
        print(f"Not in {engine.dataset.name}, left out: {', '.join(visitor.profile.unknown)}", file=sys.stderr)
    years = tuple(options.years) if options.years else None
    filters = Filters.of(options.kind, names.genres(genres), years, [names.item(word) for word in hidden])
    names.check(filters)
    try:
        listed = visitor.recommend(options.n, options.model, options.diversity, filters)
    except ValueError as error:  # a number that is out of its range
        raise ProfileError(str(error)) from error
    whys = visitor.explain_all([line.item_id for line in listed], options.model)
    interval = visitor.stars_interval() if visitor.answering(options.model) == "hybrid" else ()
    lines = []
    for line, why in zip(listed, whys, strict=True):
        place = engine.dataset.position(line.item_id)
        title = engine.dataset.title(place)
        lines.append(
            {
                "rank": line.rank,
                "item_id": line.item_id,
                "title": title.title,
                "year": title.year,
                "kind": title.kind,
                "score": line.score,
                "predicted_rating": _number(line.predicted_rating),
                "interval_80": _interval(interval, place),
                "because": line.because,
                "unlike": line.unlike,
                "shared": line.shared,
                **({"baseline": why.baseline, "contributions": why.contributions} if options.why else {}),
            }
        )
    if options.json:
        facts = {"dataset": engine.dataset.name, "simulated": engine.dataset.simulated, "model": visitor.answering(options.model)}
        print(as_json(facts | {"list": lines}))
    else:
        whatever = filters == EVERYTHING
        nothing = "Every title is rated: nothing is left to list." if whatever else "Every title that passes these filters is rated."
        print("\n".join(_readable(engine, line) for line in lines) or nothing)


def _readable(engine: Engine, line: dict[str, Any]) -> str:
    stars = "no star estimate" if line["predicted_rating"] is None else f"{line['predicted_rating']:.1f} stars"
    ends = [f"{end:.1f}" for end in line["interval_80"]]
    if len(set(ends)) == 2:
        stars += f" ({ends[0]}–{ends[1]} in four of five cases)"
    year = f" ({line['year']})" if line["year"] else ""
    text = f"{line['rank']:3}. {line['title']}{year} [{line['item_id']}]: {stars}{_reason(engine, line)}"
    if "contributions" in line:
        parts = [f"{amount:+.3f} {_title(engine, item_id)}" for item_id, amount in line["contributions"].items()]
        text += f"\n     {line['score']:.3f} = {line['baseline']:.3f} for everybody {' '.join(parts)}"
    return text


def _interval(ends: Sequence[np.ndarray], place: int) -> list[float]:
    """A title's range, or none: one of no width, as where everybody gave the same stars, would claim to be sure."""
    found = [round(float(end[place]), 4) for end in ends]
    return found if len(set(found)) == 2 and not any(map(math.isnan, found)) else []


def _reason(engine: Engine, line: dict[str, Any]) -> str:
    """Return the words of the app's cards, as the end of a line."""
    if line["unlike"]:
        return f", unlike {_title(engine, line['unlike'])}"
    both = f" – both: {', '.join(line['shared'])}" if line["shared"] else ""
    return (
        f", because of {_title(engine, line['because'])}{both}"
        if line["because"]
        else ", popular with everyone"
        if _rated(engine, line)
        else ""
    )


def _rated(engine: Engine, line: dict[str, Any]) -> bool:
    return bool(engine.dataset.raters[engine.dataset.position(line["item_id"])] > 0)


def _title(engine: Engine, item_id: str) -> str:
    return engine.dataset.title(engine.dataset.position(item_id)).with_year


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)
