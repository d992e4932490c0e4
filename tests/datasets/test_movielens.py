"""MovieLens archives as people have them: every layout, zipped or not, whole or broken."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.common.text import upright
from recsys_core.data.search import TitleSearch
from recsys_core.datasets import source_path
from recsys_core.datasets.files.archive import Archive
from recsys_core.datasets.files.tables import COMMAS, DOUBLE_COLONS, ID, STARS, TABS, TIME, read_table
from recsys_core.datasets.sources.brackets import names
from recsys_core.errors import DatasetError

CSV = {
    "movies.csv": (
        'movieId,title,genres\n1,"Matrix, The (1999)",Action|Sci-Fi\n2,"Misérables, Les (1995)",Drama\n30,Babylon 5,(no genres listed)\n'
    ),
    "ratings.csv": "userId,movieId,rating,timestamp\n7,1,5.0,100\n7,30,0.5,101\n8,1,4.5,102\n8,2,3.0,103\n",
    "tags.csv": "userId,movieId,tag,timestamp\n7,1, Kung Fu ,1\n8,1,kung fu,2\n8,1,red|blue pill,3\n8,2,Paris,4\n",
}
LATIN = {
    "u.genre": "unknown|0\nAction|1\nSci-Fi|2\n\n",
    "u.item": (
        "1|Matrix, The (1999)|01-Jan-1999||http://x|0|1|1\n2|Misérables, Les (1995)|01-Jan-1995||http://x|0|0|0\n3|unknown||||1|0|0\n"
    ),
    "u.data": "7\t1\t5\t100\n7\t3\t1\t101\n8\t1\t4\t102\n8\t2\t3\t103\n",
}
DAT_1M = {
    "movies.dat": "1::Matrix, The (1999)::Action|Sci-Fi\n2::Misérables, Les (1995)::Drama\n3::Face: a::b (1997)::Drama\n".encode("latin-1"),
    "ratings.dat": "7::1::5::100\n7::3::1::101\n8::1::4::102\n8::2::3::103\n",
    "users.dat": "7::F::1::10::48067\n8::M::56::16::70072\n",
}
DAT_10M = {
    "movies.dat": (
        "1::Matrix, The (1999)::Action|Sci-Fi\n2::Misérables, Les (1995)::Drama\n3::Ponyo (崖の上のポニョ) (2008)::(no genres listed)\n"
    ),
    "ratings.dat": "7::1::5::100\n7::3::0.5::101\n8::1::4.5::102\n8::2::3::103\n",
    "tags.dat": "7::1::Kung Fu::1\n8::1::kung fu::2\n8::1::to be :: or not::3\n8::2::Paris::4\n",
}
LINKS = {"links.csv": "movieId,imdbId,tmdbId\n1,0133093,603\n30,10105270,\n"}
GENOME = CSV | {
    "genome-tags.csv": "tagId,tag\n1,Hackers\n2,great\n3,dystopia|future\n",
    "genome-scores.csv": (
        "movieId,tagId,relevance\n1,1,0.95\n1,2,0.6\n1,3,0.85\n2,1,0.05\n2,2,0.6\n2,3,0.05\n30,1,0.2\n30,2,0.75\n30,3,0.4\n"
    ),
}
Content = dict[str, str | bytes]


def encoded(name: str, text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    return text.encode("latin-1" if name.startswith("u.") else "utf-8")


def as_folder(path: Path, content: Content) -> Path:
    (path / "inner").mkdir(parents=True)
    for name, text in content.items():
        (path / "inner" / name).write_bytes(encoded(name, text))
    return path


def as_zip(path: Path, content: Content) -> Path:
    file = path.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/", "")
        for name, text in content.items():
            archive.writestr(f"inner/{name}", encoded(name, text))
    return file


@pytest.fixture(params=[as_folder, as_zip], ids=["folder", "zip"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Content], Path]:
    return lambda content: request.param(tmp_path / "tiny", content)


def same(one: Dataset, other: Dataset) -> None:
    """The two hold the same titles and ratings."""
    pd.testing.assert_frame_equal(one.items, other.items)
    assert one.user_ids.tolist() == other.user_ids.tolist()
    np.testing.assert_array_equal(one.ratings.toarray(), other.ratings.toarray())


# --- what is read --------------------------------------------------------------------------------------------------


def test_the_csv_layout(write: Callable[[Content], Path]):
    dataset = load_dataset(write(CSV))
    assert dataset.name == "tiny"
    assert dataset.simulated is False
    assert "MovieLens" in dataset.description
    assert "Harper" in dataset.description
    assert dataset.item_ids.tolist() == ["1", "2", "30"]
    assert dataset.items["title"].tolist() == ["The Matrix", "Les Misérables", "Babylon 5"]
    np.testing.assert_array_equal(dataset.items["year"], [1999, 1995, np.nan])
    assert dataset.items["kind"].tolist() == ["movie"] * 3
    assert dataset.items["genres"].tolist() == ["Action|Science Fiction", "Drama", ""]
    assert dataset.user_ids.tolist() == ["7", "8"]
    assert dataset.ratings.toarray().tolist() == [[5.0, 0.0, 0.5], [4.5, 3.0, 0.0]]
    assert dataset.timestamps is not None
    assert dataset.timestamps.tolist() == [100, 101, 102, 103]


def test_tags_become_keywords(write: Callable[[Content], Path]):
    assert load_dataset(write(CSV), enriched=False).items["keywords"].tolist() == ["kung fu|red blue pill", "paris", ""]


def test_tags_are_optional(write: Callable[[Content], Path]):
    without = {name: text for name, text in CSV.items() if name != "tags.csv"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pandas warns of what it will refuse
        assert load_dataset(write(without), enriched=False).items["keywords"].tolist() == ["", "", ""]


def test_where_people_gave_many_tags_only_those_of_several_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A title keeps the two tags of most people, then up to four of at least two people; here a small set has six tags."""
    monkeypatch.setattr("recsys_core.datasets.sources.tags.ENOUGH", 2)
    monkeypatch.setattr("recsys_core.datasets.sources.tags.MOST", 4)
    given = {"rare": 1, "five": 5, "two": 2, "four": 4, "three": 3, "also two": 2}
    rows = [f"{user},1,{tag},0" for tag, people in given.items() for user in range(people)]
    rows += ["0,1,five,1", "0,2,alone,0", "0,2,lonely,0", "0,2,single,0"]
    file = as_zip(tmp_path / "tags", CSV | {"tags.csv": "\n".join(["userId,movieId,tag,timestamp", *rows, ""])})
    every = ["five|four|three|two|also two|rare", "alone|lonely|single", ""]
    assert load_dataset(file, enriched=False).items["keywords"].tolist() == every
    monkeypatch.setattr("recsys_core.datasets.sources.tags.FEW_TAGS", len(rows) - 1)
    assert load_dataset(file, enriched=False).items["keywords"].tolist() == ["five|four|three|two", "alone|lonely", ""]


