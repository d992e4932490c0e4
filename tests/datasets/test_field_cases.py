"""Files as people really have them. Each fault stands in one row or one sign; what is expected is the right data set."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.datasets.files.encoding import decoded, encoding_of
from recsys_core.errors import DatasetError

TITLES = ["Alder Lane", "Birch Road", "Cedar Street", "Dogwood", "Elm Court", "Fir Hill", "Gorse", "Hazel"]
GENRES = ["Comedy", "Drama", "Comedy|Drama", "Action", "Sci-Fi|Action", "Drama", "Comedy", "Horror"]
STARS = [(user, movie, 1 + (user * movie) % 9 / 2, 10**9 + user) for user in range(1, 13) for movie in range(1, 9) if (user + movie) % 3]


def movies(titles: list[str] = TITLES, ids: str = "{}", end: str = "") -> str:
    rows = [
        f"{ids.format(n)},{title} ({1989 + n}),{genres}{end}" for n, (title, genres) in enumerate(zip(titles, GENRES, strict=True), start=1)
    ]
    return "\n".join(["movieId,title,genres", *rows, ""])


def ratings(ids: str = "{}", separator: str = ",", end: str = "", *, whole: bool = False) -> str:
    head = [] if separator != "," else ["userId,movieId,rating,timestamp"]
    rows = [
        separator.join([str(user), ids.format(movie), str(int(stars) if whole else stars), str(at)]) + end
        for user, movie, stars, at in STARS
    ]
    return "\n".join([*head, *rows, ""])


TAGS = "userId,movieId,tag,timestamp\n1,1,cozy,1500000001\n2,1,cozy,1500000002\n2,2,heist,1500000003\n3,8,haunted house,1500000004\n"
LINKS = "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113497,8844\n"
KEYWORDS = ["cozy", "heist", "", "", "", "", "", "haunted house"]
UNQUOTED = {
    "u.genre": "unknown|0\nAction|1\nComedy|2\nDrama|3\n\n",
    "u.item": "".join(
        f"{n}|{title} ({1989 + n})|01-Jan-1995||http://x|0|{n % 2}|{1 - n % 2}|1\n" for n, title in enumerate(TITLES, start=1)
    ),
    "u.data": ratings(separator="\t", whole=True),
}
DOUBLE = {
    "movies.dat": "".join(f"{n}::{t} ({1989 + n})::{g}\n" for n, (t, g) in enumerate(zip(TITLES, GENRES, strict=True), start=1)),
    "ratings.dat": ratings(separator="::"),
    "tags.dat": "1::1::cozy::1500000001\n2::1::cozy::1500000002\n2::2::heist::1500000003\n3::8::haunted house::1500000004\n",
}


def put(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def read(folder: Path, **files: str | bytes) -> Dataset:
    """A set in the CSV layout with some files in place of the whole ones; ``tags`` stands for ``tags.csv``."""
    named = {f"{name}.csv": text for name, text in files.items()}
    return load_dataset(put(folder / "set", {"movies.csv": movies(), "ratings.csv": ratings()} | named), enriched=False)


# --- one field more or less than the header says -------------------------------------------------------------------


@pytest.mark.parametrize("end", [",", ",,", " , ,"])
def test_trailing_commas(tmp_path: Path, end: str):
    """pandas takes the first column for row names then, and every column moves by one."""
    longer = {"tags": TAGS, "links": LINKS, "movies": movies(), "ratings": ratings()}
    for name, text in longer.items():
        head, *rows = text.strip().split("\n")
        dataset = read(tmp_path / name, **({"tags": TAGS, "links": LINKS} | {name: "\n".join([head, *(row + end for row in rows), ""])}))
        assert not dataset.left_out
        assert dataset.items["keywords"].tolist() == KEYWORDS
        assert dataset.items["imdb_id"].tolist()[:2] == ["tt0114709", "tt0113497"]
        assert dataset.items["title"].tolist() == TITLES
        assert dataset.items["genres"].tolist()[:2] == ["Comedy", "Drama"]
        assert dataset.n_ratings == len(STARS)
        np.testing.assert_array_equal(np.unique(np.asarray(dataset.timestamps)), 10**9 + np.arange(1, 13))


def test_trailing_separators_in_layouts_without_a_header(tmp_path: Path):
    for files, end in ((UNQUOTED, {"u.item": "|", "u.data": "\t", "u.genre": "|"}), (DOUBLE, dict.fromkeys(DOUBLE, "::"))):
        whole = load_dataset(put(tmp_path / "whole", files), enriched=False)
        for name, separator in end.items():
            text = files[name].strip().replace("\n", f"{separator}\n") + separator
            dataset = load_dataset(put(tmp_path / "longer", files | {name: text}), enriched=False)
            assert not dataset.left_out
            assert dataset.items.equals(whole.items)
            assert np.array_equal(dataset.ratings.toarray(), whole.ratings.toarray())
        for file in [*(tmp_path / "whole").iterdir(), *(tmp_path / "longer").iterdir()]:
            file.unlink()


def test_a_row_that_ends_early_is_said(tmp_path: Path):
    dataset = read(tmp_path, ratings=ratings() + "13,1,4\n", movies=movies() + "9,Ivy\n")
    assert dataset.left_out == (
        "1 title row ends before the last column of movies.csv (row 10): what would stand there is unknown.",
        f"1 rating row ends before the last column of ratings.csv (row {len(STARS) + 2}): what would stand there is unknown.",
    )
    assert dataset.items["title"].tolist()[-1] == "Ivy"
    assert dataset.ratings.toarray()[4, 0] == 4.0  # person 13, in the order of texts after 1, 10, 11 and 12
    assert np.isnan(np.asarray(dataset.timestamps)).sum() == 1


@pytest.mark.parametrize(
    ("name", "row"),
    [("movies.dat", "9::Ivy (1998)::Drama::x"), ("tags.dat", "1::1::cozy::1500000001::7"), ("tags.dat", "1::1::cozy::1500000001::x")],
)
def test_a_field_too_many_where_texts_may_hold_separators(tmp_path: Path, name: str, row: str):
    """Titles of .dat files may hold "::", but then the year is still at their end."""
    whole = load_dataset(put(tmp_path / "whole", DOUBLE), enriched=False)
    dataset = load_dataset(put(tmp_path / "more", DOUBLE | {name: f"{DOUBLE[name]}{row}\n"}), enriched=False)
    assert "fields instead of" in dataset.left_out[0] or "not a time in seconds" in dataset.left_out[0]
    assert dataset.items.equals(whole.items)


@pytest.mark.parametrize("row", ["1,1,cozy, but long,1500000001", "1,cozy,1500000001", "1,1,cozy,soon"])
def test_a_row_whose_fields_have_moved_gives_no_wrong_keyword(tmp_path: Path, row: str):
    dataset = read(tmp_path, tags=TAGS + row + "\n")
    assert dataset.items["keywords"].tolist() == KEYWORDS
    assert dataset.left_out[0].startswith("1 of 5 tag rows was left out of tags.csv: ")
    assert "row 6" in dataset.left_out[0]


# --- one bad row costs itself --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "note"),
    [
        ("tags", TAGS + "4,,lost,1500000005\n", "1 of 5 tag rows was left out of tags.csv: no movieId (row 6)."),
        ("tags", TAGS + ",1,lost,1500000005\n", "1 of 5 tag rows was left out of tags.csv: no userId (row 6)."),
        ("links", LINKS + ",1,2\n", "1 of 3 link rows was left out of links.csv: no movieId (row 4)."),
        ("links", LINKS + "3,nonsense,2\n", "1 of 3 link rows was left out of links.csv: a imdbId that is none (row 4: nonsense)."),
        ("links", LINKS + "1,1,2\n", "1 of 3 link rows was left out of links.csv: a movieId that an earlier row has (row 4: 1)."),
        ("movies", movies() + ",Nameless,Drama\n", "1 of 9 title rows was left out of movies.csv: no movieId (row 10)."),
    ],
)
def test_the_other_rows_stay(tmp_path: Path, name: str, text: str, note: str, caplog: pytest.LogCaptureFixture):
    dataset = read(tmp_path, **({"tags": TAGS, "links": LINKS} | {name: text}))
    assert dataset.left_out == (note,)
    assert note in caplog.text
    assert dataset.items["keywords"].tolist() == KEYWORDS
    assert dataset.items["tmdb_id"].tolist()[:2] == ["862", "8844"]


def test_ids_that_a_missing_value_made_decimals(tmp_path: Path):
    """As pandas writes whole numbers of a column in which one is missing."""
    assert read(tmp_path, links="movieId,imdbId,tmdbId\n1,114709.0,862.0\n2,,\n").items["imdb_id"].tolist()[:2] == ["tt0114709", ""]


def test_a_table_that_loses_most_rows_is_refused(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"^set: tags\.csv cannot be read\. 2 of 3 tag rows were left out .*rows 3: 901, 4: 902\)"):
        read(tmp_path, tags="userId,movieId,tag,timestamp\n1,1,cozy,1\n1,901,x,1\n1,902,x,1\n")


# --- ids are text --------------------------------------------------------------------------------------------------


def test_people_07_and_7_are_two(tmp_path: Path):
    rows = "userId,movieId,rating,timestamp\n07,1,5,1\n07,2,4,1\n7,3,1,1\n7,4,2,1\n8,1,3,1\n8,3,3,1\n"
    for text in (rows, rows.replace("07,2", '"07",2')):  # the fast way and the slow one
        dataset = read(tmp_path, ratings=text)
        assert dataset.user_ids.tolist() == ["07", "7", "8"]
        assert dataset.ratings.toarray()[:2, :4].tolist() == [[5, 4, 0, 0], [0, 0, 1, 2]]


@pytest.mark.parametrize("ids", ["000100{}", "1e{}", "{}.0", "0x{}", "true{}", "-{}", "nan{}", "{}_0", "9999999999999999999999{}"])
def test_ids_are_as_they_are_written(tmp_path: Path, ids: str):
    expected = [ids.format(n) for n in range(1, 9)]
    assert read(tmp_path, movies=movies(ids=ids), ratings=ratings(ids=ids)).item_ids.tolist() == expected
    double = {
        "movies.dat": "".join(f"{ids.format(n)}::{title} (1990)::Drama\n" for n, title in enumerate(TITLES, start=1)),
        "ratings.dat": ratings(ids=ids, separator="::"),
    }
    assert load_dataset(put(tmp_path / "dat", double), enriched=False).item_ids.tolist() == expected
    bars = "".join(f"{ids.format(n)}|{title} (1990)||||0|1|0|1\n" for n, title in enumerate(TITLES, start=1))
    tabs = {"u.item": bars, "u.data": ratings(ids=ids, separator="\t")}
    assert load_dataset(put(tmp_path / "u", UNQUOTED | tabs), enriched=False).item_ids.tolist() == expected


@pytest.mark.parametrize("words", [("true", "True"), ("NA", "na"), ("null", "None"), ("1e1", "10"), ("1", "01")])
def test_ids_that_look_alike_are_two(tmp_path: Path, words: tuple[str, str]):
    first, second = words
    text = f"userId,movieId,rating,timestamp\n{first},{first},5,1\n{second},{second},1,1\n"
    dataset = read(tmp_path, movies=f"movieId,title,genres\n{first},A,Drama\n{second},B,Drama\n", ratings=text)
    assert sorted(dataset.user_ids.tolist()) == sorted(words)
    assert dataset.item_ids.tolist() == list(words)
    assert dataset.n_ratings == 2


# --- names that look like nothing ----------------------------------------------------------------------------------

NOTHINGS = ["None", "NA", "N/A", "n/a", "nan", "NaN", "NULL", "Null", "null", "<NA>", "#N/A", "-"]


@pytest.mark.parametrize("name", NOTHINGS)
def test_a_title_may_be_called_so(tmp_path: Path, name: str):
    for text in (movies(), DOUBLE["movies.dat"], UNQUOTED["u.item"]):
        assert "Cedar Street (1992)" in text
    dataset = read(
        tmp_path, movies=movies().replace("Cedar Street (1992)", name), tags=f"userId,movieId,tag,timestamp\n{name},1,{name},1\n"
    )
    assert dataset.items["title"][2] == name
    assert dataset.items["keywords"][0] == name.lower()
    double = DOUBLE | {"movies.dat": DOUBLE["movies.dat"].replace("Cedar Street (1992)", name)}
    assert load_dataset(put(tmp_path / "dat", double), enriched=False).items["title"][2] == name
    unquoted = UNQUOTED | {"u.item": UNQUOTED["u.item"].replace("Cedar Street (1992)", name)}
    assert load_dataset(put(tmp_path / "u", unquoted), enriched=False).items["title"][2] == name
    (tmp_path / "page-0.json").write_text(json.dumps([{"id": 1, "name": name}]), encoding="utf-8")
    assert load_dataset(tmp_path / "page-0.json").items["title"][0] == name


@pytest.mark.parametrize("name", NOTHINGS)
def test_a_person_may_be_called_so(tmp_path: Path, name: str):
    assert name in read(tmp_path, ratings=ratings() + f"{name},1,5,1\n").user_ids


# --- encodings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Café Étoile".encode(), "Café Étoile"),
        ("Café Étoile".encode("utf-8-sig"), "Café Étoile"),
        ("Café Étoile".encode("latin-1"), "Café Étoile"),
        ("“Café” – Étoile".encode("cp1252"), "“Café” – Étoile"),
        ("Café Étoile".encode("utf-16"), "Café Étoile"),
        (b"\x81\x8d caf\xe9", "\x81\x8d café"),
        ("Ночь и 夜".encode() + b" \xff", "Ночь и 夜 �"),
        ("Ночь ".encode() + "\ud83d".encode(errors="surrogatepass"), "Ночь ���"),
        (b"", ""),
    ],
)
def test_one_place_decides_the_encoding(content: bytes, text: str):
    assert decoded(content) == text
    in_pieces = [content[:1], *(content[at : at + 1] for at in range(1, len(content)))]
    if not content.startswith(b"\xff\xfe"):
        assert encoding_of(in_pieces) == encoding_of([content]) or content.startswith(b"\xef\xbb\xbf")


def test_u_item_in_utf_8(tmp_path: Path):
    item = UNQUOTED["u.item"].replace("Alder Lane", "Café Étoile")
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"):
        files = UNQUOTED | {"u.item": item.encode(encoding)}
        assert load_dataset(put(tmp_path / encoding, files), enriched=False).items["title"][0] == "Café Étoile"


def test_a_genre_in_latin_1(tmp_path: Path):
    genre = UNQUOTED["u.genre"].replace("Comedy", "Comédie").encode("latin-1")
    assert load_dataset(put(tmp_path / "u", UNQUOTED | {"u.genre": genre}), enriched=False).items["genres"][1] == "Comédie|Drama"


# --- quotation marks and backslashes -------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ['"Alder" Lane', '"Birch Road', 'Cedar "Street"', '"', '""', '"a" "b"', "it's"])
def test_quotation_marks_are_characters_in_unquoted_layouts(tmp_path: Path, title: str):
    for n, (files, name) in enumerate(((UNQUOTED, "u.item"), (DOUBLE, "movies.dat"))):
        changed = files | {name: files[name].replace("Cedar Street", title)}
        dataset = load_dataset(put(tmp_path / str(n), changed), enriched=False)
        assert dataset.items["title"].tolist() == [*TITLES[:2], title, *TITLES[3:]]
        assert not dataset.left_out
    tagged = DOUBLE | {"tags.dat": DOUBLE["tags.dat"].replace("heist", title)}
    assert load_dataset(put(tmp_path / "tags", tagged), enriched=False).items["keywords"][1] == title.lower()


@pytest.mark.parametrize("title", ['"Alder" Lane', '"Birch Road', 'Cedar "Street"', '"a" "b"'])
def test_quotation_marks_that_enclose_no_field_of_csv(tmp_path: Path, title: str):
    """Written by hand, not by a program: an open mark must not swallow the rows after it."""
    dataset = read(tmp_path, movies=movies().replace("Cedar Street", title).replace("Dogwood (1993)", '"Dogwood, The (1993)"'))
    assert dataset.items["title"].tolist() == [*TITLES[:2], title, "The Dogwood", *TITLES[4:]]
    assert not dataset.left_out


def test_an_open_quotation_mark_before_a_comma_costs_its_row_alone(tmp_path: Path):
    dataset = read(tmp_path, movies=movies().replace("Cedar Street", '"Cedar, the Street'))
    assert dataset.left_out[0] == "1 of 8 title rows was left out of movies.csv: 4 fields instead of 3 (row 4)."
    assert dataset.items["title"].tolist() == [*TITLES[:2], *TITLES[3:]]


def test_backslashes_in_a_zip_are_separators(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.writestr("my-films\\", "")
        archive.writestr("my-films\\movies.csv", movies())
        archive.writestr("my-films\\ratings.csv", ratings())
    assert load_dataset(tmp_path / "mine.zip", enriched=False).n_items == 8


# --- titles, years, ids elsewhere ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "title", "year", "end"),
    [
        ('"Warden, The: Dark Prayer (2005)"', "The Warden: Dark Prayer", 2005, None),
        ('"Gorse, A: Part Two (2007)"', "A Gorse: Part Two", 2007, None),
        ('"Étoile, L\': La suite (2007)"', "L'Étoile: La suite", 2007, None),
        ('"Gorse, the Bad: Part Two (2007)"', "Gorse, the Bad: Part Two", 2007, None),
        ("Ivy (2006–2007)", "Ivy", 2006, 2007),
        ("Ivy (2006-2007)", "Ivy", 2006, 2007),
        ("Ivy (2005– )", "Ivy", 2005, None),
        ("Ivy (2005–)", "Ivy", 2005, None),
        ("Ivy (2005-1990)", "Ivy", 2005, None),
        ("(2005)", "(2005)", None, None),
    ],
)
def test_titles_and_years(tmp_path: Path, written: str, title: str, year: int | None, end: int | None):
    items = read(tmp_path, movies=movies().replace("Alder Lane (1990)", written)).items
    found = [None if np.isnan(value) else int(value) for value in (items["year"][0], items["end_year"][0])]
    assert [items["title"][0], *found] == [title, year, end]


@pytest.mark.parametrize("imdb", ["0114709", "114709", "tt0114709", "tt114709", " tt0114709 ", "114709.0"])
def test_imdb_ids_with_and_without_tt(tmp_path: Path, imdb: str):
    assert read(tmp_path, links=f"movieId,imdbId,tmdbId\n1,{imdb},862\n").items["imdb_id"][0] == "tt0114709"


def test_an_imdb_id_of_eight_digits(tmp_path: Path):
    assert read(tmp_path, links="movieId,imdbId,tmdbId\n1,tt10105270,\n").items["imdb_id"][0] == "tt10105270"


def test_dates_in_place_of_seconds(tmp_path: Path):
    rows = "userId,movieId,rating,timestamp\n1,1,5,2005-04-02 23:53:47\n1,2,4,2005-04-02T23:53:48Z\n2,1,3,2005-04-03\n"
    assert read(tmp_path, ratings=rows).timestamps.tolist() == [1112486027.0, 1112486028.0, 1112486400.0]


def test_ratings_without_a_column_of_times(tmp_path: Path):
    assert read(tmp_path, ratings="userId,movieId,rating\n1,1,5\n2,2,4\n").timestamps is None


# --- what ratings are kept under -----------------------------------------------------------------------------------


def test_the_key_is_what_is_in_an_archive_not_its_name(tmp_path: Path):
    here = read(tmp_path / "here")
    renamed = load_dataset(put(tmp_path / "other name", {"movies.csv": movies(), "ratings.csv": ratings()}), enriched=False)
    there = read(tmp_path / "there", movies=movies(titles=[*TITLES[:7], "Yarrow"]))
    shuffled = "\n".join(["movieId,title,genres", *reversed(movies().strip().split("\n")[1:])])
    assert here.name == there.name == "set"
    assert renamed.key == here.key != there.key
    assert read(tmp_path / "shuffled", movies=shuffled).key == here.key
    assert load_dataset(put(tmp_path / "b", {"movies.csv": movies(), "ratings.csv": ratings()})).key == here.key  # enriched
    assert load_dataset(f"{tmp_path / 'b'}+shows").key == f"{here.key}+shows"


def test_an_upload_keeps_its_key(tmp_path: Path):
    """Its name is a checksum of its content; ratings were kept under it before there were fingerprints."""
    with zipfile.ZipFile(tmp_path / "movielens-0123abcd.zip", "w") as archive:
        archive.writestr("movies.csv", movies())
        archive.writestr("ratings.csv", ratings())
    assert load_dataset(tmp_path / "movielens-0123abcd.zip", enriched=False).key == "movielens-0123abcd"


def test_bundled_names_and_releases_keep_their_keys(shared_data: Path, tmp_path: Path):
    assert load_dataset("showcase").key == "showcase"
    for name in ("ml-100k", "ml-latest-small"):
        assert load_dataset(shared_data / f"{name}.zip", enriched=False).key == name
    (tmp_path / "renamed.zip").symlink_to(shared_data / "ml-100k.zip")
    assert load_dataset(f"{tmp_path / 'renamed.zip'}+shows").key == "ml-100k+shows"
    put(tmp_path / "ml-100k", {"movies.csv": movies(), "ratings.csv": ratings()})
    assert load_dataset(tmp_path / "ml-100k", enriched=False).key.startswith("t-")
    (tmp_path / "any.json").write_text(json.dumps([{"id": 1, "name": "Alder"}]), encoding="utf-8")
    assert load_dataset(tmp_path / "any.json").key == "tvmaze"
