"""What the readers of all formats do with cells: years, titles that hold their year, and ratings that become stars."""

from __future__ import annotations

import re

from recsys_core.exchange.rows import Row
from recsys_core.exchange.scales import Scale, number

_YEAR = re.compile(r"(\d{4})(?:\.0)?(?:\s*[-–—].*|-\d\d-\d\d.*)?")
_TITLE = re.compile(r"(?P<title>.+?)\s*\((?P<year>\d{4})(?:\s*[-–—]\s*(?:\d{4})?)?\s*\)", re.DOTALL)
FIRST_YEAR, LAST_YEAR = 1870, 2100
NO_STARS, NOT_ON_SCALE, NO_TITLE = "without stars", "a rating that is not on the scale", "without a title"
EPISODE, SEASON, OTHER = "episode", "season", "game or other"
_MOVIES = {"movie", "tvmovie", "film", "short", "tvshort", "tvspecial", "video", "documentary", "cortometraggio"}
_SHOWS = {"show", "tv", "tvseries", "tvminiseries", "series", "serietv", "miniserietv", "miniseries", "tvshow"}
_OTHERS = {"videogame", "game", "musicvideo", "podcastseries", "podcastepisode", "person", "list"}
_EPISODES = {"tvepisode", "episode"}


def year_of(text: str) -> int | None:
    """The year that a cell begins with.

    >>> year_of("1999"), year_of("2008–2013"), year_of("1999-03-31"), year_of("99")
    (1999, 2008, 1999, None)
    """
    found = _YEAR.fullmatch(text.strip())
    return int(found[1]) if found and FIRST_YEAR <= int(found[1]) <= LAST_YEAR else None


def titled(title: str, year: int | None = None) -> tuple[str, int | None]:
    """A title and its year, which may stand behind it in brackets.

    >>> titled("Schindler's List (1993)"), titled("1917", 2019)
    (("Schindler's List", 1993), ('1917', 2019))
    """
    bare = title.strip()
    if year is None and (found := _TITLE.fullmatch(bare)) and (inside := year_of(found["year"])):
        return found["title"], inside
    return bare, year


def kind_of(text: str) -> tuple[str, str]:
    """What a site calls a type of title: the kind, and why such rows are left out.

    >>> kind_of("TV Mini Series"), kind_of("tvEpisode"), kind_of("Video Game"), kind_of("?")
    (('show', ''), ('', 'episode'), ('', 'game or other'), ('', ''))
    """
    bare = "".join(text.casefold().replace("-", "").split())
    if bare in _EPISODES:
        return "", EPISODE
    if bare == "season":
        return "", SEASON
    if bare in _OTHERS:
        return "", OTHER
    return "movie" if bare in _MOVIES else "show" if bare in _SHOWS else "", ""


def rated(row: Row, text: str, scale: Scale) -> Row:
    """Give a row the stars of a cell; where it holds no rating the row keeps its mark."""
    value = number(text)
    if value is None or (value == 0 and scale.lowest > 0):
        return row
    row.written = f"{value:g} of {scale.highest:g}"
    row.stars = scale.stars(value)
    row.mark = "rated"
    if row.stars is None:
        row.skipped = row.skipped or NOT_ON_SCALE
    return row


def imdb_id(text: str) -> str:
    """An id as IMDb writes it, "tt" and at least seven digits; "" for anything else.

    >>> imdb_id("0108052"), imdb_id("tt2015381"), imdb_id("-")
    ('tt0108052', 'tt2015381', '')
    """
    found = re.fullmatch(r"(?:tt)?0*(\d{1,9})(?:\.0)?", text.strip().lower())
    return f"tt{int(found[1]):07d}" if found and int(found[1]) else ""


def plain_id(text: str) -> str:
    """A number as it is written; "" for anything else."""
    found = re.fullmatch(r"0*(\d{1,9})(?:\.0)?", text.strip())
    return found[1] if found else ""
