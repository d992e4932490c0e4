"""Fitted once, found again while the source is the same, fitted anew when the save is damaged."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.common.arrays import ARRAYS, MANIFEST, load_facts, write_manifest
from recsys_core.common.checksums import crc32
from recsys_core.errors import DatasetError, SavedEngineError
from recsys_core.serving import saved_engines
from recsys_core.serving.saved_engines import is_prepared, load_engine, prepare_engine, saved_stage, saved_version, source_key
from recsys_core.settings import settings

RATINGS = {"1": 5.0}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A MovieLens archive of four movies."""
    path = tmp_path / "tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        movies = "\n".join(f"{k},Movie {k} (200{k}),{'Crime' if k < 3 else 'Comedy'}" for k in range(1, 5))
        archive.writestr("tiny/movies.csv", f"movieId,title,genres\n{movies}\n")
        ratings = "\n".join(f"{u},{k},{5 if (k < 3) == (u < 4) else 1},{u}" for u in range(1, 7) for k in range(1, 5))
        archive.writestr("tiny/ratings.csv", f"userId,movieId,rating,timestamp\n{ratings}\n")
    return path


def change(source: Path) -> None:
    """Add a fifth movie."""
    with zipfile.ZipFile(source) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content["tiny/movies.csv"] += b"5,Movie 5 (2005),Crime\n"
    with zipfile.ZipFile(source, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the data sets that were fitted."""
    fitted: list[str] = []
    fit = Engine.fit_in_stages.__func__  # type: ignore[attr-defined]

    def counted(cls: type[Engine], dataset: object, **settings: object) -> Iterator[Engine]:
        fitted.append(dataset.name)  # type: ignore[attr-defined]
        yield from fit(cls, dataset, **settings)

    monkeypatch.setattr(Engine, "fit_in_stages", classmethod(counted))
    return fitted


def test_the_second_start_loads_and_does_not_fit(source: Path, models: Path, fits: list[str]):
    first = prepare_engine(str(source), models)
    assert fits == ["tiny"]
    second = prepare_engine(str(source), models)
    assert fits == ["tiny"]
    np.testing.assert_array_equal(second.score(RATINGS), first.score(RATINGS))
    assert sorted(file.name for file in (models / source_key(str(source))).iterdir()) == [ARRAYS, MANIFEST]


def test_the_second_start_does_not_even_read_the_source(source: Path, models: Path, monkeypatch: pytest.MonkeyPatch):
    prepare_engine(str(source), models)
    monkeypatch.setattr("recsys_core.serving.saved_engines.load_dataset", lambda name: pytest.fail("the source was read"))
    assert prepare_engine(str(source), models).dataset.n_items == 4


@pytest.mark.parametrize("damaged", [ARRAYS, MANIFEST])
@pytest.mark.parametrize("how", ["cut", "flipped", "removed"])
def test_a_damaged_save_is_fitted_anew_and_mended(source: Path, models: Path, fits: list[str], damaged: str, how: str):
    before = prepare_engine(str(source), models).score(RATINGS)
    file = models / source_key(str(source)) / damaged
    content = bytearray(file.read_bytes())
    if how == "removed":
        file.unlink()
    elif how == "cut":
        file.write_bytes(content[: len(content) // 2])
    else:
        content[0] ^= 0xFF
        file.write_bytes(content)
    np.testing.assert_array_equal(prepare_engine(str(source), models).score(RATINGS), before)
    assert fits == ["tiny", "tiny"]
    prepare_engine(str(source), models)
    assert fits == ["tiny", "tiny"]  # mended


def test_another_format_is_fitted_anew(source: Path, models: Path, fits: list[str], monkeypatch: pytest.MonkeyPatch):
    prepare_engine(str(source), models)
    old_key = source_key(str(source))
    for module in ("recsys_core.fitted", "recsys_core.serving.saved_engines"):
        monkeypatch.setattr(f"{module}.FORMAT", 99)
    assert source_key(str(source)) != old_key
    prepare_engine(str(source), models)
    assert fits == ["tiny", "tiny"]


def test_another_recipe_is_another_key(source: Path, monkeypatch: pytest.MonkeyPatch):
    """Two versions of the program that share a folder do not overwrite each other's fits by turns."""
    before = source_key(str(source))
    monkeypatch.setattr(saved_engines, "recipe", lambda: "other settings")
    assert source_key(str(source)) != before


def test_a_changed_source_is_another_key(source: Path, models: Path, fits: list[str]):
    prepare_engine(str(source), models)
    before = source_key(str(source))
    change(source)
    assert source_key(str(source)) != before
    prepare_engine(str(source), models)
    assert fits == ["tiny", "tiny"]


def test_a_source_that_was_only_touched_is_the_same(source: Path, models: Path, fits: list[str]):
    prepare_engine(str(source), models)
    os.utime(source, ns=(0, 0))
    prepare_engine(str(source), models)
    assert fits == ["tiny"]


def test_every_file_of_a_folder_counts(tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "movies.csv").write_text("one")
    keys = {source_key(str(folder))}
    (folder / "movies.csv").write_text("three")
    keys.add(source_key(str(folder)))
    (folder / "tags.csv").write_text("one")
    keys.add(source_key(str(folder)))
    assert len(keys) == 3
    assert source_key(str(folder)) in keys
    assert all(key.startswith("data-") for key in keys)


def test_files_in_inner_folders_count_and_others_do_not(tmp_path: Path):
    inner = tmp_path / "data" / "ml-1m"
    inner.mkdir(parents=True)
    (inner / "movies.dat").write_text("one")
    key = source_key(str(tmp_path / "data"))
    (inner / "README.txt").write_text("read me")
    assert source_key(str(tmp_path / "data")) == key
    for name in ("movies.dat", "ratings.dat", "tags.dat", "links.csv", "genome-scores.csv"):
        (inner / name).write_text("three")
        assert source_key(str(tmp_path / "data")) != key
        key = source_key(str(tmp_path / "data"))


def test_with_and_without_shows_are_kept_apart(source: Path, models: Path, fits: list[str]):
    keys = [source_key(str(source)), source_key(f"{source}+shows")]
    assert [key.rpartition("-")[0] for key in keys] == ["tiny", "tiny+shows"]
    for name in (str(source), f"{source}+shows", str(source), f"{source}+shows"):
        prepare_engine(name, models)
    assert fits == ["tiny", "tiny+shows"]
    assert prepare_engine(f"{source}+shows", models).dataset.n_items > 4


def test_a_changed_catalogue_is_another_key_for_movielens(source: Path, tmp_path: Path, move_folder):
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text("one")
    move_folder("showcase", tmp_path)
    keys = {source_key(str(source)), source_key(f"{source}+shows")}
    catalogue.write_text("three")
    assert not keys & {source_key(str(source)), source_key(f"{source}+shows")}


def test_pages_of_tvmaze_count(tmp_path: Path):
    (tmp_path / "page-0000.json.gz").write_bytes(b"one")
    keys = [source_key(str(tmp_path))]
    (tmp_path / "page-0001.json.gz").write_bytes(b"one")
    keys.append(source_key(str(tmp_path)))
    (tmp_path / "page-0001.json.gz").write_bytes(b"three")
    keys.append(source_key(str(tmp_path)))
    (tmp_path / "state.json").write_text("when it was asked for, which changes nothing")
    keys.append(source_key(str(tmp_path)))
    assert len(set(keys)) == 3
    assert keys[2] == keys[3]


def test_equal_names_in_different_places_do_not_meet(source: Path, tmp_path: Path):
    (tmp_path / "two").mkdir()
    other = shutil.copy(source, tmp_path / "two")
    change(other)
    assert source_key(str(source)) != source_key(str(other))


def test_two_copies_share_one_fit(source: Path, models: Path, tmp_path: Path, fits: list[str]):
    (tmp_path / "two").mkdir()
    other = shutil.copyfile(source, tmp_path / "two" / source.name)
    first = prepare_engine(str(source), models)
    second = prepare_engine(str(other), models)
    assert fits == ["tiny"]
    np.testing.assert_array_equal(first.score(RATINGS), second.score(RATINGS))


def test_two_checkouts_share_one_fit_of_the_showcase(tmp_path: Path, move_folder):
    here = source_key("showcase")
    there = shutil.copytree(settings().showcase_folder, tmp_path / "checkout" / "showcase", copy_function=shutil.copyfile)
    move_folder("showcase", there)
    assert source_key("showcase") == here


def test_a_folder_that_cannot_be_written_is_not_fatal(source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where the folder should be")  # holds for root too, unlike chmod
    engine = prepare_engine(str(source), occupied)
    assert engine.recommend(RATINGS, n=1)[0].item_id == "2"
    assert "could not be saved" in caplog.text
    assert occupied.read_text() == "a file where the folder should be"


@pytest.mark.parametrize("failing", ["tempfile.mkstemp", "recsys_core.common.arrays.crc32"])
def test_a_read_only_or_full_disk_is_not_fatal(
    source: Path, models: Path, failing: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(failing, refuse)
    assert prepare_engine(str(source), models).dataset.n_items == 4
    assert "Read-only file system" in caplog.text


def test_an_unknown_data_set_is_named(models: Path):
    with pytest.raises(DatasetError, match="No data set 'ml-nothing'"):
        prepare_engine("ml-nothing", models)
    assert not models.exists()


# --- stages --------------------------------------------------------------------------------------------------------


def test_each_stage_is_saved_and_can_be_opened_while_the_next_is_fitted(source: Path, models: Path, monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[str | None, str, int]] = []
    opened: list[Engine] = []
    fit = Engine.fit_in_stages.__func__  # type: ignore[attr-defined]

    def watched(cls: type[Engine], dataset: object, **settings: object) -> Iterator[Engine]:
        for engine in fit(cls, dataset, **settings):
            yield engine  # saved by whoever asked, who then asks for the next
            opened.append(load_engine(str(source), models))
            seen.append((saved_stage(str(source), models), opened[-1].stage, len(opened[-1].models)))

    monkeypatch.setattr(Engine, "fit_in_stages", classmethod(watched))
    complete = prepare_engine(str(source), models)
    assert [stages[:2] for stages in seen] == [("lists", "lists"), ("models", "models")]
    assert [stages[2] for stages in seen] == [5, len(complete.models)]
    assert saved_stage(str(source), models) == "complete"
    # The file under the first one has been replaced twice, and it still answers.
    assert opened[0].recommend(RATINGS, n=1)[0].item_id == "2"
    np.testing.assert_array_equal(opened[1].score(RATINGS), complete.score(RATINGS))


def test_an_earlier_stage_is_enough_only_for_whoever_says_so(source: Path, models: Path, fits: list[str]):
    assert prepare_engine(str(source), models, stage="lists").stage == "lists"
    assert saved_stage(str(source), models) == "lists"
    assert not is_prepared(str(source), models)
    assert prepare_engine(str(source), models, stage="lists").stage == "lists"
    assert fits == ["tiny"]
    assert prepare_engine(str(source), models).stage == "complete"
    assert fits == ["tiny", "tiny"]
    assert prepare_engine(str(source), models, stage="lists").stage == "complete"  # at least lists
    assert fits == ["tiny", "tiny"]


def test_a_fit_that_goes_on_does_not_take_back_what_is_saved(source: Path, models: Path, monkeypatch: pytest.MonkeyPatch):
    prepare_engine(str(source), models, stage="models")
    saved: list[str] = []
    monkeypatch.setattr(Engine, "save", lambda engine, folder: saved.append(engine.stage))
    prepare_engine(str(source), models)
    assert saved == ["complete"]


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_a_flipped_byte_is_noticed_before_anything_is_said_to_be_ready(source: Path, models: Path, where: float):
    prepare_engine(str(source), models, stage="lists")
    assert saved_stage(str(source), models) == "lists"
    before = saved_version(str(source), models)
    arrays = models / source_key(str(source)) / ARRAYS
    content = bytearray(arrays.read_bytes())
    content[int((len(content) - 1) * where)] ^= 0x01
    arrays.write_bytes(content)
    assert saved_stage(str(source), models) is None
    assert saved_version(str(source), models) != before
    with pytest.raises(SavedEngineError, match="do not match their checksum"):
        load_engine(str(source), models)


def test_the_arrays_are_read_once_for_stage_and_engine(source: Path, models: Path, monkeypatch: pytest.MonkeyPatch):
    prepare_engine(str(source), models, stage="lists")
    read: list[str] = []
    monkeypatch.setattr("recsys_core.common.checksums.TICK", 0)
    monkeypatch.setattr("recsys_core.common.arrays.crc32", lambda file: read.append(file.name) or crc32(file))
    for _ in range(3):
        assert load_engine(str(source), models).stage == saved_stage(str(source), models) == "lists"
    assert len(read) == 1


@pytest.mark.parametrize("facts", [{"format": 0}, {"stage": "half"}, {"settings": {"svd": {"n_factors": 3}}}, {"settings": None}])
def test_a_save_of_another_version_is_none(source: Path, models: Path, facts: dict[str, object]):
    prepare_engine(str(source), models)
    folder = models / source_key(str(source))
    write_manifest(folder, load_facts(folder) | facts)
    assert saved_stage(str(source), models) is None
    with pytest.raises(SavedEngineError):
        load_engine(str(source), models)


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_manifest_that_is_none_is_no_save(source: Path, models: Path, content: str):
    prepare_engine(str(source), models, stage="lists")
    (models / source_key(str(source)) / MANIFEST).write_text(content, encoding="utf-8")
    assert saved_stage(str(source), models) is None


def test_a_source_that_vanishes_during_the_fit_does_no_harm(source: Path, models: Path, monkeypatch: pytest.MonkeyPatch):
    read = saved_engines.load_dataset

    def read_and_remove(name: str) -> Dataset:
        dataset = read(name)
        source.unlink()
        return dataset

    monkeypatch.setattr(saved_engines, "load_dataset", read_and_remove)
    assert prepare_engine(str(source), models).stage == "complete"
    with pytest.raises(DatasetError, match="tiny"):
        saved_stage(str(source), models)


def test_who_must_save_is_told_that_it_cannot(source: Path, tmp_path: Path):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where the folder should be")
    with pytest.raises(OSError, match=r"could not be saved in .*occupied"):
        prepare_engine(str(source), occupied, must_save=True)


def test_who_reads_while_another_renames_tries_again(source: Path, models: Path, monkeypatch: pytest.MonkeyPatch):
    """Between the two renames of a save the arrays are the new ones and the manifest is the old one."""
    prepare_engine(str(source), models, stage="lists")
    folder = models / source_key(str(source))
    old = (folder / MANIFEST).read_bytes()
    prepare_engine(str(source), models)
    new = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(old)
    monkeypatch.setattr("recsys_core.common.arrays.time.sleep", lambda _: (folder / MANIFEST).write_bytes(new))
    assert load_engine(str(source), models).stage == "complete"
