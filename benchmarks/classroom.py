"""How long a class waits for its figures: ``python -m benchmarks.classroom [--people 100] [--titles 40]``.

Each station computes anew after a change; the bar is 200 ms on one core for 100 people and 40 titles, matrix included.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.report import machine_facts, publish, table
from recsys_core.classroom import guessing, lists, looking, own, shilling, space
from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.lessons.similarity import MEASURES
from recsys_core.storage.rooms import Room, Student

BAR_MS = 200
ROUNDS = 15


def room_of(n_people: int, n_titles: int, missing: float = 0.2) -> Room:
    """A room in which everybody has rated four titles of five, by chance."""
    rng = np.random.default_rng(0)
    titles = tuple(f"title-{number}" for number in range(n_titles))
    students = tuple(Student(f"{number:064}", f"Student {number}", 0, float(number)) for number in range(n_people))
    stars = {one.id: {title: float(rng.integers(1, 11)) / 2 if rng.random() > missing else None for title in titles} for one in students}
    return Room("222222", "none", titles, True, False, False, 0, 0.0, 1.0, 1, students, stars)


def main() -> None:
    """Time each station and print or write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--titles", type=int, default=40)
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    given = parser.parse_args()
    room = room_of(given.people, given.titles)
    stations: dict[str, Callable[[ClassMatrix], object]] = {
        "the matrix alone": lambda matrix: matrix,
        "where do you agree": looking.titles,
        **{f"who is alike, {measure.__name__}": lambda matrix, by=measure: looking.pairs(matrix, by) for measure in MEASURES},
        "hide and guess": lambda matrix: (guessing.guess(matrix), guessing.cases(matrix)),
        "factors": space.plane,
        "beside everybody": lambda matrix: looking.beside(matrix, looking.titles(matrix)),
        "does popularity beat us": lists.list_quality,
        "made-up students": lambda matrix: shilling.push(matrix, shilling.weakest(matrix)),
        "own list of one": lambda matrix: own.own_list(matrix, matrix.ids[0]),
    }
    rows = []
    with threadpool_limits(1):
        for name, compute in stations.items():
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                compute(ClassMatrix.of(room))
                times.append(1000 * (time.perf_counter() - start))
            p95 = float(np.percentile(times, 95))
            rows.append([name, f"{np.median(times):.0f}", f"{p95:.0f}", "kept" if p95 <= BAR_MS else "MISSED"])
    header = ["station", "median ms", "p95 ms", f"bar {BAR_MS} ms"]
    publish(f"# A class of {given.people} × {given.titles}\n\n{machine_facts()}\n\n{table(header, rows)}", given.out)


if __name__ == "__main__":
    main()
