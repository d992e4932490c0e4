"""Train an engine on Spark: what sees everybody is computed there, the rest learns from people drawn as on one machine."""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from recsys_core.common.progress import Progress, silent, subprogress
from recsys_core.data.dataset import Totals
from recsys_core.datasets.sources.movielens import release_with
from recsys_core.engine import Engine
from recsys_core.errors import DataError
from recsys_core.fitted import ALL_MODELS, FORMAT, Learned, Stage, recipe
from recsys_core.models.baseline import Baseline, user_biases
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.svd import SVD
from recsys_core.serving.saved_engines import source_key
from recsys_core.spark.blocks import person_blocks, some_people
from recsys_core.spark.factors import fit_svd
from recsys_core.spark.neighbours import fit_item_knn
from recsys_core.spark.reading import MOVIES, check, find_source, n_blocks, read_ratings, read_titles
from recsys_core.spark.session import explained, spark_session
from recsys_core.spark.statistics import counts, item_biases

MOST_PEOPLE = max(model.max_users for model in ALL_MODELS if model.max_users)
"""Where there are more, the other models learn from so many people, and only their ratings are kept."""
MOST_RATINGS = 400_000_000
"""In a block of titles: its people's ratings take 12 bytes each, and twice that while they are put together."""
ON_SPARK = 0.4
"""What the passes over everybody take of the time, roughly."""
log = logging.getLogger(__name__)


def train(
    source: str, folder: Path, master: str | None = None, titles: str | None = None, progress: Progress = silent
) -> tuple[Engine, Path]:
    """Start Spark, train, save; returns the engine and where it is saved.

    Raises
    ------
    SparkError, DataError, DatasetError, OSError
    """
    spark = spark_session(master)
    try:
        engine = train_on_spark(source, spark, titles=titles, progress=subprogress(progress, 0.0, 0.98))
    finally:
        spark.stop()
    saved = folder / saved_name(source, titles)
    progress(0.98, "saving")
    engine.save(saved)
    return engine, saved


def saved_name(source: str, titles: str | None = None) -> str:
    """The name of the folder of an engine: where the app looks for it if it can read the source, too."""
    local = Path(source.removeprefix("file://"))
    if titles is None and (local / MOVIES).exists():
        return source_key(str(local))
    digest = hashlib.blake2b(f"{FORMAT}|{recipe()}|{source}|{titles}".encode(), digest_size=8)
    return f"{local.name.split('.')[0] or 'spark'}-{digest.hexdigest()}"


def train_on_spark(
    source: str,
    spark: SparkSession,
    *,
    titles: str | None = None,
    stage: Stage = "complete",
    random_state: int = 0,
    progress: Progress = silent,
) -> Engine:
    """Train every model on the ratings at an address.

    Popularity, biases, item-knn and svd see everybody, in passes over blocks of people on the cluster. The other models learn
    from at most 20,000 people, on one machine too; the same people are drawn, and their ratings come to the driver. If there
    are no more than these, the engine is that of one machine.

    Parameters
    ----------
    source : str
        Anything that Spark reads: see :func:`recsys_core.spark.reading.find_source`.
    titles : str, optional
        See :func:`recsys_core.spark.reading.read_titles`.
    stage : "lists", "models" or "complete"
        How far to go once Spark is done.

    Raises
    ------
    SparkError
        The source is not found or has other columns, or Spark stopped on its way.
    DataError, DatasetError
        The titles or some ratings cannot be used; the message names file and row.
    """
    step = _Steps(subprogress(progress, 0.0, ON_SPARK))
    with explained():
        step(0.0, "reading")
        found = find_source(spark, source)
        catalogue = read_titles(spark, source, titles)
        ratings = read_ratings(spark, found)
        blocks = person_blocks(ratings, catalogue, n_blocks(spark, found))
        check(ratings, catalogue, blocks.faults)
        if not blocks.n_ratings.sum():
            raise DataError(f"{source}: the table is empty. At least one row is needed.")
        step(0.2, "counts and biases")
        counted = counts(blocks)
        item_bias = item_biases(blocks, counted)
        step(0.4, "item-knn")
        item_knn = fit_item_knn(blocks, counted, item_bias, ItemKNN(), max(executors(spark), -(-counted.n_ratings // MOST_RATINGS)))
        step(0.7, "svd")
        svd = fit_svd(blocks, counted, SVD(random_state=random_state))
        step(0.95, "people drawn")
        dataset = some_people(blocks, catalogue, MOST_PEOPLE)
    step(1.0, "models")
    dataset = replace(dataset, key=release_with(counted.n_ratings, counted.n_people) or dataset.key)
    if dataset.n_users < counted.n_people:
        dataset = dataset.with_totals(Totals(counted.raters, counted.n_people, counted.n_ratings))
    of_users = user_biases(dataset.ratings, counted.mean, item_bias)
    baseline = Baseline(np.log1p(counted.liked), counted.raters, counted.mean, item_bias, of_users)
    learned = Learned(baseline, {model.name: model.learned() for model in (item_knn, svd)})
    fits = Engine.fit_in_stages(dataset, random_state=random_state, learned=learned, progress=subprogress(progress, ON_SPARK, 1.0))
    return next(engine for engine in fits if engine.stage == stage)


def executors(spark: SparkSession) -> int:
    """The number of processes that compute: 1 on one machine, where the driver does it."""
    infos: Any = spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
    return max(1, len(infos) - 1)


class _Steps:
    """Tells what comes next, and logs how long what went before has taken."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._what, self._since = "", time.perf_counter()

    def __call__(self, done: float, what: str) -> None:
        now = time.perf_counter()
        if self._what:
            log.info("%s: %.1f s", self._what, now - self._since)
        self._what, self._since = what, now
        self._progress(done, what)
