"""Whole evaluations, results on disk, and the command line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.__main__ import main
from recsys_core.cli.evaluate import readable
from recsys_core.errors import DataError, DatasetError, UnknownModelError
from recsys_core.evaluation import Results, read_results, write_results
from recsys_core.evaluation.runs import SPLITS, TABLE_COLUMNS, EvaluationPlan, Fitted, run
from recsys_core.evaluation.splits import ratings_frame
from recsys_core.models import Content, Popularity


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """40 people, half of whom love the even titles and half the odd ones, as their words say."""
    rng = np.random.default_rng(0)
    items = pd.DataFrame({"item_id": [f"t{t:02}" for t in range(30)], "genres": ["Crime", "Comedy"] * 15})
    rows = [
        (f"u{u:02}", f"t{t:02}", 5.0 if t % 2 == u % 2 else 1.5, float(rng.integers(0, 10_000)))
        for u in range(40)
        for t in rng.choice(30, 12, replace=False)
    ]
    ratings = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])
    return Dataset.from_frames(items.assign(title=items["item_id"]), ratings, name="halves", simulated=True)


class Quick:
    """Two models instead of the app's; remembers what they were fitted on."""

    def __init__(self) -> None:
        self.trains: list[Dataset] = []

    def __call__(self, train: Dataset) -> Fitted:
        self.trains.append(train)
        content = Content().fit(train)
        return Fitted({"popularity": Popularity().fit(train), "content": content}, content.features_)


def value(results: Results, metric: str, model: str, n_given: int = 0, column: str = "value") -> float:
    table = results.table
    return float(table.loc[(table["metric"] == metric) & (table["model"] == model) & (table["n_given"] == n_given), column].iloc[0])


@pytest.mark.parametrize("split", [name for name in SPLITS if name != "published-folds"])
def test_every_split_runs(dataset: Dataset, split: str):
    told: list[float] = []
    fit = Quick()
    results = run(dataset, EvaluationPlan(split, n_given=(2, 4)), fit=fit, progress=lambda done, what: told.append(done))
    assert tuple(results.table) == TABLE_COLUMNS
    assert set(results.table["task"]) == {"lists", "stars"}
    assert set(results.table["n_given"]) == ({2, 4} if split == "new-visitors" else {0})
    assert len(fit.trains) == (5 if split == "folds" else 1)
    assert all(train.n_items == 30 and train.n_ratings < dataset.n_ratings for train in fit.trains)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert results.facts["dataset"] == "halves"
    assert results.facts["versions"]["numpy"] == np.__version__


def test_taste_is_found(dataset: Dataset):
    results = run(dataset, EvaluationPlan("new-visitors", n_given=(4,), versus="popularity"), fit=Quick())
    assert value(results, "ndcg@10", "content", 4) > value(results, "ndcg@10", "popularity", 4)
    assert value(results, "ndcg@10", "content", 4, "difference_low") > 0


def test_cold_titles_are_ranked_among_themselves(dataset: Dataset):
    results = run(dataset, EvaluationPlan("cold-titles"), fit=Quick())
    assert value(results, "ndcg@10", "content") > 0.6  # three titles, of which those of the right genre come first
    assert value(results, "coverage", "popularity") == 0.0


def test_more_seeds_are_pooled(dataset: Dataset):
    fit = Quick()
    results = run(dataset, EvaluationPlan("new-visitors", n_given=(4,), seeds=(0, 1, 2), tasks=("lists",)), fit=fit)
    assert len(fit.trains) == 3
    users = value(results, "ndcg@10", "content", 4, "n_users")
    assert 8 < users <= 24  # eight held out by each seed, some by two
    assert set(results.table["task"]) == {"lists"}


def test_only_the_named_models(dataset: Dataset):
    assert set(run(dataset, EvaluationPlan("pairs", models=["content"]), fit=Quick()).table["model"]) == {"content"}
    both = run(dataset, EvaluationPlan("pairs", models=["content"], versus="popularity"), fit=Quick())
    assert set(both.table["model"]) == {"content", "popularity"}


def test_a_few_visitors_are_the_same_for_every_number_given(dataset: Dataset):
    ratings = ratings_frame(dataset)
    few = ratings.groupby("user_id").head(3)  # every other person has three ratings: enough to be given two, not four
    mixed = Dataset.from_frames(dataset.items, ratings[ratings["user_id"].isin(dataset.user_ids[::2]) | ratings.index.isin(few.index)])
    table = run(mixed, EvaluationPlan("new-visitors", n_given=(2, 4), max_visitors=3, tasks=("stars",)), fit=Quick()).table
    assert set(table["n_users"]) == {3}


