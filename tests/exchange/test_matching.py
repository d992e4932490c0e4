"""Titles of a file find their titles here by the surest way there is, and never by one that may be wrong."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.exchange.matching import Matcher
from recsys_core.exchange.netflix import row_of
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.rows import Row


def found(matcher: Matcher, row: Row) -> str | list[str]:
    """The id of the title that it is, or those that are offered."""
    (match,) = matcher.match([row])
    ids = matcher.dataset.item_ids
    return str(ids[match.position]) if match.position >= 0 else [str(ids[position]) for position in match.offered]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (Row("Heat", 1995), "heat"),
        (Row("HEAT ", 1986), "heat-1986"),
        (Row("Heat", 1996), "heat"),  # a year beside
        (Row("Heat"), ["heat", "heat-1986"]),  # two of that name and no year
        (Row("Heat", 1990), []),
        (Row("Something", 1995, imdb_id="tt0113277"), "heat"),
        (Row("Something", 1995, tmdb_id="949", kind="movie"), "heat"),
        (Row("Something", 1995, tmdb_id="949", kind="show"), []),  # numbers of shows are others
        (Row("Heat", 1995, imdb_id="tt9999999"), []),  # another film of the same year
        (Row("Heat", 1995, tmdb_id="1", kind="movie"), []),
        (Row("Matrix, The", 1999), "matrix"),
        (Row("Amelie", 2001), "amelie"),
        (Row("Fabuleux destin d'Amélie Poulain, Le", 2001), "amelie"),
        (Row("Amelie from Montmartre", 2001, names=("Le fabuleux destin d'Amélie Poulain",)), "amelie"),
        (Row("Gisaengchung", 2019), "parasite"),
        (Row("Alien, le huitième passager", 1979), "alien"),
        (Row("Le huitième passager (Alien)", 1979), "alien"),
        (Row("Schindlers List", 1993), "schindler"),
        (Row("Fargo", 2014, kind="show"), "fargo-show"),
        (Row("Fargo", 1996, kind="show"), []),
        (Row("Shawshenk Redemption", 1994), ["shawshank"]),  # a slip: offered, never taken
        (Row("The Shawshank Redemption", 1997), ["shawshank"]),  # the same name, three years off
        (Row("", 1995), []),
        (Row("???", 1995), []),
    ],
)
def test_each_way_in_its_turn(matcher: Matcher, row: Row, expected: str | list[str]) -> None:
    assert found(matcher, row) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Breaking Bad: Season 1: Pilot", "breaking-bad"),
        ("Breaking Bad: Staffel 2: Siebenunddreißig", "breaking-bad"),
        ("Dark : Saison 1 : Secrets", "dark"),
        ("Dark: Limited Series: One", "dark"),
        ("DAHMER: Monster: The Jeffrey Dahmer Story: The Good Boy Box (Episode 4)", ["dahmer"]),
        ("Monster: The Jeffrey Dahmer Story: Season 1: Cassandra", "dahmer"),
        ("Dune: Part Two", "dune-2"),
        ("Dune: Part Nine", []),  # not the film of the name before the colon
        ("Mission: Impossible - Fallout", ["mission"]),  # a show of that name is offered, never taken
        ("Heat", ["heat", "heat-1986"]),
    ],
)
def test_netflix_titles_hold_colons(matcher: Matcher, title: str, expected: str | list[str]) -> None:
    assert found(matcher, row_of(title, "")) == expected


def test_movielens_numbers_count_only_where_they_are_movielens(catalogue: Dataset, matcher: Matcher) -> None:
    row = Row("", movielens_id="6")
    assert found(matcher, row) == []
    items = pd.DataFrame({"item_id": ["6", "7"], "title": ["Heat", "Fargo"], "url": ["https://movielens.org/movies/6", ""]})
    assert found(Matcher(Dataset.from_frames(items, None)), row) == "6"
    assert found(Matcher(Dataset.from_frames(items, None)), Row("", movielens_id="7")) == []


def test_an_own_id_counts_only_with_its_title(matcher: Matcher) -> None:
    assert found(matcher, Row("Heat", item_id="heat-1986")) == "heat-1986"
    assert found(matcher, Row("Fargo", 1996, item_id="heat-1986")) == "fargo"  # an id of another data set


def test_rows_that_are_left_out_are_not_looked_for(matcher: Matcher) -> None:
    assert found(matcher, Row("Heat", 1995, skipped="episode")) == []


def test_titles_of_the_showcase_find_themselves(showcase: Dataset) -> None:
    """Each as it is called, upright or inverted, with its year: none is taken for another."""
    matcher = Matcher(showcase)
    titles, years, kinds = (showcase.items[name].tolist() for name in ("title", "year", "kind"))
    inverted = [f"{title[4:]}, The" if title.startswith("The ") else title for title in titles]
    for names in (titles, inverted):
        matches = matcher.match([Row(name, int(year), kind=kind) for name, year, kind in zip(names, years, kinds, strict=True)])
        wrong = [names[place] for place, match in enumerate(matches) if match.position != place]
        assert wrong == []


def test_real_exports_of_movielens_titles(shared_data) -> None:
    """Titles as another site writes them, without ids, against ml-latest-small."""
    matcher = Matcher(load_dataset(str(shared_data / "ml-latest-small.zip")))
    text = "Date,Name,Year,Letterboxd URI,Rating\n" + "".join(
        f"2024-01-01,{name},{year},https://boxd.it/x,4\n"
        for name, year in (("Amélie", 2001), ("The Matrix", 1999), ("Se7en", 1995), ("Léon: The Professional", 1994), ("City of God", 2002))
    )
    reading = read_file(text.encode())
    titles = [matcher.dataset.title(match.position).with_year for match in matcher.match(reading.rows) if match.position >= 0]
    assert len(titles) == 5, titles
