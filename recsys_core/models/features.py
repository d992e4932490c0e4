"""TF-IDF features of titles: one block per field, each with its own weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import LIST_SEPARATOR

FIELD_WEIGHTS = {
    "genres": 1.0, "keywords": 1.0, "language": 1.5, "text": 0.6, "creators": 0.5, "cast": 0.4, "decade": 1.8, "title": 0.3, "country": 0.7,
    "genome": 1.5, "franchise": 0.6, "audience": 0.7,
}  # fmt: skip
"""Share of each field before a title's vector is scaled to length one. Genre and theme decide what people call
alike; a language or a decade makes a family of titles; names are sure signs, but rare; words of a synopsis are
many and noisy. The tag genome answers a thousand questions about a title, genre and theme among them."""

_WORDS = ("text", "title")
_SINGLE = ("language", "country", "decade", "franchise", "audience")
_WEIGHTED = "genome"


def content_features(dataset: Dataset) -> tuple[sparse.csr_array, np.ndarray]:
    """Describe every title by its words, genres, people and themes.

    TF-IDF with sublinear term frequency (Salton & Buckley 1988): ``(1 + log tf) · (1 + log((1 + n) / (1 + df)))``,
    per field, each field scaled to length one and weighted, then the whole title scaled to length one, so that the
    dot product of two titles is their cosine. Titles and texts give words and pairs of words without English
    stop words; structured fields give whole tokens such as ``creators:vince gilligan``. The genome's tags come with
    weights that say how telling each is; those stand in place of TF-IDF.

    A field that others have and this title lacks counts as if it held what nobody else has: of two titles that agree
    in all that is known, the one of which more is known is nearer. Otherwise titles of which only genre and decade
    are known would seem more alike than any that are described well.

    Returns
    -------
    features : csr_array of shape (n_items, n_features)
        Rows of length one, shorter where a field is unknown, zero for a title with no words.
    names : ndarray of str, shape (n_features,)
        ``field:token``.
    """
    blocks, names = [], []
    unknown = np.zeros(dataset.n_items)
    for field, weight in FIELD_WEIGHTS.items():
        column = _decades(dataset) if field == "decade" else dataset.items[field].str.lower()
        if not column.str.strip().any():
            continue
        try:
            block, tokens = _weighted(column) if field == _WEIGHTED else _counted(field, column)
        except ValueError:  # only stop words, or nothing frequent enough: the field says nothing
            continue
        empty = (column == "").to_numpy()
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
    """TF-IDF of a field and its tokens. Raises ValueError if no token is left."""
    vectorizer = _vectorizer(field, len(column))
    if field not in _SINGLE:
        return vectorizer.fit_transform(column), vectorizer.get_feature_names_out()
    # What is rare is counted among the titles whose value is known: English is not rare where few languages are known.
    known = column[column != ""]
    vectorizer.fit(known)
    block = vectorizer.transform(column)
    # From 0 for a value that all titles share to 1 for one that a single title has.
    block.data = (block.data - 1.0) / max(np.log((1.0 + len(known)) / 2.0), 1e-12)
    return block, vectorizer.get_feature_names_out()


def _weighted(column: pd.Series) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Tokens such as ``time travel:0.87`` as columns that hold the weights, each title scaled to length one.

    A token without a number weighs 1; one that is not above 0 is left out. Raises ValueError if no token is left.
    """
    rows, tokens, weights = [], [], []
    for row, value in enumerate(column):
        for token, weight in map(_parted, _split(value)):
            if weight > 0:
                rows.append(row)
                tokens.append(token)
                weights.append(weight)
    if not tokens:
        raise ValueError("no token has a weight above 0")
    codes, names = pd.factorize(np.array(tokens, dtype=object), sort=True)
    block = sparse.csr_matrix((np.array(weights), (rows, codes)), shape=(len(column), len(names)))
    return normalize(block), names


def _parted(token: str) -> tuple[str, float]:
    name, _, weight = token.rpartition(":")
    try:
        number = float(weight) if name.strip() else 1.0
    except ValueError:  # a colon that belongs to the tag
        return token, 1.0
    return (name.strip() or token, number if np.isfinite(number) else 0.0)


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
