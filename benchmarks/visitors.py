"""Many visitors at once: ``python -m benchmarks.visitors [--visitors 30 60 100] [--learners 30] [--minutes 2] [--crowd 100] [--soak 30]``.

Starts the app with a database of its own and drives visitors through Streamlit's own protocol, without a browser: each gives a
title of the wall a star every 3 to 5 seconds. A click counts from its sending until the page is complete again. Afterwards the
database is asked for every rating that the page had shown. Learners go through lessons meanwhile, one click each 3 to 5 seconds too.
A soak has visitors come and go, who stay two minutes on average. ``--class 100`` lets a class of as many phones rate in a room, before a
projector (:mod:`benchmarks.class_load`).

Both processes want a core of their own: on a busy machine the times say nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.class_load import told_of_classes
from benchmarks.report import machine_facts, publish, table
from benchmarks.server_process import memory, processor_seconds
from recsys_core.serving.saved_engines import prepare_engine
from recsys_core.settings import settings
from recsys_core.storage.store import Store
from recsys_core.teaching.catalogue import lessons
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor

DATASET = "showcase"
PAUSE = (3.0, 5.0)
BARS_MS = {30: 150, 60: 200, 100: 500}
BAR_MB = 1.0
BAR_GROWTH = 0.05
SOAKING = 60
STAY_SECONDS = 120.0
SAMPLE_SECONDS = 5.0


@dataclass
class Record:
    """What visitors of one measurement lived through; ``given`` holds the stars that a page has shown, by key and title."""

    clicks: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    given: dict[tuple[str, str], int] = field(default_factory=dict)
    acknowledged: int = 0

    def milliseconds(self, percent: float) -> float:
        return float(np.percentile(self.clicks, percent)) * 1000 if self.clicks else float("nan")

    def lost(self, store: Store) -> int:
        """How many of the stars that were shown the database does not have."""
        kept = {key: {said.item_id: said.stars for said in store.feedback(key, DATASET)} for key in {key for key, _ in self.given}}
        return sum(kept[key].get(title) != stars for (key, title), stars in self.given.items())


async def visit(port: int, record: Record, until: float, counting: Callable[[], bool] = lambda: True) -> None:
    """One visitor who clicks until a time, in seconds of :func:`time.monotonic`, and then leaves."""
    visitor = Visitor(port)
    try:
        await visitor.open()
        while (pause := random.uniform(*PAUSE)) + time.monotonic() < until:
            await asyncio.sleep(pause)
            title, stars = random.choice(visitor.tiles()), random.randint(1, 5)
            seconds = await visitor.star(title, stars)
            if visitor.stars().get(title) != stars or visitor.exceptions():
                record.errors.append(f"{title} was not shown with {stars} stars: {visitor.exceptions()}")
                continue
            record.given[visitor.key, title] = stars
            record.acknowledged += 1
            if counting():
                record.clicks.append(seconds)
    except Exception as error:  # whatever it is, it is what a visitor met
        record.errors.append(repr(error))
    finally:
        with suppress(Exception):
            await visitor.close()


async def learn(port: int, record: Record, until: float, lesson: str) -> None:
    """One person who turns the steps of a lesson to its end and back until a time."""
    learner = Visitor(port, page="learn", query=f"lesson={lesson}")
    try:
        await learner.open()
        way = "lesson_next"
        while (pause := random.uniform(*PAUSE)) + time.monotonic() < until:
            await asyncio.sleep(pause)
            if not learner.enabled(way):  # the last step, or the first
                way = "lesson_back" if way == "lesson_next" else "lesson_next"
            await learner.press(way)
            if learner.exceptions():
                record.errors.append(f"{lesson}: {learner.exceptions()}")
    except Exception as error:  # whatever it is, it is what a learner met
        record.errors.append(repr(error))
    finally:
        with suppress(Exception):
            await learner.close()


async def at_once(port: int, n: int, seconds: float, learners: int = 0) -> Record:
    """So many visitors for some time, counted from when all have arrived, and so many beside them who learn."""
    record = Record()
    arriving = PAUSE[1] * (n + learners) / 30
    begin = time.monotonic()

    async def come(turn: int) -> None:
        await asyncio.sleep(arriving * turn / n)
        await visit(port, record, begin + arriving + seconds, lambda: time.monotonic() > begin + arriving)

    async def study(turn: int) -> None:
        await asyncio.sleep(arriving * turn / learners)
        await learn(port, record, begin + arriving + seconds, taught[turn % len(taught)].key)

    taught = lessons()
    await asyncio.gather(*(come(turn) for turn in range(n)), *(study(turn) for turn in range(learners)))
    return record


async def crowd(server: Server, n: int) -> tuple[float, float]:
    """Megabytes of the server with a hundred visitors who have given three stars each and stay, and with ``n`` more."""
    visitors: list[Visitor] = []

    async def arrive(how_many: int) -> float:
        for _ in range(how_many):
            visitor = Visitor(server.port)
            await visitor.open()
            visitors.append(visitor)
            for title in visitor.tiles()[:3]:
                await visitor.star(title, 4)
        await asyncio.sleep(3)  # garbage goes when nobody clicks
        return memory(server)

    before, after = await arrive(100), await arrive(n)
    for visitor in visitors:
        await visitor.close()
    return before, after


async def soak(server: Server, minutes: float) -> tuple[Record, list[float]]:
    """Visitors who come and go; what they met, and the server's megabytes every few seconds."""
    record, sizes = Record(), []
    end = time.monotonic() + minutes * 60

    async def seat() -> None:
        await asyncio.sleep(random.uniform(0, PAUSE[1]))
        while (now := time.monotonic()) < end:
            await visit(server.port, record, min(end, now + 10 + random.expovariate(1 / STAY_SECONDS)))
            await asyncio.sleep(1)

    async def watch() -> None:
        while time.monotonic() < end:
            sizes.append(memory(server))
            await asyncio.sleep(SAMPLE_SECONDS)

    await asyncio.gather(watch(), *(seat() for _ in range(SOAKING)))
    return record, sizes


