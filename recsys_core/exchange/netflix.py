"""Netflix writes "Show: Season 1: Episode" where others have a title. Which part is the show's name, when titles hold colons, too?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recsys_core.exchange.cells import NO_STARS, NOT_ON_SCALE, titled
from recsys_core.exchange.rows import Answers, Row
from recsys_core.exchange.scales import OF_FIVE, THUMBS, number

_SEASONS = (
    "Season|Series|Staffel|Saison|Temporada|Stagione|Seizoen|Säsong|Sæson|Sesong|Kausi|Sezon|Évad|Sezonul|Limited Series|Mini-?series|"
    "Miniserie|Mini-?série|Minisérie|Part|Teil|Partie|Parte|Deel|Volume|Vol\\.|Book|Collection"
)
_SEASON = re.compile(rf"\s?:\s+(?:(?:{_SEASONS})(?:\s+[\w.]+)?|\d+[ªº.]?\s+(?:temporada|stagione|sezon|évad))(?=\s?:\s)", re.IGNORECASE)
"""A season needs an episode behind it: "Dune: Part Two" is a film."""
_EPISODE = re.compile(r"\((?:Episode|Épisode|Folge|Episodio|Episódio|Aflevering|Avsnitt|Odcinek)\s*\d+\)\s*$", re.IGNORECASE)
_COLON = re.compile(r"\s?:\s")
LEAST_SECONDS = 300
"""What was looked at for less was not watched."""
GLANCE, TRAILER = "watched for less than five minutes", "trailer"


def shows_in(title: str) -> tuple[tuple[str, ...], int]:
    """Names that the show may have of which a title is an episode, likeliest first, and how many of them are certain.

    >>> shows_in("Dark: Staffel 1: Geheimnisse")
    (('Dark',), 1)
    >>> shows_in("DAHMER: Monster: The Jeffrey Dahmer Story: The Good Boy Box (Episode 4)")
    (('DAHMER: Monster: The Jeffrey Dahmer Story', 'DAHMER: Monster', 'DAHMER'), 1)
    >>> shows_in("Dune: Part Two"), shows_in("Heat")
    ((('Dune',), 0), ((), 0))
    """
    certain = [title[: found.start()] for found in _SEASON.finditer(title)][::-1]
    prefixes = [title[: found.start()] for found in _COLON.finditer(title)][::-1]
    if certain:
        shorter = [prefix for prefix in prefixes if len(prefix) < len(certain[-1])]
        return tuple(certain + shorter)[:10], len(certain)
    return tuple(prefixes)[:10], int(bool(prefixes and _EPISODE.search(title)))


def row_of(title: str, date: str) -> Row:
    """What was watched on a day: a film, or an episode of a show."""
    shows, sure = shows_in(title.strip())
    return Row(title.strip(), date=date, mark="seen", kind="show" if sure else "", shows=shows, sure=sure)


def history(rows: Iterator[dict[str, str]], answers: Answers, *, title: str, date: str) -> Iterator[Row]:
    """``NetflixViewingHistory.csv``, by what its two columns are called."""
    for cells in rows:
        yield row_of(cells.get(title, ""), cells.get(date, ""))


def activity(rows: Iterator[dict[str, str]], answers: Answers) -> Iterator[Row]:
    """``ViewingActivity.csv``."""
    for cells in rows:
        row = row_of(cells.get("title", ""), cells.get("start time", ""))
        if cells.get("supplemental video type", "").strip():
            row.skipped = TRAILER
        elif _seconds(cells.get("duration", "")) < LEAST_SECONDS:
            row.skipped = GLANCE
        yield row


def ratings(rows: Iterator[dict[str, str]], answers: Answers) -> Iterator[Row]:
    """``Ratings.csv``: stars, or thumbs as 1 for down, 2 for up, 3 for two up."""
    for cells in rows:
        title, year = titled(cells.get("title name", ""))
        row = Row(title, year, date=cells.get("event utc ts", ""))
        stars, thumbs = (number(cells.get(name, "")) or 0 for name in ("star value", "thumbs value"))
        if stars:
            row.stars, row.written = OF_FIVE.stars(stars), f"{stars:g} stars"
        elif thumbs:
            row.stars, row.written = THUMBS.get(int(thumbs)), {1: "thumb down", 2: "thumb up", 3: "two thumbs up"}.get(int(thumbs), "")
        if row.stars is None:
            row.skipped = NOT_ON_SCALE if stars or thumbs else NO_STARS
        yield row


def _seconds(duration: str) -> float:
    """Seconds of "00:43:26"; infinite where it cannot be read, so that nothing is left out for it."""
    parts = duration.strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 6 for part in parts):
        return float("inf")
    hours, minutes, seconds = map(int, parts)
    return 3600 * hours + 60 * minutes + seconds
