"""Lesson 12: a few candidates of thousands of titles hold about half of the full list."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.data.ranking import top_n
from recsys_core.lessons import toys
from recsys_core.lessons.retrieval import nearest_to_each, retrieve

VECTORS = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 5.0], [0.0, 0.0], [2.0, 0.3]])
GENRES = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]])
RATERS = np.array([5, 9, 4, 8, 7, 1])


def test_neighbours_by_angle_not_by_length():
    assert nearest_to_each(VECTORS, np.array([0, 2]), 2).tolist() == [[1, 5], [3, 5]]


@pytest.mark.parametrize(
    ("near", "genre", "popular", "expected"),
    [(1, 0, 0, [1, 3]), (0, 1, 0, [1, 3]), (0, 2, 0, [1, 3, 4]), (0, 0, 3, [1, 3, 4]), (2, 2, 3, [1, 3, 4, 5]), (0, 0, 0, [])],
)
def test_sources_by_hand(near: int, genre: int, popular: int, expected: list[int]):
    """Liked and seen are titles 0 and 2; their genres are the first and the second, then, of those at 0, the third."""
    liked = np.array([0, 2])
    assert retrieve(VECTORS, liked, GENRES, RATERS, liked, near, genre, popular).tolist() == expected


def test_candidates_hold_about_half_of_the_full_list(showcase_engine: Engine):
    dataset, svd = showcase_engine.dataset, showcase_engine.svd
    genres = toys.genres(dataset, np.arange(dataset.n_items))
    numbers, shares = [], []
    for user in np.random.default_rng(0).permutation(dataset.n_users)[:200]:
        profile = dataset.profile_of(user)
        liked = profile.items[np.argsort(-profile.stars, kind="stable")[:10]]
        found = retrieve(svd.item_factors_, liked, genres, dataset.raters, profile.items, n_near=10, n_genre=10, n_popular=20)
        unseen = ~np.isin(np.arange(dataset.n_items), profile.items)
        full = top_n(svd.score(profile), dataset.item_ids, 10, unseen)
        numbers.append(len(found))
        shares.append(np.isin(full, found).mean())
        assert not np.isin(found, profile.items).any()
    assert np.mean(numbers) == pytest.approx(74, abs=4)  # of 150, without doubles and what was seen: 1.7 % of the catalogue
    assert np.mean(shares) == pytest.approx(0.47, abs=0.05)
