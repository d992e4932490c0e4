"""Filters on audience and running time, by hand; the others are tested in test_ranking.py."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.filters import Filters, genre_called
from recsys_core.errors import FilterError


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


@pytest.fixture(scope="module")
def places() -> Dataset:
    items = {
        "item_id": ["long", "short", "film", "bare"],
        "title": ["Long", "Short", "Film", "Bare"],
        "kind": ["show", "show", "movie", "show"],
        "year": [1989, 1990, 1999, None],
        "seasons": [12, 2, None, None],
        "language": ["English", "Danish|English", "Danish", ""],
        "country": ["United States", "Denmark", "Denmark|Sweden", ""],
    }
    return Dataset.from_frames(pd.DataFrame(items), None)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"languages": ["Danish"]}, ["short", "film"]),
        ({"languages": ["English", "Danish"]}, ["long", "short", "film"]),
        ({"languages": "Klingon"}, []),
        ({"countries": ["Sweden"]}, ["film"]),
        ({"countries": "Denmark", "languages": ["English"]}, ["short"]),
        ({"decades": [1990]}, ["short", "film"]),
        ({"decades": [1980, 1990], "kind": "show"}, ["long", "short"]),
        ({"most_seasons": 2}, ["short", "film"]),
        ({"most_seasons": 12}, ["long", "short", "film"]),
        ({"most_seasons": 1, "kind": "show"}, []),
    ],
    ids=str,
)
def test_where_it_is_from_when_and_how_long_a_show_goes_on(places: Dataset, conditions: dict, expected: list[str]):
    assert places.item_ids[Filters.of(**conditions).allowed(places)].tolist() == expected


GENRES = ("Drama", "Science Fiction", "Film-Noir", "Children's")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("drama", "Drama"),
        ("DRAMA ", "Drama"),
        ("Sci-Fi", "Science Fiction"),
        ("sci fi", "Science Fiction"),
        ("scifi", "Science Fiction"),
        ("Science-Fiction", "Science Fiction"),
        ("film noir", "Film-Noir"),
        ("noir", "Film-Noir"),
        ("Children", "Children's"),
        ("kids", "Children's"),
        ("Western", None),
        ("", None),
    ],
)
def test_genres_by_their_usual_names(word: str, expected: str | None):
    assert genre_called(word, GENRES) == expected


@pytest.mark.parametrize("genres", ["drama", ["drama"], ("Drama",), {"DRAMA"}])
def test_one_genre_may_be_a_text(genres: object):
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"], "genres": ["Drama|Crime", "Comedy"]})
    assert Filters.of(genres=genres).allowed(Dataset.from_frames(items, None)).tolist() == [True, False]  # type: ignore[arg-type]


def test_ids_to_exclude_may_be_whole_numbers_or_one_text():
    items = pd.DataFrame({"item_id": [1, 23], "title": ["A", "B"]})
    for exclude in ([23], ["23"], "23", (23.0,)):
        assert Filters.of(exclude=exclude).allowed(Dataset.from_frames(items, None)).tolist() == [True, False]  # type: ignore[arg-type]
    with pytest.raises(FilterError, match=r"2\.5 in exclude is no id"):
        Filters.of(exclude=[2.5])  # type: ignore[list-item]
