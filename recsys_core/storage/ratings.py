"""One visitor's feedback on one data set: kept in memory, written to the database, followed where others change it."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from recsys_core.errors import KeyRenewedError, StoreError
from recsys_core.storage.feedback import Change, Feedback, Mark, checked_stars
from recsys_core.storage.store import DAY, LONGEST_NAME, RENEWED, Store
from recsys_core.storage.waiting import Seen


class VisitorRatings:
    """What one visitor says about the titles of one data set, the names that they give its factors, and their pulls on its lists.

    Each change is in memory at once and is then written. Where the database fails, memory goes on, :attr:`error` says so, and the
    change waits in the store (:class:`~recsys_core.storage.waiting.Waiting`), which goes on trying and where other tabs find it.
    :meth:`load` follows what other tabs and servers say. One object belongs to one browser tab; it takes no locks.

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
    renewed : bool
        Whether the profile has another key by now, or is deleted: this object can neither read nor write it any more.

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
        self.loaded = self.renewed = False
        self._store = store
        self._seen = Seen()
        self._said: dict[str, Feedback] = {}  # by item id, oldest first
        self._pulls: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._names_loaded = False
        self._touched = -math.inf
        self._reading_error = self._names_error = ""

    @property
    def error(self) -> str:
        """Why something is not saved or not loaded, as a sentence; empty if all is well."""
        return self._store.waiting.error(self.token) or self._reading_error or self._names_error

    @property
    def n_waiting(self) -> int:
        """How much of what this profile said, in any tab and about any data set, is not written yet."""
        return len(self._store.waiting.changes(self.token))

    @property
    def pending(self) -> frozenset[str]:
        """Ids of the titles whose latest feedback could not be written so far."""
        return frozenset(change.name for change in self._waiting() if change.kind == "title")

    def load(self) -> bool:
        """Read what was said before, and what was said elsewhere since the last call; whether it has been read by now.

        Until reading succeeds, each call tries it again. What waits to be written wins.
        """
        try:
            self._touch()
            now = self._look()
            if not self.loaded or now != self._seen:
                self._read()
                self._seen = now
            self._reading_error = ""
        except StoreError as error:
            self._reading_error = str(error)
            if not self.loaded:
                self._said, self._pulls = _overlaid(self._said.values(), self._pulls, self._waiting())
        if self._names_error:
            self.factor_names()
        return self.loaded

    def follow(self) -> bool:
        """Read what was said elsewhere since the last call, as :meth:`load` does; whether there was nothing and all is well."""
        before = self._seen
        return self.load() and before == self._seen and not self.renewed and not self.error

    def stars(self, since: float | None = None) -> dict[str, float]:
        """Stars by item id, oldest first; only those given at a time or later (seconds since 1970), if one is named."""
        rated = [said for said in self._said.values() if said.stars is not None and (since is None or (said.at or 0.0) >= since)]
        return {said.item_id: said.stars for said in rated if said.stars is not None}

    def said_about(self, item_id: str) -> Feedback | None:
        """What the visitor said about a title; None if nothing."""
        return self._said.get(item_id)

    def said(self) -> dict[str, Feedback]:
        """Everything said about the titles by item id, oldest first."""
        return dict(self._said)

    def guess(self, item_id: str) -> float | None:
        """The stars that were predicted just before the visitor first rated a title."""
        said = self._said.get(item_id)
        return said.guess if said else None

    def marked(self, mark: Mark) -> list[str]:
        """Ids of the titles with this mark, oldest first."""
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

    def mark(self, item_id: str, mark: Mark) -> None:
        """Mark a title, for instance as "kept"; it replaces what was said about it."""
        self._say(Feedback(item_id, mark))

    def put_back(self, item_id: str, before: Feedback | None) -> None:
        """Say again what :meth:`said_about` answered earlier; None takes back what has been said since."""
        if before is None:
            self.clear(item_id)
        else:
            self._say(before)

    def clear(self, item_id: str) -> None:
        """Forget what was said about a title."""
        self._said.pop(item_id, None)
        self._write(Change("title", self.dataset, item_id))

    def history(self) -> list[Feedback]:
        """Everything said about this data set, with when, oldest first; what waits to be written stands last, without.

        Raises
        ------
        StoreError
            The database cannot be read.
        """
        waiting = self._waiting()  # first: what is written from now on is in the database too
        said, _ = _overlaid(self._store.feedback(self.token, self.dataset), {}, waiting)
        return list(said.values())

    def put_all(self, said: Sequence[Feedback], cleared: Collection[str] = ()) -> None:
        """Say much at once: all of it is written, or nothing and nothing changes in memory either.

        Parameters
        ----------
        said, cleared
            See :meth:`Store.put_all <recsys_core.storage.store.Store.put_all>`.

        Raises
        ------
        ProfileError
            One of them is no rating.
        StoreError
            The database cannot be read or written, or something still waits to be; nothing was changed.
        """
        if not self._store.waiting.flush() and self.n_waiting:
            raise StoreError(self.error)
        try:
            self._store.put_all(self.token, self.dataset, said, cleared)
        except KeyRenewedError:
            self.renewed = True
            raise
        for item_id in (*(one.item_id for one in said), *cleared):  # the next reading brings them into their order
            self._said.pop(item_id, None)
        self._said |= {one.item_id: one for one in said}
        self.load()

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
        return len(coming)

    def take_over(self, other: VisitorRatings) -> None:
        """Say again what another profile says about the same data set, which is then forgotten there."""
        self.load()
        for said in list(other._said.values()):
            self._say(said)
        for name, amount in other._pulls.items():
            self.pull(name, amount)
        for factor, name in other._names.items():
            self.name_factor(factor, name)
        other.forget()

    def factor_names(self) -> dict[str, str]:
        """The names that the visitor gave to factors of this data set, by what identifies the factor."""
        if not self._names_loaded:
            self._read_names()
        return dict(self._names)

    def name_factor(self, factor: str, name: str) -> None:
        """Name a factor; an empty name takes the name away. Longer ones are cut at 60 characters."""
        kept = name.strip()[:LONGEST_NAME]
        self._names.pop(factor, None)
        if kept:
            self._names[factor] = kept
        self._write(Change("factor", self.dataset, factor, kept))

    def pulls(self) -> dict[str, float]:
        """How the visitor pulls the lists: amounts by name."""
        return dict(self._pulls)

    def pull(self, name: str, amount: float | None) -> None:
        """Pull the lists; None lets go."""
        self._pulls.pop(name, None)  # the newest stands last
        if amount is not None:
            self._pulls[name] = float(amount)
        self._write(Change("pull", self.dataset, name, None if amount is None else float(amount)))

    def forget(self) -> None:
        """Delete everything that this profile ever said, in all data sets."""
        self._said.clear()
        self._pulls.clear()
        self._names.clear()
        self._write(Change("all"))

    def renew_key(self, browser: str = "") -> None:
        """Give the profile another token, which this browser alone may use; the old one opens nothing any more.

        Raises
        ------
        StoreError
            The database cannot be written, or something still waits to be; the old token stands.
        """
        if not self._store.waiting.flush() and self.n_waiting:
            raise StoreError(self.error)
        self.token = self._store.renew(self.token, browser)
        self.loaded = False
        self.load()

    def _say(self, said: Feedback) -> None:
        said = replace(said, at=time.time())
        self._said.pop(said.item_id, None)  # the newest stands last
        self._said[said.item_id] = said
        self._write(Change("title", self.dataset, said.item_id, said))

    def _write(self, change: Change) -> None:
        try:
            self._seen = self._store.waiting.say(self.token, change, self._seen)
        except KeyRenewedError:
            self.renewed = True

    def _waiting(self) -> list[Change]:
        """What waits about this data set, in the order of saying; "all" is about every one."""
        return [change for change in self._store.waiting.changes(self.token) if change.kind == "all" or change.dataset == self.dataset]

    def _look(self) -> Seen:
        """Up to where the profile has come. While something waits, the database, which has just failed, is not asked again."""
        turn = self._store.waiting.turn(self.token)
        version = self._seen.version if turn and self.loaded else self._store.version(self.token)
        gone = version == 0 and self._seen.version > 0  # deleted: nobody had opened it for long, or another database was restored
        self.renewed = self.renewed or version == RENEWED or gone
        return Seen(version, turn)

    def _touch(self) -> None:
        """Have the profile count as opened today, where it is stored already."""
        if time.monotonic() - self._touched > DAY and not self.n_waiting:
            self._touched = time.monotonic()
            self._store.touch(self.token)

    def _read(self) -> None:
        waiting = self._waiting()  # first: what is written from now on is in the database too
        before, pulls = self._store.feedback(self.token, self.dataset), self._store.pulls(self.token, self.dataset)
        self._said, self._pulls = _overlaid(before, pulls, waiting)
        self.loaded, self._names_loaded = True, False

    def _read_names(self) -> None:
        waiting = self._waiting()
        try:
            names = self._store.factor_names(self.token, self.dataset)
        except StoreError as error:
            self._names_error = str(error)
            return
        for change in waiting:
            if change.kind == "all":
                names.clear()
            elif change.kind == "factor":
                names[change.name] = str(change.said or "")
        self._names = {factor: name for factor, name in names.items() if name}
        self._names_loaded, self._names_error = True, ""