def test_a_tag_is_counted_by_people_not_by_times(tmp_path: Path):
    rows = "userId,movieId,tag,timestamp\n7,1,shouted,1\n7,1,SHOUTED,2\n7,1,shouted ,3\n7,1,said,4\n8,1,said,5\n"
    assert load_dataset(as_zip(tmp_path / "tags", CSV | {"tags.csv": rows}), enriched=False).items["keywords"][0] == "said|shouted"


def test_tags_with_quotes_commas_line_ends_and_odd_words(write: Callable[[Content], Path]):
    rows = 'userId,movieId,tag,timestamp\n7,1,"sci-fi, ""hard""",1\n7,1,"two\nlines",2\n7,1,nan,3\n7,1,,4\n7,2,1984,5\n'
    keywords = load_dataset(write(CSV | {"tags.csv": rows}), enriched=False).items["keywords"]
    assert keywords.tolist() == ['sci-fi, "hard"|two lines|nan', "1984", ""]


def test_ids_elsewhere_are_kept(write: Callable[[Content], Path]):
    items = load_dataset(write(CSV | LINKS)).items
    assert items["imdb_id"].tolist() == ["tt0133093", "", "tt10105270"]
    assert items["tmdb_id"].tolist() == ["603", "", ""]
    assert items["url"][2] == "https://movielens.org/movies/30"


def test_without_links_there_are_no_ids(write: Callable[[Content], Path]):
    assert load_dataset(write(CSV)).items[["imdb_id", "tmdb_id"]].to_numpy().tolist() == [["", ""]] * 3


def test_the_tag_genome(write: Callable[[Content], Path]):
    """Means by hand: hackers 0.4, great 0.65, dystopia 0.4333; kept is what is more than 0.1 above, the largest first."""
    genome = load_dataset(write(GENOME)).items["genome"].tolist()
    assert genome == ["hackers:0.55|dystopia future:0.42", "", ""]


