"""One visitor's feedback on one data set: what is said, what outlives the tab, and what happens when the database fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recsys_core.errors import ProfileError, StoreError
from recsys_core.storage import waiting
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.storage.store import Feedback, Store

ME, YOU = "m" * 22, "y" * 22
METHODS = ("version", "feedback", "rate", "mark", "clear", "factor_names", "name_factor", "pulls", "pull", "forget")
WRITING = ("rate", "mark", "clear", "name_factor", "pull", "forget")


class FailingStore(Store):
    """A real store whose methods fail on demand, and that writes down which were called.

    Attributes
    ----------
    broken : set of str
        Names of methods that fail.
    works_for : int
        How many more calls succeed before a broken method fails.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.broken: set[str] = set()
        self.works_for = 0
        self.calls: list[tuple[Any, ...]] = []

    def breaks(self, *methods: str, after: int = 0) -> None:
        self.broken, self.works_for = set(methods or METHODS), after

    def mends(self) -> None:
        self.broken = set()

    def _called(self, method: str, *arguments: Any) -> None:
        self.calls.append((method, *arguments))
        if method in self.broken:
            if not self.works_for:
                raise StoreError("The disk is full.")
            self.works_for -= 1

    def version(self, token: str) -> int:
        self._called("version")
        return super().version(token)

    def feedback(self, token: str, dataset: str) -> list[Feedback]:
        self._called("feedback")
        return super().feedback(token, dataset)

    def rate(self, token: str, dataset: str, item_id: str, stars: float, guess: float | None = None) -> int:
        self._called("rate", item_id)
        return super().rate(token, dataset, item_id, stars, guess)

    def mark(self, token: str, dataset: str, item_id: str, mark: Any) -> int:
        self._called("mark", item_id)
        return super().mark(token, dataset, item_id, mark)

    def clear(self, token: str, dataset: str, item_id: str) -> int:
        self._called("clear", item_id)
        return super().clear(token, dataset, item_id)

    def factor_names(self, token: str, dataset: str) -> dict[str, str]:
        self._called("factor_names")
        return super().factor_names(token, dataset)

    def name_factor(self, token: str, dataset: str, factor: str, name: str) -> int:
        self._called("name_factor", factor)
        return super().name_factor(token, dataset, factor, name)

    def pulls(self, token: str, dataset: str) -> dict[str, float]:
        self._called("pulls")
        return super().pulls(token, dataset)

    def pull(self, token: str, dataset: str, name: str, amount: float | None) -> int:
        self._called("pull", name)
        return super().pull(token, dataset, name, amount)

    def forget(self, token: str) -> int:
        self._called("forget")
        return super().forget(token)


