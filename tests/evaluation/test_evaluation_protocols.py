"""Protocols and summaries: a cheat is perfect, chance is at its expectation, and nothing leaks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.errors import DataError, UnknownModelError
from recsys_core.evaluation import Split, evaluate_lists, evaluate_stars, summarise_lists, summarise_stars
from recsys_core.evaluation.protocols import cases
from recsys_core.evaluation.splits import by_pairs, new_visitors

N_TITLES = 60


class Fixed:
    """Answers every visitor with a function of the profile."""

    def __init__(self, answer: Callable[[Profile], np.ndarray]) -> None:
        self.answer = answer

    def score(self, profile: Profile) -> np.ndarray:
        return self.answer(profile)

    predict = score


def constant(values: list[float] | np.ndarray) -> Fixed:
    return Fixed(lambda profile: np.asarray(values, dtype=float))


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [(f"u{u:03}", f"t{t:02}", rng.integers(1, 6)) for u in range(300) for t in rng.choice(N_TITLES, 24, replace=False)]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])


@pytest.fixture(scope="module")
def split(ratings: pd.DataFrame) -> Split:
    return new_visitors(ratings, n_given=6, test_fraction=0.8)


@pytest.fixture(scope="module")
def dataset(split: Split) -> Dataset:
    items = pd.DataFrame({"item_id": [f"t{t:02}" for t in reversed(range(N_TITLES))]})
    return Dataset.from_frames(items.assign(title=items["item_id"]), split.train)


def cheat(dataset: Dataset, split: Split) -> Fixed:
    """Knows each visitor by what was shown, and has seen the test ratings."""
    answers = {}
    for case in cases(dataset, split):
        stars = np.full(dataset.n_items, 2.5)
        stars[case.items] = case.stars
        answers[case.profile.items.tobytes()] = stars
    return Fixed(lambda profile: answers[profile.items.tobytes()])


def test_a_cheat_is_perfect(dataset: Dataset, split: Split):
    models = {"cheat": cheat(dataset, split)}
    users = evaluate_lists(models, dataset, split).users
    assert len(users) > 200
    for metric in ("ndcg@10", "map@10", "hit@10", "mrr", "scored"):
        assert users[metric].to_numpy() == pytest.approx(1.0), metric
    assert (users["precision@10"] == np.minimum(users["n_relevant"], 10) / 10).all()
    pairs = evaluate_stars(models, dataset, split)
    assert (pairs["predicted"] == pairs["rating"]).all()


def test_chance_is_at_its_expectation(dataset: Dataset, split: Split):
    rng = np.random.default_rng(1)
    users = evaluate_lists({"chance": Fixed(lambda profile: rng.random(N_TITLES))}, dataset, split).users
    # Each place holds a relevant title with probability R / C, C = 60 titles - 6 given.
    share = users["n_relevant"].to_numpy() / (N_TITLES - 6)
    discounts = 1 / np.log2(np.arange(2, 12))
    ideal = np.cumsum(discounts)[np.minimum(users["n_relevant"], 10) - 1]
    chance = {"precision@10": share, "ndcg@10": share * discounts.sum() / ideal, "recall@20": np.full(len(users), 20 / 54)}
    for metric, expected in chance.items():
        values = users[metric].to_numpy()
        error = (values - expected).std() / np.sqrt(len(values))
        assert abs((values - expected).mean()) < 3.5 * error, metric
        assert 0 < expected.mean() < 0.5


def test_relevant_is_four_stars_or_more(dataset: Dataset, split: Split):
    users = evaluate_lists({"any": constant(np.zeros(N_TITLES))}, dataset, split).users.set_index("user_id")
    liked = split.test[split.test["rating"] >= 4].groupby("user_id").size()
    assert users["n_relevant"].to_dict() == liked.to_dict()  # also: users without any are left out
    assert (users["n_given"] == 6).all()


def test_what_was_given_is_never_listed(dataset: Dataset, split: Split):
    def own_titles_first(profile: Profile) -> np.ndarray:
        scores = np.zeros(N_TITLES)
        scores[profile.items] = 9.0
        return scores

    first, plain = (evaluate_lists({"m": model}, dataset, split).users for model in (Fixed(own_titles_first), constant(np.zeros(N_TITLES))))
    pd.testing.assert_frame_equal(first, plain)


def tiny(train: dict[str, dict[str, float]], test: dict[str, dict[str, float]]) -> tuple[Dataset, Split]:
    """Five titles a to e, in reverse, and known users."""

    def frame(stars: dict[str, dict[str, float]]) -> pd.DataFrame:
        return pd.DataFrame([(u, t, s) for u, rated in stars.items() for t, s in rated.items()], columns=["user_id", "item_id", "rating"])

    items = pd.DataFrame({"item_id": list("edcba"), "title": list("edcba")})
    return Dataset.from_frames(items, frame(train)), Split(frame(train), frame(test))


def test_one_visitor_by_hand():
    dataset, split = tiny({"u": {"e": 5}, "v": {"e": 3, "d": 3}}, {"u": {"a": 4, "b": 2, "c": 5}})
    features = sparse.csr_array(np.array([[0, 1.0], [1, 0], [0, 1], [1, 0], [1, 0]]))  # e and c alike; d, b and a alike
    users, overall = evaluate_lists({"m": constant([9, 4, 1, 3, 3])}, dataset, split, k=2, features=features)
    row = users.iloc[0]
    # candidates d 4, a 3, b 3, c 1 (a before b by id); relevant a and c: hits at the ranks 2 and 4
    assert row["precision@2"] == 1 / 2
    assert row["recall@4"] == 1.0
    assert row["map@2"] == pytest.approx((1 / 2) / 2)
    assert row["mrr"] == 1 / 2
    assert row["ndcg@2"] == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
    assert row["novelty@2"] == pytest.approx(1.0)  # d has one rater of two; a none, which counts as one
    assert row["diversity@2"] == pytest.approx(0.0)
    assert row["list_popularity"] == pytest.approx((1 / 2 + 0) / 2)
    assert row["profile_popularity"] == 1.0
    assert overall.to_dict("records") == [{"model": "m", "coverage@2": 2 / 5, "gini@2": pytest.approx(3 / 5)}]


def test_what_cannot_be_scored_is_never_listed():
    dataset, split = tiny({"u": {"e": 5}}, {"u": {"a": 5, "b": 5}})
    users, _ = evaluate_lists({"m": constant([9, 1, np.nan, 2, np.nan])}, dataset, split, k=3)
    # list b, d: a relevant title that cannot be scored is a miss, and said so
    assert users[["recall@6", "precision@3", "scored", "mrr"]].iloc[0].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 2, 1.0])


def test_a_model_that_can_score_nothing():
    dataset, split = tiny({"u": {"e": 5}}, {"u": {"a": 5}})
    users, overall = evaluate_lists({"m": constant([np.nan] * 5)}, dataset, split, features=sparse.csr_array(np.eye(5)))
    assert users[["ndcg@10", "mrr", "scored"]].iloc[0].tolist() == [0.0, 0.0, 0.0]
    assert users[["novelty@10", "diversity@10", "list_popularity"]].isna().all(axis=None)
    assert overall["coverage@10"].tolist() == [0.0]
    table = summarise_lists(users, [overall]).set_index("metric")
    assert table.loc["ndcg@10", "value"] == 0.0
    assert np.isnan(table.loc["popularity lift", "value"])


def test_only_some_titles_may_be_ranked():
    dataset, split = tiny({"u": {"e": 5}}, {"u": {"a": 5}})
    users, overall = evaluate_lists({"m": constant([5, 4, 3, 2, 1])}, dataset, split, among=["a", "b"])
    assert users["mrr"].tolist() == [1 / 2]  # b, a; not c and d before them
    assert overall["coverage@10"].tolist() == [1.0]


def test_users_without_relevant_titles_or_ratings_are_not_asked_for_lists():
    dataset, split = tiny({"u": {"e": 5}, "w": {"e": 4}}, {"u": {"a": 5}, "w": {"a": 3.5}, "new": {"a": 5}})
    models = {"m": constant([3.0] * 5)}
    assert evaluate_lists(models, dataset, split).users["user_id"].tolist() == ["u"]
    assert evaluate_stars(models, dataset, split)["user_id"].tolist() == ["new", "u", "w"]  # stars: everybody


def test_nobody_to_ask():
    dataset, split = tiny({"u": {"e": 5}}, {"u": {"a": 1}})
    users, _ = evaluate_lists({"m": constant([1.0] * 5)}, dataset, split)
    assert users.empty
    assert summarise_lists(users).empty
    nobody = split._replace(test=split.test.head(0))
    assert summarise_stars(evaluate_stars({"m": constant([1.0] * 5)}, dataset, nobody)).empty


def test_a_leak_is_refused():
    dataset, split = tiny({"u": {"e": 5, "a": 5}}, {"u": {"a": 5}})
    for evaluate in (evaluate_lists, evaluate_stars):
        with pytest.raises(DataError, match="split leaks: a test rating of the user 'u'"):
            evaluate({"m": constant([1.0] * 5)}, dataset, split)


def test_a_title_of_another_data_set_is_refused():
    dataset, split = tiny({"u": {"e": 5}}, {"u": {"z": 5}})
    with pytest.raises(DataError, match="title 'z' is in the split but not in the data set"):
        evaluate_stars({"m": constant([1.0] * 5)}, dataset, split)


def test_known_visitors_are_shown_their_train_ratings(ratings: pd.DataFrame, dataset: Dataset):
    split = by_pairs(ratings)
    for case in list(cases(dataset, split))[:20]:
        mine = split.train[split.train["user_id"] == case.user_id]
        shown = dict(zip(dataset.item_ids[case.profile.items], case.profile.stars, strict=True))
        assert shown == dict(zip(mine["item_id"], mine["rating"], strict=True))


def test_progress_runs_from_nothing_to_all(dataset: Dataset, split: Split):
    for evaluate in (evaluate_lists, evaluate_stars):
        told: list[float] = []
        evaluate({"m": constant(np.zeros(N_TITLES))}, dataset, split, progress=lambda done, what, told=told: told.append(done))
        assert told[0] == 0.0
        assert told[-1] == 1.0
        assert told == sorted(told)


# --- summaries -----------------------------------------------------------------------------------------------------


def test_means_and_pairs_by_hand():
    users = pd.DataFrame(
        [("a", "u", 0.2, 0.5, 0.1), ("a", "v", 0.6, 0.3, 0.1), ("b", "u", 0.1, 0.2, 0.1), ("b", "v", 0.4, 0.2, 0.1)],
        columns=["model", "user_id", "ndcg@10", "list_popularity", "profile_popularity"],
    )
    overall = pd.DataFrame({"model": ["a", "b"], "coverage@10": [0.5, 0.25]})
    table = summarise_lists(users, [overall, overall], versus="b").set_index(["model", "metric"])
    a = table.loc[("a", "ndcg@10")]
    assert a["value"] == pytest.approx(0.4)
    assert (a["versus"], a["n_users"]) == ("b", 2)
    assert a["difference"] == pytest.approx(0.15)
    assert a["ratio"] == pytest.approx(0.8 / 0.5)
    assert a["low"] <= 0.4 <= a["high"]
    assert table.loc[("a", "popularity lift"), "value"] == pytest.approx(4.0)
    assert table.loc[("b", "coverage@10"), "value"] == 0.25
    assert table.loc[("b", "ndcg@10"), "versus"] == ""
    assert np.isnan(table.loc[("b", "ndcg@10"), "difference"])


def test_a_user_of_two_runs_is_drawn_as_one():
    users = pd.DataFrame(
        {"model": "a", "user_id": ["u", "u", "v", "v"], "run": [0, 1, 0, 1], "mrr": [0.0, 0.0, 1.0, 1.0], "list_popularity": 1.0}
    ).assign(profile_popularity=1.0)
    row = summarise_lists(users).set_index("metric").loc["mrr"]
    assert row["n_users"] == 2
    assert (row["low"], row["value"], row["high"]) == (0.0, 0.5, 1.0)  # both draws may be the same user


STARS = pd.DataFrame(
    [
        ("a", "u", "x", 3.0, 4.0), ("a", "u", "y", 5.0, 5.0), ("a", "v", "x", 2.0, np.nan),
        ("b", "u", "x", 3.0, 3.0), ("b", "u", "y", 5.0, np.nan), ("b", "v", "x", 2.0, 4.0),
    ],
    columns=["model", "user_id", "item_id", "rating", "predicted"],
)  # fmt: skip


def test_each_model_is_judged_on_what_it_predicts():
    table = summarise_stars(STARS).set_index(["model", "metric"])["value"]
    assert table["a", "rmse"] == pytest.approx(np.sqrt(1 / 2))
    assert table["a", "mae"] == pytest.approx(1 / 2)
    assert table["a", "coverage"] == pytest.approx(2 / 3)
    assert table["b", "rmse"] == pytest.approx(np.sqrt(4 / 2))


def test_two_models_are_compared_on_what_both_predict():
    table = summarise_stars(STARS, versus="b").set_index(["model", "metric"])
    assert table.loc[("a", "rmse"), "difference"] == pytest.approx(1.0)  # only (u, x): an error of 1 against none
    assert table.loc[("a", "mae"), "difference"] == pytest.approx(1.0)
    assert table.loc[("b", "rmse"), "versus"] == ""


def test_two_rmse_are_compared_as_roots_of_means():
    pairs = pd.DataFrame(
        [("a", "x", 3.0, 3.0), ("a", "y", 3.0, 5.0), ("b", "x", 3.0, 2.0), ("b", "y", 3.0, 4.0)],
        columns=["model", "item_id", "rating", "predicted"],
    ).assign(user_id="u")
    row = summarise_stars(pairs, versus="b").set_index(["model", "metric"]).loc[("a", "rmse")]
    assert row["difference"] == pytest.approx(np.sqrt(2) - 1)  # errors 0 and 2 against 1 and 1
    assert row["ratio"] == pytest.approx(np.sqrt(2))


def test_comparing_with_an_unknown_model():
    with pytest.raises(UnknownModelError, match=r"No model 'c' to compare with\. There are: a, b"):
        summarise_stars(STARS, versus="c")
