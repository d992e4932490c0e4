"""Find the titles of somebody's file among those of a data set: by id, by name and year, and by a likeness that they confirm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from recsys_core.common.text import folded, upright
from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import split_list
from recsys_core.datasets.sources.linking import key, names_of
from recsys_core.exchange.rows import Row

LIKE = 92.0
"""Percent of likeness from which a title is offered: of ten letters one may differ."""
OFFERED = 5
"""Titles that are offered at most."""
_ENDS = 4
"""Letters at the beginning or the end of a name, of which one of both must agree: that leaves few names to compare."""
_MOVIELENS = "https://movielens.org/movies/"


class Match(NamedTuple):
    """What a row is in the data set.

    Attributes
    ----------
    position : int
        Of its title; -1 if that is not certain.
    offered : tuple of int
        Positions of titles that it may be, the likeliest first, if it is not certain.
    """

    position: int = -1
    offered: tuple[int, ...] = ()


NOWHERE = Match()


class Matcher:
    """An index of the names and ids of a data set's titles.

    Attributes
    ----------
    dataset : Dataset

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> matcher = Matcher(example_dataset())
    >>> matcher.match([Row("Alien", 1979), Row("ALIEN", 1980), Row("Amelie", 2001), Row("Heat", 1995)])
    [Match(position=0, offered=()), Match(position=0, offered=()), Match(position=2, offered=()), Match(position=-1, offered=())]
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        items = dataset.items
        self._kinds: list[str] = items["kind"].tolist()
        self._years = [int(year) if year == year else None for year in items["year"].to_numpy(np.float64).tolist()]  # NaN is not itself
        self._imdb: list[str] = items["imdb_id"].tolist()
        self._tmdb: list[str] = items["tmdb_id"].tolist()
        self._by_imdb = _index(self._imdb)
        self._by_tmdb = _index(self._tmdb)
        self._by_movielens = {
            url.removeprefix(_MOVIELENS): position for position, url in enumerate(items["url"].tolist()) if url.startswith(_MOVIELENS)
        }
        self._spelled = defaultdict[str, list[int]](list)
        self._main = defaultdict[str, list[int]](list)
        self._other = defaultdict[str, list[int]](list)
        self._alike = defaultdict[str, list[str]](list)  # names by their first and last letters
        columns = (items[name].tolist() for name in ("title", "original_title", "also_known_as"))
        for position, (title, original, known_as) in enumerate(zip(*columns, strict=True)):
            self._add(position, title, original, known_as)

    def _add(self, position: int, title: str, original: str, known_as: str) -> None:
        self._spelled[folded(upright(title))].append(position)
        main, inside = names_of(title)
        first = {main, key(original)} if original else {main}
        others = (inside | {key(name) for name in split_list(known_as)}) - first
        for names, found in ((first, self._main), (others, self._other)):
            for name in names - {""}:
                if name not in self._main and name not in self._other:
                    for end in _ends(name):
                        self._alike[end].append(name)
                found[name].append(position)

    def match(self, rows: Sequence[Row]) -> list[Match]:
        """What each row is; those that are left out, and those that have no name, are nowhere."""
        known: dict[object, Match] = {}
        matches = []
        for row in rows:
            if row.skipped:
                matches.append(NOWHERE)
                continue
            same = (row.about, row.item_id, row.imdb_id, row.tmdb_id, row.movielens_id)
            if same not in known:
                known[same] = self._match(row)
            matches.append(known[same])
        return matches

    def _match(self, row: Row) -> Match:
        by_id = self._match_by_id(row)
        if by_id is not None:
            return Match(by_id)
        possible: dict[int, None] = {}
        certain = row.shows[: row.sure]
        for name in certain or (row.title, *row.names):
            found = self._named(row, name)
            if len(found) == 1:
                return Match(found[0])
            possible |= dict.fromkeys(found)
        if not possible:
            for name in row.shows[row.sure :]:
                possible |= dict.fromkeys(position for position in self._named(row, name) if self._kinds[position] == "show")
            for name in certain or (row.title, *row.names):
                possible |= dict.fromkeys(self._like(row, name))
        return Match(-1, tuple(possible)[:OFFERED])

    def _match_by_id(self, row: Row) -> int | None:
        if row.item_id:
            position = self.dataset.item_index.get(row.item_id)
            if position is not None and (not row.title or key(row.title) == key(self.dataset.title(position).title)):
                return position
        for found in (
            self._by_imdb.get(row.imdb_id, ()),
            [position for position in self._by_tmdb.get(row.tmdb_id, ()) if row.kind and row.kind == self._kinds[position]],
        ):
            if len(found) == 1:
                return found[0]
        return self._by_movielens.get(row.movielens_id)

    def _named(self, row: Row, name: str) -> list[int]:
        """Titles of this name, by the first rule that finds any: as it is written, normalised, another name; then a year beside."""
        bare, (main, inside) = folded(upright(name)), names_of(name)
        if not main:
            return []
        for off in (0, 1) if row.year is not None else (None,):
            for index, wanted in ((self._spelled, (bare,)), (self._main, (main,)), (self._other, (main,)), (self._main, inside)):
                found = [
                    position
                    for one in wanted
                    for position in index.get(one, ())
                    if self._is_of(row, position, off) and self._may_be(row, position)
                ]
                if found:
                    return list(dict.fromkeys(found))
        return []

    def _is_of(self, row: Row, position: int, off: int | None) -> bool:
        year = self._years[position]
        return off is None or row.year is None or (year is not None and abs(year - row.year) <= off)

    def _may_be(self, row: Row, position: int) -> bool:
        """Whether no id and no kind contradicts; what one side does not tell contradicts nothing."""
        kind, imdb, tmdb = self._kinds[position], self._imdb[position], self._tmdb[position]
        if row.kind and kind and row.kind != kind:
            return False
        if row.imdb_id and imdb and row.imdb_id != imdb:
            return False
        return not (row.tmdb_id and tmdb and row.kind == kind and row.tmdb_id != tmdb)

    def _like(self, row: Row, name: str) -> list[int]:
        """Titles of nearly this name and, where it is known, of a year beside; and those of just this name from two or three years away."""
        wanted = key(name)
        if not wanted:
            return []
        near = list({other for end in _ends(wanted) for other in self._alike.get(end, ())})
        close = process.extract(wanted, near, scorer=fuzz.ratio, score_cutoff=LIKE, limit=2 * OFFERED)
        found = []
        for other, likeness, _ in sorted(close, key=lambda one: (-one[1], one[0])):
            off = 3 if likeness == 100 else 1
            found += [
                position
                for position in (*self._main.get(other, ()), *self._other.get(other, ()))
                if (self._years[position] is None or self._is_of(row, position, off)) and self._may_be(row, position)
            ]
        return found


def _index(ids: Iterable[str]) -> dict[str, list[int]]:
    """Positions by id, without titles that have none."""
    found = defaultdict[str, list[int]](list)
    for position, one in enumerate(ids):
        if one:
            found[one].append(position)
    return found


def _ends(name: str) -> tuple[str, ...]:
    return f"^{name[:_ENDS]}", f"{name[-_ENDS:]}$"
