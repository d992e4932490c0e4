"""The map: planes of the latent factors, and where the visitor is on them."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.factors.taste_map import SHAPES, TasteMap, neighbours
from recsys_core.visitor.on_map import is_on_map, place_on_map, pulled_factors, relative_factors, visitor_factors
from recsys_core.visitor.steering import factor_name

FLAT, NEAR = SHAPES


@pytest.fixture(scope="module")
def groups() -> np.ndarray:
    """Three groups of twenty titles, each in a direction of its own, and one title that nobody rated."""
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(0, 0.1, (20, 4)) + 2.0 * np.eye(4)[group] for group in range(3)] + [np.zeros((1, 4))])


@pytest.fixture(scope="module")
def arranged(groups: np.ndarray) -> TasteMap:
    raters = np.r_[np.full(60, 30), 0]
    return TasteMap.fit(groups, raters, raters > 20)


def test_alike_titles_lie_together(arranged: TasteMap, groups: np.ndarray):
    points = arranged.titles(groups, NEAR)[:60].reshape(3, 20, 2)
    within = max(np.linalg.norm(group - group.mean(axis=0), axis=1).max() for group in points)
    between = min(np.linalg.norm(points[a].mean(axis=0) - points[b].mean(axis=0)) for a, b in [(0, 1), (0, 2), (1, 2)])
    assert between > 2 * within
    assert np.abs(points).max() == pytest.approx(1.0)


def test_an_unrated_title_has_no_place(arranged: TasteMap, groups: np.ndarray):
    for plane in (FLAT, NEAR, (0, 1)):
        points = arranged.titles(groups, plane)
        assert np.isnan(points[60]).all()
        assert not np.isnan(points[:60]).any()


def test_two_factors_are_the_loadings_themselves(arranged: TasteMap, groups: np.ndarray):
    np.testing.assert_array_equal(arranged.titles(groups, (3, 1))[:60], groups[:60, [3, 1]])


def test_principal_components_hold_the_most_variance(arranged: TasteMap, groups: np.ndarray):
    points = arranged.titles(groups, FLAT)[:60]
    values = np.linalg.eigvalsh(np.cov(groups[:60].T))[::-1]
    np.testing.assert_allclose(points.var(axis=0, ddof=1), values[:2])
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize("plane", [FLAT, NEAR, (0, 1)])
def test_a_visitor_who_likes_a_group_stands_in_it(arranged: TasteMap, groups: np.ndarray, plane: str | tuple[int, int]):
    own = 2.0 * np.eye(4)[1]
    place = arranged.visitor(groups, own, 1e-4 * np.eye(4), 1.0, plane)
    points = arranged.titles(groups, plane)[:60].reshape(3, 20, 2)
    assert np.argmin([np.linalg.norm(place.centre - group.mean(axis=0)) for group in points]) == 1


def test_the_ellipse_by_hand(arranged: TasteMap, groups: np.ndarray):
    """On the plane of two factors with variances 4 and 1 the half axes are 2 and 1 times √(-2 ln 0.2) = 1.794."""
    place = arranged.visitor(groups, np.array([1.0, 2.0, 0.0, 0.0]), np.diag([4.0, 1.0, 9.0, 9.0]), 0.5, (0, 1))
    np.testing.assert_allclose(place.centre, [0.5, 1.0])
    np.testing.assert_allclose(np.abs(place.axes), [[0.5 * 2 * 1.7941, 0.0], [0.0, 0.5 * 1.7941]], atol=1e-4)
    outline = place.outline(5)
    np.testing.assert_allclose(outline[0], outline[-1])
    np.testing.assert_allclose(outline[0], place.centre + place.axes[0])


def test_more_ratings_make_the_ellipse_smaller(showcase_engine: Engine):
    engine = showcase_engine
    sizes = []
    for ids in (["breaking-bad-2008"], ["breaking-bad-2008", "friends-1994", "the-godfather-1972"]):
        place = place_on_map(engine.visitor(dict.fromkeys(ids, 5)), FLAT)
        sizes.append(np.abs(np.linalg.det(place.axes)))
    assert sizes[1] < sizes[0]


def test_few_titles_need_no_neighbourhoods():
    loadings = np.random.default_rng(1).normal(size=(6, 3))
    small = TasteMap.fit(loadings, np.full(6, 5), np.ones(6, dtype=bool))
    np.testing.assert_allclose(small.titles(loadings, NEAR), small.titles(loadings, FLAT))
    assert not np.isnan(small.visitor(loadings, loadings[0], np.eye(3), 1.0, NEAR).outline()).any()


def test_among_neighbourhoods_uncertainty_is_a_cloud(arranged: TasteMap, groups: np.ndarray):
    own = 2.0 * np.eye(4)[1]
    sure = arranged.visitor(groups, own, 1e-6 * np.eye(4), 1.0, NEAR)
    unsure = arranged.visitor(groups, own, 4.0 * np.eye(4), 1.0, NEAR)
    assert len(sure.outline()) == 0
    assert sure.draws.shape == unsure.draws.shape == (40, 2)
    assert sure.draws.std(axis=0).max() < 0.1 < unsure.draws.std(axis=0).max()


def test_one_title_or_one_factor():
    for shape in ((1, 3), (5, 1)):
        single = TasteMap.fit(np.ones(shape), np.full(shape[0], 5), np.ones(shape[0], dtype=bool))
        assert not np.isnan(single.titles(np.ones(shape), FLAT)).any()


def test_what_was_not_fitted_is_placed_among_its_neighbours(arranged: TasteMap, groups: np.ndarray):
    beside = arranged.near(groups, groups[[5]] * 3.0)
    assert np.linalg.norm(beside - arranged.points[5]) < 0.5


def test_saved_and_restored(arranged: TasteMap):
    again = TasteMap.restored(arranged.state())
    for name, value in arranged.state().items():
        np.testing.assert_array_equal(again.state()[name], value)


def test_neighbours_by_cosine_and_by_dot_product():
    vectors = np.array([[1.0, 0.0], [0.1, 0.0], [5.0, 5.0], [0.0, 1.0]])
    everything = np.ones(4, dtype=bool)
    by_cosine, alike = neighbours(vectors, 0, 2, everything)
    assert by_cosine.tolist() == [1, 2]
    np.testing.assert_allclose(alike, [1.0, np.sqrt(0.5)])
    by_dot, alike = neighbours(vectors, 0, 2, everything, cosine=False)
    assert by_dot.tolist() == [2, 1]  # the long one first
    np.testing.assert_allclose(alike, [5.0, 0.1])
    assert neighbours(vectors, 0, 5, np.array([True, False, True, True]))[0].tolist() == [2, 3]


def test_relative_factors_have_the_largest_at_one(toy_engine: Engine):
    own = visitor_factors(toy_engine.visitor({"crime-1": 5, "comedy-1": 1}))
    relative = relative_factors(toy_engine.visitor({"crime-1": 5, "comedy-1": 1}))
    assert np.abs(relative).max() == pytest.approx(1.0)
    np.testing.assert_allclose(relative * np.abs(own).max(), own)
    assert not relative_factors(toy_engine.visitor({})).any()


@pytest.mark.parametrize(
    "titles",
    [np.zeros((30, 4)), np.full((30, 4), 0.3), np.full((30, 4), -2.0, dtype=np.float32), 0.3 + 1e-17 * np.arange(120.0).reshape(30, 4)],
    ids=["nobody differs", "all alike", "single precision", "rounding alone"],
)
def test_titles_that_are_all_alike_have_no_neighbourhoods(titles: np.ndarray):
    """As when everybody gave the same stars: t-SNE divided by zero, which ended the process (exit 139)."""
    found = TasteMap.fit(titles, np.full(30, 20), np.ones(30, dtype=bool))
    assert len(found.fitted) == 0
    np.testing.assert_allclose(found.points, 0.0, atol=1e-6)
    place = found.visitor(titles, np.ones(4), np.eye(4), 1.0, NEAR)
    assert np.isfinite(place.centre).all()


@pytest.mark.parametrize("n_alike", [15, 29])
def test_some_titles_that_are_alike_do_no_harm(n_alike: int):
    titles = np.random.default_rng(0).normal(size=(30, 4))
    titles[:n_alike] = 0.0
    points = TasteMap.fit(titles, np.full(30, 20), np.ones(30, dtype=bool)).points
    assert np.isfinite(points).all()
    assert np.abs(points).max() == pytest.approx(1.0)


def test_without_ratings_pulls_along_factors_place_a_visitor(showcase_engine: Engine) -> None:
    """They move the visitor by what they add to the score of ``svd``."""
    engine, view = showcase_engine, showcase_engine.factors
    pulls = {factor_name(1): -1.0, factor_name(4): 0.25}
    visitor = engine.visitor({}, pulls)
    moved = pulled_factors(visitor)
    assert (np.sign(moved[[1, 4]]) == [-1, 1]).all()
    assert np.flatnonzero(moved).tolist() == [1, 4]
    rated = engine.dataset.raters > 0
    added = (visitor.score("svd") - engine.visitor({}).score("svd"))[rated]
    np.testing.assert_allclose(engine.svd.fame_[rated] * (view.loadings[rated] @ moved), added, atol=1e-9)
    assert is_on_map(visitor)
    assert not is_on_map(engine.visitor({}, {"keyword:heist": 1.0}))
    one, other = (place_on_map(engine.visitor({}, {factor_name(1): amount}), "neighbourhoods").centre for amount in (-1.0, 1.0))
    assert np.linalg.norm(one - other) > 0.3
