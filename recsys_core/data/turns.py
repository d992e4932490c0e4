"""Rotate a visitor's favourites fairly through a few places. The rotation moves on only when something is rated."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence


def on_turn(favourites: Sequence[int], kinds: Sequence[str], places: int) -> tuple[list[int], list[int]]:
    """Return the favourites that have a place now and those that wait, each in the order of their queue.

    Each kind has its own queue and a proportional share of the places (:func:`shares`). The result depends only on the
    ratings and their order, not on a clock or on chance: equal ratings give equal results.

    Parameters
    ----------
    favourites : sequence of int, ascending
        Which of the visitor's ratings, counted from 0 in the order in which they were given, are favourites.
    kinds : sequence of str, shape (n_rated,)
        The kind of every rated title.
    places : int
        Number of places to share.

    Examples
    --------
    >>> on_turn([0, 1, 2], ["movie", "movie", "movie"], places=2)
    ([1, 2], [0])
    """
    having: list[int] = []
    waiting: list[int] = []
    for kind, share in shares(Counter(kinds[favourite] for favourite in favourites), places).items():
        line = line_up([favourite for favourite in favourites if kinds[favourite] == kind], len(kinds), share)
        having += line[:share]
        waiting += line[share:]
    return having, waiting


def line_up(favourites: Sequence[int], n_rated: int, places: int) -> list[int]:
    """Return the queue of favourites after ``n_rated`` ratings; its first ``places`` entries have a place.

    Round robin: with each rating, the favourite that has had a place longest goes to the end of the queue and the next
    one moves up. So while no favourite is added, each of m favourites has a place after exactly ``places`` of any m
    consecutive ratings. A new favourite gets a place at once (another one goes to the end in exchange), because visitors
    expect to see the effect of the rating that they have just given.
    """
    line: deque[int] = deque()
    new = frozenset(favourites)
    for rating in range(n_rated):
        comes = rating in new
        leaving = max(0, min(len(line) + comes - places, 1 + comes, places))
        line.rotate(-leaving)
        if comes:
            line.insert(min(len(line), places - 1), rating)
    return list(line)


def shares(counts: dict[str, int], places: int) -> dict[str, int]:
    """Return how many places each kind gets: one each while there are any, the rest in proportion by the D'Hondt method.

    >>> shares({"show": 9, "movie": 3}, places=4)
    {'show': 3, 'movie': 1}
    """
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))[:places]
    given = dict.fromkeys(kinds, 1)
    for _ in range(places - len(kinds) if kinds else 0):
        given[max(kinds, key=lambda kind: counts[kind] / (given[kind] + 1))] += 1
    return given
