"""The bundled catalogue keeps the rules that ``data/showcase/README.md`` states."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from recsys_core import Dataset
from recsys_core.data.search import TitleSearch
from recsys_core.datasets.sources.linking import match_titles
from recsys_core.datasets.sources.movielens import read_movielens
from recsys_core.datasets.sources.showcase import read_catalogue

FOLDER = Path(__file__).resolve().parents[2] / "data" / "showcase"
COLUMNS = [
    "item_id", "title", "original_title", "also_known_as", "kind", "year", "end_year", "genres", "creators", "cast", "country",
    "language", "keywords", "synopsis", "runtime", "seasons", "audience", "franchise", "familiarity", "acclaim",
]  # fmt: skip
AXES = [
    "dark_light", "cerebral_visceral", "realistic_fantastical", "warm_cynical", "slow_fast", "intimate_epic",
    "comic_earnest", "unromantic_romantic", "gentle_violent", "classic_contemporary", "mainstream_arthouse", "family_adult",
]  # fmt: skip
MAY_BE_EMPTY = ["original_title", "also_known_as", "end_year", "seasons", "franchise"]


@pytest.fixture(scope="module")
def catalogue() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "catalogue.csv", keep_default_na=False, na_values={"end_year": [""], "seasons": [""]})


def words_of(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").splitlines()


def exploded(column: pd.Series) -> pd.Series:
    return column.str.split("|").explode()


def slug(title: str) -> str:
    spelled = title.replace("&", " and ").replace("½", " half").replace("⅓", " third").replace("ß", "ss").replace("'", "")
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def test_columns(catalogue: pd.DataFrame) -> None:
    assert list(catalogue.columns) == COLUMNS + AXES


def test_every_field_is_filled_and_trimmed(catalogue: pd.DataFrame) -> None:
    for column in catalogue.columns.difference(MAY_BE_EMPTY):
        assert (catalogue[column].astype(str).str.len() > 0).all(), column
    for column in catalogue.select_dtypes(exclude="number"):
        assert (catalogue[column] == catalogue[column].str.strip()).all(), column
        assert not catalogue[column].str.contains(r"\s\s|[\r\n\t]|\|\||^\||\|$| \||\| ").any(), column


def test_ids_are_unique_sorted_and_made_of_title_and_year(catalogue: pd.DataFrame) -> None:
    assert catalogue["item_id"].is_unique
    assert catalogue["item_id"].is_monotonic_increasing
    expected = [f"{slug(title)}-{year}" for title, year in zip(catalogue["title"], catalogue["year"], strict=True)]
    assert catalogue["item_id"].tolist() == expected


def test_it_is_large_and_varied(catalogue: pd.DataFrame) -> None:
    assert len(catalogue) >= 3600
    assert set(catalogue["kind"]) == {"show", "movie"}
    assert (catalogue["kind"] == "show").sum() >= 1400
    assert (catalogue["kind"] == "movie").sum() >= 2100
    assert (catalogue["language"] != "English").sum() >= 700


def test_years_reach_from_the_1940s_to_2026(catalogue: pd.DataFrame) -> None:
    assert catalogue["year"].between(1930, 2026).all()
    assert catalogue["year"].max() == 2026
    recent = catalogue["year"].value_counts()
    assert (recent.reindex(range(2015, 2026), fill_value=0) >= 60).all()
    decades = catalogue["year"].floordiv(10).value_counts()
    assert (decades.reindex(range(194, 203), fill_value=0) >= 10).all()


def test_end_year_is_only_for_shows_and_not_before_the_start(catalogue: pd.DataFrame) -> None:
    ended = catalogue.dropna(subset=["end_year"])
    assert set(ended["kind"]) == {"show"}
    assert (ended["end_year"] >= ended["year"]).all()
    assert ended["end_year"].max() <= 2026


def test_genres(catalogue: pd.DataFrame) -> None:
    counts = exploded(catalogue["genres"]).value_counts()
    assert sorted(counts.index) == words_of("genres.txt")
    assert counts.min() >= 25
    assert catalogue["genres"].str.split("|").map(lambda genres: 1 <= len(genres) <= 4 and len(set(genres)) == len(genres)).all()


def test_genres_that_imply_others(catalogue: pd.DataFrame) -> None:
    genres = catalogue["genres"].str.get_dummies("|").astype(bool)
    assert genres.loc[genres["Anime"], "Animation"].all()
    for only_for_shows in ("Sitcom", "Soap", "Reality"):
        assert set(catalogue.loc[genres[only_for_shows], "kind"]) == {"show"}


def test_keywords(catalogue: pd.DataFrame) -> None:
    counts = exploded(catalogue["keywords"]).value_counts()
    assert sorted(counts.index) == words_of("keywords.txt")
    assert counts.min() >= 3
    per_title = catalogue["keywords"].str.split("|")
    assert per_title.map(len).between(5, 10).all()
    assert (per_title.map(set).map(len) == per_title.map(len)).all()


def test_people(catalogue: pd.DataFrame) -> None:
    assert catalogue["creators"].str.split("|").map(len).between(1, 3).all()
    assert catalogue["cast"].str.split("|").map(len).between(3, 5).all()


def test_a_name_is_always_spelled_alike(catalogue: pd.DataFrame) -> None:
    names = pd.Series(pd.concat([exploded(catalogue["creators"]), exploded(catalogue["cast"])]).unique())
    keys = names.map(slug).str.replace("-", "")
    assert names[keys.duplicated(keep=False)].tolist() == []


def test_synopses_have_18_to_60_words(catalogue: pd.DataFrame) -> None:
    assert catalogue["synopsis"].str.split().map(len).between(18, 60).all()
    assert catalogue["synopsis"].str.contains(r"[.!?\"]$").all()


def test_no_two_synopses_are_nearly_alike(catalogue: pd.DataFrame) -> None:
    vectors = TfidfVectorizer().fit_transform(catalogue["synopsis"])
    alike = (vectors @ vectors.T).toarray()
    np.fill_diagonal(alike, 0)
    pairs = [tuple(catalogue["item_id"].iloc[[row, column]]) for row, column in np.argwhere(alike > 0.6) if row < column]
    assert pairs == []


def test_running_time_and_seasons(catalogue: pd.DataFrame):
    is_show = catalogue["kind"] == "show"
    assert catalogue["runtime"].between(2, 600).all()
    assert catalogue.loc[~is_show, "runtime"].ge(30).all()
    assert catalogue.loc[is_show, "seasons"].ge(1).all()
    assert catalogue.loc[~is_show, "seasons"].isna().all()


def test_audiences(catalogue: pd.DataFrame):
    counts = catalogue["audience"].value_counts()
    assert set(counts.index) == {"all", "children", "teenagers", "adults"}
    assert counts.min() >= 100


def test_a_franchise_has_at_least_two_titles(catalogue: pd.DataFrame):
    counts = catalogue.loc[catalogue["franchise"] != "", "franchise"].value_counts()
    assert counts.min() >= 2
    assert len(counts) >= 300
    assert counts["Harry Potter"] >= 8


def test_other_names_are_not_the_title_again(catalogue: pd.DataFrame):
    for row in catalogue.itertuples():
        names = [name for name in row.also_known_as.split("|") if name]
        assert len(set(names)) == len(names), row.item_id
        assert not {row.title, row.original_title} & set(names), row.item_id


@pytest.mark.parametrize(
    ("typed", "item_id"),
    [
        ("LOTR", "the-lord-of-the-rings-the-fellowship-of-the-ring-2001"),
        ("GoT", "game-of-thrones-2011"),
        ("HIMYM", "how-i-met-your-mother-2005"),
        ("SVU", "law-and-order-special-victims-unit-1999"),
        ("TNG", "star-trek-the-next-generation-1987"),
        ("DS9", "star-trek-deep-space-nine-1993"),
        ("Buffy", "buffy-the-vampire-slayer-1997"),
        ("godfather 2", "the-godfather-part-ii-1974"),
        ("godfather part two", "the-godfather-part-ii-1974"),
    ],
)
def test_usual_short_names_are_found_first(showcase: Dataset, typed: str, item_id: str):
    found = TitleSearch(showcase).find(typed, np.argsort(np.argsort(-showcase.raters)))
    assert item_id in showcase.item_ids[found[:3]].tolist()


def test_the_most_rated_films_are_there(shared_data: Path, catalogue: pd.DataFrame):
    films = read_movielens(shared_data / "ml-latest-small.zip")
    linked = match_titles(films.items, read_catalogue())
    for n, share in ((300, 0.97), (1000, 0.85)):
        there = np.mean([item_id in linked for item_id in films.item_ids[films.by_popularity[:n]]])
        print(f"{there:.1%} of the {n} most rated films of ml-latest-small are in the catalogue")  # noqa: T201
        assert there >= share


@pytest.mark.parametrize("column", ["familiarity", "acclaim"])
def test_estimates(catalogue: pd.DataFrame, column: str) -> None:
    assert pd.api.types.is_integer_dtype(catalogue[column])
    assert catalogue[column].between(1, 100).all()


@pytest.mark.parametrize("axis", AXES)
def test_taste_axes_use_all_five_values(catalogue: pd.DataFrame, axis: str) -> None:
    assert set(catalogue[axis]) == {-2, -1, 0, 1, 2}
