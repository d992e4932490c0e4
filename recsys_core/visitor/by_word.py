"""Which words, people and themes of a title the content model counted, sorted by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GROUPS: Mapping[str, tuple[str, ...]] = {
    "genres": ("genres",),
    "people": ("creators", "cast"),
    "themes": ("keywords", "genome"),
    "words": ("text",),
    "title": ("title",),
    "origin": ("decade", "language", "country"),
}
"""Kinds of features, and the fields of a title that each is taken from."""


@dataclass(frozen=True, slots=True)
class ContentWord:
    """One feature of a title: the field that it stands in, the word or name in lower case, and what it adds to the score."""

    field: str
    token: str
    amount: float


@dataclass(frozen=True, slots=True)
class WordGroup:
    """All features of one kind: ``amount == Σ words``; ``words`` with the largest amounts first, whatever their sign."""

    kind: str
    amount: float
    words: tuple[ContentWord, ...]


def group_words(amounts: Mapping[str, float]) -> list[WordGroup]:
    """Sort features ``field:token`` by kind, largest amounts first. The sum over all groups is that of ``amounts``.

    A field that belongs to no kind of :data:`GROUPS` makes one of its own.
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
