"""The same title in two data sets: found where it is certain, left alone where it is not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine, load_dataset
from recsys_core.datasets import completed, has_shows, source_path
from recsys_core.datasets.sources.linking import carry_ratings, enrich, key, match_titles, with_shows
from recsys_core.datasets.sources.movielens import read_movielens
from recsys_core.datasets.sources.showcase import read_catalogue
from recsys_core.errors import DatasetError
from recsys_core.settings import settings

Row = dict[str, Any]


def table(*rows: Row) -> pd.DataFrame:
    return pd.DataFrame([{"item_id": f"{place}", "year": 2000, "kind": "movie"} | row for place, row in enumerate(rows)])


def linked(left: Row | list[Row], right: Row | list[Row]) -> dict[str, str]:
    lefts, rights = ([side] if isinstance(side, dict) else side for side in (left, right))
    return match_titles(table(*lefts), table(*rights))


# --- matching ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The Matrix", "The Matrix"),
        ("The Matrix", "Matrix, The"),
        ("THE MATRIX", "Matrix"),
        ("Amelie", "Amélie"),
        ("Lilo & Stitch", "Lilo and Stitch"),
        ("WALL·E", "WALL-E"),
        ("Who Framed Roger Rabbit?", "Who Framed Roger Rabbit"),
        ("The Godfather: Part II", "The Godfather Part II"),
        ("Hard-Boiled", "Hard Boiled"),
        ("Old Boy", "Oldboy"),
        ("Three Colors: Blue", "Three Colours: Blue"),
        ("8 1/2", "8½"),
        ("Seven (a.k.a. Se7en)", "Se7en"),
        ("Seven (a.k.a. Se7en)", "Seven"),
        ("Bicycle Thieves (a.k.a. The Bicycle Thief) (Ladri di biciclette)", "The Bicycle Thief"),
        ("The City of Lost Children (Cité des enfants perdus, La)", "The City of Lost Children"),
        ("Hate (Haine, La)", "La Haine"),
        ("(500) Days of Summer", "500 Days of Summer"),
        ("Star Wars: Episode V - The Empire Strikes Back", "The Empire Strikes Back"),
        ("Star Wars: Episode IV - A New Hope", "Star Wars"),
        ("Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "Dr. Strangelove"),
    ],
)
def test_one_title_written_in_two_ways(left: str, right: str):
    assert linked({"title": left}, {"title": right}) == {"0": "0"}
    assert linked({"title": right}, {"title": left}) == {"0": "0"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Rocky", "Rocky II"),
        ("Alien", "Aliens"),
        ("Mission: Impossible", "Mission: Impossible II"),
        ("The Thing", "The Thin"),
        ("Batman: Mask of the Phantasm", "Batman"),
        ("Nineteen Eighty-Four (1984)", "1984"),
        ("Seven", "Eight"),
        ("!!!", "???"),
        ("Spider-Man 2", "Spider-Man"),
    ],
)
def test_two_titles_that_only_look_alike(left: str, right: str):
    assert linked({"title": left}, {"title": right}) == {}


def test_the_original_title_counts_on_either_side():
    foreign = {"title": "Spirited Away", "original_title": "Sen to Chihiro no Kamikakushi"}
    assert linked({"title": "Sen to Chihiro no kamikakushi"}, foreign) == {"0": "0"}
    assert linked(foreign, {"title": "Sen to Chihiro no kamikakushi"}) == {"0": "0"}


@pytest.mark.parametrize(("years", "found"), [((2000, 2000), True), ((2000, 2001), True), ((2001, 2000), True), ((2000, 2002), False)])
def test_years(years: tuple[int, int], found: bool):
    assert bool(linked({"title": "Heat", "year": years[0]}, {"title": "Heat", "year": years[1]})) is found


def test_without_a_year_nothing_is_certain():
    assert linked({"title": "Heat", "year": None}, {"title": "Heat"}) == {}
    assert linked({"title": "Heat", "year": None}, {"title": "Heat", "year": None}) == {}
    assert match_titles(table({"title": "Heat"}).drop(columns="year"), table({"title": "Heat"})) == {}


def test_the_very_year_goes_before_the_year_next_to_it():
    years = [{"title": "Heat", "year": 1999}, {"title": "Heat", "year": 2000}]
    assert linked(years, {"title": "Heat"}) == {"1": "0"}
    assert linked(years, years) == {"0": "0", "1": "1"}


def test_a_year_apart_only_if_nothing_else_can_be_meant():
    assert linked([{"title": "Heat", "year": 1999}, {"title": "Heat", "year": 2001}], {"title": "Heat"}) == {}
    namesakes = [{"title": "Heat", "year": 1999}, {"title": "Heat"}, {"title": "Heat"}]
    assert linked(namesakes, {"title": "Heat"}) == {}


def test_namesakes_are_left_alone():
    assert linked([{"title": "Emma"}, {"title": "Emma"}], {"title": "Emma"}) == {}
    assert linked({"title": "Emma"}, [{"title": "Emma"}, {"title": "Emma"}]) == {}


def test_another_name_only_if_the_main_name_is_not_taken():
    lefts = [{"title": "Ring (Ringu)"}, {"title": "Ringu"}]
    assert linked(lefts, {"title": "Ringu"}) == {"1": "0"}


def test_kinds_must_agree_where_both_are_known():
    assert linked({"title": "Fargo"}, {"title": "Fargo", "kind": "show"}) == {}
    assert linked({"title": "Fargo", "kind": ""}, {"title": "Fargo", "kind": "show"}) == {"0": "0"}
    assert linked({"title": "Fargo"}, [{"title": "Fargo", "kind": "show"}, {"title": "Fargo"}]) == {"0": "1"}


def test_ids_of_the_imdb_win():
    left = [{"title": "One", "imdb_id": "tt0000001"}, {"title": "Two", "imdb_id": "tt0000002", "year": None}]
    right = [{"title": "Two", "imdb_id": "tt0000001"}, {"title": "Another name", "imdb_id": "tt0000002", "year": 1950}]
    assert linked(left, right) == {"0": "0", "1": "1"}
    assert linked({"title": "One", "imdb_id": "tt0000001"}, {"title": "One", "imdb_id": "tt0000002"}) == {}
    assert linked({"title": "One", "imdb_id": "tt0000001"}, {"title": "One", "imdb_id": ""}) == {"0": "0"}


def test_pairs_are_one_to_one_and_in_order():
    names = ["Heat", "Alien", "Fargo", "Jaws"]
    pairs = linked([{"title": name} for name in names], [{"title": name} for name in reversed(names)])
    assert list(pairs.items()) == [("0", "3"), ("1", "2"), ("2", "1"), ("3", "0")]


def test_missing_values_are_no_names():
    left = pd.DataFrame({"item_id": [1, 2], "title": ["Heat", "Alien"], "year": [1995, 1979], "original_title": [np.nan, None]})
    assert match_titles(left, left) == {"1": "1", "2": "2"}


def test_keys_of_titles():
    assert key("Matrix, The") == key("the matrix") == key("MATRIX!") == "matrix"
    assert key("A") == "a"


# --- filling in ----------------------------------------------------------------------------------------------------


CATALOGUE = pd.DataFrame(
    [
        {"item_id": "heat-1995", "title": "Heat", "kind": "movie", "year": 1995, "genres": "Crime", "creators": "Di Rector",
         "cast": "A|B", "country": "United States", "language": "English", "keywords": "heist|los angeles", "synopsis": "A robber.",
         "familiarity": 80, "original_title": ""},
        {"item_id": "pier-1999", "title": "Pier", "kind": "show", "year": 1999, "genres": "Drama", "creators": "", "cast": "",
         "country": "", "language": "English", "keywords": "harbour", "synopsis": "A harbour.", "familiarity": 40,
         "original_title": "Mole"},
    ]
)  # fmt: skip


def test_what_is_missing_is_filled_and_what_is_there_stays():
    items = table(
        {"title": "Heat", "year": 1995, "genres": "Action", "keywords": "Los Angeles|tense", "creators": "Own"}, {"title": "Other"}
    )
    filled = enrich(items, CATALOGUE)
    first = filled.iloc[0]
    assert first["text"] == "A robber."
    assert (first["cast"], first["country"], first["language"]) == ("A|B", "United States", "English")
    assert (first["genres"], first["creators"]) == ("Action", "Own")
    assert first["keywords"] == "heist|los angeles|tense"
    assert filled.iloc[1][["text", "cast", "language", "keywords"]].tolist() == [""] * 4
    assert filled["item_id"].tolist() == items["item_id"].tolist()
    assert "text" not in items  # what was given is as it was


def test_shows_are_added_behind():
    both = with_shows(table({"title": "Heat"}), CATALOGUE)
    assert both["item_id"].tolist() == ["0", "pier-1999"]
    show = both.iloc[1]
    assert (show["kind"], show["text"], show["fame"], show["original_title"]) == ("show", "A harbour.", 40, "Mole")


# --- carrying ratings ----------------------------------------------------------------------------------------------


def dataset(*rows: Row) -> Dataset:
    return Dataset.from_frames(table(*rows), None)


def test_ratings_follow_in_their_order():
    source = dataset({"title": "Heat"}, {"title": "Alien"}, {"title": "Fargo"}, {"title": "Only here"})
    target = dataset({"title": "Only there"}, {"title": "Fargo"}, {"title": "Alien", "year": 2001}, {"title": "Heat", "year": 1990})
    carried = carry_ratings({"2": 1.0, "3": 2.0, "1": 4.5, "unknown": 5.0}, source, target)
    assert list(carried.items()) == [("1", 1.0), ("2", 4.5)]
    assert carry_ratings({}, source, target) == {}


def test_an_unrated_namesake_still_makes_a_match_uncertain():
    source = dataset({"title": "Emma"}, {"title": "Emma"})
    assert carry_ratings({"0": 5.0}, source, dataset({"title": "Emma"})) == {}


def test_ids_of_the_imdb_carry_without_a_year():
    source, target = (dataset({"title": name, "year": None, "imdb_id": "tt0000001"}) for name in ("One", "Un"))
    assert carry_ratings({"0": 3.0}, source, target) == {"0": 3.0}


def test_within_one_data_set_ratings_stay():
    one = dataset({"title": "Emma"}, {"title": "Emma"})
    assert carry_ratings({"1": 2.0, "gone": 3.0}, one, one) == {"1": 2.0}


# --- by name -------------------------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A MovieLens archive with a movie of the showcase, its namesake of another year, and a movie of nobody's."""
    file = tmp_path / "tiny.zip"
    with zipfile.ZipFile(file, "w") as written:
        movies = ["1,Fargo (1996),Crime", "2,Fargo (1952),Drama", "3,No Such Film (2001),Comedy"]
        written.writestr("tiny/movies.csv", "\n".join(["movieId,title,genres", *movies, ""]))
        rows = [f"{user},{movie},{5 if movie == 1 else 2},1" for user in range(1, 7) for movie in range(1, 4)]
        written.writestr("tiny/ratings.csv", "\n".join(["userId,movieId,rating,timestamp", *rows, ""]))
        written.writestr("tiny/tags.csv", "userId,movieId,tag,timestamp\n1,1,wood chipper,1\n")
    return file


