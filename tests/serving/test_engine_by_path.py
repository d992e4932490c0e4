"""An engine that was saved elsewhere is opened by its path, without the data that it was fitted to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from recsys_core import Dataset, Engine, load_dataset
from recsys_core.__main__ import main
from recsys_core.common import arrays
from recsys_core.common.arrays import ARRAYS, MANIFEST, load_arrays, save_arrays, verify, write_manifest
from recsys_core.data.dataset import Totals
from recsys_core.datasets import completed
from recsys_core.errors import DatasetError, SavedEngineError
from recsys_core.serving.saved_engines import (
    discard,
    is_prepared,
    load_engine,
    place,
    prepare_engine,
    saved_stage,
    saved_version,
    source_key,
)
from recsys_core.updating.update import update

RATINGS = {"crime-1": 5.0, "comedy-1": 2.0}


@pytest.fixture
def path(toy_engine: Engine, tmp_path: Path) -> str:
    """Saved by somebody, somewhere."""
    toy_engine.save(tmp_path / "engines" / "big")
    return str(tmp_path / "engines" / "big")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where this server keeps what it fits itself."""
    return tmp_path / "models"


def test_it_answers_as_it_did_where_it_was_saved(path: str, toy_engine: Engine, models: Path):
    for engine in (prepare_engine(path, models), load_engine(path, models)):
        assert engine.recommend(RATINGS, 5) == toy_engine.recommend(RATINGS, 5)
        assert engine.explain(RATINGS, "crime-2") == toy_engine.explain(RATINGS, "crime-2")
    assert not models.exists()  # nothing was fitted, nothing was copied
    assert (saved_stage(path, models), is_prepared(path, models), place(path, models)) == ("complete", True, Path(path))


def test_its_titles_and_ratings_are_a_data_set(path: str, toy: Dataset):
    dataset = load_dataset(path)
    assert (dataset.name, dataset.key, dataset.n_people, dataset.n_ratings) == (toy.name, toy.key, toy.n_people, toy.n_ratings)
    assert [dataset.title(i) for i in range(dataset.n_items)] == [toy.title(i) for i in range(toy.n_items)]
    assert dataset.items.equals(toy.items)
    assert not completed(path)  # it is what it is: no shows join it, no synopses are added


def test_totals_of_everybody_come_with_the_ratings_of_some(toy: Dataset, tmp_path: Path):
    some = toy.of_users(np.arange(4)).with_totals(Totals(toy.raters.copy(), toy.n_users, toy.n_ratings))
    Engine.fit(some, factors=False).save(tmp_path / "some")
    found = load_dataset(tmp_path / "some")
    assert (found.n_users, found.n_people, found.n_ratings) == (4, toy.n_users, toy.n_ratings)
    np.testing.assert_array_equal(found.raters, toy.raters)
    np.testing.assert_array_equal(found.of_users(np.arange(4)).raters, some.of_users(np.arange(4)).raters)


def test_another_engine_in_its_place_is_another_version(path: str, toy: Dataset, models: Path):
    before = source_key(path), saved_version(path, models)
    Engine.fit(toy.of_users(np.arange(5)), factors=False).save(path)
    after = source_key(path), saved_version(path, models)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_the_operators_folder_is_never_put_aside(path: str, models: Path):
    (Path(path) / ARRAYS).write_bytes(b"short")
    for ask in (saved_stage, discard, prepare_engine):
        with pytest.raises(DatasetError, match="do not match their checksum"):
            ask(path, models)
    assert sorted(file.name for file in Path(path).iterdir()) == [ARRAYS, MANIFEST]


def test_an_engine_of_another_version_says_so(path: str, models: Path):
    kept, facts = load_arrays(Path(path))
    save_arrays(Path(path), kept, {**facts, "format": 1})
    with pytest.raises(DatasetError, match=r"another version \(format 1, this is \d+\)\. Train it anew\."):
        saved_stage(path, models)
    with pytest.raises(DatasetError, match="another version"):
        prepare_engine(path, models)


