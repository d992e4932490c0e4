"""Fitted once, found again while the source is the same, fitted anew when the save is damaged."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.common.arrays import ARRAYS, MANIFEST
from recsys_core.errors import DatasetError
from recsys_core.serving.saved_engines import prepare_engine, source_key

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


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the data sets that were fitted."""
    fitted: list[str] = []
    fit = Engine.fit.__func__  # type: ignore[attr-defined]

    def counted(cls: type[Engine], dataset: object, **settings: object) -> Engine:
        fitted.append(dataset.name)  # type: ignore[attr-defined]
        return fit(cls, dataset, **settings)

    monkeypatch.setattr(Engine, "fit", classmethod(counted))
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


def test_a_changed_source_is_another_key(source: Path, models: Path, fits: list[str]):
    prepare_engine(str(source), models)
    before = source_key(str(source))
    facts = source.stat()
    os.utime(source, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1_000_000))
    assert source_key(str(source)) != before
    prepare_engine(str(source), models)
    assert fits == ["tiny", "tiny"]


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


def test_equal_names_in_different_places_do_not_meet(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ml.zip").write_bytes(b"same")
        os.utime(tmp_path / name / "ml.zip", ns=(0, 0))
    assert source_key(str(tmp_path / "one" / "ml.zip")) != source_key(str(tmp_path / "two" / "ml.zip"))


def test_a_folder_that_cannot_be_written_is_not_fatal(source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file where the folder should be")  # holds for root too, unlike chmod
    engine = prepare_engine(str(source), occupied)
    assert engine.recommend(RATINGS, n=1)[0].item_id == "2"
    assert "could not be saved" in caplog.text
    assert occupied.read_text() == "a file where the folder should be"


@pytest.mark.parametrize("failing", ["tempfile.mkstemp", "recsys_core.common.arrays._sha256"])
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
