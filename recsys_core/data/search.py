"""Find titles by what people type: part of a title, a person, a keyword or a genre."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

import numpy as np

from recsys_core.common.text import upright
from recsys_core.data.dataset import Dataset

SHORTEST_SQUEEZED = 2
_FIELDS = ("title", "original_title", "creators", "cast", "keywords", "genres", "language", "country")


def plain(text: str) -> str:
    """Lower case, without accents and punctuation: "Amélie!" becomes "amelie", "Ocean's" becomes "oceans"."""
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    bare = bare.replace("'", "").replace("’", "")
    return re.sub(r"[^\w|]+", " ", bare).strip()


def _without_article(text: str) -> str:
    return re.sub(r"^(the|a|an) (?=.)", "", text)


class TitleSearch:
    """A searchable text of every title of a data set, made once."""

    def __init__(self, dataset: Dataset) -> None:
        columns = [[plain(value) for value in dataset.items[field]] for field in _FIELDS]
        self._texts = [" | ".join(fields) for fields in zip(*columns, strict=True)]
        self._titles = [_without_article(title) for title in columns[0]]
        self._squeezed = [title.replace(" ", "") for title in columns[0]]

    def nearest(self, query: str, n: int = 3) -> list[int]:
        """Positions of up to ``n`` titles that are spelled nearly like the query, nearest first."""
        close = get_close_matches(_without_article(plain(upright(query, typed=True))), self._titles, n=n, cutoff=0.6)
        return [self._titles.index(title) for title in dict.fromkeys(close)]

    def find(self, query: str, rank: np.ndarray | None = None) -> np.ndarray:
        """Positions of the titles in which every word of the query occurs at the start of a word.

        A title is also found when it is typed without its spaces, hyphens or dots ("spiderman", "mash"), and with
        its article behind ("Matrix, The").

        Titles that begin with the query come first, then titles that hold it, then matches in people and keywords;
        within each group by ``rank`` (shape (n_items,), smaller first) or in the order of the data set. An empty
        query finds all.
        """
        wanted = plain(upright(query.replace("|", " "), typed=True))
        start = _without_article(wanted)
        words = [re.compile(rf"\b{re.escape(word)}") for word in wanted.split()]
        if query.strip() and not words:
            return np.array([], dtype=np.int64)
        squeezed = wanted.replace(" ", "")
        whole = len(squeezed) >= SHORTEST_SQUEEZED
        hits = np.array(
            [
                i
                for i, text in enumerate(self._texts)
                if all(word.search(text) for word in words) or (whole and self._squeezed[i].startswith(squeezed))
            ],
            dtype=np.int64,
        )
        group = np.array([0 if self._titles[i].startswith(start) else 1 if start in self._titles[i] else 2 for i in hits])
        return hits[np.lexsort((hits if rank is None else rank[hits], group))] if len(hits) else hits
