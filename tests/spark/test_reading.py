"""Ratings in Parquet or CSV parts, titles beside them or elsewhere; what cannot be used is named by file, row and value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.support.spark import needed

needed()

from recsys_core import Dataset, Engine
from recsys_core.errors import DataError, SparkError
from recsys_core.spark import train
from recsys_core.spark.reading import find_source
from recsys_core.spark.train import saved_name, train_on_spark
from tests.conftest import toy_items, toy_ratings

pytestmark = pytest.mark.spark
HEAD = "userId,movieId,rating,timestamp\n"


@pytest.fixture
def titles(tmp_path: Path) -> str:
    path = tmp_path / "titles.parquet"
    toy_items().to_parquet(path)
    return str(path)


def parts(folder: Path, form: str) -> str:
    folder.mkdir()
    rows = toy_ratings().rename(columns={"user_id": "userId", "item_id": "movieId"}).assign(timestamp=1_000_000_000)
    for number, part in enumerate((rows[:20], rows[20:])):
        if form == "csv":
            part.to_csv(folder / f"part-{number}.csv", index=False)
        else:
            part.to_parquet(folder / f"part-{number}.snappy.parquet", index=False)
    return str(folder)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_parts_of_either_form(spark, tmp_path: Path, titles: str, form: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(train, "MOST_PEOPLE", 5)
    source = parts(tmp_path / "ratings", form)
    engine = train_on_spark(source, spark, titles=titles, stage="lists")
    expected = next(Engine.fit_in_stages(Dataset.from_frames(toy_items().sort_values("item_id"), toy_ratings())))
    assert (engine.dataset.n_people, engine.dataset.n_users, engine.dataset.n_ratings) == (8, 5, 48)
    engine.save(tmp_path / saved_name(source, titles))
    for found in (engine, Engine.load(tmp_path / saved_name(source, titles))):
        np.testing.assert_array_equal(found.item_ids, expected.item_ids)
        for name in ("popularity", "item-knn", "svd"):
            ours, theirs = (each.score({"crime-1": 5.0}, name) for each in (found, expected))
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def test_models_of_a_sample_learn_from_the_people_that_one_machine_draws(
    spark, tmp_path: Path, titles: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(train, "MOST_PEOPLE", 5)
    engine = train_on_spark(parts(tmp_path / "ratings", "parquet"), spark, titles=titles, stage="models")
    whole = Dataset.from_frames(toy_items().sort_values("item_id"), toy_ratings())
    alone = Engine.fit(whole.sample_users(5), factors=False)
    for name in ("als", "nmf", "ease", "gp", "watched", "user-knn"):
        assert engine.notes[name].startswith("learned from 5 of the 8 people, drawn at random")
        ours, theirs = (each.score({"crime-1": 5.0, "comedy-2": 2.0}, name) for each in (engine, alone))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("cop-1,crime-1,good,1", r"part-0.csv: row 3 \(cop-1, crime-1, good\) has a rating .* not a number from 0.5 to 5"),
        ("cop-1,crime-1,5.5,1", r"part-0.csv: row 3 \(cop-1, crime-1, 5.5\) has"),
        (",crime-1,5,1", r"part-0.csv: row 3 \(nothing, crime-1, 5\) has a rating without a person"),
        ("cop-1,crime-9,5,1", r"part-0.csv: row 3 \(crime-9\) has a title that is not among the titles"),
        ("cop-2,crime-1,4,1", r"part-0.csv: rows 2 \(cop-2, crime-1\), 3 \(cop-2, crime-1\) have a person and a title that occur more"),
    ],
)
def test_a_bad_row_of_csv_is_named(spark, tmp_path: Path, titles: str, row: str, told: str):
    folder = tmp_path / "ratings"
    folder.mkdir()
    (folder / "part-0.csv").write_text(f"{HEAD}cop-2,crime-1,5,1\n{row}\ncop-2,crime-3,5,1\n")
    (folder / "part-1.csv").write_text(f"{HEAD}cop-3,crime-1,5,1\n")
    with pytest.raises(DataError, match=told):
        train_on_spark(str(folder), spark, titles=titles)


def test_a_bad_row_of_parquet_is_named(spark, tmp_path: Path, titles: str):
    rows = pd.DataFrame({"user_id": [1, 2, 3], "item_id": ["crime-1"] * 3, "rating": [5.0, np.nan, 7.0]})
    rows.to_parquet(tmp_path / "r.parquet")
    told = r"r.parquet: rows 2 \(2, crime-1, nothing\), 3 \(3, crime-1, 7.0\) have a rating without"
    with pytest.raises(DataError, match=told):
        train_on_spark(str(tmp_path / "r.parquet"), spark, titles=titles)


def test_sources_that_are_none(spark, tmp_path: Path, titles: str):
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    for address, told in {
        str(tmp_path / "absent"): "There is nothing at .*absent",
        str(tmp_path / "notes.txt"): "holds neither Parquet nor CSV files. Found: notes.txt",
        "ml-latest-small.zip": "Spark reads no zip. Unpack it",
    }.items():
        with pytest.raises(SparkError, match=told):
            find_source(spark, address)
    with pytest.raises(SparkError, match=r"column userId or user_id is missing. It has: a, b"):
        train_on_spark(str(tmp_path / "other.csv"), spark, titles=titles)
    with pytest.raises(SparkError, match=r"holds no movies.csv: name a table of the titles by --titles"):
        train_on_spark(str(tmp_path / "other.csv"), spark)
    with pytest.raises(SparkError, match=r'^Spark stopped: .*No FileSystem for scheme "nowhere"'):
        train_on_spark("nowhere://a/b", spark)
