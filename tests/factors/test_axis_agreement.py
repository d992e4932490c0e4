"""Found factors against the true axes: correlations by title id, whatever the order of the catalogue."""

from __future__ import annotations

import numpy as np

from recsys_core import Engine
from recsys_core.datasets.sources.showcase import AXES, read_catalogue, truth
from recsys_core.evaluation.truth import axis_agreement


def test_the_axes_agree_with_themselves_and_noise_with_none(showcase_engine: Engine):
    dataset, audience, ids = showcase_engine.dataset, truth(), read_catalogue()["item_id"].to_numpy()
    place = {item_id: row for row, item_id in enumerate(ids)}
    axes = audience.title_factors[[place[item_id] for item_id in dataset.item_ids], : len(AXES)].astype(float)
    found = np.column_stack([-2.0 * axes[:, 3] + 1.0, np.random.default_rng(0).normal(size=dataset.n_items)])
    alike = axis_agreement(found, dataset, np.ones(dataset.n_items, dtype=bool), audience, ids)
    assert alike.shape == (2, len(AXES))
    assert alike[0].argmax() == 3
    np.testing.assert_allclose(alike[0, 3], 1.0)  # a correlation's size: turned round and stretched is the same axis
    assert alike[1].max() < 0.12


def test_every_stable_factor_of_the_showcase_is_near_a_true_axis(showcase_engine: Engine):
    view, ids = showcase_engine.factors, read_catalogue()["item_id"].to_numpy()
    alike = axis_agreement(view.loadings, showcase_engine.dataset, view.known, truth(), ids)
    assert np.median(alike.max(axis=1)) > 0.4
    assert alike.max() > 0.6  # the audience follows scenes, too, and some factors are those
