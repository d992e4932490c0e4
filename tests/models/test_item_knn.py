"""Shrunk cosines and neighbours, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import ItemKNN
from recsys_core.models.linear.cosines import Kind, nearest, similarities
from recsys_core.models.linear.cosines import shrunk_cosines as all_kinds

# Four people, three titles. Columns have the lengths 5, 5 and 2.
VALUES = sparse.csr_array(np.array([[3.0, 4.0, 0.0], [4.0, 3.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 2.0]]))


def shrunk_cosines(values: sparse.csr_array, shrinkage: float, n_neighbors: int, *, above_average: bool = False) -> sparse.csr_array:
    return all_kinds(Kind(values, shrinkage, above_average), n_neighbors=n_neighbors)[0]


def test_two_kinds_in_one_pass_are_what_each_is_alone(toy: Dataset):
    stars = toy.ratings
    centred = stars.copy()
    centred.data = centred.data - 3.0
    together = all_kinds(Kind(stars, 5.0, above_average=True), Kind(centred, 2.0), n_neighbors=3)
    np.testing.assert_array_equal(together[0].toarray(), shrunk_cosines(stars, 5.0, 3, above_average=True).toarray())
    np.testing.assert_array_equal(together[1].toarray(), shrunk_cosines(centred, 2.0, 3).toarray())


def test_shrunk_cosine_by_hand():
    # titles 0 and 1: cosine 24 / 25, both rated by two people, so times 2 / (2 + 6)
    expected = np.array([[0.0, 0.24, 0.0], [0.24, 0.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(shrunk_cosines(VALUES, shrinkage=6.0, n_neighbors=3).toarray(), expected, atol=1e-7)


def test_above_average_by_hand():
    # cosines [[1, .96, 0], [.96, 1, 0], [0, 0, 1]]; columns have the means 1.96 / 3, 1.96 / 3 and 1 / 3
    alike = (0.96 - 1.96 / 3) * 2 / 8
    expected = np.array([[0.0, alike, 0.0], [alike, 0.0, 0.0], [0.0, 0.0, 0.0]])  # 0 where nobody rated both
    found = shrunk_cosines(VALUES, shrinkage=6.0, n_neighbors=3, above_average=True)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-7)


def test_what_is_taken_off_is_the_mean_of_the_rated_title():
    # title 0 is like both others, title 2 only like 0: cosines to 0 lose more than cosines to 2
    values = sparse.csr_array(np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    found = shrunk_cosines(values, shrinkage=0.0001, n_neighbors=3, above_average=True).toarray()
    plain = shrunk_cosines(values, shrinkage=0.0001, n_neighbors=3).toarray()
    means = (plain.sum(axis=0) + 1.0) / 3
    np.testing.assert_allclose(found, (plain - means) * (1 - np.eye(3)), atol=1e-3)
    assert plain[0, 2] == pytest.approx(plain[2, 0])
    assert found[0, 2] > found[2, 0]  # row: the title that is scored; column: the one that was rated


def test_without_shrinkage_it_is_the_cosine():
    assert shrunk_cosines(VALUES, shrinkage=0.0001, n_neighbors=3)[0, 1] == pytest.approx(0.96, abs=1e-4)


def test_negative_likeness_is_kept():
    opposed = sparse.csr_array(np.array([[1.0, -1.0], [2.0, -2.0]]))
    assert shrunk_cosines(opposed, shrinkage=2.0, n_neighbors=2)[0, 1] == pytest.approx(-0.5)


def test_a_rating_that_is_zero_after_centring_still_counts_as_rated():
    # cosine 1 / √2 over all raters; two people rated both, though one entry is 0
    values = sparse.csr_array((np.array([1.0, 1.0, 0.0, 1.0]), (np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))), shape=(2, 2))
    assert shrunk_cosines(values, shrinkage=2.0, n_neighbors=2)[0, 1] == pytest.approx(np.sqrt(0.5) / 2)


def test_many_titles_are_done_in_blocks(monkeypatch: pytest.MonkeyPatch, toy: Dataset):
    whole = shrunk_cosines(toy.ratings, 5.0, 4).toarray()
    monkeypatch.setattr("recsys_core.models.linear.cosines.ROWS", 4)
    monkeypatch.setattr("recsys_core.models.linear.cosines.COLUMNS", 2)
    np.testing.assert_array_equal(shrunk_cosines(toy.ratings, 5.0, 4).toarray(), whole)


def test_a_part_of_the_titles_needs_no_more_than_who_rated_these():
    rng = np.random.default_rng(1)
    values = sparse.random_array((60, 9), density=0.3, rng=rng, format="csr", dtype=np.float32)
    values.sort_indices()
    given = np.stack([values.data, values.data**2], axis=1)
    others = (np.zeros((2, 9), np.float32), np.array([3.0, 5.0], np.float32), 4)
    whole = nearest(np.arange(9), values, given, *others)
    for items in (np.array([0, 3, 7]), np.array([8])):
        people = np.flatnonzero(values[:, items].sum(axis=1))
        theirs = np.isin(np.repeat(np.arange(60), np.diff(values.indptr)), people)
        assert 0 < len(people) < 60
        part = nearest(items, values[people], given[theirs], *others)
        for kind in range(2):
            rows = [similarities(*whole[kind], np.arange(9))[[item]].toarray().ravel() for item in items]
            ends = np.cumsum(part[kind][0])
            for row, start, end in zip(rows, [0, *ends[:-1]], ends, strict=True):
                found = np.zeros(9, np.float32)
                found[part[kind][1][start:end]] = part[kind][2][start:end]
                np.testing.assert_array_equal(found, row)


def test_only_the_largest_neighbours_are_kept_also_negative_ones():
    rng = np.random.default_rng(0)
    values = sparse.csr_array(rng.normal(size=(30, 9)).astype(np.float32))
    whole = shrunk_cosines(values, 3.0, 9).toarray()
    kept = shrunk_cosines(values, 3.0, 2).toarray()
    for all_of_row, kept_of_row in zip(whole, kept, strict=True):
        largest = np.argsort(-np.abs(all_of_row))[:2]
        expected = np.zeros(9, dtype=np.float32)
        expected[largest] = all_of_row[largest]
        np.testing.assert_array_equal(kept_of_row, expected)


def test_against_a_dense_computation(toy: Dataset):
    values, rated = toy.ratings.toarray().astype(np.float64), toy.ratings.toarray() > 0
    lengths = np.sqrt((values**2).sum(axis=0))
    cosines = values.T @ values / np.maximum(np.outer(lengths, lengths), 1e-9)
    common = rated.T.astype(int) @ rated
    mean = cosines.sum(axis=0) / rated.any(axis=0).sum()  # over the titles that somebody rated
    expected = (cosines - mean) * common / (common + 5.0)
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(shrunk_cosines(toy.ratings, 5.0, 99, above_average=True).toarray(), expected, atol=1e-6)


def test_n_neighbors_on_real_size(showcase: Dataset):
    model = ItemKNN(n_neighbors=7).fit(showcase)
    for kept in (model.like_similarities_, model.star_similarities_):
        of_rows, of_columns = np.diff(kept.indptr), np.bincount(kept.indices)
        assert min(of_rows.max(), of_columns.max()) <= 7 < max(of_rows.max(), of_columns.max())
        assert kept.nnz > 3 * showcase.n_items
    assert model.like_similarities_.diagonal().tolist() == [0.0] * showcase.n_items


ALIKE, UNLIKE = (2 / 3 - 3 / 8) * 4 / 34, -3 / 8 * 4 / 34
"""Two crime titles of the toy, and one of each kind that four people rated, with a shrinkage of 30."""


@pytest.fixture
def toy_knn(toy: Dataset) -> ItemKNN:
    return ItemKNN(shrinkage=30.0).fit(toy)


def test_the_toys_likeness_by_hand(toy: Dataset, toy_knn: ItemKNN):
    # likes are 1 (five stars) or 0 (one star). Each crime title has three fans, any two share two of them: cosine 2/3.
    # A crime title's mean cosine to the eight rated ones is (1 + 3 · 2/3 + 4 · 0) / 8 = 3/8, which is taken off.
    # Four people rated both (two fans, two foes): times 4 / (4 + 30). Six rated both crime-1 and comedy-1.
    at = toy.position
    similarities = toy_knn.like_similarities_
    assert similarities[at("crime-1"), at("crime-2")] == pytest.approx(ALIKE)
    assert similarities[at("crime-1"), at("comedy-2")] == pytest.approx(UNLIKE)
    assert similarities[at("crime-1"), at("comedy-1")] == pytest.approx(-3 / 8 * 6 / 36)


def test_score_by_hand(toy: Dataset, toy_knn: ItemKNN):
    profile = Profile.from_ratings({"crime-1": 5, "crime-2": 0.5, "comedy-1": 2}, toy.item_index)
    scores = toy_knn.score(profile)
    prior = toy_knn.score(Profile.from_ratings({}, toy.item_index))
    assert np.nanmax(np.abs(prior)) == 0.0  # every rated title has three fans
    at = toy.position
    assert scores[at("crime-3")] - prior[at("crime-3")] == pytest.approx(ALIKE / 2)  # like 1 and like -1/2
    assert scores[at("crime-1")] - prior[at("crime-1")] == pytest.approx(-ALIKE / 2)  # a title is not its own neighbour
    assert scores[at("crime-2")] - prior[at("crime-2")] == pytest.approx(ALIKE)


def test_stars_by_hand(toy: Dataset):
    model = ItemKNN(shrinkage_stars=4.0, damping=0.5).fit(toy)
    # Residuals are +2 and -2, six raters a title: lengths √24. crime-1 and crime-2 share four raters who agree on them:
    # cosine 16 / 24; times 4 / (4 + 4).
    assert model.star_similarities_[0, 1] == pytest.approx(1 / 3)
    # One rating of 5: e = 2, own generosity 2 / (1 + 5) = 1/3, residual 5/3.
    # crime-2: 3 + 1/3 + (1/3 · 5/3) / (1/3 + 0.5)
    profile = Profile.from_ratings({"crime-1": 5}, toy.item_index)
    assert model.predict(profile)[toy.position("crime-2")] == pytest.approx(4.0)
    # crime-1 and comedy-2 share four raters (cop 3, 4 and clown 3, 4), who disagree: similarity -1/3
    assert model.predict(profile)[toy.position("comedy-2")] == pytest.approx(8 / 3)


def test_a_neighbour_of_many_liked_titles_stands_above_one_of_few(toy_engine: Engine):
    one = toy_engine.score({"crime-1": 5}, "item-knn")
    two = toy_engine.score({"crime-1": 5, "crime-2": 5}, "item-knn")
    at = toy_engine.dataset.position("crime-3")
    assert two[at] > one[at]


def test_one_neighbour_of_one_title():
    items = pd.DataFrame({"item_id": ["a"], "title": ["A"]})
    dataset = Dataset.from_frames(items, pd.DataFrame({"user_id": ["u"], "item_id": ["a"], "rating": [4]}))
    model = ItemKNN().fit(dataset)
    assert not np.isnan(model.score(Profile.from_ratings({"a": 4}, dataset.item_index))).any()


@pytest.mark.parametrize("n_unrated", [1, 300])
def test_titles_that_nobody_rated_change_nothing(n_unrated: int):
    """The same scores with and without them: neither the mean cosine nor the popularity counts them."""
    rng = np.random.default_rng(7)
    rows = [(user, f"i{i}", float(rng.integers(2, 11)) / 2) for user in range(120) for i in rng.choice(60, 15, replace=False)]
    ratings = pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
    ids = [f"i{i}" for i in range(60)]
    scores = []
    for item_ids in (ids, ids + [f"x{i}" for i in range(n_unrated)]):
        dataset = Dataset.from_frames(pd.DataFrame({"item_id": item_ids, "title": item_ids}), ratings)
        model = ItemKNN().fit(dataset)
        scores.append(model.score(Profile.from_ratings({"i3": 5.0, "i9": 4.5, "i20": 1.0}, dataset.item_index)))
    np.testing.assert_allclose(scores[1][:60], scores[0], atol=1e-6)
    assert np.isnan(scores[1][60:]).all()
    assert np.argsort(-scores[1][:60]).tolist() == np.argsort(-scores[0]).tolist()
