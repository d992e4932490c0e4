"""What are a few picks and choices worth? ``python -m benchmarks.quick_start [--viewers 150] [--out benchmarks/results/quick_start.md]``.

On the showcase, whose viewers' true taste is known. A fifth of them is held out whole; the models learn from the others.
A held-out viewer answers as their true taste says: of two sets the one whose titles they would give more stars on
average, or neither where that is less than 0.3 stars; as favourites the titles of the six groups that they would like
best. How far an answer pulls is chosen on other held-out viewers than those of the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.report import machine_facts, publish, table
from recsys_core import Dataset, Engine, load_dataset
from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.ranking import top_n
from recsys_core.data.scale import LIKED_STARS
from recsys_core.datasets.sources.showcase import read_catalogue, truth
from recsys_core.evaluation.bootstrap import mean_interval
from recsys_core.evaluation.protocols import Case, cases
from recsys_core.evaluation.splits import new_visitors, ratings_frame
from recsys_core.evaluation.truth import true_stars
from recsys_core.visitor import quick_start
from recsys_core.visitor.steering import factor_name

N_GIVEN, N_FAVOURITES, K, SEED = 5, 3, 10, 0
JUST_NOTICED = 0.3
"""Two sets whose mean stars differ by less are alike."""
PULLS = (0.05, 0.125, 0.25, 0.5, 1.25, 2.5)
"""Strengths to choose from, in standard deviations of the score."""


def answers(pairs: Sequence[quick_start.Pair], stars: np.ndarray, amount: float) -> dict[str, float]:
    """The pulls of a viewer who takes the set that they would like better."""
    better = {pair.factor: float(stars[pair.high].mean() - stars[pair.low].mean()) for pair in pairs}
    return {factor_name(factor): amount * np.sign(more) for factor, more in better.items() if abs(more) >= JUST_NOTICED}


def favourites(groups: Sequence[quick_start.Group], stars: np.ndarray) -> np.ndarray:
    """Positions of the titles of the groups that a viewer would like best."""
    shown = np.concatenate([group.titles for group in groups])
    return shown[np.argsort(-stars[shown], kind="stable")[:N_FAVOURITES]]


def judged(
    engine: Engine, case: Case, stars: np.ndarray, barred: np.ndarray, ratings: Mapping[str, float], pulls: Mapping[str, float]
) -> tuple[float, float]:
    """NDCG@10 over the viewer's own ratings of 4 stars and more, and the mean true stars of the ten titles."""
    candidates = np.ones(engine.dataset.n_items, dtype=bool)
    candidates[barred] = False
    relevant = np.zeros_like(candidates)
    relevant[case.items[case.stars >= LIKED_STARS]] = True
    relevant &= candidates
    head = top_n(engine.visitor(ratings, pulls).score(), engine.item_ids, K, candidates)
    return ndcg_at_k(relevant[head], K, int(relevant.sum())) if relevant.any() else float("nan"), float(stars[head].mean())


def report(n_viewers: int) -> str:
    """The whole measurement as Markdown."""
    dataset = load_dataset("showcase")
    split = new_visitors(ratings_frame(dataset), n_given=N_GIVEN, seed=SEED)
    engine = Engine.fit(Dataset.from_frames(dataset.items, split.train, name="showcase", simulated=True))
    pairs, groups = quick_start.pairs(engine), quick_start.groups(engine)
    asked = list(cases(engine.dataset, split))
    chosen = np.random.default_rng(SEED).permutation(len(asked))[: 2 * n_viewers]
    truths = true_stars(truth(), engine.dataset, [asked[i].user_id for i in chosen], read_catalogue()["item_id"].to_numpy())

    by_pull: dict[float, np.ndarray] = {}
    for amount in PULLS:
        own = [(asked[chosen[row]], truths[row]) for row in range(n_viewers)]
        seen = [judged(engine, case, stars, case.profile.items, {}, answers(pairs, stars, amount)) for case, stars in own]
        by_pull[amount] = np.nanmean(seen, axis=0)
    results: dict[str, list[tuple[float, float]]] = {}
    random = np.random.default_rng(SEED)
    for row in range(n_viewers, len(chosen)):
        case, stars = asked[chosen[row]], truths[row]
        ids = engine.item_ids
        given = {str(ids[item]): value for item, value in zip(case.profile.items, case.profile.stars.tolist(), strict=True)}
        loved = favourites(groups, stars)
        picked = {str(ids[item]): 5.0 for item in loved}
        pulls = answers(pairs, stars, quick_start.PULL)
        coin = {factor_name(pair.factor): quick_start.PULL * random.choice([-1.0, 1.0]) for pair in pairs}
        barred = np.union1d(case.profile.items, loved)
        ways: dict[str, tuple[dict[str, float], dict[str, float]]] = {
            "nothing said (popularity)": ({}, {}),
            f"{len(pairs)} choices by coin": ({}, coin),
            f"{len(pairs)} choices": ({}, pulls),
            f"{N_FAVOURITES} favourites": (picked, {}),
            f"{N_FAVOURITES} favourites and {len(pairs)} choices": (picked, pulls),
            f"{N_GIVEN} ratings": (given, {}),
            f"{N_GIVEN} ratings and {len(pairs)} choices": (given, pulls),
        }
        for way, (ratings, steering) in ways.items():
            results.setdefault(way, []).append(judged(engine, case, stars, barred, ratings, steering))
    rows = []
    for way, values in results.items():
        ndcg, likes = (mean_interval(column) for column in np.array(values).T)
        rows.append([way, *(f"{x.value:.3f} ({x.low:.3f} to {x.high:.3f})" for x in (ndcg, likes))])
    strengths = table(
        ["pull", "NDCG@10", "true stars"], [[f"{amount:g}", *(f"{value:.3f}" for value in means)] for amount, means in by_pull.items()]
    )
    return (
        f"# Quick start\n\n{__doc__.split(chr(10) * 2, 1)[1]}\n"
        f"{table(['the hybrid knows', 'NDCG@10', 'true stars of the ten titles'], rows)}\n\n"
        f"{len(chosen) - n_viewers} viewers, 95 % intervals. NDCG by the viewer's own ratings of at least "
        f"{LIKED_STARS:g} stars that were not given; titles that were given or picked are listed for nobody. "
        f"The app's pull is {quick_start.PULL:g}.\n\n"
        f"How far should an answer pull? {n_viewers} other viewers:\n\n{strengths}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quick_start", description=__doc__)
    parser.add_argument("--viewers", type=int, default=150, help="so many for the table, and as many to choose the pull")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    text = report(options.viewers)
    publish(f"{text}\n\n{machine_facts()} Made by `python -m benchmarks.quick_start --viewers {options.viewers}`.", options.out)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
