"""What the page Data says about the showcase is what the showcase holds."""

from __future__ import annotations

from recsys_core import Dataset
from ui.data import data_sets


def test_the_numbers_on_the_page_are_the_data_sets(showcase: Dataset) -> None:
    said = data_sets.facts("showcase")
    assert f"{showcase.n_items:,} shows and movies" in said
    assert f"{showcase.n_ratings:,} simulated ratings of {showcase.n_users:,} simulated viewers" in said
