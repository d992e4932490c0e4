"""Latent factors for people: rotation changes no score, signs and order are settled, labels say what is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.factors.view import SHOWN, FactorView, varimax, view_factors

N = 60


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, Dataset]:
    """Sixty titles, each rated by thirty people. War titles (12) are high on one factor, Space titles (10) low on another."""
    rng = np.random.default_rng(0)
    clean = rng.normal(0, 0.1, (N, 3))
    clean[:12, 0] += 3.0
    clean[12:22, 1] -= 2.0
    genres = ["War|Drama"] * 12 + ["Space|Drama"] * 10 + ["Drama"] * 38
    keywords = ["trench"] * 12 + ["rocket"] * 4 + [""] * 44  # four rockets are too few to be a label
    items = pd.DataFrame({"item_id": [f"t{k:02}" for k in range(N)], "title": "T", "genres": genres, "keywords": keywords})
    ratings = pd.DataFrame([{"user_id": u, "item_id": f"t{k:02}", "rating": 3} for u in range(30) for k in range(N)])
    mixed = clean @ np.linalg.qr(rng.normal(size=(3, 3)))[0]  # what a factorisation finds: the same, turned anyhow
    return mixed, Dataset.from_frames(items, ratings)


@pytest.fixture(scope="module")
def view(planted: tuple[np.ndarray, Dataset]) -> FactorView:
    return view_factors(*planted)


def assert_orthogonal(rotation: np.ndarray) -> None:
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(len(rotation)), atol=1e-10)


def test_varimax_is_a_rotation():
    assert_orthogonal(varimax(np.random.default_rng(0).normal(size=(50, 6))))


def test_varimax_undoes_a_turn():
    simple = np.repeat(np.eye(3), 10, axis=0) * [3.0, 2.0, 1.0]
    turned = simple @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    back = turned @ varimax(turned)
    assert ((np.abs(back) > 1e-5).sum(axis=1) == 1).all()  # each title loads on one factor again
    np.testing.assert_allclose(np.sort(np.abs(back).max(axis=0)), [1.0, 2.0, 3.0], atol=1e-6)


def test_varimax_raises_what_it_maximises():
    loadings = np.random.default_rng(2).normal(size=(80, 5)) ** 3

    def simplicity(matrix: np.ndarray) -> float:
        return float((matrix**2).var(axis=0).sum())

    assert simplicity(loadings @ varimax(loadings)) > simplicity(loadings) * 1.01


def test_varimax_of_nothing():
    np.testing.assert_array_equal(varimax(np.empty((0, 3))), np.eye(3))


@pytest.mark.parametrize("which", ["planted", "showcase"])
def test_rotation_changes_no_dot_product(which: str, planted: tuple[np.ndarray, Dataset], showcase_engine: Engine):
    factors = planted[0] if which == "planted" else showcase_engine.svd.item_factors_
    seen = view_factors(*planted) if which == "planted" else showcase_engine.factors
    np.testing.assert_allclose(seen.rotation.T @ seen.rotation, np.eye(seen.rotation.shape[1]), atol=1e-9)
    np.testing.assert_allclose(factors @ seen.rotation, seen.loadings, atol=1e-10)
    first = 1 if which == "showcase" else 0  # the showcase's first factor is how much people watch: not shown
    strongest = factors[:, first : first + SHOWN]
    np.testing.assert_allclose(seen.loadings @ seen.loadings.T, strongest @ strongest.T, atol=1e-9)


def test_a_visitor_turns_the_same_way(showcase_engine: Engine):
    profile = showcase_engine.visitor({"breaking-bad-2008": 5, "friends-1994": 2}).profile
    own = showcase_engine.svd.fold_in(profile)
    view = showcase_engine.factors
    shown = showcase_engine.svd.item_factors_[:, 1 : SHOWN + 1] @ own[1 : SHOWN + 1]
    np.testing.assert_allclose(view.loadings @ (own @ view.rotation), shown, atol=1e-9)


def test_the_largest_factor_comes_first(view: FactorView, showcase_engine: Engine):
    assert (np.diff(view.loadings.var(axis=0)) <= 0).all()
    known = showcase_engine.factors.known
    assert (np.diff(showcase_engine.factors.loadings[known].var(axis=0)) <= 1e-12).all()


def test_the_longer_tail_points_up(view: FactorView, showcase_engine: Engine):
    known = showcase_engine.factors.known
    for loadings in (view.loadings, showcase_engine.factors.loadings[known]):
        centred = loadings - loadings.mean(axis=0)
        assert ((centred**3).sum(axis=0) >= 0).all()


def test_labels_find_what_was_planted(view: FactorView):
    # the 12 war titles span the first factor, the 10 space titles the second; both long tails are turned up
    assert view.labels[0][1] == "trench"  # "war" has the same titles: a second word has to say something more
    assert view.labels[1][1] == "space"
    assert view.labels[0][0] == "…"
    assert not any("rocket" in low + high for low, high in view.labels)
    assert view.labels[2] == ("…", "…")  # nothing but noise


def test_extremes(view: FactorView):
    low, high = view.extremes(0, 12)
    assert set(high.tolist()) == set(range(12))
    assert view.loadings[high[0], 0] == view.loadings[:, 0].max()
    assert view.loadings[low[0], 0] == view.loadings[:, 0].min()
    few = replace(view, known=np.arange(N) >= 12)
    assert not set(few.extremes(0, 12)[1].tolist()) & set(range(12))


def test_the_best_known_fifth_is_well_known(showcase_engine: Engine):
    known, raters = showcase_engine.factors.known, showcase_engine.dataset.raters
    assert known.sum() == round(0.2 * len(raters))
    assert raters[known].min() >= raters[~known].max()


def test_standard_units(showcase_engine: Engine):
    values = showcase_engine.factors.standard()[showcase_engine.factors.known]
    np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(values.std(axis=0), 1.0)


def test_percentiles(view: FactorView):
    people = replace(view, audience=np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0], [3.0, 1.0, 0.0], [4.0, 1.0, 0.0]]))
    assert people.percentiles(np.array([2.5, 1.0, -1.0])).tolist() == [50.0, 50.0, 0.0]
    here = np.array([2.5, 1.0, -1.0])
    assert [people.standing(here, factor) for factor in range(3)] == [(1, 50.0), (1, 50.0), (0, 100.0)]
    assert people.furthest(here) == 2


def test_the_audience_is_folded_in_like_a_visitor(showcase_engine: Engine):
    engine = showcase_engine
    assert engine.factors.audience.shape == (2_000, SHOWN)
    sample = engine.dataset.sample_users(2_000)
    row = slice(*sample.ratings.indptr[7:9])
    ratings = dict(zip(engine.item_ids[sample.ratings.indices[row]], sample.ratings.data[row], strict=True))
    own = engine.factors.turned(engine.svd.fold_in(engine.visitor(ratings).profile))
    np.testing.assert_allclose(engine.factors.audience[7], own, atol=1e-9)


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_sign_and_order_do_not_depend_on_how_the_factors_were_found(planted: tuple[np.ndarray, Dataset], view: FactorView, turn: int):
    factors, dataset = planted
    rng = np.random.default_rng(turn)
    turned = factors[:, rng.permutation(3)] * rng.choice([-1.0, 1.0], 3)
    other = view_factors(turned, dataset)
    np.testing.assert_allclose(other.loadings[:, :2], view.loadings[:, :2], atol=1e-3)
    assert other.labels == view.labels


def test_equal_input_gives_an_equal_view(planted: tuple[np.ndarray, Dataset], view: FactorView):
    again = view_factors(*planted)
    np.testing.assert_array_equal(again.loadings, view.loadings)
    np.testing.assert_array_equal(again.rotation, view.rotation)


def test_rarely_rated_titles_name_nothing(planted: tuple[np.ndarray, Dataset]):
    factors, dataset = planted
    items = pd.concat([dataset.items, pd.DataFrame({"item_id": [f"odd{k}" for k in range(8)], "title": "Odd", "genres": "Odd"})])
    coo = dataset.ratings.tocoo()
    ratings = pd.DataFrame({"user_id": dataset.user_ids[coo.row], "item_id": dataset.item_ids[coo.col], "rating": coo.data})
    few = pd.DataFrame({"user_id": "0", "item_id": [f"odd{k}" for k in range(8)], "rating": 3})
    wild = np.vstack([factors, np.full((8, 3), 50.0)])
    labels = view_factors(wild, Dataset.from_frames(items, pd.concat([ratings, few]))).labels
    assert not any("odd" in low + high for low, high in labels)
    assert labels[1][1] == "space"


def test_the_showcase_has_named_factors(showcase_engine: Engine):
    labels = showcase_engine.factors.labels
    assert len(labels) == SHOWN
    assert sum(end != "…" for pair in labels for end in pair) >= len(labels)


def test_the_toy_has_a_view(toy_engine: Engine):
    first = toy_engine.factors.loadings[:, 0]
    assert np.sign(first[0]) == -np.sign(first[4])
