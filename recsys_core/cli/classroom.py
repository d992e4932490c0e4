"""``python -m recsys_core class``: rehearse an hour with simulated students, in a room of the app that runs on this database."""

# ruff: noqa: T201 - printing is what a command line is for
from __future__ import annotations

import argparse
import secrets
import time
from typing import Any

from recsys_core.classroom.choice import best_known
from recsys_core.classroom.rehearsal import Simulated, invite, rehearse, vote
from recsys_core.cli.options import at_least
from recsys_core.data.dataset import Dataset
from recsys_core.datasets import load_dataset
from recsys_core.settings import settings
from recsys_core.storage.rooms import MOST_STUDENTS, Rooms
from recsys_core.storage.store import Store

WATCH_SECONDS = 2.0


def add_class(commands: Any) -> None:
    """Add the command to those of the command line."""
    parser = commands.add_parser("class", help="rehearse an hour with simulated students", description=_run.__doc__)
    parser.add_argument("--simulate", type=at_least(1), default=30, metavar="N", help=f"how many students, {MOST_STUDENTS} at most")
    parser.add_argument("--room", metavar="CODE", help="the room that they join; without it one is opened")
    parser.add_argument("--titles", type=at_least(3), default=20, metavar="N", help="how many titles a room has that is opened here")
    parser.add_argument("--pause", type=float, default=0.05, metavar="SECONDS", help="between two stars of the class")
    parser.add_argument("--stay", type=float, default=0, metavar="MINUTES", help="stay as long, and vote where the class votes")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    """Let simulated students join a room and rate. Watch it on the projector of the app that runs on the same database."""
    rooms, dataset = Rooms(Store(settings().database_url)), load_dataset(settings().dataset)
    code = options.room
    if code is None:
        key = secrets.token_urlsafe(16)
        code = rooms.open(key, settings().dataset, best_known(dataset, options.titles), hours=2)
        print(f"Room {code}, open for two hours.")
        print(f"The teacher's key, for the page Class: {key}")
    students = invite(rooms, code, dataset, options.simulate)
    print(f"{len(students)} students have joined: {', '.join(one.student.name for one in students[:5])} …")
    given = 0
    for taken in rehearse(rooms, code, students):
        given += taken
        time.sleep(max(0.0, options.pause))
    print(f"They have said {given} things about {len(rooms.room(code).titles)} titles.")
    _stay(rooms, code, students, dataset, 60 * options.stay)


def _stay(rooms: Rooms, code: str, students: list[Simulated], dataset: Dataset, seconds: float) -> None:
    """Vote once at each station where the class does."""
    until, seen = time.monotonic() + seconds, set[int]()
    while time.monotonic() < until:
        if (at := rooms.room(code).station) not in seen:
            seen.add(at)
            if acted := vote(rooms, code, students, dataset):
                print(f"{acted} students have voted.")
        time.sleep(min(WATCH_SECONDS, max(0.0, until - time.monotonic())))
