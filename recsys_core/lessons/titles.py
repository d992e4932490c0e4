"""Does a title's name tell its genre? Words become vectors, titles become clusters, clusters are judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from recsys_core.lessons.content import vocabulary, words_of


def tf_idf_sparse(texts: list[str], words: list[str]) -> sparse.csr_array:
    """What :func:`recsys_core.lessons.content.tf_idf` computes, (n, w), without storing the zeros."""
    column = {word: j for j, word in enumerate(words)}
    cells = [(i, column[word]) for i, text in enumerate(texts) for word in words_of(text) if word in column]
    rows, columns = np.array(cells).T
    counts = sparse.csr_array((np.ones(len(cells)), (rows, columns)), shape=(len(texts), len(words)))
    counts.sum_duplicates()
    df = np.bincount(counts.indices, minlength=len(words))
    X = counts * (np.log((1 + len(texts)) / (1 + df)) + 1)
    lengths = np.sqrt((X * X).sum(axis=1))
    return sparse.csr_array(X * (1 / np.where(lengths > 0, lengths, 1))[:, None])


def word_vectors(texts: list[str], dim: int, seed: int, *, least: int = 3, most: int = 5000) -> tuple[np.ndarray, list[str]]:
    """Words that stand in the same texts get like vectors: V (w, dim), and the words.

    Right singular vectors × values of TF-IDF, the strongest first. Source: Deerwester, Dumais, Furnas, Landauer & Harshman (1990).
    """
    words = vocabulary(texts, least, most)
    _, s, Vt = svds(tf_idf_sparse(texts, words), k=dim, random_state=seed)
    return (Vt.T * s)[:, ::-1], words


def title_vectors(titles: list[str], V: np.ndarray, words: list[str]) -> np.ndarray:
    """The mean vector of each title's known words, (n, d); zeros for a title without any."""
    row = {word: i for i, word in enumerate(words)}
    known = [[row[word] for word in words_of(title) if word in row] for title in titles]
    return np.array([V[rows].mean(axis=0) if rows else np.zeros(V.shape[1]) for rows in known])


def nearest_words(word: str, V: np.ndarray, words: list[str], n: int) -> list[str]:
    """The n words whose vectors point most nearly the same way."""
    U = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-12)
    order = np.argsort(-(U @ U[words.index(word)]), kind="stable")
    return [words[i] for i in order if words[i] != word][:n]


# --- clusters --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clusters:
    """The cluster of each point (n,), the centres (k, d), and the sum of squared distances to them."""

    labels: np.ndarray
    centres: np.ndarray
    spread: float


def squared_distances(X: np.ndarray, C: np.ndarray) -> np.ndarray:
    """From each point of X (n, d) to each centre of C (k, d): (n, k), as |x|² - 2 x·c + |c|²."""
    return np.maximum(np.sum(X**2, axis=1)[:, None] - 2 * X @ C.T + np.sum(C**2, axis=1), 0)


def spread_out(X: np.ndarray, k: int, seed: int) -> np.ndarray:
    """As first centres (k, d) k points of X (n, d): each drawn in proportion to its squared distance from those before.

    Source: Arthur & Vassilvitskii (2007), k-means++.
    """
    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(len(X)))]
    while len(chosen) < k:
        d = squared_distances(X, X[chosen]).min(axis=1)
        chosen.append(int(rng.choice(len(X), p=d / d.sum() if d.sum() > 0 else None)))
    return X[chosen]


def means_of(X: np.ndarray, labels: np.ndarray, C: np.ndarray) -> np.ndarray:
    """The mean of the points X (n, d) of each cluster, (k, d); the centre before where a cluster has none."""
    member = (labels[:, None] == np.arange(len(C))).astype(float)
    sizes = member.sum(axis=0)[:, None]
    return np.where(sizes > 0, member.T @ X / np.maximum(sizes, 1), C)


def k_means(X: np.ndarray, k: int, seed: int, rounds: int = 50) -> Iterator[Clusters]:
    """Assign each point of X (n, d) to its nearest centre, move each centre to the mean of its points, and again.

    Yields after each half of a round, until nothing changes. Source: Lloyd (1957, published 1982).
    """
    C, before = spread_out(X, k, seed), np.full(len(X), -1)
    D = squared_distances(X, C)
    for _ in range(rounds):
        labels = D.argmin(axis=1)
        yield Clusters(labels, C, float(D.min(axis=1).sum()))
        if np.array_equal(labels, before):
            return
        C = means_of(X, labels, C)
        D = squared_distances(X, C)
        yield Clusters(labels, C, float(D[np.arange(len(X)), labels].sum()))
        before = labels


# --- how good are they? ----------------------------------------------------------------------------------------------


def crossed(labels: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """How many titles each cluster has of each kind, (clusters, kinds); labels (n,) and kinds (n,) count from 0."""
    table = np.zeros((labels.max() + 1, kinds.max() + 1))
    np.add.at(table, (labels, kinds), 1)
    return table


def purity(labels: np.ndarray, kinds: np.ndarray) -> float:
    """The share of titles that are of the most frequent kind of their cluster. It can only rise as clusters are split.

    Source: Manning, Raghavan & Schütze (2008), section 16.3.
    """
    return float(crossed(labels, kinds).max(axis=1).sum() / len(labels))


def mutual_information(labels: np.ndarray, kinds: np.ndarray) -> float:
    """How much the cluster tells of the kind, in bits: Σ p(c, g) log₂ p(c, g) / (p(c) p(g)). (Shannon 1948)"""
    p = crossed(labels, kinds) / len(labels)
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    return float(np.sum(p[p > 0] * np.log2(p[p > 0] / independent[p > 0])))


def at_random(n: int, k: int, seed: int) -> np.ndarray:
    """Clusters without any sense, (n,): what to compare with."""
    return np.random.default_rng(seed).integers(k, size=n)
