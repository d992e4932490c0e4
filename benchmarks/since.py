"""Adding new ratings to a fitted engine: seconds by what is new, beside a whole fit, on made-up ratings of ml-32m's shape.

The engine is fitted once, to all ratings but the newest. Half of those are of new people, half of people who are known. Reading is not
measured, nor is compiling, which each process does once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.large import GENRES, ratings_matrix
from benchmarks.report import machine_facts, publish, table
from recsys_core import Dataset, Engine
from recsys_core.models.item_knn import ItemKNN
from recsys_core.updating.update import Update, update

SHARES = (0.001, 0.01, 0.1)
"""Of new ratings in those of the whole fit."""
STEPS = ("new ratings", "counts and biases", "content", "item-knn")


class Measured(NamedTuple):
    """One update: seconds of its steps and of saving, and how like a whole fit its item-knn is."""

    n_new: int
    steps: dict[str, float]
    seconds: float
    saving: float
    computed: int
    alike: float


def titles(n: int, seed: int = 0) -> pd.DataFrame:
    """Made-up titles with genres and years."""
    rng = np.random.default_rng(seed)
    genres = ["|".join(rng.choice(GENRES, rng.integers(1, 4), replace=False)) for _ in range(n)]
    return pd.DataFrame({"item_id": np.arange(n).astype(str), "title": [f"Film {k}" for k in range(n)], "genres": genres}).assign(
        year=1930 + rng.integers(0, 94, n)
    )


def parts(matrix: sparse.csr_array, most: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tell the ratings of the first fit from the new ones: a moment for each rating, 0 for the first fit, and up to 1 for the last."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    moment = np.zeros(matrix.nnz)
    newcomers = rng.random(matrix.shape[0]) < most / 2
    moment[newcomers[people]] = rng.random(matrix.shape[0])[people][newcomers[people]]
    others = np.flatnonzero(~newcomers[people])
    chosen = others[rng.random(len(others)) < most / 2]
    moment[chosen] = rng.random(len(chosen))
    return people, moment


def dataset(items: pd.DataFrame, matrix: sparse.csr_array, people: np.ndarray, which: np.ndarray) -> Dataset:
    """Some of the ratings, with all titles."""
    rows = {"user_id": people[which], "item_id": items["item_id"].to_numpy()[matrix.indices[which]], "rating": matrix.data[which]}
    return Dataset.from_frames(items, pd.DataFrame(rows), name="made up")


def measure(engine: Engine, given: Dataset, folder: Path) -> Measured:
    """Bring an engine up to date, and save it."""
    told: list[tuple[float, str]] = []
    start = perf_counter()
    found: Update = update(engine, given, lambda _, what: told.append((perf_counter(), what)))
    seconds = perf_counter() - start
    steps = dict.fromkeys(STEPS, 0.0)
    for (began, what), (ended, _) in pairwise(told):
        steps[what] += ended - began
    start = perf_counter()
    found.engine.save(folder)
    saving = perf_counter() - start
    whole = ItemKNN().fit(found.engine.dataset)
    mine, theirs = (abs(model.like_similarities_) > 0 for model in (found.engine.model("item-knn"), whole))  # type: ignore[attr-defined]
    alike = float(mine.multiply(theirs).sum() / theirs.sum())
    return Measured(found.added.new, steps, seconds, saving, found.recomputed, alike)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--scale", type=Fraction, default=Fraction(1, 16), help="of ml-32m's people and ratings")
    options = parser.parse_args()
    matrix = ratings_matrix(float(options.scale))
    matrix.sort_indices()
    items = titles(matrix.shape[1])
    people, moment = parts(matrix, max(SHARES) / (1 + max(SHARES)))
    first = moment == 0
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        small = ratings_matrix(0.001)
        some = parts(small, 0.1)
        tiny = titles(small.shape[1])
        start = perf_counter()
        update(next(Engine.fit_in_stages(dataset(tiny, small, some[0], some[1] == 0))), dataset(tiny, small, some[0], some[1] > 0.98))
        print(f"compiled in {perf_counter() - start:.1f} s", file=sys.stderr)
        then = dataset(items, matrix, people, first)
        start = perf_counter()
        engine = Engine.fit(then, progress=lambda done, what: print(f"{done:.2f} {what}", file=sys.stderr))
        whole = perf_counter() - start
        start = perf_counter()
        engine.save(Path(folder))
        saved = perf_counter() - start
        found = []
        for share in SHARES:
            new = (moment > 0) & (moment <= share / max(SHARES))
            found.append(measure(engine, dataset(items, matrix, people, new), Path(folder)))
            print(found[-1], file=sys.stderr)
    rows = [
        [f"{one.n_new:,} ({one.n_new / then.n_ratings:.1%})", *(f"{one.steps[step]:.1f} s" for step in STEPS if step != "content"),
         f"{one.seconds:.1f} s", f"{one.seconds / whole:.1%}", f"{one.saving:.1f} s", f"{one.computed:,}", f"{one.alike:.1%}"]
        for one in found
    ]  # fmt: skip
    head = ["new ratings", "merging", "counts, biases", "item-knn", "together", "of a whole fit", "saving", "titles with new neighbours"]
    text = "\n\n".join(
        [
            "# Adding new ratings to fitted models",
            f"{machine_facts()} {then.n_ratings:,} ratings of {then.n_users:,} people and {then.n_items:,} titles, made up in the shape of "
            f"ml-32m. A whole fit: {whole:.0f} s, and {saved:.1f} s to save. Made by `python -m benchmarks.since`.",
            table([*head, "neighbours as in a whole fit"], rows),
            "Saving writes everything, whatever is new. Content is computed again only if titles are new. Counts and biases are equal to "
            "those of a whole fit, bit for bit.",
        ]
    )
    publish(text, options.out)


if __name__ == "__main__":
    main()
