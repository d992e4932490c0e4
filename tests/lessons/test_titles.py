"""Lesson 2: clusters by hand and by scikit-learn, word vectors, and which description groups titles by genre."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import mutual_info_score

from recsys_core import Dataset
from recsys_core.lessons.content import tf_idf, vocabulary
from recsys_core.lessons.titles import (
    at_random,
    k_means,
    mutual_information,
    nearest_words,
    purity,
    spread_out,
    squared_distances,
    tf_idf_sparse,
    title_vectors,
    word_vectors,
)
from recsys_core.lessons.toys import POINTS, SENTENCES, field, first_genres, synopses
from recsys_core.models.svd import SVD


def unit_rows(X: np.ndarray) -> np.ndarray:
    return X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)


# --- k-means ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_six_points(seed: int):
    halves = list(k_means(POINTS, 2, seed))
    assert halves[-1].spread == pytest.approx(2.6667, abs=0.0005)
    assert len(set(halves[-1].labels[:3])) == 1 == len(set(halves[-1].labels[3:]))
    assert sorted(halves[-1].centres.sum(axis=1)) == pytest.approx([2 / 3, 32 / 3])
    assert (np.diff([now.spread for now in halves]) < 1e-9).all()


@pytest.mark.parametrize("k", [2, 5, 9])
def test_the_same_by_scikit_learn_from_the_same_centres(k: int):
    X = np.random.default_rng(k).normal(size=(120, 4))
    start = spread_out(X, k, seed=3)
    model = KMeans(k, init=start, n_init=1, algorithm="lloyd", tol=0, max_iter=500).fit(X)
    last = list(k_means(X, k, seed=3, rounds=500))[-1]
    assert last.spread == pytest.approx(model.inertia_)
    assert last.labels.tolist() == model.labels_.tolist()


def test_first_centres_are_points_and_none_is_taken_twice_while_others_are_left():
    X = np.repeat(POINTS, 3, axis=0)
    start = spread_out(X, 6, seed=0)
    assert sorted(map(tuple, start)) == sorted(map(tuple, POINTS))
    assert len(spread_out(X, 8, seed=0)) == 8  # more centres than different points


def test_a_cluster_without_points_keeps_its_centre():
    last = list(k_means(np.repeat(POINTS[:2], 4, axis=0), 3, seed=0))[-1]
    assert last.spread == pytest.approx(0)
    assert np.isfinite(last.centres).all()


def test_the_same_seed_finds_the_same_clusters():
    X = np.random.default_rng(0).normal(size=(60, 3))
    assert [now.labels.tolist() for now in k_means(X, 4, seed=2)] == [now.labels.tolist() for now in k_means(X, 4, seed=2)]


def test_distances():
    C = POINTS[[0, 4]]
    assert squared_distances(POINTS, C)[3].tolist() == [50, 1]


# --- words and names -------------------------------------------------------------------------------------------------


def test_the_sparse_tf_idf_is_that_of_lesson_1():
    texts = [*SENTENCES, "it is the"]
    X, words = tf_idf(texts, 1, 500)
    assert np.abs(tf_idf_sparse(texts, words).toarray() - X).max() < 1e-12


def test_word_vectors_by_numpy():
    texts = [f"{sentence} {other}" for sentence in SENTENCES for other in SENTENCES]
    V, words = word_vectors(texts, 3, 0)
    X = tf_idf(texts, 3, 5000)[0]
    _, s, Vt = np.linalg.svd(X, full_matrices=False)
    assert words == vocabulary(texts, 3, 5000)
    assert np.linalg.norm(V, axis=0) == pytest.approx(s[:3])
    assert np.abs(V @ V.T - (Vt[:3].T * s[:3] ** 2) @ Vt[:3]).max() < 1e-9  # whatever the signs


def test_a_title_is_the_mean_of_its_known_words():
    V = np.array([[1.0, 0], [0, 2.0]])
    X = title_vectors(["Space robot", "The Robot!", "Amélie", ""], V, ["robot", "space"])
    assert X.tolist() == [[0.5, 1], [1, 0], [0, 0], [0, 0]]


# --- how good are clusters? ------------------------------------------------------------------------------------------


def test_purity_and_information_by_hand():
    kinds = np.array([0, 0, 0, 1, 1, 1])
    assert purity(kinds, kinds) == 1
    assert mutual_information(kinds, kinds) == pytest.approx(1)  # two kinds of equal size: one bit
    assert purity(np.array([0, 0, 1, 1, 1, 1]), kinds) == pytest.approx(5 / 6)
    assert purity(np.zeros(6, dtype=int), kinds) == 0.5
    assert mutual_information(np.zeros(6, dtype=int), kinds) == 0


def test_information_by_scikit_learn():
    rng = np.random.default_rng(0)
    labels, kinds = rng.integers(7, size=200), rng.integers(4, size=200)
    assert mutual_information(labels, kinds) == pytest.approx(mutual_info_score(labels, kinds) / np.log(2))


def test_purity_rises_as_clusters_are_split_and_is_perfect_for_single_titles():
    kinds = np.random.default_rng(0).integers(5, size=60)
    labels = at_random(60, 6, seed=1)
    assert purity(labels * 2 + at_random(60, 2, seed=2), kinds) >= purity(labels, kinds)
    assert purity(np.arange(60), kinds) == 1


# --- the showcase ----------------------------------------------------------------------------------------------------

Words = tuple[np.ndarray, list[str]]


@pytest.fixture(scope="module")
def vectors(showcase_data: Dataset) -> Words:
    return word_vectors(showcase_data.items["text"].tolist(), 50, 0)


def test_words_stand_near_their_like(vectors: Words):
    assert {"planet", "alien"} <= set(nearest_words("space", *vectors, 5))
    assert {"police", "detective"} <= set(nearest_words("murder", *vectors, 5))


def test_many_names_have_no_known_word(showcase_data: Dataset, vectors: Words):
    """Pinned for the bundled files."""
    names = title_vectors(showcase_data.items["title"].tolist(), *vectors)
    assert (names == 0).all(axis=1).mean() == pytest.approx(0.30, abs=0.02)


@pytest.fixture(scope="module")
def purities(showcase_data: Dataset, vectors: Words) -> dict[str, float]:
    kinds, _ = first_genres(showcase_data)
    described = {
        "names": title_vectors(showcase_data.items["title"].tolist(), *vectors),
        "synopsis": tf_idf(synopses(showcase_data), 2, 500)[0],
        "keywords": tf_idf(field(showcase_data, "keywords"), 2, 2000)[0],
        "factors": unit_rows(SVD().fit(showcase_data).item_factors_),
    }
    found = {name: purity(list(k_means(X, 19, seed=0))[-1].labels, kinds) for name, X in described.items()}
    return found | {"random": purity(at_random(len(kinds), 19, seed=0), kinds)}


@pytest.mark.parametrize(
    ("what", "value"), [("names", 0.206), ("synopsis", 0.204), ("keywords", 0.417), ("factors", 0.488), ("random", 0.200)]
)
def test_purity_of_four_descriptions(purities: dict[str, float], what: str, value: float):
    """Pinned for the bundled files."""
    assert purities[what] == pytest.approx(value, abs=0.02)


def test_who_liked_a_title_tells_its_genre_best_and_its_name_not_at_all(purities: dict[str, float]):
    assert purities["factors"] > purities["keywords"] > purities["synopsis"] + 0.1
    assert purities["names"] < purities["random"] + 0.03


def test_purity_rises_with_the_number_of_clusters_even_for_random_ones(showcase_data: Dataset):
    kinds, names = first_genres(showcase_data)
    assert len(names) == 22
    found = [purity(at_random(len(kinds), k, seed=0), kinds) for k in (19, 80, 320, 640)]
    assert (np.diff(found) > 0).all()
    assert found[-1] > 0.3
