"""Words and the titles that hold them: an index that is asked for beginnings of words and for words with slips."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract_iter

SHORTEST_WITH_SLIP, SHORTEST_WITH_TWO = 4, 7
"""From so many letters on a word may hold one slip, or two: shorter ones would be taken for too many others."""
_AFTER_ALL = "\U0010ffff"


def slips_allowed(word: str, *, alone: bool = True) -> int:
    """How many letters may be wrong, missing, too many or swapped with the next one. Beside others a word may be a letter shorter.

    >>> slips_allowed("teh"), slips_allowed("matirx"), slips_allowed("shawshenk"), slips_allowed("1984")
    (0, 1, 2, 0)
    >>> slips_allowed("teh", alone=False)
    1
    """
    if any(letter.isdecimal() for letter in word):  # another number is another title
        return 0
    return int(len(word) >= SHORTEST_WITH_SLIP - (not alone)) + int(len(word) >= SHORTEST_WITH_TWO)


class WordIndex:
    """Which titles hold which texts, sorted so that all texts with one beginning stand together.

    Parameters
    ----------
    texts : iterable of iterables of str
        For each title its texts: words, or whole names.

    Examples
    --------
    >>> index = WordIndex([["the", "matrix"], ["matilda"]])
    >>> index.beginning("mat").tolist(), index.equal("mat").tolist(), index.misspelled("matirx")
    ([1, 0], [], {'matrix': 1})
    """

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        holders: dict[str, list[int]] = {}
        for position, of_title in enumerate(texts):
            for text in dict.fromkeys(of_title):
                holders.setdefault(text, []).append(position)
        self.texts = sorted(holders)
        self._starts = np.cumsum([0, *(len(holders[text]) for text in self.texts)])
        self._positions = np.fromiter((p for text in self.texts for p in holders[text]), np.int64, int(self._starts[-1]))
        self._by_length: dict[int, list[str]] = {}
        for text in self.texts:
            self._by_length.setdefault(len(text), []).append(text)

    def beginning(self, text: str) -> np.ndarray:
        """Positions of the titles with a text that begins so; a title may come twice."""
        return self._between(bisect_left(self.texts, text), bisect_left(self.texts, text + _AFTER_ALL))

    def equal(self, text: str) -> np.ndarray:
        """Positions of the titles with exactly this text."""
        start = bisect_left(self.texts, text)
        return self._between(start, start + (self.texts[start : start + 1] == [text]))

    def misspelled(self, text: str, *, alone: bool = True) -> dict[str, int]:
        """The texts that are meant if the given one holds a slip or two, and how many (Damerau–Levenshtein distance).

        Its first letter is right, or swapped with the second: it is rarely wrong, and tells most words apart at once.
        """
        allowed = slips_allowed(text, alone=alone)
        found = {}
        for length in range(len(text) - allowed, len(text) + allowed + 1) if allowed else ():
            same_length = self._by_length.get(length, [])
            candidates = [word for letter in {*text[:2]} for word in _beginning(same_length, letter)]
            for other, distance, _ in extract_iter(text, candidates, scorer=OSA.distance, score_cutoff=allowed):
                found[other] = int(distance)
        return found

    def with_first(self, letter: str) -> list[str]:
        """The texts that begin with a letter."""
        return _beginning(self.texts, letter)

    def _between(self, start: int, end: int) -> np.ndarray:
        return self._positions[self._starts[start] : self._starts[end]]


def _beginning(texts: list[str], start: str) -> list[str]:
    """Those of sorted texts that begin so."""
    return texts[bisect_left(texts, start) : bisect_left(texts, start + _AFTER_ALL)]
