"""Finding titles by what people type."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.search import TitleSearch, plain


@pytest.fixture(scope="module")
def search(toy: Dataset) -> TitleSearch:
    return TitleSearch(toy)


def found(search: TitleSearch, dataset: Dataset, query: str, rank: np.ndarray | None = None) -> list[str]:
    return [str(dataset.item_ids[i]) for i in search.find(query, rank)]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Amélie!", "amelie"),
        ("  The  WIRE ", "the wire"),
        ("Straße", "strasse"),
        ("M*A*S*H", "m a s h"),
        ("8½", "81 2"),
        ("", ""),
        ("千と千尋", "千と千尋"),
    ],
)
def test_plain(text: str, bare: str) -> None:
    assert plain(text).replace("⁄", " ") == bare


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cold harbour", ["crime-1"]),
        ("HARB", ["crime-1"]),
        ("ann ames", ["crime-1", "crime-2", "crime-new"]),
        ("ames shift", ["crime-2"]),
        ("jokes", ["comedy-1", "comedy-2", "comedy-3", "comedy-4"]),
        ("comedy", ["comedy-1", "comedy-2", "comedy-3", "comedy-4"]),
        ("arbour", []),
        ("cold nothing", []),
    ],
)
def test_every_word_must_begin_a_word(search: TitleSearch, toy: Dataset, query: str, expected: list[str]) -> None:
    assert sorted(found(search, toy, query)) == expected


def test_an_empty_query_finds_all_in_the_given_order(search: TitleSearch, toy: Dataset) -> None:
    assert found(search, toy, "") == toy.item_ids.tolist()
    rank = np.arange(toy.n_items)[::-1]
    assert found(search, toy, "", rank) == toy.item_ids.tolist()[::-1]


@pytest.mark.parametrize("query", ["(", "[a", "\\", "a|b", ".*", "^", "$", "+", "?"])
def test_signs_of_regular_expressions_are_only_text(search: TitleSearch, toy: Dataset, query: str) -> None:
    search.find(query)
    assert "crime-1" not in found(search, toy, "c.ld")


def test_titles_that_begin_with_it_come_first_then_those_that_hold_it_then_people() -> None:
    items = pd.DataFrame(
        {
            "item_id": ["person", "holds", "begins-b", "begins-a"],
            "title": ["Something else", "The Amélie story", "Amelie returns", "Amélie"],
            "kind": "movie",
            "creators": ["Amelie Smith", "", "", ""],
        }
    )
    ratings = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["person", "holds"], "rating": [3.0, 4.0]})
    dataset = Dataset.from_frames(items, ratings, name="tiny")
    rank = np.zeros(4, dtype=np.int64)
    rank[[dataset.position(item_id) for item_id in ("person", "holds", "begins-a", "begins-b")]] = range(4)
    assert found(TitleSearch(dataset), dataset, "amelie", rank) == ["begins-a", "begins-b", "holds", "person"]
