"""Lesson 1: words and weights by hand, by scikit-learn, and for three people of the showcase."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from recsys_core import Dataset
from recsys_core.lessons.content import idf, nearest, ridge, ridge_by_title, tf_idf, vocabulary, words_of
from recsys_core.lessons.toys import PEOPLE, SENTENCE_STARS, SENTENCES, STOP_WORDS, field, synopses

TEXTS = list(SENTENCES)


def test_words_of_the_sentences():
    X, words = tf_idf(TEXTS, 2, 500)
    assert words == ["detective", "finds", "letter", "paris", "robot", "space"]
    assert X.shape == (5, 6)
    assert X[0][X[0] > 0] == pytest.approx([0.7071] * 2, abs=0.0005)
    assert X[3][X[3] > 0] == pytest.approx([0.5774] * 3, abs=0.0005)
    assert idf(X) == pytest.approx([1.6931] * 6, abs=0.0005)


@pytest.mark.parametrize("least", [1, 2, 3])
def test_the_same_by_scikit_learn(least: int):
    texts = [*TEXTS, "A robot, a robot and the SPACE-station of 2049 in space!"]
    if least == 3:
        texts += ["space robot"]
    model = TfidfVectorizer(token_pattern="[a-z0-9]{2,}", stop_words=sorted(STOP_WORDS), min_df=least)
    expected = model.fit_transform(texts).toarray()
    X, words = tf_idf(texts, least, 500)
    assert words == model.get_feature_names_out().tolist()
    assert np.abs(X - expected).max() < 1e-12


def test_the_most_frequent_words_are_kept_and_ties_are_alphabetical():
    assert vocabulary(["bee ant cat", "cat bee", "cat dog ant"], 1, 3) == ["ant", "bee", "cat"]
    assert vocabulary(["bee ant cat", "cat bee", "cat dog"], 1, 1) == ["cat"]


def test_a_text_without_a_known_word_is_a_row_of_zeros():
    X, _ = tf_idf([*TEXTS, "It is the"], 2, 500)
    assert (X[5] == 0).all()
    assert words_of("It is a I x 7 the") == []


@pytest.mark.parametrize(
    ("alpha", "snow", "paris"),
    [(0.01, 3.542, 2.741), (0.1, 3.519, 2.839), (1, 3.518, 3.245), (10, 3.631, 3.592), (100, 3.663, 3.659)],
)
def test_stars_of_the_other_two_sentences(alpha: float, snow: float, paris: float):
    X, _ = tf_idf(TEXTS, 2, 500)
    w, b = ridge(X[:3], SENTENCE_STARS, alpha)
    assert X[3:] @ w + b == pytest.approx([snow, paris], abs=0.0005)
    if alpha == 1:
        assert b == pytest.approx(3.538, abs=0.0005)


def test_the_more_they_are_punished_the_smaller_the_weights_and_the_nearer_the_mean():
    X, _ = tf_idf(TEXTS, 2, 500)
    fits = [ridge(X[:3], SENTENCE_STARS, alpha) for alpha in (0.01, 0.1, 1, 10, 100, 1e6)]
    lengths = [np.linalg.norm(w) for w, _ in fits]
    assert (np.diff(lengths) < 0).all()
    w, b = fits[-1]
    assert X @ w + b == pytest.approx([SENTENCE_STARS.mean()] * 5, abs=0.001)


def test_ridge_by_scikit_learn():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 6)), rng.normal(size=20)
    model = Ridge(alpha=0.7).fit(X, y)
    w, b = ridge(X, y, 0.7)
    assert w == pytest.approx(model.coef_)
    assert b == pytest.approx(model.intercept_)


@pytest.mark.parametrize("alpha", [0.01, 1, 100])
def test_by_word_and_by_title_come_to_the_same(alpha: float):
    X, _ = tf_idf(TEXTS, 2, 500)
    w, b = ridge(X[:3], SENTENCE_STARS, alpha)
    for x in X:
        base, amounts = ridge_by_title(X[:3], SENTENCE_STARS, alpha, x)
        assert base == pytest.approx(11 / 3)
        assert base + amounts.sum() == pytest.approx(x @ w + b, abs=1e-9)


def test_a_title_that_was_loved_speaks_for_one_like_it_and_against_one_unlike_it():
    X = np.array([[1.0, 0], [0, 1.0]])
    base, amounts = ridge_by_title(X, np.array([5.0, 3.0]), 1.0, X[0])
    assert base == 4
    assert (amounts > 0).all()  # the loved one is like it, the other is not


def test_nearest_titles():
    X, _ = tf_idf(TEXTS, 2, 500)
    assert nearest(X, 0, 2).tolist() == [2, 3]  # space, then finds; not itself
    assert len(nearest(X, 0, 9)) == 4


# --- the showcase ----------------------------------------------------------------------------------------------------

Features = tuple[np.ndarray, list[str]]


@pytest.fixture(scope="module")
def keywords_and_genres(showcase_data: Dataset) -> Features:
    texts = [f"{k} {g}" for k, g in zip(field(showcase_data, "keywords"), field(showcase_data, "genres"), strict=True)]
    return tf_idf(texts, 2, 2000)


def best(dataset: Dataset, who: str, X: np.ndarray, n: int) -> list[tuple[str, float]]:
    rated = [dataset.position(title) for title in PEOPLE[who]]
    w, b = ridge(X[rated], np.array(list(PEOPLE[who].values())), 1.0)
    stars = X @ w + b
    stars[rated] = -np.inf
    return [(str(dataset.item_ids[i]), float(stars[i])) for i in np.argsort(-stars, kind="stable")[:n]]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("ada", {"ozark-2017": 4.121, "gomorrah-2014": 4.097, "the-shield-2002": 4.040}),
        ("ben", {"pride-and-prejudice-1995": 4.112}),
        ("cleo", {"the-matrix-reloaded-2003": 4.427, "blade-runner-2049-2017": 4.376}),
    ],
)
def test_first_titles_of_three_people(showcase_data: Dataset, keywords_and_genres: Features, who: str, expected: dict[str, float]):
    """Pinned for the bundled files. What matters: a person could have named these titles."""
    found = best(showcase_data, who, keywords_and_genres[0], len(expected))
    assert [title for title, _ in found] == list(expected)
    assert [stars for _, stars in found] == pytest.approx(list(expected.values()), abs=0.0005)


def test_width_of_keywords_and_genres(keywords_and_genres: Features):
    X, words = keywords_and_genres
    assert X.shape == (4401, 552)
    assert {"crime", "sciencefiction", "cyberpunk"} <= set(words)


def test_with_the_words_of_synopses_the_weights_stick_to_words_that_mean_nothing(showcase_data: Dataset):
    X, words = tf_idf(synopses(showcase_data), 2, 500)
    rated = [showcase_data.position(title) for title in PEOPLE["ada"]]
    w, _ = ridge(X[rated], np.array(list(PEOPLE["ada"].values())), 1.0)
    assert {"starts", "ends", "both"} <= {words[j] for j in np.argsort(-w)[:6]}
    assert "crime" not in {words[j] for j in np.argsort(-w)[:6]}


def test_a_new_title_needs_no_rating(showcase_data: Dataset, keywords_and_genres: Features):
    X, _ = keywords_and_genres
    names = showcase_data.item_ids[nearest(X, showcase_data.position("alien-1979"), 5)].tolist()
    assert {"aliens-1986", "alien-covenant-2017"} & set(names)


def test_a_step_takes_a_blink(showcase_data: Dataset, keywords_and_genres: Features):
    start = time.perf_counter()
    for _ in range(3):
        best(showcase_data, "ada", keywords_and_genres[0], 5)
    assert time.perf_counter() - start < 5  # measured: 0.02 s each
