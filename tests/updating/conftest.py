"""Data sets before and after new ratings came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, load_dataset


def ratings_of(dataset: Dataset) -> pd.DataFrame:
    """The ratings of a data set as a table, oldest first."""
    cells = dataset.ratings.tocoo()
    people, titles = cells.coords
    found = pd.DataFrame({"user_id": dataset.user_ids[people], "item_id": dataset.item_ids[titles], "rating": cells.data})
    if dataset.timestamps is None:
        return found
    return found.assign(timestamp=dataset.timestamps).sort_values("timestamp", kind="stable", ignore_index=True)


def until(dataset: Dataset, share: float) -> Dataset:
    """The data set when it had this share of its ratings, the oldest, and all of its titles."""
    ratings = ratings_of(dataset)
    return Dataset.from_frames(dataset.items, ratings.iloc[: round(share * len(ratings))], name=dataset.name)


def newest(dataset: Dataset, share: float) -> Dataset:
    """The newest ratings alone, in a data set of the titles that are rated in them."""
    ratings = ratings_of(dataset)
    ratings = ratings.iloc[round((1 - share) * len(ratings)) :]
    return Dataset.from_frames(dataset.items[dataset.items["item_id"].isin(set(ratings["item_id"]))], ratings, name="more")


@pytest.fixture(scope="session")
def movielens(shared_data: Path) -> Dataset:
    """The real ml-latest-small."""
    return load_dataset(shared_data / "ml-latest-small.zip")


@pytest.fixture(scope="session")
def audience() -> Dataset:
    """Sixty made-up people who rate forty of 135 titles of two kinds, one person after another; the last two titles have no raters."""
    rng = np.random.default_rng(1)
    titles = pd.DataFrame({"item_id": [f"t{number:03}" for number in range(137)]})
    titles["title"] = "Title " + titles["item_id"]
    titles["genres"] = np.where(np.arange(137) % 2, "Crime|Drama", "Comedy")
    titles["year"] = 1980 + np.arange(137) % 30
    rows = [
        (f"p{person:02}", f"t{title:03}", float(np.clip(round(2 * (3.0 + (1 if (person + title) % 2 else -1) + rng.normal())) / 2, 0.5, 5)))
        for person in range(60)
        for title in np.sort(rng.permutation(135)[:40])
    ]
    table = pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
    return Dataset.from_frames(titles, table.assign(timestamp=1e9 + np.arange(len(table))), name="audience")
