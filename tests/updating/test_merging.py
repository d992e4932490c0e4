"""Merging keeps what is known, takes what is newer, and refuses another data set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from recsys_core import Dataset
from recsys_core.errors import DataError
from recsys_core.updating.merging import merged
from tests.updating.conftest import newest, ratings_of, until

ITEMS = pd.DataFrame({"item_id": ["b", "a", "c", "d"], "title": ["B", "A", "C", "D"], "genres": ["Drama", "Comedy", "Drama", "Comedy"]})


def data(rows: list[tuple[str, str, float, float]], items: pd.DataFrame = ITEMS, **labels: str) -> Dataset:
    return Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"]), **labels)


def told(dataset: Dataset) -> dict[tuple[str, str], tuple[float, float]]:
    return {(row.user_id, row.item_id): (row.rating, row.timestamp) for row in ratings_of(dataset).itertuples()}


def test_new_ratings_people_and_titles_are_added():
    known = data([("bo", "a", 4.0, 1.0), ("bo", "b", 2.0, 2.0)], ITEMS[:2], name="known", key="k")
    more = pd.DataFrame({"item_id": ["c", "a"], "title": ["C", "A"], "keywords": ["", "not taken over"]})
    found = merged(known, data([("al", "c", 5.0, 3.0), ("bo", "c", 1.0, 4.0), ("al", "a", 3.0, 5.0)], more, name="more"))
    assert found[1:7] == (3, 0, 1, 1, False, False)
    assert found.dataset.item_ids.tolist() == ["b", "a", "c"]  # known ones keep their positions
    assert found.dataset.user_ids.tolist() == ["al", "bo"]
    assert found.touched.tolist() == [0, 1, 2]
    assert (found.dataset.name, found.dataset.key) == ("known", "k")
    assert found.dataset.items["keywords"].tolist() == ["", "", ""]
    assert told(found.dataset) == {
        ("bo", "a"): (4.0, 1.0), ("bo", "b"): (2.0, 2.0), ("al", "c"): (5.0, 3.0), ("bo", "c"): (1.0, 4.0), ("al", "a"): (3.0, 5.0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("known", "more", "stays"), [(2.0, 1.0, True), (2.0, 2.0, False), (1.0, 2.0, False), (np.nan, 1.0, False), (1.0, np.nan, False)]
)
def test_of_two_ratings_the_newer_counts(known: float, more: float, stays: bool):
    found = merged(data([("bo", "a", 4.0, known)]), data([("bo", "a", 1.0, more)]))
    assert (found.new, found.changed) == (0, 0 if stays else 1)
    assert found.dataset.ratings.data.tolist() == [4.0 if stays else 1.0]
    assert found.touched.sum() == found.changed


def test_times_are_kept_where_only_some_are_known():
    known = data([("bo", "a", 4.0, 1.0)])
    untimed = Dataset.from_frames(ITEMS, pd.DataFrame({"user_id": ["bo"], "item_id": ["b"], "rating": [3.0]}))
    np.testing.assert_array_equal(merged(known, untimed).dataset.timestamps, [np.nan, 1.0])  # b stands before a
    np.testing.assert_array_equal(merged(untimed, known).dataset.timestamps, [np.nan, 1.0])
    assert merged(untimed, untimed).dataset.timestamps is None


def test_a_source_that_holds_everything_describes_the_titles():
    known = data([("bo", "a", 4.0, 1.0)], name="then")
    now = ITEMS.assign(keywords=["", "ships", "", ""])[::-1]
    found = merged(known, data([("bo", "a", 4.0, 1.0)], now, name="now"))
    assert found[1:7] == (0, 0, 0, 0, True, True)
    assert found.dataset.item_ids.tolist() == ["b", "a", "c", "d"]
    assert found.dataset.items["keywords"].tolist() == ["", "ships", "", ""]
    assert found.dataset.name == "now"


def test_the_same_again_is_nothing_new():
    known = data([("bo", "a", 4.0, 1.0), ("cy", "d", 1.0, 2.0)])
    assert merged(known, known)[1:7] == (0, 0, 0, 0, True, False)


def test_known_parts_are_left_as_they_are(audience: Dataset):
    known = until(audience, 0.9)
    stars = known.ratings.data.copy()
    merged(known, audience)
    np.testing.assert_array_equal(known.ratings.data, stars)


@pytest.mark.parametrize("share", [0.01, 0.3])
@pytest.mark.parametrize("alone", [True, False])
def test_what_is_merged_is_the_whole(audience: Dataset, share: float, alone: bool):
    found = merged(until(audience, 1 - share), newest(audience, share) if alone else audience)
    whole = found.dataset
    assert found.whole is not alone
    for one, other in ((whole.ratings.toarray(), audience.ratings.toarray()), (whole.timestamps, audience.timestamps)):
        np.testing.assert_array_equal(one, other)
    assert whole.ratings.has_canonical_format
    np.testing.assert_array_equal(whole.raters, audience.raters)


CELL = st.tuples(st.sampled_from("pqrs"), st.sampled_from("abcd"), st.sampled_from([1.0, 2.5, 5.0]), st.integers(0, 3))


def table(cells: list[tuple[str, str, float, int]]) -> Dataset:
    return data([(*cell[:3], float(cell[3])) for cell in {cell[:2]: cell for cell in cells}.values()])


@settings(max_examples=60, deadline=None)
@drawn(st.lists(CELL, min_size=1), st.lists(CELL, min_size=1))
def test_merging_is_what_a_dictionary_does(before: list[tuple[str, str, float, int]], after: list[tuple[str, str, float, int]]):
    known, given = table(before), table(after)
    expected = told(known)
    for cell, (stars, at) in told(given).items():
        if cell not in expected or at >= expected[cell][1]:
            expected[cell] = (stars, at)
    assert told(merged(known, given).dataset) == expected


def test_another_data_set_is_refused():
    known = data([("bo", "a", 4.0, 1.0)], name="films")
    others = pd.DataFrame({"item_id": ["x"], "title": ["X"]})
    with pytest.raises(DataError, match=r"no title in common with films: it is another data set"):
        merged(known, data([("bo", "x", 4.0, 1.0)], others))
    renumbered = ITEMS.assign(title=["A", "B", "E", "D"])
    with pytest.raises(DataError, match=r"to other titles \(b is 'A' in the one and 'B' in the other\)"):
        merged(known, data([("bo", "a", 4.0, 1.0)], renumbered))
