"""Blocks of people: the ratings as sparse matrices that stay where they are, and sums over all of them."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import RDD, StorageLevel
from pyspark.sql import DataFrame
from scipy import sparse

from recsys_core.data.dataset import Dataset, sampled
from recsys_core.data.scale import MAX_STARS, MIN_STARS

PACKED = "block binary, n_people long, n_ratings long, bad long, unknown long, repeated long"


class Block(NamedTuple):
    """The ratings of some people, sorted by their ids as text; blocks follow each other in that order.

    Attributes
    ----------
    first : int
        The row of the first of them among all people.
    user_ids : list of str
    ratings : csr_array of shape (n_people of the block, n_items), float32
        Stars, titles in the order of the catalogue.
    timestamps : ndarray of float64, shape (n_ratings of the block,), or None
    """

    first: int
    user_ids: list[str]
    ratings: sparse.csr_array
    timestamps: np.ndarray | None


class Faults(NamedTuple):
    """Numbers of ratings that cannot be used."""

    bad: int
    unknown: int
    repeated: int


class Blocks(NamedTuple):
    """All blocks, where they are, and what is known of them.

    Attributes
    ----------
    rdd : RDD of Block, persisted
    n_people, n_ratings : ndarray of int, shape (n_blocks,)
    faults : Faults
    """

    rdd: RDD[Block]
    n_people: np.ndarray
    n_ratings: np.ndarray
    faults: Faults


def person_blocks(ratings: DataFrame, titles: Dataset, n: int) -> Blocks:
    """Put the ratings of each person together, in ``n`` blocks of about the same size, and keep them.

    Parameters
    ----------
    ratings : DataFrame
        As :func:`recsys_core.spark.reading.read_ratings` returns it. Rows that cannot be used are counted and left out.
    titles : Dataset
    """
    spark = ratings.sparkSession
    context = spark.sparkContext
    catalogue = context.broadcast(titles.item_ids.tolist())
    timed = "at" in ratings.columns

    def pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield _packed(list(batches), pa.array(catalogue.value, pa.string()), timed)

    columns = [name for name in ("user", "item", "stars", "at") if name in ratings.columns]
    packed = ratings.select(*columns).repartitionByRange(n, "user").mapInArrow(pack, PACKED).persist(StorageLevel.MEMORY_AND_DISK)
    # One row for each block; Spark numbers partitions in the order of the ids.
    facts = packed.rdd.map(lambda row: (row.n_people, row.n_ratings, row.bad, row.unknown, row.repeated)).collect()
    counts = np.array(facts, dtype=np.int64).reshape(-1, 5)
    starts = np.concatenate([[0], np.cumsum(counts[:, 0])]).tolist()

    def opened(place: int, rows: Iterable[Any]) -> Iterator[Block]:
        for row in rows:
            user_ids, (data, indices, indptr, shape), times = pickle.loads(row.block)
            yield Block(starts[place], user_ids, sparse.csr_array((data, indices, indptr), shape=shape), times)

    blocks = packed.rdd.mapPartitionsWithIndex(opened)
    return Blocks(blocks, counts[:, 0], counts[:, 1], Faults(*counts[:, 2:].sum(axis=0).tolist()))


def _packed(batches: Sequence[pa.RecordBatch], catalogue: pa.Array, timed: bool) -> pa.RecordBatch:
    """One block as a row: users sorted by their ids as text, as NumPy and Spark both do, and their titles in order."""
    if not batches:
        batches = [pa.RecordBatch.from_pylist([], pa.schema([("user", pa.string()), ("item", pa.string()), ("stars", pa.float32())]))]
    table = pa.Table.from_batches(batches).combine_chunks()
    n_rows = table.num_rows
    places = pc.index_in(table["item"], value_set=catalogue).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    stars = table["stars"].to_numpy(zero_copy_only=False).astype(np.float32)
    given = pc.and_(pc.is_valid(table["user"]), pc.is_valid(table["item"])).to_numpy(zero_copy_only=False).astype(bool)
    usable = given & (stars >= MIN_STARS) & (stars <= MAX_STARS)
    known = usable & (places >= 0)
    users = table["user"].combine_chunks().filter(pa.array(known)).dictionary_encode()
    if isinstance(users, pa.ChunkedArray):
        users = users.combine_chunks()
    by_text = pc.sort_indices(users.dictionary).to_numpy()
    rank = np.empty(len(by_text), dtype=np.int64)
    rank[by_text] = np.arange(len(by_text))
    rows, columns = rank[users.indices.to_numpy(zero_copy_only=False)], places[known]
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    repeated = int(((np.diff(rows) == 0) & (np.diff(columns) == 0)).sum())
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(by_text)))])
    index = np.int32 if len(columns) < 2**31 else np.int64
    parts = (stars[known][order], columns.astype(index), indptr.astype(index), (len(by_text), len(catalogue)))
    times = table["at"].to_numpy(zero_copy_only=False)[known][order] if timed and n_rows else np.empty(0) if timed else None
    names = users.dictionary.take(pa.array(by_text)).to_pylist()
    row = {
        "block": pickle.dumps((names, parts, times), protocol=5),
        "n_people": len(names), "n_ratings": len(columns),
        "bad": int(n_rows - usable.sum()), "unknown": int((usable & (places < 0)).sum()), "repeated": repeated,
    }  # fmt: skip
    types = [("block", pa.binary())] + [(name, pa.int64()) for name in list(row)[1:]]
    return pa.RecordBatch.from_pylist([row], pa.schema(types))


def total(blocks: Blocks, measure: Callable[[Block], Sequence[Any]]) -> list[Any]:
    """Add up what ``measure`` finds in each block: arrays or numbers, added one by one where the blocks are."""
    return blocks.rdd.map(lambda block: list(measure(block))).treeReduce(lambda one, other: list(map(operator.add, one, other)))


def some_people(blocks: Blocks, titles: Dataset, n: int, seed: int = 0) -> Dataset:
    """Bring the ratings of ``n`` random people to the driver: the same people as :meth:`Dataset.sample_users` draws."""
    drawn = sampled(int(blocks.n_people.sum()), n, seed)

    def theirs(block: Block) -> tuple[int, list[str], sparse.csr_array, np.ndarray | None]:
        here = drawn[np.searchsorted(drawn, block.first) : np.searchsorted(drawn, block.first + len(block.user_ids))] - block.first
        chosen = np.repeat(np.isin(np.arange(len(block.user_ids)), here), np.diff(block.ratings.indptr))
        times = None if block.timestamps is None else block.timestamps[chosen]
        return block.first, [block.user_ids[row] for row in here], sparse.csr_array(block.ratings[here]), times

    found = [part for part in blocks.rdd.map(theirs).collect() if part[1]]
    found.sort(key=lambda part: part[0])
    ratings = sparse.csr_array(sparse.vstack([part[2] for part in found], format="csr"))
    user_ids = np.array(reduce(operator.iadd, [part[1] for part in found], []), dtype=str)
    times = [part[3] for part in found if part[3] is not None]
    return titles.with_ratings(ratings, user_ids, np.concatenate(times) if times else None)
