"""Data sets that belong to one visitor: theirs alone, within a quota, and gone when nobody uses them."""

from __future__ import annotations

import io
import os
import time
from functools import cache
from pathlib import Path

import pytest

from recsys_core import load_dataset
from recsys_core.datasets import source_path
from recsys_core.datasets.download import importing
from recsys_core.datasets.download.checking import check_archive
from recsys_core.datasets.download.fetch import downloaded, import_file
from recsys_core.datasets.visitors import IMPORTING, own_folder, owner_of, remove_own
from recsys_core.datasets.visitors import name_of as name
from recsys_core.errors import DatasetError
from tests.datasets.test_download import CSV, packed

ANN, BO = owner_of("key of Ann"), owner_of("key of Bo")
DAY = 86_400


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move_folder) -> Path:
    """Takes the place of ``data/downloads``; archives are checked in this process."""
    move_folder("downloads", tmp_path / "downloads")
    monkeypatch.setattr(importing, "check_in_child", check_archive)
    return tmp_path / "downloads"


def bring(number: int = 0, owner: str | None = ANN) -> Path:
    """Import an archive that differs from others by a number."""
    return import_file(io.BytesIO(archive(number)), owner=owner)


@cache
def archive(number: int) -> bytes:
    """The same bytes whenever it is asked for: a zip holds the time at which it was packed."""
    return packed(CSV, f"set-{number}/")


def unused_for(path: Path, days: float) -> None:
    facts = path.stat()
    os.utime(path, (time.time() - days * DAY, facts.st_mtime))


def test_only_the_owner_sees_it(folder: Path):
    path = bring()
    assert name(path) == f"mine:{ANN}/{path.stem}"
    assert downloaded(owner=ANN) == [name(path)]
    assert downloaded() == downloaded(owner=BO) == []
    assert load_dataset(name(path)).n_ratings == 3
    assert load_dataset(f"{name(path)}+shows").n_items > 1000
    assert path.parent == own_folder(ANN, folder)


def test_the_key_itself_is_nowhere(folder: Path):
    bring()
    assert not [path for path in folder.rglob("*") if "Ann" in str(path)]
    with pytest.raises(ValueError, match="owner is not what owner_of"):
        bring(owner="key of Ann")
    with pytest.raises(ValueError, match="owner is not what owner_of"):
        downloaded(owner="../..")


def test_what_the_operator_brings_is_for_everybody():
    path = bring(owner=None)
    assert downloaded(owner=BO) == downloaded() == [path.stem] == [name(path)]


def test_two_may_have_the_same():
    one, other = bring(owner=ANN), bring(owner=BO)
    assert one != other
    assert one.name == other.name
    assert bring(owner=ANN) == one  # the same once more


@pytest.mark.parametrize(
    "wrong", ["mine:", "mine:x/movielens-00000000", f"mine:{ANN}/../../x", f"mine:{ANN}/movielens-00000000", f"mine:{ANN}/ml"]
)
def test_a_name_that_leads_nowhere(wrong: str):
    with pytest.raises(DatasetError, match=r"This data set is not on this server any more.*30 days after its last use"):
        source_path(wrong)


def test_quota_of_sets(set_environment):
    paths = [bring(number) for number in range(3)]
    with pytest.raises(DatasetError, match=r"You have 3 data sets of your own here.*Remove one first\. The limit is sets=3"):
        bring(3)
    bring(3, BO)
    remove_own(name(paths[0]))
    bring(3)
    set_environment("RECSYS_LIMITS", "sets=4")
    assert len(downloaded(owner=ANN)) == 3
    bring(0)


def test_quota_of_bytes(set_environment, monkeypatch: pytest.MonkeyPatch):
    set_environment("RECSYS_LIMITS", "sets_mb=0")
    with pytest.raises(DatasetError, match=r"Your own data sets would take more than 0 MB.*sets_mb=0"):
        bring()
    set_environment("RECSYS_LIMITS", "server_mb=0")
    with pytest.raises(DatasetError, match=r"This server keeps no more data sets of visitors for now\. The limit is server_mb=0"):
        bring()
    assert downloaded(owner=ANN) == []


def test_it_expires_thirty_days_after_its_last_use(folder: Path):
    old, used = bring(0), bring(1)
    for path in (old, used):
        unused_for(path, 29)
    before = used.stat().st_mtime_ns
    assert len(downloaded(owner=ANN)) == 2
    source_path(name(used))
    assert used.stat().st_mtime_ns == before  # else its models would be out of date
    unused_for(old, 31)
    assert downloaded(owner=ANN) == [name(used)]
    assert not old.exists()


def test_the_listing_of_one_removes_what_others_left(folder: Path):
    left = bring(0)
    assert downloaded(owner=BO) == []
    unused_for(left, 31)
    (folder / f"{IMPORTING}x").mkdir()
    os.utime(folder / f"{IMPORTING}x", (0, 0))
    assert downloaded(owner=BO) == []
    assert left.exists()  # looked through less than an hour ago
    os.utime(folder / "visitors" / ".looked-through", (0, 0))
    assert downloaded(owner=BO) == []
    assert not left.parent.exists()
    assert not list(folder.glob(f"{IMPORTING}*"))


def test_what_expired_makes_room(set_environment):
    for number in range(3):
        unused_for(bring(number), 31)
    assert downloaded(owner=ANN) == []
    assert downloaded(owner=ANN) == [] and bring(3).exists()