@pytest.fixture(autouse=True)
def no_attempts_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here what waits is written when the test says so."""
    monkeypatch.setattr(waiting, "PAUSES", (3600,))


@pytest.fixture
def store(sqlite: str) -> FailingStore:
    return FailingStore(sqlite)


@pytest.fixture
def saved(sqlite: str) -> Store:
    """Another connection to the same file: what a new tab would find."""
    return Store(sqlite)


@pytest.fixture
def ratings(store: FailingStore) -> VisitorRatings:
    return opened(store)


def opened(store: Store, token: str = ME, dataset: str = "data") -> VisitorRatings:
    ratings = VisitorRatings(store, token, dataset)
    assert ratings.load()
    return ratings


def ids(said: list[Feedback]) -> list[str]:
    return [one.item_id for one in said]


# What is said


def test_nothing_is_said_at_first(ratings: VisitorRatings) -> None:
    assert (ratings.token, ratings.dataset) == (ME, "data")
    assert ratings.stars() == {}
    assert ratings.guess("a") is None
    assert ratings.marked("hidden") == ratings.marked("not seen") == []
    assert ratings.factor_names() == {}
    assert ratings.pending == frozenset()
    assert ratings.error == ""


def test_before_loading_it_is_not_loaded(store: FailingStore) -> None:
    ratings = VisitorRatings(store, ME, "data")
    assert not ratings.loaded
    assert store.calls == []  # making one touches no database
    assert ratings.load()
    assert ratings.loaded


def test_what_is_said_is_there_at_once_and_in_the_database(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("b", 4.5, 3.25)
    ratings.mark("c", "not seen")
    ratings.rate("a", 1)
    ratings.mark("d", "hidden")
    assert list(ratings.stars().items()) == [("b", 4.5), ("a", 1.0)]
    assert ratings.marked("not seen") == ["c"]
    assert ratings.marked("hidden") == ["d"]
    assert saved.feedback(ME, "data") == [
        Feedback("b", "rated", 4.5, 3.25),
        Feedback("c", "not seen"),
        Feedback("a", "rated", 1.0),
        Feedback("d", "hidden"),
    ]
    assert ratings.pending == frozenset()
    assert ratings.error == ""


def test_all_of_it_survives_a_new_tab(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("b", 4.5, 3.25)
    ratings.mark("c", "not seen")
    ratings.rate("a", 1)
    ratings.mark("d", "hidden")
    ratings.name_factor("f1", "cosy")
    later = opened(saved)
    assert list(later.stars().items()) == [("b", 4.5), ("a", 1.0)]
    assert later.guess("b") == 3.25
    assert later.guess("a") is None
    assert later.marked("not seen") == ["c"]
    assert later.marked("hidden") == ["d"]
    assert later.factor_names() == {"f1": "cosy"}


def test_the_latest_word_on_a_title_replaces_the_earlier_and_stands_last(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 5)
    ratings.rate("b", 3)
    ratings.mark("c", "hidden")
    ratings.rate("a", 2)
    assert list(ratings.stars().items()) == [("b", 3.0), ("a", 2.0)]
    ratings.rate("c", 4)
    assert ratings.marked("hidden") == []
    ratings.mark("b", "not seen")
    assert list(ratings.stars().items()) == [("a", 2.0), ("c", 4.0)]
    assert ids(saved.feedback(ME, "data")) == ["a", "c", "b"]


def test_clear_forgets_one_title_and_may_be_repeated(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 5, 3.0)
    ratings.rate("b", 4)
    ratings.mark("c", "hidden")
    for item_id in ("a", "a", "c", "unknown"):
        ratings.clear(item_id)
    assert ratings.stars() == {"b": 4.0}
    assert ratings.guess("a") is None
    assert ratings.marked("hidden") == []
    assert ids(saved.feedback(ME, "data")) == ["b"]


def test_what_is_handed_out_can_be_changed_without_harm(ratings: VisitorRatings) -> None:
    ratings.rate("a", 5)
    ratings.mark("b", "hidden")
    ratings.name_factor("f", "cosy")
    ratings.stars().clear()
    ratings.marked("hidden").clear()
    ratings.factor_names().clear()
    assert ratings.stars() == {"a": 5.0}
    assert ratings.marked("hidden") == ["b"]
    assert ratings.factor_names() == {"f": "cosy"}


def test_visitors_and_data_sets_are_apart(store: FailingStore) -> None:
    mine, other, yours = opened(store), opened(store, dataset="other"), opened(store, token=YOU)
    mine.rate("a", 5)
    other.rate("a", 1)
    yours.rate("a", 3)
    mine.name_factor("f", "mine")
    assert [opened(store, token, dataset).stars() for token, dataset in ((ME, "data"), (ME, "other"), (YOU, "data"))] == [
        {"a": 5.0},
        {"a": 1.0},
        {"a": 3.0},
    ]
    assert other.factor_names() == yours.factor_names() == {}


@pytest.mark.parametrize("stars", [0, 0.4, 5.01, -1, float("nan"), float("inf")])
def test_what_is_no_rating_is_refused_and_nothing_changes(ratings: VisitorRatings, saved: Store, stars: float) -> None:
    ratings.rate("a", 4, 3.0)
    with pytest.raises(ProfileError, match="'a'"):
        ratings.rate("a", stars)
    with pytest.raises(ProfileError, match="'b'"):
        ratings.rate("b", stars)
    assert ratings.stars() == {"a": 4.0}
    assert ratings.pending == frozenset()
    assert saved.feedback(ME, "data") == [Feedback("a", "rated", 4.0, 3.0)]
    ratings.rate("b", 5)
    assert ratings.error == ""


# The guess


def test_a_title_that_is_rated_again_keeps_its_first_guess(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 5, 3.0)
    ratings.rate("a", 4, 4.5)
    ratings.rate("a", 3)
    assert ratings.guess("a") == 3.0
    assert saved.feedback(ME, "data") == [Feedback("a", "rated", 3.0, 3.0)]
    later = opened(saved)
    later.rate("a", 2, 1.0)
    assert later.guess("a") == 3.0


def test_nan_is_no_guess(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 5, float("nan"))
    assert ratings.guess("a") is None
    assert saved.feedback(ME, "data") == [Feedback("a", "rated", 5.0)]
    ratings.rate("a", 4, 3.5)  # by now it could be predicted
    assert ratings.guess("a") == 3.5


@pytest.mark.parametrize("between", ["clear", "mark"])
def test_a_title_that_was_unrated_in_between_gets_a_new_guess(ratings: VisitorRatings, between: str) -> None:
    ratings.rate("a", 5, 3.0)
    if between == "clear":
        ratings.clear("a")
    else:
        ratings.mark("a", "not seen")
    assert ratings.guess("a") is None
    ratings.rate("a", 4, 2.0)
    assert ratings.guess("a") == 2.0


# Where the database cannot be written


def test_memory_goes_on_where_the_database_fails_and_says_so(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    ratings.rate("a", 5, 3.0)
    store.breaks(*WRITING)
    ratings.rate("b", 4)
    ratings.mark("c", "hidden")
    ratings.rate("a", 1)
    ratings.clear("b")
    assert ratings.stars() == {"a": 1.0}
    assert ratings.guess("a") == 3.0
    assert ratings.marked("hidden") == ["c"]
    assert ratings.error == "The disk is full."
    assert ratings.pending == {"a", "b", "c"}
    assert saved.feedback(ME, "data") == [Feedback("a", "rated", 5.0, 3.0)]


def test_the_next_attempt_writes_what_is_pending(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    ratings.rate("gone", 3)
    store.breaks(*WRITING)
    ratings.rate("b", 4, 2.5)
    ratings.mark("a", "not seen")
    ratings.clear("gone")
    ratings.name_factor("f", "cosy")
    assert ratings.n_waiting == 4
    store.mends()
    assert store.waiting.flush()
    assert ratings.pending == frozenset()
    assert ratings.n_waiting == 0
    assert ratings.error == ""
    assert saved.feedback(ME, "data") == [Feedback("b", "rated", 4.0, 2.5), Feedback("a", "not seen")]
    assert saved.factor_names(ME, "data") == {"f": "cosy"}
    assert ratings.load()
    assert ratings.stars() == {"b": 4.0}


def test_while_something_waits_a_click_does_not_wait_for_the_database(ratings: VisitorRatings, store: FailingStore) -> None:
    store.breaks(*WRITING)
    ratings.rate("a", 4)
    store.calls.clear()
    ratings.rate("b", 4)
    ratings.clear("a")
    ratings.load()
    ratings.forget()
    assert sorted(store.calls) in ([], [("feedback",), ("pulls",)])


def test_what_was_pending_is_written_in_the_order_of_saying(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    store.breaks(*WRITING)
    for item_id in ("c", "a", "d", "b", "a"):
        ratings.rate(item_id, 4)
    store.mends()
    store.waiting.flush()
    assert ids(saved.feedback(ME, "data")) == list(ratings.stars()) == ["c", "d", "b", "a"]


def test_only_the_latest_word_on_a_pending_title_is_written(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    store.breaks(*WRITING)
    ratings.rate("a", 5)
    ratings.mark("a", "hidden")
    ratings.rate("b", 5)
    ratings.clear("b")
    store.mends()
    store.calls.clear()
    store.waiting.flush()
    assert store.calls == [("mark", "a"), ("clear", "b")]
    assert saved.feedback(ME, "data") == [Feedback("a", "hidden")]


def test_a_failure_half_way_leaves_only_the_rest_pending(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    store.breaks("rate")
    for item_id in ("a", "b", "c"):
        ratings.rate(item_id, 4)
    store.breaks("rate", after=1)
    assert not store.waiting.flush()
    assert ratings.pending == {"b", "c"}
    assert ratings.error == "The disk is full."
    assert ids(saved.feedback(ME, "data")) == ["a"]
    store.mends()
    store.calls.clear()
    store.waiting.flush()
    assert store.calls == [("rate", "b"), ("rate", "c")]
    assert ids(saved.feedback(ME, "data")) == ["a", "b", "c"]


def test_where_nothing_has_changed_loading_again_asks_for_the_version_alone(ratings: VisitorRatings, store: FailingStore) -> None:
    ratings.rate("a", 4)
    ratings.name_factor("f", "cosy")
    ratings.factor_names()
    store.calls.clear()
    assert ratings.load()
    assert ratings.factor_names() == {"f": "cosy"}
    assert store.calls == [("version",)]


# Where the database cannot be read


def test_what_could_not_be_read_at_first_comes_back(ratings: VisitorRatings, store: FailingStore) -> None:
    ratings.rate("a", 5)
    ratings.rate("b", 4)
    store.breaks("feedback")
    later = VisitorRatings(store, ME, "data")
    for _ in range(2):
        assert not later.load()
        assert not later.loaded
        assert later.stars() == {}
        assert later.error == "The disk is full."
    later.rate("c", 3)
    assert later.pending == frozenset()
    assert later.error == "The disk is full."  # written, but the rest is still not here
    store.mends()
    assert later.load()
    assert list(later.stars().items()) == [("a", 5.0), ("b", 4.0), ("c", 3.0)]
    assert later.error == ""


@pytest.mark.parametrize("written", [True, False])
def test_what_this_tab_said_before_it_could_read_wins(ratings: VisitorRatings, store: FailingStore, saved: Store, written: bool) -> None:
    for item_id in ("a", "b", "c", "d"):
        ratings.rate(item_id, 5)
    store.breaks("feedback", *(() if written else WRITING))
    later = VisitorRatings(store, ME, "data")
    assert not later.load()
    later.rate("a", 1)
    later.clear("b")
    later.mark("c", "hidden")
    store.mends()
    assert later.load()
    assert list(later.stars().items()) == [("d", 5.0), ("a", 1.0)]
    store.waiting.flush()
    assert later.load()
    assert list(later.stars().items()) == [("d", 5.0), ("a", 1.0)]  # what was said later stands later
    assert later.marked("hidden") == ["c"]
    assert saved.feedback(ME, "data") == [Feedback("d", "rated", 5.0), Feedback("a", "rated", 1.0), Feedback("c", "hidden")]
    assert later.error == ""


def test_what_was_said_without_any_loading_is_kept(store: FailingStore, saved: Store) -> None:
    saved.rate(ME, "data", "old", 2)
    ratings = VisitorRatings(store, ME, "data")
    ratings.rate("new", 5)
    assert ratings.error == ""
    assert ratings.load()
    assert list(ratings.stars()) == ["old", "new"]


def test_a_database_that_cannot_be_reached_is_no_crash(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    store = Store(f"sqlite:///{folder / 'r.sqlite3'}", open_now=False)
    ratings = VisitorRatings(store, ME, "data")
    assert not ratings.load()
    assert ratings.error.startswith("The database of ratings cannot be used: ")
    ratings.rate("a", 5, 3.0)
    ratings.mark("b", "hidden")
    ratings.name_factor("f", "cosy")
    assert ratings.stars() == {"a": 5.0}
    assert ratings.factor_names() == {"f": "cosy"}
    assert ratings.pending == {"a", "b"}
    folder.mkdir()
    assert ratings.load()
    assert store.waiting.flush()
    assert ratings.error == ""
    assert store.feedback(ME, "data") == [Feedback("a", "rated", 5.0, 3.0), Feedback("b", "hidden")]
    assert store.factor_names(ME, "data") == {"f": "cosy"}


def test_a_file_that_is_no_database_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite3").write_text("this is no database" * 100)
    ratings = VisitorRatings(Store(f"sqlite:///{tmp_path / 'r.sqlite3'}", open_now=False), ME, "data")
    assert not ratings.load()
    assert "not a database" in ratings.error
    ratings.rate("a", 5)
    ratings.forget()
    assert ratings.stars() == {}
    assert ratings.error


# From another data set


def test_ratings_come_along_in_their_order_and_are_saved(ratings: VisitorRatings, saved: Store) -> None:
    assert ratings.carry_from({"b": 4.5, "a": 1, "c": 3.0}) == 3
    assert list(ratings.stars().items()) == [("b", 4.5), ("a", 1.0), ("c", 3.0)]
    assert ratings.guess("b") is None
    assert saved.feedback(ME, "data") == [Feedback("b", "rated", 4.5), Feedback("a", "rated", 1.0), Feedback("c", "rated", 3.0)]


@pytest.mark.parametrize("said", ["rated", "hidden", "not seen"])
def test_nothing_comes_along_where_something_has_been_said(store: FailingStore, saved: Store, said: Any) -> None:
    if said == "rated":
        saved.rate(ME, "data", "here", 2)
    else:
        saved.mark(ME, "data", "here", said)
    before = saved.feedback(ME, "data")
    ratings = VisitorRatings(store, ME, "data")
    assert ratings.carry_from({"a": 5}) == 0  # reads first what was said
    assert saved.feedback(ME, "data") == before


def test_nothing_comes_along_before_it_is_known_what_has_been_said(store: FailingStore, saved: Store) -> None:
    saved.rate(ME, "data", "a", 2, 3.5)
    store.breaks("feedback")
    ratings = VisitorRatings(store, ME, "data")
    assert ratings.carry_from({"a": 5}) == 0
    assert ratings.error == "The disk is full."
    store.mends()
    ratings.load()
    assert ratings.stars() == {"a": 2.0}


def test_nothing_to_take_along(ratings: VisitorRatings) -> None:
    assert ratings.carry_from({}) == 0


def test_what_came_along_but_could_not_be_saved_is_pending(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    store.breaks("rate", after=1)
    assert ratings.carry_from({"b": 4, "a": 1, "c": 3}) == 3
    assert list(ratings.stars()) == ["b", "a", "c"]
    assert ratings.pending == {"a", "c"}
    store.mends()
    store.waiting.flush()
    assert ids(saved.feedback(ME, "data")) == ["b", "a", "c"]


def test_one_that_is_no_rating_keeps_all_away(ratings: VisitorRatings, saved: Store) -> None:
    with pytest.raises(ProfileError, match="'b'"):
        ratings.carry_from({"a": 5, "b": 9})
    assert ratings.stars() == {}
    assert saved.feedback(ME, "data") == []


# Names of factors


def test_a_name_is_trimmed_cut_replaced_and_taken_away(ratings: VisitorRatings, saved: Store) -> None:
    ratings.name_factor("f1", "  *cosy* evenings ")
    ratings.name_factor("f2", "x" * 70)
    assert ratings.factor_names() == {"f1": "*cosy* evenings", "f2": "x" * 60} == saved.factor_names(ME, "data")
    ratings.name_factor("f1", "grim")
    ratings.name_factor("f2", "   ")
    assert ratings.factor_names() == {"f1": "grim"} == saved.factor_names(ME, "data")
    assert opened(saved).factor_names() == {"f1": "grim"}


def test_names_are_read_once(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    saved.name_factor(ME, "data", "f1", "cosy")
    for _ in range(3):
        assert ratings.factor_names() == {"f1": "cosy"}
    assert store.calls.count(("factor_names",)) == 1


def test_a_name_that_cannot_be_saved_stays_and_is_saved_later(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    ratings.name_factor("f2", "old")
    store.breaks("name_factor")
    ratings.name_factor("f1", "mine")
    ratings.name_factor("f2", "")
    assert ratings.factor_names() == {"f1": "mine"}
    assert ratings.error == "The disk is full."
    store.mends()
    store.waiting.flush()
    assert saved.factor_names(ME, "data") == {"f1": "mine"}
    assert ratings.error == ""


@pytest.mark.parametrize("written", [True, False])
def test_names_that_could_not_be_read_come_back_and_those_given_here_win(store: FailingStore, saved: Store, written: bool) -> None:
    for factor in ("f1", "f2", "f3"):
        saved.name_factor(ME, "data", factor, "old")
    ratings = opened(store)
    store.breaks("factor_names", *(() if written else WRITING))
    assert ratings.factor_names() == {}
    assert ratings.error == "The disk is full."
    ratings.name_factor("f1", "new")
    ratings.name_factor("f2", "")
    assert ratings.factor_names() == {"f1": "new"}
    store.mends()
    ratings.load()
    assert ratings.factor_names() == {"f1": "new", "f3": "old"}
    store.waiting.flush()
    assert ratings.error == ""
    assert ratings.factor_names() == {"f1": "new", "f3": "old"} == saved.factor_names(ME, "data")


# Forgetting


def test_forget_empties_the_profile_in_all_data_sets(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 5)
    ratings.mark("b", "hidden")
    ratings.name_factor("f", "cosy")
    saved.rate(ME, "other", "a", 3)
    saved.rate(YOU, "data", "a", 3)
    ratings.forget()
    assert ratings.stars() == ratings.factor_names() == {}
    assert ratings.marked("hidden") == []
    assert saved.feedback(ME, "data") == saved.feedback(ME, "other") == []
    assert saved.factor_names(ME, "data") == {}
    assert saved.feedback(YOU, "data") == [Feedback("a", "rated", 3.0)]
    ratings.rate("c", 4)
    assert opened(saved).stars() == {"c": 4.0}


def test_forget_forgets_what_is_pending(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    store.breaks("rate", "name_factor")
    ratings.rate("a", 5)
    ratings.name_factor("f", "cosy")
    ratings.forget()
    assert ratings.pending == frozenset()
    assert ratings.n_waiting == 1  # the forgetting
    store.mends()
    store.waiting.flush()
    assert ratings.error == ""
    ratings.load()
    assert ratings.stars() == ratings.factor_names() == {}
    assert saved.feedback(ME, "data") == []
    assert saved.factor_names(ME, "data") == {}


def test_a_forgetting_that_fails_is_said_and_done_later_before_anything_new(
    ratings: VisitorRatings, store: FailingStore, saved: Store
) -> None:
    ratings.rate("a", 5)
    ratings.name_factor("f", "cosy")
    store.breaks("forget")
    ratings.forget()
    assert ratings.stars() == {}
    assert ratings.error == "The disk is full."
    assert len(saved.feedback(ME, "data")) == 1
    ratings.rate("b", 4)
    assert ratings.pending == {"b"}
    store.mends()
    ratings.name_factor("g", "grim")
    store.waiting.flush()
    assert ratings.error == ""
    assert saved.feedback(ME, "data") == [Feedback("b", "rated", 4.0)]
    assert saved.factor_names(ME, "data") == {"g": "grim"}


def test_what_shall_be_forgotten_does_not_come_back_by_loading(store: FailingStore, saved: Store) -> None:
    saved.rate(ME, "data", "a", 5)
    saved.name_factor(ME, "data", "f", "cosy")
    store.breaks()
    ratings = VisitorRatings(store, ME, "data")
    assert not ratings.load()
    assert ratings.factor_names() == {}
    ratings.forget()
    store.breaks("forget")  # reading works again, forgetting does not
    assert ratings.load()
    assert ratings.stars() == ratings.factor_names() == {}
    assert opened(store).stars() == {}  # nor does it in another tab
    assert ratings.error == "The disk is full."
    store.mends()
    assert store.waiting.flush()
    assert ratings.load()
    assert ratings.stars() == ratings.factor_names() == {}
    assert ratings.error == ""
    assert saved.feedback(ME, "data") == []


# After a reload, and in other tabs


def test_a_reload_finds_what_waits(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    for item_id in ("old", "gone"):
        ratings.rate(item_id, 2)
    ratings.name_factor("f1", "old")
    store.breaks(*WRITING)
    ratings.rate("a", 5, 3.5)
    ratings.clear("gone")
    ratings.mark("b", "hidden")
    ratings.name_factor("f1", "")
    ratings.name_factor("f2", "new")
    ratings.rate("old", 3)
    del ratings
    again, other = opened(store), opened(store, dataset="other")
    assert list(again.stars().items()) == [("a", 5.0), ("old", 3.0)]
    assert again.guess("a") == 3.5
    assert again.marked("hidden") == ["b"]
    assert again.factor_names() == {"f2": "new"}
    assert again.pending == {"a", "gone", "b", "old"}
    assert again.error == "The disk is full."
    assert other.stars() == {}
    assert other.pending == frozenset()
    assert other.n_waiting == 6  # of the profile
    assert opened(saved).stars() == {"old": 2.0, "gone": 2.0}  # as another server sees it


def test_a_reload_finds_what_waits_where_nothing_can_be_read_either(ratings: VisitorRatings, store: FailingStore) -> None:
    ratings.rate("old", 2)
    store.breaks()
    ratings.rate("a", 5)
    again = VisitorRatings(store, ME, "data")
    assert not again.load()
    assert again.stars() == {"a": 5.0}
    store.mends()
    assert again.load()
    assert list(again.stars()) == ["old", "a"]


def test_what_another_tab_or_server_says_is_seen_at_the_next_run(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    for there in (opened(store), opened(saved)):
        there.rate("a", 5)
        there.rate("b", 4, 3.0)
        there.mark("c", "hidden")
        there.name_factor("f", "cosy")
        assert ratings.load()
        assert ratings.stars() == {"a": 5.0, "b": 4.0}
        assert ratings.guess("b") == 3.0
        assert ratings.marked("hidden") == ["c"]
        assert ratings.factor_names() == {"f": "cosy"}
        there.clear("a")
        there.name_factor("f", "")
        ratings.load()
        assert ratings.stars() == {"b": 4.0}
        assert ratings.factor_names() == {}
        there.forget()
        ratings.load()
        assert ratings.stars() == {}
        assert ratings.marked("hidden") == []


def test_what_was_cleared_in_one_tab_does_not_come_back_from_the_other(ratings: VisitorRatings, saved: Store) -> None:
    there = opened(saved)
    ratings.rate("a", 5)
    ratings.rate("b", 5)
    there.load()
    ratings.clear("a")
    there.rate("c", 3)  # before it has seen that
    for tab in (there, ratings):
        tab.load()
        assert list(tab.stars()) == ["b", "c"]
    ratings.forget()
    there.rate("d", 1)
    for tab in (there, ratings):
        tab.load()
        assert list(tab.stars()) == ["d"]
    assert ids(saved.feedback(ME, "data")) == ["d"]


def test_what_waits_of_one_tab_is_seen_cleared_and_forgotten_in_the_other(ratings: VisitorRatings, store: FailingStore) -> None:
    there = opened(store)
    store.breaks(*WRITING)
    ratings.rate("a", 5)
    ratings.rate("b", 5)
    there.load()
    assert there.stars() == {"a": 5.0, "b": 5.0}
    there.clear("a")
    ratings.load()
    assert ratings.stars() == {"b": 5.0}
    there.forget()
    ratings.load()
    assert ratings.stars() == {}
    store.mends()
    store.waiting.flush()
    assert store.feedback(ME, "data") == []


def test_two_tabs_that_write_in_turn_always_know_all(ratings: VisitorRatings, saved: Store) -> None:
    tabs = [ratings, opened(saved)]
    for turn in range(12):
        tab = tabs[turn % 2]
        tab.rate(f"t{turn}", 3)
        tab.load()
        assert list(tab.stars()) == [f"t{n}" for n in range(turn + 1)]


# Another key


def test_a_renewed_key_has_everything_and_the_old_one_nothing(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    ratings.rate("a", 5, 3.5)
    ratings.name_factor("f", "cosy")
    saved.rate(ME, "other", "b", 2)
    ratings.renew_key("mine")
    new = ratings.token
    assert new != ME
    assert ratings.stars() == {"a": 5.0}
    assert ratings.factor_names() == {"f": "cosy"}
    ratings.rate("c", 3)
    assert list(opened(saved, new).stars()) == ["a", "c"]
    assert saved.feedback(new, "other") == [Feedback("b", "rated", 2.0)]
    assert saved.feedback(ME, "data") == saved.feedback(ME, "other") == []
    assert saved.factor_names(ME, "data") == {}
    assert saved.standing(ME, "mine") == "none"
    assert saved.standing(new, "mine") == "own"
    assert saved.standing(new, "another") == "foreign"


def test_a_tab_with_the_old_key_notices_and_writes_nothing(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 5)
    clicks, looks = opened(saved), opened(saved)
    ratings.renew_key()
    clicks.rate("b", 1)
    assert clicks.renewed
    assert not looks.renewed
    looks.load()
    assert looks.renewed
    assert saved.feedback(ME, "data") == []
    assert list(opened(saved, ratings.token).stars()) == ["a"]


def test_a_key_is_not_renewed_while_something_waits(ratings: VisitorRatings, store: FailingStore) -> None:
    ratings.rate("a", 5)
    store.breaks("rate")
    ratings.rate("b", 5)
    with pytest.raises(StoreError, match="The disk is full"):
        ratings.renew_key()
    assert ratings.token == ME
    store.mends()
    ratings.renew_key()  # writes it first
    assert list(ratings.stars()) == ["a", "b"]
    assert ratings.n_waiting == 0


def test_what_waits_under_a_key_that_was_renewed_elsewhere_is_let_go(ratings: VisitorRatings, store: FailingStore, saved: Store) -> None:
    ratings.rate("a", 5)
    store.breaks(*WRITING)
    ratings.rate("b", 5)
    new = saved.renew(ME)
    store.mends()
    assert store.waiting.flush()
    assert saved.feedback(ME, "data") == []
    assert ids(saved.feedback(new, "data")) == ["a"]
    ratings.load()
    assert ratings.renewed


# Pulls


def test_a_pull_survives_the_tab_is_followed_by_another_and_let_go(store: FailingStore, saved: Store) -> None:
    one, two = opened(store), opened(saved)
    one.pull("genre:Crime", 2)
    one.pull("keyword:heist", -0.25)
    assert one.pulls() == {"genre:Crime": 2.0, "keyword:heist": -0.25}
    assert two.load()
    assert two.pulls() == opened(saved).pulls() == one.pulls()
    assert opened(saved, dataset="other").pulls() == opened(saved, YOU).pulls() == {}
    two.pull("genre:Crime", None)
    assert one.load()
    assert one.pulls() == {"keyword:heist": -0.25}
    one.forget()
    assert two.load()
    assert two.pulls() == {}


def test_a_pull_that_cannot_be_written_waits_and_the_next_tab_has_it(store: FailingStore, saved: Store) -> None:
    ratings = opened(store)
    ratings.pull("genre:Crime", 2)
    store.breaks(*WRITING)
    ratings.pull("keyword:heist", 1)
    ratings.pull("genre:Crime", None)
    assert ratings.error
    assert ratings.n_waiting == 2
    assert opened(store).pulls() == {"keyword:heist": 1.0}
    assert saved.pulls(ME, "data") == {"genre:Crime": 2.0}
    store.mends()
    assert store.waiting.flush()
    assert saved.pulls(ME, "data") == {"keyword:heist": 1.0}


def test_what_was_said_under_a_second_key_joins_the_first(store: FailingStore, saved: Store) -> None:
    before, meanwhile = opened(store), opened(store, YOU)
    before.rate("a", 1)
    before.rate("b", 2)
    meanwhile.rate("b", 5)
    meanwhile.mark("c", "hidden")
    meanwhile.pull("genre:Crime", 2)
    before.take_over(meanwhile)
    assert saved.feedback(YOU, "data") == []
    again = opened(saved)
    assert again.stars() == {"a": 1.0, "b": 5.0}
    assert again.marked("hidden") == ["c"]
    assert again.pulls() == {"genre:Crime": 2.0}


@pytest.mark.parametrize("mark", ["kept", "seen", "hidden", "not seen"])
def test_a_title_has_one_mark_and_stars_replace_it(ratings: VisitorRatings, saved: Store, mark: Any) -> None:
    ratings.mark("a", "kept")
    ratings.mark("a", mark)
    assert [ratings.marked(one) for one in ("kept", "seen", "hidden", "not seen")].count(["a"]) == 1
    assert opened(saved).marked(mark) == ["a"]  # after a reload
    ratings.rate("a", 4, 3.0)
    assert ratings.marked(mark) == []
    ratings.mark("a", mark)
    assert ratings.stars() == {}
    assert saved.feedback(ME, "data") == [Feedback("a", mark)]


def test_what_was_said_before_can_be_put_back(ratings: VisitorRatings, saved: Store) -> None:
    ratings.rate("a", 4, 3.5)
    before = [ratings.said_about(item_id) for item_id in "ab"]
    for item_id in "ab":
        ratings.mark(item_id, "seen")
    for item_id, said in zip("ab", before, strict=True):
        ratings.put_back(item_id, said)
    assert saved.feedback(ME, "data") == [Feedback("a", "rated", 4.0, 3.5)]
    assert ratings.said_about("b") is None
    assert ratings.guess("a") == 3.5


def test_only_ratings_since_a_day(ratings: VisitorRatings, saved: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, item_id in enumerate("abc", start=1):
        monkeypatch.setattr("time.time", lambda day=day: 1000.0 * day)
        ratings.rate(item_id, day)
    for one in (ratings, opened(saved)):
        assert list(one.stars(since=2000.0)) == ["b", "c"]
        assert list(one.stars(since=2000.5)) == ["c"]
        assert one.stars(since=9000.0) == {}
        assert list(one.stars()) == ["a", "b", "c"]
