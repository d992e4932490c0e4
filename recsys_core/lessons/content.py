"""What do your stars say about words? Words become numbers, stars become weights of words."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from recsys_core.lessons.toys import STOP_WORDS


def words_of(text: str) -> list[str]:
    """The words of two or more letters or digits, in lower case, without those that say nothing."""
    return [word for word in re.findall("[a-z0-9]{2,}", text.lower()) if word not in STOP_WORDS]


def vocabulary(texts: list[str], least: int, most: int) -> list[str]:
    """The words that at least ``least`` texts have, of these the ``most`` that most texts have; in alphabetical order."""
    df = Counter(word for text in texts for word in set(words_of(text)))
    often = sorted((word for word in df if df[word] >= least), key=lambda word: (-df[word], word))
    return sorted(often[:most])


def idf(counts: np.ndarray) -> np.ndarray:
    """ln((1 + n) / (1 + df)) + 1 for each word (w,) of counts (n, w): a word that few of the n texts have tells more.

    Source: Spärck Jones (1972), a statistical interpretation of term specificity.
    """
    n, df = len(counts), (counts > 0).sum(axis=0)
    return np.log((1 + n) / (1 + df)) + 1


def tf_idf(texts: list[str], least: int, most: int) -> tuple[np.ndarray, list[str]]:
    """How often each text has each word, times idf, each row scaled to length 1: (n, w), and the words.

    A text without a known word is a row of zeros. Source: Salton & Buckley (1988).
    """
    words = vocabulary(texts, least, most)
    column = {word: j for j, word in enumerate(words)}
    X = np.zeros((len(texts), len(words)))
    for i, text in enumerate(texts):
        for word in words_of(text):
            if word in column:
                X[i, column[word]] += 1
    X = X * idf(X)
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    return X / np.where(lengths > 0, lengths, 1), words


def ridge(X: np.ndarray, y: np.ndarray, alpha: float) -> tuple[np.ndarray, float]:
    """The weights w (w,) and intercept b that make Σ (X w + b - y)² + α Σ w² smallest, for X (r, w) and y (r,).

    Centred first, so that the intercept is not punished. Source: Hoerl & Kennard (1970), ridge regression.
    """
    x_mean, y_mean = X.mean(axis=0), y.mean()
    A, c = X - x_mean, y - y_mean
    w = np.linalg.solve(A.T @ A + alpha * np.eye(X.shape[1]), A.T @ c)
    return w, float(y_mean - x_mean @ w)


def ridge_by_title(X: np.ndarray, y: np.ndarray, alpha: float, x: np.ndarray) -> tuple[float, np.ndarray]:
    """The same prediction for a title x (w,) as a sum over what was rated: a base and one amount for each rating (r,).

    One equation per rating instead of one per word. Source: Saunders, Gammerman & Vovk (1998), ridge regression in dual variables.
    """
    x_mean, y_mean = X.mean(axis=0), y.mean()
    A, c = X - x_mean, y - y_mean
    shares = np.linalg.solve(A @ A.T + alpha * np.eye(len(y)), c)
    return float(y_mean), shares * (A @ (x - x_mean))


def nearest(X: np.ndarray, item: int, n: int) -> np.ndarray:
    """The n titles (rows of X (n_titles, w), of length 1) with the largest cosine to a title, without itself."""
    cosine = X @ X[item]
    order = np.argsort(-cosine, kind="stable")
    return order[order != item][:n]
