"""Whose a key is: issued here or made up, of this browser or of another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recsys_core.errors import KeyRenewedError
from recsys_core.storage import store as module
from recsys_core.storage.store import RENEWED, Store, new_token

MINE, YOURS = "my browser", "your browser"


def test_a_made_up_key_is_nobodys(store: Store) -> None:
    assert store.standing(new_token(), MINE) == "none"
    assert store.standing(new_token()) == "none"
    assert store.version(new_token()) == 0


def test_an_issued_key_is_of_the_browser_that_got_it_before_and_after_something_is_said(store: Store, database: str) -> None:
    token = store.issue(MINE)
    assert store.standing(token, MINE) == "own"
    assert store.standing(token, YOURS) == "none"  # nothing is lost if that browser begins afresh
    assert store.standing(token) == "own"
    assert Store(database).standing(token, MINE) == "none"  # nothing is stored for who only looks
    assert store.rate(token, "data", "a", 4) == 1
    for anywhere in (store, Store(database)):
        assert anywhere.standing(token, MINE) == "own"
        assert anywhere.standing(token, YOURS) == "foreign"
        assert anywhere.standing(token) == "own"  # without a cookie nobody can tell, and nobody is asked


@pytest.mark.parametrize("said", ["rating", "mark", "name"])
def test_any_word_makes_a_key_worth_asking_for(store: Store, said: str) -> None:
    token = store.issue(YOURS)
    if said == "name":
        store.name_factor(token, "data", "f", "cosy")
    elif said == "mark":
        store.mark(token, "data", "a", "hidden")
    else:
        store.rate(token, "data", "a", 4)
    assert store.standing(token, MINE) == "foreign"
    store.forget(token)
    assert store.standing(token, MINE) == "none"
    assert store.standing(token, YOURS) == "own"


def test_a_browser_that_was_let_in_stays_in(store: Store, database: str) -> None:
    token = store.issue(YOURS)
    store.rate(token, "data", "a", 4)
    for _ in range(2):
        store.admit(token, MINE)
        assert Store(database).standing(token, MINE) == "own"
    assert store.standing(token, YOURS) == "own"


def test_who_comes_first_to_an_unclaimed_profile_has_it(store: Store) -> None:
    token = new_token()
    store.rate(token, "data", "a", 4)
    assert store.standing(token, MINE) == "foreign"  # written without a browser
    store.admit(token)
    assert store.standing(token, MINE) == store.standing(token, YOURS) == "unclaimed"
    store.admit(token, MINE)
    assert store.standing(token, MINE) == "own"
    assert store.standing(token, YOURS) == "foreign"


def test_a_renewed_key_opens_and_writes_nothing(store: Store) -> None:
    old = store.issue(MINE)
    store.rate(old, "data", "a", 4)
    new = store.renew(old, MINE)
    assert store.version(old) == RENEWED
    assert store.version(new) == 2
    assert store.standing(old, MINE) == store.standing(old) == "none"
    for act in (
        lambda: store.rate(old, "data", "a", 1),
        lambda: store.mark(old, "data", "a", "hidden"),
        lambda: store.clear(old, "data", "a"),
        lambda: store.name_factor(old, "data", "f", "cosy"),
        lambda: store.forget(old),
        lambda: store.renew(old),
    ):
        with pytest.raises(KeyRenewedError):
            act()
    assert store.feedback(old, "data") == []
    assert [said.item_id for said in store.feedback(new, "data")] == ["a"]


def test_a_key_under_which_nothing_was_said_can_be_renewed(store: Store) -> None:
    old = store.issue(MINE)
    new = store.renew(old, MINE)
    assert store.standing(old, MINE) == "none"
    assert store.standing(new, MINE) == "own"


def test_every_writing_raises_the_version_of_its_profile_alone(store: Store) -> None:
    me, you = new_token(), new_token()
    versions = [
        store.rate(me, "data", "a", 4),
        store.mark(me, "other", "a", "hidden"),
        store.name_factor(me, "data", "f", "cosy"),
        store.name_factor(me, "data", "f", ""),
        store.clear(me, "data", "a"),
        store.forget(me),
    ]
    assert versions == [1, 2, 3, 4, 5, 6]
    assert store.version(me) == 6
    assert store.version(you) == 0


def test_issued_keys_that_are_never_used_do_not_pile_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ISSUED", 3)
    first, *_, last = [store.issue(MINE) for _ in range(5)]
    assert len(store._issued) == 3
    assert store.standing(first, MINE) == "none"
    assert store.standing(last, MINE) == "own"
    store.rate(last, "data", "a", 4)
    assert len(store._issued) == 2


def test_neither_keys_nor_browsers_are_in_the_file(sqlite: str, tmp_path: Path) -> None:
    store = Store(sqlite)
    token = store.issue(MINE)
    store.rate(token, "data", "a", 4)
    store.admit(token, YOURS)
    with closing(sqlite3.connect(tmp_path / "ratings.sqlite3")) as plain:
        assert plain.execute("SELECT count(*) FROM browsers").fetchone() == (2,)
    written = b"".join(file.read_bytes() for file in tmp_path.glob("ratings.sqlite3*"))
    for secret in (token, MINE, YOURS):
        assert secret.encode() not in written
