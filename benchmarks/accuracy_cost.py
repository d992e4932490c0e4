"""What each model costs: time to fit and peak memory, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import implicit
import numpy as np
import surprise
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.report import absent, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.models import Hybrid, Popularity
from recsys_core.models.hybrid.model import PARTS

DATASETS = ("ml-100k", "ml-latest-small")
SURPRISE_SVD, IMPLICIT_ALS = "Surprise SVD", "implicit ALS"
N_RUNS = 3


class Cost(NamedTuple):
    """Seconds, and megabytes of memory on top of what was in use before."""

    seconds: float
    megabytes: float


def report(quick: bool, log: Callable[[str], None]) -> str:
    """The section on cost, in markdown."""
    blocks = [
        "# Cost of fitting",
        f"One core, each fit in a fresh process, median of {N_RUNS}. Peak memory is what the fit adds to the process; "
        f"the peers have their libraries' defaults ({SURPRISE_SVD}: 100 factors, 20 epochs; {IMPLICIT_ALS}: 100 factors, 15 iterations). "
        "The hybrid's time is that of all its parts.",
    ]
    for name in DATASETS[:1] if quick else DATASETS:
        path = shared_data(name)
        if path is None:
            blocks.append(absent(name))
            continue
        costs = {}
        for model in FITS:
            runs = [_alone(model, path) for _ in range(1 if quick else N_RUNS)]
            costs[model] = Cost(*np.median(runs, axis=0))
            log(f"{name} {model}: {costs[model].seconds:.2f} s, {costs[model].megabytes:.0f} MB")
        rows = [
            [model, f"{cost.seconds:.2f} s", f"{cost.megabytes:.0f} MB"]
            + [f"{cost.seconds / costs[peer].seconds:.2f}" for peer in (SURPRISE_SVD, IMPLICIT_ALS)]
            for model, cost in costs.items()
        ]
        header = ["model", "fit", "peak memory", f"time / {SURPRISE_SVD}", f"time / {IMPLICIT_ALS}"]
        blocks.append(f"## {name}\n\n{table(header, rows)}")
    return "\n\n".join(blocks)


def _alone(model: str, path: Path) -> Cost:
    """Measure in a new process, which knows nothing of what was fitted before."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_cost, (model, path))


def _cost(model: str, path: Path) -> Cost:
    with threadpool_limits(limits=1):
        dataset = load_dataset(path, enriched=False)
        prepared = PREPARED[model](dataset) if model in PREPARED else dataset
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = perf_counter()
        FITS[model](prepared)
        seconds = perf_counter() - start
        return Cost(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def _trainset(dataset: Dataset) -> surprise.Trainset:
    users = np.repeat(dataset.user_ids, np.diff(dataset.ratings.indptr))
    rows = zip(users, dataset.item_ids[dataset.ratings.indices], dataset.ratings.data.tolist(), strict=True)
    frame = [(user, item, stars, None) for user, item, stars in rows]
    return surprise.Dataset(surprise.Reader(rating_scale=(0.5, 5))).construct_trainset(frame)


def _fit_als(likes: sparse.csr_matrix) -> None:
    model = implicit.als.AlternatingLeastSquares(factors=100, iterations=15, random_state=0, num_threads=1, use_gpu=False)
    model.fit(likes, show_progress=False)


PREPARED: Mapping[str, Callable[[Dataset], object]] = {
    SURPRISE_SVD: _trainset,
    IMPLICIT_ALS: lambda dataset: sparse.csr_matrix(dataset.ratings, dtype=np.float32, copy=True),  # implicit wants to own it
}
FITS: Mapping[str, Callable] = {
    "popularity": lambda dataset: Popularity().fit(dataset),
    **{name: lambda dataset, part=part: part().fit(dataset) for name, part in PARTS.items()},
    "hybrid": lambda dataset: Hybrid().fit(dataset),
    SURPRISE_SVD: lambda trainset: surprise.SVD(random_state=0).fit(trainset),
    IMPLICIT_ALS: _fit_als,
}
