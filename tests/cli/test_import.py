"""``import`` on the command line: a file of another site becomes ratings that ``recommend`` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsys_core.__main__ import main
from recsys_core.datasets.sources.own_ratings import read_own_ratings
from tests.exchange import files


def run(tmp_path: Path, content: bytes, *options: str) -> int:
    file = tmp_path / "export"
    file.write_bytes(content)
    return main(["import", str(file), *options])


def test_an_export_becomes_ratings_and_a_table_of_what_was_not_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, lost = tmp_path / "ratings.json", tmp_path / "lost.csv"
    text = files.LETTERBOXD_RATINGS + "2024-01-01,Nobody Made This,2020,https://boxd.it/x,3\n"
    assert run(tmp_path, text.encode(), "--out", str(out), "--not-found", str(lost), "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["site"], facts["rows"], facts["counts"], facts["ratings"]) == ("Letterboxd", 4, {"matched": 3, "not here": 1}, 3)
    assert read_own_ratings(out)[0] == {"parasite-2019": 4.5, "heat-1995": 5.0, "cats-2019": 0.5}
    assert "Nobody Made This" in lost.read_text(encoding="utf-8-sig")


def test_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, files.IMDB_2024.encode()) == 0
    said = capsys.readouterr().out
    assert said.startswith("IMDb: 4 rows, 2 ratings found.\nRatings from 1 to 10 are halved")
    assert "of these 1 episode" in said


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (files.movielens_zip(), (), "--person NAME says whose ratings count. There are: 1, 2."),
        (b"title,rating\nHeat,4\n", (), "--top 5, 10 or 100"),
        (b"title,stars,date\nHeat,4,1/2/2024\n", (), "--day-first or --month-first"),
        (b"nonsense", (), "no file that is known"),
    ],
)
def test_what_a_file_does_not_tell_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, options, words: str
) -> None:
    assert run(tmp_path, content, *options) == 2
    assert words in capsys.readouterr().err


def test_answers_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, files.movielens_zip(), "--person", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ratings"] == 2
    assert run(tmp_path, b"title,rating,date\nHeat (1995),8,1/2/2024\n", "--top", "10", "--month-first", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ratings"] == 1
