"""A class at once: phones that join a room and rate a title every 2 to 4 seconds, and a projector that shows the matrix meanwhile.

A star counts from its sending until the phone's page is complete again, and is seen when the projector's count has reached it. Phones
that have rated everything wait and ask for news, as real ones do. Afterwards the database is asked for every star.
"""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from benchmarks.server_process import memory, processor_seconds
from recsys_core.classroom.choice import best_known
from recsys_core.datasets import load_dataset
from recsys_core.storage.profiles import hashed
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor
from ui.server.browser_cookie import COOKIE
from ui.session.classroom import key_of

TITLES = 40
PAUSE = (2.0, 4.0)
ARRIVING = 20.0
"""Seconds in which a class joins."""
MATRIX = 1
"""The station that draws the most."""
BAR_MS, BAR_SEEN = 500, 4.0
_COUNT = re.compile(r"(\d+) stars</p>")


@dataclass
class ClassRecord:
    """What a room lived through.

    Attributes
    ----------
    clicks : list of float
        Seconds until a star was shown as kept.
    told : list of float
        When each was, in the order of telling, by :func:`time.monotonic`.
    shown : list of tuple
        When the projector had drawn, and how many stars it counted.
    given : dict
        The last stars by key and title that a phone was told are kept.
    """

    clicks: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    shown: list[tuple[float, int]] = field(default_factory=list)
    given: dict[tuple[str, str], float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def seen_after(self) -> list[float]:
        """Seconds from the telling of each star until the projector counted as many; never = infinite."""
        return [
            next((at - told for at, count in self.shown if count >= number and at >= told), float("inf"))
            for number, told in enumerate(sorted(self.told), start=1)
        ]

    def lost(self, rooms: Rooms, code: str) -> int:
        """How many stars that were told to be kept the database does not have."""
        stars = rooms.room(code).stars
        return sum(stars.get(hashed(key), {}).get(title) != given for (key, title), given in self.given.items())


async def phone(server: Server, code: str, titles: tuple[str, ...], record: ClassRecord, start: float, until: float) -> None:
    """One student: join, rate one title after another, wait."""
    key = secrets.token_urlsafe(16)
    tab = Visitor(server.port, query=f"room={code}&me={key}", page="join")
    try:
        await asyncio.sleep(start)
        await tab.open()
        await tab.press("room_join")
        for place, title in enumerate(titles):
            if (pause := random.uniform(*PAUSE)) + time.monotonic() > until:
                break
            await asyncio.sleep(pause)
            stars = random.randint(1, 5)
            seconds = await tab.set(f"_room_{code}_{place}", "string_value", str(stars - 1))
            if tab.exceptions() or any("Not stored" in text for text in tab.texts("alert")):
                record.errors.append(f"{title}: {tab.exceptions() or 'not stored'}")
                continue
            record.clicks.append(seconds)
            record.told.append(time.monotonic())
            record.given[key, title] = float(stars)
        while time.monotonic() < until + 2 * BAR_SEEN:
            await asyncio.sleep(min(tab.fragments.values(), default=1.0))
            await tab.run_fragments()
    except Exception as error:  # whatever it is, it is what a student met
        record.errors.append(repr(error))
    finally:
        with suppress(Exception):
            await tab.close()


async def projector(server: Server, code: str, browser: str, record: ClassRecord, until: float) -> None:
    """Follow the room as the projector's page does."""
    tab = Visitor(server.port, query=f"room={code}&show=1", page="classroom", headers={"Cookie": f"{COOKIE}={browser}"})
    try:
        await tab.open()
        while time.monotonic() < until + 2 * BAR_SEEN:
            await asyncio.sleep(min(tab.fragments.values(), default=1.0))
            await tab.run_fragments()
            count = next((int(found[1]) for html in tab.texts("html") if (found := _COUNT.search(html))), 0)
            record.shown.append((time.monotonic(), count))
    except Exception as error:  # whatever it is, it is what the class sees
        record.errors.append(f"projector: {error!r}")
    finally:
        with suppress(Exception):
            await tab.close()


async def classes(server: Server, rooms: Rooms, n: int, n_rooms: int, seconds: float) -> dict[str, ClassRecord]:
    """So many phones, divided among rooms, for some time from when all have joined; what each room lived through, by code."""
    titles = tuple(best_known(load_dataset(server.dataset), TITLES))
    records, tasks = dict[str, ClassRecord](), list[asyncio.Task[None]]()
    until = time.monotonic() + ARRIVING + seconds
    for _ in range(n_rooms):
        browser = secrets.token_urlsafe(16)
        code = rooms.open(lambda code, browser=browser: key_of(browser, "teacher", code), server.dataset, titles)
        rooms.set(code, key_of(browser, "teacher", code), station=MATRIX)
        records[code] = ClassRecord()
        tasks.append(asyncio.create_task(projector(server, code, browser, records[code], until)))
        each = n // n_rooms
        tasks += [asyncio.create_task(phone(server, code, titles, records[code], ARRIVING * turn / each, until)) for turn in range(each)]
    await asyncio.gather(*tasks)
    return records


def told_of_classes(server: Server, store: Store, n: int, n_rooms: int, seconds: float) -> str:
    """What the classes lived through, as a sentence."""
    rooms, before, busy = Rooms(store), memory(server), processor_seconds(server)
    records = asyncio.run(classes(server, rooms, n, n_rooms, seconds))
    clicks = [1000 * each for record in records.values() for each in record.clicks]
    seen = [each for record in records.values() for each in record.seen_after()]
    share = 1000 * (processor_seconds(server) - busy) / max(1, len(clicks))
    errors = [error for record in records.values() for error in record.errors]
    lost = sum(record.lost(rooms, code) for code, record in records.items())
    for error in errors[:3]:
        print(error, file=sys.stderr)
    p95, latest = (float(np.percentile(clicks, 95)) if clicks else float("nan")), max(seen, default=float("nan"))
    kept = p95 <= BAR_MS and latest <= BAR_SEEN and not errors and not lost
    where = "one room" if n_rooms == 1 else f"{n_rooms} rooms"
    return (
        f"Class of {n} phones in {where} with a projector each, {TITLES} titles, a star each {PAUSE[0]:.0f} to {PAUSE[1]:.0f} s: "
        f"{len(clicks):,} stars, kept after p50 {np.median(clicks) if clicks else float('nan'):.0f} ms, p95 {p95:.0f} ms (bar {BAR_MS}), "
        f"seen on the projector after p50 {np.median(seen) if seen else float('nan'):.1f} s, at the latest {latest:.1f} s "
        f"(bar {BAR_SEEN:.0f}), {len(errors)} errors, {lost} lost; {share:.0f} ms of the processor for each star, all included; "
        f"memory {before:.0f} MB before, {memory(server):.0f} MB after: "
        f"{'kept' if kept else 'MISSED'}."
    )
