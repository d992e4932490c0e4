"""Stars for known users: the five published folds of MovieLens 100K, beside the models of Surprise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import surprise

from benchmarks.report import absent, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.evaluation.blending import N_RATINGS, learn_knees, star_rows, star_weights
from recsys_core.evaluation.protocols import cases
from recsys_core.evaluation.splits import Split, by_pairs, published_folds
from recsys_core.models import Hybrid, Popularity

DATASET, HELD_OUT = "ml-100k", 0.15
OURS, SHIPPED = "hybrid", "hybrid, as shipped"
BAR_RMSE, BAR_MAE = 0.900, 0.708
KNN = {"name": "pearson_baseline", "shrinkage": 100}  # what Surprise's documentation recommends for KNNBaseline
SURPRISE: Mapping[str, Callable[[], surprise.AlgoBase]] = {
    "Surprise BaselineOnly": lambda: surprise.BaselineOnly(verbose=False),
    "Surprise SVD": lambda: surprise.SVD(random_state=0),
    "Surprise SVD++": lambda: surprise.SVDpp(random_state=0, cache_ratings=True),
    "Surprise NMF": lambda: surprise.NMF(random_state=0),
    "Surprise KNNBaseline, users": lambda: surprise.KNNBaseline(sim_options=KNN, verbose=False),
    "Surprise KNNBaseline, items": lambda: surprise.KNNBaseline(sim_options={**KNN, "user_based": False}, verbose=False),
}


def report(quick: bool, log: Callable[[str], None]) -> str:
    """The section on known users, in markdown."""
    path = shared_data(DATASET)
    if path is None:
        return absent(DATASET)
    catalogue = load_dataset(path, enriched=False)
    squared: dict[str, list[float]] = {}
    absolute: dict[str, list[float]] = {}
    for number, split in enumerate(list(published_folds(path))[: 1 if quick else 5], start=1):
        true = split.test["rating"].to_numpy()
        for name, predicted in {**ours(catalogue, split), **theirs(split, quick)}.items():
            errors = predicted - true
            squared.setdefault(name, []).append(float(np.sqrt((errors**2).mean())))
            absolute.setdefault(name, []).append(float(np.abs(errors).mean()))
            log(f"u{number} {name}: RMSE {squared[name][-1]:.4f}, MAE {absolute[name][-1]:.4f}")
    order = sorted(squared, key=lambda name: np.mean(squared[name]))
    rows = [
        [name, *(f"{fold:.4f}" for fold in squared[name]), f"{np.mean(squared[name]):.4f}", f"{np.mean(absolute[name]):.4f}"]
        for name in order
    ]
    best = min(np.mean(squared[name]) for name in SURPRISE if name in squared)
    rmse, mae = np.mean(squared[OURS]), np.mean(absolute[OURS])
    met = "met" if rmse < min(BAR_RMSE, best) and mae < BAR_MAE else "not met"
    return "\n\n".join(
        [
            "# Stars for known users",
            "MovieLens 100K, published folds u1 to u5. Root mean squared error of expected stars per fold, its mean, and the mean absolute "
            f"error. The hybrid's weights are learned on {HELD_OUT:.0%} of each fold's training part, its parts then fitted to all of it. "
            "As shipped, its weights come from other data sets. Peers have Surprise's defaults (KNNBaseline: its recommended similarity).",
            table(["model", *(f"u{n}" for n in range(1, len(rows[0]) - 2)), "RMSE", "MAE"], rows),
            f"Bar (RMSE below {BAR_RMSE:.3f}, MAE below {BAR_MAE:.3f}, below every peer): **{met}**. "
            f"The hybrid's RMSE is {rmse:.4f}, {rmse / best - 1:+.1%} against the best peer; its MAE {mae:.4f}.",
        ]
    )


def ours(catalogue: Dataset, split: Split) -> dict[str, np.ndarray]:
    """Expected stars of the hybrid and of its parts for the test rows of a fold, each in the order of the rows."""
    part = by_pairs(split.train, test_fraction=HELD_OUT, seed=0)
    smaller = Hybrid().fit(_fitted_to(catalogue, part.train))
    names = list(smaller.weights.stars)
    rows = star_rows(smaller, list(cases(_fitted_to(catalogue, part.train), part)), names, seed=0, max_asked=None)
    knots = star_weights([rows], N_RATINGS)
    shipped = smaller.weights
    learned = replace(shipped, n_ratings=N_RATINGS, score=dict.fromkeys(shipped.score, (1.0,) * len(N_RATINGS)))
    learned = replace(learned, stars={name: tuple(knots[:, i]) for i, name in enumerate(names)})
    learned = replace(learned, knees=learn_knees([rows], learned))
    train = _fitted_to(catalogue, split.train)
    hybrid = Hybrid(weights=learned).fit(train)
    as_shipped = Hybrid()
    as_shipped.parts = hybrid.parts
    as_shipped.restore(train, hybrid.state())
    models = {
        OURS: hybrid,
        SHIPPED: as_shipped,
        **{f"{name} (a part)": model for name, model in hybrid.parts.items()},
        "bias": Popularity().fit(train),
    }
    found: dict[str, np.ndarray] = {name: np.full(len(split.test), np.nan) for name in models}
    place = {key: row for row, key in enumerate(zip(split.test["user_id"], split.test["item_id"], strict=True))}
    for case in cases(train, split):
        at = [place[case.user_id, item_id] for item_id in train.item_ids[case.items]]
        for name, model in models.items():
            stars = model.predict(case.profile)[case.items]
            # Surprise, too, answers for titles without raters: with the mean
            found[name][at] = np.where(np.isnan(stars), hybrid.baseline_.mean, stars)
    return found


def _fitted_to(catalogue: Dataset, ratings: pd.DataFrame) -> Dataset:
    return Dataset.from_frames(catalogue.items, ratings, name=catalogue.name)


def theirs(split: Split, quick: bool) -> dict[str, np.ndarray]:
    """Expected stars of the peers."""
    reader = surprise.Reader(rating_scale=(1, 5))
    columns = ["user_id", "item_id", "rating"]
    train = surprise.Dataset.load_from_df(split.train[columns], reader).build_full_trainset()
    asked = list(split.test[columns].itertuples(index=False, name=None))
    names = list(SURPRISE)[:2] if quick else list(SURPRISE)
    return {name: np.array([answer.est for answer in SURPRISE[name]().fit(train).test(asked)]) for name in names}
