"""The nearest neighbours of all titles: who rated a title of a block is sent there with all of their ratings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from scipy import sparse

from recsys_core.models.base import likes_of
from recsys_core.models.baseline import residuals_of, user_biases
from recsys_core.models.item_knn import ItemKNN, by_rated
from recsys_core.models.linear.cosines import nearest, numbering, scaled_to_length, similarities, sums_of_cosines, sums_of_squares
from recsys_core.spark.blocks import Block, Blocks, total
from recsys_core.spark.statistics import Counts

Piece: TypeAlias = tuple[int, sparse.csr_array, np.ndarray]
"""Of some people the row of the first, the numbers of their titles, and the two values of each rating."""
Rows: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Numbers of neighbours, the neighbours and their similarities, as :func:`nearest` finds them."""


def fit_item_knn(blocks: Blocks, counted: Counts, item_bias: np.ndarray, model: ItemKNN, n_blocks: int = 1) -> ItemKNN:
    """Learn what :class:`ItemKNN` learns, with the same compiled loop, and return the model without its baseline.

    A block of titles needs everybody who rated one of them, and nearly everybody has rated one of many: the shuffle is
    about 12 bytes × ratings × blocks. So there should be as few blocks as machines; threads share the work inside one.

    Parameters
    ----------
    item_bias : ndarray of shape (n_items,)
    n_blocks : int
        Of titles. Each takes every ``n_blocks``-th title by the number of raters, so that all have about as much to do.
    """
    context = blocks.rdd.context
    mean, n_items = counted.mean, len(counted.raters)
    best_known, number = numbering(counted.raters)
    biases = context.broadcast(item_bias)

    def kinds(block: Block) -> tuple[sparse.csr_array, sparse.csr_array]:
        of_users = user_biases(block.ratings, mean, biases.value)
        return likes_of(block.ratings), residuals_of(block.ratings, mean, biases.value, of_users)

    squared = total(blocks, lambda block: [sums_of_squares(values) for values in kinds(block)])
    squares = context.broadcast([sums.sum(axis=0) for sums in squared])

    def pulls(block: Block) -> Sequence[np.ndarray]:
        likes, _ = kinds(block)
        return (sums_of_cosines(likes, scaled_to_length(likes, squares.value[0])),)

    (cosines,) = total(blocks, pulls)
    averages = np.zeros((2, n_items), dtype=np.float32)
    averages[0] = (cosines / max(int(np.count_nonzero(counted.raters)), 1))[...]
    averages = averages[:, best_known]
    shrinkages = np.array([model.shrinkage, model.shrinkage_stars], dtype=np.float32)
    k = model.n_neighbors
    numbers = context.broadcast(number)

    def parts(block: Block) -> Iterator[tuple[int, Piece]]:
        given = np.zeros((block.ratings.nnz, 2), dtype=np.float32)
        for kind, values in enumerate(kinds(block)):
            given[:, kind] = scaled_to_length(values, squares.value[kind])
        places = np.arange(block.ratings.nnz)
        by_user = sparse.csr_array(
            (places, numbers.value[block.ratings.indices], block.ratings.indptr), shape=block.ratings.shape, copy=True
        )
        by_user.sort_indices()
        given = given[by_user.data]
        users = np.repeat(np.arange(len(block.user_ids)), np.diff(by_user.indptr))
        for part in range(n_blocks):
            concerned = np.zeros(len(block.user_ids), dtype=bool)
            concerned[users[by_user.indices % n_blocks == part]] = True
            titles = by_user[np.flatnonzero(concerned)]
            plain = sparse.csr_array((np.zeros(titles.nnz, np.int8), titles.indices, titles.indptr), shape=titles.shape)
            yield part, (block.first, plain, given[concerned[users]])

    def found(rows: Iterable[tuple[int, Piece]]) -> Iterator[tuple[int, list[Rows]]]:
        pieces: dict[int, list[Piece]] = {}
        for part, piece in rows:
            pieces.setdefault(part, []).append(piece)
        for part, own in pieces.items():
            own.sort(key=lambda piece: piece[0])  # people in their order, so that even sums in single precision are the same
            by_user = sparse.csr_array(sparse.vstack([titles for _, titles, _ in own], format="csr"))
            given = np.concatenate([values for *_, values in own])
            yield part, nearest(np.arange(part, n_items, n_blocks), by_user, given, averages, shrinkages, k)

    rows = blocks.rdd.flatMap(parts).partitionBy(n_blocks, int).mapPartitions(found).collect()
    for sent in (biases, squares, numbers):
        sent.destroy()
    model.like_similarities_, model.star_similarities_ = (
        by_rated(_matrix({part: kinds[kind] for part, kinds in rows}, n_blocks, best_known)) for kind in range(2)
    )
    return model


def _matrix(found: dict[int, Rows], n_blocks: int, best_known: np.ndarray) -> sparse.csr_array:
    """Put the rows of all blocks of titles in the order of their numbers."""
    lengths = np.zeros(len(best_known), dtype=np.int64)
    for part, (own, _, _) in found.items():
        lengths[part::n_blocks] = own
    starts = np.concatenate([[0], np.cumsum(lengths)])
    others, values = np.empty(starts[-1], dtype=np.int32), np.empty(starts[-1], dtype=np.float32)
    for part, (own, their_others, their_values) in found.items():
        places = np.repeat(starts[:-1][part::n_blocks] - (np.cumsum(own) - own), own) + np.arange(len(their_others))
        others[places], values[places] = their_others, their_values
    return similarities(lengths, others, values, best_known)
