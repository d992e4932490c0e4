"""Two lists side by side: ranks and overlap on the toy, where they can be seen by eye, and what a disagreement is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.data.ranking import top_n
from recsys_core.errors import UnknownItemError, UnknownModelError
from recsys_core.visitor.compare import Order, compare_lists, disagreement, rank_of, rare_shares

RATINGS = {"crime-1": 5.0, "comedy-1": 1.0}


def test_an_order_compared_with_itself_agrees(toy_engine: Engine) -> None:
    compared = compare_lists(toy_engine.visitor(RATINGS), Order("content"), Order("content"), n=4)
    assert compared.overlap == 4
    assert [(shift.left, shift.right) for shift in compared.shifts] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_lists_are_the_engines_and_ranks_go_beyond_them(toy_engine: Engine) -> None:
    visitor = toy_engine.visitor(RATINGS)
    compared = compare_lists(visitor, Order("content"), Order("popularity"), n=3)
    for side, model in ((compared.left, "content"), (compared.right, "popularity")):
        assert list(side.item_ids) == [line.item_id for line in visitor.recommend(3, model)]
    assert compared.overlap == len(set(compared.left.item_ids) & set(compared.right.item_ids))
    for number, model in enumerate(("content", "popularity")):
        whole = [line.item_id for line in visitor.recommend(99, model)]
        for shift in compared.shifts:
            assert shift[1 + number] == whole.index(shift.item_id) + 1
    assert compared.left.mean_raters == pytest.approx(
        np.mean([toy_engine.dataset.raters[toy_engine.dataset.position(i)] for i in compared.left.item_ids])
    )


def test_a_title_that_a_model_cannot_score_has_no_rank_there(toy_engine: Engine) -> None:
    compared = compare_lists(toy_engine.visitor(RATINGS), Order("content"), Order("item-knn"), n=9)
    assert {shift.item_id: shift.right for shift in compared.shifts}["crime-new"] is None
    assert "crime-new" in compared.left.item_ids
    assert "crime-new" not in compared.right.item_ids


def test_sorted_by_stars_is_the_order_of_the_predictions(toy_engine: Engine) -> None:
    visitor = toy_engine.visitor(RATINGS)
    compared = compare_lists(visitor, Order("content"), Order("content", "stars"), n=7)
    stars = visitor.predict("content")[[toy_engine.dataset.position(i) for i in compared.right.item_ids]]
    assert (np.diff(stars) <= 1e-12).all()
    assert compared.right.mean_stars == pytest.approx(stars.mean())


def test_lists_leave_out_what_is_rated_or_hidden_and_may_be_short(toy_engine: Engine) -> None:
    compared = compare_lists(toy_engine.visitor(RATINGS), Order("content"), Order("svd"), n=50, exclude=["crime-2"])
    assert len(compared.left.item_ids) == 6
    assert not {"crime-1", "comedy-1", "crime-2"} & {shift.item_id for shift in compared.shifts}


def test_without_ratings_all_models_are_the_popularity_list(toy_engine: Engine) -> None:
    compared = compare_lists(toy_engine.visitor({}), Order("content"), Order("svd"), n=5)
    assert compared.left.item_ids == compared.right.item_ids


def test_nothing_left_to_list(toy_engine: Engine) -> None:
    visitor = toy_engine.visitor(dict.fromkeys(toy_engine.item_ids.tolist(), 3.0))
    compared = compare_lists(visitor, Order("content"), Order("svd"))
    assert compared.shifts == ()
    assert compared.overlap == 0
    assert np.isnan(compared.left.mean_stars)


def test_rank_of_breaks_ties_as_the_list_does() -> None:
    values, ids = np.array([2.0, 3.0, 2.0, np.nan, 2.0]), np.array(["d", "b", "a", "e", "c"])
    allowed = np.array([True, True, True, True, False])
    order = top_n(values, ids, 5, allowed).tolist()
    assert [rank_of(i, values, ids, allowed) for i in order] == [1, 2, 3]
    assert rank_of(3, values, ids, allowed) is None


@pytest.mark.parametrize("model", ["content", "item-knn", "svd", "ease", "hybrid", "popularity"])
def test_a_standard_score_is_its_sum_and_its_rank_the_lists(toy_engine: Engine, model: str) -> None:
    visitor = toy_engine.visitor(RATINGS)
    for rank, line in enumerate(visitor.recommend(99, model), start=1):
        view = disagreement(visitor, line.item_id, model, "content").left
        assert view.rank == rank
        assert view.start + sum(view.contributions.values()) == pytest.approx(view.standard_score, abs=1e-9)


def test_standard_scores_have_mean_0_and_deviation_1(toy_engine: Engine) -> None:
    visitor = toy_engine.visitor(RATINGS)
    scores = [disagreement(visitor, line.item_id, "content", "svd").left.standard_score for line in visitor.recommend(99, "content")]
    assert np.mean(scores) == pytest.approx(0, abs=1e-9)
    assert np.std(scores) == pytest.approx(1)


def test_facts_about_a_title(toy_engine: Engine) -> None:
    found = disagreement(toy_engine.visitor(RATINGS), "crime-new", "content", "item-knn")
    assert found.raters == 0
    assert found.raters_percentile == 0.0
    assert found.right.rank is None
    assert found.left.rank is not None
    assert found.n_candidates == 7
    assert set(found.differing) == set(RATINGS)


def test_the_rating_that_differs_most_stands_first(showcase_engine: Engine) -> None:
    visitor = showcase_engine.visitor({"the-wire-2002": 5.0, "amelie-2001": 2.0, "friends-1994": 1.0})
    found = disagreement(visitor, "ozark-2017", "content", "item-knn")
    gaps = [abs(found.left.contributions[i] - found.right.contributions[i]) for i in found.differing]
    assert gaps == sorted(gaps, reverse=True)
    assert disagreement(visitor, "ozark-2017", "popularity", "content").left.popularity_pull > 0.8


def test_unknown_names(toy_engine: Engine) -> None:
    visitor = toy_engine.visitor(RATINGS)
    with pytest.raises(UnknownItemError):
        disagreement(visitor, "nothing", "content", "svd")
    with pytest.raises(UnknownModelError):
        compare_lists(visitor, Order("nothing"), Order("svd"))


def test_rare_share_counts_the_weight_on_features_of_few_titles() -> None:
    common = np.ones((8, 1))
    own = np.zeros((8, 1))
    own[0] = 1.0
    shares = rare_shares(sparse.csr_array(np.hstack([common, own]) * np.r_[3.0, 4.0]))
    assert shares[0] == pytest.approx(16 / 25)
    assert (shares[1:] == 0).all()
    assert (rare_shares(sparse.csr_array((3, 2))) == 0).all()


def test_one_title_is_enough() -> None:
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"], "kind": ["movie", "movie"], "genres": ["Crime", "Crime"]})
    ratings = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["a", "b"], "rating": [5.0, 4.0]})
    engine = Engine.fit(Dataset.from_frames(items, ratings))
    found = disagreement(engine.visitor({"a": 5.0}), "b", "content", "popularity")
    assert found.left.rank == found.right.rank == 1
    assert np.isfinite(found.left.standard_score)
