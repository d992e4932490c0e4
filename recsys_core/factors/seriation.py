"""An order of rows in which those that are alike stand together."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage


def alike_together(rows: np.ndarray) -> np.ndarray:
    """Order rows for a heatmap: hierarchical clustering, the leaves turned so that neighbours are nearest.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_columns)

    Returns
    -------
    ndarray of int, shape (n_rows,)
        A permutation of the rows; as they are where there are fewer than three.

    References
    ----------
    Sokal & Michener (1958), average linkage; Bar-Joseph et al. (2001), optimal order of the leaves.
    """
    if len(rows) < 3:
        return np.arange(len(rows))
    return np.asarray(leaves_list(linkage(rows, "average", optimal_ordering=True)))


def alike_together_in_turn(rows: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The same for two groups of rows, one after the other.

    Parameters
    ----------
    first : ndarray of bool, shape (n_rows,)
        The rows of the group that comes first.
    """
    groups = (np.flatnonzero(first), np.flatnonzero(~first))
    return np.concatenate([group[alike_together(rows[group])] for group in groups])