def test_the_same_again(dataset: Dataset):
    plan = EvaluationPlan("new-visitors", n_given=(2,), max_visitors=5)
    first, second = (run(dataset, plan, fit=Quick()).table for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_what_cannot_be_run_is_refused(dataset: Dataset, toy: Dataset):
    with pytest.raises(DataError, match="There is no split 'magic'"):
        run(dataset, EvaluationPlan("magic"), fit=Quick())
    with pytest.raises(DataError, match="archive of ml-100k"):
        run(dataset, EvaluationPlan("published-folds"), fit=Quick())
    with pytest.raises(UnknownModelError, match=r"No model 'magic'\. There are: popularity, content"):
        run(dataset, EvaluationPlan("pairs", models=["magic"]), fit=Quick())
    with pytest.raises(UnknownModelError, match="No model 'magic'"):
        run(dataset, EvaluationPlan("pairs", versus="magic"), fit=Quick())
    with pytest.raises(DataError, match="No user has enough ratings"):
        run(dataset, EvaluationPlan("new-visitors", n_given=(12,)), fit=Quick())
    with pytest.raises(DataError, match="needs a timestamp"):
        run(toy, EvaluationPlan("time"), fit=Quick())


# --- on disk -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(dataset: Dataset) -> Results:
    return run(dataset, EvaluationPlan("new-visitors", n_given=(2, 4), versus="popularity"), fit=Quick())


def test_written_and_read_back(results: Results, tmp_path: Path):
    write_results(results, tmp_path / "new" / "folder")
    back = read_results(tmp_path / "new" / "folder")
    pd.testing.assert_frame_equal(back.table, results.table, check_dtype=False, rtol=1e-5)
    assert back.facts == json.loads(json.dumps(results.facts))
    assert sorted(file.name for file in (tmp_path / "new" / "folder").iterdir()) == ["evaluation.csv", "evaluation.json"]


def test_other_ends_of_lines_are_the_same_table(results: Results, tmp_path: Path):
    write_results(results, tmp_path)
    file = tmp_path / "evaluation.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_results(tmp_path).table) == len(results.table)


def test_a_failed_write_leaves_the_old_results(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_results(results, tmp_path)

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_results(Results(results.table.head(1), {}), tmp_path)
    monkeypatch.undo()
    assert len(read_results(tmp_path).table) == len(results.table)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", ["evaluation.csv", "evaluation.json"])
def test_missing_and_damaged_files(results: Results, tmp_path: Path, name: str):
    write_results(results, tmp_path)
    (tmp_path / name).write_text("hello", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"cannot be read|does not belong to"):
        read_results(tmp_path)
    (tmp_path / name).write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_results(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DatasetError, match=rf"No results in .*: {name} is missing"):
        read_results(tmp_path)


# --- command line --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> Path:
    """The same people as a MovieLens folder."""
    folder = tmp_path_factory.mktemp("halves")
    users = np.repeat(np.arange(40), np.diff(dataset.ratings.indptr))
    columns = {"userId": users, "movieId": dataset.ratings.indices, "rating": dataset.ratings.data, "timestamp": dataset.timestamps}
    pd.DataFrame(columns).to_csv(folder / "ratings.csv", index=False)
    movies = [(t, f"Title {t} (1999)", genre) for t, genre in enumerate(dataset.items["genres"])]
    pd.DataFrame(movies, columns=["movieId", "title", "genres"]).to_csv(folder / "movies.csv", index=False)
    return folder


COMMON = ["--n-given", "3", "--models", "popularity", "content"]


def test_the_command_prints_and_writes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    assert main(["evaluate", "--dataset", str(folder), *COMMON, "--versus", "popularity", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "40 people, 30 titles, 480 ratings" in said
    assert re.search(r"^ndcg@10 +\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]", said, re.MULTILINE)
    assert "minus popularity" in said
    first, second = (re.sub(r"\d\b", "", text).split() for text in (readable(read_results(out)), said))
    assert first == second  # what is written says the same again, but for the last digit


def test_the_command_can_print_json(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["evaluate", "--dataset", str(folder), "--split", "pairs", "--models", "content", "--json"]) == 0
    said = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert said["facts"]["split"] == "pairs"
    assert {row["metric"] for row in said["results"]} >= {"ndcg@10", "rmse", "coverage@10"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--dataset", "no-such-data"], "No data set 'no-such-data'"),
        (["--dataset", "HERE", "--models", "magic"], "No model 'magic'. There are: hybrid"),
        (["--dataset", "HERE", "--versus", "magic"], "No model 'magic'. There are: hybrid"),
        (["--dataset", "HERE", "--n-given", "500"], "No user has enough ratings"),
        (["--dataset", "HERE", "--split", "published-folds"], "holds no published folds"),
        (["--dataset", "HERE", "--out", "HERE/movies.csv"], "movies.csv is a file"),
        (["--split", "magic"], "invalid choice: 'magic'"),
        (["--n-given", "0"], "'0' is not a whole number from 1 up"),
        (["--n-given", "two"], "'two' is not a whole number from 1 up"),
        (["--seeds", "-1"], "expected at least one argument|not a whole number"),
        (["--max-visitors", "1.5"], "'1.5' is not a whole number"),
    ],
)
def test_bad_input_is_one_sentence(folder: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]):
    try:
        code = main(["evaluate", *(argument.replace("HERE", str(folder)) for argument in arguments)])
    except SystemExit as exit_:
        code = exit_.code
    assert code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search(sentence, said.err)
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["magic"]])
def test_no_such_command(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_published_folds_of_the_real_data(shared_data: Path, tmp_path: Path):
    archive = tmp_path / "ml-100k.zip"
    shutil.copy(shared_data / "ml-100k.zip", archive)
    from recsys_core import load_dataset

    plan = EvaluationPlan("published-folds", source=archive, models=["popularity"], tasks=("stars",))
    results = run(load_dataset(archive), plan, fit=Quick())
    assert 0.9 < value(results, "rmse", "popularity") < 1.0  # title and visitor means alone: about 0.94
    assert value(results, "rmse", "popularity", column="n_users") == 943
