"""What each step between "Very well known" and "Hidden gems" does to a list: ``python -m benchmarks.fame_steps [--out FILE]``.

Asked for the tastes of ``friends/showcase.json`` (three loved titles each), and for mixed visitors with twelve ratings of four
tastes. The steps are :data:`recsys_core.visitor.steering.FAME_STEPS`: each should exchange about two to four of ten titles.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.friend_lists import LOVED, TOP, tastes
from benchmarks.report import machine_facts, publish, table
from recsys_core import Engine
from recsys_core.serving.saved_engines import prepare_engine
from recsys_core.visitor.quality import n_best_known, quality_of_list
from recsys_core.visitor.steering import FAME, FAME_STEPS

N_MIXED, TASTES_EACH = 40, 4


def measured(engine: Engine, visitors: Sequence[Mapping[str, float]], friends: Sequence[set[str]]) -> list[list[str]]:
    """One row per step: titles exchanged against the step before, best-known titles, named by the friend, expected stars."""
    rows: list[list[str]] = []
    before: list[set[str]] = []
    for step, amount in FAME_STEPS.items():
        asked = [engine.visitor(ratings, {FAME: amount}) for ratings in visitors]
        lists = [[line.item_id for line in visitor.recommend(TOP)] for visitor in asked]
        exchanged = [len(set(ids) - earlier) for ids, earlier in zip(lists, before, strict=bool(before))]
        known = np.mean([n_best_known(engine, ids) for ids in lists])
        named = np.mean([len(set(ids) & friend) for ids, friend in zip(lists, friends, strict=True)])
        stars = np.mean([quality_of_list(visitor, ids).mean_stars for visitor, ids in zip(asked, lists, strict=True)])
        changed = f"{np.mean(exchanged):.1f}" if exchanged else ""
        rows.append([f"{step:+d}", f"{amount:g}", changed, f"{known:.1f}", f"{named:.1f}", f"{stars:.2f}"])
        before = [set(ids) for ids in lists]
    return rows


def report() -> str:
    """Measure both kinds of visitors and say it in markdown."""
    engine, found = prepare_engine(), tastes("showcase")
    rng = np.random.default_rng(0)
    drawn = [rng.choice(len(found), TASTES_EACH, replace=False).tolist() for _ in range(N_MIXED)]
    singles = [dict.fromkeys(taste["loved"], LOVED) for taste in found]
    mixed = [{item_id: float(rng.integers(3, 6)) for number in numbers for item_id in found[number]["loved"]} for numbers in drawn]
    friends = [set(taste["friend"]) for taste in found]
    of_mixed = [set().union(*(friends[number] for number in numbers)) for numbers in drawn]
    head = ["step", "pull", f"exchanged of {TOP}", "best known", "named by the friend", "expected stars"]
    return "\n\n".join(
        [
            "# Well known or hidden gems",
            f"Made by `python -m benchmarks.fame_steps`. {machine_facts()}",
            f"{len(singles)} single tastes:",
            table(head, measured(engine, singles, friends)),
            f"{len(mixed)} visitors with twelve ratings of {TASTES_EACH} tastes (named by any of the friends):",
            table(head, measured(engine, mixed, of_mixed)),
        ]
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fame_steps", description=__doc__)
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    publish(report(), parser.parse_args().out)


if __name__ == "__main__":
    main()
