"""A class of simulated students, to rehearse an hour: they join, take their time, and rate as people of the data set's audience do."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.guessing import cases, question
from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.space import axis_answer, axis_options, axis_question, plane
from recsys_core.classroom.stations import station
from recsys_core.data.dataset import Dataset
from recsys_core.errors import RoomError
from recsys_core.storage.rooms import Rooms, Student

NOISE = 0.5
"""Standard deviation of what a simulated student adds to the stars that they copy."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A student that a program plays: a key, and what they will say, in their own order; None = not seen."""

    key: str
    student: Student
    says: tuple[tuple[str, float | None], ...]


def invite(rooms: Rooms, code: str, dataset: Dataset, n: int, random_state: int = 0) -> list[Simulated]:
    """Let ``n`` simulated students join. Raises :class:`RoomError` where the room does not take them."""
    room, rng = rooms.room(code), np.random.default_rng(random_state)
    stars = _tastes(dataset, room.titles, n, rng)
    invited = []
    for row in stars:
        key = secrets.token_urlsafe(16)
        order = rng.permutation(len(room.titles))
        says = tuple((room.titles[place], None if np.isnan(row[place]) else float(row[place])) for place in order)
        invited.append(Simulated(key, rooms.enter(code, key), says))
    return invited


def rehearse(rooms: Rooms, code: str, students: list[Simulated]) -> Iterator[bool]:
    """Rate, one star of one student at a time; yields whether the room took it. Who was removed stays away."""
    away = set[str]()
    for turn in range(max((len(one.says) for one in students), default=0)):
        for one in students:
            if turn < len(one.says) and one.key not in away:
                try:
                    rooms.rate(code, one.key, *one.says[turn])
                except RoomError:
                    away.add(one.key)
                yield one.key not in away


def vote(rooms: Rooms, code: str, students: list[Simulated], dataset: Dataset, random_state: int = 0) -> int:
    """Let the students do what their phones ask for at the room's station; how many did something."""
    room, rng = rooms.room(code), np.random.default_rng(random_state)
    act, matrix, acted = station(room.station).act, ClassMatrix.of(room), 0
    tags = {item_id: dataset.title(dataset.position(item_id)).genres for item_id in room.titles if item_id in dataset.item_index}
    found = plane(matrix)
    options = {axis: names for axis in range(2) if found and (names := axis_options(matrix, found, axis, tags))}
    for one in students:
        if act == "guess":
            for case in cases(matrix):
                rooms.vote(code, one.key, question(matrix, case), float(_whole(np.array(case.stars + rng.normal()))))
        elif act == "name":
            for axis, names in options.items():
                rooms.vote(code, one.key, axis_question(axis), axis_answer(names[rng.integers(len(names))]))
        else:
            return acted
        acted += 1
    return acted


def _tastes(dataset: Dataset, titles: tuple[str, ...], n: int, rng: np.random.Generator) -> np.ndarray:
    """Stars of people from the audience who rated most of these titles, a little changed (n, m); NaN = not seen."""
    known = [place for place, item_id in enumerate(titles) if item_id in dataset.item_index]
    stars = np.full((n, len(titles)), np.nan)
    if known and dataset.n_ratings:
        columns = dataset.ratings[:, [dataset.position(titles[place]) for place in known]]
        given = np.diff(columns.indptr)
        busiest = np.argsort(-given, kind="stable")[: max(3 * n, 50)]
        enough = np.flatnonzero(given >= len(known) / 2)  # some have seen all, as in a class, and most have not
        chosen = enough if len(enough) >= n else busiest
        rows = columns[rng.choice(chosen, size=n, replace=len(chosen) < n)].toarray().astype(float)
        stars[:, known] = np.where(rows > 0, rows, np.nan)
    else:
        taste, title = rng.normal(size=(n, 2)), rng.normal(size=(len(titles), 2))
        stars[:] = np.where(rng.random(stars.shape) < 0.8, 3.2 + taste @ title.T, np.nan)
    return np.where(np.isnan(stars), np.nan, _whole(stars + NOISE * rng.normal(size=stars.shape)))


def _whole(stars: np.ndarray) -> np.ndarray:
    return np.clip(np.round(stars), 1.0, 5.0)
