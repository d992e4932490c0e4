"""The bundled catalogue keeps the rules that ``data/showcase/README.md`` states."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

FOLDER = Path(__file__).resolve().parents[2] / "data" / "showcase"
COLUMNS = [
    "item_id", "title", "original_title", "kind", "year", "end_year", "genres", "creators", "cast",
    "country", "language", "keywords", "synopsis", "familiarity", "acclaim",
]  # fmt: skip
AXES = [
    "dark_light", "cerebral_visceral", "realistic_fantastical", "warm_cynical", "slow_fast", "intimate_epic",
    "comic_earnest", "unromantic_romantic", "gentle_violent", "classic_contemporary", "mainstream_arthouse", "family_adult",
]  # fmt: skip
MAY_BE_EMPTY = ["original_title", "end_year"]


@pytest.fixture(scope="module")
def catalogue() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "catalogue.csv", keep_default_na=False, na_values={"end_year": [""]})


def words_of(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").splitlines()


def exploded(column: pd.Series) -> pd.Series:
    return column.str.split("|").explode()


def slug(title: str) -> str:
    spelled = title.replace("&", " and ").replace("½", " half").replace("ß", "ss").replace("'", "")
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
    assert len(catalogue) >= 1000
    assert set(catalogue["kind"]) == {"show", "movie"}
    assert catalogue["kind"].value_counts().min() >= 480
    assert (catalogue["language"] != "English").sum() >= 200


def test_years_reach_from_the_1940s_to_2025(catalogue: pd.DataFrame) -> None:
    assert catalogue["year"].between(1930, 2025).all()
    assert catalogue["year"].max() == 2025
    decades = catalogue["year"].floordiv(10).value_counts()
    assert (decades.reindex(range(194, 203), fill_value=0) >= 10).all()


def test_end_year_is_only_for_shows_and_not_before_the_start(catalogue: pd.DataFrame) -> None:
    ended = catalogue.dropna(subset=["end_year"])
    assert set(ended["kind"]) == {"show"}
    assert (ended["end_year"] >= ended["year"]).all()
    assert ended["end_year"].max() <= 2025


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
    assert (counts >= 3).mean() > 0.5
    per_title = catalogue["keywords"].str.split("|")
    assert per_title.map(len).between(6, 12).all()
    assert (per_title.map(set).map(len) == per_title.map(len)).all()


def test_people(catalogue: pd.DataFrame) -> None:
    assert catalogue["creators"].str.split("|").map(len).between(1, 3).all()
    assert catalogue["cast"].str.split("|").map(len).between(3, 5).all()


def test_a_name_is_always_spelled_alike(catalogue: pd.DataFrame) -> None:
    names = pd.Series(pd.concat([exploded(catalogue["creators"]), exploded(catalogue["cast"])]).unique())
    keys = names.map(slug).str.replace("-", "")
    assert names[keys.duplicated(keep=False)].tolist() == []


def test_synopses_have_25_to_60_words(catalogue: pd.DataFrame) -> None:
    assert catalogue["synopsis"].str.split().map(len).between(25, 60).all()
    assert catalogue["synopsis"].str.contains(r"[.!?\"]$").all()


def test_no_two_synopses_are_nearly_alike(catalogue: pd.DataFrame) -> None:
    vectors = TfidfVectorizer().fit_transform(catalogue["synopsis"])
    alike = (vectors @ vectors.T).toarray()
    np.fill_diagonal(alike, 0)
    pairs = [tuple(catalogue["item_id"].iloc[[row, column]]) for row, column in np.argwhere(alike > 0.6) if row < column]
    assert pairs == []


@pytest.mark.parametrize("column", ["familiarity", "acclaim"])
def test_estimates(catalogue: pd.DataFrame, column: str) -> None:
    assert pd.api.types.is_integer_dtype(catalogue[column])
    assert catalogue[column].between(1, 100).all()


@pytest.mark.parametrize("axis", AXES)
def test_taste_axes_use_all_five_values(catalogue: pd.DataFrame, axis: str) -> None:
    assert set(catalogue[axis]) == {-2, -1, 0, 1, 2}
