"""The command line does what the app does: info, train, recommend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recsys_core import Engine
from recsys_core.__main__ import main
from recsys_core.serving.saved_engines import prepare_engine, source_key


@pytest.fixture(scope="session")
def folder(showcase_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of fitted models that holds the showcase's."""
    found = tmp_path_factory.mktemp("fitted")
    showcase_engine.save(found / source_key("showcase"))
    return found


@pytest.fixture
def archive(tmp_path: Path) -> str:
    source = tmp_path / "ml-mini"
    source.mkdir()
    rows = ['1,"Matrix, The (1999)",Drama', "2,Solaris (1972),Drama", "3,Solaris (2002),Drama", "4,Four (2004),Comedy"]
    given = [f"{user},{movie},{1 + (user * movie) % 5},1" for user in range(1, 7) for movie in range(1, 5) if (user + movie) % 3]
    (source / "movies.csv").write_text("\n".join(["movieId,title,genres", *rows]), encoding="utf-8")
    (source / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *given]), encoding="utf-8")
    return str(source)


def test_info_counts_without_fitting(archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["info", archive, "--folder", str(tmp_path / "none"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["titles"], facts["people"], facts["ratings"], facts["years"]) == (4, 6, 16, [1972, 2004])
    assert facts["density"] == pytest.approx(16 / 24)
    assert facts["models"] is None
    assert not facts["simulated"]
    assert not (tmp_path / "none").exists()


def test_info_says_that_the_showcase_is_simulated(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["info", "--folder", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "simulated ratings" in said
    assert str(folder / source_key("showcase")) in said


def test_train_fits_once_and_finds_it_again(archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["train", archive, "--folder", str(tmp_path / "models"), "--json"]
    assert main(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(arguments) == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["fitted"], second["fitted"]) == (True, False)
    assert first["models"][0] == "hybrid"
    assert Engine.load(first["folder"]).dataset.n_items == 4


def test_train_tells_another_program_how_far_it_is(archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["train", archive, "--folder", str(tmp_path / "models"), "--progress"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    shares = [step["done"] for step in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], told[-1]["what"]) == (0.0, 1.0, "saved")
    assert {"reading", "content", "item-knn", "hybrid"} <= {step["what"] for step in told}


def test_recommend_is_the_engines_list(folder: Path, showcase_engine: Engine, capsys: pytest.CaptureFixture[str]):
    ratings = {"the-wire-2002": 5.0, "friends-1994": 2.0}
    command = ["recommend", "The Wire=5", "friends-1994=2", "-n", "4", "--kind", "show", "--why", "--json", "--folder", str(folder)]
    assert main(command) == 0
    facts = json.loads(capsys.readouterr().out)
    expected = showcase_engine.recommend(ratings, n=4, kind="show")
    assert [line["item_id"] for line in facts["list"]] == [line.item_id for line in expected]
    for line, same in zip(facts["list"], expected, strict=True):
        assert line["because"] == same.because
        assert line["predicted_rating"] == pytest.approx(same.predicted_rating, abs=1e-4)
        assert line["baseline"] + sum(line["contributions"].values()) == pytest.approx(line["score"], abs=1e-9)
        assert line["interval_80"][0] < line["predicted_rating"] < line["interval_80"][1]
    assert facts["simulated"]


def test_the_words_of_a_reason(folder: Path, showcase_engine: Engine, capsys: pytest.CaptureFixture[str]):
    """What both share stands behind a liked title; a hated one is only what the others are unlike."""
    assert main(["recommend", "spirited-away-2001=5", "-n", "8", "--folder", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    expected = showcase_engine.recommend({"spirited-away-2001": 5.0}, n=8)
    assert any(line.shared for line in expected)
    for line, said in zip(expected, lines, strict=True):
        assert said.endswith(
            f", because of Spirited Away (2001) – both: {', '.join(line.shared)}" if line.shared else ", because of Spirited Away (2001)"
        )
    assert main(["recommend", "titanic-1997=1", "-n", "8", "--folder", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "because" not in said
    assert ", unlike Titanic" in said
    assert main(["recommend", "-n", "2", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out.count(", popular with everyone") == 2


def test_recommend_in_words(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["recommend", "The Wire=5", "-n", "2", "--why", "--folder", str(folder)]) == 0
    said = capsys.readouterr().out
    assert said.lstrip().startswith("1. ")
    assert "because of The Wire" in said
    assert "for everybody" in said


@pytest.mark.parametrize(("name", "content"), [("mine.json", '{"the-wire-2002": 5}'), ("mine.csv", "item_id,rating\nthe-wire-2002,5\n")])
def test_ratings_from_a_file(folder: Path, tmp_path: Path, name: str, content: str, capsys: pytest.CaptureFixture[str]):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert main(["recommend", "--ratings", str(tmp_path / name), "-n", "3", "--json", "--folder", str(folder)]) == 0
    from_file = capsys.readouterr().out
    assert main(["recommend", "the-wire-2002=5", "-n", "3", "--json", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out == from_file


def test_without_ratings_it_is_what_is_popular(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["recommend", "-n", "1", "--json", "--folder", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "popularity"


def test_an_unknown_id_in_a_file_is_named_and_left_out(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine.json").write_text('{"the-wire-2002": 5, "gone-1900": 4}', encoding="utf-8")
    assert main(["recommend", "--ratings", str(tmp_path / "mine.json"), "--folder", str(folder)]) == 0
    assert "left out: gone-1900" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["info", "nothing"], "No data set 'nothing'"),
        (["train", "nothing"], "No data set 'nothing'"),
        (["recommend", "Matrix=5"], "Did you mean The Matrix (1999) [the-matrix-1999]"),
        (["recommend", "qqqqqqqqqq=5"], "No title is called 'qqqqqqqqqq'"),
        (["recommend", "Friends"], "'Friends' is no rating"),
        (["recommend", "Friends=many"], "is not a number of stars"),
        (["recommend", "Friends=6"], "a rating is a number from 0.5 to 5"),
        (["recommend", "Friends=nan"], "a rating is a number from 0.5 to 5"),
        (["recommend", "Friends=4", "--model", "oracle"], "No model 'oracle'"),
        (["recommend", "Friends=4", "--diversity", "2"], "diversity is 2.0"),
        (["recommend", "--ratings", "absent.json"], "There is no file absent.json"),
        (["recommend", "--ratings", "bad.json"], "holds no ratings"),
        (["recommend", "--ratings", "list.json"], "holds no object"),
        (["recommend", "--ratings", "bad.csv"], "lacks the column"),
        (["recommend", "--ratings", "words.csv"], "holds no ratings"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence(
    folder: Path, tmp_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for name, content in {"bad.json": "{", "list.json": "[1]", "bad.csv": "a,b\n1,2\n", "words.csv": "item_id,rating\nx,good\n"}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--folder", str(folder)]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not said.out


def test_two_titles_of_one_name_need_the_id(archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    models = tmp_path / "models"
    prepare_engine(archive, models)
    assert main(["recommend", "Solaris=5", "--dataset", archive, "--folder", str(models)]) == 2
    assert "More than one title is called 'Solaris'" in capsys.readouterr().err
    assert main(["recommend", "Matrix, The=5", "2=4", "--dataset", archive, "--folder", str(models), "--json"]) == 0
    assert "1" not in [line["item_id"] for line in json.loads(capsys.readouterr().out)["list"]]  # rated, so it was found
