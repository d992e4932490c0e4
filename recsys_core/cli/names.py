"""What people type for titles, ratings, genres and filters, and what the data set calls it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from recsys_core.common.text import folded
from recsys_core.data.dataset import Dataset
from recsys_core.data.filters import Filters, genre_called
from recsys_core.data.search import TitleSearch
from recsys_core.data.tags import split_list
from recsys_core.errors import FilterError, ProfileError, UnknownItemError

SUGGESTED = 5


class Names:
    """Understands the words of a command line; what a data set does not have is answered by what comes nearest.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> names = Names(example_dataset())
    >>> names.ratings(["ALIEN=5", "amelie=0.5"]), names.genres(["sci-fi|romance"])
    ({'alien': 5.0, 'amelie': 0.5}, ['Science Fiction', 'Romance'])
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @cached_property
    def _search(self) -> TitleSearch:
        return TitleSearch(self._dataset)

    def without_ratings(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Split what an option with several values took into its values and the ratings that stood behind them."""
        swallowed = [
            word for word in words if word not in self._dataset.item_index and "=" in word and _number(word.rpartition("=")[2]) is not None
        ]
        return [word for word in words if word not in swallowed], swallowed

    def ratings(self, words: Sequence[str]) -> dict[str, float]:
        """Read ``TITLE=STARS`` pairs, by item id. Raises :class:`ProfileError` or :class:`UnknownItemError`."""
        found = {}
        for word in words:
            name, equals, stars = word.rpartition("=")
            if not equals:
                raise ProfileError(f'{word!r} is no rating. Write a title or an id, an equals sign and the stars: "The Wire=5".')
            item_id = self.item(name)
            number = _number(stars)
            if number is None:
                raise ProfileError(f"{stars!r} in {word!r} is not a number of stars from 0.5 to 5.")
            found[item_id] = number
        return found

    def item(self, name: str) -> str:
        """Return the id of the title that has this id, or is called so and is the only one. Raises :class:`UnknownItemError`."""
        dataset = self._dataset
        if name in dataset.item_index:
            return name
        same = self._search.called(name)
        if len(same) == 1:
            return str(dataset.item_ids[same[0]])
        order = np.lexsort((dataset.item_ids, -dataset.raters))
        near = same or self._search.find(name, np.argsort(order)).tolist() or self._search.nearest(name, SUGGESTED)
        suggested = ", ".join(f"{dataset.title(place).with_year} [{dataset.item_ids[place]}]" for place in near[:SUGGESTED])
        if same:
            raise UnknownItemError(f"More than one title is called {name!r}: {suggested}. Give the id.")
        raise UnknownItemError(f"No title is called {name!r} in {dataset.name!r}." + (f" Did you mean {suggested}?" if suggested else ""))

    def genres(self, words: Sequence[str]) -> list[str]:
        """Return the genres that are meant; several may stand in one word, ``Crime|Drama``. Raises :class:`FilterError`."""
        known = self._dataset.tags("genres").names
        found = []
        for word in (part.strip() for several in words for part in split_list(several)):
            genre = word if word in known else genre_called(word, known)
            if genre is None:
                near = get_close_matches(folded(word), [folded(name) for name in known], n=1)
                meant = [name for name in known if near and folded(name) == near[0]]
                guess = f" Did you mean {meant[0]}?" if meant else ""
                there = f"There are: {', '.join(known)}." if known else "No title has a genre there."
                raise FilterError(f"There is no genre {word!r} in {self._dataset.name!r}.{guess} {there}")
            found.append(genre)
        return found

    def check(self, filters: Filters) -> None:
        """Raise :class:`FilterError` if no title passes, and say what there is instead."""
        dataset = self._dataset
        if filters.allowed(dataset).any():
            return
        kinds = sorted(dataset.kinds - {""})
        years = dataset.items["year"].dropna()
        there = []
        if filters.kind and filters.kind not in kinds:
            there.append(f"it has {' and '.join(f'{kind}s' for kind in kinds) or 'titles of unknown kind'} only")
        if filters.years and not Filters(years=filters.years).allowed(dataset).any():
            there.append(f"its titles are from {int(years.min())} to {int(years.max())}" if len(years) else "it knows no years")
        raise FilterError(f"No title of {dataset.name!r} passes these filters{': ' if there else ' together'}{'; '.join(there)}.")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
