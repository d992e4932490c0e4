"""``store``: the database of DATABASE_URL into a file and back, and away with what is kept no longer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from recsys_core.__main__ import BAD_INPUT, main
from recsys_core.settings import settings
from recsys_core.storage import schema
from recsys_core.storage.rooms import HOUR, Rooms
from recsys_core.storage.store import DAY, Feedback, Store

ME = "m" * 22


@pytest.fixture(autouse=True)
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of the database that the commands use."""
    url = f"sqlite:///{tmp_path / 'ratings.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    yield url
    settings.cache_clear()


def use(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_a_backup_in_one_command_and_back_in_another(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(address).rate(ME, "data", "heat", 4)
    file = str(tmp_path / "ratings.zip")
    assert main(["store", "backup", file]) == 0
    assert f"{file}, made 20" in (said := capsys.readouterr().out)
    assert said.endswith("2 rows written, 1 profiles.\n")
    assert main(["store", "restore", file]) == BAD_INPUT
    assert "The database is not empty" in capsys.readouterr().err
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    use(monkeypatch, DATABASE_URL=other)
    assert main(["store", "restore", file, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["file"], facts["version"], facts["rows"]["feedback"]) == (file, schema.SCHEMA_VERSION, 1)
    assert Store(other).feedback(ME, "data") == [Feedback("heat", "rated", 4.0)]
    Store(other).rate(ME, "data", "heat", 1)
    assert main(["store", "restore", file, "--replace"]) == 0
    assert Store(other).feedback(ME, "data") == [Feedback("heat", "rated", 4.0)]


@pytest.mark.parametrize("content", [None, b"", b"no zip"])
def test_what_is_no_backup_is_refused_in_a_sentence(tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ratings.zip"
    if content is not None:
        file.write_bytes(content)
    assert main(["store", "restore", str(file)]) == BAD_INPUT
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is no backup of this program, or is damaged." in said or "No such file" in said


def test_prune_says_what_it_deleted(address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(address)
    store.rate(ME, "data", "heat", 4)
    Rooms(store, clock=lambda: time.time() - 3 * HOUR).open("t" * 22, "data", ["heat"], hours=2)
    store.writing(lambda connection: connection.execute(update(schema.profiles).values(at=time.time() - 31 * DAY)))
    assert main(["store", "prune"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Deleted what was in 1 rooms of classes that are over.",
        "Profiles are kept: RECSYS_KEEP_DAYS is not set.",
    ]
    use(monkeypatch, RECSYS_KEEP_DAYS="30")
    assert main(["store", "prune"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "Deleted 1 profiles that nobody has opened for 30 days."
    assert main(["store", "prune", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"rooms": 0, "profiles": 0, "keep_days": 30}
    assert store.feedback(ME, "data") == []
