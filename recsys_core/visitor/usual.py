"""What each rating adds to titles in general: the measure for what it adds to one title."""

from __future__ import annotations

import numpy as np

from recsys_core.models.additive import AdditiveScore


def usual_contributions(sum_of: AdditiveScore) -> np.ndarray:
    """Return the mean contribution of each rating over all titles that can be scored, shape (n_rated,).

    A loved classic adds to most titles. It is a reason for a title only by what it adds beyond that.

    Examples
    --------
    >>> from recsys_core.models.additive import Term
    >>> left, right = np.array([[1.0, 0.0], [0.0, -0.5]]), np.array([[1.0, 0.0], [3.0, 2.0]])
    >>> usual_contributions(AdditiveScore(np.zeros(2), (Term(left, right),)))
    array([ 2. , -0.5])
    """
    known = ~np.isnan(sum_of.baseline)
    return sum_of.weighted_sums((known / max(known.sum(), 1))[:, None])[:, 0]
