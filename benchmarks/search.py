"""How long does a search take? ``python -m benchmarks.search [--out benchmarks/results/search.md]``.

On the showcase, and on as many titles as TVmaze has: the showcase's and others whose words are drawn as often as titles use
them, a tail of 60,000 made-up words among them. Each query of a fixed list is asked for several times, as it would be typed:
in full, its beginnings, and with slips.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.report import machine_facts, publish, table
from recsys_core import Dataset, load_dataset
from recsys_core.data.search import TitleSearch, plain

N_TITLES, N_MADE_UP, ROUNDS, BOUND = 88_000, 60_000, 5, 10.0
"""Titles of the large catalogue, made-up words among theirs, askings of each query, and the bar in milliseconds."""
QUERIES = {
    "titles": ("dune", "paddington", "the twilight zone", "top gun", "star trek next generation", "Matrix, The", "Heat (1995)", "mash"),
    "beginnings": ("t", "th", "the", "s", "star", "break", "game of th", "a", "king", "new y"),
    "initials": ("lotr", "got", "himym"),
    "slips": ("shawshenk", "brekaing bad", "godfahter", "intersteler", "gmae of thrones", "starnger things", "the lord of teh rnigs"),
    "others": ("kingdom", "united kingdom", "crime", "christopher nolan", "korean", "courtroom drama"),
    "nothing": ("zzzzqqqq", "dune messiah", "xylophone quartet in the snow"),
}


def large_catalogue(n_titles: int, seed: int = 0) -> Dataset:
    """The showcase's titles and others made of their words and of made-up ones, one word in six."""
    rng = np.random.default_rng(seed)
    items = load_dataset("showcase").items
    own = pd.Series(" ".join(plain(title) for title in items["title"]).split()).value_counts()
    syllables = np.array([f"{a}{b}" for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "il")], dtype=object)
    made_up = rng.choice(syllables, (N_MADE_UP, 3)).sum(axis=1)
    tail = np.arange(2.0, N_MADE_UP + 2) ** -0.6
    chance = np.concatenate([5 / 6 * own.to_numpy() / own.sum(), 1 / 6 * tail / tail.sum()])
    lengths = rng.choice([1, 2, 3, 4, 5], n_titles - len(items), p=[0.2, 0.35, 0.25, 0.12, 0.08])
    drawn = rng.choice(np.concatenate([own.index.to_numpy(dtype=object), made_up]), int(lengths.sum()), p=chance / chance.sum())
    titles = [" ".join(words).title() for words in np.split(drawn, np.cumsum(lengths)[:-1])]
    facts = ["genres", "language", "country", "keywords"]
    others = items[facts].sample(len(titles), replace=True, random_state=seed).assign(title=titles)
    others["item_id"] = [f"title-{number}" for number in range(len(titles))]
    return Dataset.from_frames(pd.concat([items, others], ignore_index=True)[["item_id", "title", *facts]], None, name="88,000 titles")


def milliseconds(search: TitleSearch, query: str, rank: np.ndarray) -> list[float]:
    """How long each asking took, the suggestions included where nothing is found."""
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        if not len(search.find(query, rank)):
            search.nearest(query)
        times.append(1e3 * (perf_counter() - start))
    return times


def measured(dataset: Dataset) -> list[list[str]]:
    """A row per kind of query, and one over all."""
    start = perf_counter()
    search = TitleSearch(dataset)
    built = perf_counter() - start
    rank = np.random.default_rng(0).permutation(dataset.n_items)
    times = {kind: [time for query in queries for time in milliseconds(search, query, rank)] for kind, queries in QUERIES.items()}
    times["all"] = [time for of_kind in times.values() for time in of_kind]
    rows = [[f"{dataset.n_items:,} titles: {kind}", *(f"{np.percentile(of, q):.2f}" for q in (50, 95, 100))] for kind, of in times.items()]
    return [*rows, [f"{dataset.n_items:,} titles: index built once, s", f"{built:.2f}", "", ""]]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    threadpool_limits(1)
    rows = [row for dataset in (load_dataset("showcase"), large_catalogue(N_TITLES)) for row in measured(dataset)]
    text = f"# Search\n\nBar: 95th percentile over all queries at most {BOUND:g} ms.\n\n"
    publish(f"{text}{table(['', 'median, ms', 'p95, ms', 'most, ms'], rows)}\n\n{machine_facts()}", args.out)


if __name__ == "__main__":
    main()
