"""The leading singular vectors of a matrix whose rows are spread over machines, by a block Krylov method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from recsys_core.errors import SparkError
from recsys_core.models.base import likes_of
from recsys_core.models.svd import SVD, fame, scaled_down
from recsys_core.spark.blocks import Block, Blocks, total
from recsys_core.spark.statistics import Counts

COLUMNS = 96
"""Vectors that a pass multiplies. More take fewer passes: a pass costs the reading of all ratings and a sum of n_items × COLUMNS."""
TOLERANCE = 1e-9
MOST_PASSES = 40
NEGLIGIBLE = 1e-10


def fit_svd(blocks: Blocks, counted: Counts, model: SVD) -> SVD:
    """Learn what :class:`SVD` learns, and return the model without its baseline. Raises :class:`SparkError` if it does not converge."""
    n_items = len(counted.raters)
    context = blocks.rdd.context

    def squares(block: Block) -> Sequence[np.ndarray]:
        likes = likes_of(block.ratings)
        return (np.bincount(likes.indices, likes.data.astype(np.float64) ** 2, n_items),)

    of_titles = context.broadcast(total(blocks, squares)[0])

    def gram_times(vectors: np.ndarray) -> np.ndarray:
        sent = context.broadcast(vectors)

        def product(block: Block) -> Sequence[np.ndarray]:
            matrix = scaled_down(likes_of(block.ratings), of_titles.value)
            return (matrix.T @ (matrix @ sent.value),)

        (found,) = total(blocks, product)
        sent.destroy()
        return np.asarray(found)

    k = min(model.n_factors, n_items, counted.n_people)
    vectors, eigenvalues = leading_vectors(gram_times, n_items, k, columns=min(COLUMNS, n_items), random_state=model.random_state)
    of_titles.destroy()
    model.item_factors_ = model.factors_of(vectors, np.sqrt(np.maximum(eigenvalues, 0.0)), counted.raters)
    model.fame_ = fame(counted.raters)
    return model


def leading_vectors(
    times: Callable[[np.ndarray], np.ndarray],
    n: int,
    k: int,
    *,
    columns: int = COLUMNS,
    tolerance: float = TOLERANCE,
    most_passes: int = MOST_PASSES,
    random_state: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``k`` leading eigenvectors, shape (n, k), and eigenvalues of a symmetric positive semi-definite matrix.

    The matrix is known by its products with ``columns`` vectors at a time. The space of all products is kept and made
    orthogonal twice over; where it holds everything that the matrix reaches, the result is exact.

    Parameters
    ----------
    times : callable
        From vectors, shape (n, c), to the matrix times these.
    tolerance : float
        The residuals ``|A v - λ v|`` may be so large, as a share of the largest eigenvalue.

    Raises
    ------
    SparkError
        It has not converged after ``most_passes``.

    References
    ----------
    Golub & Underwood (1977), "The block Lanczos method for computing eigenvalues".
    Musco & Musco (2015), "Randomized block Krylov methods for stronger and faster approximate singular value decomposition".
    """
    block = np.linalg.qr(np.random.default_rng(random_state).normal(size=(n, min(columns, n))))[0]
    basis = np.empty((n, 0))
    small = np.empty((0, 0))
    for _ in range(most_passes):
        product = times(block)
        wide = np.hstack([basis, block])
        coefficients = wide.T @ product
        square = np.zeros((wide.shape[1], wide.shape[1]))
        square[: len(small), : len(small)] = small
        square[:, len(small) :] = coefficients
        square[len(small) :, :] = coefficients.T
        basis, small = wide, square
        values, vectors = np.linalg.eigh((small + small.T) / 2)
        order = np.argsort(-values)[:k]
        rest = product - basis @ coefficients
        rest -= basis @ (basis.T @ rest)
        left, lengths, turned = np.linalg.svd(rest, full_matrices=False)
        largest = max(float(values.max()), 1e-300)
        left_over = lengths[:, None] * (turned @ vectors[-block.shape[1] :, order])  # the matrix times the vectors, minus its part within
        residuals = np.sqrt((left_over**2).sum(axis=0))
        room = n - basis.shape[1]
        kept = left[:, lengths > NEGLIGIBLE * largest][:, : max(room, 0)]
        if (len(order) == k and residuals.max() <= tolerance * largest) or not kept.shape[1]:
            return basis @ vectors[:, order], values[order]
        block = np.linalg.qr(kept - basis @ (basis.T @ kept))[0]
    raise SparkError(f"The latent factors have not converged after {most_passes} passes over the ratings.")
