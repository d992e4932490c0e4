"""Stars for new visitors: people held out whole, some of their ratings given; calibration and intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.accuracy_lists import DATASETS, N_GIVEN, OURS, SEEDS, Log, our_models
from benchmarks.report import absent, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.evaluation.calibration import calibration_table, interval_coverage
from recsys_core.evaluation.protocols import cases, evaluate_stars
from recsys_core.evaluation.splits import Split, new_visitors, ratings_frame
from recsys_core.evaluation.summary import summarise_stars
from recsys_core.models import Hybrid, Model, Popularity


def report(quick: bool, log: Log) -> str:
    """The section on the stars of new visitors, in markdown."""
    blocks = [
        "# Stars for new visitors",
        f"20 % of the people are held out whole, {', '.join(map(str, N_GIVEN))} random ratings of each are given, the others predicted. "
        f"Seeds {', '.join(map(str, SEEDS))}. The hybrid is as shipped.",
    ]
    for name in DATASETS[:1] if quick else DATASETS:
        path = shared_data(name)
        if path is None:
            blocks.append(absent(name))
            continue
        dataset = load_dataset(path, enriched=False)
        ratings = ratings_frame(dataset)
        pairs, held = [], []
        for seed in SEEDS[:1] if quick else SEEDS:
            splits = {n: new_visitors(ratings, n_given=n, seed=seed) for n in N_GIVEN}
            train = Dataset.from_frames(dataset.items, splits[N_GIVEN[0]].train, name=name)
            own = our_models(train)
            for n, split in splits.items():
                pairs.append(evaluate_stars({**own, "bias": Popularity().fit(train)}, train, split).assign(run=seed, n_given=n))
                held.append([str(seed), str(n), f"{_held(own[OURS], train, split):.1%}"])
            log(f"{name}, seed {seed}: stars predicted")
        intervals = table(["seed", "ratings given", OURS], held)
        blocks.append(
            f"## {name}\n\n{_stars(pd.concat(pairs))}\n\nShare of the held-out ratings within their 80 % interval:\n\n{intervals}"
        )
    return "\n\n".join(blocks)


def _stars(pairs: pd.DataFrame) -> str:
    rows = []
    tables = {n: summarise_stars(part.drop(columns="n_given"), versus=OURS) for n, part in pairs.groupby("n_given")}
    for name in pairs["model"].unique():
        row = [name]
        for found in tables.values():
            cell = found[(found["model"] == name) & (found["metric"] == "rmse")].iloc[0]
            against = (
                "" if name == OURS else f" ({cell['difference']:+.4f} [{cell['difference_low']:+.4f}, {cell['difference_high']:+.4f}])"
            )
            row.append(f"{cell['value']:.4f}{against}")
        rows.append(row)
    predicted = pairs[pairs["model"] == OURS]
    bins = calibration_table(predicted["predicted"].to_numpy(), predicted["rating"].to_numpy())
    calibrated = [
        [f"{b.stars:g}", f"{b.mean_predicted:.2f}", f"{b.mean_true:.2f}", f"{b.mean_true - b.mean_predicted:+.2f}", f"{b.n:,}"]
        for b in bins.itertuples()
    ]
    return (
        f"RMSE in stars; in brackets the model minus the hybrid on the same ratings, with its 95 % interval.\n\n"
        f"{table(['model', *(f'{n} given' for n in tables)], rows)}\n\n"
        f"Calibration of the hybrid, all numbers of ratings together:\n\n"
        f"{table(['predicted about', 'mean predicted', 'mean true', 'difference', 'ratings'], calibrated)}"
    )


def _held(hybrid: Model, train: Dataset, split: Split) -> float:
    """How many of the ratings lie within the hybrid's intervals."""
    assert isinstance(hybrid, Hybrid)
    asked = [(case, hybrid.stars_interval(case.profile)) for case in cases(train, split)]
    low, high = (np.concatenate([ends[side][case.items] for case, ends in asked]) for side in (0, 1))
    return interval_coverage(low, high, np.concatenate([case.stars for case, _ in asked]))
