"""Titles that nobody has rated: one title in ten is held out with all its ratings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.report import absent, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.data.profile import Profile
from recsys_core.evaluation.protocols import evaluate_lists
from recsys_core.evaluation.splits import cold_titles, ratings_frame
from recsys_core.evaluation.summary import summarise_lists
from recsys_core.models import Content, Hybrid

DATASETS, SEEDS = ("showcase", "ml-100k", "ml-latest-small"), (0, 1, 2)
MAX_PEOPLE = 1000
RANDOM, GENRES = "random", "genres only"


class Random:
    """Any order; the same for everybody."""

    def __init__(self, n_items: int, seed: int) -> None:
        self.scores = np.random.default_rng(seed).random(n_items)

    def score(self, profile: Profile) -> np.ndarray:
        return self.scores


def report(quick: bool, log: Callable[[str], None]) -> str:
    """The section on cold titles, in markdown."""
    rows = []
    notes = []
    for name in DATASETS[1:2] if quick else DATASETS:
        source = name if name == "showcase" else shared_data(name)
        if source is None:
            notes.append(absent(name))
            continue
        dataset = load_dataset(source, enriched=False)
        lists = pd.concat([_asked(dataset, seed).assign(run=seed) for seed in (SEEDS[:1] if quick else SEEDS)])
        found = summarise_lists(lists, versus=GENRES)
        cells = found[found["metric"] == "ndcg@10"].set_index("model")
        log(f"{name}: {cells['value'].round(4).to_dict()}")
        for model in ("hybrid", "content", GENRES, RANDOM):
            cell = cells.loc[model]
            ratio = "1" if model == GENRES else f"{cell['ratio']:.2f} [{cell['ratio_low']:.2f}, {cell['ratio_high']:.2f}]"
            rows.append([f"{name}, {model}", f"{cell['value']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]", ratio])
    return "\n\n".join(
        [
            "# Cold titles",
            "One title in ten is held out with all its ratings; the held-out titles alone are ranked for people who are known (all their "
            f"remaining ratings are given; at most {MAX_PEOPLE:,} people). NDCG@10 with 95 % interval, mean over seeds "
            f"{', '.join(map(str, SEEDS))}, and its ratio to the same content model with nothing but genres.",
            table(["data set, model", "NDCG@10", "ratio to genres only"], rows),
            *notes,
        ]
    )


def _asked(dataset: Dataset, seed: int) -> pd.DataFrame:
    split = cold_titles(ratings_frame(dataset), seed=seed)
    train = Dataset.from_frames(dataset.items, split.train, name=dataset.name)
    people = np.random.default_rng(seed).permutation(np.unique(split.test["user_id"]))[:MAX_PEOPLE]
    split = split._replace(test=split.test[split.test["user_id"].isin(people)])
    bare = dataset.items[["item_id", "genres"]].assign(title="untitled")
    models = {
        "hybrid": Hybrid().fit(train),
        GENRES: Content().fit(Dataset.from_frames(bare, split.train)),
        RANDOM: Random(dataset.n_items, seed),
    }
    models["content"] = models["hybrid"].parts["content"]
    cold = np.setdiff1d(dataset.item_ids, split.train["item_id"].to_numpy(str)).tolist()
    return evaluate_lists(models, train, split, among=cold).users
