"""The block Krylov method, without Spark: against a dense decomposition."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.spark import needed

needed()

from recsys_core.errors import SparkError
from recsys_core.spark.factors import leading_vectors

pytestmark = pytest.mark.spark


@pytest.mark.parametrize(
    ("people", "titles", "k", "columns"), [(300, 80, 10, 16), (30, 7, 5, 3), (4, 50, 4, 8), (9, 9, 9, 9), (200, 400, 48, 96)]
)
def test_leading_vectors(people: int, titles: int, k: int, columns: int):
    matrix = np.random.default_rng(0).normal(size=(people, titles)) * 0.9 ** np.arange(titles)
    vectors, values = leading_vectors(lambda block: matrix.T @ (matrix @ block), titles, k, columns=columns)
    _, expected, rows = np.linalg.svd(matrix, full_matrices=False)
    np.testing.assert_allclose(values, expected[:k] ** 2, rtol=1e-8)
    np.testing.assert_allclose(np.abs((vectors * rows[:k].T).sum(axis=0)), 1.0, atol=1e-7)


def test_too_few_passes_are_said():
    with pytest.raises(SparkError, match="not converged after 2 passes"):
        leading_vectors(lambda block: np.arange(500.0)[:, None] * block, 500, 10, columns=12, most_passes=2)
