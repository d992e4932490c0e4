"""How long a start and a click take: ``python -m benchmarks.latency [--out benchmarks/results/latency.md]``.

One click is what a star on the Rate page costs the core: ``score`` + ``recommend(n=20)`` + ``explain`` for those 20,
for a visitor with 50 ratings. It is timed once through one :class:`~recsys_core.Visitor`, as the pages do it (the
visitor is folded in once), and once through calls to the engine (each folds in anew).
"""

from __future__ import annotations

import argparse
import gc
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.interactions import time_interactions
from benchmarks.report import absent, machine_facts, publish, shared_data, table
from recsys_core import Engine, load_dataset

N_CLICKS, N_WARM_UP, N_LOADS = 100, 10, 5
N_RATED, N_LISTED = 50, 20
BAR_CLICK_MS, BAR_LOAD_MS, BAR_INTERACTION_MS = 20.0, 500.0, 60.0  # of the design, for the showcase

Ratings = dict[str, float]
Parts = tuple[float, float, float]
"""Milliseconds for score, recommend and explain."""


def milliseconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1e3


def random_visitors(engine: Engine, n: int, seed: int = 0) -> list[Ratings]:
    """Visitors who rated titles that have raters (if any has), drawn without favour, with stars drawn from the data set's own."""
    rng = np.random.default_rng(seed)
    raters = engine.dataset.raters
    rated = engine.item_ids[(raters > 0) | ~raters.any()]
    stars = engine.dataset.ratings.data if engine.dataset.n_ratings else np.arange(1, 11) / 2
    drawn = ((rng.choice(rated, N_RATED, replace=False), rng.choice(stars, N_RATED)) for _ in range(n))
    return [dict(zip(ids.tolist(), given.tolist(), strict=True)) for ids, given in drawn]


def click_through_visitor(engine: Engine, ratings: Ratings) -> Parts:
    """One click as the pages do it; the fold-in counts as part of the score."""
    times = [perf_counter()]
    visitor = engine.visitor(ratings)
    visitor.score()
    times.append(perf_counter())
    listed = visitor.recommend(N_LISTED)
    times.append(perf_counter())
    visitor.explain_all([line.item_id for line in listed])
    times.append(perf_counter())
    return _parts(times)


def click_through_engine(engine: Engine, ratings: Ratings) -> Parts:
    """The same through the engine's own calls, 22 in all."""
    times = [perf_counter()]
    engine.score(ratings)
    times.append(perf_counter())
    listed = engine.recommend(ratings, N_LISTED)
    times.append(perf_counter())
    for line in listed:
        engine.explain(ratings, line.item_id)
    times.append(perf_counter())
    return _parts(times)


def _parts(times: list[float]) -> Parts:
    score, recommend, explain = (np.diff(times) * 1e3).tolist()
    return score, recommend, explain


def measure_clicks(engine: Engine, click: Callable[[Engine, Ratings], Parts]) -> np.ndarray:
    """Times of :data:`N_CLICKS` visitors after some to warm up, in ms, shape (N_CLICKS, 3)."""
    visitors = random_visitors(engine, N_WARM_UP + N_CLICKS)
    return np.array([click(engine, ratings) for ratings in visitors])[N_WARM_UP:]


def measure(name: str, source: str | Path) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """The row of start times, the rows of click times and those of the other interactions with one data set, as text."""
    start = perf_counter()
    dataset = load_dataset(source)
    read = (perf_counter() - start) * 1e3
    fitted: list[Engine] = []
    fit = milliseconds(lambda: fitted.append(Engine.fit(dataset)))
    with tempfile.TemporaryDirectory() as folder:
        save = milliseconds(lambda: fitted[0].save(folder))
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        load = float(np.median([milliseconds(lambda: Engine.load(folder)) for _ in range(N_LOADS)]))
        engine = Engine.load(folder)
    fitted.clear()
    gc.collect()
    gc.freeze()  # as the app does once its models are loaded
    shape = f"{dataset.n_items:,} titles, {dataset.n_ratings:,} ratings of {dataset.n_users:,} people"
    starts = [name, shape, f"{(read + fit) / 1e3:.2f} s", f"{read / 1e3:.2f} s", f"{save:.0f} ms", f"{load:.0f} ms", f"{size:.0f} MB"]
    clicks = []
    for way, click in (("one visitor", click_through_visitor), ("engine calls", click_through_engine)):
        times = measure_clicks(engine, click)
        whole = times.sum(axis=1)
        figures = (np.median(whole), np.percentile(whole, 95), *np.median(times, axis=0))
        clicks.append([f"{name}, {way}", *(f"{figure:.1f}" for figure in figures)])
    others = [[f"{name}, {row[0]}", *row[1:]] for row in time_interactions(engine, random_visitors(engine, N_CLICKS), milliseconds)]
    gc.unfreeze()
    return starts, clicks, others


def report() -> str:
    """Measure both data sets and say it in markdown."""
    starts, clicks, others, notes = [], [], [], []
    for name in ("showcase", "ml-latest-small"):
        source = name if name == "showcase" else shared_data(name)
        if source is None:
            notes.append(absent(name))
            continue
        start, of_data_set, beyond = measure(name, source)
        starts.append(start)
        clicks.extend(of_data_set)
        others.extend(beyond)
    header = ["data set", "size", "cold fit", "of it reading", "save", f"load (median of {N_LOADS})", "on disk"]
    return "\n\n".join(
        [
            "# Latency",
            f"{machine_facts()} BLAS on one thread, `gc.freeze()` before the clicks. Made by `python -m benchmarks.latency`.",
            table(header, starts),
            f"One click: score, a list of {N_LISTED} and its {N_LISTED} explanations for a visitor with {N_RATED} ratings, model "
            f"`hybrid`; {N_CLICKS} random visitors after {N_WARM_UP} to warm up. Milliseconds.",
            table(["data set, through", "median", "p95", "score (median)", "recommend (median)", "explain (median)"], clicks),
            f"Bars on the showcase: p95 of a click at most {BAR_CLICK_MS:.0f} ms, load at most {BAR_LOAD_MS:.0f} ms.",
            f"Every other interaction, for {N_CLICKS} of these visitors, fold-in included. Milliseconds.",
            table(["data set, interaction", "median", "p95"], others),
            f"Bar: p95 at most {BAR_INTERACTION_MS:.0f} ms.",
            *notes,
        ]
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.latency", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    out = parser.parse_args().out
    with threadpool_limits(limits=1):
        publish(report(), out)


if __name__ == "__main__":
    main()
