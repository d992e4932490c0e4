"""Search titles by name, person, keyword or genre."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

import numpy as np

from recsys_core.common.text import upright
from recsys_core.data.dataset import Dataset

MIN_LENGTH_WITHOUT_SPACES = 2
"""Shorter queries are not compared with titles from which the spaces were removed: they would match too much."""
_FIELDS = ("title", "original_title", "creators", "cast", "keywords", "genres", "language", "country")


def plain(text: str) -> str:
    """Convert a text to lower case without accents and punctuation.

    >>> plain("Amélie!"), plain("Ocean's")
    ('amelie', 'oceans')
    """
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    bare = bare.replace("'", "").replace("’", "")
    return re.sub(r"[^\w|]+", " ", bare).strip()


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
        self._texts = [" | ".join(fields) for fields in zip(*columns, strict=True)]
        self._titles = [_without_article(title) for title in columns[0]]
        self._without_spaces = [title.replace(" ", "") for title in columns[0]]

    def nearest(self, query: str, n: int = 3) -> list[int]:
        """Return the positions of up to ``n`` titles spelled similarly to the query, most similar first."""
        close = get_close_matches(_without_article(plain(upright(query, typed=True))), self._titles, n=n, cutoff=0.6)
        return [self._titles.index(title) for title in dict.fromkeys(close)]

    def find(self, query: str, rank: np.ndarray | None = None) -> np.ndarray:
        """Return the positions of the titles that match every word of a query.

        A word matches if a word of the title, or of its people, keywords and so on, starts with it. Titles are also
        found when typed without spaces, hyphens or dots ("spiderman", "mash"), and with a trailing article
        ("Matrix, The").

        Titles that start with the query come first, then titles that contain it, then matches in people and keywords;
        within each group by ``rank`` (shape (n_items,), smaller first) or in the order of the data set. An empty
        query finds all titles.
        """
        wanted = plain(upright(query.replace("|", " "), typed=True))
        start = _without_article(wanted)
        words = [re.compile(rf"\b{re.escape(word)}") for word in wanted.split()]
        if query.strip() and not words:
            return np.array([], dtype=np.int64)
        without_spaces = wanted.replace(" ", "")
        compare_without_spaces = len(without_spaces) >= MIN_LENGTH_WITHOUT_SPACES
        found: list[int] = []
        for position, text in enumerate(self._texts):
            matches = all(word.search(text) for word in words)
            if matches or (compare_without_spaces and self._without_spaces[position].startswith(without_spaces)):
                found.append(position)
        hits = np.array(found, dtype=np.int64)
        group = np.array([self._match_group(start, position) for position in found], dtype=np.int64)
        return hits[np.lexsort((hits if rank is None else rank[hits], group))]

    def _match_group(self, query: str, position: int) -> int:
        """Return 0 if the title starts with the query, 1 if it contains the query, 2 for other matches."""
        title = self._titles[position]
        if title.startswith(query):
            return 0
        return 1 if query in title else 2
