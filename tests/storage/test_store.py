"""The database of ratings: what is kept, for whom, and what happens when it fails."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from recsys_core.errors import ProfileError, StoreError
from recsys_core.storage.store import Feedback, Store, is_token, new_token
from tests.storage.postgres import Server

ME, YOU = "m" * 22, "y" * 22


def test_empty_at_first(store: Store) -> None:
    assert store.feedback(ME, "data") == []


def test_what_is_said_comes_back_in_the_order_of_saying(store: Store) -> None:
    store.rate(ME, "data", "b", 4.5, 3.25)
    store.mark(ME, "data", "c", "not seen")
    store.rate(ME, "data", "a", 1)
    store.mark(ME, "data", "d", "hidden")
    assert store.feedback(ME, "data") == [
        Feedback("b", "rated", 4.5, 3.25),
        Feedback("c", "not seen"),
        Feedback("a", "rated", 1.0),
        Feedback("d", "hidden"),
    ]


def test_the_latest_word_on_a_title_replaces_the_earlier_and_stands_last(store: Store) -> None:
    store.rate(ME, "data", "a", 5, 4.0)
    store.rate(ME, "data", "b", 3)
    store.rate(ME, "data", "a", 2)
    assert store.feedback(ME, "data") == [Feedback("b", "rated", 3.0), Feedback("a", "rated", 2.0)]
    store.mark(ME, "data", "b", "hidden")
    assert store.feedback(ME, "data") == [Feedback("a", "rated", 2.0), Feedback("b", "hidden")]


def test_clear_forgets_one_title_and_may_be_repeated(store: Store) -> None:
    store.rate(ME, "data", "a", 5)
    store.rate(ME, "data", "b", 5)
    store.clear(ME, "data", "a")
    store.clear(ME, "data", "a")
    assert [said.item_id for said in store.feedback(ME, "data")] == ["b"]


def test_profiles_and_data_sets_are_apart(store: Store) -> None:
    store.rate(ME, "data", "a", 5)
    store.rate(ME, "other", "a", 1)
    store.rate(YOU, "data", "a", 3)
    store.clear(ME, "data", "a")
    assert store.feedback(ME, "data") == []
    assert store.feedback(ME, "other") == [Feedback("a", "rated", 1.0)]
    assert store.feedback(YOU, "data") == [Feedback("a", "rated", 3.0)]


def test_forget_empties_one_profile_in_all_data_sets(store: Store) -> None:
    store.rate(ME, "data", "a", 5)
    store.mark(ME, "other", "b", "hidden")
    store.rate(YOU, "data", "a", 3)
    store.forget(ME)
    assert store.feedback(ME, "data") == store.feedback(ME, "other") == []
    assert len(store.feedback(YOU, "data")) == 1


@pytest.mark.parametrize("stars", [0, 0.4, 5.01, -1, float("nan"), float("inf")])
def test_what_is_no_rating_is_refused_and_nothing_changes(store: Store, stars: float) -> None:
    store.rate(ME, "data", "a", 4)
    with pytest.raises(ProfileError, match="'a'"):
        store.rate(ME, "data", "a", stars)
    assert store.feedback(ME, "data") == [Feedback("a", "rated", 4.0)]


@pytest.mark.parametrize("stars", [0.5, 5.0])
def test_the_ends_of_the_scale_are_ratings(store: Store, stars: float) -> None:
    store.rate(ME, "data", "a", stars)
    assert store.feedback(ME, "data")[0].stars == stars


def test_the_token_is_not_in_the_files(sqlite: str, tmp_path: Path) -> None:
    store, key = Store(sqlite), new_token()
    store.rate(key, "data", "needle-item", 4)
    written = b"".join(file.read_bytes() for file in tmp_path.glob("ratings.sqlite3*"))
    assert b"needle-item" in written
    assert key.encode() not in written


def test_another_connection_sees_it_at_once_and_later(store: Store, database: str) -> None:
    store.rate(ME, "data", "a", 4)
    assert Store(database).feedback(ME, "data") == [Feedback("a", "rated", 4.0)]


def test_threads_may_write_at_once(store: Store, database: str) -> None:
    stores, errors = [store, Store(database)], []
    barrier = threading.Barrier(4)

    def write(number: int) -> None:
        try:
            barrier.wait(timeout=10)
            for i in range(25):
                stores[number % 2].rate(ME, "data", f"{number}-{i}", 3)
                stores[number % 2].rate(YOU, "data", "contested", 1 + number)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert len(store.feedback(ME, "data")) == 100
    assert len(store.feedback(YOU, "data")) == 1


def test_text_of_any_kind_is_only_data(store: Store) -> None:
    item = "'; DROP TABLE feedback; --"
    store.rate(ME, "data'\"", item, 4)
    assert store.feedback(ME, "data'\"") == [Feedback(item, "rated", 4.0)]


def test_what_is_said_within_one_tick_of_the_clock_stays_in_the_order_of_saying(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([1000.0, 1000.0, 1000.0, 990.0])  # a coarse clock, then one that is set back
    monkeypatch.setattr(time, "time", lambda: next(ticks))
    for item_id in ("d", "b", "c", "a"):
        store.rate(ME, "data", item_id, 4)
    assert [said.item_id for said in store.feedback(ME, "data")] == ["d", "b", "c", "a"]


def test_equal_times_of_two_processes_have_one_order(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    for item_id in ("d", "b", "c", "a"):
        Store(database).rate(ME, "data", item_id, 4)
    store = Store(database)
    with store._engine.begin() as connection:  # make the database give rows in another order where none is asked for
        connection.exec_driver_sql("ANALYZE feedback" if database.startswith("postgres") else "PRAGMA reverse_unordered_selects = ON")
    assert [said.item_id for said in store.feedback(ME, "data")] == ["a", "b", "c", "d"]


def test_factor_names_are_replaced_cut_and_taken_away(store: Store) -> None:
    store.name_factor(ME, "data", "f1", "cosy")
    store.name_factor(ME, "data", "f1", f"  {'x' * 70} ")
    store.name_factor(ME, "data", "f2", "grim")
    store.name_factor(ME, "other", "f1", "elsewhere")
    store.name_factor(YOU, "data", "f1", "theirs")
    assert store.factor_names(ME, "data") == {"f1": "x" * 60, "f2": "grim"}
    store.name_factor(ME, "data", "f2", "  ")
    store.name_factor(ME, "data", "f3", "")
    assert store.factor_names(ME, "data") == {"f1": "x" * 60}
    assert store.factor_names(ME, "other") == {"f1": "elsewhere"}
    assert store.factor_names(YOU, "data") == {"f1": "theirs"}
    store.forget(ME)
    assert store.factor_names(ME, "data") == store.factor_names(ME, "other") == {}
    assert store.factor_names(YOU, "data") == {"f1": "theirs"}


def test_a_file_that_goes_away_is_a_store_error(sqlite: str, tmp_path: Path) -> None:
    store = Store(sqlite)
    store.rate(ME, "data", "a", 4)
    store._engine.dispose()
    for file in tmp_path.glob("ratings.sqlite3*"):
        file.unlink()
    (tmp_path / "ratings.sqlite3").mkdir()
    every_method_fails(store)


def test_after_an_error_the_next_call_connects_anew_and_finds_or_makes_its_tables(sqlite: str, tmp_path: Path) -> None:
    """A connection that was made to a read-only file stays read-only, and one to a file that was moved away writes there."""
    store = Store(sqlite)
    store.rate(ME, "data", "a", 4)
    before = store._engine
    with before.begin() as connection:
        connection.exec_driver_sql("DROP TABLE profiles")
    with pytest.raises(StoreError, match="profiles"):
        store.rate(ME, "data", "b", 4)
    assert store._engine is not before
    assert before.pool.checkedin() == 0
    store._engine.dispose()
    for file in tmp_path.glob("ratings.sqlite3*"):
        file.unlink()
    with pytest.raises(StoreError, match="no such table"):  # an empty file that nobody has prepared
        store.rate(ME, "data", "b", 4)
    assert store.rate(ME, "data", "b", 4) == 1
    assert [said.item_id for said in store.feedback(ME, "data")] == ["b"]


def test_a_database_in_memory_outlives_an_error() -> None:
    store = Store("sqlite://")
    store.rate(ME, "data", "a", 4)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE factor_names RENAME TO elsewhere")
    with pytest.raises(StoreError, match="factor_names"):
        store.factor_names(ME, "data")
    assert len(store.feedback(ME, "data")) == 1


def test_a_server_without_the_database_is_a_store_error(server: Server) -> None:
    name = server.new_database()
    store = Store(server.url(name))
    store.rate(ME, "data", "a", 4)
    server.drop(name)
    every_method_fails(store)


def every_method_fails(store: Store) -> None:
    for act in (
        lambda: store.feedback(ME, "data"),
        lambda: store.rate(ME, "data", "a", 3),
        lambda: store.mark(ME, "data", "a", "hidden"),
        lambda: store.clear(ME, "data", "a"),
        lambda: store.factor_names(ME, "data"),
        lambda: store.name_factor(ME, "data", "f", "cosy"),
        lambda: store.name_factor(ME, "data", "f", ""),
        lambda: store.forget(ME),
    ):
        with pytest.raises(StoreError):
            act()


def test_a_store_may_wait_for_its_database(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    store = Store(f"sqlite:///{folder / 'ratings.sqlite3'}", open_now=False)
    every_method_fails(store)
    folder.mkdir()
    store.rate(ME, "data", "a", 4)
    assert store.feedback(ME, "data") == [Feedback("a", "rated", 4.0)]


def test_a_waiting_store_with_a_senseless_address_fails_when_it_is_used() -> None:
    every_method_fails(Store("nonsense", open_now=False))


def test_tokens_are_long_random_and_safe_in_an_address() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(is_token(token) for token in tokens)


@pytest.mark.parametrize("value", [None, "", "a" * 21, "a" * 23, "a" * 21 + "/", "a" * 21 + "ä", "a" * 22 + "\n", " " * 22])
def test_what_is_no_token(value: str | None) -> None:
    assert not is_token(value)
