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


@pytest.fixture(scope="module")
def catalogue(showcase: Dataset) -> TitleSearch:
    return TitleSearch(showcase)


def titles_of(search: TitleSearch, dataset: Dataset, query: str, n: int = 1) -> list[str]:
    found = search.find(query, np.argsort(np.argsort(-dataset.raters, kind="stable")))
    return [dataset.title(position).title for position in found[:n]]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("dune", "Dune"), ("paddington", "Paddington"), ("twilight", "Twilight"), ("top gun", "Top Gun"), ("Dune 2", "Dune: Part Two"),
        ("got", "Game of Thrones"), ("HIMYM", "How I Met Your Mother"), ("shawshenk", "The Shawshank Redemption"),
        ("godfahter", "The Godfather"), ("brekaing bad", "Breaking Bad"), ("forest gumpp", "Forrest Gump"), ("intersteler", "Interstellar"),
        ("spidrman", "Spider-Man"), ("the matirx", "The Matrix"),
    ],
)  # fmt: skip
def test_what_is_meant_comes_first(catalogue: TitleSearch, showcase: Dataset, typed: str, first: str):
    assert titles_of(catalogue, showcase, typed) == [first]


def test_initials_name_the_films_of_a_series_before_anything_else(catalogue: TitleSearch, showcase: Dataset):
    assert all(title.startswith("The Lord of the Rings: The ") for title in titles_of(catalogue, showcase, "lotr", 3))


def test_initials_need_three_words_and_are_no_common_word():
    titles = ["One Two Three", *(f"Ott {number}" for number in range(4)), "Big Ape", "Baobab"]
    search = TitleSearch(Dataset.from_frames(pd.DataFrame({"item_id": list("abcdefg"), "title": titles}), None))
    assert search.find("ott").tolist() == [1, 2, 3, 4, 0]  # four titles have the word: it is asked for first
    assert search.find("ba").tolist() == [6]
    items = pd.DataFrame({"item_id": list("abc"), "title": ["Otto", "The One Two Three: Four", "Ott"]})
    one = TitleSearch(Dataset.from_frames(items, None))
    assert one.find("ott").tolist() == [2, 1, 0]


def test_a_word_of_a_title_counts_more_than_people_and_those_more_than_a_country():
    items = pd.DataFrame(
        {
            "item_id": list("abcd"),
            "title": ["First", "Second", "Third", "Spain at War"],
            "country": ["Spain", "United Kingdom", "", ""],
            "keywords": ["", "", "spain", ""],
        }
    )
    search = TitleSearch(Dataset.from_frames(items, None))
    assert search.find("spain").tolist() == [3, 2, 0]
    assert search.find("united kingdom").tolist() == [1]
    assert search.find("second united kingdom").tolist() == [1]
    assert search.find("kingdom").tolist() == search.find("united").tolist() == []


def test_kingdom_is_no_country(catalogue: TitleSearch, showcase: Dataset):
    found = catalogue.find("kingdom")
    assert 0 < len(found) < 30
    assert "kingdom" in showcase.title(int(found[0])).title.lower()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("shawshenk", True), ("shwshank", True), ("shawshankk", True), ("shawhsank", True), ("sahwshenkk", False), ("shawshank", True),
        ("jw", False), ("jows", True), ("kaws", False), ("hsawshank", True), ("chawshank", False), ("1985", False),
        ("apolo", True), ("teh shawshank", True), ("teh", False),
    ],
)  # fmt: skip
def test_a_long_word_may_hold_two_slips_none_in_the_first_letter_and_numbers_none(typed: str, found: bool):
    items = pd.DataFrame({"item_id": list("abcd"), "title": ["The Shawshank Redemption", "Jaws", "1984", "Apollo"]})
    assert bool(len(TitleSearch(Dataset.from_frames(items, None)).find(typed))) == found


def test_who_asks_is_told_whether_anything_is_spelled_so(search: TitleSearch):
    assert search.answer("dune").as_typed
    assert search.answer("").as_typed
    assert not search.answer("lodr of the rings").as_typed
    assert search.find("lodr of the rings").tolist() == [2]


def test_a_slip_beside_a_year():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["Rebecca", "Rebecca"], "year": [1940, 2020]})
    assert TitleSearch(Dataset.from_frames(items, None)).find("Rebeca (2020)").tolist() == [1]


def test_a_whole_name_comes_before_a_word_of_another_where_both_hold_a_slip():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["Rebecca of Sunnybrook Farm", "Rebecca"]})
    assert TitleSearch(Dataset.from_frames(items, None)).find("rebbeca").tolist() == [1, 0]


def test_what_is_not_there_is_answered_by_titles_that_share_its_rarest_word_then_by_similar_names(search: TitleSearch):
    assert search.find("dune messiah").tolist() == []
    assert search.nearest("dune messiah", 2) == [1, 0]
    assert search.nearest("rocky road", 1) == [5]
    assert search.nearest("zzzzqqqq") == []
