"""Whose a key is: issued here or made up, of this browser or of another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recsys_core.errors import KeyRenewedError
from recsys_core.storage import profiles, schema
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


@pytest.mark.parametrize("said", ["rating", "mark", "name", "pull"])
def test_any_word_makes_a_key_worth_asking_for(store: Store, said: str) -> None:
    token = store.issue(YOURS)
    if said == "name":
        store.name_factor(token, "data", "f", "cosy")
    elif said == "pull":
        store.pull(token, "data", "genre:Crime", 2.0)
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
        lambda: store.pull(old, "data", "genre:Crime", 2.0),
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
    first, *_, last = [store.issue(f"browser {number}") for number in range(5)]
    assert len(store._issued) == 3
    assert store.standing(first, "browser 0") == "none"
    assert store.standing(last, "browser 4") == "own"
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


# What a browser has opened


def test_a_browser_finds_its_ratings_again_by_its_id_alone(store: Store, database: str) -> None:
    token = store.issue(MINE)
    assert store.opened(MINE) == []  # nothing is stored for who only looks
    store.rate(token, "data", "a", 4)
    for anywhere in (store, Store(database)):
        assert anywhere.opened(MINE) == [token]
        assert anywhere.opened(YOURS) == []


def test_two_tabs_of_a_browser_have_one_key_before_anything_is_said(store: Store) -> None:
    assert store.issue(MINE) == store.issue(MINE)
    assert store.issue(MINE) != store.issue(YOURS)
    assert store.issue() != store.issue()  # who cannot be told apart shares nothing


def test_what_was_opened_last_stands_first(store: Store) -> None:
    own = store.issue(MINE)
    store.rate(own, "data", "a", 4)
    theirs = store.issue(YOURS)
    store.rate(theirs, "data", "a", 1)
    store.admit(theirs, MINE)
    assert store.opened(MINE) == [theirs, own]
    store.admit(own, MINE)
    assert store.opened(MINE) == [own, theirs]
    assert store.opened(YOURS) == [theirs]


def test_a_new_key_is_found_by_the_browser_that_took_it_and_by_no_other(store: Store) -> None:
    old = store.issue(MINE)
    store.rate(old, "data", "a", 4)
    store.admit(old, YOURS)
    new = store.renew(old, MINE)
    assert store.opened(MINE) == [new]
    assert store.opened(YOURS) == []


def test_a_browser_that_leaves_finds_nothing_and_the_key_still_opens(store: Store, database: str) -> None:
    token = store.issue(MINE)
    store.rate(token, "data", "a", 4)
    store.admit(token, YOURS)
    assert store.times_left(MINE) == 0
    store.leave(MINE)
    assert store.times_left(MINE) == 1
    assert store.times_left(YOURS) == store.times_left("") == 0
    for anywhere in (store, Store(database)):
        assert anywhere.opened(MINE) == []
        assert anywhere.remembered(MINE) == ""
        assert anywhere.opened(YOURS) == [token]
        assert anywhere.standing(token, MINE) == "foreign"  # who has the key is asked, and let in
    assert store.issue(MINE) != token
    store.admit(token, MINE)
    assert store.opened(MINE) == [token]


def test_a_browser_that_leaves_before_a_word_gets_another_key(store: Store) -> None:
    token = store.issue(MINE)
    store.leave(MINE)
    assert store.issue(MINE) != token
    store.rate(token, "data", "a", 4)  # in a tab that was left open
    assert token not in store.opened(MINE)


def test_without_the_database_the_process_knows_the_last_key(store: Store) -> None:
    token = store.issue(MINE)
    assert store.remembered(MINE) == token
    assert store.remembered(YOURS) == ""


def test_a_sealed_key_opens_to_its_own_browser_and_only_untouched() -> None:
    token = new_token()
    mine = profiles.door(token, MINE)
    assert profiles.unsealed(mine, MINE) == token
    assert profiles.unsealed(mine, YOURS) == ""
    assert profiles.unsealed(mine._replace(profile=profiles.hashed(new_token())), MINE) == ""
    for damaged in ("", "no hex", mine.sealed[:-2], "00" * 22):
        assert profiles.unsealed(mine._replace(sealed=damaged), MINE) == ""
    assert token not in mine.sealed
    assert len(mine.sealed) <= schema.LONGEST_SEALED
    assert profiles.door(token, YOURS).sealed != mine.sealed


# Pulls


def test_pulls_are_kept_by_data_set_changed_let_go_forgotten_and_moved(store: Store, database: str) -> None:
    token = store.issue(MINE)
    store.pull(token, "data", "genre:Crime", 1.5)
    store.pull(token, "data", "genre:Crime", -3.0)
    store.pull(token, "data", "keyword:heist", 0.25)
    store.pull(token, "other", "genre:Crime", 2.0)
    assert Store(database).pulls(token, "data") == {"genre:Crime": -3.0, "keyword:heist": 0.25}
    store.pull(token, "data", "keyword:heist", None)
    store.pull(token, "data", "x" * 201, 1.0)
    assert store.pulls(token, "data") == {"genre:Crime": -3.0}
    new = store.renew(token, MINE)
    assert store.pulls(token, "data") == {}
    assert store.pulls(new, "data") == {"genre:Crime": -3.0}
    store.forget(new)
    assert store.pulls(new, "data") == store.pulls(new, "other") == {}
