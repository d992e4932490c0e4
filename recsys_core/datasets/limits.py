"""How much an archive may hold, and what reading it may cost: all limits on files that somebody brings."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from recsys_core.errors import DatasetError
from recsys_core.settings import settings

SETTING = "RECSYS_LIMITS"
LINE = 2**20
"""Bytes that a line of a table may have. No setting: the readers work in pieces of this size."""
OF_THE_LIBRARIES = 300
"""Megabytes of memory that Python and its libraries take before anything is read."""
PER_RATING = 130
"""Bytes of memory that a rating takes while an archive is read. Measured with 5 million: 91 if Arrow reads them, 130 if Python does."""
FIT_PER_TITLE, FIT_PER_RATING = 20_000, 80
"""Bytes that fitting takes at most: twice what ``benchmarks.scale`` measured at 83,000 titles and at 32 million ratings."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on archives. Get those of this server from :func:`limits`.

    Attributes
    ----------
    ratings : int
        Rows of any table but those below; MovieLens 32M has 32 million ratings.
    titles, people : int
        Titles, and different ids in one column of a table; MovieLens 32M has 87,585 and 200,948.
    tags : int
        Rows of a table of tags; MovieLens 32M has 2 million.
    columns : int
        Columns of a table, and genres that have a column each.
    field, title, name : int
        Characters of a text, of a title, and of an id or the name of a genre.
    genres : int
        Genres of one title.
    files, unpacked_mb, ratio : int
        Of a zip: files in it, their size together, and how many times its size it may unpack to if that is more than 16 MB.
        MovieLens 25M has 1.2 GB and unpacks to five times its size.
    memory_mb, seconds : int
        What checking an archive that a visitor brought may take, of memory and of the processor's time.
    sets, sets_mb, server_mb, days : int
        What visitors may keep: data sets and megabytes of one visitor, megabytes of all, and days after the last use.
    confined : bool
        Whether this process may take ``memory_mb`` only, so that fewer ratings can be read. No setting.

    Examples
    --------
    >>> Limits.from_text("titles=300000 seconds=60").titles
    300000
    >>> Limits(ratings=10).row_limit("rating")
    (10, 'ratings')
    """

    ratings: int = 40_000_000
    titles: int = 200_000
    people: int = 1_000_000
    tags: int = 5_000_000
    columns: int = 200
    field: int = 10_000
    title: int = 1_000
    name: int = 100
    genres: int = 100
    files: int = 1_000
    unpacked_mb: int = 6_000
    ratio: int = 40
    memory_mb: int = 1_500
    seconds: int = 120
    sets: int = 3
    sets_mb: int = 200
    server_mb: int = 2_000
    days: int = 30
    confined: bool = False

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read ``name=number`` pairs, separated by spaces. Raises :class:`DatasetError` for any other."""
        known = [field.name for field in fields(cls) if field.name != "confined"]
        given: dict[str, Any] = {}
        for pair in text.split():
            name, _, number = pair.partition("=")
            if name not in known or not number.isdecimal():
                raise DatasetError(
                    f"{SETTING} holds {pair!r}. Write a name and a whole number, as in ratings=5000000. Names: {', '.join(known)}."
                )
            given[name] = int(number)
        return cls(**given)

    def row_limit(self, what: str) -> tuple[int, str]:
        """How many rows a table may have, by what its rows are about, and the name of that limit."""
        name = {"title": "titles", "link": "titles", "genre": "columns", "tag": "tags"}.get(what, "ratings")
        if name == "ratings" and self.confined and self.ratings_in_memory < self.ratings:
            return self.ratings_in_memory, "memory_mb"
        return int(getattr(self, name)), name

    def named(self, name: str) -> str:
        """A sentence that names a limit and how to change it."""
        return f"The limit is {name}={getattr(self, name)}; the setting {SETTING} changes it."

    @property
    def ratings_in_memory(self) -> int:
        """How many ratings can be read within ``memory_mb``."""
        return max(0, self.memory_mb - OF_THE_LIBRARIES) * 2**20 // PER_RATING


def limits() -> Limits:
    """The limits of this server. Raises :class:`DatasetError` if the setting is wrong."""
    return Limits.from_text(settings().limits)


def check_machine(n_titles: int, n_ratings: int) -> None:
    """Raise :class:`DatasetError` if the models of so many titles and ratings do not fit into this machine's memory."""
    memory = machine_memory()
    needed = n_titles * FIT_PER_TITLE + n_ratings * FIT_PER_RATING
    if memory is not None and needed > memory:
        raise DatasetError(
            f"The models of {n_titles:,} titles and {n_ratings:,} ratings would take about {needed / 2**30:.1f} GB of memory, "
            f"and this machine has {memory / 2**30:.1f} GB. Give a smaller data set."
        )


def machine_memory() -> int | None:
    """Bytes of memory that this machine, or this container, has; None where the system does not tell."""
    found = []
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):  # "max" where there is no limit
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(found, default=None)
