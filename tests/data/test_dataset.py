"""Two tables in, one checked and read-only data set out; every broken rule named with its rows."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.dataset import ITEM_COLUMNS, Totals
from recsys_core.errors import DataError, RecsysError, UnknownItemError

Frames = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture
def frames() -> Frames:
    items = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "title": ["Alpha", "Beta", "Gamma"],
            "genres": ["Crime|Drama", "Comedy", ""],
            "kind": ["show", "movie", ""],
            "year": [1999, None, 2001],
        }
    )
    ratings = pd.DataFrame(
        {
            "user_id": ["v", "u", "u", "v"],
            "item_id": ["c", "b", "a", "a"],
            "rating": [1.0, 4.5, 5.0, 0.5],
            "timestamp": [40, 30, 20, 10],
        }
    )
    return items, ratings


# --- what comes out ------------------------------------------------------------------------------------------------


def test_ratings_stand_where_ids_say(frames: Frames):
    dataset = Dataset.from_frames(*frames, name="tiny")
    assert dataset.item_ids.tolist() == ["a", "b", "c"]
    assert dataset.user_ids.tolist() == ["u", "v"]
    np.testing.assert_array_equal(dataset.ratings.toarray(), [[5.0, 4.5, 0.0], [0.5, 0.0, 1.0]])
    assert (dataset.n_users, dataset.n_items, dataset.n_ratings) == (2, 3, 4)
    assert dataset.raters.tolist() == [2, 1, 1]


def test_timestamps_follow_the_order_of_the_stored_ratings(frames: Frames):
    dataset = Dataset.from_frames(*frames)
    assert dataset.ratings.data.tolist() == [5.0, 4.5, 0.5, 1.0]
    assert dataset.timestamps is not None
    assert dataset.timestamps.tolist() == [20, 30, 10, 40]


def test_timestamps_are_optional(frames: Frames):
    items, ratings = frames
    assert Dataset.from_frames(items, ratings.drop(columns="timestamp")).timestamps is None


def test_every_column_is_there_and_filled(frames: Frames):
    dataset = Dataset.from_frames(*frames)
    assert tuple(dataset.items.columns) == ITEM_COLUMNS
    assert dataset.items["cast"].tolist() == ["", "", ""]
    assert dataset.items["end_year"].isna().all()
    assert dataset.items["year"].tolist()[::2] == [1999.0, 2001.0]
    assert np.isnan(dataset.items["year"][1])
    assert [dataset.title(position).genres for position in range(3)] == [("Crime", "Drama"), ("Comedy",), ()]


def test_missing_text_is_empty_text(frames: Frames):
    items, ratings = frames
    items["keywords"] = ["heist", None, np.nan]
    assert Dataset.from_frames(items, ratings).items["keywords"].tolist() == ["heist", "", ""]


def test_integer_ids_become_strings():
    items = pd.DataFrame({"item_id": [10, 2], "title": ["Ten", "Two"]})
    ratings = pd.DataFrame({"user_id": [7, 7], "item_id": [2, "10"], "rating": [4, 3]})
    dataset = Dataset.from_frames(items, ratings)
    assert dataset.item_ids.tolist() == ["10", "2"]
    assert dataset.user_ids.tolist() == ["7"]
    assert dataset.item_index == {"10": 0, "2": 1}
    assert dataset.ratings.toarray().tolist() == [[3.0, 4.0]]


def test_labels_are_kept(frames: Frames):
    dataset = Dataset.from_frames(*frames, name="n", description="d", simulated=True)
    assert (dataset.name, dataset.description, dataset.simulated) == ("n", "d", True)
    assert Dataset.from_frames(*frames).simulated is False


def test_the_ends_of_the_scale_are_allowed(frames: Frames):
    items, ratings = frames
    ratings["rating"] = [0.5, 5, 5.0, 0.5]
    assert set(Dataset.from_frames(items, ratings).ratings.data) == {0.5, 5.0}


def test_ratings_written_as_text_are_numbers(frames: Frames):
    items, ratings = frames
    ratings["rating"] = ["1", "4.5", "5.0", "0.5"]
    assert Dataset.from_frames(items, ratings).ratings[0, 1] == 4.5


def test_position(frames: Frames):
    dataset = Dataset.from_frames(*frames, name="tiny")
    assert dataset.position("c") == 2
    with pytest.raises(UnknownItemError, match=r"^No title with the id 'zzz' in the data set 'tiny'\.$"):
        dataset.position("zzz")


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["item_id", "title"])
def test_items_must_have_the_column(frames: Frames, column: str):
    items, ratings = frames
    with pytest.raises(DataError, match=rf"^items: the column {column} is missing\. It has: .*genres"):
        Dataset.from_frames(items.drop(columns=column), ratings)


@pytest.mark.parametrize("column", ["user_id", "item_id", "rating"])
def test_ratings_must_have_the_column(frames: Frames, column: str):
    items, ratings = frames
    with pytest.raises(DataError, match=rf"^ratings: the column {column} is missing\. It has: .*timestamp"):
        Dataset.from_frames(items, ratings.drop(columns=column))


def test_all_missing_columns_are_named(frames: Frames):
    items, ratings = frames
    with pytest.raises(DataError, match="the column user_id, rating is missing"):
        Dataset.from_frames(items, ratings[["item_id"]])


@pytest.mark.parametrize("table", ["items", "ratings"])
def test_empty_tables_are_refused(frames: Frames, table: str):
    items, ratings = (frame.iloc[:0] if name == table else frame for name, frame in zip(("items", "ratings"), frames, strict=True))
    with pytest.raises(DataError, match=f"^{table}: the table is empty"):
        Dataset.from_frames(items, ratings)


def test_repeated_items_are_named(frames: Frames):
    items, ratings = frames
    items["item_id"] = ["a", "b", "a"]
    with pytest.raises(DataError, match=r"^items: rows 0 \(a\), 2 \(a\) have an item_id that occurs more than once\.$"):
        Dataset.from_frames(items, ratings)


def test_ids_that_are_equal_as_strings_are_repeated():
    items = pd.DataFrame({"item_id": [1, "1"], "title": ["One", "Also one"]})
    ratings = pd.DataFrame({"user_id": [1], "item_id": [1], "rating": [3]})
    with pytest.raises(DataError, match=r"rows 0 \(1\), 1 \(1\) have an item_id"):
        Dataset.from_frames(items, ratings)


def test_repeated_pairs_are_named(frames: Frames):
    items, ratings = frames
    ratings["user_id"] = ["v", "u", "v", "v"]
    with pytest.raises(DataError, match=r"^ratings: rows 2 \(a\), 3 \(a\) have a \(user, item\) pair that occurs more than once\.$"):
        Dataset.from_frames(items, ratings)


@pytest.mark.parametrize("bad", [0, 0.49, 5.01, -1, np.inf, -np.inf, "five"])
def test_ratings_off_the_scale_are_named(frames: Frames, bad: object):
    items, ratings = frames
    ratings["rating"] = pd.Series([1.0, bad, 5.0, 0.5], dtype=object)
    with pytest.raises(DataError, match=rf"^ratings: row 1 \({bad}\) has a rating that is not a number from 0\.5 to 5\.$"):
        Dataset.from_frames(items, ratings)


@pytest.mark.parametrize("column", ["user_id", "item_id", "rating"])
@pytest.mark.parametrize("nothing", [None, np.nan, "", "  "])
def test_missing_values_in_ratings_are_named(frames: Frames, column: str, nothing: object):
    items, ratings = frames
    ratings[column] = ratings[column].astype(object)
    ratings.loc[2, column] = nothing
    with pytest.raises(DataError, match=rf"^ratings: row 2 has no {column}\.$"):
        Dataset.from_frames(items, ratings)


@pytest.mark.parametrize("column", ["item_id", "title"])
@pytest.mark.parametrize("nothing", [None, np.nan, "", "  "])
def test_missing_values_in_items_are_named(frames: Frames, column: str, nothing: object):
    items, ratings = frames
    items[column] = items[column].astype(object)
    items.loc[[0, 2], column] = nothing
    with pytest.raises(DataError, match=rf"^items: rows 0, 2 have no {column}\.$"):
        Dataset.from_frames(items, ratings)


def test_ratings_of_unknown_titles_are_named(frames: Frames):
    items, ratings = frames
    ratings["item_id"] = ["c", "b", "lost", "a"]
    with pytest.raises(DataError, match=r"^ratings: row 2 \(lost\) has an item_id that is not among the items\.$"):
        Dataset.from_frames(items, ratings)


def test_rows_are_counted_from_0_whatever_the_index(frames: Frames):
    items, ratings = frames
    ratings.loc[3, "rating"] = 9.0
    ratings.index = pd.Index([100, 101, 102, 103])
    with pytest.raises(DataError, match=r"row 3 \(9\.0\)"):
        Dataset.from_frames(items, ratings)


def test_an_index_of_its_own_does_not_shift_rows(frames: Frames):
    items, ratings = frames
    plain = Dataset.from_frames(items, ratings)
    items.index, ratings.index = pd.Index([7, 3, 5]), pd.Index([9, 9, 1, 0])
    odd = Dataset.from_frames(items, ratings)
    np.testing.assert_array_equal(odd.ratings.toarray(), plain.ratings.toarray())
    pd.testing.assert_frame_equal(odd.items, plain.items)


def test_many_bad_rows_are_counted(frames: Frames):
    items, _ = frames
    ratings = pd.DataFrame({"user_id": range(1500), "item_id": "a", "rating": 9})
    with pytest.raises(DataError, match=r"rows 0 \(9\), 1 \(9\), 2 \(9\), 3 \(9\), 4 \(9\) and 1,495 more have a rating"):
        Dataset.from_frames(items, ratings)


def test_unknown_kinds_are_named(frames: Frames):
    items, ratings = frames
    items["kind"] = ["show", "film", "movie"]
    with pytest.raises(DataError, match=r"^items: row 1 \(film\) has a kind that is neither movie nor show\.$"):
        Dataset.from_frames(items, ratings)


def test_years_must_be_numbers(frames: Frames):
    items, ratings = frames
    items["year"] = ["1999", "", "MMI"]
    with pytest.raises(DataError, match=r"^items: row 2 \(MMI\) has a year that is not a number\.$"):
        Dataset.from_frames(items, ratings)


def test_errors_are_value_errors_of_the_family():
    assert issubclass(DataError, RecsysError)
    assert issubclass(DataError, ValueError)


# --- read-only -----------------------------------------------------------------------------------------------------


def test_arrays_are_read_only(frames: Frames):
    dataset = Dataset.from_frames(*frames)
    for array in (
        dataset.ratings.data, dataset.ratings.indices, dataset.ratings.indptr,
        dataset.user_ids, dataset.item_ids, dataset.timestamps,
    ):  # fmt: skip
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_fields_cannot_be_set(frames: Frames):
    with pytest.raises(dataclasses.FrozenInstanceError):
        Dataset.from_frames(*frames).name = "other"  # type: ignore[misc]


def test_the_callers_frames_stay_theirs(frames: Frames):
    items, ratings = frames
    before = items.copy(), ratings.copy()
    dataset = Dataset.from_frames(items, ratings)
    pd.testing.assert_frame_equal(items, before[0])
    pd.testing.assert_frame_equal(ratings, before[1])
    items["title"], ratings["rating"] = "changed", 1.0
    items.loc[0, "year"] = 1.0
    assert dataset.items["title"].tolist() == ["Alpha", "Beta", "Gamma"]
    assert dataset.items["year"][0] == 1999
    assert dataset.ratings[0, 0] == 5.0


def test_of_users_keeps_their_ratings_and_times_and_all_titles():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    rows = [("u", "a", 5.0, 10), ("v", "a", 4.0, 20), ("v", "b", 3.0, 30), ("w", "b", 1.0, 40)]
    dataset = Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"]))
    some = dataset.of_users(np.array([1, 2]))
    assert some.user_ids.tolist() == ["v", "w"]
    assert some.ratings.toarray().tolist() == [[4.0, 3.0], [0.0, 1.0]]
    assert some.timestamps.tolist() == [20, 30, 40]
    assert some.item_ids.tolist() == ["a", "b"]


def test_totals_count_everybody_beside_the_ratings_of_a_sample():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    rows = [("u", "a", 5.0), ("v", "a", 4.0), ("v", "b", 3.0)]
    alone = Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"]), name="few")
    assert (alone.n_people, alone.n_users, alone.n_ratings, alone.totals) == (2, 2, 3, None)
    some = alone.with_totals(Totals(np.array([70, 30]), n_people=80, n_ratings=100))
    kept = Dataset.from_arrays(some.to_arrays(), name="few", description="", simulated=False)
    for dataset in (some, kept):
        assert (dataset.n_people, dataset.n_users, dataset.n_ratings, dataset.ratings.nnz) == (80, 2, 100, 3)
        assert dataset.raters.tolist() == [70, 30]
        assert dataset.by_popularity.tolist() == [0, 1]
        with pytest.raises(ValueError, match="read-only"):
            dataset.raters[0] = 1
        own = dataset.sample_users(2)  # a sample of a sample counts its own people only
        assert (own.n_people, own.n_ratings, own.raters.tolist()) == (2, 3, [2, 1])
    assert Dataset.from_arrays(alone.to_arrays(), name="few", description="", simulated=False).totals is None


# --- values as people have them ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "genres",
    [["Drama", "Comedy"], ("Drama", "Comedy"), np.array(["Drama", "Comedy"]), "Drama|Comedy", [" Drama ", "", "Comedy", None]],
    ids=["list", "tuple", "array", "text", "list with gaps"],
)
@pytest.mark.parametrize("column", ["genres", "keywords", "cast", "creators", "also_known_as"])
def test_lists_of_any_kind_are_lists(column: str, genres: object):
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    items[column] = pd.Series([genres, None], dtype=object)
    title = Dataset.from_frames(items, None).title(0)
    assert getattr(title, column) == ("Drama", "Comedy")


def test_a_bar_within_a_value_of_a_list_does_not_part_it():
    items = pd.DataFrame({"item_id": ["a"], "title": ["A"], "keywords": [["red|blue pill", "x"]]})
    assert Dataset.from_frames(items, None).title(0).keywords == ("red blue pill", "x")


@pytest.mark.parametrize("column", ["title", "text", "url", "kind"])
def test_a_list_where_one_value_stands_is_refused(column: str):
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    items[column] = pd.Series(["", ["A", "B"]] if column != "title" else ["A", ["A", "B"]], dtype=object)
    with pytest.raises(DataError, match=rf"^items: row 1 .* has a {column} that is a list"):
        Dataset.from_frames(items, None)


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2005-04-02 23:53:47", "1970-01-01 00:00:00"]),
        pd.to_datetime(["2005-04-02 23:53:47", "1970-01-01 00:00:00"]).as_unit("ms"),
        pd.to_datetime(["2005-04-03 01:53:47+02:00", "1970-01-01 02:00:00+02:00"]),
        ["2005-04-02 23:53:47", "1970-01-01"],
        ["2005-04-02T23:53:47Z", 0],
        [datetime(2005, 4, 2, 23, 53, 47), date(1970, 1, 1)],
        [1112486027, 0],
        ["1112486027", "0"],
    ],
    ids=["datetime64", "milliseconds", "with a zone", "texts", "mixed", "objects", "seconds", "seconds as text"],
)
def test_times_of_any_kind_are_seconds(times: object):
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": ["u", "u"], "item_id": ["a", "b"], "rating": [3, 4], "timestamp": times})
    assert Dataset.from_frames(items, ratings).timestamps.tolist() == [1112486027.0, 0.0]  # type: ignore[union-attr]


def test_a_missing_time_is_none():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": ["u", "u"], "item_id": ["a", "b"], "rating": [3, 4]})
    for times in ([1, None], pd.to_datetime(["1970-01-01 00:00:01", None]), ["1970-01-01 00:00:01", None]):
        np.testing.assert_array_equal(Dataset.from_frames(items, ratings.assign(timestamp=times)).timestamps, [1, np.nan])


@pytest.mark.parametrize("time", ["soon", 1.5e15, float("inf")])
def test_what_is_no_time_is_refused(time: object):
    items = pd.DataFrame({"item_id": ["a"], "title": ["A"]})
    ratings = pd.DataFrame({"user_id": ["u"], "item_id": ["a"], "rating": [3], "timestamp": [time]})
    with pytest.raises(
        DataError, match=r"^ratings: row 0 \(.*\) has a timestamp that is neither a number of seconds since 1970 nor a date"
    ):
        Dataset.from_frames(items, ratings)


@pytest.mark.parametrize("ids", [[1, 2], [1.0, 2.0], np.array([1, 2], dtype=np.int8), ["1", "2"], pd.Categorical([1, 2])])
def test_whole_numbers_are_ids(ids: object):
    items = pd.DataFrame({"item_id": ids, "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": ids, "item_id": ids, "rating": [3, 4]})
    dataset = Dataset.from_frames(items, ratings)
    assert (dataset.item_ids.tolist(), dataset.user_ids.tolist()) == (["1", "2"], ["1", "2"])
    assert dataset.position(2) == dataset.position("2") == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("ids", [["07", "7"], ["true", "True"], ["1e1", "10"], ["NA", "nan"], ["None", "null"], ["1.0", "1"]])
def test_texts_are_ids_as_they_are(ids: list[str]):
    items = pd.DataFrame({"item_id": ids, "title": ids, "keywords": ids})
    ratings = pd.DataFrame({"user_id": ids, "item_id": ids, "rating": [3, 4]})
    dataset = Dataset.from_frames(items, ratings)
    assert dataset.item_ids.tolist() == dataset.items["title"].tolist() == dataset.items["keywords"].tolist() == ids
    assert sorted(dataset.user_ids.tolist()) == sorted(ids)


@pytest.mark.parametrize("ids", [[True, False], [1.5, 2.5], [("a",), ("b",)]])
def test_what_is_no_id_is_refused(ids: object):
    items = pd.DataFrame({"item_id": ids, "title": ["A", "B"]})
    with pytest.raises(DataError, match=r"items: rows 0 \(.*\), 1 \(.*\) have an? item_id that is neither a text nor a whole number"):
        Dataset.from_frames(items, None)
    good = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": ids, "item_id": ["a", "b"], "rating": [3, 4]})
    with pytest.raises(DataError, match="user_id that is neither a text nor a whole number"):
        Dataset.from_frames(good, ratings)


def test_half_an_emoji_is_replaced():
    items = pd.DataFrame({"item_id": pd.Series(["a"], dtype=object), "title": pd.Series(["Alder \ud83d"], dtype=object)})
    assert Dataset.from_frames(items, None).items["title"].tolist() == ["Alder �"]


def test_a_key_is_what_the_titles_are(frames: Frames):
    items, ratings = frames
    key = Dataset.from_frames(items, ratings, name="one").key
    assert key == Dataset.from_frames(items[::-1], None, name="another").key
    assert key != Dataset.from_frames(items.assign(title=["Alpha", "Beta", "Delta"]), ratings, name="one").key
    assert Dataset.from_frames(items, ratings, key="mine").key == "mine"


def test_what_is_saved_comes_back_with_key_and_notes(frames: Frames):
    dataset = Dataset.from_frames(*frames, key="mine", left_out=["1 of 3 tag rows was left out."])
    back = Dataset.from_arrays(dataset.to_arrays(), name="n", description="d", simulated=False)
    assert (back.key, back.left_out) == ("mine", ("1 of 3 tag rows was left out.",))
    assert dataset.sample_users(1).left_out == back.left_out
