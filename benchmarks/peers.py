"""What people would otherwise use to make lists: each with its settings to choose from, and how a visitor is folded in.

Every peer sees the visitor's likes as a row of the matrix that it was fitted to. All but popularity choose between
three such matrices: graded likes, four stars and more, and everything that was watched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import implicit
import numpy as np
from implicit.nearest_neighbours import bm25_weight
from scipy import sparse
from scipy.sparse.linalg import svds

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import training_weight

Settings = tuple[object, ...]
Fold = Callable[[sparse.csr_array], np.ndarray]
"""From likes of visitors (n_visitors, n_items) to scores of the same shape."""

LIKES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "graded": lambda stars: np.maximum(training_weight(stars), 0.0),
    "liked": lambda stars: (stars >= 4.0).astype(float),
    "watched": lambda stars: np.ones_like(stars, dtype=float),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A fitted peer, with the ``score`` that evaluations ask for."""

    like: Callable[[np.ndarray], np.ndarray]
    fold: Fold
    n_items: int

    def score(self, profile: Profile) -> np.ndarray:
        return self.scores([profile])[0]

    def scores(self, profiles: Sequence[Profile]) -> np.ndarray:
        """Scores for several visitors at once, shape (n_visitors, n_items)."""
        rows = np.repeat(np.arange(len(profiles)), [len(profile) for profile in profiles])
        items = np.concatenate([profile.items for profile in profiles])
        likes = self.like(np.concatenate([profile.stars for profile in profiles]))
        return np.asarray(self.fold(sparse.csr_array((likes, (rows, items)), shape=(len(profiles), self.n_items))))


def fit(name: str, dataset: Dataset, settings: Settings) -> Peer:
    """Fit the peer ``name`` with one of its :data:`SETTINGS`."""
    maker, _ = PEERS[name]
    return Peer(LIKES[str(settings[0])], maker(matrix(dataset, str(settings[0])), *settings[1:]), dataset.n_items)


@dataclass(frozen=True, slots=True, eq=False)
class Audience:
    """Likes of the audience, shape (n_users, n_items); equal only to itself, so that what follows from it can be cached."""

    likes: sparse.csr_array


@lru_cache(maxsize=1)
def matrix(dataset: Dataset, like: str) -> Audience:
    """Likes of the audience, shape (n_users, n_items), without stored zeros."""
    likes = dataset.ratings.astype(np.float64)
    likes.data = LIKES[like](likes.data)
    likes.eliminate_zeros()
    return Audience(likes)


def popularity(audience: Audience) -> Fold:
    """Number of people who like a title."""
    counts = np.asarray(audience.likes.sum(axis=0)).ravel()
    return lambda visitors: np.tile(counts, (visitors.shape[0], 1))


def cosine(audience: Audience, shrinkage: float) -> Fold:
    """Item-item cosine (Sarwar et al. 2001) times ``n_ij / (n_ij + shrinkage)``, n_ij the people who have both."""
    likes = audience.likes
    lengths = np.sqrt(np.asarray(likes.multiply(likes).sum(axis=0)).ravel())
    scaled = sparse.csr_array(likes.multiply(1.0 / np.maximum(lengths, 1e-9)[None, :]), dtype=np.float32)
    rated = (likes != 0).astype(np.float32)

    def similarities(items: np.ndarray) -> np.ndarray:
        found = (scaled[:, items].T @ scaled).toarray()
        if shrinkage:
            common = (rated[:, items].T @ rated).toarray()
            found *= common / (common + np.float32(shrinkage))
        return np.asarray(found)

    return _neighbours(similarities)


def bm25(audience: Audience, b: float) -> Fold:
    """Item-item products of BM25-weighted likes, as ``implicit.nearest_neighbours.BM25Recommender`` computes them."""
    weighted = sparse.csr_array(bm25_weight(sparse.coo_matrix(audience.likes.T), K1=1.2, B=b), dtype=np.float32)
    return _neighbours(lambda items: np.asarray((weighted[items] @ weighted.T).toarray()))


def _neighbours(similarities: Callable[[np.ndarray], np.ndarray]) -> Fold:
    """Sums of similarities to what a visitor likes, computed only for titles that somebody likes.

    All titles are neighbours: the nearest 20, 50 or 100 were offered as settings on ml-100k, and never chosen.
    """

    def fold(visitors: sparse.csr_array) -> np.ndarray:
        items = np.unique(visitors.indices)
        rows = similarities(items)
        rows[np.arange(len(items)), items] = 0.0
        return np.asarray(visitors[:, items].astype(np.float32) @ rows)

    return fold


