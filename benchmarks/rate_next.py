"""Whether asking well pays: ``python -m benchmarks.rate_next [--out benchmarks/results/rate-next.md] [--data showcase …]``.

People are held out whole. An asker proposes titles one by one; a person answers with the stars in the data if the title
is in the half of their ratings that may be asked, else "not seen". Their list is then judged on the other half.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.report import absent, machine_facts, publish, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.profile import Profile
from recsys_core.data.ranking import top_n
from recsys_core.data.scale import LIKED_STARS
from recsys_core.evaluation.bootstrap import mean_interval, paired_ratio
from recsys_core.evaluation.splits import ratings_frame
from recsys_core.factors.rate_next import RateNext
from recsys_core.models import SVD, Hybrid
from recsys_core.models.baseline import log_likes

N_ANSWERS, MOST_ASKED, K, BAR = 5, 150, 10, 1.10
HELD_OUT = 0.2
TUNING, REPORTED = 0, 3
"""Fifths of the people: settings were chosen on 600 of the first, two were looked at on the way, the figures are of the fourth."""
OURS, POPULAR = "what to rate next", "most popular first"


class Person(NamedTuple):
    """Stars of the titles that may be asked by position, and the relevant ones of the judged half."""

    answers: dict[int, float]
    relevant: np.ndarray


Asker = Callable[[dict[int, float], list[int], Person, int], int]
"""From answers, titles not seen, the person (only the random peer looks) and their number to the next title."""


def people_of(dataset: Dataset, fifth: int) -> tuple[Dataset, list[Person]]:
    """The training part, and one fifth of the people, held out, with ratings enough, in random order."""
    n = round(HELD_OUT * dataset.n_users)
    users = np.random.default_rng(0).permutation(dataset.user_ids)[fifth * n : (fifth + 1) * n]
    frame = ratings_frame(dataset)
    theirs = frame["user_id"].isin(users)
    people = []
    for number, (_, rows) in enumerate(frame[theirs].groupby("user_id")):
        items = np.array([dataset.item_index[item_id] for item_id in rows["item_id"]])
        stars = rows["rating"].to_numpy()
        asked = np.random.default_rng(number).permutation(len(items)) < len(items) // 2
        relevant = items[~asked & (stars >= LIKED_STARS)]
        if asked.sum() >= N_ANSWERS and len(relevant):
            people.append(Person(dict(zip(items[asked].tolist(), stars[asked].tolist(), strict=True)), relevant))
    train = Dataset.from_frames(dataset.items, frame[~theirs], name=dataset.name)
    return train, [people[i] for i in np.random.default_rng(5).permutation(len(people))]


def askers(train: Dataset, svd: SVD, hybrid: Hybrid) -> dict[str, Asker]:
    """Ours and its peers."""
    ours = RateNext.fit(train, svd, hybrid)

    def in_order(values: np.ndarray) -> Asker:
        order = np.argsort(-values, kind="stable").tolist()
        return lambda answers, unseen, person, number: order[len(answers) + len(unseen)]

    def next_best(answers: dict[int, float], unseen: list[int], person: Person, number: int) -> int:
        return ours.ask(profile_of(answers), not_seen=unseen)[0].item

    def at_random(answers: dict[int, float], unseen: list[int], person: Person, number: int) -> int:
        return int(np.random.default_rng(number).permutation(list(person.answers))[len(answers)])

    return {
        POPULAR: in_order(train.raters.astype(float)),
        OURS: next_best,
        "log popularity × entropy (Rashid et al. 2002)": in_order(np.log1p(train.raters) * entropy(train)),
        "random among the known (cannot be had: it never asks in vain)": at_random,
    }


def entropy(dataset: Dataset) -> np.ndarray:
    """Entropy of each title's whole stars in bits, shape (n_items,)."""
    bits = np.zeros(dataset.n_items)
    for stars in range(6):
        count = np.bincount(dataset.ratings.indices[np.round(dataset.ratings.data) == stars], minlength=dataset.n_items)
        share = count / np.maximum(dataset.raters, 1)
        bits -= share * np.log2(np.where(share > 0, share, 1.0))
    return bits


def profile_of(answers: dict[int, float]) -> Profile:
    """Answers as a profile."""
    return Profile(np.array(list(answers), dtype=np.int64), np.array(list(answers.values()), dtype=np.float64))