def test_movielens_is_enriched_by_default(archive: Path):
    dataset = load_dataset(archive)
    fargo, namesake, _ = dataset.items.to_dict("records")
    ours = read_catalogue().set_index("item_id").loc["fargo-1996"]
    assert fargo["text"] == ours["synopsis"]
    assert fargo["creators"] == ours["creators"]
    assert fargo["keywords"].startswith(ours["keywords"])
    assert fargo["keywords"].endswith("|wood chipper")
    assert fargo["genres"] == "Crime"
    assert namesake["text"] == ""
    assert "1 movies are from the showcase" in dataset.description


def test_an_archive_can_be_read_as_it_is(archive: Path):
    dataset = load_dataset(archive, enriched=False)
    assert dataset.items["text"].eq("").all()
    assert dataset.items["keywords"][0] == "wood chipper"
    assert "showcase" not in dataset.description
    pd.testing.assert_frame_equal(dataset.items, read_movielens(archive).items)


@pytest.mark.parametrize("enriched", [True, False])
def test_shows_are_real_cold_start_items(archive: Path, enriched: bool):
    dataset = load_dataset(f"{archive}+shows", enriched=enriched)
    assert dataset.name == "tiny+shows"
    shows = dataset.items["kind"] == "show"
    assert shows.sum() == (read_catalogue()["kind"] == "show").sum()
    assert dataset.raters[shows].sum() == 0
    assert dataset.n_ratings == 18
    assert (dataset.items["text"][0] != "") is enriched
    assert "nobody has rated them here" in dataset.description
    assert dataset.items.loc[shows, "fame"].notna().all()


