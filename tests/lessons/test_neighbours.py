"""Lesson 4: neighbours by hand, by scikit-learn, and what the slip makes of a thousand people."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

from recsys_core import Dataset, load_dataset
from recsys_core.lessons import toys
from recsys_core.lessons.neighbours import by_people, by_titles, by_titles_slip, centre, cosine_filled, means, slip_block
from recsys_core.lessons.toys import ASKED_IN_TALL, SIX, Block


def test_people_of_six():
    answer = by_people(SIX, 0, 2, 2)
    assert answer.value == pytest.approx(4.4939, abs=0.0005)
    assert answer.neighbours.tolist() == [1, 2]
    assert answer.weights == pytest.approx([0.7938, 0.7748], abs=0.0005)
    assert by_people(SIX, 0, 2, 2, weighted=False).value == 4.5


def test_people_of_six_with_pearson_and_centred():
    answer = by_people(SIX, 0, 2, 2, centred=True)
    assert answer.value == pytest.approx(3.9709, abs=0.0005)
    assert answer.neighbours.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("skip_zeros", "skip_itself", "value"), [(False, False, 2.9167), (True, False, 3.1818), (False, True, 2.875), (True, True, 3.2857)]
)
def test_the_slip(skip_zeros: bool, skip_itself: bool, value: float):
    answer = by_titles_slip(SIX, 2, 3, skip_zeros=skip_zeros, skip_itself=skip_itself)
    assert answer.value == pytest.approx(value, abs=0.0005)
    assert answer.neighbours.tolist() == [1, 0] if skip_itself else [2, 1, 0]


@pytest.mark.parametrize(("k", "centred", "value"), [(2, False, 4.4873), (4, False, 3.5047), (2, True, 4.4959)])
def test_own_ratings(k: int, centred: bool, value: float):
    assert by_titles(SIX, 0, 2, k, centred=centred).value == pytest.approx(value, abs=0.0005)


@pytest.mark.parametrize("title", [0, 1, 2])
def test_centred_titles_have_nothing_to_say_of_what_is_unlike_all_that_a_person_rated(title: int):
    answer = by_titles(SIX, 5, title, 3, centred=True)
    assert np.isnan(answer.value)
    assert len(answer.neighbours) == 0
    assert not np.isnan(by_titles(SIX, 5, title, 3, centred=True, positive=False).value)


def test_zero_neighbours_have_no_answer():
    assert np.isnan([by_people(SIX, 0, 2, 0).value, by_titles(SIX, 0, 2, 0).value, by_titles_slip(SIX, 2, 0).value]).all()


def test_nobody_else_has_rated_it():
    R = np.array([[5.0, 4, 0], [4, 3, 2]])
    assert np.isnan(by_people(R, 1, 2, 3).value)


def test_cosine_and_neighbours_by_scikit_learn():
    assert [[cosine_filled(a, b) for b in SIX] for a in SIX] == pytest.approx(cosine_similarity(SIX))
    raters = np.flatnonzero(SIX[:, 2])
    found = NearestNeighbors(n_neighbors=3, metric="cosine").fit(SIX[raters]).kneighbors(SIX[[0]], return_distance=False)[0]
    assert by_people(SIX, 0, 2, 3).neighbours.tolist() == raters[found].tolist()


def test_nobody_is_their_own_neighbour():
    for person, title in np.argwhere(SIX > 0):
        assert person not in by_people(SIX, person, title, 6).neighbours
        assert title not in by_titles(SIX, person, title, 6).neighbours


@pytest.mark.parametrize("seed", range(20))
def test_a_mean_lies_among_the_stars_that_it_is_made_of(seed: int):
    rng = np.random.default_rng(seed)
    R = rng.integers(0, 6, size=(12, 10)).astype(float)
    people, titles = by_people(R, 0, 0, 4), by_titles(R, 0, 0, 4)
    used = R[people.neighbours, 0]
    assert used.min() - 1e-9 <= people.value <= used.max() + 1e-9
    own = R[0, titles.neighbours]
    assert own.min() - 1e-9 <= titles.value <= own.max() + 1e-9


def test_centred_rows_sum_to_zero_and_gaps_stay_zero():
    C = centre(SIX)
    assert C.sum(axis=1) == pytest.approx(0)
    assert (C[SIX == 0] == 0).all()
    assert means(SIX) == pytest.approx([3, 3.5, 3.6, 3.4, 2.6, 14 / 3])


# --- on real size ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stars(tall: Block) -> np.ndarray:
    return np.nan_to_num(tall.R)


def asked(dataset: Dataset, tall: Block, stars: np.ndarray, title: str) -> tuple[int, int]:
    """The first person who has not rated a title, and its column."""
    column = int(np.searchsorted(tall.titles, dataset.position(title)))
    return int(np.flatnonzero(stars[:, column] == 0)[0]), column


@pytest.mark.parametrize(
    ("title", "people", "slip", "zeros", "without_zeros", "mean"),
    [(ASKED_IN_TALL, 4.13, 1.8681, 0.4822, 3.6075, 3.8123), ("star-wars-1977", 3.7, 1.7014, 0.5069, 3.4505, 3.5749)],
)
def test_reference_values_of_tall(
    showcase_data: Dataset,
    tall: Block,
    stars: np.ndarray,
    title: str,
    people: float,
    slip: float,
    zeros: float,
    without_zeros: float,
    mean: float,
):
    """Pinned for the bundled files. What matters: the slip is two stars lower, because half of the block is zeros."""
    assert (stars.shape, (stars > 0).mean()) == ((1000, 1501), pytest.approx(0.0747, abs=0.0005))
    person, item = asked(showcase_data, tall, stars, title)
    answer = by_titles_slip(stars, item, 50)
    block = slip_block(stars, item, answer.neighbours)
    assert by_people(stars, person, item, 50, weighted=False).value == pytest.approx(people, abs=0.0005)
    assert answer.value == block.mean() == pytest.approx(slip, abs=0.0005)
    assert (block == 0).mean() == pytest.approx(zeros, abs=0.0005)
    assert by_titles_slip(stars, item, 50, skip_zeros=True).value == pytest.approx(without_zeros, abs=0.0005)
    assert stars[stars[:, item] > 0, item].mean() == pytest.approx(mean, abs=0.0005)


def test_reference_values_of_movielens(shared_data: Path):
    """Toy Story for user 4, among the titles with more than 20 raters."""
    dataset = load_dataset(str(shared_data / "ml-latest-small.zip"))
    block = toys.block(dataset, np.arange(dataset.n_users), np.flatnonzero(dataset.raters > 20))
    R = np.nan_to_num(block.R)
    person = dataset.user_ids.tolist().index("4")
    item = int(np.searchsorted(block.titles, dataset.items["title"].tolist().index("Toy Story")))
    answer = by_titles_slip(R, item, 50)
    assert by_people(R, person, item, 50, weighted=False).value == pytest.approx(3.82, abs=0.0005)
    assert answer.value == pytest.approx(1.843, abs=0.0005)
    assert (slip_block(R, item, answer.neighbours) == 0).mean() == pytest.approx(0.528, abs=0.0005)
    assert by_titles_slip(R, item, 50, skip_zeros=True).value == pytest.approx(3.905, abs=0.0005)


def test_the_slip_does_not_ask_the_person(stars: np.ndarray):
    """Whatever a person who has not rated the title says of others, the answer is nearly the same; their own titles differ."""
    item = int(np.argmax((stars > 0).sum(axis=0)))
    person = int(np.flatnonzero(stars[:, item] == 0)[0])
    turned = stars.copy()
    turned[person] = np.where(stars[person] > 0, 5.5 - stars[person], 0)  # loves what they hated
    assert by_titles_slip(turned, item, 50).value == pytest.approx(by_titles_slip(stars, item, 50).value, abs=0.01)
    assert abs(by_titles(turned, person, item, 50).value - by_titles(stars, person, item, 50).value) > 0.5


def test_a_step_takes_a_blink(stars: np.ndarray):
    start = time.perf_counter()
    for _ in range(3):
        by_people(stars, 1, 0, 50), by_people(stars, 1, 0, 50, centred=True), by_titles(stars, 1, 0, 50), by_titles_slip(stars, 0, 50)
    assert time.perf_counter() - start < 3  # measured: 0.08 s a round
