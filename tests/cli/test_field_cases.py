"""Command lines as people type them, on eight titles of which two are namesakes, two have no letters, and two no Latin ones."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from recsys_core import Engine, load_dataset
from recsys_core.__main__ import main
from recsys_core.serving.saved_engines import prepare_engine

MOVIES = """movieId,title,genres
1,Rivage Café (1990),Comedy
2,Rivage Café (2003),Drama
3,$ (1971),Comedy|Drama
4,!!! (2001),Action
5,Shōgun House (1994),Sci-Fi|Action
6,Fir Hill (1995),Drama
7,Gorse (1996),Comedy
8,Ночь (1997),Horror
"""


def written(folder: Path, movies: str, stars) -> str:
    folder.mkdir()
    rows = [f"{user},{movie},{stars(user, movie)},1" for user in range(1, 25) for movie in range(1, 9) if (user * 3 + movie) % 4]
    (folder / "movies.csv").write_text(movies, encoding="utf-8")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *rows]), encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("sets") / "eight", MOVIES, lambda user, movie: 1 + (user * movie + user // 3) % 9 / 2)


@pytest.fixture(scope="module")
def models(source: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models")
    prepare_engine(source, folder)
    return str(folder)


@pytest.fixture
def run(source: str, models: str, capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["recommend", "--dataset", source, "--folder", models, *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def listed(run):
    def listed(*words: str) -> list[str]:
        code, said, complaint = run(*words, "--json")
        assert (code, complaint) == (0, "")
        return [line["item_id"] for line in json.loads(said)["list"]]

    return listed


@pytest.mark.parametrize("swallower", [("--genres", "Comedy"), ("--exclude", "1", "3")])
def test_an_option_with_several_values_swallows_no_rating(listed, swallower: tuple[str, ...]):
    assert listed(*swallower, "Gorse=5") == listed("Gorse=5", *swallower)
    assert "7" not in listed(*swallower, "Gorse=5", "Fir Hill=1")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("comedy", ["1", "3"]),
        ("COMEDY", ["1", "3"]),
        ("Sci-Fi", ["5"]),
        ("sci fi", ["5"]),
        ("science fiction", ["5"]),
        ("horror|sf", ["5", "8"]),
    ],
)
def test_genres_by_any_of_their_names(listed, word: str, expected: list[str]):
    assert sorted(listed("Gorse=5", "--genres", word)) == expected


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--genres", "Comdey"], "There is no genre 'Comdey' in 'eight'. Did you mean Comedy? There are: "),
        (["--genres", "Western"], "There is no genre 'Western' in 'eight'. There are: "),
        (["--exclude", "Gors"], "No title is called 'Gors' in 'eight'. Did you mean Gorse (1996) [7]?"),
        (["--exclude", "99"], "No title is called '99' in 'eight'."),
        (["--kind", "show"], "No title of 'eight' passes these filters: it has movies only."),
        (["--years", "1800", "1850"], "No title of 'eight' passes these filters: its titles are from 1971 to 2003."),
        (["--years", "1971", "1971", "--genres", "Horror"], "No title of 'eight' passes these filters together."),
        (["Gors (1996)=5"], "Did you mean Gorse (1996) [7]?"),
        (["Gorse (1997)=5"], "Did you mean Gorse (1996) [7]?"),
        (["Rivage Café=5"], "'Rivage Café': Rivage Café (1990) [1], Rivage Café (2003) [2]. Give the id."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_there_is_answered_by_what_is(run, words: list[str], sentence: str):
    code, said, complaint = run("Fir Hill=5", *words)
    assert code == 2
    assert not said
    assert sentence in complaint
    assert len(complaint.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "item_id"),
    [
        (unicodedata.normalize("NFD", "Shōgun House"), "5"),
        ("shōgun house", "5"),
        ("$", "3"),
        ("!!!", "4"),
        ("НОЧЬ", "8"),
        ("Gorse (1996)", "7"),
        ("Rivage Café (2003)", "2"),
        (unicodedata.normalize("NFD", "rivage café (1990)"), "1"),
        ("$ (1971)", "3"),
    ],
)
def test_titles_as_people_type_them(listed, name: str, item_id: str):
    assert listed(f"{name}=5") == listed(f"{item_id}=5")
    assert item_id not in listed("6=5", "--exclude", name)


def test_a_hated_title_is_no_reason_for_but_against(run):
    _, said, _ = run("1=0.5", "2=1")
    assert "because of" not in said
    assert "unlike Rivage Café (" in said


def test_where_all_is_rated_no_filter_is_blamed(run):
    everything = [f"{movie}=4" for movie in range(1, 9)]
    assert run(*everything)[1] == "Every title is rated: nothing is left to list.\n"
    assert run(*everything, "--genres", "Comedy")[1] == "Every title that passes these filters is rated.\n"


def test_a_range_of_no_width_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = written(tmp_path / "fives", MOVIES, lambda *_: 5)
    for words in ([], ["--json"]):
        assert main(["recommend", "1=1", "--dataset", source, "--folder", str(tmp_path / "models"), *words]) == 0
        said = capsys.readouterr().out
        assert "four of five" not in said
    assert all(line["interval_80"] == [] for line in json.loads(said)["list"])


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "utf-8"])
@pytest.mark.parametrize("as_json", [False, True], ids=["words", "json"])
def test_output_in_the_encodings_of_other_systems(source: str, models: str, monkeypatch: pytest.MonkeyPatch, encoding: str, as_json: bool):
    """What Windows does where output is redirected; nothing that JSON says is lost."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["recommend", "Gorse=5", "--dataset", source, "--folder", models, *(["--json"] if as_json else [])]) == 0
    stream.flush()
    said = stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    if as_json:
        assert {"Ночь", "Shōgun House"} <= {line["title"] for line in json.loads(said)["list"]}
    else:
        assert ("Ночь" if encoding == "utf-8" else "????") in said
        assert "because of Gorse (1996)" in said


