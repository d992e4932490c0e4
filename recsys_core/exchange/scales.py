"""Other sites' ratings as stars from 0.5 to 5. The scale comes from the format, never from the largest rating: some are harsh."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from recsys_core.data.scale import MAX_STARS, MIN_STARS

FEW = 20
"""Ratings below which a percentile says nothing."""
_NUMBER = re.compile(r"[+-]?(?:\d{1,9}(?:[.,]\d*)?|[.,]\d+)")


class Scale(NamedTuple):
    """The scale of a format.

    Attributes
    ----------
    lowest, highest : float
        What a rating can be; zero means none was given unless it is the lowest.
    words : str
        How it becomes stars, as a sentence.
    """

    lowest: float
    highest: float
    words: str

    def stars(self, value: float) -> float | None:
        """The stars of a rating, in steps of a half; None outside the scale.

        >>> OF_TEN.stars(9), OF_TEN.stars(1), OF_TEN.stars(11), OF_FIVE.stars(4.5)
        (4.5, 0.5, None, 4.5)
        """
        if not self.lowest <= value <= self.highest:
            return None
        return min(MAX_STARS, max(MIN_STARS, math.floor(2 * MAX_STARS * value / self.highest + 0.5) / 2))


OF_FIVE = Scale(0.5, 5, "Its stars are kept as they are.")
OF_TEN = Scale(1, 10, "Ratings from 1 to 10 are halved: 9 of 10 becomes 4.5 stars.")
OF_HUNDRED = Scale(0, 100, "Scores from 0 to 100 are divided by 20: 80 becomes 4 stars.")
BY_TOP = {5: OF_FIVE, 10: OF_TEN, 100: OF_HUNDRED}
THUMBS = {1: 1.5, 2: 4.0, 3: 5.0}
"""Netflix: down, up, two up."""
THUMBS_WORDS = "Its stars are kept; a thumb down becomes 1.5 stars, a thumb up 4, two thumbs up 5."
PERCENTILES_WORDS = (
    "Scores become stars by their place among your own scores, as Criticker's tiers do: the best tenth gets 5 stars, the worst 0.5."
)


def number(text: str) -> float | None:
    """A number, with a point or a decimal comma; None if it is none.

    >>> number("4,5"), number(" 4.5 "), number("1,234.5"), number("nan")
    (4.5, 4.5, None, None)
    """
    bare = text.strip()
    return float(bare.replace(",", ".")) if _NUMBER.fullmatch(bare) else None


def by_percentile(scores: Sequence[float]) -> list[float]:
    """Stars by each score's place among all; equal ones share the middle of their places.

    Shape (n,) to (n,), in steps of a half. Fewer than :data:`FEW` are divided by 20 instead.

    >>> by_percentile(list(range(1, 101)))[::33]
    [0.5, 2.0, 3.5, 5.0]
    """
    if len(scores) < FEW:
        return [OF_HUNDRED.stars(score) or MIN_STARS for score in scores]
    ordered, n = sorted(scores), len(scores)
    places = [(bisect_left(ordered, score) + bisect_right(ordered, score)) / (2 * n) for score in scores]
    return [min(MAX_STARS, (math.floor(10 * place) + 1) / 2) for place in places]
