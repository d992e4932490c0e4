"""TF-IDF features of titles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.features import FIELD_WEIGHTS, content_features


def dataset_of(**columns: list[str]) -> Dataset:
    n = len(next(iter(columns.values())))
    items = pd.DataFrame({"item_id": [f"i{k}" for k in range(n)], "title": ["The"] * n} | columns)
    return Dataset.from_frames(items, pd.DataFrame({"user_id": ["u"], "item_id": ["i0"], "rating": [3]}))


def test_rows_have_length_one(showcase: Dataset):
    features, names = content_features(showcase)
    assert features.shape == (showcase.n_items, len(names))
    np.testing.assert_allclose(np.sqrt(features.multiply(features).sum(axis=1)), 1.0, atol=1e-5)


def test_features_are_named_by_field_and_whole_value(toy: Dataset):
    _, names = content_features(toy)
    assert {"genres:crime", "genres:drama", "creators:ann ames", "keywords:murder", "text:detective hunts"} <= set(names)
    assert "text:the" not in names
    assert "creators:ann" not in names
    assert {name.split(":")[0] for name in names} <= set(FIELD_WEIGHTS)


def test_titles_of_one_genre_are_more_alike(toy: Dataset):
    features, _ = content_features(toy)
    cosines = (features @ features.T).toarray()
    at = toy.position
    assert cosines[at("crime-1"), at("crime-2")] > cosines[at("crime-1"), at("crime-3")] > 0.5  # a shared creator counts
    assert cosines[at("crime-1"), at("comedy-1")] < 0.5  # little in common but the decade
    assert cosines[at("crime-1"), at("comedy-4")] == 0.0  # whose year is unknown


def test_weights_and_idf_by_hand():
    features, names = content_features(dataset_of(genres=["Crime|Drama", "Crime"], creators=["Ann", "Bo"]))
    assert names.tolist() == ["genres:crime", "genres:drama", "creators:ann", "creators:bo"]
    # sklearn's smoothed idf: ln((1 + 2) / (1 + df)) + 1, so 1 for crime (df 2) and ln 1.5 + 1 for drama (df 1)
    genres = np.array([1.0, np.log(1.5) + 1.0])
    row = np.array([*(FIELD_WEIGHTS["genres"] * genres / np.linalg.norm(genres)), FIELD_WEIGHTS["creators"], 0.0])
    np.testing.assert_allclose(features.toarray()[0], row / np.linalg.norm(row), atol=1e-6)


def test_rare_words_are_dropped_only_from_large_catalogues():
    words = [f"w{k} shared" for k in range(100)]
    assert content_features(dataset_of(text=words))[1].tolist() == ["text:shared"]
    assert "text:w3" in content_features(dataset_of(text=words[:99]))[1]


@pytest.mark.parametrize("words", ["", "the and of"])
def test_titles_without_words_have_no_features(words: str):
    features, names = content_features(dataset_of(text=[words, words]))
    assert features.shape == (2, 0)
    assert names.tolist() == []