def test_the_largest_tags_of_the_genome_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recsys_core.datasets.sources.tags.MOST_OF_GENOME", 1)
    monkeypatch.setattr("recsys_core.datasets.sources.tags.CLEARLY_ABOVE", 0.05)
    assert load_dataset(as_zip(tmp_path / "genome", GENOME)).items["genome"].tolist() == ["hackers:0.55", "", "great:0.10"]


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("genome-scores.csv", "relevance", "score", r"genome-scores\.csv lacks the column relevance\. It has: movieId, tagId, score"),
        ("genome-tags.csv", "tagId", "id", r"genome-tags\.csv lacks the column tagId"),
    ],
)
def test_a_wrong_genome(write: Callable[[Content], Path], name: str, old: str, new: str, sentence: str):
    refused(write(GENOME | {name: str(GENOME[name]).replace(old, new, 1)}), sentence)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("0.95", "1.95", "a relevance that is not a number from 0 to 1 (row 2: 1.95)"),
        ("0.95", "much", "a relevance that is not a number from 0 to 1 (row 2: much)"),
        ("0.95", "", "no relevance (row 2)"),
        ("1,3,0.85", "1,9,0.85", "a tagId that genome-tags.csv does not name (row 4: 9)"),
        ("30,1,", "31,1,", "a movieId that is not in movies.csv (row 8: 31)"),
    ],
)
def test_a_wrong_row_of_the_genome_is_left_out(write: Callable[[Content], Path], old: str, new: str, why: str):
    text = str(GENOME["genome-scores.csv"]).replace(old, new, 1)
    dataset = load_dataset(write(GENOME | {"genome-scores.csv": text}))
    assert dataset.left_out == (f"1 of 9 genome rows was left out of genome-scores.csv: {why}.",)


def test_a_genome_without_its_tags(write: Callable[[Content], Path]):
    refused(write({name: text for name, text in GENOME.items() if name != "genome-tags.csv"}), r"the file genome-tags\.csv is missing")


def test_the_1m_layout(write: Callable[[Content], Path]):
    dataset = load_dataset(write(DAT_1M), enriched=False)
    assert dataset.items["title"].tolist() == ["The Matrix", "Les Misérables", "Face: a::b"]
    assert dataset.items["year"].tolist() == [1999, 1995, 1997]
    assert dataset.items["genres"].tolist() == ["Action|Science Fiction", "Drama", "Drama"]
    assert dataset.item_ids.tolist() == ["1", "2", "3"]
    assert dataset.user_ids.tolist() == ["7", "8"]
    assert dataset.ratings.toarray().tolist() == [[5.0, 0.0, 1.0], [4.0, 3.0, 0.0]]
    assert dataset.timestamps is not None
    assert dataset.timestamps.tolist() == [100, 101, 102, 103]


def test_the_10m_layout(write: Callable[[Content], Path]):
    dataset = load_dataset(write(DAT_10M), enriched=False)
    assert dataset.items["title"].tolist() == ["The Matrix", "Les Misérables", "Ponyo"]
    assert dataset.items["genres"].tolist() == ["Action|Science Fiction", "Drama", ""]
    assert dataset.items["keywords"].tolist() == ["kung fu|to be :: or not", "paris", ""]
    assert dataset.ratings.toarray().tolist() == [[5.0, 0.0, 0.5], [4.5, 3.0, 0.0]]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("movies.dat", "\n", r"movies\.dat is not a table \(it is empty\)"),
        ("ratings.dat", "", r"ratings\.dat is not a table \(it is empty\)"),
        ("ratings.dat", "7,1,5,100\n", r"ratings\.dat cannot be read\. 1 of 1 rating rows was left out .*1 field instead of 4 \(row 1\)"),
        ("tags.dat", "7,1,x,1\n", r"tags\.dat cannot be read\. 1 of 1 tag rows .*1 field instead of 4 \(row 1\)"),
    ],
)
def test_wrong_dat_tables(write: Callable[[Content], Path], name: str, text: str, sentence: str):
    refused(write(DAT_10M | {name: text}), sentence)


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("ratings.dat", "8::1::9::102", "a rating that is not a number from 0.5 to 5 (row 5: 9)"),
        ("ratings.dat", "8::1::good::102", "a rating that is not a number from 0.5 to 5 (row 5: good)"),
        ("ratings.dat", "8::77::4::102", "a movieId that is not in movies.dat (row 5: 77)"),
        ("ratings.dat", "8::1::::102", "no rating (row 5)"),
        ("ratings.dat", "8::1", "2 fields instead of 4 (row 5)"),
        ("ratings.dat", "8::1::4::102::x", "5 fields instead of 4 (row 5)"),
        ("ratings.dat", "8:1:4:102", "1 field instead of 4 (row 5)"),
        ("movies.dat", "4::::Drama", "no title (row 4)"),
        ("movies.dat", "::The Matrix::Drama", "no movieId (row 4)"),
        ("movies.dat", "3::Alien (1979)::Horror", "a movieId that an earlier row has (row 4: 3)"),
        ("tags.dat", "7::1::a::b", "a timestamp that is not a time in seconds (row 5: b)"),
        ("tags.dat", "7::99::a::1", "a movieId that is not in movies.dat (row 5: 99)"),
    ],
)
def test_a_wrong_row_of_a_dat_file_is_left_out(tmp_path: Path, name: str, row: str, why: str):
    whole = load_dataset(as_zip(tmp_path / "tiny", DAT_10M), enriched=False)
    n = str(DAT_10M[name]).count("\n") + 1
    dataset = load_dataset(as_zip(tmp_path / "tiny", DAT_10M | {name: f"{DAT_10M[name]}{row}\n"}), enriched=False)
    what = {"ratings.dat": "rating", "movies.dat": "title", "tags.dat": "tag"}[name]
    assert dataset.left_out == (f"1 of {n} {what} rows was left out of {name}: {why}.",)
    same(dataset, whole)


