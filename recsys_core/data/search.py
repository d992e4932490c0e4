"""Search titles by name, person, keyword or genre."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

import numpy as np

from recsys_core.common.text import folded, upright
from recsys_core.data.dataset import Dataset

MIN_LENGTH_WITHOUT_SPACES = 2
"""Shorter queries are not compared with titles from which the spaces were removed: they would match too much."""
_FIELDS = ("title", "original_title", "also_known_as", "creators", "cast", "keywords", "genres", "language", "country", "franchise")
_YEAR = re.compile(r"^\s*(?P<title>.*\S)\s*\((?P<year>\d{4})\)\s*$")
_NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10"}
_COUNTED = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"}


def plain(text: str) -> str:
    """Convert a text to lower case without accents and punctuation. A text of signs alone keeps them: there are such titles.

    >>> plain("Amélie!"), plain("Ocean's"), plain("$"), plain("!!!")
    ('amelie', 'oceans', '$', '!!!')
    """
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    bare = bare.replace("'", "").replace("’", "")
    return re.sub(r"[^\w|]+", " ", bare).strip() or "".join(folded(text).split())


def numbered(text: str) -> str:
    """Parts of a series written one way, for plain text: "part ii", "part two", "vol 2" and "2" at the end are all "2".

    >>> numbered("the godfather part ii"), numbered("kill bill vol 2"), numbered("rocky iv"), numbered("malcolm x")
    ('the godfather 2', 'kill bill 2', 'rocky 4', 'malcolm x')
    """
    words = text.split()
    for place in range(1, len(words)):
        after = words[place - 1] in ("part", "vol", "volume", "chapter", "episode")
        last = place == len(words) - 1 and words[place] in _NUMERALS and words[place] not in ("i", "v", "x")
        if after or last:
            words[place] = _NUMERALS.get(words[place], _COUNTED.get(words[place], words[place]))
    kept = [
        word
        for word, following in zip(words, (*words[1:], ""), strict=False)
        if not (word in ("part", "vol", "volume", "chapter", "episode") and following.isdecimal())
    ]
    return " ".join(kept)


def _without_article(text: str) -> str:
    return re.sub(r"^(the|a|an) (?=.)", "", text)


class TitleSearch:
    """A search index over the titles of a data set.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> search = TitleSearch(example_dataset())
    >>> search.find("alien")
    array([0, 1])
    >>> search.find("romance")
    array([2, 3])
    >>> search.nearest("ameli", n=1)
    [2]
    """

    def __init__(self, dataset: Dataset) -> None:
        columns = [[plain(value) for value in dataset.items[field]] for field in _FIELDS]
        self._names = [_names(*names) for names in zip(*columns[:3], strict=True)]
        # Words stand behind a space, names without spaces behind a bar: "starts with" is then a plain search for a text.
        fields = (" ".join(of_title).replace("|", " ") for of_title in zip(*columns, strict=True))
        self._texts = [f" {text} {' '.join(names)}" for text, names in zip(fields, self._names, strict=True)]
        self._without_spaces = ["".join(f"|{name.replace(' ', '')}" for name in names) for names in self._names]
        self._titles = [names[0] for names in self._names]
        self._spelled = [folded(title) for title in dataset.items["title"]]
        self._years = dataset.items["year"].to_numpy(np.float64)

    def nearest(self, query: str, n: int = 3) -> list[int]:
        """Return the positions of up to ``n`` titles spelled similarly to the query, most similar first."""
        title, _ = _with_year(query)
        close = get_close_matches(_without_article(plain(upright(title, typed=True))), self._titles, n=n, cutoff=0.6)
        return [self._titles.index(title) for title in dict.fromkeys(close)]

    def called(self, query: str) -> list[int]:
        """Return the positions of the titles that are called exactly so, in any case and Unicode form; "Title (year)" names one of them.

        >>> from recsys_core.data.example import example_dataset
        >>> search = TitleSearch(example_dataset())
        >>> search.called("ALIEN"), search.called("Alien (1979)"), search.called("Alien (1980)"), search.called("Ali")
        ([0], [0], [], [])
        """
        same = self._called(query)
        title, year = _with_year(query)
        return same or [position for position in self._called(title) if self._years[position] == year]

    def _called(self, title: str) -> list[int]:
        wanted = folded(upright(title, typed=True))
        return [position for position, spelled in enumerate(self._spelled) if spelled == wanted]

    def find(self, query: str, rank: np.ndarray | None = None) -> np.ndarray:
        """Return the positions of the titles that match every word of a query.

        A word matches if a word of the title, of its other names, or of its people, keywords and so on, starts with it. Titles
        are also found when typed without spaces, hyphens or dots ("spiderman", "mash"), with a trailing article
        ("Matrix, The"), with their year in brackets ("Heat (1995)"), and with the part written another way ("godfather 2").

        Titles with exactly that name come first, then titles that start with the query, then titles that contain it, then
        matches in people and keywords; within each group by ``rank`` (shape (n_items,), smaller first) or in the order of
        the data set. An empty query finds all titles.
        """
        wanted = plain(upright(query.replace("|", " "), typed=True))
        start = numbered(_without_article(wanted))
        words, parts = ([f" {word}" for word in text.split()] for text in (wanted, start))
        if query.strip() and not words:
            return np.array([], dtype=np.int64)
        whole = f"|{start.replace(' ', '')}"
        if len(whole) <= MIN_LENGTH_WITHOUT_SPACES:
            whole = "\n"  # is in no name
        hits = [
            position
            for position, (text, without_spaces) in enumerate(zip(self._texts, self._without_spaces, strict=True))
            if all(word in text for word in words) or whole in without_spaces or all(word in text for word in parts)
        ]
        title, year = _with_year(query)
        if not hits and year is not None:
            found = self.find(title, rank)
            return found[self._years[found] == year]
        positions = np.array(hits, dtype=np.int64)
        groups = np.array([_group(start, self._names[position]) for position in hits], dtype=np.int64)
        order = np.lexsort((positions if rank is None else rank[positions], groups))
        return positions[order]


def _with_year(query: str) -> tuple[str, int | None]:
    """Split "Title (1995)" into the title and the year; None without one."""
    match = _YEAR.match(query)
    return (match["title"], int(match["year"])) if match else (query, None)


def _names(title: str, original: str, also_known: str) -> tuple[str, ...]:
    """Every name of a title as it is compared: without its article, its part as a number."""
    names = [title, original, *also_known.split("|")]
    return tuple(dict.fromkeys(numbered(_without_article(name.strip())) for name in names if name.strip()))


def _group(start: str, names: tuple[str, ...]) -> int:
    """0 for a title that is called so, 1 for one that begins so, 2 for one that holds the words, 3 for any other."""
    if start in names:
        return 0
    if any(name.startswith(start) for name in names):
        return 1
    return 2 if any(start in name for name in names) else 3
