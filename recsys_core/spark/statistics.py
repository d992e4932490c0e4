"""What is counted over everybody: raters, likes and biases, in passes over the blocks of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pyspark import Broadcast

from recsys_core.common.sums import sums_at
from recsys_core.data.scale import LIKED_STARS
from recsys_core.models.baseline import N_ITER, SHRINKAGE, user_biases
from recsys_core.spark.blocks import Block, Blocks, total


class Counts(NamedTuple):
    """Sums over all ratings.

    Attributes
    ----------
    mean : float
        In stars.
    raters, liked : ndarray of int, shape (n_items,)
        Who rated each title, and who gave it four stars or more.
    n_people, n_ratings : int
    """

    mean: float
    raters: np.ndarray
    liked: np.ndarray
    n_people: int
    n_ratings: int


def counts(blocks: Blocks) -> Counts:
    """Count over all blocks, in one pass. Sums of stars in double precision are exact for halves."""

    def measure(block: Block) -> Sequence[np.ndarray | float]:
        indices, stars, n_items = block.ratings.indices, block.ratings.data, block.ratings.shape[1]
        liked = np.bincount(indices[stars >= LIKED_STARS], minlength=n_items)
        return stars.sum(dtype=np.float64), np.bincount(indices, minlength=n_items), liked

    stars, raters, liked = total(blocks, measure)
    n_ratings = int(blocks.n_ratings.sum())
    return Counts(float(stars) / n_ratings, raters, liked, int(blocks.n_people.sum()), n_ratings)


def item_biases(blocks: Blocks, counted: Counts) -> np.ndarray:
    """Return b_i as :func:`recsys_core.models.baseline.biases` estimates it, shape (n_items,), in stars, in ten passes.

    Only the titles' biases travel: each person's are computed where that person's ratings are.
    """
    mean, n_items = counted.mean, len(counted.raters)
    context = blocks.rdd.context

    def centred(block: Block) -> Sequence[np.ndarray]:
        return (sums_at(block.ratings.indices, block.ratings.data.astype(np.float64) - mean, n_items),)

    item_sums = total(blocks, centred)[0].sum(axis=0)
    of_item = item_sums / (counted.raters + SHRINKAGE)
    for _ in range(N_ITER - 1):
        sent = context.broadcast(of_item)

        def of_users(block: Block, sent: Broadcast[np.ndarray] = sent) -> Sequence[np.ndarray]:
            theirs = user_biases(block.ratings, mean, sent.value)
            return (sums_at(block.ratings.indices, np.repeat(theirs, np.diff(block.ratings.indptr)), n_items),)

        of_item = (item_sums - total(blocks, of_users)[0].sum(axis=0)) / (counted.raters + SHRINKAGE)
        sent.destroy()
    return np.asarray(of_item)
