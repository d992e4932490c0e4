"""What an address that is meant for others may hold of what a visitor said: a few ratings and pulls, never the key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from recsys_core.data.dataset import Dataset
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.visitor.steering import MOST

RATINGS_PARAMETER, PULLS_PARAMETER = "r", "s"
MOST_SHARED, LONGEST = 12, 1500
"""How many ratings, and pulls, are in a link at most, and how many characters."""


def ratings_text(ratings: Mapping[str, float]) -> str:
    """The last ratings as ``item:stars,…``, at most twelve."""
    return ",".join(f"{item_id}:{stars:g}" for item_id, stars in list(ratings.items())[-MOST_SHARED:])


def ratings_from(text: str, dataset: Dataset) -> dict[str, float]:
    """The ratings of a link, for titles of this data set alone; stars are brought into their range, what makes no sense is dropped."""
    return _read(text, ",", lambda item_id: item_id in dataset.item_index, MIN_STARS, MAX_STARS)


def pulls_text(pulls: Mapping[str, float]) -> str:
    """The last pulls as ``name:amount|…``, at most twelve."""
    return "|".join(f"{name}:{amount:g}" for name, amount in list(pulls.items())[-MOST_SHARED:] if "|" not in name)


def pulls_from(text: str, known: Callable[[str], bool]) -> dict[str, float]:
    """The pulls of a link, by what is known alone; amounts are brought into their range, what makes no sense is dropped."""
    return _read(text, "|", known, -MOST, MOST)


def _read(text: str, separator: str, known: Callable[[str], bool], least: float, most: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text[:LONGEST].split(separator)[:MOST_SHARED]:
        name, _, amount = part.rpartition(":")
        try:
            value = float(amount)
        except ValueError:
            continue
        if math.isfinite(value) and known(name):
            found[name] = min(max(value, least), most)
    return found


def address(parameters: Mapping[str, str | list[str]], base: str) -> str:
    """The page's address with these parameters and nothing else of today's; the longest ones are left out beyond 1,500 characters."""
    kept = dict(parameters)
    while len(query := urlencode(kept, doseq=True, safe=":,|")) > LONGEST:
        del kept[max(kept, key=lambda name: len(str(kept[name])))]
    scheme, host, path, _, _ = urlsplit(base)
    return urlunsplit((scheme, host, path, query, ""))
