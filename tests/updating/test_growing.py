"""New titles get the place of titles without raters in every model and study."""

from __future__ import annotations

import numpy as np

from recsys_core import Dataset, Engine
from recsys_core.fitted import ALL_MODELS
from recsys_core.updating.growing import AXES, grown_baseline, grown_model, grown_studies


def test_every_learned_attribute_has_its_axes():
    assert {model.name: set(model.fitted) for model in ALL_MODELS} == {name: set(axes) for name, axes in AXES.items()}


def test_the_axes_are_those_of_the_titles(audience: Dataset):
    """137 is the length of no other axis."""
    engine = Engine.fit(audience, factors=False)
    for name, axes in AXES.items():
        model = engine.model(name)
        for attribute, along in axes.items():
            shape = np.shape(getattr(model, attribute))
            assert tuple(axis for axis, length in enumerate(shape) if length == 137) == along, (name, attribute)


def test_known_titles_stay_and_new_ones_are_empty(toy_engine: Engine):
    n = toy_engine.dataset.n_items
    baseline = grown_baseline(toy_engine.baseline, n + 2)
    assert (baseline.raters[n:] == 0).all()
    profile_of = toy_engine.dataset.profile_of(0)
    for name in ("ease", "item-knn", "svd", "gp", "watched", "user-knn", "als", "nmf"):
        old = toy_engine.model(name)
        new = grown_model(old, n + 2, baseline)
        assert new is not old
        assert not new.scorable[n:].any()
        for ask in ("score", "predict"):
            expected, found = getattr(old, ask)(profile_of), getattr(new, ask)(profile_of)
            assert np.isnan(found[n:]).all()
            if ask == "predict":  # popularity is standardised over two more titles
                np.testing.assert_allclose(found[:n], expected, rtol=0, atol=1e-12)
            else:
                np.testing.assert_allclose(np.diff(found[: n - 1]), np.diff(expected[:-1]), rtol=0, atol=0.05)


def test_studies_grow(audience: Dataset):
    engine = Engine.fit(audience)
    svd = grown_model(engine.svd, 139, grown_baseline(engine.baseline, 139))
    grown = grown_studies(engine.studies, svd, 139)
    assert grown.factors.loadings.shape == (139, len(engine.factors))
    assert not grown.factors.known[137:].any()
    assert grown.taste_map is not None
    assert not grown.taste_map.placed[137:].any()
    assert np.isnan(grown.taste_map.points[137:]).all()
    assert np.isnan(grown.taste_map.titles(grown.factors.loadings, "neighbourhoods")[137:]).all()
    assert grown.questions is not None
    profile = audience.profile_of(3)
    assert engine.studies.questions is not None
    assert grown.questions.ask(profile, 3) == engine.studies.questions.ask(profile, 3)
