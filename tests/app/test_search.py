"""Finding titles by what people type."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.search import TitleSearch, plain


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
            "title": ["Something else", "One Amélie story", "Amelie returns", "Amélie"],
            "kind": "movie",
            "creators": ["Amelie Smith", "", "", ""],
        }
    )
    ratings = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["person", "holds"], "rating": [3.0, 4.0]})
    dataset = Dataset.from_frames(items, ratings, name="tiny")
    rank = np.zeros(4, dtype=np.int64)
    rank[[dataset.position(item_id) for item_id in ("person", "holds", "begins-a", "begins-b")]] = range(4)
    assert found(TitleSearch(dataset), dataset, "amelie", rank) == ["begins-a", "begins-b", "holds", "person"]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("oceans eleven", "oceans-eleven-2001"), ("greys anatomy", "greys-anatomy-2005"), ("spiderman", "spider-man-2002"),
        ("mash", "m-a-s-h-1972"), ("walle", "wall-e-2008"), ("korean", "squid-game-2021"), ("matrix", "the-matrix-1999"),
    ],
)  # fmt: skip
def test_titles_are_found_as_people_type_them(showcase: Dataset, typed: str, wanted: str) -> None:
    assert wanted in found(TitleSearch(showcase), showcase, typed)


def test_every_third_title_is_found_without_its_signs(showcase: Dataset) -> None:
    search = TitleSearch(showcase)
    for item_id, title in zip(showcase.item_ids[::3], showcase.items["title"][::3], strict=True):
        bare = re.sub(r"[^\w ]", "", title).strip()
        assert not bare or item_id in found(search, showcase, bare), title


def test_signs_alone_find_nothing(search: TitleSearch) -> None:
    assert search.find("!!!").tolist() == []


@pytest.mark.parametrize(("typed", "meant"), [("godfahter", "The Godfather"), ("brekaing bad", "Breaking Bad")])
def test_a_slip_of_the_finger_names_what_was_meant(showcase: Dataset, typed: str, meant: str) -> None:
    assert meant in [showcase.items["title"][i] for i in TitleSearch(showcase).nearest(typed)]


@pytest.mark.parametrize("typed", ["The Matrix", "Matrix, The", "matrix, the", "MATRIX,THE", "the matrix ", "Matrix"])
@pytest.mark.parametrize("title", ["The Matrix", "Matrix, The"])
def test_an_article_may_stand_before_or_behind(typed: str, title: str) -> None:
    items = pd.DataFrame({"item_id": ["about", "wanted"], "title": ["The Making of The Matrix", title], "kind": "movie"})
    ratings = pd.DataFrame({"user_id": ["u"], "item_id": ["about"], "rating": [3.0]})
    dataset = Dataset.from_frames(items, ratings, name="tiny")
    assert found(TitleSearch(dataset), dataset, typed) == ["wanted", "about"]


def test_a_slip_of_the_finger_with_the_article_behind(showcase: Dataset) -> None:
    assert "The Godfather" in [showcase.items["title"][i] for i in TitleSearch(showcase).nearest("Godfahter, The")]
