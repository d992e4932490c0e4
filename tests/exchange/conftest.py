"""A small catalogue in which the traps of matching lie."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.exchange.matching import Matcher

TITLES = [
    ("heat", "Heat", "", "", "movie", 1995, "tt0113277", "949"),
    ("heat-1986", "Heat", "", "", "movie", 1986, "", ""),
    ("fargo", "Fargo", "", "", "movie", 1996, "tt0116282", "275"),
    ("fargo-show", "Fargo", "", "", "show", 2014, "", ""),
    ("amelie", "Amélie", "Le fabuleux destin d'Amélie Poulain", "", "movie", 2001, "", ""),
    ("matrix", "The Matrix", "", "", "movie", 1999, "", ""),
    ("parasite", "Parasite", "Gisaengchung", "", "movie", 2019, "", ""),
    ("breaking-bad", "Breaking Bad", "", "", "show", 2008, "tt0903747", "1396"),
    ("dark", "Dark", "", "", "show", 2017, "", ""),
    ("dahmer", "Monster: The Jeffrey Dahmer Story", "", "DAHMER", "show", 2022, "", ""),
    ("schindler", "Schindler's List", "", "", "movie", 1993, "", ""),
    ("alien", "Alien", "", "Alien: Director's Cut|Alien, le huitième passager", "movie", 1979, "", ""),
    ("mission", "Mission", "", "", "show", 2021, "", ""),
    ("dune", "Dune", "", "", "movie", 2021, "", ""),
    ("dune-2", "Dune: Part Two", "", "", "movie", 2024, "", ""),
    ("shawshank", "The Shawshank Redemption", "", "", "movie", 1994, "", ""),
]


@pytest.fixture(scope="session")
def catalogue() -> Dataset:
    columns = ["item_id", "title", "original_title", "also_known_as", "kind", "year", "imdb_id", "tmdb_id"]
    return Dataset.from_frames(pd.DataFrame(TITLES, columns=columns), None, name="traps")


@pytest.fixture(scope="session")
def matcher(catalogue: Dataset) -> Matcher:
    return Matcher(catalogue)
