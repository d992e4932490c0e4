"""Names of factors tell them apart: words of few factors, no decades, titles where words are weak."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine, load_dataset
from recsys_core.factors.names import MOST_FACTORS, EndName, is_poor, name_ends
from recsys_core.factors.view import FactorView, view_factors
from recsys_core.models.svd import SVD

N = 120


@pytest.fixture(scope="module")
def titles() -> Dataset:
    """Forty titles of crime, forty of romance, forty of neither; half of all from the nineties; raters fall with the position."""
    frame = pd.DataFrame({"item_id": [f"t{k:03}" for k in range(N)], "title": [f"Title {k}" for k in range(N)]})
    frame["genres"] = ["Crime"] * 40 + ["Romance"] * 40 + [""] * 40
    frame["keywords"] = ["police"] * 20 + [""] * 100
    frame["year"] = [1995.0, 2005.0] * 60
    rows = [(f"u{user}", f"t{k:03}", 4.0) for k in range(N) for user in range(1 + (N - k) // 4)]
    ratings = pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
    return Dataset.from_frames(frame, ratings)


def block(start: int, end: int, seed: int = 0) -> np.ndarray:
    return np.where((np.arange(N) >= start) & (np.arange(N) < end), 3.0, 0.0) + 0.1 * np.random.default_rng(seed).normal(size=N)


def named(dataset: Dataset, *columns: np.ndarray) -> list[tuple[EndName, EndName]]:
    return name_ends(np.column_stack(columns), dataset, np.arange(N))


def test_an_end_is_called_by_what_stands_out_and_the_other_by_a_title(titles: Dataset):
    crime_in_the_middle = np.repeat([1.0, 3.0, -1.0], 40) + 0.1 * np.random.default_rng(0).normal(size=N)
    ((low, high),) = named(titles, crime_in_the_middle)
    assert high.words == ("romance",)
    assert (high.short, high.phrase) == ("romance", "romance")
    assert low.words == ()
    assert low.short.startswith("Title ")
    assert low.phrase == f"titles like {low.short}"


def test_a_decade_names_nothing(titles: Dataset):
    nineties = np.where(np.arange(N) % 2 == 0, 3.0, -3.0) + 0.1 * np.random.default_rng(0).normal(size=N)
    ((low, high),) = named(titles, nineties)
    assert low.words == high.words == ()
    assert low.title != high.title


def test_a_word_names_two_factors_at_most(titles: Dataset):
    names = named(titles, *(block(0, 40, seed) for seed in range(4)))
    words = Counter(word for ends in names for end in ends for word in end.words)
    assert words["crime"] == MOST_FACTORS
    assert all(end.short for ends in names for end in ends)


def test_what_marks_one_factor_is_preferred_to_what_marks_many(titles: Dataset):
    police_only = np.where(np.arange(N) < 20, 4.0, np.where(np.arange(N) < 40, 1.5, 0.0))
    names = named(titles, police_only, block(0, 40, 1), block(0, 40, 2))
    assert names[0][1].words[0] == "police"


def test_the_first_factors_choose_before_the_others(titles: Dataset):
    columns = np.column_stack([block(40, 80, seed) for seed in range(3)])
    late = name_ends(columns, titles, np.arange(N), np.array([False, True, True]))
    assert [("romance" in high.words) for _, high in late] == [False, True, True]


def test_no_title_names_two_ends(titles: Dataset):
    noise = np.random.default_rng(3).normal(size=(N, 6))
    called = [end.title for ends in name_ends(noise, titles, np.arange(N)) for end in ends]
    assert len(set(called)) == len(called) == 12


@pytest.mark.parametrize("tag", ["1990s", "imax", "IMAX", "tv shows", "in netflix queue"])
def test_decades_formats_and_lists_are_poor_names(tag: str):
    assert is_poor(tag)


@pytest.mark.parametrize("tag", ["crime", "maximum security", "90s kids"])
def test_other_words_are_not(tag: str):
    assert not is_poor(tag)


def test_names_are_saved_and_what_identifies_a_factor_is_not_what_it_is_called(titles: Dataset):
    view = view_factors(np.column_stack([block(0, 40), block(40, 80, 1)]), titles)
    again = FactorView.restored(view.state())
    assert again.names == view.names
    assert again.labels == view.labels == [(low or "…", high or "…") for low, high in view.labels]


def check(view: FactorView) -> None:
    names = [" ↔ ".join(end.short for end in ends) for ends in view.names]
    print(*names, sep="\n")  # noqa: T201
    assert len(set(names)) == len(names)
    words = Counter(word for ends in view.names for end in ends for word in end.words)
    assert max(words.values()) <= 2
    assert not any(is_poor(end.short) for ends in view.names for end in ends)


def test_the_names_of_the_showcase(showcase_engine: Engine):
    check(showcase_engine.factors)


def test_the_names_of_real_ratings(shared_data: Path):
    dataset = load_dataset(shared_data / "ml-latest-small.zip")
    check(view_factors(SVD().fit(dataset).item_factors_, dataset))
