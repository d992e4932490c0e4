"""Classes to compute with: one that fits on paper, one by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recsys_core.classroom.matrix import ClassMatrix

Make = Callable[..., ClassMatrix]


def matrix_of(R: np.ndarray | list[list[float]]) -> ClassMatrix:
    """A class with these stars; people p0, p1 … and titles t0, t1 …"""
    stars = np.array(R, dtype=float)
    people = tuple(f"p{number}" for number in range(len(stars)))
    return ClassMatrix(stars, people, people, tuple(f"t{number}" for number in range(stars.shape[1])))


@pytest.fixture
def by_chance() -> Make:
    """Two groups with opposite tastes, and noise."""

    def make(n: int = 30, m: int = 20, missing: float = 0.25, seed: int = 0) -> ClassMatrix:
        rng = np.random.default_rng(seed)
        side, kind = np.where(np.arange(n) % 2, 1.0, -1.0), np.where(np.arange(m) % 2, 1.0, -1.0)
        stars = np.clip(np.round(2 * (3.2 + 1.2 * np.outer(side, kind) + 0.6 * rng.normal(size=(n, m)))) / 2, 0.5, 5.0)
        return matrix_of(np.where(rng.random((n, m)) < missing, 0.0, stars))

    return make
