"""Ratings that outlive a browser tab: what visitors said, in SQLite by default, in any database that SQLAlchemy knows."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, delete, insert, select, update

from recsys_core.errors import KeyRenewedError, StoreError
from recsys_core.storage import profiles, schema
from recsys_core.storage.database import AT_ONCE, connect, readable_errors, transaction, write_row
from recsys_core.storage.feedback import Change, Feedback, Mark, checked_stars
from recsys_core.storage.profiles import Door, door, hashed, is_token, new_token, unsealed
from recsys_core.storage.schema import LONGEST_NAME, LONGEST_PULL, RENEWED
from recsys_core.storage.waiting import Waiting

__all__ = ["LONGEST_NAME", "RENEWED", "Feedback", "Mark", "Standing", "Store", "checked_stars", "is_token", "new_token"]

T = TypeVar("T")
Standing = Literal["own", "unclaimed", "foreign", "none"]
MOST_ISSUED = 20_000
"""How many issued keys are remembered under which nothing has been said so far, and how many browsers: 15 MB at most."""
DAY = 24 * 3600.0


class Store:
    """What visitors said, by profile token and data set.

    Only a hash of the token is stored, and the token itself sealed (:mod:`~recsys_core.storage.profiles`): who reads the database cannot
    open a profile. Threads and processes may use one
    database at once; where two write about the same title, the last one stands. Every method that writes returns the profile's
    new version, which is one more than the last.

    Parameters
    ----------
    url : str
        A database URL such as ``sqlite:///ratings.sqlite3`` or ``postgres://user:password@host/name``.
    open_now : bool
        Whether to open the database here and raise if that fails. Otherwise the first call of a method does,
        and each further one until it succeeds: for a server that starts before its database.

    Attributes
    ----------
    waiting : Waiting
        What could not be written yet, of all profiles.

    Raises
    ------
    StoreError
        From every method: the database cannot be reached, read or written, or a newer version of this program has written it.
    KeyRenewedError
        From every method that writes: the profile has another key by now.
    """

    def __init__(self, url: str, *, open_now: bool = True) -> None:
        self.waiting = Waiting(self.write)
        self._url = url
        self._opened: Engine | None = None
        self._clock = threading.Lock()
        self._latest = 0.0
        self._issued: dict[str, Door | None] = {}  # by hashed token, the door of the browser to which it was issued
        self._last: dict[str, Door] = {}  # by hashed browser, what it opened last, as far as this process knows
        self._left: dict[str, int] = {}  # by hashed browser, how often it was to be forgotten
        if open_now:
            with self._errors():
                self._open()

    @property
    def _engine(self) -> Engine:
        return self._opened or self._open()

    def _open(self) -> Engine:  # in two threads at once it does no harm: the later one's connections are kept
        engine = connect(self._url)
        try:
            schema.prepare_schema(engine)
        except StoreError:
            engine.dispose()
            raise
        self._opened = engine
        return engine

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Errors as sentences; and the next call connects anew.

        A connection that was made while the file could only be read stays so for good, and a file that was put there since has no tables.
        """
        try:
            with readable_errors():
                yield
        except KeyRenewedError:
            raise
        except StoreError:
            if self._opened and self._opened.url.database:  # without a name it is a database in memory, which is its connection
                opened, self._opened = self._opened, None
                opened.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for what else lies in the database, such as the rooms of classes."""
        with self._errors(), self._engine.connect() as connection:
            yield connection

    def writing(self, act: Callable[[Connection], T]) -> T:
        """Call ``act`` in a transaction of its own, again where others insert the same row (:func:`~database.transaction`)."""
        with self._errors():
            return transaction(self._engine, act)

    def now(self) -> float:
        """Seconds since 1970, never twice the same: the clock may be coarse or set back, what is said later stands later."""
        with self._clock:
            self._latest = max(time.time(), math.nextafter(self._latest, math.inf))
            return self._latest

    def feedback(self, token: str, dataset: str) -> list[Feedback]:
        """Everything said about the titles of a data set, oldest first."""
        table = schema.feedback.c
        query = select(table.item_id, table.mark, table.stars, table.guess, table.at)
        query = query.where(table.profile == hashed(token), table.dataset == dataset).order_by(table.at, table.item_id)
        with self._errors(), self._engine.connect() as connection:
            return [Feedback(*row) for row in connection.execute(query)]

    def factor_names(self, token: str, dataset: str) -> dict[str, str]:
        """The names that a visitor gave to factors, by what identifies the factor."""
        table = schema.factor_names.c
        query = select(table.factor, table.name).where(table.profile == hashed(token), table.dataset == dataset)
        with self._errors(), self._engine.connect() as connection:
            return {str(factor): str(name) for factor, name in connection.execute(query)}

    def rate(self, token: str, dataset: str, item_id: str, stars: float, guess: float | None = None) -> int:
        """Remember a rating; it replaces what was said about the title. Raises :class:`ProfileError` outside [0.5, 5]."""
        return self._put(token, dataset, Feedback(item_id, "rated", checked_stars(item_id, stars), guess))

    def mark(self, token: str, dataset: str, item_id: str, mark: Mark) -> int:
        """Remember a mark of a title, such as "kept"; it replaces what was said about the title."""
        return self._put(token, dataset, Feedback(item_id, mark))

    def clear(self, token: str, dataset: str, item_id: str) -> int:
        """Forget what was said about one title."""
        table = schema.feedback

        def act(connection: Connection, profile: str) -> None:
            connection.execute(delete(table).where(table.c.profile == profile, table.c.dataset == dataset, table.c.item_id == item_id))

        return self._write(token, act)

    def put_all(self, token: str, dataset: str, said: Sequence[Feedback], cleared: Collection[str] = ()) -> int:
        """Write much at once: all of it, or nothing if something fails.

        Parameters
        ----------
        said : sequence of Feedback, one for each title
            It replaces what was said about these titles. Without a time it counts as said now, in this order.
        cleared : collection of str
            Ids of titles about which everything is forgotten.

        Raises
        ------
        ProfileError
            One of them is no rating.
        """
        rows = [self._row(dataset, one if one.stars is None else replace(one, stars=checked_stars(one.item_id, one.stars))) for one in said]
        gone, table = [*(one.item_id for one in said), *cleared], schema.feedback

        def act(connection: Connection, profile: str) -> None:
            mine = (table.c.profile == profile, table.c.dataset == dataset)
            for first in range(0, len(gone), AT_ONCE):
                connection.execute(delete(table).where(*mine, table.c.item_id.in_(gone[first : first + AT_ONCE])))
            for first in range(0, len(rows), AT_ONCE):
                connection.execute(insert(table), [row | {"profile": profile} for row in rows[first : first + AT_ONCE]])

        return self._write(token, act)

    def name_factor(self, token: str, dataset: str, factor: str, name: str) -> int:
        """Remember a name for a factor; an empty one takes the name away. Longer ones are cut at 60 characters."""
        table, kept = schema.factor_names, name.strip()[:LONGEST_NAME]

        def act(connection: Connection, profile: str) -> None:
            if kept:
                write_row(connection, table, {"profile": profile, "dataset": dataset, "factor": factor, "name": kept})
            else:
                connection.execute(delete(table).where(table.c.profile == profile, table.c.dataset == dataset, table.c.factor == factor))

        return self._write(token, act)

    def pulls(self, token: str, dataset: str) -> dict[str, float]:
        """How the visitor pulls the lists of a data set: amounts by name, in alphabetical order."""
        table = schema.pulls.c
        query = select(table.name, table.amount).where(table.profile == hashed(token), table.dataset == dataset).order_by(table.name)
        with self._errors(), self._engine.connect() as connection:
            return {str(name): float(amount) for name, amount in connection.execute(query)}

    def pull(self, token: str, dataset: str, name: str, amount: float | None) -> int:
        """Remember a pull; None lets go. Names longer than 200 characters are not kept."""
        table = schema.pulls

        def act(connection: Connection, profile: str) -> None:
            if amount is None:
                connection.execute(delete(table).where(table.c.profile == profile, table.c.dataset == dataset, table.c.name == name))
            elif len(name) <= LONGEST_PULL:
                write_row(connection, table, {"profile": profile, "dataset": dataset, "name": name, "amount": amount})

        return self._write(token, act)

    def forget(self, token: str) -> int:
        """Forget everything that a profile said, in all data sets."""

        def act(connection: Connection, profile: str) -> None:
            for table in schema.SAID:
                connection.execute(delete(table).where(table.c.profile == profile))

        return self._write(token, act)

    def write(self, token: str, change: Change) -> int:
        """Write a change by the method that belongs to it."""
        said = change.said
        if change.kind == "all":
            return self.forget(token)
        if change.kind == "factor":
            return self.name_factor(token, change.dataset, change.name, str(said or ""))
        if change.kind == "pull":
            return self.pull(token, change.dataset, change.name, said if isinstance(said, float) else None)
        if not isinstance(said, Feedback):
            return self.clear(token, change.dataset, change.name)
        if said.stars is None:
            return self.mark(token, change.dataset, said.item_id, said.mark)
        return self.rate(token, change.dataset, said.item_id, said.stars, said.guess)

    # Whose profile it is

    def version(self, token: str) -> int:
        """A number that rises with everything that is said under a token; 0 before, :data:`RENEWED` if it opens nothing any more."""
        with self._errors(), self._engine.connect() as connection:
            return profiles.version_of(connection, hashed(token))

    def issue(self, browser: str = "") -> str:
        """A token for a browser, told by an id of its own (empty: it cannot be told). Nothing is stored before something is said.

        As long as nothing is said under it, the same browser gets the same token again: two tabs are one visitor.
        """
        with self._clock:
            last = self._last.get(hashed(browser)) if browser else None
            if last and last.profile in self._issued and (waiting := unsealed(last, browser)):
                return waiting
            token = new_token()
            new = door(token, browser) if browser else None
            self._issued[hashed(token)] = new
            if new:
                self._remember(new)
            while len(self._issued) > MOST_ISSUED:
                del self._issued[next(iter(self._issued))]
        return token

    def opened(self, browser: str) -> list[str]:
        """The tokens of the profiles that a browser has opened, the last one first; without those that were renewed."""
        with self._errors(), self._engine.connect() as connection:
            found = profiles.doors(connection, hashed(browser))
        return [token for each in found if (token := unsealed(each, browser))]

    def remembered(self, browser: str) -> str:
        """The token that a browser used last, as far as this process knows without its database; empty if it does not."""
        last = self._last.get(hashed(browser))
        return unsealed(last, browser) if last else ""

    def leave(self, browser: str) -> None:
        """Forget which profiles a browser may open: from now on it comes as a new one."""
        visitor = hashed(browser)
        with self._errors():
            transaction(self._engine, lambda connection: profiles.leave(connection, visitor))
        with self._clock:
            if last := self._last.pop(visitor, None):
                self._issued.pop(last.profile, None)
            self._left[visitor] = self._left.get(visitor, 0) + 1

    def times_left(self, browser: str) -> int:
        """How often a browser has left since this process began: what one of its tabs has open is over when that rises."""
        return self._left.get(hashed(browser), 0) if browser else 0

    def touch(self, token: str) -> None:
        """Note that a profile is open just now; written once a day at most, for it decides only after days what is deleted."""
        known, now = schema.profiles.c, time.time()
        mine = (known.profile == hashed(token), known.version != RENEWED, known.at < now - DAY)
        with self._errors():
            with self._engine.connect() as connection:
                due = connection.scalar(select(known.profile).where(*mine))
            if due:
                transaction(self._engine, lambda connection: connection.execute(update(schema.profiles).where(*mine).values(at=now)))

    def prune(self, days: float) -> int:
        """Delete the profiles that nobody has opened for so many days, with everything that they said; how many."""
        now = time.time()
        return self.writing(lambda connection: profiles.prune(connection, now - DAY * days, now))

    def keep(self, token: str) -> int:
        """Store a token under which nothing has been said yet, for something else belongs to it; the profile's version."""
        return self._write(token, lambda connection, profile: None)

    def standing(self, token: str, browser: str = "") -> Standing:
        """What a token is to the browser that comes with it.

        Returns
        -------
        "own"
            This browser has had it before, or the browser cannot be told.
        "unclaimed"
            Something was said under it before browsers were told apart.
        "foreign"
            Something was said under it, by another browser.
        "none"
            This server never issued it, it was renewed, or nothing was said under it by the browser to which it was issued.
        """
        profile, visitor = hashed(token), hashed(browser)
        with self._errors(), self._engine.connect() as connection:
            version = profiles.version_of(connection, profile)
            if version == RENEWED:
                return "none"
            said, issued = bool(self.waiting.turn(token)), profile in self._issued
            if not version and not issued and not said:
                return "none"
            if not browser or ((mine := self._issued.get(profile)) and mine.browser == visitor):
                return "own"
            if known := profiles.known_browsers(connection, profile, visitor):
                return "own" if visitor in known else "unclaimed"
            return "foreign" if said or profiles.has_said(connection, profile) else "none"

    def admit(self, token: str, browser: str = "") -> None:
        """Let a browser open a profile from now on, and find it again; without one, whichever comes first."""
        came, at = door(token, browser) if browser else None, self.now()
        with self._errors():
            transaction(self._engine, lambda connection: profiles.admit(connection, hashed(token), came, at))
        if came:
            with self._clock:
                self._remember(came)

    def renew(self, token: str, browser: str = "") -> str:
        """Move everything of a profile to a new token, for this browser alone; the old token opens nothing any more."""
        new, at = new_token(), self.now()
        to = door(new, browser) if browser else None
        with self._errors():
            transaction(self._engine, lambda connection: profiles.move(connection, hashed(token), hashed(new), to, at))
        with self._clock:
            self._issued.pop(hashed(token), None)
            if to:
                self._remember(to)
        return new

    def _remember(self, last: Door) -> None:
        self._last.pop(last.browser, None)  # the newest stands last
        self._last[last.browser] = last
        while len(self._last) > MOST_ISSUED:
            del self._last[next(iter(self._last))]

    def _put(self, token: str, dataset: str, said: Feedback) -> int:
        row = self._row(dataset, said)
        return self._write(token, lambda connection, profile: write_row(connection, schema.feedback, row | {"profile": profile}))

    def _row(self, dataset: str, said: Feedback) -> dict[str, Any]:
        at = self.now() if said.at is None else said.at
        return {"dataset": dataset, "item_id": said.item_id, "mark": said.mark, "stars": said.stars, "guess": said.guess, "at": at}

    def _write(self, token: str, act: Callable[[Connection, str], object]) -> int:
        """Do something with a profile in a transaction that gives it its next version."""
        profile = hashed(token)
        first = self._issued.get(profile)
        at = self.now() if first else schema.UNKNOWN

        def versioned(connection: Connection) -> int:
            version = profiles.next_version(connection, profile, first, at)
            act(connection, profile)
            return version

        with self._errors():
            version = transaction(self._engine, versioned)
        self._issued.pop(profile, None)  # from now on the database knows
        return version
