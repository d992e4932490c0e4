"""The position of a visitor in the space of latent factors."""

from __future__ import annotations

import numpy as np

from recsys_core.factors.taste_map import Place
from recsys_core.visitor.steering import FACTOR, UNIT, factor_name, strength
from recsys_core.visitor.visitor import Visitor


def visitor_factors(visitor: Visitor) -> np.ndarray:
    """Return the visitor's factors, rotated like ``fitted.factors``, shape (n_shown,); zeros without ratings."""
    return visitor.fitted.factors.turned(visitor.fitted.svd.fold_in(visitor.profile))


def relative_factors(visitor: Visitor) -> np.ndarray:
    """The same in units of the largest of them, in [-1, 1]: how much a visitor leans is a matter of how much they have rated."""
    own = visitor_factors(visitor)
    reach = float(np.abs(own).max(initial=0.0))
    return own / reach if reach > 0 else own


def pulled_factors(visitor: Visitor) -> np.ndarray:
    """Return how far pulls along factors move a visitor, shape (n_shown,); zeros without such pulls.

    The inverse of what :func:`recsys_core.visitor.steering.direction` adds to the score of ``svd``.
    """
    fitted, view = visitor.fitted, visitor.fitted.factors
    rated = fitted.baseline.rated
    spread = (fitted.svd.fame_[rated, None] * view.loadings[rated]).std(axis=0)
    amounts = np.array([strength(visitor.steering.get(factor_name(factor), 0.0)) for factor in range(len(view))])
    plain = fitted.model(visitor.answering("svd")).additive_score(visitor.profile).total()
    return UNIT * float(np.nanstd(plain)) * amounts / np.where(spread > 0, spread, 1.0)


def is_on_map(visitor: Visitor) -> bool:
    """Whether anything says where the visitor stands: ratings, or pulls along factors."""
    return len(visitor.profile) > 0 or any(amount for name, amount in visitor.steering.items() if name.startswith(f"{FACTOR}:"))


def place_on_map(visitor: Visitor, plane: str | tuple[int, int]) -> Place:
    """Return the visitor's position on a plane of the taste map, and its uncertainty; without ratings, that of their pulls.

    The covariance of the visitor's factors is ``σ² (Q_Rᵀ Q_R + alpha I)⁻¹`` with σ² such that without ratings it equals
    the variance over the users of the data set. Users' and titles' factors have different lengths, so the visitor's are
    scaled to the titles' root mean square length.
    """
    fitted, view = visitor.fitted, visitor.fitted.factors
    own = visitor_factors(visitor) if len(visitor.profile) else pulled_factors(visitor)
    noise = fitted.svd.alpha * float(view.audience.var(axis=0).mean())
    covariance = noise * view.rotation.T @ fitted.svd.uncertainty(visitor.profile) @ view.rotation
    title_length = float((view.loadings[fitted.taste_map.placed] ** 2).sum(axis=1).mean())
    user_length = float((view.audience**2).sum(axis=1).mean())
    scale = (title_length / max(user_length, 1e-24)) ** 0.5  # the lengths are squared
    return fitted.taste_map.visitor(view.loadings, own, covariance, scale, plane)