@pytest.mark.parametrize("name", ["movies.dat", "ratings.dat"])
def test_a_missing_dat_file_is_named(write: Callable[[Content], Path], name: str):
    refused(write({other: text for other, text in DAT_1M.items() if other != name}), rf"the file {name} is missing\. Found: ")


def test_a_table_without_a_flaw_is_read_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What makes 32 million ratings possible: no second, slow reading where the table is fine."""
    monkeypatch.setattr("recsys_core.datasets.files.tables._read", lambda *_: pytest.fail("the slow way was taken"))
    content = CSV | {"u.data": LATIN["u.data"], "ratings.dat": DAT_1M["ratings.dat"]}
    columns = {"userId": ID, "movieId": ID, "rating": STARS, "timestamp": TIME}
    for name, form, header in (("ratings.csv", COMMAS, 1), ("u.data", TABS, 0), ("ratings.dat", DOUBLE_COLONS, 0)):
        for ends in ("\n", "\r\n"):
            text = str(content[name]).replace("\n", ends)
            table = read_table(Archive(as_zip(tmp_path / "tiny", content | {name: text})).file(name), columns, form, what="rating")
            assert [str(kind) for kind in table.frame.dtypes] == ["category", "category", "float32", "float64"]
            assert table.frame["userId"].tolist() == ["7", "7", "8", "8"]
            assert table.frame.index.tolist() == [row + header for row in (1, 2, 3, 4)]
            assert table.notes() == []


def test_a_table_with_other_columns_in_another_order(write: Callable[[Content], Path]):
    ratings = "timestamp,rating,note,movieId,userId\n100,5.0,x,1,7\n101,0.5,,30,7\n102,4.5,x,1,8\n103,3.0,x,2,8\n"
    assert load_dataset(write(CSV | {"ratings.csv": ratings})).ratings.toarray().tolist() == [[5.0, 0.0, 0.5], [4.5, 3.0, 0.0]]


def test_ids_that_are_too_large_for_the_fast_way(write: Callable[[Content], Path]):
    large = {name: text.replace("30,", "30000000000,") for name, text in CSV.items()}
    assert load_dataset(write(large)).item_ids.tolist() == ["1", "2", "30000000000"]


def test_the_100k_layout(write: Callable[[Content], Path]):
    dataset = load_dataset(str(write(LATIN)))
    assert dataset.items["title"].tolist() == ["The Matrix", "Les Misérables", "unknown"]
    np.testing.assert_array_equal(dataset.items["year"], [1999, 1995, np.nan])
    assert dataset.items["genres"].tolist() == ["Action|Science Fiction", "", ""]
    assert dataset.ratings.toarray().tolist() == [[5.0, 0.0, 1.0], [4.0, 3.0, 0.0]]
    assert dataset.timestamps is not None
    assert dataset.timestamps.tolist() == [100, 101, 102, 103]


def test_a_byte_order_mark_and_windows_line_ends(write: Callable[[Content], Path]):
    odd = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in CSV.items()}
    dataset = load_dataset(write(odd))
    assert dataset.items["title"].tolist() == ["The Matrix", "Les Misérables", "Babylon 5"]
    assert dataset.n_ratings == 4


@pytest.mark.parametrize(
    ("inverted", "expected"),
    [
        ("Matrix, The", "The Matrix"),
        ("Bug's Life, A", "A Bug's Life"),
        ("American in Paris, An", "An American in Paris"),
        ("Misérables, Les", "Les Misérables"),
        ("Avventura, L'", "L'Avventura"),
        ("Postino, Il", "Il Postino"),
        ("Boot, Das", "Das Boot"),
        ("City of Lost Children, The (Cité des enfants perdus, La)", "The City of Lost Children (Cité des enfants perdus, La)"),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("Seven (a.k.a. Se7en)", "Seven (a.k.a. Se7en)"),
        ("I, Robot", "I, Robot"),
        ("Crouching Tiger, Hidden Dragon", "Crouching Tiger, Hidden Dragon"),
        ("The End", "The End"),
        ("", ""),
    ],
)
def test_titles_are_turned_upright(inverted: str, expected: str):
    assert upright(inverted) == expected


@pytest.mark.parametrize(
    ("raw", "title", "year"),
    [
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
        ("2046 (2004)", "2046", 2004),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", 1995),
        (" Fargo (1996) ", "Fargo", 1996),
        ("Nineteen Eighty-Four (1984) (1984)", "Nineteen Eighty-Four (1984)", 1984),
        ("Death Note (2006–2007)", "Death Note", 2006),
        ("Sherlock (2010– )", "Sherlock", 2010),
        ("Sherlock (2010-)", "Sherlock", 2010),
        ("(1984)", "(1984)", None),
        ("Cosmos", "Cosmos", None),
        ("Land Before Time III, The (1995) (V)", "The Land Before Time III", 1995),
    ],
)
def test_title_and_year(tmp_path: Path, raw: str, title: str, year: int | None):
    dataset = load_dataset(as_zip(tmp_path / "one", CSV | {"movies.csv": CSV["movies.csv"].replace("Babylon 5", f'"{raw}"')}))
    assert dataset.items["title"][2] == title
    assert dataset.items["year"][2] == year or (year is None and np.isnan(dataset.items["year"][2]))


@pytest.mark.parametrize(
    ("raw", "title", "others"),
    [
        ("City of Lost Children, The (Cité des enfants perdus, La)", "The City of Lost Children", ["La cité des enfants perdus"]),
        ("Amelie (Fabuleux destin d'Amélie Poulain, Le)", "Amelie", ["Le fabuleux destin d'Amélie Poulain"]),
        ("Wings of Desire (Himmel über Berlin, Der)", "Wings of Desire", ["Der Himmel über Berlin"]),
        ("Hate (Haine, La)", "Hate", ["La Haine"]),
        ("Adventure, The (Avventura, L')", "The Adventure", ["L'Avventura"]),
        ("Life Is Beautiful (Vita è bella, La)", "Life Is Beautiful", ["La vita è bella"]),
        ("Thieves (a.k.a. The Thief) (Ladri di biciclette)", "Thieves", ["The Thief", "Ladri di biciclette"]),
        ("Seven (a.k.a. Se7en)", "Seven", ["Se7en"]),
        ("Birdman: Or (The Unexpected Virtue of Ignorance)", "Birdman: Or (The Unexpected Virtue of Ignorance)", []),
        ("(500) Days of Summer", "(500) Days of Summer", []),
        ("You Are (Not) Alone (Jo)", "You Are (Not) Alone", ["Jo"]),
        ("Nineteen Eighty-Four (1984)", "Nineteen Eighty-Four (1984)", []),
        ("(a)", "(a)", []),
        ("Heat (Heat)", "Heat", []),
        ("Heat ()", "Heat ()", []),
        ("", "", []),
    ],
)
def test_what_stands_in_brackets_is_another_name(raw: str, title: str, others: list[str]):
    assert names(raw) == (title, tuple(others))


def test_other_names_are_kept_and_searched(tmp_path: Path):
    raw = "City of Lost Children, The (Cité des enfants perdus, La) (1995)"
    dataset = load_dataset(as_zip(tmp_path / "one", CSV | {"movies.csv": CSV["movies.csv"].replace("Babylon 5", f'"{raw}"')}))
    assert dataset.title(2).also_known_as == ("La cité des enfants perdus",)
    for query in ("cite des enfants", "lost children", "La Cité des enfants perdus"):
        assert TitleSearch(dataset).find(query).tolist() == [2]


@pytest.mark.parametrize("name", ["ml-latest-small", "ml-100k"])
def test_no_title_of_the_real_files_ends_in_another_name(shared_data: Path, name: str):
    dataset = load_dataset(shared_data / f"{name}.zip")
    left = {title for title in dataset.items["title"] if title.endswith(")")}
    assert left <= {"Birdman: Or (The Unexpected Virtue of Ignorance)", "1-900 (06)"}
    assert any("La cité des enfants perdus" in names for names in dataset.items["also_known_as"]) == (name == "ml-latest-small")


def test_a_name_in_the_downloads_folder(tmp_path: Path, move_folder):
    move_folder("downloads", tmp_path)
    file = as_zip(tmp_path / "ml-mine", CSV)
    assert source_path("ml-mine") == file
    assert load_dataset("ml-mine").name == "ml-mine"


# --- what is refused -----------------------------------------------------------------------------------------------


def refused(path: Path, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence) as caught:
        load_dataset(path)
    assert "\n" not in str(caught.value).strip()


def test_nothing_there(tmp_path: Path):
    refused(tmp_path / "absent.zip", r"No data set '.*absent\.zip': it is neither 'showcase', nor a path that exists")


def test_not_movielens(write: Callable[[Content], Path]):
    refused(write({"readme.txt": "hello"}), "is not a MovieLens data set: it holds neither ratings.csv nor u.data")


def test_an_empty_folder(tmp_path: Path):
    refused(tmp_path, "is not a MovieLens data set")


@pytest.mark.parametrize(
    ("layout", "name"), [("csv", "movies.csv"), ("csv", "ratings.csv"), ("latin", "u.item"), ("latin", "u.genre")]
)  # fmt: skip
def test_a_missing_file_is_named(write: Callable[[Content], Path], layout: str, name: str):
    content = dict(CSV if layout == "csv" else LATIN)
    del content[name]
    refused(write(content), rf"tiny.*: the file {name} is missing\. Found: ")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("movies.csv", "id,title,genres\n1,A,B\n", r"movies\.csv lacks the column movieId\. It has: id, title, genres"),
        ("ratings.csv", "userId;movieId;rating\n1;1;5\n", "ratings.csv lacks the column userId, movieId, rating"),
        ("tags.csv", "userId,movieId\n1,1\n", r"tags\.csv lacks the column tag\. It has: userId, movieId"),
        ("ratings.csv", "", "ratings.csv is not a table"),
        ("movies.csv", "\n\n", "movies.csv is not a table"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n", "ratings.csv has no rating rows"),
        ("movies.csv", "movieId,title,genres\n", "movies.csv has no title rows"),
        ("ratings.csv", 'userId,movieId,rating,timestamp\n1,"1,5,0\n', r"cannot be read\. 1 of 1 .*not in movies\.csv \(row 2"),
    ],
)  # fmt: skip
def test_wrong_tables(write: Callable[[Content], Path], name: str, text: str, sentence: str):
    refused(write(CSV | {name: text}), sentence)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "7"), "a rating that is not a number from 0.5 to 5 (row 4: 7)"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "0"), "a rating that is not a number from 0.5 to 5 (row 4: 0)"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "good"), "a rating that is not a number from 0.5 to 5 (row 4: good)"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "inf"), "a rating that is not a number from 0.5 to 5 (row 4: inf)"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "nan"), "a rating that is not a number from 0.5 to 5 (row 4: nan)"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", ""), "no rating (row 4)"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "4,5"), "5 fields instead of 4 (row 4)"),
        ("ratings.csv", CSV["ratings.csv"].replace("8,1,", ",1,"), "no userId (row 4)"),
        ("ratings.csv", CSV["ratings.csv"].replace("8,1,", "8,77,"), "a movieId that is not in movies.csv (row 4: 77)"),
        ("ratings.csv", CSV["ratings.csv"].replace("8,1,4.5,102", "8"), "1 field instead of 4 (row 4)"),
        ("ratings.csv", CSV["ratings.csv"].replace("102", "1e12"), "a timestamp that is not a time in seconds (row 4: 1e12)"),
        ("ratings.csv", CSV["ratings.csv"].replace("8,1,4.5", "8,2,4.5"),
         "a rating that a later row of the same person and title replaces (row 4: 2)"),
    ],
)  # fmt: skip
def test_a_wrong_rating_is_left_out(write: Callable[[Content], Path], name: str, text: str, why: str):
    dataset = load_dataset(write(CSV | {name: text}))
    assert dataset.left_out == (f"1 of 4 rating rows was left out of ratings.csv: {why}.",)
    assert dataset.ratings.toarray().tolist() == [[5.0, 0.0, 0.5], [0.0, 3.0, 0.0]]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("\n2,", "\n1,", "a movieId that an earlier row has (row 3: 1)"),
        ('"Misérables, Les (1995)"', "", "no title (row 3)"),
        ('"Misérables, Les (1995)"', "Misérables, Les (1995)", "4 fields instead of 3 (row 3)"),
    ],
)
def test_a_wrong_title_is_left_out_with_its_ratings(write: Callable[[Content], Path], old: str, new: str, why: str):
    dataset = load_dataset(write(CSV | {"movies.csv": CSV["movies.csv"].replace(old, new)}))
    assert dataset.left_out == (
        f"1 of 3 title rows was left out of movies.csv: {why}.",
        "1 of 4 rating rows was left out of ratings.csv: a movieId that is not in movies.csv (row 5: 2).",
        "1 of 4 tag rows was left out of tags.csv: a movieId that is not in movies.csv (row 5: 2).",
    )
    assert dataset.item_ids.tolist() == ["1", "30"]


def test_ratings_on_another_scale_are_refused(tmp_path: Path):
    """Of one to ten, those up to five would look like bad ones."""
    rows = [f"{user},1,{1 + user % 10},0" for user in range(100)]
    text = "\n".join(["userId,movieId,rating,timestamp", *rows, ""])
    sentence = r"has 50 of 100 ratings that are not a number from 0\.5 to 5\. Convert them"
    refused(as_zip(tmp_path / "tiny", CSV | {"ratings.csv": text}), sentence)


def test_many_faults_are_summed_up(tmp_path: Path):
    rows = [f"8,{movie},word{movie},1" for movie in range(100, 112)] + ["8,,x,1", "8,1,2,3,4"]
    text = CSV["tags.csv"] + "\n".join(rows) + "\n" + "8,1,again,1\n" * 1282
    assert load_dataset(as_zip(tmp_path / "tiny", CSV | {"tags.csv": text})).left_out == (
        "14 of 1,300 tag rows were left out of tags.csv: no movieId (row 18); 5 fields instead of 4 (row 19); "
        "a movieId that is not in movies.csv (rows 6: 100, 7: 101, 8: 102, 9: 103, 10: 104 and 7 more).",
    )


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("u.data", "7,1,5,100\n8,1,4,100\n", r"u\.data cannot be read\. 2 of 2 .*1 field instead of 4 \(rows 1, 2\)"),
        ("u.data", "", "u.data is not a table"),
        ("u.genre", "unknown|0\n", r"u\.item cannot be read\. 3 of 3 title rows were left out .*8 fields instead of 6"),
        ("u.item", "|The Matrix\n", r"u\.item cannot be read\. 1 of 1"),
    ],
)
def test_wrong_100k_tables(write: Callable[[Content], Path], name: str, text: str, sentence: str):
    refused(write(LATIN | {name: text}), sentence)


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("u.data", "8\t3\t9\t100", "a rating that is not a number from 0.5 to 5 (row 5: 9)"),
        ("u.data", "8\t3", "2 fields instead of 4 (row 5)"),
        ("u.data", "8\t77\t4\t100", "a movieId that is not in u.item (row 5: 77)"),
        ("u.item", "4|X|||http://x|0|1|2", "a mark 2 that is not 0 or 1 (row 4: 2)"),
        ("u.item", "4|X|||http://x|0|1|1|1", "9 fields instead of 8 (row 4)"),
        ("u.genre", "Horror", "1 field instead of 2 (row 4)"),
    ],
)
def test_a_wrong_row_of_100k_is_left_out(tmp_path: Path, name: str, row: str, why: str):
    whole = load_dataset(as_zip(tmp_path / "tiny", LATIN), enriched=False)
    n = len(LATIN[name].split()) + 1 if name == "u.genre" else LATIN[name].count("\n") + 1
    dataset = load_dataset(as_zip(tmp_path / "tiny", LATIN | {name: f"{LATIN[name].strip()}\n{row}\n"}), enriched=False)
    what = {"u.data": "rating", "u.item": "title", "u.genre": "genre"}[name]
    assert dataset.left_out == (f"1 of {n} {what} rows was left out of {name}: {why}.",)
    same(dataset, whole)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("layout", [CSV, LATIN, DAT_10M], ids=["csv", "100k", "dat"])
def test_every_layout_in_every_encoding(tmp_path: Path, layout: Content, encoding: str):
    plain = {name: str(text).replace(" (崖の上のポニョ)", "") for name, text in layout.items()}
    files = {name: text.encode(encoding) for name, text in plain.items()}
    dataset = load_dataset(as_zip(tmp_path / "tiny", files), enriched=False)
    assert dataset.items["title"][1] == "Les Misérables"
    assert dataset.n_ratings == 4
    assert not dataset.left_out


def test_what_is_no_zip(tmp_path: Path):
    file = tmp_path / "ml.zip"
    for content in (b"", b"hello", b"PK\x03\x04", bytes(range(256)) * 40):
        file.write_bytes(content)
        refused(file, r"ml\.zip is not a readable zip")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_zip(tmp_path: Path, keep: float):
    file = as_zip(tmp_path / "tiny", CSV)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])
    refused(file, r"tiny\.zip is not a readable zip .*cut off")


def test_a_damaged_member(tmp_path: Path):
    file = as_zip(tmp_path / "tiny", CSV)
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo("inner/ratings.csv")
    content = bytearray(file.read_bytes())
    content[info.header_offset + 30 + len(info.filename) + 10] ^= 0xFF
    file.write_bytes(content)
    refused(file, r"tiny\.zip: ratings\.csv is damaged .*Get the archive again")


def test_any_damage_gives_one_clear_error_or_none(tmp_path: Path):
    """Bytes flipped all over a zip: read nevertheless, or refused with a sentence; never another exception."""
    file = as_zip(tmp_path / "tiny", CSV)
    whole = file.read_bytes()
    escaped: dict[int, str] = {}
    for at in range(0, len(whole), 3):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            assert isinstance(load_dataset(file, enriched=False), Dataset)  # what completes it comes from another file
        except DatasetError:
            pass
        except Exception as error:  # noqa: BLE001, RUF100
            escaped[at] = repr(error)
    assert not escaped


def test_a_zip_with_a_password(tmp_path: Path):
    file = as_zip(tmp_path / "tiny", CSV)
    content = bytearray(file.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # bit 0 of the flags says that a member is encrypted
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 0x01
            at = content.find(mark, at + 4)
    file.write_bytes(content)
    refused(file, r"tiny\.zip: .*csv is damaged|encrypted|password")


@pytest.mark.parametrize(
    "name", ["../movies.csv", "inner/../../movies.csv", "/etc/movies.csv", "C:/movies.csv", "..\\movies.csv", "\\\\host\\movies.csv"]
)
def test_a_zip_whose_names_leave_it(tmp_path: Path, name: str):
    file = as_zip(tmp_path / "tiny", {"ratings.csv": CSV["ratings.csv"]})
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, CSV["movies.csv"])
    refused(file, r"tiny\.zip: the name '.*movies\.csv' points outside the archive; nothing was read")


@pytest.mark.parametrize("name", [".", "./"])
def test_a_zip_with_a_member_of_no_name(tmp_path: Path, name: str):
    file = as_zip(tmp_path / "tiny", CSV)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "")
    try:
        assert load_dataset(file).n_items == 3
    except DatasetError as error:
        assert "points outside" in str(error)  # noqa: PT017, RUF100


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_out_of_the_folder(tmp_path: Path, where: str):
    outside = as_folder(tmp_path / "outside", CSV) / "inner"
    folder = as_folder(tmp_path / "tiny", CSV)
    if where == "file":
        (folder / "inner" / "movies.csv").unlink()
        (folder / "inner" / "movies.csv").symlink_to(outside / "movies.csv")
        refused(folder, r"tiny: movies\.csv points outside the folder; it was not read")
    else:
        (folder / "inner" / "movies.csv").unlink()
        (folder / "link").symlink_to(outside, target_is_directory=True)
        refused(folder, r"movies\.csv points outside the folder|the file movies\.csv is missing")


def test_a_link_within_the_folder_is_fine(tmp_path: Path):
    folder = as_folder(tmp_path / "tiny", CSV)
    (folder / "inner" / "movies.csv").rename(folder / "films.txt")
    (folder / "inner" / "movies.csv").symlink_to(folder / "films.txt")
    assert load_dataset(folder).n_items == 3


def test_a_link_to_the_folder_is_fine(tmp_path: Path):
    (tmp_path / "link").symlink_to(as_folder(tmp_path / "tiny", CSV), target_is_directory=True)
    assert load_dataset(tmp_path / "link").n_items == 3


def test_a_file_that_would_unpack_to_too_much(tmp_path: Path, set_environment):
    set_environment("RECSYS_LIMITS", "unpacked_mb=0")
    refused(as_zip(tmp_path / "tiny", CSV), r"tiny\.zip would unpack to .* GB; nothing was read. The limit is unpacked_mb=0")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path):
    file = as_zip(tmp_path / "tiny", CSV)
    file.chmod(0)
    refused(file, "is not a readable zip")


# --- the real ones -------------------------------------------------------------------------------------------------


def test_the_real_ml_latest_small(shared_data: Path):
    dataset = load_dataset(shared_data / "ml-latest-small.zip")
    assert (dataset.n_items, dataset.n_ratings, dataset.n_users) == (9742, 100836, 610)
    items = dataset.items.set_index("item_id")
    assert items.loc["1", "title"] == "Toy Story"
    assert items.loc["1", "year"] == 1995
    assert items.loc["1", "genres"] == "Adventure|Animation|Children|Comedy|Fantasy"
    assert "pixar" in items.loc["1", "keywords"].split("|")
    assert items.loc["1", ["imdb_id", "tmdb_id"]].tolist() == ["tt0114709", "862"]
    assert items.loc["2571", "title"] == "The Matrix"
    assert (items["genres"] != "").mean() > 0.99
    assert (items["keywords"] != "").sum() > 1500
    assert not items["title"].str.contains(r", (?:The|A|An)$").any()
    assert items["year"].between(1900, 2020).mean() > 0.99


def test_the_real_ml_100k(shared_data: Path):
    dataset = load_dataset(shared_data / "ml-100k.zip")
    assert (dataset.n_items, dataset.n_ratings, dataset.n_users) == (1682, 100000, 943)
    items = dataset.items.set_index("item_id")
    assert items.loc["1", "title"] == "Toy Story"
    assert items.loc["1", "genres"] == "Animation|Children's|Comedy"
    assert (items["genres"] != "").sum() == 1680  # two are "unknown"
    assert items["title"].str.startswith("The ").sum() > 200


def test_two_data_sets_in_one_folder_are_not_mixed(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / "both" / name).mkdir(parents=True)
        (tmp_path / "both" / name / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Crime\n", encoding="utf-8")
        (tmp_path / "both" / name / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4,0\n", encoding="utf-8")
    refused(tmp_path / "both", "there is more than one")
