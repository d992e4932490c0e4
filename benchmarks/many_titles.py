"""A click among a million titles: ``python -m benchmarks.many_titles FOLDER [--out benchmarks/results/many_titles.md]``.

The titles and the people are made up: each title is of one of several hundred kinds, which tell its genres, themes, names and words, and
each person likes a few kinds. The models are fitted once and saved in FOLDER; a second run finds them there.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from unittest.mock import patch

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.report import machine_facts, publish, table
from recsys_core import Dataset, Engine
from recsys_core.fitted import BLENDED, Studies
from recsys_core.models import Hybrid, Model, Popularity
from recsys_core.models.baseline import Baseline
from recsys_core.visitor import candidates
from recsys_core.visitor.candidates import Ranked

TITLES, PEOPLE, MEAN_RATINGS = 1_000_000, 200_000, 32
N_CLICKS, N_WARM_UP, N_LISTED = 100, 5, 20
N_RATED = (3, 50)
BAR_MS, BAR_KEPT = 80.0, 0.95
KINDS, PER_PERSON = 400, 4
"""Kinds of titles, and how many a person likes."""
OWN_SHARE = 0.75
"""Of a person's ratings, those of titles of their own kinds; the others are drawn by fame alone."""
GENRES = (
    "Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History", "Horror",
    "Music", "Mystery", "Romance", "Science Fiction", "Sport", "Thriller", "War", "Western",
)  # fmt: skip


