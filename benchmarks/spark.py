"""What training on Apache Spark costs on one machine: ``python -m benchmarks.spark [--out FILE] [--scales 1/16 1/4]``.

A made-up data set in ml-32m's shape as Parquet (:mod:`benchmarks.large`), the parts that see everybody in ``local[2]``, the same by one
machine in the same process, and whether both are equal. Needs Java 17 and requirements-spark.txt.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from benchmarks.large import ratings_matrix
from benchmarks.latency import random_visitors
from benchmarks.report import machine_facts, publish, table
from recsys_core import Dataset, Engine
from recsys_core.models.baseline import Baseline
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.svd import SVD
from recsys_core.spark.blocks import person_blocks, some_people
from recsys_core.spark.factors import fit_svd
from recsys_core.spark.neighbours import fit_item_knn
from recsys_core.spark.reading import check, find_source, n_blocks, read_ratings, read_titles
from recsys_core.spark.session import spark_session
from recsys_core.spark.statistics import counts, item_biases
from recsys_core.spark.train import MOST_PEOPLE, train_on_spark

MASTER = "local[2]"
N_VISITORS = 200
BAR = 300
"""Seconds for all parts at eight million ratings."""


def processes() -> dict[int, tuple[int, str, int]]:
    """Every process: its parent, its name and its resident bytes."""
    found = {}
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                name, rest = (place / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            except OSError:
                continue
            fields = rest.split()
            found[int(place.name)] = (int(fields[1]), name, int(fields[21]) * 4096)
    return found


@contextmanager
def watched() -> Iterator[dict[str, int]]:
    """The most bytes that Java, this process and the workers of Python took, looked at four times a second."""
    peaks = {"java": 0, "driver": 0, "workers": 0}
    done = threading.Event()
    own = int(Path("/proc/self").resolve().name)

    def look() -> None:
        while not done.wait(0.25):
            every = processes()
            below = {own}
            for _ in range(4):
                below |= {process for process, (parent, *_) in every.items() if parent in below}
            workers = 0
            for process in below:
                _, name, size = every.get(process, (0, "", 0))
                if process == own:
                    peaks["driver"] = max(peaks["driver"], size)
                elif name == "java":
                    peaks["java"] = max(peaks["java"], size)
                else:
                    workers += size
            peaks["workers"] = max(peaks["workers"], workers)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield peaks
    done.set()
    thread.join()


def write(scale: float, folder: Path) -> Dataset:
    """Write ratings and titles as Parquet; returns the data set of one machine."""
    matrix = ratings_matrix(scale)
    matrix.sort_indices()
    users = np.repeat(np.arange(1, matrix.shape[0] + 1), np.diff(matrix.indptr))
    ratings = pa.table({"userId": users, "movieId": matrix.indices + 1, "rating": matrix.data})
    mixed = ratings.take(pa.array(np.random.default_rng(0).permutation(matrix.nnz)))
    (folder / "ratings").mkdir()
    for part in range(8):
        pq.write_table(
            mixed.slice(part * matrix.nnz // 8, (part + 1) * matrix.nnz // 8 - part * matrix.nnz // 8), folder / f"ratings/{part}.parquet"
        )
    titles = pd.DataFrame({"item_id": np.arange(1, matrix.shape[1] + 1).astype(str)})
    titles["title"] = "Title " + titles["item_id"]
    titles.to_parquet(folder / "titles.parquet")
    frame = ratings.rename_columns(["user_id", "item_id", "rating"]).to_pandas()
    return Dataset.from_frames(titles.sort_values("item_id", ignore_index=True), frame)


def same_lists(trained: Engine, own: Dataset) -> str:
    """How many visitors get the same twenty titles in the same order from an engine and from one that one machine fits."""
    alone = next(Engine.fit_in_stages(own))
    visitors = random_visitors(alone, N_VISITORS)
    lists = [[[line.item_id for line in engine.recommend(ratings, 20)] for ratings in visitors] for engine in (trained, alone)]
    same = sum(one == other for one, other in zip(*lists, strict=True))
    return "all equal" if same == N_VISITORS else f"{same} equal"


def measure(scale: float, folder: Path) -> tuple[dict[str, float], dict[str, float], dict[str, str], dict[str, float]]:
    """Return seconds on Spark and on one machine by part, how equal the results are, and facts about sizes."""
    own = write(scale, folder)
    alone: dict[str, float] = {}
    seconds: dict[str, float] = {}

    def timed(into: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
        start = perf_counter()
        result = work()
        into[name] = perf_counter() - start
        print(f"{scale:.3f} {name}: {into[name]:.1f} s", file=sys.stderr, flush=True)
        return result

    baseline = timed(alone, "counts and biases", lambda: Baseline.fit(own))
    knn = timed(alone, "item-knn", lambda: ItemKNN().fit(own, baseline))
    svd = timed(alone, "svd", lambda: SVD().fit(own, baseline))
    source, titles = str(folder / "ratings"), str(folder / "titles.parquet")
    with watched() as peaks:
        spark = timed(seconds, "start of Spark", lambda: spark_session(MASTER, driver_memory="3g", local_dir=str(folder)))
        catalogue = read_titles(spark, source, titles)
        found = find_source(spark, source)
        ratings = read_ratings(spark, found)
        blocks = timed(seconds, "reading into blocks", lambda: person_blocks(ratings, catalogue, n_blocks(spark, found)))
        check(ratings, catalogue, blocks.faults)
        counted = timed(seconds, "counts", lambda: counts(blocks))
        biases = timed(seconds, "biases", lambda: item_biases(blocks, counted))
        spark_knn = timed(seconds, "item-knn", lambda: fit_item_knn(blocks, counted, biases, ItemKNN(), 1))
        spark_svd = timed(seconds, "svd", lambda: fit_svd(blocks, counted, SVD()))
        timed(seconds, "people drawn", lambda: some_people(blocks, catalogue, MOST_PEOPLE))
    lists = (
        same_lists(train_on_spark(source, spark, titles=titles, stage="lists"), own) if own.n_users <= MOST_PEOPLE else "other people drawn"
    )
    spark.stop()
    expected, got = knn.state(), spark_knn.learned()
    differing = sum(int((expected[name] != got[name]).sum()) if expected[name].shape == got[name].shape else 10**9 for name in expected)
    q, p = spark_svd.item_factors_, svd.item_factors_
    equal = {
        "raters, likes, mean": "identical" if (counted.raters == own.raters).all() and counted.mean == baseline.mean else "differ",
        "biases": f"{np.abs(biases - baseline.item_bias).max():.1e}",
        "item-knn": "bit for bit" if not differing else f"{differing:,} of {sum(map(len, expected.values())):,} numbers differ",
        "svd, products of factors": f"{np.abs(q @ q[:300].T - p @ p[:300].T).max():.1e}",
        f"lists of {N_VISITORS} visitors": lists,
    }
    sizes = {"ratings": own.n_ratings, "people": own.n_users, "titles": own.n_items, "blocks": len(blocks.n_people)}
    return seconds, alone, equal, sizes | {f"peak memory, {name}": size / 2**30 for name, size in peaks.items()}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--scales", nargs="+", type=Fraction, default=[Fraction(1, 16), Fraction(1, 4)])
    options = parser.parse_args()
    found = []
    for scale in options.scales:
        with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
            found.append(measure(float(scale), Path(folder)))
    heads = [f"{sizes['ratings']:,} ratings" for *_, sizes in found]
    rows = [[name, *(f"{seconds[name]:.1f} s" for seconds, *_ in found)] for name in found[0][0]]
    rows.append(["together, without the start", *(f"{sum(seconds.values()) - seconds['start of Spark']:.0f} s" for seconds, *_ in found)])
    rows += [[f"one machine: {name}", *(f"{alone[name]:.1f} s" for _, alone, *_ in found)] for name in found[0][1]]
    rows += [[f"equal: {name}", *(equal[name] for _, _, equal, _ in found)] for name in found[0][2]]
    for name in found[0][3]:
        rows.append([name, *(f"{sizes[name]:.2f} GB" if "memory" in name else f"{sizes[name]:,}" for *_, sizes in found)])
    text = "\n\n".join(
        [
            "# Training on Apache Spark",
            f"{machine_facts()} Spark in `{MASTER}`, driver 3 GB. Made by `python -m benchmarks.spark`.",
            table(["part", *heads], rows),
            f"Bar: all parts at eight million ratings within {BAR} s.",
        ]
    )
    publish(text, options.out)


if __name__ == "__main__":
    main()
