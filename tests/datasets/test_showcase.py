"""The bundled data: labelled as simulated, reproducible, and its truth out of every model's reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.datasets.sources import showcase as module
from recsys_core.datasets.sources.showcase import AXES, Audience, load_showcase, read_catalogue, scene_members, simulate, truth
from recsys_core.errors import DatasetError
from recsys_core.settings import PROJECT_FOLDER, settings
from tests.support.fits import SharedFit

OPENED: list[str] | None = None
"""Every path that Python opens while this is a list: seen by an audit hook, below all libraries."""


def _note(event: str, args: tuple[object, ...]) -> None:
    if OPENED is not None and event == "open":
        OPENED.append(str(args[0]))


@pytest.fixture
def opened() -> Iterator[list[str]]:
    global OPENED  # noqa: PLW0603, RUF100
    if not getattr(sys, "_recsys_audited", False):
        sys.addaudithook(_note)  # cannot be taken out again, so at most once
        sys._recsys_audited = True  # type: ignore[attr-defined]
    OPENED = paths = []
    yield paths
    OPENED = None


@pytest.fixture(scope="module")
def catalogue() -> pd.DataFrame:
    return read_catalogue()


@pytest.fixture(scope="module")
def types() -> pd.DataFrame:
    return pd.read_csv(settings().showcase_folder / "viewer_types.csv")


@pytest.fixture(scope="module")
def scenes() -> pd.DataFrame:
    return pd.read_csv(settings().showcase_folder / "scenes.csv")


@pytest.fixture(scope="module")
def known() -> Audience:
    return truth()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The bundled folder without its truth."""
    return Path(shutil.copytree(settings().showcase_folder, tmp_path / "showcase", ignore=shutil.ignore_patterns("truth.npz")))


# --- what it is ----------------------------------------------------------------------------------------------------


def test_it_says_that_it_is_simulated(showcase: Dataset):
    assert showcase.simulated is True
    assert showcase.name == "showcase"
    assert "simulated" in showcase.description
    assert "not by people" in showcase.description


def test_it_is_large_enough(showcase: Dataset):
    assert showcase.n_users >= 6_000
    assert showcase.n_ratings >= 400_000
    assert showcase.n_items >= 200
    kinds = showcase.items["kind"].value_counts()
    assert kinds.min() / kinds.sum() > 0.4


def test_ratings_are_half_stars(showcase: Dataset):
    assert set(np.unique(showcase.ratings.data)) == {k / 2 for k in range(1, 11)}


def test_viewers_rate_neither_too_little_nor_too_much(showcase: Dataset):
    counts = np.diff(showcase.ratings.indptr)
    assert counts.min() >= module.FEWEST_RATINGS
    assert counts.max() <= module.MOST_RATINGS


def test_columns_of_the_catalogue_become_the_items(showcase: Dataset, catalogue: pd.DataFrame):
    assert showcase.items["text"].tolist() == catalogue["synopsis"].tolist()
    assert showcase.item_ids.tolist() == catalogue["item_id"].tolist()
    assert not set(AXES) & set(showcase.items.columns)
    assert not {"familiarity", "acclaim"} & set(showcase.items.columns)


def test_it_is_small_enough_to_bundle():
    assert sum(file.stat().st_size for file in settings().showcase_folder.rglob("*") if file.is_file()) <= 6 * 2**20


# --- reproducible --------------------------------------------------------------------------------------------------


def test_the_committed_audience_is_what_the_program_makes(
    catalogue: pd.DataFrame, types: pd.DataFrame, scenes: pd.DataFrame, known: Audience
):
    made = simulate(catalogue, types, scenes)
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(made.ratings, part), getattr(known.ratings, part))
    for name in ("viewer_factors", "title_factors", "viewer_mean", "viewer_spread", "quality", "viewer_type"):
        np.testing.assert_array_equal(getattr(made, name), getattr(known, name), err_msg=name)


def test_what_is_loaded_is_the_audience(showcase: Dataset, known: Audience):
    assert (showcase.ratings != known.ratings).nnz == 0


def test_seeds(catalogue: pd.DataFrame, types: pd.DataFrame, scenes: pd.DataFrame):
    first, again, other = (simulate(catalogue, types, scenes, n_viewers=60, seed=seed) for seed in (1, 1, 2))
    assert (first.ratings != again.ratings).nnz == 0
    assert (first.ratings != other.ratings).nnz > 1000
    assert first.ratings.shape == (60, len(catalogue))


@pytest.mark.parametrize("n_viewers", [1, 7])
def test_packing_loses_nothing(catalogue: pd.DataFrame, types: pd.DataFrame, scenes: pd.DataFrame, n_viewers: int):
    ratings = simulate(catalogue, types, scenes, n_viewers=n_viewers).ratings
    packed = module._pack(ratings)
    assert all(array.dtype.itemsize <= 2 for array in packed.values())
    assert (module._unpack(packed, len(catalogue)) != ratings).nnz == 0


