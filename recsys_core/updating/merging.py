"""Merge new ratings into the data set of an engine: its titles keep their positions, new ones follow them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.errors import DataError

SAME_TITLES = 0.5
"""If fewer of the titles with known ids are called the same, the ids are those of other titles. A few are renamed now and then."""


class Merged(NamedTuple):
    """A data set with what was added to it.

    Attributes
    ----------
    dataset : Dataset
    new, changed : int
        Ratings that were not there, and ratings that have other stars now.
    people, titles : int
        How many of each are new.
    whole : bool
        Whether the source holds all ratings that were known, so that it is the data set as it is now, and not a part of it.
    described_anew : bool
        Whether the facts of some title that was known are others now.
    touched : ndarray of int, shape (n_items,)
        New and changed ratings of each title.
    """

    dataset: Dataset
    new: int
    changed: int
    people: int
    titles: int
    whole: bool
    described_anew: bool
    touched: np.ndarray


class _Cells(NamedTuple):
    """Ratings in ascending order of ``row · n_items + column``."""

    at: np.ndarray
    stars: np.ndarray
    times: np.ndarray


def merged(known: Dataset, given: Dataset) -> Merged:
    """Merge two data sets. Of two ratings of the same person and title the newer one counts; the given one if no time tells.

    Ratings that are known and not given stay. The facts of known titles are replaced only by a source that holds the whole data
    set: a part of it may know less of them.

    Raises
    ------
    DataError
        The data sets have no title in common, or the same ids mean other titles.
    """
    at = np.array([known.item_index.get(item_id, -1) for item_id in given.item_ids.tolist()], dtype=np.int64)
    _check_same(known, given, at)
    fresh = at < 0
    at[fresh] = known.n_items + np.arange(np.count_nonzero(fresh))
    n_items = known.n_items + int(np.count_nonzero(fresh))
    user_ids = np.union1d(known.user_ids, given.user_ids)
    old = _cells(known, np.searchsorted(user_ids, known.user_ids), np.arange(known.n_items), n_items)
    more = _cells(given, np.searchsorted(user_ids, given.user_ids), at, n_items)

    place = np.searchsorted(old.at, more.at)
    there = place < len(old.at)
    there[there] = old.at[place[there]] == more.at[there]
    newer = there.copy()
    newer[there] = ~(more.times[there] < old.times[place[there]])  # where a time is missing, what is given counts
    stars, times = old.stars.copy(), old.times.copy()
    changed = newer.copy()
    changed[newer] = stars[place[newer]] != more.stars[newer]
    stars[place[newer]], times[place[newer]] = more.stars[newer], more.times[newer]

    cells = np.concatenate([old.at, more.at[~there]])
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells // n_items, minlength=len(user_ids)))])
    index = np.int32 if len(cells) < np.iinfo(np.int32).max else np.int64
    parts = (np.concatenate([stars, more.stars[~there]])[order], (cells % n_items).astype(index), starts.astype(index))
    ratings = sparse.csr_array(parts, shape=(len(user_ids), n_items))
    timed = known.timestamps is not None or given.timestamps is not None
    timestamps = np.concatenate([times, more.times[~there]])[order] if timed else None

    whole = int(there.sum()) == len(old.at)
    titles, described_anew = _titles(known, given, at, fresh, whole)
    touched = np.bincount(more.at[~there | changed] % n_items, minlength=n_items)
    return Merged(
        titles.with_ratings(ratings, user_ids, timestamps),
        int(np.count_nonzero(~there)),
        int(np.count_nonzero(changed)),
        len(user_ids) - known.n_users,
        n_items - known.n_items,
        whole,
        described_anew,
        touched,
    )


def _check_same(known: Dataset, given: Dataset, at: np.ndarray) -> None:
    common = at >= 0
    if not common.any():
        raise DataError(f"{given.name} has no title in common with {known.name}: it is another data set.")
    names, others = (dataset.items["title"].to_numpy() for dataset in (known, given))
    same = names[at[common]] == others[common]
    if same.mean() < SAME_TITLES:
        row = int(np.flatnonzero(common)[np.argmin(same)])
        example = f"{given.item_ids[row]} is {others[row]!r} in the one and {names[at[row]]!r} in the other"
        raise DataError(f"{given.name} gives the ids of {known.name} to other titles ({example}): it is another data set.")


def _cells(dataset: Dataset, rows: np.ndarray, columns: np.ndarray, n_items: int) -> _Cells:
    """The ratings of a data set, given the new numbers of its people and titles."""
    ratings = dataset.ratings
    at = np.repeat(rows, np.diff(ratings.indptr)) * n_items + columns[ratings.indices]
    times = np.full(ratings.nnz, np.nan) if dataset.timestamps is None else dataset.timestamps
    if (np.diff(at) > 0).all():
        return _Cells(at, ratings.data, times)
    order = np.argsort(at, kind="stable")
    return _Cells(at[order], ratings.data[order], times[order])


def _titles(known: Dataset, given: Dataset, at: np.ndarray, fresh: np.ndarray, whole: bool) -> tuple[Dataset, bool]:
    """The known titles and then the new ones, with labels but no ratings yet, and whether known ones are described anew."""
    source = given if whole else known
    left_out = given.left_out if whole else (*known.left_out, *given.left_out)
    labels = {name: getattr(source, name) for name in ("name", "description", "simulated", "key")} | {"left_out": left_out}
    rows = np.arange(known.n_items)
    if whole:
        rows[at[~fresh]] = known.n_items + np.flatnonzero(~fresh)
    both = pd.concat([known.items, given.items], ignore_index=True)
    described = both.iloc[rows].reset_index(drop=True)
    described_anew = whole and not described.astype(object).equals(known.items.astype(object))
    if not (described_anew or fresh.any()):
        return replace(known, **labels), False
    items = pd.concat([described, given.items[fresh]], ignore_index=True)
    return Dataset.from_frames(items, None, **labels), described_anew
