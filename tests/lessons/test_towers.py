"""Lesson 12: two networks checked against numerical slopes, and the trap of vectors of length 1."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest

from recsys_core import Dataset
from recsys_core.common.metrics import rmse
from recsys_core.lessons import als, towers, toys


@dataclass(frozen=True)
class Asked:
    """The densest block of the open data set: features from what is known, and the stars that are asked."""

    R: np.ndarray
    hidden: np.ndarray
    stars: np.ndarray
    XU: np.ndarray
    XI: np.ndarray

    def after_five_epochs(self, length: str) -> towers.Epoch:
        cells, stars = np.argwhere(~np.isnan(self.R)), self.R[~np.isnan(self.R)]
        epochs = towers.train(self.XU, self.XI, cells, stars, d=8, width=32, seed=0, length=length)
        return next(epoch for epoch in epochs if epoch.epochs == 5)

    def error(self, stars: np.ndarray) -> float:
        return rmse(stars[self.hidden] - self.stars)


@pytest.fixture(scope="module")
def dense(showcase_data: Dataset) -> Asked:
    block = toys.dense(showcase_data)
    R, hidden = toys.hide(block.R, 0.2, seed=0)
    people = toys.features_of_people(R, toys.genres(showcase_data, block.titles))
    return Asked(R, hidden, block.R[hidden], people, toys.features_of_titles(showcase_data, block.titles))


@pytest.fixture(scope="module")
def learned(dense: Asked) -> dict[str, towers.Epoch]:
    return {length: dense.after_five_epochs(length) for length in ("free", "one", "scaled")}


def test_the_block_and_its_baselines(dense: Asked):
    assert (~np.isnan(dense.R)).sum() + dense.hidden.sum() == 88_976
    assert dense.error(np.full(dense.R.shape, np.nanmean(dense.R))) == pytest.approx(1.084, abs=0.003)
    assert dense.error(als.without_means(dense.R)[1]) == pytest.approx(0.914, abs=0.003)


@pytest.mark.parametrize(("length", "expected"), [("free", 0.903), ("scaled", 0.893)])
def test_descriptions_alone_beat_person_and_title_mean(dense: Asked, learned: dict[str, towers.Epoch], length: str, expected: float):
    error = dense.error(learned[length].stars)
    assert error == pytest.approx(expected, abs=0.02)
    assert error < 0.914


def test_vectors_of_length_one_never_reach_the_stars(dense: Asked, learned: dict[str, towers.Epoch]):
    stars, floor = learned["one"].stars, towers.floor_of_length_one(dense.stars)
    assert floor == pytest.approx(2.5494, abs=0.0005)
    assert dense.error(stars) == pytest.approx(2.550, abs=0.003)
    assert dense.error(stars) > floor
    assert stars.max() <= 1 + 1e-9


def test_hidden_stars_are_never_read(dense: Asked, learned: dict[str, towers.Epoch]):
    assert np.isnan(dense.R[dense.hidden]).all()  # whoever read one would spread it
    assert np.isfinite(dense.XU).all()
    assert np.isfinite(learned["free"].stars).all()


def test_forward_by_hand():
    """3 → 2 → 2: the second of the two numbers in the middle is negative and becomes 0."""
    net = [
        (np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 1.0]]), np.array([0.5, -4.0])),
        (np.array([[1.0, -1.0], [3.0, 3.0]]), np.array([0.0, 1.0])),
    ]
    activations = towers.forward(net, np.array([[1.0, 2.0, 3.0]]))
    assert [a.tolist() for a in activations] == [[[1, 2, 3]], [[5.5, 0]], [[5.5, -4.5]]]


@pytest.mark.parametrize("length", ["free", "one", "scaled"])
def test_slopes_are_the_numerical_ones(length: str):
    rng = np.random.default_rng(0)
    people, titles = towers.layers((4, 6, 3), rng), towers.layers((5, 6, 3), rng)
    for _, b in people + titles:
        b += 0.1 * rng.normal(size=b.shape)
    xu, xi, y = rng.normal(size=(7, 4)), rng.normal(size=(7, 5)), rng.normal(size=7)

    def loss() -> float:
        fit, *_ = towers.match(towers.forward(people, xu)[-1], towers.forward(titles, xi)[-1], length)
        return float(np.mean((fit - y) ** 2))

    for w, slope in zip(towers.flat(people + titles), towers.flat(towers.slopes(people, titles, xu, xi, y, length)), strict=True):
        for place in np.ndindex(w.shape):
            kept = w[place]
            w[place] = kept + 1e-6
            above = loss()
            w[place] = kept - 1e-6
            below = loss()
            w[place] = kept
            assert slope[place] == pytest.approx((above - below) / 2e-6, abs=1e-8)


def test_the_first_weights_keep_the_size_of_signals():
    (W, b), _ = towers.layers((400, 300, 2), np.random.default_rng(0))
    assert W.std() == pytest.approx(np.sqrt(2 / 400), rel=0.01)
    assert not b.any()
    x = np.random.default_rng(1).normal(size=(50, 400))
    assert np.mean(towers.forward([(W, b), (np.eye(300), np.zeros(300))], x)[1] ** 2) == pytest.approx(np.mean(x**2), rel=0.05)


def test_the_first_step_of_adam_has_the_size_of_the_rate():
    W, b = np.zeros((1, 2)), np.zeros(2)
    towers.adam([(W, b)], [(np.array([[3.0, -0.001]]), np.zeros(2))], [W * 0, b * 0], [W * 0, b * 0], t=1)
    assert W.tolist() == [pytest.approx([-0.01, 0.01], rel=1e-4)]
    assert b.tolist() == [0, 0]


def test_an_epoch_is_reported_at_its_parts_and_at_its_end():
    rng = np.random.default_rng(0)
    cells = np.argwhere(np.ones((60, 40)))
    rounds = towers.train(rng.normal(size=(60, 3)), rng.normal(size=(40, 3)), cells, rng.normal(size=2400), 2, 4, 0, every=3)
    assert [epoch.epochs for epoch in islice(rounds, 4)] == [0.75, 1, 1.75, 2]  # four batches an epoch


@pytest.mark.parametrize("length", ["free", "scaled"])
def test_stars_are_products_of_vectors_computed_once(dense: Asked, learned: dict[str, towers.Epoch], length: str):
    epoch, mean = learned[length], float(np.nanmean(dense.R))
    np.testing.assert_allclose(epoch.stars, mean + epoch.U @ epoch.V.T)
    newcomer, _, stars = towers.predict(epoch.people, epoch.titles, dense.XU[:1], dense.XI, mean, length)
    np.testing.assert_allclose(newcomer, epoch.U[:1])
    np.testing.assert_allclose(stars, epoch.stars[:1])
