"""``train NAME --since ENGINE``: what is added, where it is saved, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.__main__ import main
from recsys_core.common.arrays import MANIFEST, write_manifest
from recsys_core.data.dataset import Totals
from recsys_core.serving.saved_engines import load_engine, source_key

HEAD, TITLES = "userId,movieId,rating,timestamp", "movieId,title,genres"
NEW = ["900,1,5.0,2000", "900,30,4.5,2001", "3,2,0.5,2002"]
"""A new person, and a title that person 3 may have rated or not."""


def rows() -> list[str]:
    rng = np.random.default_rng(0)
    cells = [(person, title) for person in range(1, 41) for title in np.sort(rng.permutation(30)[:12]) + 1]
    return [f"{person},{title},{1 + (person * title) % 5}.0,{1000 + k}" for k, (person, title) in enumerate(cells)]


def write(folder: Path, ratings: list[str], titles: range | list[str] | None = range(1, 31)) -> Path:
    folder.mkdir()
    (folder / "ratings.csv").write_text("\n".join([HEAD, *ratings]), encoding="utf-8")
    if titles is not None:
        named = [f"{n},Film {n} ({1980 + n}),{'Drama' if n % 2 else 'Comedy'}" for n in titles] if isinstance(titles, range) else titles
        (folder / "movies.csv").write_text("\n".join([TITLES, *named]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engine of the ratings until yesterday."""
    folder = tmp_path_factory.mktemp("since")
    assert main(["train", str(write(folder / "then", rows())), "--folder", str(folder)]) == 0
    return folder / source_key(str(folder / "then"))


@pytest.fixture
def engine(fitted: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(fitted, tmp_path / "engine"))


def state(engine: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in engine.iterdir()}


