"""``python -m recsys_core import``: a file from another site as ratings that ``recommend --ratings`` takes."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from recsys_core.cli.options import as_json
from recsys_core.datasets import load_dataset
from recsys_core.errors import ExchangeError
from recsys_core.exchange.matching import Matcher
from recsys_core.exchange.packed import MOST_BYTES
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.report import Report, report
from recsys_core.exchange.rows import Answers, Reading

_ANSWER = {
    "person": "--person NAME says whose ratings count",
    "scale": "--top 5, 10 or 100 says how high ratings go",
    "dates": "--day-first or --month-first says how dates are written",
}


def add_import(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("import", help="read ratings from another site", description=_import.__doc__)
    parser.add_argument("file", type=Path, help="an export of Letterboxd, IMDb, Trakt, Netflix and others, or a table")
    parser.add_argument("--dataset", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write {id: stars} there, for recommend --ratings")
    parser.add_argument("--not-found", type=Path, metavar="FILE", help="write the rows that were not found there, as CSV")
    parser.add_argument("--person", help="whose ratings count, in a file of several people")
    parser.add_argument("--top", type=int, choices=(5, 10, 100), help="how high the ratings of a plain table go")
    order = parser.add_mutually_exclusive_group()
    order.add_argument("--day-first", dest="day_first", action="store_true", default=None, help="4/5/2024 is in May")
    order.add_argument("--month-first", dest="day_first", action="store_false", help="4/5/2024 is in April")
    parser.add_argument("--episodes", action="store_true", help="guess a show's stars from its episodes")
    parser.add_argument("--json", action="store_true", help="print counts as JSON instead of lines")
    parser.set_defaults(run=_import)


def _import(options: argparse.Namespace) -> None:
    """Say what a file comes to in a data set. Nothing is kept but the files that are asked for; uncertain titles are left out."""
    if options.file.stat().st_size > MOST_BYTES:
        raise ExchangeError(f"{options.file} has more than {MOST_BYTES / 2**20:.0f} MB.")
    given = Answers(options.person, options.day_first, None, options.top, options.episodes)
    reading = read_file(options.file.read_bytes(), given)
    _check_answers(reading, given)
    found = report(reading, Matcher(load_dataset(options.dataset)))
    stars = {item_id: row.stars for item_id, row in found.found.items() if row.stars is not None}
    if options.out:
        options.out.write_text(json.dumps(stars, indent=1), encoding="utf-8")
    if options.not_found:
        options.not_found.write_bytes(found.unmatched().encode("utf-8-sig"))
    facts = {"site": reading.site, "scale": reading.scale, "rows": len(reading.rows), "counts": dict(found.counts), "ratings": len(stars)}
    print(as_json(facts) if options.json else _readable(reading, found, len(stars)))


def _check_answers(reading: Reading, given: Answers) -> None:
    known = {
        "person": given.person in dict(reading.people),
        "scale": given.top is not None,
        "dates": given.day_first is not None,
        "unrated": True,  # they count as left out
    }
    if missing := sorted(question for question in reading.asks if not known[question]):
        people = f" There are: {', '.join(name for name, _ in reading.people[:20])}." if "person" in missing else ""
        raise ExchangeError(f"The file does not tell everything: {'; '.join(_ANSWER[question] for question in missing)}.{people}")


def _readable(reading: Reading, found: Report, n_stars: int) -> str:
    lines = [f"{reading.site}: {len(reading.rows):,} rows, {n_stars:,} ratings found.", reading.scale]
    lines += [f"{n:7,}  {fate}" for fate, n in found.counts.items()]
    lines += [f"         of these {n:,} {reason}" for reason, n in found.reasons.most_common()]
    return "\n".join(line for line in lines if line)