def test_the_process_itself_writes_in_any_encoding(source: str, models: str):
    command = [sys.executable, "-m", "recsys_core", "recommend", "Gorse=5", "-n", "3", "--dataset", source, "--folder", models]
    done = subprocess.run(command, env=os.environ | {"PYTHONIOENCODING": "cp1252"}, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.decode("cp1252").splitlines()) == 3


# --- ratings from a file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "notes"),
    [
        ("mine.csv", b"item_id,rating\n1,5\n,4\n", "1 of 2 rating rows was left out of mine.csv: no item_id (row 3)."),
        ("mine.csv", b"item_id,rating\n1,5\n2,9\n", "a rating that is not a number from 0.5 to 5 (row 3: 9)."),
        ("mine.csv", b"item_id,rating\n1,5\n2,\n", "no rating (row 3)."),
        ("mine.csv", b"item_id,rating\n1,5,\n", ""),
        ("mine.csv", b"title,item_id,rating\nRivage,1,5\n", ""),
        ("mine.csv", b'"item_id","rating"\r\n"1","5"\r\n', ""),
        ("mine.csv", b"\xef\xbb\xbfitem_id,rating\n1,5\n", ""),
        ("mine.csv", "item_id,rating\n1,5\n".encode("utf-16"), ""),
        ("mine.csv", b"item_id,rating\n1,2\n1,5\n", "a rating that a later one replaces (row 2: 1)."),
        ("mine.json", b'\xef\xbb\xbf{"1": 5}', ""),
        ("mine.json", '{"1": 5}'.encode("utf-16"), ""),
        ("mine.json", b'{"1": "5"}', ""),
        ("mine.json", b'{"1": 5, "2": null}', "a rating that is not a number from 0.5 to 5 (row 2: null)."),
        ("mine.json", b'{"1": 5, "2": NaN}', "a rating that is not a number from 0.5 to 5 (row 2: NaN)."),
        ("mine.json", b'{"1": 5, "": 3}', "no item_id (row 2: 3)."),
        ("mine.json", b'{"1": 2, "1": 5}', "a rating that a later one replaces (row 1: 1)."),
    ],
)
def test_ratings_files_as_people_have_them(run, listed, tmp_path: Path, name: str, content: bytes, notes: str):
    (tmp_path / name).write_bytes(content)
    code, said, complaint = run("--ratings", str(tmp_path / name), "--json")
    assert code == 0
    assert [line["item_id"] for line in json.loads(said)["list"]] == listed("1=5")
    assert complaint.strip().endswith(notes)
    assert bool(complaint) == bool(notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.json", "{}"),
        ("mine.json", "[[1, 5]]"),
        ("mine.json", '{"1": {"2": 5}}'),
        ("mine.csv", "item_id,rating\n"),
        ("mine.csv", "\n"),
    ],
)
def test_files_without_ratings(run, tmp_path: Path, name: str, content: str):
    (tmp_path / name).write_text(content, encoding="utf-8")
    code, _, complaint = run("--ratings", str(tmp_path / name))
    assert code == 2
    assert f"{name} holds no ratings: {name} " in complaint


# --- info ----------------------------------------------------------------------------------------------------------


def test_info_says_what_was_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = written(tmp_path / "eight", MOVIES, lambda *_: 4)
    (Path(source) / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,1,cozy,1\n4,,lost,2\n1,2,heist,3\n", encoding="utf-8")
    said = "1 of 3 tag rows was left out of tags.csv: no movieId (row 3)."
    assert main(["info", source]) == 0
    assert f"left out {said}" in capsys.readouterr().out
    assert main(["info", source, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == [said]


def test_what_was_left_out_is_still_known_of_a_saved_engine(tmp_path: Path):
    source = written(tmp_path / "eight", MOVIES, lambda *_: 4)
    with (Path(source) / "ratings.csv").open("a", encoding="utf-8") as file:
        file.write("\n7,99,4,1\n")
    prepare_engine(source, tmp_path / "models")
    dataset = Engine.load(next((tmp_path / "models").iterdir())).dataset
    assert dataset.left_out == load_dataset(source).left_out
    assert "a movieId that is not in movies.csv" in dataset.left_out[0]
    assert dataset.key == load_dataset(source).key
