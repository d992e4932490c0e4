"""Read ratings and titles from wherever Spark reads, and refuse what cannot be used: by file, row and value."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sql
from pyspark.sql.types import FractionalType

from recsys_core.data.dataset import ITEM_COLUMNS, Dataset
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.datasets.sources.movielens import read_titles as read_release_titles
from recsys_core.datasets.sources.showcase import read_catalogue
from recsys_core.errors import DataError, SparkError
from recsys_core.spark.blocks import Faults

NAMES = {"user": ("userId", "user_id"), "item": ("movieId", "item_id"), "rating": ("rating",)}
TIMES = ("timestamp",)
PARQUET, CSV = (".parquet", ".pq"), (".csv", ".csv.gz", ".csv.bz2", ".csv.zst")
RATINGS, MOVIES = "ratings.csv", "movies.csv"
SHOWN = 5
BYTES = {"parquet": 16 * 2**20, "csv": 64 * 2**20}
"""Bytes of input for a block of people, some three million ratings."""


class Source(NamedTuple):
    """Where the ratings are.

    Attributes
    ----------
    address : str
        A file or a folder of parts, as Spark reads it.
    form : "parquet" or "csv"
    n_bytes : int
    """

    address: str
    form: str
    n_bytes: int


def find_source(spark: SparkSession, address: str) -> Source:
    """Look at an address: a file, a folder of Parquet or CSV parts, or a MovieLens folder. Raises :class:`SparkError` if it is none."""
    if address.endswith(".zip"):
        raise SparkError(f"{address}: Spark reads no zip. Unpack it and name the folder.")
    files = _listed(spark, address)
    if RATINGS in files and not address.endswith(CSV):
        address, files = f"{address.rstrip('/')}/{RATINGS}", {RATINGS: files[RATINGS]}
    for form, endings in (("parquet", PARQUET), ("csv", CSV)):
        own = [n_bytes for name, n_bytes in files.items() if name.lower().endswith(endings)]
        if own:
            return Source(address, form, sum(own))
    found = ", ".join(sorted(files)[:SHOWN]) or "nothing"
    raise SparkError(f"{address} holds neither Parquet nor CSV files. Found: {found}.")


def _listed(spark: SparkSession, address: str) -> dict[str, int]:
    """The files at an address and their sizes in bytes, by Hadoop, so that every address that Spark reads will do."""
    machine: Any = spark._jvm
    hadoop = machine.org.apache.hadoop.fs.Path(address)
    system = hadoop.getFileSystem(spark._jsc.hadoopConfiguration())
    if not system.exists(hadoop):
        raise SparkError(f"There is nothing at {address}. Give a folder, a file or an address that Spark reads.")
    return {status.getPath().getName(): int(status.getLen()) for status in system.listStatus(hadoop) if status.isFile()}


def read_ratings(spark: SparkSession, source: Source) -> DataFrame:
    """Return the ratings as text and numbers; what is none is null.

    The columns are ``user``, ``item`` (str), ``stars`` (float), ``at`` (double, if there are timestamps), and to name rows:
    ``file``, ``raw_user``, ``raw_item``, ``raw_rating`` and, of Parquet, ``row``.
    """
    reader = spark.read.option("header", True).option("escape", '"')
    table = reader.csv(source.address) if source.form == "csv" else reader.parquet(source.address)
    columns = {}
    for what, names in NAMES.items():
        columns[what] = next((name for name in names if name in table.columns), "")
        if not columns[what]:
            raise SparkError(f"{source.address}: the column {' or '.join(names)} is missing. It has: {', '.join(table.columns)}.")
    times = [name for name in TIMES if name in table.columns]
    stars = sql.col(columns["rating"]).try_cast("float")
    return table.select(
        _id(table, columns["user"]).alias("user"),
        _id(table, columns["item"]).alias("item"),
        sql.when(stars.between(MIN_STARS, MAX_STARS), stars).alias("stars"),
        *(sql.col(name).try_cast("timestamp" if dict(table.dtypes)[name] == "date" else "double").alias("at") for name in times),
        *(sql.col(name).cast("string").alias(f"raw_{what}") for what, name in columns.items()),
        sql.col("_metadata.file_path").alias("file"),
        *([sql.col("_metadata.row_index").alias("row")] if source.form == "parquet" else []),
    )


def _id(table: DataFrame, name: str) -> Column:
    """An id as text; null where it is empty or no whole number."""
    column = sql.col(name)
    if isinstance(table.schema[name].dataType, FractionalType):
        whole = column.try_cast("bigint")
        return sql.when(whole == column, whole.cast("string"))
    text = sql.trim(column.cast("string"))
    return sql.when(text != "", text)


def n_blocks(spark: SparkSession, source: Source) -> int:
    """How many blocks of people: enough for all cores, and none larger than a few million ratings."""
    return max(2 * spark.sparkContext.defaultParallelism, -(-source.n_bytes // BYTES[source.form]))


def check(ratings: DataFrame, titles: Dataset, faults: Faults) -> None:
    """Raise :class:`DataError` if some ratings cannot be used; the message names the first five by file, row and value."""
    spark = ratings.sparkSession
    bad = sql.col("user").isNull() | sql.col("item").isNull() | sql.col("stars").isNull()
    if faults.bad:
        what = f"a rating without a person or title, or that is not a number from {MIN_STARS} to {MAX_STARS:g}"
        raise DataError(_told(ratings.where(bad), faults.bad, what, ("user", "item", "rating")))
    if faults.unknown:
        known = spark.createDataFrame([(str(item),) for item in titles.item_ids.tolist()], "item string")
        unknown = ratings.where(~bad).join(sql.broadcast(known), "item", "left_anti")
        raise DataError(_told(unknown, faults.unknown, "a title that is not among the titles", ("item",)))
    if faults.repeated:
        twice = ratings.groupBy("user", "item").count().where("count > 1").select("user", "item")
        rows = ratings.join(sql.broadcast(twice.limit(SHOWN)), ["user", "item"], "left_semi")
        raise DataError(_told(rows, faults.repeated, "a person and a title that occur more than once", ("user", "item")))


def _told(rows: DataFrame, n: int, what: str, shown: Sequence[str]) -> str:
    """Name the first of some rows. Where Spark gives no numbers of rows, those of the first file are counted."""
    first = rows.orderBy("file").limit(SHOWN).collect()
    name = first[0].file.rsplit("/", 1)[-1]
    own = [row for row in first if row.file == first[0].file]
    values = {
        tuple(row[f"raw_{each}"] or "" for each in NAMES): ", ".join(row[f"raw_{each}"] or "nothing" for each in shown) for row in own
    }
    if "row" in rows.columns:
        numbers = [(row.row + 1, values[tuple(row[f"raw_{each}"] or "" for each in NAMES)]) for row in own]
    else:
        numbers = _lines(rows.sparkSession, own[0].file, values)
    named = ", ".join(f"{number} ({value})" for number, value in sorted(numbers)[:SHOWN])
    more = f" and {n - len(numbers):,} more" if n > len(numbers) else ""
    return f"{name}: {'row' if len(numbers) == 1 else 'rows'} {named}{more} {'has' if max(n, len(numbers)) == 1 else 'have'} {what}."


def _lines(spark: SparkSession, file: str, values: dict[tuple[str, ...], str]) -> list[tuple[int, str]]:
    """Find rows of a CSV file by their values: their numbers in the file, from 1."""
    lines = spark.sparkContext.textFile(file)
    head = next(csv.reader([lines.first()]))
    places = [next(head.index(name) for name in names if name in head) for names in NAMES.values()]

    def value(line: str) -> str | None:
        fields = next(csv.reader([line]), [])
        return values.get(tuple(fields[place].strip() if place < len(fields) else "" for place in places))

    found = lines.zipWithIndex().map(lambda pair: (pair[1] + 1, value(pair[0]))).filter(lambda pair: pair[1] is not None)
    return [(number, str(shown)) for number, shown in found.take(SHOWN)]


def read_titles(spark: SparkSession, address: str, titles: str | None) -> Dataset:
    """Return a data set of the titles, without ratings.

    Parameters
    ----------
    address : str
        That of the ratings; a MovieLens folder holds movies.csv beside them.
    titles : str, optional
        A MovieLens folder, or a CSV or Parquet file with ``item_id`` (or ``movieId``), ``title`` and other columns of
        :data:`recsys_core.data.dataset.ITEM_COLUMNS`.

    Raises
    ------
    SparkError, DataError, DatasetError
    """
    place = titles or address
    files = _listed(spark, place)
    local = Path(place.removeprefix("file://"))
    if MOVIES in files and local.is_dir():
        return read_release_titles(local, enrich_from=read_catalogue())
    if titles is None and MOVIES not in files:
        raise SparkError(f"{address} holds no {MOVIES}: name a table of the titles by --titles.")
    place = f"{place.rstrip('/')}/{MOVIES}" if MOVIES in files else place
    reader = spark.read.option("header", True).option("escape", '"')
    csv_files = MOVIES in files or any(name.lower().endswith(CSV) for name in files)
    table = (reader.csv(place) if csv_files else reader.parquet(place)).toArrow().to_pandas()
    table = table.rename(columns={"movieId": "item_id"}).sort_values("item_id", kind="stable", ignore_index=True)
    name = address.rstrip("/").rsplit("/", 1)[-1]
    items: pd.DataFrame = table[[column for column in table.columns if column in ITEM_COLUMNS]]
    return Dataset.from_frames(items, None, name=name, description=f"Ratings from {address}, titles from {place}.")
