"""TF-IDF features of titles: one block per field, each with its own weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from recsys_core.dataset import LIST_SEPARATOR, Dataset

FIELD_WEIGHTS = {
    "genres": 1.0, "keywords": 1.0, "language": 1.5, "text": 0.6, "creators": 0.5, "cast": 0.4, "decade": 1.8, "title": 0.3, "country": 0.7,
}  # fmt: skip
"""Share of each field before a title's vector is scaled to length one. Genre and theme decide what people call
alike; a language or a decade makes a family of titles; names are sure signs, but rare; words of a synopsis are
many and noisy."""

_WORDS = ("text", "title")
_SINGLE = ("language", "country", "decade")


def content_features(dataset: Dataset) -> tuple[sparse.csr_array, np.ndarray]:
    """Describe every title by its words, genres, people and themes.

    TF-IDF with sublinear term frequency (Salton & Buckley 1988): ``(1 + log tf) · (1 + log((1 + n) / (1 + df)))``,
    per field, each field scaled to length one and weighted, then the whole title scaled to length one, so that the
    dot product of two titles is their cosine. Titles and texts give words and pairs of words without English
    stop words; structured fields give whole tokens such as ``creators:vince gilligan``.

    Returns
    -------
    features : csr_array of shape (n_items, n_features), rows of length one (zero for a title with no words)
    names : ndarray of str, shape (n_features,)
        ``field:token``.
    """
    blocks, names = [], []
    for field, weight in FIELD_WEIGHTS.items():
        column = _decades(dataset) if field == "decade" else dataset.items[field].str.lower()
        if not column.str.strip().any():
            continue
        vectorizer = _vectorizer(field, len(column))
        try:
            block = vectorizer.fit_transform(column)
        except ValueError:  # only stop words, or nothing frequent enough: the field says nothing
            continue
        if field in _SINGLE:
            # From 0 for a value that all titles share to 1 for one that a single title has.
            block.data = (block.data - 1.0) / max(np.log((1.0 + len(column)) / 2.0), 1e-12)
        blocks.append(weight * block)
        names += [f"{field}:{token}" for token in vectorizer.get_feature_names_out()]
    if not blocks:
        return sparse.csr_array((dataset.n_items, 0)), np.array([], dtype=str)
    features = normalize(sparse.hstack(blocks, format="csr"))
    return sparse.csr_array(features), np.array(names)


def _vectorizer(field: str, n_items: int) -> TfidfVectorizer:
    # A word that only one title uses cannot make two titles alike; on a handful of titles keep all.
    rarest = 2 if n_items >= 100 else 1
    if field in _WORDS:
        return TfidfVectorizer(sublinear_tf=True, stop_words="english", ngram_range=(1, 2), min_df=rarest)
    if field in _SINGLE:  # one value a title: scaled to length one, English would count as much as Icelandic
        return TfidfVectorizer(norm=None, tokenizer=_split, token_pattern=None, lowercase=False, min_df=rarest)
    return TfidfVectorizer(sublinear_tf=True, tokenizer=_split, token_pattern=None, lowercase=False, min_df=rarest)


def _decades(dataset: Dataset) -> pd.Series:
    """Two tokens a title, its decade and the nearer neighbour: 1968 is of the sixties and next to the seventies."""
    half = (dataset.items["year"] // 5).astype("Int64")
    near, other = (half // 2 * 10).astype(str) + "s", ((half + 1) // 2 * 10).where(half % 2 == 1, (half - 1) // 2 * 10).astype(str) + "s"
    return (near + LIST_SEPARATOR + other).where(dataset.items["year"].notna(), "")


def _split(value: str) -> list[str]:
    return [token.strip() for token in value.split(LIST_SEPARATOR) if token.strip()]
