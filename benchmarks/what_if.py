"""How long "what if" takes: ``python -m benchmarks.what_if [--out benchmarks/results/what_if.md]``.

Two questions of a visitor with 50 ratings, model ``hybrid``: which of the ratings shaped the list most (every rating is
left out in turn), and what if one rating were not there (rank and stars of a title, the list before and after). The
visitor is folded in within the time. Each list without a rating is also compared with that of a visitor made afresh.
"""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.latency import Ratings, milliseconds, random_visitors
from benchmarks.report import machine_facts, publish, table
from recsys_core import Engine
from recsys_core.serving.saved_engines import prepare_engine
from recsys_core.visitor.influence import influences
from recsys_core.visitor.what_if import what_if

N_VISITORS, N_WARM_UP, N_CHECKED, N_LISTED = 200, 10, 20, 20
BAR_MS = 50.0  # p95 of all ratings at once, on the showcase


def ask_once(engine: Engine, ratings: Ratings, title: str) -> None:
    """What a change in the window "Why this?" costs."""
    found = what_if(engine.visitor(ratings), without=next(iter(ratings)))
    found.rank(title)
    found.stars(title)
    found.lists(N_LISTED)


def differing(engine: Engine, ratings: Ratings) -> tuple[int, int]:
    """How many lists without a rating are not those of a fresh visitor, of how many."""
    found = influences(engine.visitor(ratings), N_LISTED)
    wrong = 0
    for influence in found:
        rest = {item_id: stars for item_id, stars in ratings.items() if item_id != influence.item_id}
        fresh = engine.recommend(rest, N_LISTED, exclude=[influence.item_id])
        wrong += [line.item_id for line in fresh] != list(influence.lists.after)
    return wrong, len(found)


def report(name: str) -> str:
    """Measure one data set and say it in markdown."""
    engine = prepare_engine(name)
    gc.collect()
    gc.freeze()  # as the app does once its models are loaded
    visitors = random_visitors(engine, N_WARM_UP + N_VISITORS)
    title = str(engine.item_ids[np.argmax(engine.dataset.raters)])
    rows = []
    for what, ask in (
        ("all ratings at once", lambda ratings: influences(engine.visitor(ratings), N_LISTED)),
        ("one rating, one title", lambda ratings: ask_once(engine, ratings, title)),
    ):
        times = [milliseconds(lambda ask=ask, ratings=ratings: ask(ratings)) for ratings in visitors][N_WARM_UP:]
        rows.append([what, *(f"{figure:.1f}" for figure in (np.median(times), np.percentile(times, 95), max(times)))])
    wrong, lists = np.sum([differing(engine, ratings) for ratings in visitors[:N_CHECKED]], axis=0).tolist()
    return "\n\n".join(
        [
            f"# What if: {name}",
            f"{machine_facts()} BLAS on one thread. Made by `python -m benchmarks.what_if`.",
            f"{engine.dataset.n_items:,} titles, visitors with 50 ratings, lists of {N_LISTED}; milliseconds over {N_VISITORS} visitors.",
            table(["question", "median", "p95", "most"], rows),
            f"Lists that differ from those of a fresh visitor: {wrong} of {lists:,}. "
            f"Bar on the showcase: p95 of all ratings at once at most {BAR_MS:.0f} ms.",
        ]
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.what_if", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dataset", default="showcase", help="a name or a path")
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    given = parser.parse_args()
    with threadpool_limits(limits=1):
        publish(report(given.dataset), given.out)


if __name__ == "__main__":
    main()
