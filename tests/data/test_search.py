"""Names of series written in several ways, and the order of what is found."""

from __future__ import annotations

import unicodedata

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


@pytest.fixture(scope="module")
def signs() -> TitleSearch:
    titles = ["$", "!!!", "Shōgun House", "Rivage Café", "Rivage Café", "Ночь", "2001", "The Gorse"]
    years = [1971, 2001, 1994, 1990, 2003, 1997, None, 1996]
    return TitleSearch(Dataset.from_frames(pd.DataFrame({"item_id": list("abcdefgh"), "title": titles, "year": years}), None))


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize(
    ("query", "called", "found"),
    [
        ("$", [0], [0]),
        ("!!!", [1], [1]),
        ("shōgun house", [2], [2]),
        ("Rivage Café", [3, 4], [3, 4]),
        ("Rivage Café (2003)", [4], [4]),
        ("rivage (1990)", [], [3]),
        ("ночь (1997)", [5], [5]),
        ("Gorse, The (1996)", [7], [7]),
        ("Gorse (1997)", [], []),
        ("2001", [6], [6]),
        ("$ (1971)", [0], [0]),
        ("?", [], []),
        ("$$", [], []),
    ],
)
def test_titles_in_any_unicode_form_without_letters_and_with_years(
    signs: TitleSearch, form: str, query: str, called: list[int], found: list[int]
):
    typed = unicodedata.normalize(form, query)
    assert signs.called(typed) == called
    assert signs.find(typed).tolist() == found


def test_a_title_that_is_kept_decomposed_is_found():
    items = pd.DataFrame({"item_id": ["a"], "title": [unicodedata.normalize("NFD", "Shōgun")]})
    search = TitleSearch(Dataset.from_frames(items, None))
    assert search.called("Shōgun") == search.find("Shōgun").tolist() == [0]
