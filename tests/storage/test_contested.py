"""Several processes on one database: a server behind a load balancer, two tabs of one visitor, a classroom's first click."""

from __future__ import annotations

from recsys_core.storage.store import Store
from tests.storage import crowd

ME = "m" * 22
TITLES = ["a", "b", "c"]


def test_nobodys_writing_fails_and_what_stands_last_was_written(database: str) -> None:
    Store(database)
    writers, times = 8, 200
    failed = crowd.at_once(crowd.write_often, [(database, number, ME, TITLES, times) for number in range(writers)])
    assert failed == [""] * writers
    store = Store(database)
    said = store.feedback(ME, "data")
    assert sorted(one.item_id for one in said) == TITLES
    for one in said:
        writer, turn = divmod(int(one.guess or -1), 1000)
        assert writer in range(writers)
        assert turn in range(times)
        assert (one.item_id, one.stars) == (TITLES[turn % len(TITLES)], 1 + turn % 5)  # one writing's parts, not two writings'
    names = store.factor_names(ME, "data")
    assert sorted(names) == TITLES
    for factor, name in names.items():
        assert TITLES[int(name.split("-")[1]) % len(TITLES)] == factor


def test_an_empty_database_may_be_opened_by_25_processes_at_once(database: str) -> None:
    assert crowd.at_once(crowd.open_store, [(database,)] * 25) == [""] * 25
    store = Store(database)
    store.rate(ME, "data", "a", 4)
    assert len(store.feedback(ME, "data")) == 1
