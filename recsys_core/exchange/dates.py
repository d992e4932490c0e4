"""Dates as people's files have them. Whether 4/5/2026 is in April or in May is found over the whole column, or asked."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?\d*)?\s*([+-]\d{2}:?\d{2}|Z)?(?:\s*UTC)?")
_YEAR_FIRST = re.compile(r"(\d{4})[./ ]+(\d{1,2})[./ ]+(\d{1,2})\.?")
_SHORT = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?:,?\s.*)?")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")
_WORDS = re.compile(r"[a-z]+|\d+(?::\d+)*")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


def day_first(dates: Iterable[str]) -> bool | None:
    """Whether the day stands first in dates such as 14/9/26; None if none of them tells, or they tell different things.

    >>> day_first(["1/2/26", "14/9/26"]), day_first(["9/14/26"]), day_first(["1.2.2026"]), day_first(["1/2/26"])
    (True, False, True, None)
    """
    found = set()
    for date in dates:
        if short := _SHORT.fullmatch(date):
            one, two = int(short[1]), int(short[3])
            if short[2] == "." or one > 12 >= two:
                found.add(True)
            elif two > 12 >= one:
                found.add(False)
    return found.pop() if len(found) == 1 else None


def depends_on_order(dates: Iterable[str]) -> bool:
    """Whether any of the dates means another day if day and month are exchanged."""
    return any((short := _SHORT.fullmatch(date)) and int(short[1]) != int(short[3]) for date in dates)


def seconds(date: str, first: bool | None) -> float | None:
    """A date in seconds since 1970, without a zone in UTC; None if it is none, lies before 1970 or after tomorrow.

    Parameters
    ----------
    first : bool or None
        Whether the day stands before the month where both are numbers; None if nobody knows.

    >>> seconds("2018-08-24T13:48:52Z", None), seconds("964982703", None)
    (1535118532.0, 964982703.0)
    >>> seconds("1/2/26", True) == seconds("2026-02-01", None) == seconds("Sun Feb  1 2026", None)
    True
    """
    found = _parsed(date.strip(), first)
    return found if found is not None and 0 < found <= time.time() + 86_400 else None


def _parsed(date: str, first: bool | None) -> float | None:
    if _SECONDS.fullmatch(date):
        number = float(date)
        return number / 1000 if number > 1e11 else number
    try:
        if iso := _ISO.fullmatch(date):
            return _iso(iso)
        if parts := _YEAR_FIRST.fullmatch(date):
            return _day(int(parts[1]), int(parts[2]), int(parts[3]))
        if short := _SHORT.fullmatch(date):
            one, two, year = int(short[1]), int(short[3]), int(short[4])
            if first is None and one != two:
                return None
            day, month = (one, two) if first else (two, one)
            return _day(year + 2000 if year < 100 else year, month, day)
        return _in_words(date)
    except (ValueError, OverflowError):  # 30 February
        return None


def _iso(iso: re.Match[str]) -> float:
    year, month, day = map(int, iso.group(1, 2, 3))
    hour, minute, second = (int(part or 0) for part in iso.group(4, 5, 6))
    found = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() + float(iso[7] or 0)
    zone = (iso[8] or "Z").replace(":", "")
    if zone == "Z":
        return found
    return found - math.copysign(3600 * int(zone[1:3]) + 60 * int(zone[3:5]), int(zone[0] + "1"))


def _day(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def _in_words(date: str) -> float | None:
    """A day in English words, such as "Sat Feb 10 00:00:00 2018" or "10 February 2018"."""
    words = _WORDS.findall(date.casefold())[:8]
    months = [_MONTHS[word[:3]] for word in words if word[:3] in _MONTHS]
    years = [int(word) for word in words if len(word) == 4 and word.isdecimal()]
    days = [int(word) for word in words if len(word) <= 2 and word.isdecimal()]
    return _day(years[0], months[0], days[0]) if len(months) == len(years) == len(days) == 1 else None


def written(at: float) -> str:
    """A time as ISO 8601 in UTC, to the microsecond where it has one.

    >>> written(1535118532.0), written(0.25)
    ('2018-08-24T13:48:52Z', '1970-01-01T00:00:00.250000Z')
    """
    return datetime.fromtimestamp(at, UTC).isoformat().removesuffix("+00:00") + "Z"
