"""``python -m recsys_core recommend``: the list for some ratings, with its reasons."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.common.text import upright
from recsys_core.data.filters import Filters
from recsys_core.data.search import TitleSearch
from recsys_core.engine import Engine
from recsys_core.errors import ProfileError, UnknownItemError
from recsys_core.serving.saved_engines import is_prepared, prepare_engine
from recsys_core.settings import settings

SUGGESTED = 5


def add_recommend(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("recommend", help="make a list for some ratings", description=_recommend.__doc__)
    parser.add_argument("ratings", nargs="*", metavar="TITLE=STARS", help='an item id or a title, such as "The Wire=5"')
    parser.add_argument("--ratings", dest="file", type=Path, metavar="FILE", help="JSON {id: stars}, or CSV with item_id and rating")
    parser.add_argument("--dataset", default="showcase", help="showcase, a name or a path of a data set (default: %(default)s)")
    parser.add_argument("-n", type=int, default=10, help="how many titles (default: %(default)s)")
    parser.add_argument("--model", default="hybrid", help="default: %(default)s")
    parser.add_argument("--diversity", type=float, default=0.0, help="from 0, the plain list, to 1 (default: %(default)s)")
    parser.add_argument("--kind", choices=("movie", "show"))
    parser.add_argument("--genres", nargs="+", help="titles with at least one of them")
    parser.add_argument("--years", nargs=2, type=float, metavar=("FIRST", "LAST"))
    parser.add_argument("--exclude", nargs="+", default=(), metavar="ID", help="titles not to list")
    parser.add_argument("--why", action="store_true", help="add each title's score as the exact sum that it is")
    parser.add_argument("--folder", type=Path, default=settings().models_folder, help="where fitted models are kept (default: data/models)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead of lines")
    parser.set_defaults(run=_recommend)


def _recommend(options: argparse.Namespace) -> None:
    """List what to watch next for somebody with these ratings. Models that are not fitted yet are fitted first."""
    if not is_prepared(options.dataset, options.folder):
        print(f"Fitting the models of {options.dataset}. This happens once.", file=sys.stderr)
    engine = prepare_engine(options.dataset, options.folder)
    visitor = engine.visitor(_from_file(options.file) | _from_words(engine, options.ratings))
    if visitor.profile.unknown:
        print(f"Not in {engine.dataset.name}, left out: {', '.join(visitor.profile.unknown)}", file=sys.stderr)
    years = tuple(options.years) if options.years else None
    try:
        filters = Filters.of(options.kind, options.genres, years, options.exclude)
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
                "interval_80": [_number(end[place]) for end in interval],
                "because": line.because,
                **({"baseline": why.baseline, "contributions": why.contributions} if options.why else {}),
            }
        )
    if options.json:
        facts = {"dataset": engine.dataset.name, "simulated": engine.dataset.simulated, "model": visitor.answering(options.model)}
        print(json.dumps(facts | {"list": lines}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(_readable(engine, line) for line in lines) or "No title passes these filters.")


def _readable(engine: Engine, line: dict[str, Any]) -> str:
    stars = "no star estimate" if line["predicted_rating"] is None else f"{line['predicted_rating']:.1f} stars"
    if line["interval_80"] and None not in line["interval_80"]:
        stars += " ({:.1f}–{:.1f} in four of five cases)".format(*line["interval_80"])
    year = f" ({line['year']})" if line["year"] else ""
    because = f", because of {_title(engine, line['because'])}" if line["because"] else ""
    text = f"{line['rank']:3}. {line['title']}{year} [{line['item_id']}]: {stars}{because}"
    if "contributions" in line:
        parts = [f"{amount:+.3f} {_title(engine, item_id)}" for item_id, amount in line["contributions"].items()]
        text += f"\n     {line['score']:.3f} = {line['baseline']:.3f} for everybody {' '.join(parts)}"
    return text


def _title(engine: Engine, item_id: str) -> str:
    return engine.dataset.title(engine.dataset.position(item_id)).title


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def _from_words(engine: Engine, words: Sequence[str]) -> dict[str, float]:
    """``TITLE=STARS`` pairs by item id. Raises :class:`ProfileError` or :class:`UnknownItemError`."""
    search = None
    ratings = {}
    for word in words:
        name, equals, stars = word.rpartition("=")
        if not equals:
            raise ProfileError(f'{word!r} is no rating. Write a title or an id, an equals sign and the stars: "The Wire=5".')
        if name not in engine.dataset.item_index:
            search = search or TitleSearch(engine.dataset)
            name = _found(engine, search, name)
        ratings[name] = _stars(stars, word)
    return ratings


def _found(engine: Engine, search: TitleSearch, name: str) -> str:
    """The id of the title that is called exactly so, if there is one alone."""
    known = np.argsort(np.lexsort((engine.item_ids, -engine.dataset.raters)))
    found = search.find(name, known)
    same = [place for place in found if engine.dataset.title(place).title.casefold() == upright(name).casefold()]
    if len(same) == 1:
        return str(engine.item_ids[same[0]])
    near = ", ".join(f"{engine.dataset.title(place).title} [{engine.item_ids[place]}]" for place in (same or found)[:SUGGESTED])
    if same:
        raise UnknownItemError(f"More than one title is called {name!r}: {near}. Give the id.")
    raise UnknownItemError(f"No title is called {name!r} in {engine.dataset.name!r}." + (f" Did you mean {near}?" if near else ""))


def _stars(text: str, word: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ProfileError(f"{text!r} in {word!r} is not a number of stars from 0.5 to 5.") from None


def _from_file(path: Path | None) -> dict[str, float]:
    if path is None:
        return {}
    try:
        if path.suffix.lower() == ".json":
            given = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(given, dict):
                raise ValueError("it holds no object {id: stars}")
            return {str(item_id): float(stars) for item_id, stars in given.items()}
        frame = pd.read_csv(path, dtype={"item_id": str})
        return dict(zip(frame["item_id"], frame["rating"].astype(float), strict=True))
    except FileNotFoundError:
        raise ProfileError(f"There is no file {path}.") from None
    except KeyError as error:
        raise ProfileError(f"{path} lacks the column {error}. It needs item_id and rating.") from error
    except (ValueError, TypeError, pd.errors.ParserError) as error:
        raise ProfileError(f"{path} holds no ratings ({error}). Give JSON {{id: stars}}, or CSV with item_id and rating.") from error
