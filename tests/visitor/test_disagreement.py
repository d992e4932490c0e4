"""Titles on which content and viewers point apart: in a toy where two titles are not what their words say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.errors import UnknownModelError
from recsys_core.visitor.contested import contested_titles, viewers_model

LOVES_CRIME = {"crime-1": 5.0, "crime-2": 5.0, "comedy-1": 1.0}
LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}


@pytest.fixture(scope="module")
def swapped(toy: Dataset) -> Engine:
    """The toy, but crime-4 is described as a comedy and comedy-4 as a crime story; who rates what stays."""
    items = toy.items.set_index("item_id")
    described = ["genres", "keywords", "text"]
    items.loc[["crime-4", "comedy-4"], described] = items.loc[["comedy-4", "crime-4"], described].to_numpy()
    items.loc["comedy-3", "keywords"] += "|detective"  # or it would be as far from crime as the swapped one: a tie
    ratings = toy.ratings.tocoo()
    rows = pd.DataFrame({"user_id": toy.user_ids[ratings.row], "item_id": toy.item_ids[ratings.col], "rating": ratings.data})
    sure = {"crime-1": 5, "crime-2": 5, "crime-4": 5, "comedy-1": 1, "comedy-4": 1}  # to all others, titles of a kind are one
    rows = pd.concat([rows, pd.DataFrame([("sure", item, stars) for item, stars in sure.items()], columns=rows.columns)])
    return Engine.fit(Dataset.from_frames(items.reset_index(), rows, name="swapped", description="Made up for tests."))


@pytest.fixture(scope="module")
def unrated(toy: Dataset) -> Engine:
    return Engine.fit(Dataset.from_frames(toy.items, None, name="bare"))


@pytest.mark.parametrize("model", ["svd", "item-knn"])
def test_the_two_mislabelled_titles_are_found(swapped: Engine, model: str):
    found = contested_titles(swapped.visitor(LOVES_CRIME), model=model)
    assert [title.item_id for title in found.content_says] == ["comedy-4"]
    assert [title.item_id for title in found.viewers_say] == ["crime-4"]
    assert (found.n_compared, found.n_unrated) == (5, 1)  # crime-new has no raters


def test_the_reasons_are_those_of_the_models(swapped: Engine):
    visitor = swapped.visitor(LOVES_CRIME)
    title = contested_titles(visitor).content_says[0]
    assert title.content.moved_by in {"crime-1", "crime-2"}
    assert title.content.amount > 0
    assert (title.viewers.moved_by, title.viewers.amount < 0) == ("comedy-1", True)
    assert {word.split(":")[0] for word in title.words} <= {"genres", "keywords", "text", "decade"}
    assert any("crime" in word or "murder" in word or "detective" in word for word in title.words)
    assert title.raters == 7
    amounts = visitor.explain("comedy-4", "svd").contributions
    assert max(amounts, key=lambda rated: abs(amounts[rated])) == title.viewers.moved_by


def test_where_viewers_are_keener_the_words_speak_against(swapped: Engine):
    visitor = swapped.visitor(LOVES_CRIME)
    title = contested_titles(visitor).viewers_say[0]
    assert title.gap < 0 < title.viewers.amount
    _, amounts = swapped.model("content").word_contributions(visitor.profile, swapped.dataset.position("crime-4"))
    assert title.words
    assert all(amounts[word] < 0 for word in title.words)


def test_where_words_and_viewers_agree_nothing_is_contested(toy_engine: Engine):
    found = contested_titles(toy_engine.visitor(LOVES_CRIME))
    assert found.content_says == found.viewers_say == ()


@pytest.mark.parametrize("model", ["svd", "item-knn"])
def test_the_widest_gaps_of_the_showcase(showcase_engine: Engine, model: str):
    visitor = showcase_engine.visitor(LIKED)
    found = contested_titles(visitor, 4, model)
    assert [len(found.content_says), len(found.viewers_say)] == [4, 4]
    scores = [visitor.score(name) for name in ("content", model)]
    both = visitor.candidates() & ~np.isnan(scores[0]) & ~np.isnan(scores[1])
    assert found.n_compared == both.sum()
    shares = [(score[both][:, None] > score[both][None, :]).sum(axis=1) / (both.sum() - 1) for score in scores]
    gaps = dict(zip(showcase_engine.item_ids[both].tolist(), shares[0] - shares[1], strict=True))
    for side, extreme in ((found.content_says, max), (found.viewers_say, min)):
        assert side[0].gap == pytest.approx(extreme(gaps.values()), abs=0.01)  # equal scores stand in the order of their ids
        assert [abs(title.gap) for title in side] == sorted((abs(title.gap) for title in side), reverse=True)
        for title in side:
            assert title.gap == pytest.approx(title.content.percentile - title.viewers.percentile)
            assert title.item_id not in LIKED


def test_hidden_titles_are_not_shown(showcase_engine: Engine):
    visitor = showcase_engine.visitor(LIKED)
    hidden = contested_titles(visitor).content_says[0].item_id
    assert hidden not in {title.item_id for title in contested_titles(visitor, 10, exclude=[hidden]).content_says}


def test_a_visitor_without_ratings_gets_no_disagreement(toy_engine: Engine):
    found = contested_titles(toy_engine.visitor({}))
    assert (found.content_says, found.viewers_say, found.n_unrated) == ((), (), 1)


def test_where_nobody_has_rated_there_is_no_viewers_model(unrated: Engine, toy_engine: Engine):
    assert viewers_model(unrated.visitor(LOVES_CRIME)) is None
    assert viewers_model(toy_engine.visitor({})) == "svd"
    with pytest.raises(UnknownModelError):
        contested_titles(unrated.visitor(LOVES_CRIME))


def test_everything_rated(toy_engine: Engine):
    found = contested_titles(toy_engine.visitor(dict.fromkeys(toy_engine.item_ids.tolist(), 4.0)))
    assert (found.content_says, found.viewers_say, found.n_compared, found.n_unrated) == ((), (), 0, 0)
