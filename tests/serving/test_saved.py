"""Arrays on disk come back equal or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.common.arrays import (
    ARRAYS,
    MANIFEST,
    load_arrays,
    load_facts,
    pack_strings,
    save_arrays,
    unpack_strings,
    write_manifest,
)
from recsys_core.errors import SavedEngineError
from recsys_core.visitor.because_rows import because_rows

RATINGS = {"crime-1": 5, "comedy-2": 1.5}


@pytest.fixture
def saved(toy_engine: Engine, tmp_path: Path) -> Path:
    toy_engine.save(tmp_path / "engine")
    return tmp_path / "engine"


def edit_manifest(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """As another version of this program would have written it: with a checksum that is right."""
    facts = load_facts(folder)
    change(facts)
    write_manifest(folder, facts)


# --- round trip ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["toy_engine", "silent_engine", "showcase_engine"])
def test_a_loaded_engine_answers_equally(which: str, request: pytest.FixtureRequest, tmp_path: Path):
    engine: Engine = request.getfixturevalue(which)
    engine.save(tmp_path)
    loaded = Engine.load(tmp_path)
    assert loaded.models == engine.models
    ratings = dict(zip(engine.item_ids[:5].tolist(), [5, 1, 3.5, 4, 0.5], strict=True))
    for name in engine.models:
        np.testing.assert_array_equal(loaded.score(ratings, name), engine.score(ratings, name))
        np.testing.assert_array_equal(loaded.predict(ratings, name), engine.predict(ratings, name))
        assert repr(loaded.recommend(ratings, model=name)) == repr(engine.recommend(ratings, model=name))  # NaN is not equal to NaN
        assert loaded.similar_items(str(engine.item_ids[0]), model=name) == engine.similar_items(str(engine.item_ids[0]), model=name)
    assert loaded.factors.labels == engine.factors.labels
    assert because_rows(loaded.visitor(ratings)) == because_rows(engine.visitor(ratings))


def test_the_data_set_comes_back_whole(toy_frames: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path):
    items, ratings = toy_frames
    items.loc[0, "title"] = 'Ünïcode 映画 "quoted" | piped\n\u2028'
    ratings["timestamp"] = np.arange(len(ratings))[::-1]
    dataset = Dataset.from_frames(items, ratings, name="näme", description="Whät?", simulated=True)
    Engine.fit(dataset).save(tmp_path)
    loaded = Engine.load(tmp_path).dataset
    pd.testing.assert_frame_equal(loaded.items, dataset.items)
    np.testing.assert_array_equal(loaded.ratings.toarray(), dataset.ratings.toarray())
    np.testing.assert_array_equal(loaded.timestamps, dataset.timestamps)
    assert loaded.user_ids.tolist() == dataset.user_ids.tolist()
    assert loaded.item_index == dataset.item_index
    assert (loaded.name, loaded.description, loaded.simulated) == ("näme", "Whät?", True)


def test_what_is_loaded_is_read_only(saved: Path):
    loaded = Engine.load(saved)
    for array in (loaded.dataset.ratings.data, loaded.item_ids, loaded.svd.item_factors_, loaded.features.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_saving_again_replaces(saved: Path, showcase_engine: Engine, toy_engine: Engine):
    showcase_engine.save(saved)
    assert Engine.load(saved).dataset.name == "showcase"
    toy_engine.save(saved)
    assert Engine.load(saved).dataset.name == "toy"


def test_nothing_but_the_two_files_is_left(saved: Path):
    assert sorted(file.name for file in saved.iterdir()) == [ARRAYS, MANIFEST]


def test_strings():
    words = ["", "a", "映画", "new\nline", "\u2028", 'quo"te']
    assert unpack_strings(pack_strings(words)) == words
    assert unpack_strings(pack_strings([])) == []


def test_arrays_and_facts_come_back(tmp_path: Path):
    arrays = {"numbers": np.array([1.5, np.nan]), "a/b": np.arange(6).reshape(2, 3)}
    save_arrays(tmp_path / "new" / "folder", arrays, {"who": "me", "n": 3})
    loaded, facts = load_arrays(tmp_path / "new" / "folder")
    assert loaded.keys() == arrays.keys()
    for name in arrays:
        np.testing.assert_array_equal(loaded[name], arrays[name])
    assert (facts["who"], facts["n"]) == ("me", 3)


def test_objects_are_not_pickled(tmp_path: Path):
    with pytest.raises(ValueError, match="Arrays of objects cannot be saved: objects"):
        save_arrays(tmp_path, {"objects": np.array([{}], dtype=object)}, {})
    assert list(tmp_path.iterdir()) == []


# --- damage --------------------------------------------------------------------------------------------------------


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str, keep: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * keep)])

    return damage


def flip(name: str, where: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[int((len(content) - 1) * where)] ^= 0x01
        (folder / name).write_bytes(content)

    return damage


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (shutil.rmtree, "Nothing is saved in"),
        (remove(ARRAYS), "Nothing is saved in"),
        (remove(MANIFEST), "Nothing is saved in"),
        (cut(ARRAYS, 0.5), "do not match their checksum"),
        (cut(ARRAYS, 0.0), "do not match their checksum"),
        (flip(ARRAYS, 0.0), "do not match their checksum"),
        (flip(ARRAYS, 0.3), "do not match their checksum"),
        (flip(ARRAYS, 1.0), "do not match their checksum"),
        (cut(MANIFEST, 0.5), "cannot be read"),
        (cut(MANIFEST, 0.0), "cannot be read"),
        (lambda folder: (folder / MANIFEST).write_bytes(b"\xff\xfe{}"), "cannot be read"),
        (lambda folder: (folder / MANIFEST).write_text("[]"), "cannot be read"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "cannot be read"),
        (lambda folder: edit_manifest(folder, lambda m: m.update(format=0)), r"another version \(format 0, this is \d+\)"),
        (lambda folder: edit_manifest(folder, lambda m: m.pop("format")), r"another version \(format None, this is \d+\)"),
        (lambda folder: edit_manifest(folder, lambda m: m.pop("name")), "incomplete"),
    ],
    ids=[
        "no folder", "no arrays", "no manifest", "arrays cut", "arrays empty", "first byte", "inner byte", "last byte",
        "manifest cut", "manifest empty", "manifest no text", "manifest a list", "no checksum", "old format", "no format", "no name",
    ],
)  # fmt: skip
def test_damage_is_refused(saved: Path, damage: Callable[[Path], None], sentence: str):
    damage(saved)
    with pytest.raises(SavedEngineError, match=sentence):
        Engine.load(saved)


def test_no_digit_of_the_manifest_can_change_unnoticed(saved: Path):
    """An offset that is off by one would be another array."""
    whole = (saved / MANIFEST).read_text(encoding="utf-8")
    digits = [place for place, letter in enumerate(whole) if letter.isdigit()]
    assert len(digits) > 100
    for place in digits[:: len(digits) // 100]:
        (saved / MANIFEST).write_text(whole[:place] + str((int(whole[place]) + 1) % 10) + whole[place + 1 :], encoding="utf-8")
        with pytest.raises(SavedEngineError):
            load_facts(saved)


@pytest.mark.parametrize("missing", ["dataset/items.title", "dataset/indptr", "dataset/user_ids", "svd/item_factors_", "baseline/likes"])
def test_a_whole_save_without_an_array_is_refused(saved: Path, missing: str):
    arrays, facts = load_arrays(saved)
    del arrays[missing]
    save_arrays(saved, arrays, facts)
    with pytest.raises(SavedEngineError, match="incomplete"):
        Engine.load(saved)


def test_other_settings_of_a_model_are_refused(saved: Path):
    arrays, facts = load_arrays(saved)
    facts["settings"]["svd"]["n_factors"] += 1
    save_arrays(saved, arrays, facts)
    with pytest.raises(SavedEngineError, match="svd was fitted with other settings"):
        Engine.load(saved)


def test_other_weights_of_the_hybrid_are_refused(saved: Path):
    arrays, facts = load_arrays(saved)
    facts["settings"]["hybrid"]["weights"] = "0123456789abcdef"
    save_arrays(saved, arrays, facts)
    with pytest.raises(SavedEngineError, match="hybrid was fitted with other settings"):
        Engine.load(saved)


def fewer_ratings(dataset: Dataset) -> Dataset:
    """The same titles without the last person."""
    coo = dataset.ratings[:-1].tocoo()
    ratings = pd.DataFrame({"user_id": coo.row, "item_id": dataset.item_ids[coo.col], "rating": coo.data})
    return Dataset.from_frames(dataset.items, ratings)


def test_new_arrays_beside_an_old_manifest_are_refused(saved: Path, tmp_path: Path, toy: Dataset):
    Engine.fit(fewer_ratings(toy)).save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / ARRAYS, saved / ARRAYS)
    with pytest.raises(SavedEngineError, match="do not match their checksum"):
        Engine.load(saved)


@pytest.mark.parametrize("moment", [1, 2])
def test_killed_while_saving(saved: Path, toy: Dataset, monkeypatch: pytest.MonkeyPatch, moment: int):
    """Killed before the arrays are renamed: the old save stands. Between the two files: refused, never mixed."""
    before = Engine.load(saved).score(RATINGS)
    other = Engine.fit(fewer_ratings(toy))
    replace, calls = Path.replace, []

    def killed(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == moment:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            other.save(saved)
    assert sorted(file.name for file in saved.iterdir()) == [ARRAYS, MANIFEST]  # no temporary file is left
    if moment == 1:
        np.testing.assert_array_equal(Engine.load(saved).score(RATINGS), before)
    else:
        with pytest.raises(SavedEngineError, match="do not match their checksum"):
            Engine.load(saved)
        other.save(saved)
        np.testing.assert_array_equal(Engine.load(saved).score(RATINGS), other.score(RATINGS))


def test_a_full_disk_leaves_the_old_save(saved: Path, toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("recsys_core.common.arrays.crc32", full)
        with pytest.raises(OSError, match="No space left"):
            toy_engine.save(saved)
    assert sorted(file.name for file in saved.iterdir()) == [ARRAYS, MANIFEST]
    Engine.load(saved)
