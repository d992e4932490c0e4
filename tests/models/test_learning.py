"""Learning the ranking weights of a data set: lists in which one part knows what is relevant, and users held out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.common.metrics import rarity_gain
from recsys_core.models import Hybrid
from recsys_core.models.hybrid import learning
from recsys_core.models.hybrid.learning import Heads, Quality, ascend, heads, hold_out, joined, quality, visits


def known_by_the_first(n: int = 50, titles: int = 40, seed: int = 0) -> Heads:
    """Lists in which the first part knows what is relevant, and the second nothing."""
    rng = np.random.default_rng(seed)
    good, noise = rng.normal(size=(n, titles)), 3.0 * rng.normal(size=(n, titles))
    hits = (good > 1.0).astype(float)
    hits[:, 0] = 1.0  # nobody without a relevant title
    ideal = np.array([(1.0 / np.log2(np.arange(2, 2 + min(10, int(row.sum()))))).sum() for row in hits])
    return Heads(np.stack([good, noise], axis=1), hits, 0.1 * hits, np.ones((n, titles), bool), ideal, 0.1 * ideal)


def test_ascent_finds_the_part_that_knows():
    asked, equal = known_by_the_first(), np.array([0.5, 0.5])
    weights = ascend([asked], equal, np.zeros(2))
    assert weights[0] > 0.8
    assert np.abs(weights).sum() == pytest.approx(1.0)
    assert quality(weights, asked).over(quality(equal, asked)) > 1.1


def test_ascent_keeps_to_the_least_weight():
    asked, equal = [known_by_the_first()], np.array([0.5, 0.5])
    free, bound = (ascend(asked, equal, np.array([0.0, least])) for least in (0.0, 0.5))
    assert bound[1] / bound[0] > free[1] / free[0]


def test_equal_gains_make_both_measures_equal():
    found = quality(np.array([1.0, 0.0]), known_by_the_first())
    assert found.ndcg == pytest.approx(found.stratified)


def test_a_visitor_can_have_weights_of_their_own():
    asked = known_by_the_first(n=2)
    own = quality(np.array([[1.0, 0.0], [0.0, 1.0]]), asked)
    apart = [quality(weights, asked._replace(**{name: value[[row]] for name, value in asked._asdict().items()}))
             for row, weights in enumerate(np.eye(2))]  # fmt: skip
    assert own.ndcg == pytest.approx(np.mean([one.ndcg for one in apart]))


def test_both_measures_count_whatever_their_size():
    assert Quality(0.65, 0.1).over(Quality(0.5, 0.1)) == pytest.approx(1.2)
    assert Quality(0.5, 0.13).over(Quality(0.5, 0.1)) == pytest.approx(1.1)


def test_joined_heads_are_padded():
    short, long = known_by_the_first(titles=20), known_by_the_first(titles=40)
    both = joined([short, long])
    assert both.features.shape == (100, 2, 40)
    weights = np.array([0.7, 0.3])
    assert quality(weights, both).ndcg == pytest.approx((quality(weights, short).ndcg + quality(weights, long).ndcg) / 2)


def crowd(n_users: int, n_items: int = 60, per_user: int = 20) -> Dataset:
    """Two camps, each of which likes its own half of the titles."""
    rng = np.random.default_rng(0)
    items = pd.DataFrame({"item_id": [f"i{i:02}" for i in range(n_items)], "title": [f"Title {i}" for i in range(n_items)]})
    items["genres"] = ["Crime" if i < n_items // 2 else "Comedy" for i in range(n_items)]
    rows = []
    for user in range(n_users):
        half = user % 2
        watched = rng.choice(n_items, per_user, replace=False)
        rows += [(f"u{user:03}", f"i{item:02}", 5.0 if (item >= n_items // 2) == half else 2.0) for item in watched]
    return Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"]))


def test_held_out_users_are_not_fitted_to_and_do_not_depend_on_the_order_of_rows():
    dataset = crowd(300)
    train, held = hold_out(dataset)
    assert len(held) == 60
    assert train.n_users == 240
    assert not set(dataset.user_ids[held]) & set(train.user_ids)
    mixed = dataset.of_users(np.arange(300))
    assert set(mixed.user_ids[hold_out(mixed)[1]]) == set(dataset.user_ids[held])


def test_visits_give_some_ratings_and_ask_for_the_liked_ones_among_the_rest():
    dataset = crowd(20)
    for visit in visits(dataset, np.arange(20), n_given=5):
        assert len(visit.profile) == 5
        assert not set(visit.relevant) & set(visit.profile.items)
    assert visits(dataset, np.arange(20), n_given=18) == []  # too few are left to be found


def test_heads_leave_out_what_was_given_and_know_the_gain_of_each_title():
    dataset = crowd(20)
    asked = visits(dataset, np.arange(3), n_given=5)
    found = heads(lambda profile: np.tile(np.arange(60.0), (2, 1)), asked, dataset.raters)
    assert found.present.sum(axis=1).tolist() == [55] * len(asked)
    assert set(np.unique(found.gains)) <= {0.0, *rarity_gain(dataset.raters)}


def test_a_data_set_learns_its_own_weights(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(learning, "FEWEST_PEOPLE", 100)
    dataset = crowd(120)
    hybrid, shipped = Hybrid().fit(dataset), Hybrid(learns=False).fit(dataset)
    assert hybrid.mixed_.shape == shipped.mixed_.shape
    assert not np.allclose(hybrid.mixed_, shipped.mixed_)
    assert not hybrid.mixed_.flags.writeable
    assert (hybrid.mixed_[[name != "popularity" for name in hybrid.weights.score]] >= 0.0).all()


def test_too_few_people_keep_the_shipped_weights():
    hybrid = Hybrid().fit(crowd(30))
    np.testing.assert_array_equal(hybrid.mixed_, list(hybrid.weights.score.values()))
