"""Read a visitor's own ratings from a file: JSON ``{id: stars}``, or CSV with ``item_id`` and ``rating``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys_core.common.text import whole
from recsys_core.data.scale import is_stars
from recsys_core.datasets.files.encoding import decoded
from recsys_core.datasets.files.tables import ID, STARS, Table, TableFile, read_table
from recsys_core.errors import DatasetError, ProfileError

MOST_BYTES = 20 * 2**20
"""A rating of each of 100,000 titles takes about 4 MB of JSON."""


def read_own_ratings(path: Path) -> tuple[dict[str, float], list[str]]:
    """Read ratings, in the order of the file; of two for one title the last counts.

    Returns
    -------
    ratings : dict of item id to stars
    notes : list of str
        A sentence on what was left out, if anything was.

    Raises
    ------
    ProfileError
        There is no such file, it holds no ratings, or most of them cannot be used.
    """
    file = TableFile.at(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise file.error(f"has more than {MOST_BYTES / 2**20:.0f} MB, which one person's ratings never have.")
        if path.suffix.lower() == ".json":
            table = _from_json(path.read_bytes(), file)
        else:
            table = read_table(file, {"item_id": ID, "rating": STARS}, what="rating")
        table.leave_out(table.frame["item_id"].duplicated(keep="last").to_numpy(), "a rating that a later one replaces", "item_id")
        notes = table.notes()
        if table.frame.empty:
            raise file.error("has no rating rows.")
    except FileNotFoundError:
        raise ProfileError(f"There is no file {path}.") from None
    except DatasetError as error:
        raise ProfileError(f"{path} holds no ratings: {error} Give JSON {{id: stars}}, or CSV with item_id and rating.") from error
    return dict(zip(table.frame["item_id"], table.frame["rating"].astype(float), strict=True)), notes


def _from_json(content: bytes, file: TableFile) -> Table:
    """An entry of the object is a row, counted from 1."""
    try:
        entries = json.loads(decoded(content), object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise file.error(f"is not JSON ({error}).") from error
    if not isinstance(entries, list) or not all(isinstance(entry, tuple) for entry in entries):
        raise file.error("holds no object {id: stars}.")
    frame = pd.DataFrame(index=pd.RangeIndex(1, 1 + len(entries)))
    frame["item_id"] = np.array([whole(name).strip() for name, _ in entries], dtype=object)
    frame["rating"] = np.array([_stars(value) for _, value in entries], dtype=np.float64)
    frame["written"] = np.array([json.dumps(value) for _, value in entries], dtype=object)
    table = Table(frame, file, "rating", len(frame))
    table.leave_out(table.frame["item_id"].eq("").to_numpy(), "no item_id", "written")
    table.leave_out(table.frame["rating"].isna().to_numpy(), f"a rating that is not {STARS.meaning}", "written")
    return table


def _stars(value: Any) -> float:
    """A number of stars, also where it is written as a text; NaN for anything else."""
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return math.nan
    return float(number) if is_stars(number) else math.nan
