"""TF-IDF features of titles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.models.features import FIELD_WEIGHTS, content_features


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


def test_the_genome_by_hand():
    """Weights 0.6 and 0.8 have length one already; 0.5 alone becomes one; a title without genome stays empty there."""
    features, names = content_features(dataset_of(genome=["Space:0.6|time travel:0.8", "space:0.5", ""]))
    assert names.tolist() == ["genome:space", "genome:time travel"]
    np.testing.assert_allclose(features.toarray(), [[0.6, 0.8], [1.0, 0.0], [0.0, 0.0]], atol=1e-9)


def test_the_genome_weighs_against_the_other_fields_as_stated():
    features, names = content_features(dataset_of(genome=["space:0.5", "robots:0.9"], creators=["Ann", "Bo"]))
    row = dict(zip(names, features.toarray()[0], strict=True))
    assert row["genome:space"] / row["creators:ann"] == pytest.approx(FIELD_WEIGHTS["genome"] / FIELD_WEIGHTS["creators"])


@pytest.mark.parametrize(
    ("genome", "expected"),
    [
        ("space", {"genome:space": 1.0}),
        ("mission: impossible", {"genome:mission: impossible": 1.0}),
        ("mission: impossible:3|space:4", {"genome:mission: impossible": 0.6, "genome:space": 0.8}),
        ("space:-1|robots:2", {"genome:robots": 1.0}),
        ("space:nan|robots:inf|time:2", {"genome:time": 1.0}),
        ("space:3|space:1|robots:3", {"genome:space": 0.8, "genome:robots": 0.6}),
    ],
)
def test_odd_weights(genome: str, expected: dict[str, float]):
    features, names = content_features(dataset_of(genome=[genome, ""]))
    assert dict(zip(names, features.toarray()[0], strict=True)) == pytest.approx(expected)


def test_a_genome_without_any_weight_says_nothing():
    assert content_features(dataset_of(genome=["space:0", ""], genres=["Crime", "Drama"]))[1].tolist() == ["genres:crime", "genres:drama"]


def test_titles_of_like_genome_are_alike():
    features, _ = content_features(
        dataset_of(genome=["space:0.9|robots:0.5", "space:0.8|robots:0.6", "weddings:0.9|robots:0.1"], genres=["Drama"] * 3)
    )
    cosines = (features @ features.T).toarray()
    assert cosines[0, 1] > 0.95 > 0.5 > cosines[0, 2]


def test_a_usual_language_is_usual_though_few_titles_have_one():
    """Three of ten titles have a language, all of them English: it tells nothing, and must not make the three alike."""
    column = ["English"] * 3 + [""] * 7
    features, names = content_features(dataset_of(language=column, genres=[f"g{k}" for k in range(10)]))
    assert features.toarray()[0, names.tolist().index("language:english")] == pytest.approx(0.0)


def test_what_is_unknown_of_a_title_makes_it_less_like_others():
    """All three are crime; the creators (weight 0.5) of the third are unknown: its genre (weight 1) is all but that of a whole title."""
    features, names = content_features(dataset_of(genres=["Crime"] * 3, creators=["Ann", "Ann", ""]))
    assert names.tolist() == ["genres:crime", "creators:ann"]
    genre, creator = np.array([FIELD_WEIGHTS["genres"], FIELD_WEIGHTS["creators"]]) / np.hypot(
        FIELD_WEIGHTS["genres"], FIELD_WEIGHTS["creators"]
    )
    np.testing.assert_allclose(features.toarray(), [[genre, creator], [genre, creator], [genre, 0.0]], atol=1e-9)
    cosines = (features @ features.T).toarray()
    assert cosines[0, 1] == pytest.approx(1.0)
    assert cosines[0, 2] == pytest.approx(genre**2)


def test_a_field_that_no_title_has_shortens_none():
    features, _ = content_features(dataset_of(genres=["Crime", "Drama"], creators=["", ""]))
    np.testing.assert_allclose(np.sqrt(features.multiply(features).sum(axis=1)), 1.0)
