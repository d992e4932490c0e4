"""Filters on audience and running time, by hand; the others are tested in test_ranking.py."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.filters import Filters


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    items = {
        "item_id": ["cartoon", "thriller", "sitcom", "old"],
        "title": ["Cartoon", "Thriller", "Sitcom", "Old"],
        "audience": ["children", "adults", "all", ""],
        "runtime": [11, 128, 22, None],
    }
    return Dataset.from_frames(pd.DataFrame(items), None)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["cartoon", "thriller", "sitcom", "old"]),
        ({"audiences": ["children"]}, ["cartoon"]),
        ({"audiences": ["children", "all"]}, ["cartoon", "sitcom"]),
        ({"audiences": ["nobody"]}, []),
        ({"longest": 22}, ["cartoon", "sitcom"]),
        ({"longest": 0}, []),
        ({"longest": 999}, ["cartoon", "thriller", "sitcom"]),
        ({"audiences": ["adults"], "longest": 60}, []),
    ],
)
def test_who_it_is_for_and_how_long_it_takes(dataset: Dataset, conditions: dict, expected: list[str]):
    assert dataset.item_ids[Filters.of(**conditions).allowed(dataset)].tolist() == expected