def interview(ask: Asker, person: Person, number: int) -> tuple[dict[int, float], list[int], list[float]]:
    """Answers, titles not seen, and how many milliseconds each question took to find."""
    answers: dict[int, float] = {}
    unseen: list[int] = []
    times = []
    while len(answers) < N_ANSWERS and len(answers) + len(unseen) < MOST_ASKED:
        start = perf_counter()
        item = ask(answers, unseen, person, number)
        times.append((perf_counter() - start) * 1e3)
        if item in person.answers:
            answers[item] = person.answers[item]
        else:
            unseen.append(item)
    return answers, unseen, times


def judged(hybrid: Hybrid, popular: np.ndarray, places: np.ndarray, answers: dict[int, float], person: Person) -> float:
    """NDCG@10 among all titles but the askable half, which would count as misses; without answers the popular list."""
    allowed = np.ones(len(popular), dtype=bool)
    allowed[list(person.answers)] = False
    scores = hybrid.score(profile_of(answers)) if answers else popular
    head = top_n(scores, places, K, allowed)
    return ndcg_at_k(np.isin(head, person.relevant), K, len(person.relevant))


def report(dataset: Dataset, most: int | None) -> str:
    """One data set's section, in markdown."""
    train, people = people_of(dataset, REPORTED)
    people = people[:most]
    hybrid = Hybrid().fit(train)
    svd = hybrid.parts["svd"]
    assert isinstance(svd, SVD)
    popular, places = log_likes(train), np.argsort(np.argsort(train.item_ids))
    ndcg, asked, got, slowest = {}, {}, {}, float("nan")
    for name, ask in askers(train, svd, hybrid).items():
        told = [interview(ask, person, number) for number, person in enumerate(people)]
        ndcg[name] = np.array([judged(hybrid, popular, places, t[0], person) for t, person in zip(told, people, strict=True)])
        asked[name] = np.array([len(t[0]) + len(t[1]) for t in told])
        got[name] = np.array([len(t[0]) for t in told])
        if name == OURS:
            slowest = float(np.quantile(np.concatenate([t[2] for t in told]), 0.95))
    rows = []
    for name, values in ndcg.items():
        mean, ratio = mean_interval(values), paired_ratio(values, ndcg[POPULAR])
        cells = [f"{mean.value:.4f} [{mean.low:.4f}, {mean.high:.4f}]", f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"]
        counts = [f"{asked[name].mean():.1f}", f"{np.median(asked[name]):.0f}", f"{(got[name] < N_ANSWERS).mean():.1%}"]
        rows.append([name, *cells, *counts])
    reached = paired_ratio(ndcg[OURS], ndcg[POPULAR]).value
    header = ["asker", f"NDCG@{K}", f"over {POPULAR}", "questions, mean", "median", f"fewer than {N_ANSWERS} answers after {MOST_ASKED}"]
    verdict = f"Bar: {BAR:.2f} × {POPULAR}; measured {reached:.3f}: {'reached' if reached >= BAR else 'NOT reached'}."
    return (
        f"## {dataset.name}\n\n{len(people)} people of whom nothing was learned and on whom nothing was tuned.\n\n{table(header, rows)}\n\n"
        f"{verdict} One question takes {slowest:.1f} ms (p95)."
    )


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rate_next", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--data", nargs="+", default=["showcase"])
    parser.add_argument("--people", type=int, help="at most so many people are interviewed")
    options = parser.parse_args()
    blocks = [
        "# What to rate next",
        f"{HELD_OUT:.0%} of the people are held out whole. Half of each one's ratings may be asked, the other half is judged (relevant: "
        f"{LIKED_STARS:g} stars or more). Titles are proposed one by one until {N_ANSWERS} are known, at most {MOST_ASKED}. Then the "
        "hybrid's list is judged, also for those with fewer answers. Intervals: 95 %, bootstrap over people, paired. Settings were "
        "chosen on 600 people of another fifth of the showcase. A visitor who knows a title of the half that is judged has to say "
        '"not seen" here, so real questions are fewer.',
    ]
    for name in options.data:
        path = name if name == "showcase" else shared_data(name)
        blocks.append(report(load_dataset(path, enriched=False), options.people) if path else absent(name))
    publish("\n\n".join([*blocks, machine_facts()]), options.out)


if __name__ == "__main__":
    main()
