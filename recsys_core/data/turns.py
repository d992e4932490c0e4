"""Whose turn it is: favourites share a few places fairly, and nothing moves while nothing is rated."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence


def on_turn(favourites: Sequence[int], kinds: Sequence[str], places: int) -> tuple[list[int], list[int]]:
    """Which favourites have a place now, and which wait, each in the order of their line.

    Each kind has its own line and a fair part of the places (:func:`shares`). The answer depends on the ratings and
    their order alone, not on a clock or a draw: the same ratings, the same answer.

    Parameters
    ----------
    favourites : sequence of int, ascending
        Which of the visitor's ratings, counted from 0 in the order in which they were given, are favourites.
    kinds : sequence of str, shape (n_rated,)
        The kind of every rated title.
    places : int
    """
    having: list[int] = []
    waiting: list[int] = []
    for kind, share in shares(Counter(kinds[favourite] for favourite in favourites), places).items():
        line = line_up([favourite for favourite in favourites if kinds[favourite] == kind], len(kinds), share)
        having += line[:share]
        waiting += line[share:]
    return having, waiting


def line_up(favourites: Sequence[int], n_rated: int, places: int) -> list[int]:
    """The line of favourites after ``n_rated`` ratings; the first ``places`` of it are on turn.

    Round robin: with each rating, whoever has had a place longest goes to the end of the line and the next moves up. So
    as long as no favourite is added, each of m favourites has a place in exactly ``places`` of any m ratings in a row. A
    new favourite gets a place at once (a second one goes to the end for it), since a row that follows the star just
    given is what people look for.
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
    """How many places each kind gets: one each as far as they go, the others by the method of D'Hondt (1878), in proportion."""
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))[:places]
    given = dict.fromkeys(kinds, 1)
    for _ in range(places - len(kinds) if kinds else 0):
        given[max(kinds, key=lambda kind: counts[kind] / (given[kind] + 1))] += 1
    return given
