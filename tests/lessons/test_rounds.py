"""What holds for every algorithm that goes on round by round: it can be repeated, kept and left at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import FrozenInstanceError, astuple
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from recsys_core.lessons import als, implicit, loop, towers, toys, world

R = toys.low_rank(seed=42).R
L = toys.hide_watched(toys.chosen().watched)[0]
CELLS = np.argwhere(~np.isnan(R))
X = np.random.default_rng(0).normal(size=(50, 4))
ALGORITHMS: dict[str, Callable[[int], Iterator[Any]]] = {
    "sgd": lambda seed: world.sgd(R, 5, 0.05, 0.05, 0.1, seed),
    "als": lambda seed: als.alternate(R, 8, 3, seed),
    "implicit als": lambda seed: implicit.implicit_als(L, 4, 2, 1, seed),
    "bpr": lambda seed: implicit.bpr(L, 4, 0.05, 0.02, seed),
    "towers": lambda seed: towers.train(X, X[:30], CELLS, R[~np.isnan(R)], 3, 8, seed),
    "loop": lambda seed: loop.simulate(seed=seed),
}


def numbers(result: object) -> list[np.ndarray]:
    """All arrays and numbers of a result, also those within its lists."""
    flat: list[np.ndarray] = []
    for value in result if isinstance(result, (list, tuple)) else astuple(result):  # type: ignore[call-overload]
        flat += numbers(value) if isinstance(value, (list, tuple)) else [np.asarray(value)]
    return flat


def same(first: object, second: object) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(numbers(first), numbers(second), strict=True))


@pytest.fixture(params=ALGORITHMS)
def start(request: pytest.FixtureRequest) -> Callable[[int], Iterator[Any]]:
    return ALGORITHMS[request.param]


def test_the_same_seed_gives_the_same_rounds(start: Callable[[int], Iterator[Any]]):
    first, second, other = (list(islice(start(seed), 3)) for seed in (4, 4, 5))
    assert same(first[-1], second[-1])
    assert not same(first[-1], other[-1])


def test_a_round_stays_as_it_was_when_the_next_one_is_learned(start: Callable[[int], Iterator[Any]]):
    rounds = start(0)
    kept = next(rounds)
    before = deepcopy(numbers(kept))
    later = list(islice(rounds, 3))[-1]
    assert all(np.array_equal(a, b) for a, b in zip(before, numbers(kept), strict=True))
    assert not same(kept, later)


def test_a_round_cannot_be_changed(start: Callable[[int], Iterator[Any]]):
    result = next(start(0))
    name = next(iter(vars(result)))
    with pytest.raises(FrozenInstanceError):
        setattr(result, name, None)


def test_what_is_given_is_not_changed(start: Callable[[int], Iterator[Any]]):
    before = deepcopy((R, L, X))
    list(islice(start(0), 2))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, (R, L, X), strict=True))


def test_a_step_is_no_matter_of_seconds(start: Callable[[int], Iterator[Any]]):
    """Below 50 ms on an idle machine; the limit is generous, as this one may be busy."""
    rounds = start(0)
    next(rounds)
    durations = []
    for _ in range(5):
        begun = perf_counter()
        next(rounds)
        durations.append(perf_counter() - begun)
    assert np.median(durations) < 0.5
