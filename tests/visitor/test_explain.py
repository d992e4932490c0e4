"""Reasons that add up, and rows "because you watched"."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine, Explanation
from recsys_core.data.filters import Filters
from recsys_core.visitor.because_rows import MAX_ROWS, SHORTEST_ROW, BecauseRow, because_rows
from recsys_core.visitor.traits import shared_traits

FAN = {
    "breaking-bad-2008": 5, "the-wire-2002": 5, "friends-1994": 2, "the-office-2005": 4.5, "inception-2010": 4,
    "the-dark-knight-2008": 4.5, "titanic-1997": 1, "alien-1979": 4,
}  # fmt: skip


ART_HOUSE = {"seven-samurai-1954": 5, "bicycle-thieves-1948": 5, "parasite-2019": 5, "borgen-2010": 5, "star-wars-1977": 4}


def rows_of(engine: Engine, ratings: dict[str, float], **options: object) -> list[BecauseRow]:
    return because_rows(engine.visitor(ratings), **options)  # type: ignore[arg-type]


def kinds_of(engine: Engine, item_ids: list[str]) -> set[str]:
    return set(engine.dataset.items.set_index("item_id").loc[item_ids, "kind"])


# --- one title -----------------------------------------------------------------------------------------------------


def test_because_is_the_rated_title_that_speaks_most():
    assert Explanation("x", "m", 1.0, {"a": 0.2, "b": 0.5, "c": -0.9}, 0.8).because == "b"


@pytest.mark.parametrize("amounts", [{}, {"a": 0.0}, {"a": -0.1, "b": -0.2}])
def test_no_rated_title_speaks_for_it(amounts: dict[str, float]):
    assert Explanation("x", "m", 1.0, amounts, 1.0 + sum(amounts.values())).because is None


def test_the_first_rated_of_equals_is_the_reason():
    assert Explanation("x", "m", 0.0, {"b": 0.5, "a": 0.5}, 1.0).because == "b"


def test_a_crime_title_is_explained_by_the_crime_title(toy_engine: Engine):
    reason = toy_engine.explain({"comedy-1": 2, "crime-1": 5}, "crime-2")
    assert (reason.item_id, reason.model, reason.because) == ("crime-2", "hybrid", "crime-1")
    assert list(reason.contributions) == ["comedy-1", "crime-1"]
    assert reason.baseline + sum(reason.contributions.values()) == pytest.approx(reason.score)
    assert reason.score == pytest.approx(toy_engine.score({"comedy-1": 2, "crime-1": 5})[1])


def test_a_title_that_cannot_be_scored_says_so(toy_engine: Engine):
    reason = toy_engine.explain({"crime-1": 5}, "crime-new", model="svd")
    assert np.isnan(reason.score)
    assert np.isnan(reason.baseline)
    assert reason.because is None


def test_several_at_once_are_the_same_as_one_by_one(toy_engine: Engine):
    visitor = toy_engine.visitor({"crime-1": 5, "comedy-1": 2})
    ids = ["crime-2", "comedy-3", "crime-new"]
    for together, alone in zip(visitor.explain_all(ids), map(visitor.explain, ids), strict=True):
        assert together.item_id == alone.item_id
        assert together.contributions == pytest.approx(alone.contributions)
        assert together.score == pytest.approx(alone.score)


# --- rows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["hybrid", "content", "item-knn", "svd"])
def test_rows_keep_their_promises(showcase_engine: Engine, model: str):
    rows = rows_of(showcase_engine, FAN, model=model)
    assert 1 <= len(rows) <= MAX_ROWS
    seeds, shown = [row.seed for row in rows], [item_id for row in rows for item_id in row.item_ids]
    assert len(set(seeds)) == len(seeds)
    assert {FAN[seed] >= 4 for seed in seeds} == {True}
    assert len(set(shown)) == len(shown)
    assert not set(shown) & set(FAN)
    for row in rows:
        assert SHORTEST_ROW <= len(row.item_ids) <= 6


def test_each_title_stands_in_the_row_of_its_strongest_seed(showcase_engine: Engine):
    visitor = showcase_engine.visitor(FAN)
    rows = because_rows(visitor)
    assert rows
    for row in rows:
        told = visitor.explain_all(row.item_ids)
        own = [reason.specific[row.seed] for reason in told]
        assert own == sorted(own, reverse=True)
        assert [reason.because for reason in told] == [row.seed] * len(told)
        assert min(own) > 0


@pytest.mark.parametrize("ratings", [FAN, ART_HOUSE], ids=["fan", "art house"])
def test_a_row_is_about_its_seed(showcase_engine: Engine, ratings: dict[str, float]):
    """Each title shares a trait with the title that heads its row, and no row is about one franchise."""
    dataset = showcase_engine.dataset
    rows = rows_of(showcase_engine, ratings)
    assert rows
    for row in rows:
        places = [dataset.position(item_id) for item_id in row.item_ids]
        assert all(shared_traits(showcase_engine, place, dataset.position(row.seed)) for place in places)
        franchises = Counter(dataset.franchises[places].tolist())
        del franchises[0]
        assert max(franchises.values(), default=0) <= 2


def test_rows_hold_nothing_that_is_merely_famous(showcase_engine: Engine):
    rows = {
        row.seed: set(row.item_ids) for row in rows_of(showcase_engine, {"the-matrix-1999": 5, "spirited-away-2001": 5, "friends-1994": 5})
    }
    assert not rows.get("the-matrix-1999", set()) & {"american-history-x-1998", "the-parallax-view-1974", "niagara-1953"}
    assert not {item_id for item_id in rows.get("spirited-away-2001", set()) if "lord-of-the-rings" in item_id or "fight-club" in item_id}
    assert len({"howls-moving-castle-2004", "princess-mononoke-1997", "my-neighbor-totoro-1988"} & rows["spirited-away-2001"]) >= 2


def test_a_row_needs_four_titles_of_its_own(toy_engine: Engine):
    assert rows_of(toy_engine, {"crime-1": 5, "comedy-1": 1}, filters=Filters.of(exclude=["crime-4"])) == []


def test_rows_offer_only_what_scores_in_the_best_fifth(showcase_engine: Engine):
    visitor = showcase_engine.visitor(FAN)
    scores = visitor.score()
    middle = np.quantile(scores[visitor.candidates()], 0.8)
    shown = [item_id for row in because_rows(visitor) for item_id in row.item_ids]
    assert min(scores[showcase_engine.dataset.position(item_id)] for item_id in shown) >= middle


def test_two_of_a_kind_make_one_row(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """Two crime titles are loved: one row for crime, grown from the one rated last, would leave the other too short."""
    monkeypatch.setattr("recsys_core.visitor.because_rows.WEAK_STARS", 0.5)  # after two ratings little is expected in the toy
    rows = rows_of(toy_engine, {"crime-1": 4, "comedy-1": 1})
    assert [row.seed for row in rows] == ["crime-1"]
    assert set(rows[0].item_ids) == {"crime-2", "crime-3", "crime-4", "crime-new"}


def test_without_descriptions_people_say_what_is_alike():
    """Six people love a–f and hate u–z, six the other way round; each has left one of both out. The titles are stop words."""
    ids = [*"abcdef", *"uvwxyz"]
    given = [
        {"user_id": f"{fan}{left_out}", "item_id": item_id, "rating": 5.0 if (item_id in "abcdef") == (fan == "first") else 1.0}
        for fan in ("first", "second")
        for left_out in range(6)
        for number, item_id in enumerate(ids)
        if number % 6 != left_out
    ]
    engine = Engine.fit(Dataset.from_frames(pd.DataFrame({"item_id": ids, "title": "The"}), pd.DataFrame(given)))
    assert engine.features.nnz == 0
    rows = rows_of(engine, {"a": 5})
    assert [(row.seed, set(row.item_ids)) for row in rows] == [("a", set("bcdef"))]


def test_the_row_with_the_largest_contributions_stands_first(showcase_engine: Engine):
    visitor = showcase_engine.visitor(FAN)
    rows = because_rows(visitor)
    sums = [sum(reason.specific[row.seed] for reason in visitor.explain_all(row.item_ids)) for row in rows]
    assert len(rows) >= 3
    assert sums == sorted(sums, reverse=True)


def test_favourites_take_turns_as_ratings_are_added(showcase_engine: Engine):
    """Nine loved titles, far apart; nine more that are disliked, one after the other: all of the nine have had rows."""
    loved = dict.fromkeys(
        ["breaking-bad-2008", "friends-1994", "planet-earth-2006", "the-crown-2016", "stranger-things-2016",
         "game-of-thrones-2011", "chernobyl-2019", "the-office-2005", "black-mirror-2011"], 5.0
    )  # fmt: skip
    loved = {item_id: stars for item_id, stars in loved.items() if item_id in showcase_engine.dataset.item_index}
    assert len(loved) >= 7
    popular = [line.item_id for line in showcase_engine.recommend({}, 40) if line.item_id not in loved]
    seeds = []
    for n in range(len(loved)):
        ratings = loved | dict.fromkeys(popular[:n], 1.0)
        seeds.append([row.seed for row in rows_of(showcase_engine, ratings)])
    counts = Counter(seed for row in seeds for seed in row)
    assert len(counts) >= len(loved) - 2  # some have no four titles left that are expected to be liked
    assert set(counts) <= set(loved)
    assert max(counts.values()) - min(counts.values()) <= 3
    changes = [before != after for before, after in itertools.pairwise(seeds)]
    assert sum(changes) >= len(changes) - 2  # a favourite without four titles of its own passes its turn on


def test_a_title_just_loved_has_a_row_at_once(showcase_engine: Engine):
    before = FAN | dict.fromkeys([line.item_id for line in showcase_engine.recommend(FAN, 6)], 5)
    assert "planet-earth-2006" in showcase_engine.dataset.item_index
    assert "planet-earth-2006" in [row.seed for row in rows_of(showcase_engine, before | {"planet-earth-2006": 5})]


def test_a_favourite_without_a_row_gives_its_turn_to_the_next(showcase_engine: Engine):
    """So many loved titles of one kind that some have no row of their own: still four rows."""
    sequels = [line.item_id for line in showcase_engine.recommend({"the-godfather-1972": 5}, 20, kind="movie")]
    rows = rows_of(showcase_engine, dict.fromkeys(sequels, 5.0))
    assert len(rows) == MAX_ROWS


def test_shows_and_movies_are_seeds_when_both_are_liked(showcase_engine: Engine):
    shows = ["breaking-bad-2008", "the-wire-2002", "the-sopranos-1999", "mad-men-2007", "fargo-2014"]
    ratings = {"inception-2010": 5.0} | dict.fromkeys([s for s in shows if s in showcase_engine.dataset.item_index], 5.0)
    rows = rows_of(showcase_engine, ratings)
    assert kinds_of(showcase_engine, [row.seed for row in rows]) == {"show", "movie"}


@pytest.mark.parametrize(
    "ratings", [{}, {"titanic-1997": 1}, {"titanic-1997": 2, "friends-1994": 2.5, "alien-1979": 0.5}], ids=["nothing", "one", "many"]
)
def test_without_likes_there_are_no_rows(showcase_engine: Engine, ratings: dict[str, float]):
    assert rows_of(showcase_engine, ratings) == []


def test_popularity_has_no_reasons_and_so_no_rows(showcase_engine: Engine):
    assert rows_of(showcase_engine, FAN, model="popularity") == []


def test_what_is_hidden_is_in_no_row(showcase_engine: Engine):
    before = [item_id for row in rows_of(showcase_engine, FAN) for item_id in row.item_ids]
    hidden = set(before[::2])
    after = {item_id for row in rows_of(showcase_engine, FAN, filters=Filters.of(exclude=hidden)) for item_id in row.item_ids}
    assert after
    assert not after & hidden


def test_nothing_left_to_show(toy_engine: Engine):
    assert rows_of(toy_engine, dict.fromkeys(toy_engine.item_ids.tolist(), 5)) == []
    assert rows_of(toy_engine, {"crime-1": 5}, filters=Filters.of(exclude=toy_engine.item_ids.tolist())) == []


def test_one_liked_title_is_enough_for_a_row(showcase_engine: Engine):
    rows = rows_of(showcase_engine, {"breaking-bad-2008": 5})
    assert [row.seed for row in rows] == ["breaking-bad-2008"]
    assert len(rows[0].item_ids) == 6


def test_rows_are_stable(showcase_engine: Engine):
    assert rows_of(showcase_engine, FAN) == rows_of(showcase_engine, dict(FAN))
