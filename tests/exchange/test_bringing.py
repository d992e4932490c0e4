"""Bringing in is one step and taking back is one step; a database that fails leaves everything as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from recsys_core.errors import ProfileError, StoreError
from recsys_core.exchange.bringing import bring_in, take_back
from recsys_core.storage.feedback import Feedback
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import Store

ME, SET = "m" * 22, "traps"
COMING = [
    Feedback("heat", "rated", 4.5, at=1e9),
    Feedback("fargo", "seen", at=1.1e9),
    Feedback("alien", "kept"),
    Feedback("dark", "rated", 2.0),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'ratings.sqlite3'}")


@pytest.fixture
def mine(store: Store) -> VisitorRatings:
    ratings = VisitorRatings(store, ME, SET)
    ratings.load()
    return ratings


def dated(store: Store) -> list[tuple[Feedback, float | None]]:
    """What is stored, with when: feedback compares equal whenever it was said."""
    return [(said, said.at) for said in store.feedback(ME, SET)]


def test_what_is_brought_in_is_there_with_its_dates_in_their_order(store: Store, mine: VisitorRatings) -> None:
    mine.rate("matrix", 3)
    bring_in(mine, COMING)
    assert mine.stars() == {"heat": 4.5, "matrix": 3.0, "dark": 2.0}
    assert list(mine.stars()) == ["heat", "matrix", "dark"]  # oldest first: without a date it counts as said now
    assert (mine.marked("seen"), mine.marked("kept")) == (["fargo"], ["alien"])
    assert {said.item_id: said.at for said in store.feedback(ME, SET)}["heat"] == 1e9
    assert store.version(ME) == 2  # one step
    again = VisitorRatings(store, ME, SET)
    assert again.load()
    assert again.stars() == mine.stars()


def test_taking_back_restores_exactly_what_was_before(store: Store, mine: VisitorRatings) -> None:
    mine.rate("heat", 2, guess=3.3)
    mine.mark("fargo", "hidden")
    mine.rate("matrix", 5)
    before = dated(store)
    undo = bring_in(mine, COMING)
    assert mine.stars()["heat"] == 4.5
    assert take_back(mine, undo) == 4
    assert dated(store) == before
    assert mine.stars() == {"heat": 2.0, "matrix": 5.0}
    assert mine.guess("heat") == 3.3


def test_what_was_said_since_then_stays(mine: VisitorRatings) -> None:
    undo = bring_in(mine, COMING)
    mine.rate("heat", 1)
    mine.rate("matrix", 4)
    assert take_back(mine, undo) == 3
    assert mine.stars() == {"heat": 1.0, "matrix": 4.0}
    assert not mine.marked("seen") + mine.marked("kept")


def test_another_tab_sees_it_and_one_that_spoke_meanwhile_is_not_lost(store: Store, mine: VisitorRatings) -> None:
    other = VisitorRatings(store, ME, SET)
    other.load()
    other.rate("parasite", 4)
    bring_in(mine, COMING)
    other.load()
    assert other.stars() == mine.stars() == {"heat": 4.5, "parasite": 4.0, "dark": 2.0}


def failing(store: Store, after: int) -> None:
    """Let the database fail in the middle of a transaction: at its ``after``-th statement that writes."""
    left = after

    @event.listens_for(store._engine, "before_cursor_execute")
    def fail(connection, cursor, statement: str, *rest: object) -> None:
        nonlocal left
        if statement.startswith(("INSERT", "DELETE", "UPDATE")):
            left -= 1
            if left < 0:
                raise OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))


@pytest.mark.parametrize("after", range(4))
def test_a_database_that_fails_on_the_way_has_nothing_half_written(store: Store, mine: VisitorRatings, after: int) -> None:
    mine.rate("heat", 2)
    before = store.feedback(ME, SET)
    many = [Feedback(f"title-{number}", "rated", 3.0) for number in range(1200)]
    failing(store, after)
    with pytest.raises(StoreError, match="disk I/O error"):
        bring_in(mine, [*COMING, *many])
    assert mine.stars() == {"heat": 2.0}
    whole = Store(store._url)
    assert whole.feedback(ME, SET) == before
    assert whole.version(ME) == 1
    assert not mine.n_waiting  # it is not tried again behind the visitor's back


def test_a_rating_outside_the_scale_stops_all_of_it(store: Store, mine: VisitorRatings) -> None:
    with pytest.raises(ProfileError):
        bring_in(mine, [*COMING, Feedback("matrix", "rated", 7.0)])
    assert store.feedback(ME, SET) == []
    assert mine.stars() == {}


def test_twenty_thousand_at_once_are_one_version(store: Store, mine: VisitorRatings) -> None:
    many = [Feedback(f"title-{number}", "rated", 3.0, at=1e9 + number) for number in range(20_000)]
    undo = bring_in(mine, many)
    assert (len(mine.stars()), store.version(ME)) == (20_000, 1)
    assert take_back(mine, undo) == 20_000
    assert store.feedback(ME, SET) == []


def test_while_something_waits_nothing_is_brought_in(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}", open_now=False)
    mine = VisitorRatings(store, ME, SET)
    mine.rate("heat", 2)
    assert mine.n_waiting == 1
    with pytest.raises(StoreError):
        mine.put_all(COMING)
    assert mine.stars() == {"heat": 2.0}
    assert mine.n_waiting == 1