def grown(sizes: list[float]) -> float:
    """By how much memory grew from the second sixth of a soak to its last, as a share: sessions that ended are kept two minutes."""
    sixth = max(1, len(sizes) // 6)
    early, late = statistics.median(sizes[sixth : 2 * sixth] or sizes), statistics.median(sizes[-sixth:])
    return late / early - 1


def verdict(kept: bool) -> str:
    return "kept" if kept else "MISSED"


def measure(server: Server, store: Store, numbers: list[int], minutes: float, learners: int) -> str:
    """Each number of visitors in turn, with learners beside them, as a table."""
    rows = []
    for n in numbers:
        before = processor_seconds(server)
        record = asyncio.run(at_once(server.port, n, minutes * 60, learners))
        for error in record.errors[:3]:
            print(error, file=sys.stderr)
        p95, lost, bar = record.milliseconds(95), record.lost(store), BARS_MS.get(n)
        kept = not record.errors and not lost and bool(record.clicks) and (bar is None or p95 <= bar)
        share = (processor_seconds(server) - before) / max(1, record.acknowledged)
        figures = [f"{record.milliseconds(50):.0f}", f"{p95:.0f}", f"{max(record.clicks, default=0) * 1000:.0f}"]
        own = [f"{len(record.clicks):,}", *figures, str(len(record.errors)), str(lost), f"{share * 1000:.0f}", f"{memory(server):.0f}"]
        rows.append([str(n), str(learners), *own, str(bar or "none"), verdict(kept)])
    header = [
        "visitors",
        "learners",
        "clicks",
        "p50 ms",
        "p95 ms",
        "longest ms",
        "errors",
        "lost",
        "processor ms per click",
        "MB after",
        "bar, p95 ms",
        "",
    ]
    return table(header, rows)


def told_of_crowd(n: int, before: float, after: float) -> str:
    """Memory per visitor, as a sentence."""
    each = (after - before) / n
    bar = f"bar {BAR_MB:.0f} MB: {verdict(each <= BAR_MB)}"
    return f"Memory: {before:.0f} MB with 100 visitors, {after:.0f} MB with {100 + n}: {each:.2f} MB for each more ({bar})."


def told_of_soak(minutes: float, store: Store, record: Record, sizes: list[float]) -> str:
    """What a soak showed, as a sentence."""
    growth, lost, people = grown(sizes), record.lost(store), len({key for key, _ in record.given})
    for error in record.errors[:3]:
        print(error, file=sys.stderr)
    kept = growth <= BAR_GROWTH and not record.errors and not lost
    return (
        f"Soak of {minutes:.0f} minutes, {people} visitors, at most {SOAKING} at once: p50 {record.milliseconds(50):.0f} ms, "
        f"p95 {record.milliseconds(95):.0f} ms, {len(record.errors)} errors, {lost} lost; memory {sizes[0]:.0f} MB at first, "
        f"at most {max(sizes):.0f} MB, {growth:+.1%} from the second sixth to the last (bar {BAR_GROWTH:.0%}: {verdict(kept)})."
    )


@contextmanager
def running() -> Iterator[tuple[Server, Store]]:
    """The app on fitted models, with its own database, after a first visitor has had them loaded."""
    prepare_engine(DATASET, settings().models_folder)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "ratings.sqlite3", settings().data_folder, DATASET).start()
        try:
            asyncio.run(at_once(server.port, 1, PAUSE[1] * 2))
            yield server, Store(server.database_url)
        finally:
            server.stop()


def main() -> None:
    """Run the parts that are asked for and print or write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, nargs="*", default=[30, 60, 100], help="how many at once, one measurement each")
    parser.add_argument("--learners", type=int, default=0, help="how many go through lessons beside them")
    parser.add_argument("--minutes", type=float, default=2, help="of each measurement")
    parser.add_argument("--crowd", type=int, default=100, help="visitors beyond the first hundred, for memory per visitor; 0: none")
    parser.add_argument("--soak", type=float, default=0, help=f"minutes of {SOAKING} visitors who come and go")
    parser.add_argument("--class", type=int, default=0, dest="phones", help="phones in the rooms of classes; 0: none")
    parser.add_argument("--rooms", type=int, default=1, help="rooms among which the phones are divided")
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    given = parser.parse_args()
    with running() as (server, store):
        pace = f"One click each {PAUSE[0]:.0f} to {PAUSE[1]:.0f} s; {memory(server):.0f} MB with one visitor."
        parts = ["# Visitors at once", machine_facts(), pace]
        if given.visitors:
            parts.append(measure(server, store, given.visitors, given.minutes, given.learners))
        if given.crowd:
            parts.append(told_of_crowd(given.crowd, *asyncio.run(crowd(server, given.crowd))))
        if given.soak:
            parts.append(told_of_soak(given.soak, store, *asyncio.run(soak(server, given.soak))))
        if given.phones:
            parts.append(told_of_classes(server, store, given.phones, given.rooms, given.minutes * 60))
        publish("\n\n".join(parts), given.out)


if __name__ == "__main__":
    main()
