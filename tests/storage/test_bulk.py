"""Much is written in one step, on every kind of database."""

from __future__ import annotations

import pytest

from recsys_core.errors import KeyRenewedError, ProfileError
from recsys_core.storage.feedback import Feedback
from recsys_core.storage.store import Store

ME, YOU = "m" * 22, "y" * 22


def test_all_of_it_is_written_in_one_version_with_its_dates(store: Store) -> None:
    store.rate(ME, "set", "heat", 1, guess=2.5)
    store.rate(ME, "set", "fargo", 2)
    store.rate(YOU, "set", "heat", 3)
    store.rate(ME, "other", "heat", 4)
    many = [Feedback(f"title-{number}", "rated", 3.5, at=1e9 + number) for number in range(1500)]
    version = store.put_all(ME, "set", [Feedback("heat", "seen", at=5e8), *many], ["fargo"])
    assert version == 4 == store.version(ME)
    said = store.feedback(ME, "set")
    assert said == [Feedback("heat", "seen", None, None, 5e8), *many]
    assert store.feedback(YOU, "set") == [Feedback("heat", "rated", 3.0)]
    assert store.feedback(ME, "other") == [Feedback("heat", "rated", 4.0)]


def test_what_has_no_date_is_said_now_in_its_order(store: Store) -> None:
    store.rate(ME, "set", "before", 3)
    store.put_all(ME, "set", [Feedback(name, "kept") for name in "zyx"])
    assert [said.item_id for said in store.feedback(ME, "set")] == ["before", "z", "y", "x"]


def test_nothing_of_it_is_written_if_one_is_no_rating(store: Store) -> None:
    with pytest.raises(ProfileError):
        store.put_all(ME, "set", [Feedback("heat", "rated", 4.0), Feedback("fargo", "rated", 9.0)])
    assert store.version(ME) == 0


def test_an_old_key_writes_nothing(store: Store) -> None:
    store.rate(ME, "set", "heat", 1)
    new = store.renew(ME)
    with pytest.raises(KeyRenewedError):
        store.put_all(ME, "set", [Feedback("fargo", "rated", 4.0)])
    assert [said.item_id for said in store.feedback(new, "set")] == ["heat"]


def test_nothing_to_write_is_a_version_all_the_same(store: Store) -> None:
    assert store.put_all(ME, "set", []) == 1
