"""The server deletes by itself what nobody has opened for as long as a setting says, and nothing where it says nothing."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import update

from recsys_core.storage import schema
from recsys_core.storage.store import DAY, Store
from ui.server.pruning import Pruner

ME, YOU = "m" * 22, "y" * 22


def test_profiles_that_nobody_opens_go_and_without_the_setting_none_does(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ratings.sqlite3'}"
    store = Store(url)
    store.rate(ME, "data", "heat", 4)
    store.writing(lambda connection: connection.execute(update(schema.profiles).values(at=time.time() - 31 * DAY)))
    store.rate(YOU, "data", "heat", 4)
    for days, left in ((0, 2), (32, 2), (30, 1)):
        pruner = Pruner(url, days, every=0.01)
        pruner.start()
        until = time.monotonic() + (0.5 if left == 2 else 30)
        while time.monotonic() < until and n_profiles(store) != 1:
            time.sleep(0.02)
        pruner.stop()
        assert n_profiles(store) == left
    assert len(store.feedback(YOU, "data")) == 1


def n_profiles(store: Store) -> int:
    return sum(store.version(token) > 0 for token in (ME, YOU))
