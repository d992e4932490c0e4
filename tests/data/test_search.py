"""Names of series written in several ways, and the order of what is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.search import TitleSearch, numbered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the godfather part ii", "the godfather 2"),
        ("the godfather part two", "the godfather 2"),
        ("the godfather 2", "the godfather 2"),
        ("kill bill vol 2", "kill bill 2"),
        ("rocky iv", "rocky 4"),
        ("malcolm x", "malcolm x"),
        ("henry v", "henry v"),
        ("part of your world", "part of your world"),
        ("", ""),
    ],
)
def test_parts_of_a_series_are_written_one_way(text: str, expected: str):
    assert numbered(text) == expected


@pytest.fixture(scope="module")
def search() -> TitleSearch:
    titles = ["Dune: Part Two", "Dune", "The Lord of the Rings", "Sand Dunes", "Jan Dunek: A Life", "Rocky III"]
    items = pd.DataFrame({"item_id": list("abcdef"), "title": titles, "also_known_as": ["", "", "LOTR|LotR 1", "", "", ""]})
    return TitleSearch(Dataset.from_frames(items, None))


def test_the_exact_title_first_then_those_that_start_so_then_those_that_hold_it(search: TitleSearch):
    assert search.find("dune").tolist() == [1, 0, 3, 4]


def test_rank_orders_within_a_group(search: TitleSearch):
    assert search.find("dune", np.array([5, 4, 3, 2, 1, 0])).tolist() == [1, 0, 4, 3]


def test_other_names(search: TitleSearch):
    assert search.find("lotr").tolist() == [2]
    assert search.find("rocky 3").tolist() == [5]
    assert search.find("dune 2").tolist() == [0]
