"""A change of structure changes no score."""

from __future__ import annotations

import numpy as np
import pytest

from tests.contract.saved_scores import FILE, scores

with np.load(FILE, allow_pickle=False) as file:
    SAVED = dict(file)


@pytest.fixture(scope="module")
def now() -> dict[str, np.ndarray]:
    return scores()


@pytest.mark.parametrize("model", sorted({key.split("/")[1] for key in SAVED}))
def test_scores_are_what_they_were(model: str, now: dict[str, np.ndarray]):
    kept = {key: values for key, values in SAVED.items() if key.split("/")[1] == model}
    assert len(kept) == 16
    for key, values in kept.items():
        np.testing.assert_allclose(now[key], values, rtol=0, atol=1e-9, err_msg=key)
