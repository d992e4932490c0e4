"""What is learned on Spark is what one machine learns, however the people and titles are cut into blocks."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.support.spark import needed

needed()

from recsys_core import Dataset, Engine, load_dataset
from recsys_core.models.baseline import Baseline
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.svd import SVD
from recsys_core.spark.blocks import Blocks, person_blocks, some_people, total
from recsys_core.spark.factors import fit_svd
from recsys_core.spark.neighbours import fit_item_knn
from recsys_core.spark.reading import check, find_source, read_ratings, read_titles
from recsys_core.spark.statistics import counts, item_biases
from recsys_core.spark.train import train_on_spark

pytestmark = pytest.mark.spark
N_BLOCKS = (1, 4, 7)


@pytest.fixture(scope="module")
def own(movielens: Path) -> Dataset:
    return load_dataset(movielens)


@pytest.fixture(scope="module")
def baseline(own: Dataset) -> Baseline:
    return Baseline.fit(own)


@pytest.fixture(scope="module")
def item_knn(own: Dataset, baseline: Baseline) -> ItemKNN:
    return ItemKNN().fit(own, baseline)


@pytest.fixture(scope="module", params=N_BLOCKS)
def blocks(request: pytest.FixtureRequest, spark, movielens: Path, own: Dataset) -> Blocks:
    ratings = read_ratings(spark, find_source(spark, str(movielens)))
    found = person_blocks(ratings, own, request.param)
    check(ratings, own, found.faults)
    assert len(found.n_people) == request.param
    return found


def test_counts_are_identical(blocks: Blocks, own: Dataset, baseline: Baseline):
    counted = counts(blocks)
    assert (counted.mean, counted.n_people, counted.n_ratings) == (baseline.mean, own.n_users, own.n_ratings)
    np.testing.assert_array_equal(counted.raters, own.raters)
    np.testing.assert_array_equal(np.log1p(counted.liked), baseline.likes)


def test_biases_and_neighbours(blocks: Blocks, baseline: Baseline, item_knn: ItemKNN):
    counted = counts(blocks)
    of_items = item_biases(blocks, counted)
    np.testing.assert_allclose(of_items, baseline.item_bias, rtol=0, atol=1e-12)
    expected = item_knn.state()
    for n_blocks in (1, 3):
        found = fit_item_knn(blocks, counted, of_items, ItemKNN(), n_blocks).learned()
        for name, array in expected.items():  # bit for bit
            np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("blocks", [4], indirect=True)
def test_latent_factors(blocks: Blocks, own: Dataset, baseline: Baseline):
    expected = SVD().fit(own, baseline)
    found = fit_svd(blocks, counts(blocks), SVD())
    ours, theirs = found.item_factors_, expected.item_factors_  # signs are free: their products are not
    np.testing.assert_allclose(ours @ ours[:200].T, theirs @ theirs[:200].T, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found.fame_, expected.fame_)


@pytest.mark.parametrize("blocks", [7], indirect=True)
def test_the_same_people_are_drawn(blocks: Blocks, own: Dataset):
    for n in (100, 1_000):
        found, expected = some_people(blocks, own, n), own.sample_users(n)
        np.testing.assert_array_equal(found.user_ids, expected.user_ids)
        np.testing.assert_array_equal(found.timestamps, expected.timestamps)
        for part in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(getattr(found.ratings, part), getattr(expected.ratings, part))


@pytest.mark.parametrize("blocks", [4], indirect=True)
def test_a_killed_worker_changes_nothing(blocks: Blocks, own: Dataset, tmp_path: Path):
    mark = tmp_path / "killed"

    def raters(block):
        if block.first and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return (np.bincount(block.ratings.indices, minlength=block.ratings.shape[1]),)

    np.testing.assert_array_equal(total(blocks, raters)[0], own.raters)
    assert mark.exists()


def test_titles_are_those_of_the_folder(spark, movielens: Path, own: Dataset):
    assert read_titles(spark, str(movielens), None).items.equals(own.items)


def test_lists_are_equal(spark, movielens: Path, own: Dataset):
    engine = train_on_spark(str(movielens), spark, stage="lists")
    expected = next(Engine.fit_in_stages(own))
    assert (engine.dataset.key, engine.dataset.name, engine.dataset.description) == (own.key, own.name, own.description)
    assert (engine.dataset.totals, engine.stage) == (None, "lists")
    for user in range(0, own.n_users, 20):
        profile = own.profile_of(user)
        ratings = dict(zip(own.item_ids[profile.items[:15]].tolist(), profile.stars[:15].tolist(), strict=True))
        for model in expected.models:
            lists = [[line.item_id for line in each.recommend(ratings, 20, model)] for each in (engine, expected)]
            assert lists[0] == lists[1], (user, model)
