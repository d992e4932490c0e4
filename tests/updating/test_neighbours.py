"""Only titles with many new ratings get new neighbours, and these are the ones of a whole fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core import Dataset
from recsys_core.models.baseline import Baseline
from recsys_core.models.item_knn import ItemKNN
from recsys_core.updating import neighbours
from recsys_core.updating.growing import grown_model
from recsys_core.updating.merging import merged
from recsys_core.updating.neighbours import STALE, Renewed, renewed
from tests.updating.conftest import until

KINDS = ("like_similarities_", "star_similarities_")


def lists(model: ItemKNN, kind: str) -> sparse.csr_array:
    """Each title's neighbours in its own row."""
    found = sparse.csr_array(getattr(model, kind).T)
    found.sort_indices()
    return found


def shared(one: ItemKNN, other: ItemKNN, kind: str) -> float:
    """The share of the second one's neighbours that the first one has, too."""
    mine, theirs = (abs(lists(model, kind)) > 0 for model in (one, other))
    return float(mine.multiply(theirs).sum() / theirs.sum())


def after(dataset: Dataset, share: float) -> tuple[Renewed, ItemKNN, np.ndarray]:
    """Item-knn that was fitted before a share of the ratings came and then renewed, that of a whole fit, and the touched titles."""
    then = until(dataset, 1 - share)
    added = merged(then, dataset)
    baseline = Baseline.fit(added.dataset)
    old = grown_model(ItemKNN().fit(then), dataset.n_items, baseline)
    return renewed(old, added.dataset, baseline, added.touched), ItemKNN().fit(added.dataset, baseline), added.touched


@pytest.mark.parametrize(("n_neighbors", "stale"), [(300, 0.0), (300, 0.5), (20, 0.0)])
def test_what_is_computed_again_is_that_of_a_whole_fit(audience: Dataset, monkeypatch: pytest.MonkeyPatch, n_neighbors: int, stale: float):
    monkeypatch.setattr(neighbours, "MOST_WORK", 2.0)
    added = merged(until(audience, 0.9), audience)
    baseline = Baseline.fit(added.dataset)
    old = ItemKNN(n_neighbors=n_neighbors).fit(until(audience, 0.9))
    monkeypatch.setattr(neighbours, "STALE", stale)
    found, pending, computed = renewed(old, added.dataset, baseline, added.touched)
    whole = ItemKNN(n_neighbors=n_neighbors).fit(added.dataset, baseline)
    np.testing.assert_array_equal(computed, np.flatnonzero(added.touched > stale * added.dataset.raters))
    assert (pending[computed] == 0).all()
    for kind in KINDS:
        mine, theirs = lists(found, kind), lists(whole, kind)
        assert (np.diff(mine.indptr) <= n_neighbors).all()
        np.testing.assert_allclose(mine[computed].toarray(), theirs[computed].toarray(), rtol=0, atol=1e-6)
        if n_neighbors == 300:  # nobody was left out, so what the others keep of the computed ones is known, too
            np.testing.assert_allclose(mine[:, computed].toarray(), theirs[:, computed].toarray(), rtol=0, atol=1e-6)


def test_titles_wait_until_enough_is_new(movielens: Dataset):
    found, whole, touched = after(movielens, 0.01)
    stale = np.flatnonzero(touched > STALE * movielens.raters)
    np.testing.assert_array_equal(found.computed, stale)
    assert 0 < len(stale) < np.count_nonzero(touched)
    waiting = (touched > 0) & (touched <= STALE * movielens.raters)
    np.testing.assert_array_equal(found.pending, np.where(waiting, touched, 0))
    for kind in KINDS:
        mine, theirs = lists(found.model, kind), lists(whole, kind)
        for title in stale:  # who of equals gets the last place in a list is chance
            own, expected = (np.sort(np.abs(matrix[[title]].data)) for matrix in (mine, theirs))
            np.testing.assert_allclose(own, expected, rtol=0, atol=1e-6)
        assert shared(found.model, whole, kind) > 0.99
        assert mine.nnz > 0.998 * theirs.nnz


def test_much_that_is_new_is_a_whole_fit(movielens: Dataset):
    found, whole, touched = after(movielens, 0.1)
    np.testing.assert_array_equal(found.computed, np.flatnonzero(touched))
    for name, array in whole.state().items():
        np.testing.assert_array_equal(found.model.state()[name], array)


def test_without_stale_titles_nothing_changes(audience: Dataset):
    baseline = Baseline.fit(audience)
    old = ItemKNN().fit(audience, baseline)
    pending = np.zeros(audience.n_items, dtype=np.int64)
    found = renewed(old, audience, baseline, pending)
    assert len(found.computed) == 0
    for name, array in old.state().items():
        np.testing.assert_array_equal(found.model.state()[name], array)