def _overlaid(
    before: Iterable[Feedback], pulls: Mapping[str, float], waiting: Iterable[Change]
) -> tuple[dict[str, Feedback], dict[str, float]]:
    """What was said by item id, and pulls by name, with what waits to be written as the later word."""
    said, pulled = {one.item_id: one for one in before}, dict(pulls)
    for change in waiting:
        if change.kind == "all":
            said.clear()
            pulled.clear()
        elif change.kind == "title":
            said.pop(change.name, None)
            if isinstance(change.said, Feedback):
                said[change.name] = change.said
        elif change.kind == "pull":
            pulled.pop(change.name, None)
            if isinstance(change.said, float):
                pulled[change.name] = change.said
    return said, pulled


class GuestRatings(VisitorRatings):
    """Ratings that live in this object alone, such as those of a link that somebody has sent: nothing is read or written.

    >>> guest = GuestRatings("showcase", {"heat": 4.5}, {"genre:Crime": 1.0})
    >>> guest.rate("alien", 3)
    >>> guest.stars(), guest.pulls(), guest.error
    ({'heat': 4.5, 'alien': 3.0}, {'genre:Crime': 1.0}, '')
    """

    def __init__(self, dataset: str, stars: Mapping[str, float], pulls: Mapping[str, float]) -> None:
        super().__init__(Store("sqlite://", open_now=False), "", dataset)
        self._said = {item_id: Feedback(item_id, "rated", checked_stars(item_id, given)) for item_id, given in stars.items()}
        self._pulls = dict(pulls)
        self.loaded = self._names_loaded = True

    def load(self) -> bool:
        """There is nothing to read."""
        return True

    def _write(self, change: Change) -> None:
        """There is nowhere to write to."""
