"""TF-IDF features of titles: one weighted block per field."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import LIST_SEPARATOR

FIELD_WEIGHTS = {
    "genres": 0.55, "keywords": 1.0, "language": 0.5, "text": 0.9, "creators": 0.6, "cast": 0.5, "decade": 1.0, "title": 0.25,
    "country": 1.2, "genome": 1.5, "franchise": 0.9, "audience": 0.6, "kind": 0.35,
}  # fmt: skip
"""Weight of each field before a title's vector is scaled to length one. Themes, countries and the words of a synopsis say most
of what belongs together; genres are too coarse to say much; names are reliable but rare. Found on half of the tastes of
``benchmarks/friends`` and checked on the other half. The tag genome rates a title on a thousand tags, genres and themes among
them."""

_WORDS = ("text", "title")
_SINGLE = ("language", "country", "decade", "franchise", "audience")
_WEIGHTED = "genome"
_OPTIONAL = ("franchise",)
"""A title without one is a single work: nothing about it is unknown."""


def content_features(dataset: Dataset) -> tuple[sparse.csr_array, np.ndarray]:
    """Compute the content features of every title from its words, genres, people and themes.

    TF-IDF with sublinear term frequency, ``(1 + log tf) · (1 + log((1 + n) / (1 + df)))``, is computed per field. Each
    field is scaled to length one and weighted, then the whole title is scaled to length one, so that the dot product of
    two titles is their cosine. Titles and texts give unigrams and bigrams without English stop words; structured fields
    give whole tokens such as ``creators:vince gilligan``. The tags of the genome come with relevance weights, which
    replace TF-IDF.

    A field that a title lacks counts as if it held a token that no other title has. So of two titles that agree in all
    known fields, the one with more known fields is the more similar. Otherwise titles of which only genre and decade
    are known would be more similar to each other than any well-described titles.

    Returns
    -------
    features : csr_array of shape (n_items, n_features)
        Rows of length one, shorter if a field is unknown, zero for a title without tokens.
    names : ndarray of str, shape (n_features,)
        ``field:token``.

    References
    ----------
    Salton & Buckley (1988), "Term-weighting approaches in automatic text retrieval".
    """
    blocks, names = [], []
    unknown = np.zeros(dataset.n_items)
    for field, weight in FIELD_WEIGHTS.items():
        column = _decades(dataset) if field == "decade" else dataset.items[field].str.lower()
        if not column.str.strip().any() or (field == "kind" and column.nunique() == 1):  # what all titles share says nothing
            continue
        try:
            block, tokens = _weighted(column) if field == _WEIGHTED else _counted(field, column)
        except ValueError:  # only stop words, or no token that is frequent enough: there is nothing to add
            continue
        empty = (column == "").to_numpy()
        if field not in _OPTIONAL:
            unknown[empty] += weight**2 * block.multiply(block).sum() / (~empty).sum()
        blocks.append(weight * block)
        names += [f"{field}:{token}" for token in tokens]
    if not blocks:
        return sparse.csr_array((dataset.n_items, 0)), np.array([], dtype=str)
    stacked = sparse.hstack(blocks, format="csr")
    known = np.asarray(stacked.multiply(stacked).sum(axis=1)).ravel()
    shares = np.sqrt(known / np.maximum(known + unknown, np.finfo(float).tiny))
    return sparse.csr_array(sparse.diags_array(shares) @ normalize(stacked)), np.array(names)


def _counted(field: str, column: pd.Series) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Compute the TF-IDF block of a field and its tokens. Raises ValueError if no token is left."""
    vectorizer = _vectorizer(field, len(column))
    if field not in _SINGLE:
        return vectorizer.fit_transform(column), vectorizer.get_feature_names_out()
    # Document frequencies count titles with a known value only, so that English is not rare where few languages are known.
    known = column[column != ""]
    vectorizer.fit(known)
    block = vectorizer.transform(column)
    # Scaled from 0 for a value that all titles share to 1 for a value that only one title has.
    block.data = (block.data - 1.0) / max(np.log((1.0 + len(known)) / 2.0), 1e-12)
    return block, vectorizer.get_feature_names_out()


def _weighted(column: pd.Series) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Read tokens such as ``time travel:0.87`` into a block of their weights, each title scaled to length one.

    A token without a number has weight 1; tokens whose weight is not positive are left out. Raises ValueError if no
    token is left.
    """
    rows, tokens, weights = [], [], []
    for row, value in enumerate(column):
        for token, weight in map(_split_weight, _split(value)):
            if weight > 0:
                rows.append(row)
                tokens.append(token)
                weights.append(weight)
    if not tokens:
        raise ValueError("no token has a weight above 0")
    codes, names = pd.factorize(np.array(tokens, dtype=object), sort=True)
    block = sparse.csr_matrix((np.array(weights), (rows, codes)), shape=(len(column), len(names)))
    return normalize(block), names


def _split_weight(token: str) -> tuple[str, float]:
    """Split ``time travel:0.87`` into tag and weight."""
    name, _, weight = token.rpartition(":")
    try:
        number = float(weight) if name.strip() else 1.0
    except ValueError:  # the colon is part of the tag
        return token, 1.0
    return name.strip() or token, number if np.isfinite(number) else 0.0


def _vectorizer(field: str, n_items: int) -> TfidfVectorizer:
    # A word that only one title uses cannot make two titles similar. In a tiny data set, all words are kept.
    min_df = 2 if n_items >= 100 else 1
    if field in _WORDS:
        return TfidfVectorizer(sublinear_tf=True, stop_words="english", ngram_range=(1, 2), min_df=min_df)
    if field in _SINGLE:  # a single value per title: scaled to length one, English would weigh as much as Icelandic
        return TfidfVectorizer(norm=None, tokenizer=_split, token_pattern=None, lowercase=False, min_df=min_df)
    return TfidfVectorizer(sublinear_tf=True, tokenizer=_split, token_pattern=None, lowercase=False, min_df=min_df)


def _decades(dataset: Dataset) -> pd.Series:
    """Return two tokens per title, its decade and the nearer neighbour: 1968 gives ``1960s|1970s``."""
    half = (dataset.items["year"] // 5).astype("Int64")  # half decades since year 0
    decade = half // 2 * 10
    neighbour = (decade + 10).where(half % 2 == 1, decade - 10)
    return (decade.astype(str) + "s" + LIST_SEPARATOR + neighbour.astype(str) + "s").where(dataset.items["year"].notna(), "")


def _split(value: str) -> list[str]:
    return [token.strip() for token in value.split(LIST_SEPARATOR) if token.strip()]