def made_up(n_titles: int, n_people: int, seed: int = 0) -> Dataset:
    """Titles and ratings: fame falls with the power 0.9 of the rank, people's numbers of ratings are log-normal from 5 on."""
    rng = np.random.default_rng(seed)
    kind = np.sort(rng.integers(0, KINDS, n_titles) * rng.integers(0, KINDS, n_titles) // KINDS)  # small numbers are common
    fame = (rng.permutation(n_titles) + 300.0) ** -0.9
    return Dataset.from_frames(_titles(kind, rng), _ratings(kind, fame, n_people, rng), name=f"{n_titles:,} made-up titles", simulated=True)


def _titles(kind: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    n = len(kind)

    def words(prefix: str, of_kind: int, in_kind: int, of_all: int, in_all: int, joint: str) -> list[str]:
        """Texts of ``of_kind`` words that belong to the title's kind, of which each kind has ``in_kind``, and ``of_all`` others."""
        own = kind[:, None] * in_kind + (in_kind * rng.random((n, of_kind)) ** 2).astype(np.int64)
        others = KINDS * in_kind + (in_all * rng.random((n, of_all)) ** 3).astype(np.int64)
        return [joint.join([f"{prefix}{number}" for number in row]) for row in np.hstack([own, others]).tolist()]

    genres = rng.integers(0, len(GENRES), (KINDS, 2))[kind].tolist()
    years = np.clip(rng.normal(1960 + 60 * (kind % 7) / 7, 12).astype(int), 1920, 2026)
    places = (kind % 40).tolist()
    return pd.DataFrame(
        {
            "item_id": [f"t{number:07d}" for number in range(n)],
            "title": words("name", 1, 200, 2, 60_000, " "),
            "kind": np.where(kind % 3 == 0, "show", "movie"),
            "genres": ["|".join(GENRES[number] for number in row) for row in genres],
            "keywords": words("theme", 3, 60, 1, 5_000, "|"),
            "creators": words("maker", 1, 150, 0, 1, "|"),
            "cast": words("actor", 2, 400, 1, 50_000, "|"),
            "country": [f"Country {place}" for place in places],
            "language": [f"Language {place // 2}" for place in places],
            "text": words("word", 5, 300, 6, 40_000, " "),
            "franchise": [f"Series {number}" if number < n // 50 else "" for number in rng.integers(0, n, n).tolist()],
            "year": years,
        }
    )


def _ratings(kind: np.ndarray, fame: np.ndarray, n_people: int, rng: np.random.Generator) -> pd.DataFrame:
    counts = 5 + rng.lognormal(np.log(MEAN_RATINGS - 5) - 0.5, 1.0, n_people).astype(np.int64)
    rows = np.repeat(np.arange(n_people), counts)
    edges = np.concatenate([[0.0], np.cumsum(fame)])
    ends = edges[np.searchsorted(kind, np.arange(KINDS + 1))]
    liked = np.searchsorted(ends[1:], rng.random((n_people, PER_PERSON)) * ends[-1])  # kinds with much fame are liked by more
    chosen = liked[rows, rng.integers(0, PER_PERSON, len(rows))]
    own = rng.random(len(rows)) < OWN_SHARE
    low, high = np.where(own, ends[chosen], 0.0), np.where(own, ends[chosen + 1], ends[-1])
    titles = np.clip(np.searchsorted(edges, low + rng.random(len(rows)) * (high - low), side="right") - 1, 0, len(kind) - 1)
    quality = np.clip(rng.normal(3.3, 0.5, len(kind)), 1.0, 4.6)
    match = (kind[titles][:, None] == liked[rows]).any(axis=1)
    stars = np.clip(np.round(2 * (quality[titles] + 0.6 * match - 0.2 + rng.normal(0.0, 0.8, len(rows)))) / 2, 0.5, 5.0)
    table = pd.DataFrame({"user_id": rows + 1, "item_id": titles, "rating": stars}).drop_duplicates(["user_id", "item_id"])
    names = pd.Index([f"t{number:07d}" for number in range(len(kind))], dtype=object)
    return table.assign(item_id=pd.Categorical.from_codes(table["item_id"], names))


def fit(dataset: Dataset) -> Engine:
    """Fit the hybrid and its parts; its weights are those that it is shipped with, which takes less time than learning them."""
    baseline = Baseline.fit(dataset)
    sample = dataset.sample_users(20_000)
    of_sample = Baseline.fit(sample)
    models: dict[str, Model] = {}
    for model in (Popularity, *BLENDED):
        start = perf_counter()
        models[model.name] = model().fit(*((sample, of_sample) if model.max_users else (dataset, baseline)))
        print(f"{model.name}: {perf_counter() - start:.0f} s", flush=True)
    parts = [models[model.name] for model in BLENDED]
    models["hybrid"] = Hybrid(parts, refit_parts=False).fit(dataset, baseline)
    return Engine(dataset, models, Studies.none(dataset.n_items), "models")


def person(engine: Engine, n: int, rng: np.random.Generator) -> dict[str, float]:
    """``n`` ratings of somebody who gave at least so many, drawn at random."""
    dataset = engine.dataset
    enough = np.flatnonzero(np.diff(dataset.ratings.indptr) >= n)
    profile = dataset.profile_of(int(rng.choice(enough)))
    some = rng.permutation(len(profile))[:n]
    return dict(zip(dataset.item_ids[profile.items[some]].tolist(), profile.stars[some].tolist(), strict=True))


def prepared(folder: Path, n_titles: int, n_people: int) -> Engine:
    """Load the engine that was saved in a folder, or make one and save it there."""
    if not (folder / "manifest.json").exists():
        start = perf_counter()
        dataset = made_up(n_titles, n_people)
        print(f"{dataset.n_items:,} titles, {dataset.n_ratings:,} ratings: {perf_counter() - start:.0f} s", flush=True)
        fit(dataset).save(folder)
    return Engine.load(folder)


def click(engine: Engine, ratings: dict[str, float]) -> tuple[list[str], float, float]:
    """One click as the live list does it: a new visitor, a list with reasons and expected stars. Its ids, and wall and CPU time in ms."""
    start, busy = perf_counter(), process_time()
    lines = engine.visitor(ratings).recommend(N_LISTED)
    return [line.item_id for line in lines], (perf_counter() - start) * 1e3, (process_time() - busy) * 1e3


@contextmanager
def all_titles_ranked() -> Iterator[None]:
    """Rank all titles instead of the candidates; scores are the same."""
    with patch.object(Ranked, "of", classmethod(lambda cls, fitted, score, allowed: cls(score, None, allowed))):
        yield


def memory() -> float:
    """Memory of this process that is not shared with others, in GB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(status["RssAnon"].split()[0]) / 2**20


def report(folder: Path, n_titles: int, n_people: int) -> str:
    """Measure both ways side by side and say it in markdown."""
    engine = prepared(folder, n_titles, n_people)
    loaded, dataset = memory(), engine.dataset
    rng = np.random.default_rng(1)
    people = [person(engine, int(n), rng) for n in rng.integers(*N_RATED, N_WARM_UP + N_CLICKS, endpoint=True)]
    gc.collect()
    gc.freeze()  # as the app does once its models are loaded
    _, first, _ = click(engine, people[0])
    prepared_memory = memory()
    mine = [click(engine, ratings) for ratings in people[1:]]
    with all_titles_ranked():
        full = [click(engine, ratings) for ratings in people[1:]]
    kept = [len(set(one) & set(other)) / N_LISTED for (one, *_), (other, *_) in zip(mine, full, strict=True)]
    gap = 0.0
    for ratings, (ids, *_) in zip(people[1:], mine, strict=True):
        for told in engine.visitor(ratings).explain_all(ids):
            gap = max(gap, abs(told.baseline + sum(told.contributions.values()) - told.score))
    ways = {"candidates": mine, "all titles": full}
    found = {name: np.array([times for _, *times in clicks[N_WARM_UP - 1 :]]) for name, clicks in ways.items()}
    rows = [
        [f"{name} ranked", *(f"{np.percentile(each[:, column], q):.0f}" for column in (0, 1) for q in (50, 95))]
        for name, each in found.items()
    ]
    ratio = [np.percentile(found["all titles"][:, 0], q) / np.percentile(found["candidates"][:, 0], q) for q in (50, 95)]
    rows.append(["ratio", f"{ratio[0]:.1f}", f"{ratio[1]:.1f}", "", ""])
    return "\n\n".join(
        [
            "# Many titles",
            f"{machine_facts()} BLAS on one thread. Made by `python -m benchmarks.many_titles FOLDER`.",
            f"{dataset.n_items:,} made-up titles of {KINDS} kinds, {dataset.n_ratings:,} ratings of {dataset.n_people:,} people; "
            f"{int((dataset.raters == 0).sum()):,} titles without raters, {engine.features.nnz / dataset.n_items:.0f} features a title. "
            f"One click: a new visitor with {N_RATED[0]} to {N_RATED[1]} ratings, a list of {N_LISTED} with reasons and expected stars, "
            f"model `hybrid`; {N_CLICKS} visitors, whose lists are made in both ways. {candidates.RANKED:,} candidates. "
            f"Milliseconds; load of the machine {os.getloadavg()[0]:.1f} meanwhile.",
            table(["click", "median", "p95", "CPU, median", "CPU, p95"], rows),
            f"Of the first {N_LISTED} of all titles {np.mean(kept):.1%} are kept on average, {np.min(kept):.0%} at worst; "
            f"{np.mean(np.array(kept) == 1.0):.0%} of the lists have the same titles. "
            f"Explanations add up to within {gap:.0e}.",
            f"Memory that is not shared with other processes: {loaded:.1f} GB after loading, {prepared_memory:.1f} GB after the first "
            f"click, which takes {first / 1e3:.1f} s, since the indexes are made then.",
            f"Bars: p95 at most {BAR_MS:.0f} ms, {BAR_KEPT:.0%} of the first {N_LISTED} kept.",
        ]
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.many_titles", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the fitted engine is, or will be: 6 GB for a million titles")
    parser.add_argument("--titles", type=int, default=TITLES)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    options = parser.parse_args()
    with threadpool_limits(limits=1):
        publish(report(options.folder, options.titles, options.people), options.out)


if __name__ == "__main__":
    main()
