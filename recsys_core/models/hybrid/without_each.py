"""The hybrid's scores without each rating, from its parts' closed forms: without folding in anew."""

from __future__ import annotations

import numpy as np

from recsys_core.data.profile import Profile
from recsys_core.models.content import Content
from recsys_core.models.hybrid.model import NEGLIGIBLE, Hybrid
from recsys_core.models.hybrid.weights import POPULARITY


def hybrid_without_each(hybrid: Hybrid, profile: Profile, places: np.ndarray) -> np.ndarray:
    """Row k: the scores as if the rating at ``places[k]`` were not there, shape (len(places), n_items).

    Everything in them is that of n - 1 ratings: weights, spreads, and what content gains. Equal to
    ``hybrid.score(profile.without(places[k]))`` but for rounding.
    """
    weights = hybrid.weights.score_at(len(profile) - 1)
    of_prior = weights.pop(POPULARITY, 0.0)
    weights = {name: weight for name, weight in weights.items() if name in hybrid.parts}
    total = sum(weights.values())
    of_content = weights.pop("content", 0.0) + total * _content_gains(hybrid, profile)[places, None]
    unheard = np.zeros(len(hybrid.prior_))  # the weight of parts that cannot score a title: content speaks in their place
    known = (hybrid.raters_ > 0) | ~hybrid.raters_.any()
    scores = np.tile(of_prior * np.where(known, hybrid.prior_, 0.0), (len(places), 1))
    for name, weight in weights.items():
        rows, cannot = _standard_rows(hybrid, name, profile, places)
        rows *= weight
        scores += rows
        unheard += weight * cannot
    scores += (of_content + unheard) * _standard_rows(hybrid, "content", profile, places)[0]
    return scores


def _standard_rows(hybrid: Hybrid, name: str, profile: Profile, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A part's contributions over their spread, as :meth:`Hybrid.standard_parts`; and which titles it cannot score."""
    rest = hybrid.parts[name].without_each(profile)
    rows = rest.rows(places)
    cannot = np.isnan(rest.baseline)
    spreads = rows[:, ~cannot].std(axis=1) if cannot.any() else rows.std(axis=1)
    rows[:, cannot] = 0.0
    rows /= np.where(spreads > NEGLIGIBLE, spreads, 1.0)[:, None]
    return rows, cannot


def _content_gains(hybrid: Hybrid, profile: Profile) -> np.ndarray:
    """:meth:`Hybrid._content_gain` without each rating, shape (n_rated,)."""
    content, liked = hybrid.parts["content"], np.flatnonzero(profile.likes > 0)
    coherence, left = np.zeros(len(profile)), np.full(len(profile), len(liked))
    left[liked] -= 1
    if isinstance(content, Content) and len(liked) > 1:
        cosines = content.features_[profile.items[liked]]
        cosines = (cosines @ cosines.T).toarray()
        np.fill_diagonal(cosines, 0.0)
        n, total = len(liked), cosines.sum()
        coherence[:] = total / (n * (n - 1))
        coherence[liked] = (total - 2.0 * cosines.sum(axis=0)) / ((n - 1) * (n - 2)) if n > 2 else 0.0
    return hybrid.weights.coherence_at(len(profile) - 1) * np.maximum(coherence - hybrid.usual_coherence(left), 0.0)
