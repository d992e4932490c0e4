"""Would a friend name these titles? ``python -m benchmarks.friend_lists [--out benchmarks/results/friend_lists.md]
[--figures data/showcase/friends.csv]``.

``friends/showcase.json`` holds single tastes: three loved titles, and the titles that a knowledgeable person would name next.
``friends/pairs.json`` joins two tastes in one visitor, three loved titles of the first and two of the second, and
``friends/latest_small.json`` has tastes on real ratings. They were written from knowledge, before any model was asked. A title
of the first ten is *named* if it stands in the list of (either) taste, *of the lesser taste* if in that of the second, and
*merely famous* if in neither but among the 50 with most raters.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.report import absent, machine_facts, publish, shared_data, table
from recsys_core import Engine
from recsys_core.serving.saved_engines import prepare_engine

FOLDER = Path(__file__).with_name("friends")
MODELS = ("hybrid", "content", "svd", "item-knn", "ease", "popularity")
TOP, FAMOUS, LOVED = 10, 50, 5.0
COLUMNS = ["model", "named", "famous", "named_of_two", "of_the_lesser", "famous_of_two", "after_one"]
HEADINGS = [
    "model", "single: named", "merely famous", "two tastes: named by either", "of the lesser", "merely famous", "one rating: named",
]  # fmt: skip


def tastes(name: str) -> list[dict[str, Any]]:
    """The lists of one file."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def famous(engine: Engine) -> set[str]:
    """Ids of the titles with most raters."""
    return set(engine.item_ids[engine.dataset.by_popularity[:FAMOUS]].tolist())


def listed(engine: Engine, loved: Sequence[str], model: str) -> list[str]:
    """The first ten titles for somebody who gave five stars to each of the loved ones."""
    return [line.item_id for line in engine.recommend(dict.fromkeys(loved, LOVED), n=TOP, model=model)]


def single(engine: Engine, asked: Sequence[dict[str, Any]], model: str) -> tuple[float, float]:
    """Mean numbers of titles among the first ten: named by the friend, and merely famous."""
    known = famous(engine)
    counts = []
    for taste in asked:
        first, friend = set(listed(engine, taste["loved"], model)), set(taste["friend"])
        counts.append((len(first & friend), len((first - friend) & known)))
    return tuple(np.mean(counts, axis=0).tolist())


def pairs(engine: Engine, asked: Sequence[dict[str, Any]], friends: dict[str, set[str]], model: str) -> tuple[float, float, float]:
    """The same for two tastes: named by either friend, of the lesser taste, merely famous."""
    known = famous(engine)
    counts = []
    for pair in asked:
        first = set(listed(engine, [*pair["first"]["loved"], *pair["second"]["loved"]], model))
        greater, lesser = friends[pair["first"]["taste"]], friends[pair["second"]["taste"]]
        counts.append((len(first & (greater | lesser)), len(first & lesser), len((first - greater - lesser) & known)))
    return tuple(np.mean(counts, axis=0).tolist())


def after_one(engine: Engine, asked: Sequence[dict[str, Any]], model: str) -> float:
    """The mean number of named titles among the first ten after a single rating: five stars for the first of the loved titles."""
    return float(np.mean([len(set(listed(engine, taste["loved"][:1], model)) & set(taste["friend"])) for taste in asked]))


def showcase_figures() -> pd.DataFrame:
    """The figures of each model on the showcase, with the columns of :data:`COLUMNS`."""
    asked, both = tastes("showcase"), tastes("pairs")
    friends = {taste["name"]: set(taste["friend"]) for taste in asked}
    engine = prepare_engine()
    rows = [
        (model, *single(engine, asked, model), *pairs(engine, both, friends, model), after_one(engine, asked, model)) for model in MODELS
    ]
    return pd.DataFrame(rows, columns=COLUMNS).round(2).assign(tastes=len(asked), pairs=len(both), date=f"{date.today()}")


def report(figures: pd.DataFrame) -> str:
    """Say it in markdown."""
    n_tastes, n_pairs = figures["tastes"].iloc[0], figures["pairs"].iloc[0]
    rows = [[str(row[0]), *(f"{value:.2f}" for value in row[1:])] for row in figures[COLUMNS].itertuples(index=False)]
    parts = [
        "# Lists that a friend would make",
        f"Made by `python -m benchmarks.friend_lists`. {machine_facts()}",
        f"Of the first {TOP} titles, how many a knowledgeable person would have named, and how many are not named but among the {FAMOUS} "
        f"with most raters. Showcase: {n_tastes} single tastes (three loved titles), {n_pairs} pairs (three and two).",
        table(HEADINGS, rows),
    ]
    path = shared_data("ml-latest-small")
    if path is None:
        parts.append(absent("ml-latest-small"))
    else:
        real, real_engine = tastes("latest_small"), prepare_engine(str(path))
        found = {model: single(real_engine, real, model) for model in MODELS}
        parts.append(f"MovieLens latest-small, {len(real)} single tastes:")
        parts.append(
            table(["model", "named", "merely famous"], [[model, f"{named:.2f}", f"{known:.2f}"] for model, (named, known) in found.items()])
        )
    return "\n\n".join(parts)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.friend_lists", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    parser.add_argument("--figures", type=Path, help="also write the figures of the showcase to this file; the page Compare shows them")
    options = parser.parse_args()
    figures = showcase_figures()
    if options.figures:
        figures.to_csv(options.figures, index=False)
    publish(report(figures), options.out)


if __name__ == "__main__":
    main()
