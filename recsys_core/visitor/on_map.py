"""Where a visitor stands in the space of latent factors."""

from __future__ import annotations

import numpy as np

from recsys_core.factors.taste_map import Place
from recsys_core.visitor.visitor import Visitor


def visitor_factors(visitor: Visitor) -> np.ndarray:
    """The visitor's own factors, turned like the titles' in ``fitted.factors``, shape (n_shown,); zeros without ratings."""
    return visitor.fitted.factors.turned(visitor.fitted.svd.fold_in(visitor.profile))


def relative_factors(visitor: Visitor) -> np.ndarray:
    """The same in units of the largest of them, in [-1, 1]: how much a visitor leans is a matter of how much they have rated."""
    own = visitor_factors(visitor)
    reach = float(np.abs(own).max(initial=0.0))
    return own / reach if reach > 0 else own


def place_on_map(visitor: Visitor, plane: str | tuple[int, int]) -> Place:
    """Where the visitor is on a plane of the taste map, and how uncertain that is.

    The covariance of the visitor's factors is ``σ² (Q_Rᵀ Q_R + alpha I)⁻¹`` with σ² such that without ratings it is as
    wide as the audience: what a person may be before anything is known. People's factors are longer or shorter than
    titles', so they are scaled to the titles' root mean square length.
    """
    fitted, view = visitor.fitted, visitor.fitted.factors
    noise = fitted.svd.alpha * float(view.audience.var(axis=0).mean())
    covariance = noise * view.rotation.T @ fitted.svd.uncertainty(visitor.profile) @ view.rotation
    titles, people = (float((vectors**2).sum(axis=1).mean()) for vectors in (view.loadings[fitted.taste_map.placed], view.audience))
    scale = (titles / max(people, 1e-24)) ** 0.5
    return fitted.taste_map.visitor(view.loadings, visitor_factors(visitor), covariance, scale, plane)
