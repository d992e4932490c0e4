"""Names on the taste map: none covers another at any width, and regions are called by what gathers there."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.factors.map_labels import NARROW, WIDE, Label, Placed, place, regions
from recsys_core.factors.taste_map import SHAPES


def overlapping(labels: list[Label], placed: list[Placed]) -> list[tuple[str, str, int]]:
    """Pairs of texts that cover each other somewhere, found by comparing each two of them."""
    found = []
    for width, height in (*WIDE, *NARROW):
        here = [spot for spot in placed if spot.narrow or (width, height) in WIDE]
        for one, other in combinations(here, 2):
            a, b = (labels[spot.label].box(spot.side, width, height) for spot in (one, other))
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                found.append((labels[one.label].text, labels[other.label].text, width))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_labels_never_overlap_and_stay_inside(seed: int):
    rng = np.random.default_rng(seed)
    labels = [Label("A title of some length"[: rng.integers(3, 22)], *rng.random(2), 12, 6) for _ in range(120)]
    placed = place(labels, 60)
    assert len(placed) >= 25
    assert overlapping(labels, placed) == []
    for spot in placed:
        for area in (*WIDE, *(NARROW if spot.narrow else ())):
            box = labels[spot.label].box(spot.side, *area)
            assert (box[:2] >= 0).all() and (box[2:] <= area).all()


def test_labels_on_one_point_go_to_different_sides_and_the_rest_are_left_out():
    labels = [Label("Heat", 0.5, 0.5, 12, 6)] * 40
    placed = place(labels, 40)
    assert len({spot.side for spot in placed}) == len(placed) <= 8
    assert [spot.label for spot in placed] == list(range(len(placed)))


def test_what_does_not_fit_a_phone_is_kept_for_wider_screens():
    long = "The Assassination of Jesse James by the Coward"
    placed = place([Label(long, 0.5, 0.5, 14, 6), Label("Heat", 0.1, 0.5, 14, 6)], 2)
    assert [spot.narrow for spot in placed] == [False, True]


def test_a_region_is_called_by_what_gathers_there():
    rng = np.random.default_rng(0)
    middles = np.repeat([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 20, axis=0)
    points = middles + 0.02 * rng.normal(size=(60, 2))
    items = pd.DataFrame({"item_id": [f"t{k:02}" for k in range(60)], "title": "T"})
    items["genres"] = ["Crime|Drama"] * 20 + ["Romance|Drama"] * 20 + ["Drama"] * 20
    items["year"] = 1995.0
    found = regions(points, Dataset.from_frames(items, None), np.arange(60))
    assert [name for name, _, _ in found] == ["crime", "romance"]  # drama is everywhere, the nineties name nothing
    assert np.allclose([(x, y) for _, x, y in found], [(-1, 0), (1, 0)], atol=0.05)


def test_too_few_titles_have_no_regions():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": "T", "genres": "Crime"})
    assert regions(np.zeros((2, 2)), Dataset.from_frames(items, None), np.arange(2)) == []


@pytest.mark.parametrize("plane", [*SHAPES, (0, 1)])
def test_the_showcase_has_regions_and_thirty_titles_that_do_not_overlap(showcase_engine: Engine, plane: str | tuple[int, int]):
    engine = showcase_engine
    points = engine.taste_map.titles(engine.factors.loadings, plane)
    found = regions(points, engine.dataset, np.flatnonzero(engine.factors.known))
    assert len(found) >= 4
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    at = (points - low) / (high - low)
    labels = [Label(engine.dataset.title(i).title[:24], *at[i].tolist(), 11, 6) for i in engine.dataset.by_popularity[:150].tolist()]
    placed = place(labels, 32)
    assert len(placed) >= 25
    assert overlapping(labels, placed) == []