def test_content_carries_the_shows(archive: Path):
    engine = Engine.fit(load_dataset(f"{archive}+shows"))
    best = engine.recommend({"1": 5.0}, n=5, kind="show")
    assert len(best) == 5
    genres = engine.dataset.items.set_index("item_id")["genres"]
    assert sum("Crime" in genres[item.item_id].split("|") for item in best) >= 4
    assert all(engine.dataset.raters[engine.dataset.position(item.item_id)] == 0 for item in best)


def test_the_suffix_in_names_and_paths(archive: Path, move_folder):
    move_folder("downloads", archive.parent)
    for name in ("tiny", "tiny+shows", f"{archive}+shows", Path(f"{archive}+shows")):
        assert source_path(name) == archive
        assert has_shows(name) is str(name).endswith("+shows")
        assert completed(name)
    assert not completed("showcase")
    with pytest.raises(DatasetError, match=r"^No data set 'absent': "):
        load_dataset("absent+shows")


def test_the_showcase_has_its_shows_already():
    assert source_path("showcase+shows") == settings().showcase_folder
    with pytest.raises(DatasetError, match="shows can be added to a MovieLens data set only"):
        load_dataset("showcase+shows")


# --- the real ones -------------------------------------------------------------------------------------------------


def test_the_real_ml_latest_small(shared_data: Path):
    catalogue = read_catalogue()
    items = load_dataset(shared_data / "ml-latest-small.zip", enriched=False).items
    pairs = match_titles(items, catalogue)
    candidates = ((catalogue["kind"] == "movie") & (catalogue["year"] <= 2018)).sum()
    assert 0.9 * candidates < len(pairs) <= candidates
    assert len(set(pairs.values())) == len(pairs)
    assert pairs["2571"] == "the-matrix-1999"
    assert pairs["260"] == "star-wars-1977"
    years = items.set_index("item_id").loc[list(pairs), "year"].to_numpy()
    theirs = catalogue.set_index("item_id").loc[list(pairs.values()), "year"].to_numpy()
    assert np.abs(years - theirs).max() <= 1
    assert (years == theirs).mean() > 0.97


def test_ratings_follow_from_the_showcase_to_movielens_and_back(shared_data: Path, showcase: Dataset):
    target = load_dataset(shared_data / "ml-latest-small.zip")
    ratings = {"the-matrix-1999": 5.0, "breaking-bad-2008": 4.0, "fargo-1996": 3.5}
    carried = carry_ratings(ratings, showcase, target)
    assert list(carried.items()) == [("2571", 5.0), ("608", 3.5)]
    assert carry_ratings(carried, target, showcase) == {"the-matrix-1999": 5.0, "fargo-1996": 3.5}
    with_them = load_dataset(f"{shared_data / 'ml-latest-small.zip'}+shows")
    assert carry_ratings(ratings, showcase, with_them) == {"2571": 5.0, "breaking-bad-2008": 4.0, "608": 3.5}
