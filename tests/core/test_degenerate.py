"""Data of which little can be learned is fitted, listed, explained, saved and loaded like any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine

Stars = Callable[[int, int], float]
SETS: dict[str, tuple[int, int, Stars]] = {
    "everybody gave four to everything": (5, 12, lambda *_: 4),
    "watched is written as one star": (5, 25, lambda *_: 1),
    "everybody gave five": (12, 8, lambda *_: 5),
    "one person": (1, 14, lambda _, title: 1 + title % 5),
    "one person and one title": (1, 1, lambda *_: 3),
    "one title": (6, 1, lambda user, _: 1 + user % 5),
    "two people who agree": (2, 13, lambda _, title: 1 + title % 5),
    "all people are the same": (20, 14, lambda _, title: 1 + title % 5),
    "all titles are the same": (20, 14, lambda user, _: 1 + user % 5),
    "nobody likes anything": (15, 13, lambda user, title: (1 + (user * title) % 3) / 2),
}


@pytest.mark.parametrize("name", SETS)
def test_a_list_its_reasons_and_a_save(name: str, tmp_path: Path):
    n_users, n_items, stars = SETS[name]
    items = pd.DataFrame({"item_id": range(n_items), "title": [f"Title {n}" for n in range(n_items)], "genres": "Drama"})
    rows = [(user, title, stars(user, title)) for user in range(n_users) for title in range(n_items)]
    engine = Engine.fit(Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])))
    engine.save(tmp_path / "saved")
    again = Engine.load(tmp_path / "saved")
    for ratings in ({}, {"0": 5.0}, {"0": 0.5}):
        listed = engine.recommend(ratings)
        assert len(listed) == min(10, n_items - len(ratings))
        assert [line.item_id for line in again.recommend(ratings)] == [line.item_id for line in listed]
        for model in engine.models:
            scores = engine.score(ratings, model)
            np.testing.assert_array_equal(again.score(ratings, model), scores)
            for line in listed:
                why = engine.explain(ratings, line.item_id, model)
                if not np.isnan(why.score):
                    assert why.baseline + sum(why.contributions.values()) == pytest.approx(why.score, abs=1e-6)
    assert np.isfinite(engine.taste_map.points).all()
    if n_items > 1:
        assert engine.what_if({"0": 5.0}, without="0").lists().after


def test_whole_numbers_are_ids_in_every_question(toy: Dataset):
    """An id that is a number means the title whose id is written so; it is never passed over."""
    numbers = {item_id: number for number, item_id in enumerate(toy.item_ids.tolist())}
    items = toy.items.assign(item_id=[numbers[item_id] for item_id in toy.items["item_id"]])
    ratings = toy.ratings.tocoo()
    frame = pd.DataFrame({"user_id": ratings.row, "item_id": ratings.col, "rating": ratings.data})
    engine = Engine.fit(Dataset.from_frames(items, frame))
    as_texts = engine.recommend({"1": 5.0, "4": 1.0})
    assert "1" not in [line.item_id for line in as_texts]
    assert engine.recommend({1: 5.0, np.int64(4): 1.0}) == as_texts  # type: ignore[dict-item]
    assert as_texts[0].because == "1"
    without_best = engine.recommend({"1": 5.0}, exclude=[as_texts[0].item_id])
    assert engine.recommend({1: 5.0}, exclude=[int(as_texts[0].item_id)]) == without_best  # type: ignore[dict-item, list-item]
    assert as_texts[0].item_id not in [line.item_id for line in without_best]
    np.testing.assert_array_equal(engine.what_if({"1": 5.0, "4": 1.0}, without=1).score, engine.score({"4": 1.0}))  # type: ignore[arg-type]
    np.testing.assert_array_equal(engine.what_if({"1": 5.0}, changed={1: 2.0}).score, engine.score({"1": 2.0}))  # type: ignore[dict-item]
    assert engine.explain({"1": 5.0}, 2) == engine.explain({"1": 5.0}, "2")  # type: ignore[arg-type]
    assert engine.similar_items(1) == engine.similar_items("1")  # type: ignore[arg-type]
