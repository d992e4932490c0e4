"""Profiles that nobody has opened for long are deleted whole, and no others."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select, update

from recsys_core.storage import schema
from recsys_core.storage.profiles import hashed
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import DAY, Store, new_token

ME, YOU = "m" * 22, "y" * 22


def opened_days_ago(store: Store, token: str, days: float) -> None:
    mine = schema.profiles.c.profile == hashed(token)
    store.writing(lambda connection: connection.execute(update(schema.profiles).where(mine).values(at=time.time() - DAY * days)))


def rows_of(store: Store, token: str) -> int:
    tables = (*schema.SAID, schema.browsers, schema.opened, schema.profiles)
    with store.reading() as connection:
        return sum(len(connection.execute(select(table).where(table.c.profile == hashed(token))).all()) for table in tables)


def say(store: Store, token: str) -> None:
    store.rate(token, "data", "heat", 4)
    store.name_factor(token, "data", "f1", "cosy")
    store.pull(token, "data", "genre:Crime", 1.0)
    store.admit(token, "my browser")


def test_who_has_not_been_here_for_long_is_deleted_and_nobody_else(store: Store) -> None:
    for token in (ME, YOU):
        say(store, token)
    opened_days_ago(store, ME, 31)
    opened_days_ago(store, YOU, 29)
    assert rows_of(store, ME) == rows_of(store, YOU) == 6
    assert store.prune(30) == 1
    assert (rows_of(store, ME), rows_of(store, YOU)) == (0, 6)
    assert store.standing(ME) == "none"
    assert store.opened("my browser") == [YOU]
    assert store.prune(30) == 0


def test_more_than_fit_into_one_statement(store: Store) -> None:
    for _ in range(1100):
        store.keep(new_token())
    store.writing(lambda connection: connection.execute(update(schema.profiles).values(at=1.0)))
    assert store.prune(1) == 1100


def test_opening_counts_once_a_day_and_an_old_program_notes_no_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.rate(ME, "data", "heat", 4)
    opened_days_ago(store, ME, 400)
    assert VisitorRatings(store, ME, "data").load()
    assert store.prune(1) == 0  # it was opened just now
    version = store.version(ME)
    ratings = VisitorRatings(store, ME, "data")
    ratings.load()
    opened_days_ago(store, ME, 400)
    ratings.load()  # the same tab on the same day: nothing is written
    assert store.version(ME) == version
    tomorrow = time.monotonic() + DAY + 1
    monkeypatch.setattr(time, "monotonic", lambda: tomorrow)
    ratings.load()
    assert store.prune(1) == 0
    opened_days_ago(store, ME, time.time() / DAY)
    store.writing(lambda connection: connection.execute(update(schema.profiles).values(at=schema.UNKNOWN)))
    assert store.prune(1) == 0


def test_a_tab_that_was_left_open_meanwhile_does_not_write_where_nobody_would_find_it(store: Store) -> None:
    ratings = VisitorRatings(store, store.issue("my browser"), "data")
    ratings.load()
    ratings.rate("heat", 4)
    opened_days_ago(store, ratings.token, 31)
    assert store.prune(30) == 1
    ratings.load()
    assert ratings.renewed
    assert ratings.stars() == {}


def test_a_renewed_key_goes_with_time_too(store: Store) -> None:
    store.rate(ME, "data", "heat", 4)
    new = store.renew(ME)
    opened_days_ago(store, ME, 31)
    assert store.prune(30) == 1
    assert store.standing(ME) == "none"
    assert [said.item_id for said in store.feedback(new, "data")] == ["heat"]