def als(audience: Audience, factors: int, regularization: float, alpha: float) -> Fold:
    """ALS of implicit (Hu, Koren & Volinsky 2008); visitors are folded in by its own closed form."""
    model = implicit.als.AlternatingLeastSquares(
        factors=factors, regularization=regularization, alpha=alpha, iterations=15, random_state=0, num_threads=1, use_gpu=False
    )
    model.fit(sparse.csr_matrix(audience.likes, dtype=np.float32), show_progress=False)
    items = np.asarray(model.item_factors, dtype=np.float64)

    def fold(visitors: sparse.csr_array) -> np.ndarray:
        gram = items.T @ items + regularization * np.eye(items.shape[1])
        users = []
        for row in range(visitors.shape[0]):
            span = slice(*visitors.indptr[row : row + 2])
            rated, confidence = items[visitors.indices[span]], alpha * visitors.data[span]
            users.append(np.linalg.solve(gram + (rated.T * (confidence - 1.0)) @ rated, rated.T @ confidence))
        return np.array(users) @ items.T

    return fold


def bpr(audience: Audience, factors: int, regularization: float, learning_rate: float) -> Fold:
    """BPR of implicit (Rendle et al. 2009). It has no way to fold a visitor in: the mean of the liked titles' factors stands
    for the visitor, with the title's own bias."""
    model = implicit.bpr.BayesianPersonalizedRanking(
        factors=factors,
        regularization=regularization,
        learning_rate=learning_rate,
        iterations=150,
        random_state=0,
        num_threads=1,
        use_gpu=False,
    )
    model.fit(sparse.csr_matrix(audience.likes, dtype=np.float32), show_progress=False)
    items = np.asarray(model.item_factors, dtype=np.float64)

    def fold(visitors: sparse.csr_array) -> np.ndarray:
        users = (visitors @ items) / np.maximum(np.asarray(visitors.sum(axis=1)).ravel(), 1.0)[:, None]
        users[:, -1] = 1.0  # implicit keeps the bias of titles in the last factor
        return users @ items.T

    return fold


def ease(audience: Audience, alpha: float) -> Fold:
    """EASE as published (Steck 2019); where there are fewer people than titles, through the smaller matrix."""
    dense = audience.likes.toarray()
    if dense.shape[0] >= dense.shape[1]:
        gram = dense.T @ dense + alpha * np.eye(dense.shape[1])
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        return lambda visitors: visitors @ weights
    among = dense @ dense.T + alpha * np.eye(dense.shape[0])
    thin = np.linalg.solve(np.linalg.cholesky(among), dense)  # P = (I - thinᵀ thin) / alpha
    diagonal = 1.0 - (thin**2).sum(axis=0)

    def fold(visitors: sparse.csr_array) -> np.ndarray:
        given = visitors.toarray()
        return given - (given - (given @ thin.T) @ thin) / diagonal

    return fold


def pure_svd(audience: Audience, factors: int) -> Fold:
    """PureSVD (Cremonesi, Koren & Turrin 2010)."""
    _, _, vectors = svds(audience.likes, k=factors, v0=np.random.default_rng(0).normal(size=min(audience.likes.shape)))
    return lambda visitors: (visitors @ vectors.T) @ vectors


PEERS: Mapping[str, tuple[Callable[..., Fold], Sequence[Settings]]] = {
    "popularity": (popularity, [("liked",), ("graded",), ("watched",)]),
    "cosine": (cosine, [*product(LIKES, (0.0,))]),
    "cosine, shrunk": (cosine, [*product(LIKES, (5.0, 10.0, 20.0, 50.0))]),
    "BM25": (bm25, [*product(LIKES, (0.2, 0.4, 0.6, 0.8))]),
    "implicit ALS": (als, [("liked", *rest) for rest in product((8, 16, 32), (0.1, 10.0), (1.0, 5.0))]),
    "implicit BPR": (bpr, [("liked", *rest) for rest in product((32, 64), (0.01, 0.1), (0.01, 0.03, 0.1))]),
    "EASE": (ease, [*product(LIKES, (100.0, 300.0, 1000.0, 3000.0))]),
    "PureSVD": (pure_svd, [*product(LIKES, (8, 16, 32, 64))]),
}
"""Each peer's maker and its settings to choose from: twelve; fewer for popularity and plain cosine, which have less to set."""
