"""MovieLens archives as people have them: both layouts, zipped or not, whole or broken."""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.datasets import source_path
from recsys_core.datasets.movielens import upright
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
Content = dict[str, str]


def encoded(name: str, text: str) -> bytes:
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
    assert load_dataset(write(CSV)).items["keywords"].tolist() == ["kung fu|red blue pill", "paris", ""]


def test_tags_are_optional(write: Callable[[Content], Path]):
    without = {name: text for name, text in CSV.items() if name != "tags.csv"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pandas warns of what it will refuse
        assert load_dataset(write(without)).items["keywords"].tolist() == ["", "", ""]


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
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en)", 1995),
        (" Fargo (1996) ", "Fargo", 1996),
        ("Nineteen Eighty-Four (1984) (1984)", "Nineteen Eighty-Four (1984)", 1984),
        ("Death Note (2006–2007)", "Death Note (2006–2007)", None),
        ("Cosmos", "Cosmos", None),
    ],
)
def test_title_and_year(tmp_path: Path, raw: str, title: str, year: int | None):
    dataset = load_dataset(as_zip(tmp_path / "one", CSV | {"movies.csv": CSV["movies.csv"].replace("Babylon 5", raw)}))
    assert dataset.items["title"][2] == title
    assert dataset.items["year"][2] == year or (year is None and np.isnan(dataset.items["year"][2]))


def test_a_name_in_the_downloads_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recsys_core.datasets.DOWNLOADS", tmp_path)
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
        ("ratings.csv", "userId;movieId;rating\n1;1;5\n", "ratings.csv lacks the column userId, movieId, rating, timestamp"),
        ("tags.csv", "userId,movieId,word\n1,1,x\n", r"tags\.csv lacks the column tag\. It has"),
        ("ratings.csv", "", "ratings.csv is not a CSV table"),
        ("movies.csv", "\n\n", "movies.csv is not a CSV table"),
        ("ratings.csv", 'userId,movieId,rating,timestamp\n1,"1,5,0\n', "ratings.csv is not a CSV table"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n", "ratings: the table is empty"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "7"), r"ratings: row 2 \(7\.0\) has a rating that is not a number from 0.5 to 5"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "0"), r"ratings: row 2 \(0\.0\) has a rating that is not"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", "good"), r"ratings: row 2 \(good\) has a rating that is not"),
        ("ratings.csv", CSV["ratings.csv"].replace("4.5", ""), "ratings: row 2 has no rating"),
        ("ratings.csv", CSV["ratings.csv"].replace("8,1,", "8,77,"), r"ratings: row 2 \(77\) has an item_id that is not among"),
        ("ratings.csv", CSV["ratings.csv"].replace("8,1,", "7,1,"), r"ratings: rows 0 \(1\), 2 \(1\) have a \(user, item\) pair"),
        ("movies.csv", CSV["movies.csv"].replace("30,", "1,"), r"items: rows 0 \(1\), 2 \(1\) have an item_id that occurs more"),
        ("movies.csv", CSV["movies.csv"].replace("Babylon 5", ""), "items: row 2 has no title"),
    ],
)  # fmt: skip
def test_wrong_tables(write: Callable[[Content], Path], name: str, text: str, sentence: str):
    refused(write(CSV | {name: text}), sentence)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("u.data", "7,1,5,100\n8,1,4,100\n", "u.data has 1 columns instead of 4"),
        ("u.data", "", "u.data is not a table"),
        ("u.data", LATIN["u.data"].replace("\t5\t", "\t9\t"), r"ratings: row 0 \(9\) has a rating that is not"),
        ("u.item", "1|The Matrix\n", "u.item has 2 columns instead of 8"),
        ("u.genre", "unknown|0\n", "u.item has 8 columns instead of 6"),
    ],
)  # fmt: skip
def test_wrong_100k_tables(write: Callable[[Content], Path], name: str, text: str, sentence: str):
    refused(write(LATIN | {name: text}), sentence)


def test_text_that_is_not_utf_8(tmp_path: Path):
    folder = as_folder(tmp_path / "tiny", CSV)
    (folder / "inner" / "movies.csv").write_bytes(CSV["movies.csv"].encode("latin-1"))
    refused(folder, r"tiny: movies\.csv is not UTF-8 text \(byte \d+\)")


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
            assert isinstance(load_dataset(file), Dataset)
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


def test_a_file_that_would_unpack_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recsys_core.datasets.archive.MAX_FILE_BYTES", 50)
    refused(as_zip(tmp_path / "tiny", CSV), r"tiny\.zip: inner/movies\.csv would unpack to .* GB; nothing was read")


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
