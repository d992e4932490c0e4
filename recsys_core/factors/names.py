"""Name the factors so that they can be told apart: words that only few of them share, or well-known titles."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.factors.labels import SMALLEST_EFFECT, significant, standardised, tags_of

MOST_FACTORS = 2
"""A word names at most so many factors: one that names more tells none of them apart."""
WORDS = 2
AGAIN = 0.6
"""What a word is worth to a second factor, compared with one that names no other."""
CANDIDATES = 8
"""Titles at an end among which its name is chosen."""
LONGEST_TITLE = 24
PERSON = 0.6
"""What a person's name is worth, compared with another word that stands out as much: fewer readers know what to expect."""
_POOR = re.compile(r"\d+s|imax|3d|dvd|vhs|blu-?ray|70mm|movies|tv shows|.*\bnetflix\b.*|.*\bimdb\b.*", re.IGNORECASE)
"""Decades, formats, kinds and lists say when or how something was made or found, not what it is like."""


def is_poor(tag: str) -> bool:
    """Tell whether a tag is a decade, a format or a kind, which name nothing."""
    return bool(_POOR.fullmatch(tag))


class EndName(NamedTuple):
    """What one end of a factor is called.

    Attributes
    ----------
    words : tuple of str
        Words that stand out there and hardly elsewhere, best first; may be empty.
    title : str
        A well-known title there, for an end without words; empty only if there are no titles.
    """

    words: tuple[str, ...]
    title: str

    @property
    def short(self) -> str:
        """One word, or the title: "anime", "Heat"."""
        return self.words[0] if self.words else self.title

    @property
    def phrase(self) -> str:
        """What makes sense after "more": "anime, japan", "titles like Heat"."""
        return ", ".join(self.words) or (f"titles like {self.title}" if self.title else "")


def name_ends(loadings: np.ndarray, dataset: Dataset, titles: np.ndarray, first: np.ndarray | None = None) -> list[tuple[EndName, EndName]]:
    """Name the low and the high end of each factor.

    A tag may name an end if it is significant there, as in :func:`recsys_core.factors.labels.label_ends`. Of these the one
    is taken for which

        z · (d² / Σ_f d_f²)^¼

    is largest, with z its statistic, d its effect there and d_f those on all factors: what stands out on many factors is
    worth less, and a person less than a subject. Words are given to all ends together, the best first, each to two factors at
    most. A second word has to stand out once the effect of the first is subtracted. Decades and formats name nothing: an end
    without other words is called after a well-known title that is extreme on this factor and average on the others.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    titles : ndarray of int
        Positions of the well-known titles.
    first : ndarray of bool, shape (n_factors,), optional
        Factors that choose their words before the others.

    Returns
    -------
    list of (low, high), one per factor
    """
    n_factors = loadings.shape[1]
    standard = standardised(loadings, titles)
    ends = np.hstack([-standard, standard])
    urgent = np.zeros(n_factors, dtype=bool) if first is None else first
    words = _words(ends, *tags_of(dataset, titles), np.tile(urgent, 2))
    called = _titles(ends, dataset, titles, [not own for own in words])
    named = [EndName(own, title) for own, title in zip(words, called, strict=True)]
    return list(zip(named[:n_factors], named[n_factors:], strict=True))


def _words(ends: np.ndarray, tags: list[str], member: sparse.csr_array, urgent: np.ndarray) -> list[tuple[str, ...]]:
    """Give words to ends, shape (n_titles, n_ends): rounds of first and second words, the best pairs of word and end first."""
    n_ends = ends.shape[1]
    chosen: list[list[int]] = [[] for _ in range(n_ends)]
    factors_of: dict[str, set[int]] = {}
    left = ends.copy()
    n = np.diff(member.indptr)
    usable = np.array([not is_poor(tag) for tag in tags], dtype=bool)
    kinds = np.array([PERSON if tag[:1].isupper() and " " in tag else 1.0 for tag in tags])
    spread = np.sqrt((((member @ ends[:, : n_ends // 2]) / n[:, None]) ** 2).sum(axis=1))
    for _ in range(WORDS if usable.any() else 0):
        effects = np.maximum((member @ left) / n[:, None], 0.0)
        z = effects * np.sqrt(n)[:, None]
        qualified = (effects >= SMALLEST_EFFECT) & (z >= significant(len(tags))) & usable[:, None]
        worth = np.where(qualified, kinds[:, None] * z * np.sqrt(effects / np.maximum(spread, 1e-12)[:, None]), 0.0)
        given = np.zeros(n_ends, dtype=bool)
        for turn in (urgent, ~urgent):
            while (worth * turn).max(initial=0.0) > 0.0:
                tag, end = np.unravel_index(int((worth * turn).argmax()), worth.shape)
                holders = factors_of.setdefault(tags[tag], set())
                holders.add(int(end) % (n_ends // 2))
                chosen[end].append(int(tag))
                given[end] = True
                worth[:, end] = 0.0
                same = [row for row, name in enumerate(tags) if name == tags[tag]]
                worth[same] *= AGAIN if len(holders) < MOST_FACTORS else 0.0
                mine = member.indices[member.indptr[tag] : member.indptr[tag + 1]]
                left[mine, end] -= left[mine, end].mean()
        usable[[row for row, name in enumerate(tags) if len(factors_of.get(name, ())) >= MOST_FACTORS]] = False
        left[:, ~given] = 0.0  # without a first word there is no second
    return [tuple(tags[tag] for tag in own) for own in chosen]


def _titles(ends: np.ndarray, dataset: Dataset, titles: np.ndarray, needed: list[bool]) -> list[str]:
    """A title for each end: far out there, average elsewhere and well known; those that need one choose first, none twice."""
    length = np.linalg.norm(ends[:, : ends.shape[1] // 2], axis=1)
    fame = np.log1p(dataset.raters[titles])
    called = [""] * ends.shape[1]
    taken: set[int] = set()
    for end in sorted(range(len(called)), key=lambda end: not needed[end]):
        values = ends[:, end] ** 2 / np.maximum(length, 1e-12) * fame
        order = np.argsort(-ends[:, end], kind="stable")
        outer = [row for row in order if row not in taken][:CANDIDATES]
        brief = [row for row in outer if len(dataset.title(int(titles[row])).title) <= LONGEST_TITLE] or outer
        if brief:
            best = max(brief, key=lambda row: values[row])
            taken.add(best)
            called[end] = dataset.title(int(titles[best])).title
    return called
