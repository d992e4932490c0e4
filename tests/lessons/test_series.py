"""Lesson 11: the same predictions look excellent or useless, depending on whom one asks and about what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.common.metrics import rmse
from recsys_core.evaluation import splits
from recsys_core.lessons import series, toys

SPLITS = {
    "random": (0.517, 0.813), "season 4": (0.424, 0.783), "shows": (0.883, 0.857), "first": (1.026, 1.036), "people": (0.873, 0.873),
}  # fmt: skip


def baselines(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """The errors of the mean, of the person's mean, of the title's, and of both together."""
    stars, asked = train["rating"].to_numpy(), test["rating"].to_numpy()
    person, title = (series.means_of(train[c].to_numpy(str), stars, test[c].to_numpy(str)) for c in ("user_id", "item_id"))
    mean = stars.mean()
    found = {"mean": mean, "person": person, "title": title, "both": person + title - mean}
    return {name: rmse(stars - asked) for name, stars in found.items()}


@pytest.fixture(scope="module")
def some_people(showcase_data: Dataset) -> pd.DataFrame:
    return splits.ratings_frame(showcase_data.sample_users(600))


@pytest.fixture(scope="module")
def movielens(shared_data: Path) -> pd.DataFrame:
    return splits.ratings_frame(load_dataset(shared_data / "ml-100k.zip", enriched=False))


@pytest.mark.parametrize(("what", "expected"), SPLITS.items())
def test_what_is_hidden_decides_what_is_measured(what: str, expected: tuple[float, float]):
    world = toys.series()
    stays, asked = (series.part(world, chosen) for chosen in toys.hide_of_series(world, what))
    errors = rmse(series.siblings(stays, asked) - asked.stars), rmse(stays.stars.mean() - asked.stars)
    assert errors == pytest.approx(expected, abs=0.0008)


def test_siblings_by_hand():
    train = toys.Series(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 0]), np.array([0, 1, 0, 0]), np.array([5.0, 4.0, 1.0, 2.0]))
    test = toys.Series(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 0]), np.array([2, 0, 0, 0]), np.full(4, np.nan))
    # seasons of the same show; the person's mean, twice; the mean of all. What is asked is never looked at: it is NaN
    assert series.siblings(train, test).tolist() == pytest.approx([4.5, 10 / 3, 2, 3])


def test_shrunk_means_by_hand():
    sums, counts = np.array([5.0, 40.0, 0.0]), np.array([1, 10, 0])
    assert series.shrunk_means(sums, counts, 3.0, 4).tolist() == pytest.approx([17 / 5, 52 / 14, 3])
    assert series.shrunk_means(sums, counts, 3.0, 0).tolist() == pytest.approx([5, 4, np.nan], nan_ok=True)


def test_means_of_groups_are_those_of_pandas(some_people: pd.DataFrame):
    split = splits.by_pairs(some_people)
    stars, people = split.train["rating"].to_numpy(), split.train["user_id"].to_numpy(str)
    known = split.train.groupby("user_id")["rating"].mean()
    asked = np.append(known.index[:5].to_numpy(str), "nobody")
    assert series.means_of(people, stars, asked) == pytest.approx([*known[:5], stars.mean()])


def test_baselines_of_the_open_data_set(some_people: pd.DataFrame):
    pairs = splits.by_pairs(some_people)
    assert baselines(pairs.train, pairs.test) == pytest.approx({"mean": 1.084, "person": 1.007, "title": 1.010, "both": 0.938}, abs=0.003)
    visitors = splits.new_visitors(some_people, n_given=5)
    assert visitors.given is not None
    assert baselines(pd.concat([visitors.train, visitors.given]), visitors.test)["both"] == pytest.approx(1.053, abs=0.003)


def test_a_new_title_has_no_mean(some_people: pd.DataFrame):
    cold = splits.cold_titles(some_people, fraction=0.2)
    errors = baselines(cold.train, cold.test)
    assert errors["title"] == errors["mean"] == pytest.approx(1.082, abs=0.003)
    assert errors["person"] == pytest.approx(errors["both"])


def test_baselines_of_movielens_by_pairs_and_by_time(movielens: pd.DataFrame):
    pairs, time = splits.by_pairs(movielens), splits.by_time(movielens)
    assert baselines(pairs.train, pairs.test) == pytest.approx({"mean": 1.125, "person": 1.043, "title": 1.028, "both": 0.971}, abs=0.0008)
    assert baselines(time.train, time.test) == pytest.approx({"mean": 1.119, "person": 1.126, "title": 1.037, "both": 1.042}, abs=0.0008)
    unknown = ~time.test["user_id"].isin(time.train["user_id"])
    assert unknown.mean() == pytest.approx(0.852, abs=0.0005)


def test_a_mean_of_residuals_is_better_still(movielens: pd.DataFrame):
    train, test, _ = splits.by_pairs(movielens)
    stars, people, titles = train["rating"].to_numpy(), train["user_id"].to_numpy(str), train["item_id"].to_numpy(str)
    residuals = stars - series.means_of(people, stars, people)
    both = series.means_of(people, stars, test["user_id"].to_numpy(str)) + series.means_of(titles, residuals, test["item_id"].to_numpy(str))
    assert rmse(both - test["rating"].to_numpy()) == pytest.approx(0.96, abs=0.02)


def test_no_split_contains_everybody(movielens: pd.DataFrame):
    train, test, _ = splits.by_pairs(movielens)
    assert len(set(test["item_id"]) - set(train["item_id"])) == 25


def test_the_best_titles_by_average_have_hardly_a_rater(movielens: pd.DataFrame):
    titles = movielens.groupby("item_id")["rating"].agg(["sum", "size"])
    sums, counts, mean = titles["sum"].to_numpy(), titles["size"].to_numpy(), movielens["rating"].mean()
    plain = series.shrunk_means(sums, counts, mean, 0)
    assert ((plain == 5).sum(), counts[plain == 5].max()) == (10, 3)
    fewest = {m: counts[np.argsort(-series.shrunk_means(sums, counts, mean, m), kind="stable")[:10]].min() for m in (0, 0.5, 1, 10)}
    assert fewest == {0: 1, 0.5: 1, 1: 2, 10: 67}


def test_five_folds_differ_little(some_people: pd.DataFrame):
    errors = [baselines(fold.train, fold.test)["both"] for fold in splits.k_folds(some_people)]
    assert np.mean(errors) == pytest.approx(0.932, abs=0.003)
    assert 0 < np.std(errors) < 0.01
