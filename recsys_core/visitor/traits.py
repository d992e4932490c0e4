"""What two titles have in common, in words of the catalogue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Title
from recsys_core.fitted import FittedModels
from recsys_core.models.content import Content

MOST_TRAITS = 3
LOOKED_AT = 25
"""Shared features that are put into words at most: the tag genome gives any two titles a thousand."""
FAINT = 0.015
"""A shared feature that adds less to the cosine of two titles is not worth a word."""
SIMILAR_SHARE, FEWEST_SIMILAR = 0.03, 20
"""The most similar titles that count as clearly similar: a share of all titles, but so many at least."""
OF_GENRE = 0.5
"""Share of a genre's weight that counts. It stands beside every title anyway, and a theme or a name says more."""
TRAITS = ("keywords", "genome", "franchise", "creators", "cast", "country", "language", "audience", "genres", "decade")
WORDS = ("text", "title")
"""Bare words of synopses and titles, named only where two titles share no trait."""
AUDIENCES = {"children": "for children", "teenagers": "for teenagers"}


class Shared(NamedTuple):
    """A feature that two titles share: its field, its spelling, and what it adds to their cosine."""

    field: str
    word: str
    weight: float


def shared_traits(fitted: FittedModels, item: int, other: int) -> tuple[str, ...]:
    """Return up to three things that two titles (positions) have in common, heaviest first; empty if nothing is worth a word.

    Whether both are movies is no trait, and a decade is one only if both titles are from it.
    """
    found = [shared for shared in shared_features(fitted, item, other) if shared.weight >= FAINT]
    traits = [shared for shared in found if shared.field in TRAITS]
    said: list[str] = []
    for shared in traits or [shared for shared in found if shared.field in WORDS]:
        tautology = shared.field == "language" and any(one.field == "country" for one in traits)  # Danish, from Denmark
        if not tautology and shared.word.lower() not in (word.lower() for word in said):
            said.append(shared.word)
    return tuple(said[:MOST_TRAITS])


def shared_features(fitted: FittedModels, item: int, other: int) -> list[Shared]:
    """Return the features that two titles share and that can be said in words, heaviest first, at most 25."""
    content = fitted.model("content")
    assert isinstance(content, Content)
    features = content.features_
    one, two = (slice(*features.indptr[position : position + 2]) for position in (item, other))
    others = dict(zip(features.indices[two].tolist(), features.data[two].tolist(), strict=True))  # faster than np.intersect1d
    columns = features.indices[one]
    weights = features.data[one] * np.array([others.get(column, 0.0) for column in columns.tolist()])
    heaviest = np.argsort(-weights, kind="stable")[:LOOKED_AT]
    heaviest = heaviest[weights[heaviest] > 0.0]
    titles = fitted.dataset.title(item), fitted.dataset.title(other)
    spelled = _spellings(titles[0])
    found = []
    for name, weight in zip(content.feature_names_[columns[heaviest]].tolist(), weights[heaviest].tolist(), strict=True):
        field, _, token = name.partition(":")
        word = _word(field, token, titles, spelled)
        if word:
            found.append(Shared(field, word, weight * OF_GENRE if field == "genres" else weight))
    return sorted(found, key=lambda shared: (-shared.weight, shared.word))


def _word(field: str, token: str, titles: tuple[Title, Title], spelled: dict[str, str]) -> str:
    """Return how a feature is called on screen; empty if it is not worth naming."""
    if field == "decade":
        return token if all(title.year is not None and f"{title.year // 10 * 10}s" == token for title in titles) else ""
    if field == "audience":
        return AUDIENCES.get(token, "")
    if field in WORDS:
        return f"“{token}”"
    return spelled.get(token, token) if field in TRAITS else ""


def _spellings(title: Title) -> dict[str, str]:
    """Return names and tags of a title as the catalogue spells them, by lower case, in which models know them."""
    places = (*title.country.split("|"), *title.language.split("|"))
    # Names last: where people have tagged a title "leonardo dicaprio", the cast knows how he is spelled.
    return {value.lower(): value for value in (*title.keywords, *title.genres, *places, title.franchise, *title.creators, *title.cast)}


def clearly_similar(fitted: FittedModels, seed: int, others: np.ndarray) -> np.ndarray:
    """Tell which titles (positions) are among the most similar to another one in content, bool, shape (len(others),)."""
    similarities = fitted.features @ fitted.features[[seed]].toarray().ravel()
    n = min(max(FEWEST_SIMILAR, round(SIMILAR_SHARE * len(similarities))), len(similarities))
    return np.asarray(similarities[others] >= np.partition(similarities, -n)[-n])
