"""Filters for lists: movies or shows, genres, years, languages, countries, lengths, and titles that are left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from recsys_core.common.text import folded, id_text
from recsys_core.data.dataset import Dataset
from recsys_core.errors import FilterError


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a listed title must meet; by default every title passes.

    Attributes
    ----------
    kind : "movie", "show" or None
    genres : tuple of str
        A title must have at least one of them, as :func:`genre_called` understands them; an empty tuple lets all pass.
    years : (first, last) or None
        Inclusive. A title of unknown year does not pass.
    exclude : frozenset of item ids
        Titles that the visitor has hidden. Unknown ids are ignored.
    audiences : tuple of str
        Of "all", "children", "teenagers" and "adults": a title must be made for one of them. A title of unknown audience
        does not pass; an empty tuple lets all pass.
    longest : float or None
        Minutes that a movie, or an episode of a show, may take. A title of unknown running time does not pass.
    languages, countries : tuple of str
        A title must have at least one of them, as the data set spells them; an empty tuple lets all pass.
    decades : tuple of int
        First years of decades, such as 1990: a title must be of one of them. A title of unknown year does not pass.
    most_seasons : int or None
        How many seasons a show may have. A show of an unknown number does not pass; movies do.

    Raises
    ------
    ValueError
        ``kind`` is none of these.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> passed = Filters(genres=("Romance",), years=(2001, 2010)).allowed(dataset)
    >>> dataset.item_ids[passed].tolist()
    ['amelie']
    """

    kind: str | None = None
    genres: tuple[str, ...] = ()
    years: tuple[float, float] | None = None
    exclude: frozenset[str] = frozenset()
    audiences: tuple[str, ...] = ()
    longest: float | None = None
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    decades: tuple[int, ...] = ()
    most_seasons: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in (None, "movie", "show"):
            raise ValueError(f"kind is {self.kind!r}; it must be 'movie', 'show' or None.")

    @classmethod
    def of(
        cls,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
        audiences: Collection[str] = (),
        longest: float | None = None,
        languages: Collection[str] = (),
        countries: Collection[str] = (),
        decades: Collection[int] = (),
        most_seasons: int | None = None,
    ) -> Self:
        """Build filters from collections of any type; a text is one genre, one id or one audience. Ids may be whole numbers.

        Raises
        ------
        FilterError
            What is to be excluded is no id.
        """
        hidden = {item_id: id_text(item_id) for item_id in _several(exclude)}
        if strange := [item_id for item_id, text in hidden.items() if text is None]:
            raise FilterError(f"{strange[0]!r} in exclude is no id of a title. An id is a text or a whole number.")
        ids = frozenset(text for text in hidden.values() if text is not None)
        places = _several(languages), _several(countries), tuple(decades)
        return cls(kind, _several(genres), years, ids, _several(audiences), longest, *places, most_seasons)

    def allowed(self, dataset: Dataset) -> np.ndarray:
        """Return which titles pass, bool, shape (n_items,)."""
        allowed = np.ones(dataset.n_items, dtype=bool)
        if self.kind:
            allowed &= dataset.tags("kind").with_any([self.kind])
        if self.genres:
            tags = dataset.tags("genres")
            allowed &= tags.with_any(genre if genre in tags else genre_called(genre, tags.names) or genre for genre in self.genres)
        if self.years:
            allowed &= dataset.items["year"].between(*self.years).to_numpy()
        if self.audiences:
            allowed &= dataset.items["audience"].isin(self.audiences).to_numpy()
        if self.longest is not None:
            allowed &= (dataset.items["runtime"] <= self.longest).to_numpy()
        for column, wanted in (("language", self.languages), ("country", self.countries)):
            if wanted:
                allowed &= dataset.tags(column).with_any(wanted)
        if self.decades:
            allowed &= np.isin(dataset.items["year"].to_numpy() // 10 * 10, self.decades)
        if self.most_seasons is not None:
            few = (dataset.items["seasons"] <= self.most_seasons) | (dataset.items["kind"] == "movie")
            allowed &= few.to_numpy()
        allowed[[dataset.item_index[item_id] for item_id in self.exclude if item_id in dataset.item_index]] = False
        return allowed


def _several(values: Collection[Any] | None) -> tuple[Any, ...]:
    return (values,) if isinstance(values, str) else tuple(values if values is not None else ())


def genre_called(word: str, genres: Iterable[str]) -> str | None:
    """Return the genre that a word means: in any case, with or without hyphens, by its other usual names; None if there is none.

    >>> genre_called("sci-fi", ["Drama", "Science Fiction"]), genre_called("Western", ["Drama"])
    ('Science Fiction', None)
    """
    wanted = _plain_genre(word)
    return next((genre for genre in genres if _plain_genre(genre) == wanted), None)


def _plain_genre(word: str) -> str:
    plain = re.sub(r"[\W_]+", "", folded(word))
    return _OTHER_NAMES.get(plain, plain)


_OTHER_NAMES = {
    "animated": "animation", "animations": "animation", "cartoon": "animation", "cartoons": "animation", "biopic": "biography",
    "childrens": "children", "kids": "children", "comedies": "comedy", "crimes": "crime", "doc": "documentary", "docs": "documentary",
    "documentaries": "documentary", "dramas": "drama", "musicals": "musical", "mysteries": "mystery", "noir": "filmnoir",
    "romantic": "romance", "scifi": "sciencefiction", "sf": "sciencefiction", "sports": "sport", "thrillers": "thriller",
    "westerns": "western",
}  # fmt: skip

EVERYTHING = Filters()
"""Filters without any condition."""
