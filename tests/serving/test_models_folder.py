"""Servers that share a folder of models: nobody deletes what another uses."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core import Engine
from recsys_core.common.arrays import ARRAYS, MANIFEST
from recsys_core.datasets.visitors import name_of, own_folder, own_sets, owner_of, remove_own
from recsys_core.errors import SavedEngineError
from recsys_core.serving import models_folder
from recsys_core.serving.models_folder import GRACE, Hold, held, remove, remove_older
from recsys_core.serving.saved_engines import (
    discard,
    load_engine,
    prepare_engine,
    remove_abandoned,
    remove_own_set,
    saved_stage,
    source_key,
)
from recsys_core.settings import PROJECT_FOLDER

pytestmark = pytest.mark.skipif(models_folder.fcntl is None, reason="this system has no such locks, and nothing is deleted")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def change(source: str) -> None:
    with (Path(source) / "movies.csv").open("a", encoding="utf-8") as file:
        file.write("\n5,Another (2005),Drama")


def long_ago(path: Path) -> None:
    """As if nobody had opened it for longer than the grace."""
    then = time.time() - GRACE - 60
    os.utime(path, (then, then))


def fit_twice(source: str, models: Path) -> Path:
    """Fit a data set, change it and fit it again; returns the first save."""
    prepare_engine(source, models, stage="lists")
    older = models / source_key(source)
    change(source)
    prepare_engine(source, models, stage="lists")
    gc.collect()
    return older


# --- what is out of date -------------------------------------------------------------------------------------------


def test_an_older_save_stays_for_a_while_and_goes_then(archive: str, models: Path):
    older, newest = fit_twice(archive, models), models / source_key(archive)
    remove_older(newest)
    assert older.is_dir()
    long_ago(older)
    remove_older(newest)
    assert list(models.iterdir()) == [newest]


def test_it_goes_only_when_a_newer_one_is_there(archive: str, models: Path, monkeypatch: pytest.MonkeyPatch):
    prepare_engine(archive, models, stage="lists")
    older = models / source_key(archive)
    long_ago(older)
    change(archive)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        prepare_engine(archive, models, stage="lists")
    assert list(models.iterdir()) == [older]
    prepare_engine(archive, models, stage="lists")
    assert list(models.iterdir()) == [models / source_key(archive)]


def test_other_data_sets_are_left_alone(archive: str, models: Path):
    newest = models / "ml-mini-0123456789abcdef"
    others = [models / name for name in ("ml-0123456789abcdef", "ml-mini+shows-0123456789abcdef", "ml-mini-2-0123456789abcdef", "notes")]
    for folder in (newest, *others):
        folder.mkdir(parents=True)
        long_ago(folder)
    remove_older(newest)
    assert sorted(models.iterdir()) == sorted([newest, *others])


def test_opening_a_save_counts_as_use(archive: str, models: Path):
    prepare_engine(archive, models, stage="lists")
    saved = models / source_key(archive)
    long_ago(saved)
    load_engine(archive, models)
    assert time.time() - saved.stat().st_mtime < 600


# --- what somebody has open ----------------------------------------------------------------------------------------


def test_what_another_server_has_open_stays_until_that_ends(archive: str, models: Path):
    prepare_engine(archive, models, stage="lists")
    older = models / source_key(archive)
    code = (
        "import sys\nfrom pathlib import Path\nfrom recsys_core.serving.saved_engines import load_engine\n"
        f"engine = load_engine({archive!r}, Path({str(models)!r}))\n"
        "print('open', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        assert server.stdout.readline() == "open\n"
        change(archive)
        long_ago(older)
        prepare_engine(archive, models, stage="lists")
        assert sorted(file.name for file in older.iterdir()) == [ARRAYS, MANIFEST]
        server.kill()
    remove_older(models / source_key(archive))
    assert not older.exists()


def test_what_this_server_has_open_stays_until_nobody_uses_it(archive: str, models: Path):
    prepare_engine(archive, models, stage="lists")
    engine, saved = load_engine(archive, models), models / source_key(archive)
    gc.collect()
    assert not remove(saved)
    assert engine.score({"1": 5.0}).shape == (4,)
    del engine
    gc.collect()
    assert remove(saved)
    assert list(models.iterdir()) == []


def test_several_may_hold_it_and_each_lets_go_once(tmp_path: Path):
    saved = tmp_path / "saved-0123456789abcdef"
    saved.mkdir()
    one = Hold(saved)
    with held(saved):
        one.release()
        one.release()
        assert not remove(saved)
    assert remove(saved)
    assert remove(saved)  # gone already


def test_who_reads_through_a_link_holds_what_it_leads_to(tmp_path: Path):
    saved, shown = tmp_path / "saved-0123456789abcdef", tmp_path / "shown"
    for folder in (saved, shown):
        folder.mkdir()
    (saved / MANIFEST).write_text("{}")
    (shown / MANIFEST).symlink_to(saved / MANIFEST)
    with held(shown):
        assert not remove(saved)
    assert remove(saved)


def test_an_engine_outlives_its_files(archive: str, models: Path):
    engine = prepare_engine(archive, models, stage="lists")
    loaded = load_engine(archive, models)
    for file in (models / source_key(archive)).iterdir():
        file.unlink()
    assert (loaded.score({"1": 5.0}) == engine.score({"1": 5.0})).all()


# --- what is damaged or unfinished ---------------------------------------------------------------------------------


def test_a_damaged_save_is_put_aside_and_nothing_is_deleted(archive: str, models: Path):
    prepare_engine(archive, models, stage="lists")
    saved = models / source_key(archive)
    content = (saved / ARRAYS).read_bytes()
    (saved / ARRAYS).write_bytes(content[:-1])
    discard(archive, models)
    assert saved_stage(archive, models) is None
    assert sorted(file.name for file in saved.iterdir()) == [ARRAYS, models_folder.ASIDE]
    with pytest.raises(SavedEngineError, match="Nothing is saved"):
        load_engine(archive, models)
    discard(archive, models)  # once more does no harm
    assert prepare_engine(archive, models, stage="lists").dataset.n_items == 4
    assert saved_stage(archive, models) == "lists"


def test_what_another_server_has_mended_meanwhile_is_not_put_aside(archive: str, models: Path):
    prepare_engine(archive, models, stage="lists")
    discard(archive, models)
    assert saved_stage(archive, models) == "lists"


def test_only_what_was_left_unfinished_long_ago_is_removed(models: Path):
    newest = models / "ml-mini-0123456789abcdef"
    newest.mkdir(parents=True)
    left, at_work = newest / ".writing-1-left", newest / ".writing-2-at work"
    for file in (left, at_work):
        file.write_text("half")
    long_ago(left)
    remove_older(newest)
    assert list(newest.iterdir()) == [at_work]


def test_what_was_being_removed_when_the_server_ended_goes(models: Path):
    newest = models / "ml-mini-0123456789abcdef"
    for folder in (newest, models / ".removing-ml-1m-0123456789abcdef"):
        folder.mkdir(parents=True)
        (folder / ARRAYS).write_text("half")
    remove_older(newest)
    assert list(models.iterdir()) == [newest]


# --- what visitors brought ---------------------------------------------------------------------------------------------


@pytest.fixture
def brought(archive: str, tmp_path: Path, move_folder) -> Callable[[str], str]:
    """Put the archive among a visitor's own data sets; gives its name."""
    move_folder("downloads", tmp_path / "downloads")

    def bring(key: str) -> str:
        path = own_folder(owner_of(key)) / "movielens-0123abcd.zip"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as file:
            for table in sorted(Path(archive).iterdir()):
                file.write(table, f"ml/{table.name}")
        return name_of(path)

    return bring


def test_what_a_visitor_deletes_goes_with_its_fits(brought: Callable[[str], str], models: Path):
    name = brought("a key")
    for each in (name, f"{name}+shows"):
        prepare_engine(each, models, stage="lists")
    gc.collect()
    remove_own_set(name, models)
    assert own_sets(owner_of("a key")) == []
    assert list(models.iterdir()) == []


def test_the_fit_of_an_archive_that_another_visitor_has_too_stays(brought: Callable[[str], str], models: Path):
    name, other = brought("a key"), brought("another key")
    prepare_engine(name, models, stage="lists")
    gc.collect()
    remove_own_set(name, models)
    assert saved_stage(other, models) == "lists"
    remove_own_set(other, models)
    assert list(models.iterdir()) == []


def test_fits_of_expired_archives_go_after_a_while(brought: Callable[[str], str], archive: str, models: Path):
    name = brought("a key")
    for each in (name, archive):
        prepare_engine(each, models, stage="lists")
    gc.collect()
    remove_own(name)
    for saved in models.iterdir():
        remove_abandoned(models)
        assert saved.is_dir()
        long_ago(saved)
    remove_abandoned(models)
    assert list(models.iterdir()) == [models / source_key(archive)]