def test_models_that_are_not_there_cannot_be_fitted(path: str, models: Path):
    facts = json.loads((Path(path) / MANIFEST).read_text(encoding="utf-8"))
    write_manifest(Path(path), {**{name: value for name, value in facts.items() if name != arrays.OWN}, "stage": "lists"})
    assert prepare_engine(path, models, stage="lists").stage == "lists"
    with pytest.raises(DatasetError, match="not the data to fit the others"):
        prepare_engine(path, models)


def test_one_that_was_brought_up_to_date_is_opened_as_it_is(toy: Dataset, tmp_path: Path, models: Path):
    older = Engine.fit(toy.of_users(np.arange(toy.n_users - 1)))
    updated = update(older, toy).engine
    assert updated.updated is not None
    updated.save(tmp_path / "updated")
    assert prepare_engine(str(tmp_path / "updated"), models, whole=True).updated is not None


def test_an_empty_folder_is_no_engine(tmp_path: Path, models: Path):
    with pytest.raises(DatasetError, match="No data set"):
        saved_stage(str(tmp_path / "none"), models)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / MANIFEST).write_text("{}")
    with pytest.raises(DatasetError):
        load_dataset(tmp_path / "half")


# --- what is read on loading -----------------------------------------------------------------------------------------


@pytest.fixture
def large(path: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A save that counts as too large to be read through."""
    monkeypatch.setattr(arrays, "READ_WHOLE", 1000)
    return Path(path)


def flip(folder: Path, place: int) -> None:
    content = bytearray((folder / ARRAYS).read_bytes())
    content[place] ^= 0x01
    (folder / ARRAYS).write_bytes(content)


def test_a_large_save_is_not_read_through(large: Path, monkeypatch: pytest.MonkeyPatch):
    def never(*_: object) -> str:
        raise AssertionError("all of it is read")

    monkeypatch.setattr(arrays, "checksum", never)
    assert load_engine(str(large)).recommend(RATINGS)


def test_the_size_and_the_first_bytes_of_a_large_save_are_checked(large: Path, tmp_path: Path, toy: Dataset):
    whole = (large / ARRAYS).read_bytes()
    for damaged in (whole[:-1], whole + b"\0", b""):
        (large / ARRAYS).write_bytes(damaged)
        with pytest.raises(SavedEngineError, match="do not match"):
            Engine.load(large)
    (large / ARRAYS).write_bytes(whole)
    Engine.fit(toy.of_users(np.arange(5)), factors=False).save(tmp_path / "other")
    other = (tmp_path / "other" / ARRAYS).read_bytes()
    (large / ARRAYS).write_bytes(other[: arrays.ALIGNMENT] + whole[arrays.ALIGNMENT :])  # of another save, and of the same size
    with pytest.raises(SavedEngineError, match="do not match"):
        Engine.load(large)


def test_a_byte_that_loading_passes_over_is_found_on_request(large: Path, capsys: pytest.CaptureFixture[str]):
    verify(large)
    assert main(["info", str(large), "--verify"]) == 0
    assert ", whole" in capsys.readouterr().out
    flip(large, -200)
    load_engine(str(large))
    assert main(["info", str(large)]) == 0
    assert ", whole" not in capsys.readouterr().out
    with pytest.raises(SavedEngineError, match="do not match"):
        verify(large)
    assert main(["info", str(large), "--verify"]) == 2
    assert "do not match their checksum" in capsys.readouterr().err


def test_the_commands_take_a_path(path: str, models: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    shutil.copytree(path, tmp_path / "copy")
    assert main(["train", path, "--folder", str(models)]) == 0
    assert "were there already" in capsys.readouterr().out
    assert main(["recommend", "--dataset", str(tmp_path / "copy"), "--folder", str(models), "Cold Harbour=5"]) == 0
    assert "Night Shift" in capsys.readouterr().out