@pytest.fixture
def since(engine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict]:
    """Run the command and return its facts."""

    def run(source: Path, *more: str) -> dict:
        capsys.readouterr()
        assert main(["train", str(source), "--since", str(engine), "--folder", str(tmp_path / "models"), "--json", *more]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_the_whole_data_set_is_saved_where_the_app_looks_for_it(since, engine: Path, tmp_path: Path):
    before = state(engine)
    now = write(tmp_path / "now", [*rows(), *NEW[:2], "900,31,5.0,2003"], range(1, 33))
    facts = since(now)
    assert facts["whole_data_set"]
    assert (facts["new"], facts["changed"], facts["new_people"], facts["new_titles"]) == (3, 0, 1, 2)
    assert facts["folder"] == str(tmp_path / "models" / source_key(str(now)))
    found = load_engine(str(now), tmp_path / "models")
    assert (found.dataset.name, found.stage, found.dataset.n_items) == ("now", "complete", 32)
    assert np.isfinite(found.predict({"1": 5.0})[:31]).all()
    assert state(engine) == before
    assert since(now)["new"] == 0  # it is there already


@pytest.mark.parametrize("form", ["file", "folder", "zip"])
def test_new_ratings_alone_replace_the_engine(since, engine: Path, tmp_path: Path, form: str):
    source = write(tmp_path / "more", NEW[:2], None)
    if form == "file":
        source = (source / "ratings.csv").rename(tmp_path / "today.csv")
    elif form == "zip":
        source = Path(shutil.make_archive(str(source), "zip", source))
    facts = since(source)
    assert not facts["whole_data_set"]
    assert (facts["new"], facts["new_people"], facts["folder"], facts["dataset"]) == (2, 1, str(engine), "then")
    found = Engine.load(engine).dataset
    assert (found.n_ratings, found.n_users) == (482, 41)
    assert found.ratings[[found.user_ids.tolist().index("900")]].data.tolist() == [5.0, 4.5]


def test_new_titles_beside_new_ratings(since, engine: Path, tmp_path: Path):
    source = write(
        tmp_path / "more", ["900,77,5.0,2000", "900,1,5.0,2001", "1,77,4.0,2002"], ["77,Brand New (2026),Drama", "78,None (2026),"]
    )
    assert since(source)["new_titles"] == 2
    found = Engine.load(engine)
    title = found.dataset.title(found.dataset.position("77"))
    assert (title.title, title.year, title.genres) == ("Brand New", 2026, ("Drama",))
    assert found.baseline.raters[-2:].tolist() == [2, 0]


def test_of_several_ratings_the_newest_counts(since, engine: Path, tmp_path: Path):
    person, title, stars, _ = rows()[0].split(",")
    other = 5.5 - float(stars)
    facts = since(write(tmp_path / "more", [f"{person},{title},{other},3000", f"{person},{title},{stars},2999"], None))
    assert (facts["new"], facts["changed"]) == (0, 1)
    found = Engine.load(engine).dataset
    assert found.ratings[found.user_ids.tolist().index(person), found.position(title)] == other


def test_nothing_new_writes_nothing(engine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = state(engine)
    source = write(tmp_path / "more", rows()[:5], None)
    assert main(["train", str(source), "--since", str(engine), "--folder", str(tmp_path / "models")]) == 0
    assert "Nothing is new" in capsys.readouterr().out
    assert state(engine) == before
    assert not (tmp_path / "models").exists()


def test_in_words(engine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = write(tmp_path / "more", [*NEW[:2], "900,1,9,2000", *(f"901,{n},4.0,2000" for n in range(1, 20))], None)
    run = ["train", str(source), "--since", str(engine), "--folder", str(tmp_path / "models")]
    assert main(run) == 0
    said = capsys.readouterr().out
    assert "21 new and 0 changed ratings, 2 people and 0 titles were added to the models of then" in said
    assert "left out: 1 of 22 rating rows was left out of ratings.csv: a rating that is not a number from 0.5 to 5 (row 4: 9)." in said
    assert "Since the last whole fit 4.38% of the ratings have been added or changed." in said
    assert "fit all models again" not in said
    more = write(tmp_path / "much", [f"{person},{title},4.0,5000" for person in range(902, 906) for title in range(1, 11)], None)
    assert main(["train", str(more), "--since", str(engine), "--folder", str(tmp_path / "models")]) == 0
    assert "It is time to fit all models again" in capsys.readouterr().out


def test_progress_for_another_program(since, engine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source = write(tmp_path / "more", NEW, None)
    assert main(["train", str(source), "--since", str(engine), "--folder", str(tmp_path / "models"), "--progress"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    shares = [step["done"] for step in told]
    assert shares == sorted(shares)
    assert told[-1] == {"done": 1.0, "what": "saved"}


def test_a_plain_train_fits_all_models_again(since, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    now = write(tmp_path / "now", [*rows(), *NEW[:2]])
    assert since(now)["new"] == 2
    info = ["info", str(now), "--folder", str(tmp_path / "models")]
    assert main(info) == 0
    assert "2 ratings were added since the last whole fit" in capsys.readouterr().out
    fit = ["train", str(now), "--folder", str(tmp_path / "models"), "--json"]
    assert main(fit) == 0
    assert json.loads(capsys.readouterr().out)["fitted"]
    assert load_engine(str(now), tmp_path / "models").updated is None
    assert main(fit) == 0
    assert not json.loads(capsys.readouterr().out)["fitted"]
    assert main([*info, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["newer_than_models"] == 0


def test_what_stops_it_leaves_the_engine(engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    before = state(engine)

    def stopped(*_: object) -> None:
        raise OSError(28, "No space left on device")

    source = write(tmp_path / "more", NEW, None)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopped)  # everything is written, and not yet in its place
        assert main(["train", str(source), "--since", str(engine), "--folder", str(tmp_path / "models")]) == 2
    said = capsys.readouterr().err
    assert f"The models of then could not be saved in {engine}: No space left on device." in said
    assert {name: content for name, content in state(engine).items() if name in before} == before
    assert Engine.load(engine).updated is None


def damaged(engine: Path, what: str) -> Path:
    if what == "sample":
        some = Engine.load(engine)
        dataset = some.dataset.with_totals(Totals(some.dataset.raters.copy(), 1000, 99_999))
        Engine(dataset, {name: some.model(name) for name in some.models}, some.studies).save(engine)
    elif what == "version":
        facts = json.loads((engine / MANIFEST).read_text(encoding="utf-8"))
        del facts["crc32 of the rest"]
        write_manifest(engine, facts | {"format": 1})
    return engine.with_name("nowhere") if what == "none" else engine


@pytest.mark.parametrize(
    ("what", "ratings", "titles", "sentence"),
    [
        ("none", NEW, None, "Nothing is saved in"),
        ("version", NEW, None, "it was saved by another version (format 1, this is"),
        ("sample", NEW, None, "holds the ratings of 40 of 1,000 people, so nothing can be added to those of the others. Train it anew."),
        ("", ["1,900,5.0,1"], ["900,Elsewhere (1999),Drama"], "has no title in common with then: it is another data set."),
        ("", NEW, ["1,Other (1999),Drama", "2,Another (1999),Drama"], "gives the ids of then to other titles"),
        ("", ["1,900,5.0,1", "2,900,5.0,1"], None, "a movieId that neither then nor a movies.csv here knows (rows 2: 900, 3: 900)"),
        ("", [], None, "ratings.csv has no rating rows."),
        ("", [], range(1, 31), "ratings.csv has no rating rows."),
        (
            "",
            ["1,1,good,1"],
            None,
            "left out of ratings.csv: a rating that is not a number from 0.5 to 5 (row 2: good).",
        ),
    ],
)
def test_bad_input_is_one_sentence(
    engine: Path, tmp_path: Path, what: str, ratings: list[str], titles: range | list[str] | None, sentence: str,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    source = write(tmp_path / "more", ratings, titles)
    place = damaged(engine, what)
    before = state(engine)
    assert main(["train", str(source), "--since", str(place), "--folder", str(tmp_path / "models")]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not said.out
    assert state(engine) == before


def test_it_does_not_go_with_spark_or_without_a_source(engine: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["train", "showcase", "--since", str(engine), "--spark"]) == 2
    assert "--since and --spark do not go together" in capsys.readouterr().err
    assert main(["train", "nothing", "--since", str(engine)]) == 2
    assert "No data set 'nothing'" in capsys.readouterr().err