def test_writing_it_anew(copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], showcase: Dataset, move_folder):
    (copy / "audience.npz").unlink()
    move_folder("showcase", copy)
    monkeypatch.setattr(module, "read_catalogue", lambda folder=copy: read_catalogue(folder))
    module.main()
    assert "6,000 simulated viewers" in capsys.readouterr().out
    assert (load_showcase(copy).ratings != showcase.ratings).nnz == 0
    assert (truth(copy).ratings != showcase.ratings).nnz == 0


# --- the truth -----------------------------------------------------------------------------------------------------


def test_shapes_of_the_truth(showcase: Dataset, known: Audience, types: pd.DataFrame):
    n_viewers, n_titles = showcase.n_users, showcase.n_items
    k = known.viewer_factors.shape[1]
    assert k > len(AXES) + module.N_HIDDEN
    assert known.ratings.shape == (n_viewers, n_titles)
    assert known.viewer_factors.shape == (n_viewers, k)
    assert known.title_factors.shape == (n_titles, k)
    assert known.viewer_mean.shape == known.viewer_spread.shape == known.viewer_type.shape == (n_viewers,)
    assert known.quality.shape == (n_titles,)
    assert set(np.unique(known.viewer_type)) == set(range(len(types)))


def test_fit_is_standardised(known: Audience):
    fit = known.viewer_factors.astype(float) @ known.title_factors.astype(float).T
    assert fit.mean() == pytest.approx(0.0, abs=0.05)
    assert fit.std() == pytest.approx(1.0, abs=0.25)


def test_expected_stars_explain_the_ratings(known: Audience):
    expected = known.expected_stars()
    assert expected.shape == known.ratings.shape
    assert expected.min() >= 0.5
    assert expected.max() <= 5.0
    given = known.ratings.tocoo()
    felt = expected[given.row, given.col]
    assert np.corrcoef(felt, given.data)[0, 1] > 0.6
    assert np.abs(felt - given.data).mean() < 0.8
    assert felt.mean() > expected.mean() + 0.3  # people watch what they expect to like: not missing at random


def test_viewers_judge_against_what_they_usually_watch(known: Audience):
    given = known.ratings.tocoo()
    fit = (known.viewer_factors.astype(float) @ known.title_factors.astype(float).T)[given.row, given.col]
    per_viewer = np.bincount(given.row)
    usual_fit = np.bincount(given.row, fit) / per_viewer
    usual_stars = np.bincount(given.row, given.data) / per_viewer
    assert np.corrcoef(usual_fit, known.viewer_mean)[0, 1] < -0.3
    assert np.corrcoef(usual_fit, usual_stars)[0, 1] < 0.3  # 0.54 without it


def test_more_titles_let_down_than_delight(known: Audience):
    """Beside 3 expected stars, 1 and 5 are equally far; with even noise, both would be equally common."""
    given = known.ratings.tocoo()
    middling = given.data[np.abs(known.expected_stars()[given.row, given.col] - 3.0) < 0.05]
    assert (middling <= 1.0).sum() > 1.5 * (middling == 5.0).sum() > 0


def test_types_like_what_they_are_said_to_like(known: Audience, catalogue: pd.DataFrame, types: pd.DataFrame, scenes: pd.DataFrame):
    expected = known.expected_stars()
    has = catalogue["genres"].str.get_dummies("|").astype(bool)
    for number, row in types.iterrows():
        theirs = expected[known.viewer_type == number].mean(axis=0) - expected.mean(axis=0)
        likes = has[row["likes"].split("|")].any(axis=1).to_numpy()
        dislikes = has[row["dislikes"].split("|")].any(axis=1).to_numpy()
        assert theirs[likes & ~dislikes].mean() > theirs[dislikes & ~likes].mean(), row["type"]


# --- no model can reach it -----------------------------------------------------------------------------------------


def test_loading_works_without_the_truth_and_does_not_ask_for_it(copy: Path, opened: list[str], showcase: Dataset):
    dataset = load_showcase(copy)
    assert any(path.endswith("audience.npz") for path in opened)  # the hook sees what is opened
    assert not [path for path in opened if "truth" in path]
    assert (dataset.ratings != showcase.ratings).nnz == 0


def test_fitting_opens_the_catalogue_and_the_audience_and_nothing_else(showcase_fit: SharedFit):
    """The record is of the very fit that all tests use, from the first import to the end of the save."""
    bundled = settings().showcase_folder
    of_data = {Path(path).name for path in showcase_fit.opened if Path(path).is_relative_to(bundled)}
    assert of_data == {"audience.npz", "catalogue.csv"}
    assert not [path for path in showcase_fit.opened if path.endswith("truth.npz")]


