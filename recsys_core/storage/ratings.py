"""One visitor's feedback on one data set: kept in memory, written to the database as soon as that works."""

from __future__ import annotations

import math
from collections.abc import Mapping

from recsys_core.errors import StoreError
from recsys_core.storage.store import LONGEST_NAME, Feedback, Mark, Store, checked_stars


class VisitorRatings:
    """What one visitor says about the titles of one data set, and the names that they give its factors.

    Each change is in memory at once and is then written. Where the database fails, memory goes on, :attr:`error` says so, and
    the next call writes what is pending. One object belongs to one browser tab; it takes no locks.

    Parameters
    ----------
    store : Store
        With ``open_now=False`` it may be a database that cannot be reached yet.
    token : str
        The visitor's profile.
    dataset : str
        ``Dataset.key`` of the data set, under which feedback is stored.

    Attributes
    ----------
    loaded : bool
        Whether what was said before this object existed has been read.

    Examples
    --------
    >>> from recsys_core.storage.store import Store, new_token
    >>> store, token = Store("sqlite://"), new_token()
    >>> ratings = VisitorRatings(store, token, "showcase")
    >>> ratings.load()
    True
    >>> ratings.rate("heat", 4.5, guess=3.8)
    >>> ratings.mark("alien", "hidden")
    >>> again = VisitorRatings(store, token, "showcase")
    >>> again.load(), again.stars(), again.guess("heat"), again.marked("hidden"), again.error
    (True, {'heat': 4.5}, 3.8, ['alien'], '')
    """

    def __init__(self, store: Store, token: str, dataset: str) -> None:
        self.token = token
        self.dataset = dataset
        self.loaded = False
        self._store = store
        self._said: dict[str, Feedback] = {}  # by item id, oldest first
        self._names: dict[str, str] = {}
        self._names_loaded = False
        # What still has to be written, in the order of saying (dictionaries without values: sets that keep their order).
        self._unwritten: dict[str, None] = {}
        self._unwritten_names: dict[str, None] = {}
        self._unforgotten = False
        self._reading_error = self._names_error = self._writing_error = ""

    @property
    def error(self) -> str:
        """Why something is not saved or not loaded, as a sentence; empty if all is well."""
        return self._writing_error or self._reading_error or self._names_error

    @property
    def pending(self) -> frozenset[str]:
        """Ids of the titles whose latest feedback could not be written so far."""
        return frozenset(self._unwritten)

    def load(self) -> bool:
        """Read what was said before, and write what is pending; whether it has been read by now.

        Until reading succeeds, each call tries it again. What was said here meanwhile wins.
        """
        # What shall be forgotten is not read any more.
        if not self.loaded and not self._unforgotten and not self._read():
            return False
        self._write()
        if self._names_error:
            self.factor_names()
        return self.loaded

    def stars(self) -> dict[str, float]:
        """Stars by item id, oldest first."""
        return {said.item_id: said.stars for said in self._said.values() if said.stars is not None}

    def guess(self, item_id: str) -> float | None:
        """The stars that were predicted just before the visitor first rated a title."""
        said = self._said.get(item_id)
        return said.guess if said else None

    def marked(self, mark: Mark) -> list[str]:
        """Ids of the titles that the visitor marked as "not seen" or "hidden", oldest first."""
        return [said.item_id for said in self._said.values() if said.mark == mark]

    def rate(self, item_id: str, stars: float, guess: float | None = None) -> None:
        """Rate a title; it replaces what was said about it.

        Parameters
        ----------
        stars : float
            From 0.5 to 5.
        guess : float or None
            The stars that were predicted just before; NaN, which is no prediction, counts as None.
            A title that is rated again keeps its first guess.

        Raises
        ------
        ProfileError
            No such rating; nothing changes.
        """
        kept = checked_stars(item_id, stars)
        first = self.guess(item_id)
        if first is None and guess is not None and not math.isnan(guess):
            first = float(guess)
        self._say(Feedback(item_id, "rated", kept, first))
        self._write()

    def mark(self, item_id: str, mark: Mark) -> None:
        """Mark a title as "not seen" or "hidden"; it replaces what was said about it."""
        self._say(Feedback(item_id, mark))
        self._write()

    def clear(self, item_id: str) -> None:
        """Forget what was said about a title."""
        self._said.pop(item_id, None)
        self._later(item_id)
        self._write()

    def carry_from(self, before: Mapping[str, float]) -> int:
        """Take ratings along from another data set, unless something has been said about this one; how many came.

        Before this data set's own feedback is :attr:`loaded`, nobody knows whether there is any: then nothing comes.

        Parameters
        ----------
        before : mapping of item id to stars
            Ids of this data set, oldest rating first (see :func:`~recsys_core.datasets.sources.linking.carry_ratings`).

        Raises
        ------
        ProfileError
            One of them is no rating; nothing changes.
        """
        coming = [Feedback(item_id, "rated", checked_stars(item_id, stars)) for item_id, stars in before.items()]
        if not coming or not self.load() or self._said:
            return 0
        for said in coming:
            self._say(said)
        self._write()
        return len(coming)

    def factor_names(self) -> dict[str, str]:
        """The names that the visitor gave to factors of this data set, by what identifies the factor."""
        if not self._names_loaded and not self._unforgotten:
            self._read_names()
        return dict(self._names)

    def name_factor(self, factor: str, name: str) -> None:
        """Name a factor; an empty name takes the name away. Longer ones are cut at 60 characters."""
        self._names.pop(factor, None)
        if kept := name.strip()[:LONGEST_NAME]:
            self._names[factor] = kept
        self._unwritten_names[factor] = None
        self._write()

    def forget(self) -> None:
        """Delete everything that this profile ever said, in all data sets."""
        for kept in (self._said, self._names, self._unwritten, self._unwritten_names):
            kept.clear()
        self._unforgotten = True
        self._write()

    def _say(self, said: Feedback) -> None:
        self._said.pop(said.item_id, None)  # the newest stands last
        self._said[said.item_id] = said
        self._later(said.item_id)

    def _later(self, item_id: str) -> None:
        self._unwritten.pop(item_id, None)
        self._unwritten[item_id] = None

    def _read(self) -> bool:
        try:
            before = self._store.feedback(self.token, self.dataset)
        except StoreError as error:
            self._reading_error = str(error)
            return False
        newer = self._said.keys() | self._unwritten.keys()  # what was cleared here is only among the latter
        self._said = {said.item_id: said for said in before if said.item_id not in newer} | self._said
        self.loaded, self._reading_error = True, ""
        return True

    def _read_names(self) -> None:
        try:
            before = self._store.factor_names(self.token, self.dataset)
        except StoreError as error:
            self._names_error = str(error)
            return
        self._names = {factor: name for factor, name in before.items() if factor not in self._unwritten_names} | self._names
        self._names_loaded, self._names_error = True, ""

    def _write(self) -> None:
        """Write whatever is not written yet, in the order of saying, up to the first failure."""
        try:
            if self._unforgotten:
                self._store.forget(self.token)
                # Now nothing is left that could be read.
                self._unforgotten, self.loaded, self._names_loaded = False, True, True
                self._reading_error = self._names_error = ""
            for item_id in list(self._unwritten):
                self._write_feedback(item_id)
                del self._unwritten[item_id]
            for factor in list(self._unwritten_names):
                self._store.name_factor(self.token, self.dataset, factor, self._names.get(factor, ""))
                del self._unwritten_names[factor]
            self._writing_error = ""
        except StoreError as error:
            self._writing_error = str(error)

    def _write_feedback(self, item_id: str) -> None:
        said = self._said.get(item_id)
        if said is None:
            self._store.clear(self.token, self.dataset, item_id)
        elif said.stars is not None:
            self._store.rate(self.token, self.dataset, item_id, said.stars, said.guess)
        else:
            self._store.mark(self.token, self.dataset, item_id, said.mark)
