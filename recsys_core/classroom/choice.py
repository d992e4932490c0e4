"""Which titles a class rates."""

from __future__ import annotations

import numpy as np

from recsys_core.data.dataset import Dataset

USUAL, PER_GENRE = 20, 5
RECENT_YEARS = 20


def best_known(dataset: Dataset, n: int = USUAL, *, genre: str = "", years: int | None = RECENT_YEARS) -> list[str]:
    """The titles that most people rated, newest data first: of the last ``years`` years of the data set, of a genre if one is named.

    Where that leaves fewer than ``n``, older titles follow.
    """
    newest = max((title for title in dataset.items["year"].dropna()), default=None)
    allowed = np.ones(dataset.n_items, dtype=bool)
    if genre:
        allowed &= np.array([genre in tags.split("|") for tags in dataset.items["genres"]])
    order = np.lexsort((np.arange(dataset.n_items), -_known(dataset)))
    order = order[allowed[order]]
    if years is not None and newest is not None:
        recent = dataset.items["year"].to_numpy(dtype=float) > newest - years
        order = np.concatenate([order[recent[order]], order[~recent[order]]])
    return [str(dataset.item_ids[position]) for position in order[:n]]


def by_genre(dataset: Dataset, genres: list[str], each: int = PER_GENRE) -> list[str]:
    """Titles of several genres, so many of each that no other genre has brought already."""
    chosen: list[str] = []
    for genre in genres:
        more = best_known(dataset, dataset.n_items, genre=genre, years=None)
        chosen += [item_id for item_id in more if item_id not in chosen][:each]
    return chosen


def _known(dataset: Dataset) -> np.ndarray:
    """How well known each title is: by its raters, then by its fame."""
    fame = np.nan_to_num(dataset.items["fame"].to_numpy(dtype=float), nan=0.0)
    return np.asarray(dataset.raters + fame / (1.0 + np.abs(fame).max(initial=0.0)))
