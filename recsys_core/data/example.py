"""A data set of four titles whose answers can be checked by eye, for the examples in the documentation."""

from __future__ import annotations

import pandas as pd

from recsys_core.data.dataset import Dataset


def example_dataset() -> Dataset:
    """Return four titles and twelve ratings by four users: two love science fiction, two love romance.

    ::

                alien  aliens  amelie  chocolat
        ann       5      5       .        1
        bo        4      5       2        .
        cy        .      1       5        3
        di        2      .       5        4

    Examples
    --------
    >>> dataset = example_dataset()
    >>> dataset.item_ids.tolist()
    ['alien', 'aliens', 'amelie', 'chocolat']
    >>> dataset.n_users, dataset.n_ratings
    (4, 12)
    """
    items = pd.DataFrame(
        {
            "item_id": ["alien", "aliens", "amelie", "chocolat"],
            "title": ["Alien", "Aliens", "Amélie", "Chocolat"],
            "kind": ["movie"] * 4,
            "year": [1979, 1986, 2001, 2000],
            "genres": ["Horror|Science Fiction", "Action|Science Fiction", "Comedy|Romance", "Drama|Romance"],
        }
    )
    rows = [
        ("ann", "alien", 5), ("ann", "aliens", 5), ("ann", "chocolat", 1),
        ("bo", "alien", 4), ("bo", "aliens", 5), ("bo", "amelie", 2),
        ("cy", "aliens", 1), ("cy", "amelie", 5), ("cy", "chocolat", 3),
        ("di", "alien", 2), ("di", "amelie", 5), ("di", "chocolat", 4),
    ]  # fmt: skip
    return Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"]), name="example")
