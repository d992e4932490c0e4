"""Words for the ends of factors: what stands out by its statistic, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.factors.labels import label_ends

N = 100


@pytest.fixture(scope="module")
def titles() -> Dataset:
    """A hundred titles: 20 by the sea, 10 of them with pirates; 4 by one director; 50 dramas; half of the nineties."""
    frame = pd.DataFrame({"item_id": [f"t{k:03}" for k in range(N)], "title": "T"})
    frame["genres"] = ["Drama"] * 50 + [""] * 50
    frame["keywords"] = ["sea|pirates"] * 10 + ["sea"] * 10 + [""] * 80
    frame["creators"] = [""] * 30 + ["Ann Lee"] * 4 + ["Bo Ray"] * 3 + [""] * 63
    frame["year"] = [1995.0, 2005.0] * 50
    return Dataset.from_frames(frame, None)


def words(loadings: np.ndarray, dataset: Dataset) -> tuple[list[str], list[str]]:
    (low, high), *_ = label_ends(loadings[:, None], dataset, np.arange(N))
    return [word.text for word in low], [word.text for word in high]


def test_the_strongest_word_and_what_it_does_not_say(titles: Dataset):
    loadings = np.zeros(N)
    loadings[:20] = 2.0
    loadings[:10] = 3.0
    assert words(loadings, titles) == ([], ["sea"])  # pirates are higher still, but z of ten titles is less than that of twenty
    loadings[:10] = 6.0
    assert words(loadings, titles)[1] == ["pirates"]  # what is left to say of the sea is too little


def test_the_statistic_by_hand(titles: Dataset):
    loadings = np.zeros(N)
    loadings[:20] = 1.0
    (_, (word, *rest)), *_ = label_ends(loadings[:, None], titles, np.arange(N))
    # mean 0.2, standard deviation 0.4: the twenty are (1 - 0.2) / 0.4 = 2 above, times √20
    assert (word.text, word.n_titles, rest) == ("sea", 20, [])
    assert word.effect == pytest.approx(2.0)
    assert word.z == pytest.approx(2.0 * np.sqrt(20))


def test_the_low_end_is_the_high_end_turned_round(titles: Dataset):
    loadings = np.random.default_rng(0).normal(size=N)
    loadings[:20] += 5.0
    assert words(-loadings, titles) == words(loadings, titles)[::-1]


def test_four_titles_name_a_person_and_three_do_not(titles: Dataset):
    loadings = np.zeros(N)
    loadings[30:37] = 10.0
    assert words(loadings, titles)[1] == ["Ann Lee"]


def test_a_certain_but_small_difference_says_nothing(titles: Dataset):
    loadings = np.where(np.arange(N) % 2 == 0, 0.4, -0.4) + 10.0 * np.repeat([1.0, -1.0], 50)
    assert words(loadings, titles) == ([], ["drama"])  # the nineties are higher, by 0.04 standard deviations


def test_noise_has_no_name(titles: Dataset):
    noise = np.random.default_rng(1).normal(size=(N, 40))
    named = [word for ends in label_ends(noise, titles, np.arange(N)) for end in ends for word in end]
    assert len(named) <= 6  # 80 ends at 5 %: four are expected by chance
