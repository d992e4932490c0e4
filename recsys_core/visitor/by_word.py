"""Group the content model's contributions by kind of feature: genres, people, themes, words and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GROUPS: Mapping[str, tuple[str, ...]] = {
    "genres": ("genres",),
    "people": ("creators", "cast"),
    "themes": ("keywords", "genome"),
    "words": ("text",),
    "title": ("title", "franchise"),
    "origin": ("decade", "language", "country"),
    "form": ("kind", "audience"),
}
"""Kinds of features, and the fields that belong to each."""


@dataclass(frozen=True, slots=True)
class ContentWord:
    """One feature of a title: its field, the word or name in lower case, and what it adds to the score."""

    field: str
    token: str
    amount: float


@dataclass(frozen=True, slots=True)
class WordGroup:
    """All features of one kind: ``amount == Σ words``; ``words`` are sorted by magnitude, largest first."""

    kind: str
    amount: float
    words: tuple[ContentWord, ...]


def group_words(amounts: Mapping[str, float]) -> list[WordGroup]:
    """Group features ``field:token`` by kind, largest magnitude first. The sum over all groups is that of ``amounts``.

    A field that is not in :data:`GROUPS` becomes a kind of its own.

    >>> [(group.kind, group.amount) for group in group_words({"genres:crime": 0.5, "cast:bo berg": 0.25, "creators:ann ames": 0.5})]
    [('people', 0.75), ('genres', 0.5)]
    """
    kind_of = {field: kind for kind, fields in GROUPS.items() for field in fields}
    found: dict[str, list[ContentWord]] = {}
    for name, amount in amounts.items():
        field, _, token = name.partition(":")
        found.setdefault(kind_of.get(field, field), []).append(ContentWord(field, token, amount))
    groups = [
        WordGroup(kind, sum(word.amount for word in words), tuple(sorted(words, key=lambda word: (-abs(word.amount), word.token))))
        for kind, words in found.items()
    ]
    return sorted(groups, key=lambda group: (-abs(group.amount), group.kind))
