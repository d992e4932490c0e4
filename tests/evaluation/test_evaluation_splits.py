"""Splits: nothing that is asked is learned from or shown, and only the seed and the ratings decide."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.errors import DataError, DatasetError
from recsys_core.evaluation.splits import Split, by_pairs, by_time, cold_titles, k_folds, new_visitors, published_folds, ratings_frame

PAIR = ["user_id", "item_id"]


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    """30 users with 3 to 20 of 40 titles each, at random moments."""
    rng = np.random.default_rng(5)
    drawn = {f"u{u:02}": rng.choice(40, rng.integers(3, 21), replace=False) for u in range(30)}
    rows = [
        (user, f"t{title:02}", rng.integers(1, 11) / 2, float(rng.integers(0, 500))) for user, titles in drawn.items() for title in titles
    ]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])


def pairs(*frames: pd.DataFrame | None) -> list[tuple[str, str]]:
    return [pair for frame in frames if frame is not None for pair in frame[PAIR].itertuples(index=False, name=None)]


def contents(split: Split) -> list[list[tuple[str, str]] | None]:
    return [None if frame is None else pairs(frame) for frame in split]


MAKERS: dict[str, Callable[[pd.DataFrame, int], Split]] = {
    "pairs": lambda ratings, seed: by_pairs(ratings, seed=seed),
    "folds": lambda ratings, seed: list(k_folds(ratings, k=4, seed=seed))[2],
    "visitors": lambda ratings, seed: new_visitors(ratings, n_given=4, seed=seed),
    "titles": lambda ratings, seed: cold_titles(ratings, seed=seed),
    "time": lambda ratings, seed: by_time(ratings),
}  # fmt: skip


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame, int], Split]:
    return MAKERS[request.param]


def test_no_pair_is_in_two_parts(ratings: pd.DataFrame, make: Callable[[pd.DataFrame, int], Split]):
    split = make(ratings, 0)
    found = pairs(*split)
    assert len(found) == len(set(found))
    assert set(found) <= set(pairs(ratings))
    assert len(split.train)
    assert len(split.test)


def test_stars_and_times_stay_with_their_pair(ratings: pd.DataFrame, make: Callable[[pd.DataFrame, int], Split]):
    together = pd.concat([frame for frame in make(ratings, 0) if frame is not None])
    merged = together.merge(ratings, on=PAIR)
    assert len(merged) == len(together)
    assert (merged["rating_x"] == merged["rating_y"]).all()
    assert (merged["timestamp_x"] == merged["timestamp_y"]).all()


def test_the_order_of_the_rows_does_not_matter(ratings: pd.DataFrame, make: Callable[[pd.DataFrame, int], Split]):
    shuffled = ratings.sample(frac=1.0, random_state=3)
    assert contents(make(ratings, 1)) == contents(make(shuffled, 1))


def test_ids_may_be_numbers(ratings: pd.DataFrame):
    numbers = ratings.assign(user_id=ratings["user_id"].str[1:].astype(int))
    split = new_visitors(numbers, n_given=3, users=["7", "11"])
    assert set(split.test["user_id"]) <= {"7", "11"}
    assert not set(split.train["user_id"]) & {"7", "11"}


@pytest.mark.parametrize("name", ["pairs", "folds", "visitors", "titles"])
def test_the_seed_decides(ratings: pd.DataFrame, name: str):
    assert contents(MAKERS[name](ratings, 0)) == contents(MAKERS[name](ratings, 0))
    assert contents(MAKERS[name](ratings, 0)) != contents(MAKERS[name](ratings, 1))


def test_the_input_is_not_changed(ratings: pd.DataFrame, make: Callable[[pd.DataFrame, int], Split]):
    before = ratings.copy()
    make(ratings, 0)
    pd.testing.assert_frame_equal(ratings, before)


# --- each split ----------------------------------------------------------------------------------------------------


def test_pairs_hold_out_the_share(ratings: pd.DataFrame):
    split = by_pairs(ratings, test_fraction=0.3)
    assert len(split.test) == round(0.3 * len(ratings))
    assert len(split.train) + len(split.test) == len(ratings)
    assert split.given is None


def test_folds_ask_each_rating_once(ratings: pd.DataFrame):
    folds = list(k_folds(ratings, k=4))
    assert sorted(pairs(*(fold.test for fold in folds))) == sorted(pairs(ratings))
    assert all(sorted(pairs(fold.train, fold.test)) == sorted(pairs(ratings)) for fold in folds)
    assert max(len(fold.test) for fold in folds) - min(len(fold.test) for fold in folds) <= 1


def test_new_visitors_are_unknown_to_the_models(ratings: pd.DataFrame):
    split = new_visitors(ratings, n_given=5, test_fraction=0.3)
    assert split.given is not None
    assert not set(split.train["user_id"]) & (set(split.test["user_id"]) | set(split.given["user_id"]))
    assert split.train["user_id"].nunique() == 21
    assert set(split.given.groupby("user_id").size()) == {5}
    assert set(split.given["user_id"]) == set(split.test["user_id"])


def test_fewer_given_are_among_more_given(ratings: pd.DataFrame):
    few, many = new_visitors(ratings, n_given=3, test_fraction=0.5), new_visitors(ratings, n_given=8, test_fraction=0.5)
    assert pairs(few.train) == pairs(many.train)
    assert few.given is not None
    assert many.given is not None
    stayed = few.given[few.given["user_id"].isin(many.given["user_id"])]
    assert len(stayed)
    assert set(pairs(stayed)) < set(pairs(many.given))


def test_who_has_no_rating_left_over_is_left_out(ratings: pd.DataFrame):
    sizes = ratings.groupby("user_id").size()
    n_given = int(sizes.median())
    assert (sizes == n_given).any()  # the borderline: as many ratings as are given
    split = new_visitors(ratings, n_given=n_given, users=sizes.index.tolist())
    assert set(split.test["user_id"]) == set(sizes.index[sizes > n_given])
    assert split.given is not None
    assert set(split.given["user_id"]) == set(split.test["user_id"])
    assert split.train.empty


def test_validation_users_can_be_carved_out_of_train(ratings: pd.DataFrame):
    outer = new_visitors(ratings, n_given=2, seed=1)
    chosen = sorted(set(outer.train["user_id"]))[:4]
    inner = new_visitors(outer.train, n_given=2, users=chosen)
    assert set(inner.test["user_id"]) <= set(chosen)
    assert set(inner.train["user_id"]) == set(outer.train["user_id"]) - set(chosen)


def test_which_of_a_users_ratings_are_given_does_not_depend_on_how_users_were_chosen(ratings: pd.DataFrame):
    drawn = new_visitors(ratings, n_given=4, seed=9)
    assert drawn.given is not None
    named = new_visitors(ratings, n_given=4, seed=9, users=drawn.given["user_id"].unique().tolist())
    assert pairs(named.given) == pairs(drawn.given)


def test_cold_titles_are_unknown_to_the_models(ratings: pd.DataFrame):
    split = cold_titles(ratings, fraction=0.25)
    assert split.test["item_id"].nunique() == 10
    assert not set(split.train["item_id"]) & set(split.test["item_id"])
    assert len(split.train) + len(split.test) == len(ratings)


def test_nothing_is_learned_from_the_future(ratings: pd.DataFrame):
    split = by_time(ratings, test_fraction=0.25)
    assert split.train["timestamp"].max() < split.test["timestamp"].min()
    assert round(0.25 * len(ratings)) <= len(split.test) < 0.30 * len(ratings)  # ratings of one moment stay together
    assert len(split.train) + len(split.test) == len(ratings)


def test_time_by_hand():
    rows = pd.DataFrame({"user_id": "u", "item_id": list("abcde"), "rating": 3.0, "timestamp": [3.0, 1.0, 4.0, 3.0, 2.0]})
    # the latest is c, at 4; before it come a and d, both at 3, which stay together
    assert by_time(rows, test_fraction=0.2).test["item_id"].tolist() == ["c"]
    assert by_time(rows, test_fraction=0.4).test["item_id"].tolist() == ["a", "c", "d"]


# --- what cannot be split ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 20, float("nan")])
def test_an_impossible_share_is_refused(ratings: pd.DataFrame, fraction: float):
    with pytest.raises(DataError, match="must lie between 0 and 1"):
        by_pairs(ratings, test_fraction=fraction)
    with pytest.raises(DataError, match="must lie between 0 and 1"):
        cold_titles(ratings, fraction=fraction)
    with pytest.raises(DataError, match="must lie between 0 and 1"):
        new_visitors(ratings, n_given=1, test_fraction=fraction)


def test_a_tiny_share_holds_out_one_and_a_large_one_leaves_one(ratings: pd.DataFrame):
    assert len(by_pairs(ratings, test_fraction=1e-9).test) == 1
    assert len(by_pairs(ratings, test_fraction=1 - 1e-9).train) == 1


def test_too_little_to_split(ratings: pd.DataFrame):
    with pytest.raises(DataError, match="1 ratings: too few"):
        by_pairs(ratings.head(1))
    with pytest.raises(DataError, match="1 users: too few"):
        new_visitors(ratings[ratings["user_id"] == "u01"], n_given=1)
    for k in (1, 0, len(ratings) + 1):
        with pytest.raises(DataError, match="cannot be split into"):
            k_folds(ratings, k=k)


def test_bad_visitors_are_refused(ratings: pd.DataFrame):
    with pytest.raises(DataError, match="n_given is 0"):
        new_visitors(ratings, n_given=0)
    with pytest.raises(DataError, match="1 users to hold out have no ratings, such as 'nobody'"):
        new_visitors(ratings, n_given=2, users=["u01", "nobody"])


def test_a_split_by_time_needs_times(ratings: pd.DataFrame):
    with pytest.raises(DataError, match="needs a timestamp for every rating"):
        by_time(ratings.drop(columns="timestamp"))
    with pytest.raises(DataError, match="needs a timestamp for every rating"):
        by_time(ratings.assign(timestamp=ratings["timestamp"].where(ratings.index != 3)))
    with pytest.raises(DataError, match="same timestamp"):
        by_time(ratings.assign(timestamp=7.0))


def test_a_missing_column_is_named(ratings: pd.DataFrame):
    with pytest.raises(DataError, match="column rating is missing"):
        by_pairs(ratings.drop(columns="rating"))


# --- from and to data sets -----------------------------------------------------------------------------------------


def test_a_data_set_becomes_the_table_it_came_from(toy_frames: tuple[pd.DataFrame, pd.DataFrame]):
    items, rows = toy_frames
    rows["timestamp"] = np.arange(len(rows), dtype=float)
    back = ratings_frame(Dataset.from_frames(items, rows))
    expected = rows.sort_values("timestamp")[["user_id", "item_id", "rating", "timestamp"]].to_numpy().tolist()
    assert sorted(back.to_numpy().tolist()) == sorted(expected)


def test_without_times_there_is_no_such_column(toy: Dataset):
    assert list(ratings_frame(toy)) == ["user_id", "item_id", "rating"]


def fold_files(n: int = 5) -> dict[str, str]:
    lines = [f"{user}\t{title}\t{title % 5 + 1}\t{user * 10}" for user in (1, 2) for title in range(1, 6)]
    return {
        f"u{number}.{part}": "\n".join(line for at, line in enumerate(lines) if (at % 5 == number - 1) == (part == "test")) + "\n"
        for number in range(1, n + 1)
        for part in ("base", "test")
    }


def write_zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"ml-100k/{name}", text)
    return path


def test_published_folds_are_read_from_a_zip(tmp_path: Path):
    folds = list(published_folds(write_zip(tmp_path / "ml.zip", fold_files())))
    assert len(folds) == 5
    assert folds[0].test.to_dict("records")[0] == {"user_id": "1", "item_id": "1", "rating": 2.0, "timestamp": 10.0}
    assert all(len(fold.train) == 8 and len(fold.test) == 2 and fold.given is None for fold in folds)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"u3.test": None}, r"ml\.zip holds no published folds \(u3\.test is missing\)"),
        ({"u1.base": "1,2,3,4\n"}, r"ml\.zip: u1\.base is not a table of 4 columns"),
        ({"u1.base": ""}, r"ml\.zip: u1\.base is not a table of 4 columns"),
        ({"u1.test": "1\t2\tgood\t4\n"}, r"ml\.zip: u1\.test has a rating or time that is not a number"),
    ],
)
def test_damaged_published_folds(tmp_path: Path, change: dict[str, str | None], sentence: str):
    files = {name: text for name, text in (fold_files() | change).items() if text is not None}
    with pytest.raises(DatasetError, match=sentence):
        list(published_folds(write_zip(tmp_path / "ml.zip", files)))


def test_the_real_published_folds(shared_data: Path):
    folds = list(published_folds(shared_data / "ml-100k.zip"))
    whole = set(pairs(ratings_frame(load_dataset(shared_data / "ml-100k.zip"))))
    assert [(len(fold.train), len(fold.test)) for fold in folds] == [(80_000, 20_000)] * 5
    assert set(pairs(*(fold.test for fold in folds))) == whole
    assert not set(pairs(folds[0].train)) & set(pairs(folds[0].test))
