"""Scores of every model on fixed data, kept to see whether a change of structure changed a result.

``python -m tests.contract.saved_scores`` writes them anew: only where a change of results is meant, and the commit says so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.fitted import FittedModels
from tests.conftest import toy_items, toy_ratings

FILE = Path(__file__).with_name("saved_scores.npz")
SIZES = (0, 1, 3, 9)
GENRES = ("Crime|Drama", "Comedy", "Science Fiction", "Romance|Drama")


def random_dataset() -> Dataset:
    """Sixty titles of four kinds, three of them without raters, and ninety people who like one kind."""
    rng = np.random.default_rng(11)
    n_items, n_users = 60, 90
    kind, taste = rng.integers(0, 4, n_items), rng.integers(0, 4, n_users)
    items = pd.DataFrame(
        {
            "item_id": [f"i{i:02d}" for i in range(n_items)],
            "title": [f"Title {i}" for i in range(n_items)],
            "kind": ["movie", "show"] * (n_items // 2),
            "year": 1960 + rng.integers(0, 60, n_items),
            "genres": [GENRES[k] for k in kind],
            "keywords": [f"k{k}|w{i % 7}" for i, k in enumerate(kind)],
            "text": [f"word{k} word{i % 5} story {i}" for i, k in enumerate(kind)],
        }
    )
    rows = []
    for user in range(n_users):
        for item in rng.permutation(n_items - 3)[: int(rng.integers(5, 25))]:
            felt = 3 + 1.5 * (kind[item] == taste[user]) - 0.5 + rng.normal(0, 0.8)
            rows.append((f"u{user:02d}", f"i{item:02d}", float(np.clip(np.round(2 * felt) / 2, 0.5, 5))))
    return Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"]), name="random")


def some_ratings(dataset: Dataset, size: int) -> dict[str, float]:
    rng = np.random.default_rng([5, size])
    chosen = rng.choice(dataset.item_ids, min(size, dataset.n_items), replace=False).tolist()
    return dict(zip(chosen, (rng.integers(1, 11, len(chosen)) / 2).tolist(), strict=True))


def scores() -> dict[str, np.ndarray]:
    """Score and stars by ``data set/model/number of ratings/what``."""
    found = {}
    for name, dataset in (("toy", Dataset.from_frames(toy_items(), toy_ratings())), ("random", random_dataset())):
        fitted = FittedModels.fit(dataset, factors=False)
        for model in fitted.models:
            for size in SIZES:
                profile = Profile.from_ratings(some_ratings(dataset, size), dataset.item_index)
                found[f"{name}/{model}/{size}/score"] = fitted.model(model).score(profile)
                found[f"{name}/{model}/{size}/predict"] = fitted.model(model).predict(profile)
    return found


if __name__ == "__main__":
    np.savez_compressed(FILE, allow_pickle=False, **scores())