def test_the_record_of_a_fit_would_name_it(tmp_path: Path):
    record = tmp_path / "opened.json"
    (tmp_path / "cheat.py").write_text("from recsys_core.datasets.sources.showcase import truth\n\ntruth()\n", encoding="utf-8")
    command = [sys.executable, "-m", "tests.support.watched", str(record), "cheat"]
    subprocess.run(command, check=True, cwd=PROJECT_FOLDER, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert str(settings().showcase_folder / "truth.npz") in json.loads(record.read_text(encoding="utf-8"))


def test_loading_the_bundled_folder_never_opens_the_truth(opened: list[str]):
    assert (settings().showcase_folder / "truth.npz").exists()
    load_dataset()
    assert any(path.endswith("audience.npz") for path in opened)
    assert not [path for path in opened if "truth" in path]


def test_the_hook_would_see_it(opened: list[str]):
    truth()
    assert [path for path in opened if path.endswith("truth.npz")]


# --- damage --------------------------------------------------------------------------------------------------------


def test_another_catalogue_is_refused(copy: Path):
    catalogue = (copy / "catalogue.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copy / "catalogue.csv").write_text("".join(catalogue[:-1]), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"made for another catalogue\. Make it anew with: python -m recsys_core"):
        load_showcase(copy)


def test_swapped_titles_are_refused(copy: Path):
    lines = (copy / "catalogue.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    (copy / "catalogue.csv").write_text("".join(lines), encoding="utf-8")
    with pytest.raises(DatasetError, match="made for another catalogue"):
        load_showcase(copy)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off", b"no archive"], ids=["missing", "empty", "cut", "text"])
def test_a_damaged_audience_is_refused(copy: Path, content: bytes | None):
    (copy / "audience.npz").unlink()
    if content is not None:
        (copy / "audience.npz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"bundled audience cannot be read .*Make it anew with"):
        load_showcase(copy)


def test_a_truncated_audience_is_refused(copy: Path):
    content = (copy / "audience.npz").read_bytes()
    (copy / "audience.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"bundled audience cannot be read .*Make it anew with"):
        load_showcase(copy)


def test_an_audience_without_an_array_is_refused(copy: Path):
    with np.load(copy / "audience.npz") as saved:
        arrays = {name: saved[name] for name in saved.files if name != "catalogue"}
    np.savez(copy / "audience.npz", **arrays)
    with pytest.raises(DatasetError, match="bundled audience"):
        load_showcase(copy)


@pytest.mark.parametrize(
    "content", [None, b"", b'item_id,title\n"a', b"item_id,title\n\xff\xfe,x\n"], ids=["missing", "empty", "open quote", "no text"]
)
def test_a_damaged_catalogue_is_refused(copy: Path, content: bytes | None):
    (copy / "catalogue.csv").unlink()
    if content is not None:
        (copy / "catalogue.csv").write_bytes(content)
    with pytest.raises(DatasetError, match="bundled catalogue cannot be read"):
        load_showcase(copy)


def test_scenes_are_narrow_and_cover_most_titles(catalogue: pd.DataFrame, scenes: pd.DataFrame):
    members = scene_members(catalogue, scenes)
    assert scenes["scene"].is_unique
    sizes = members.sum(axis=1)
    assert sizes.min() >= 10
    assert sizes.max() <= 0.05 * len(catalogue)
    assert (members.sum(axis=0) > 0).mean() >= 0.95


def test_rules_of_scenes_by_hand():
    catalogue = pd.DataFrame(
        {
            "kind": ["show", "movie", "show"],
            "genres": ["Crime|Drama", "Crime", "Comedy"],
            "country": ["Denmark", "Sweden", "Denmark"],
            "year": [2007, 1976, 2013],
            **dict.fromkeys(("language", "keywords", "creators", "audience", "franchise"), ""),
        }
    )
    rules = ["country=Denmark|Sweden & genres=Crime", "genres!=Crime", "kind=show & year=2000-2010"]
    members = scene_members(catalogue, pd.DataFrame({"scene": list("abc"), "rule": rules}))
    assert members.tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_viewers_follow_a_few_scenes(catalogue: pd.DataFrame, scenes: pd.DataFrame, known: Audience):
    followed = (known.viewer_factors[:, -len(scenes) :] > 0).sum(axis=1)
    assert followed.min() >= 2
    assert 3 <= followed.mean() <= 5
    members = scene_members(catalogue, scenes)
    watched = (known.ratings > 0).astype(np.float64)
    of_scene = np.asarray(watched @ members.T) / members.sum(axis=1)
    inside = of_scene[known.viewer_factors[:, -len(scenes) :] > 0].mean()
    outside = of_scene[known.viewer_factors[:, -len(scenes) :] == 0].mean()
    assert inside > 2 * outside
