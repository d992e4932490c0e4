"""Would a friend name these titles? The lists of ``benchmarks/friends``, written from knowledge before any model was asked.

They are the first measure of this app, before any measure on held-out ratings: see ``benchmarks/friend_lists.py``. The bars stand a
little below what was measured (``benchmarks/results/friend_lists.md``), so that a change which makes lists worse is seen.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.friend_lists import after_one, pairs, single, tastes
from recsys_core import Engine
from tests.support.fits import SharedFit

SINGLES, PAIRS, REAL = tastes("showcase"), tastes("pairs"), tastes("latest_small")
FRIENDS = {taste["name"]: set(taste["friend"]) for taste in SINGLES}


def test_there_are_enough_lists_and_none_names_what_is_loved_already(showcase_engine: Engine):
    assert len(SINGLES) >= 40
    assert len(PAIRS) >= 40
    assert len(REAL) >= 15
    for taste in [*SINGLES, *REAL]:
        assert not set(taste["loved"]) & set(taste["friend"])
        assert len(taste["friend"]) >= 24
        assert len(taste["loved"]) == 3
    known = set(showcase_engine.item_ids.tolist())
    assert all(set(taste["loved"]) | set(taste["friend"]) <= known for taste in SINGLES)


def test_a_visitor_of_one_taste_gets_what_a_friend_would_name(showcase_engine: Engine):
    named, famous = single(showcase_engine, SINGLES, "hybrid")
    assert named >= 7.9
    assert famous <= 0.3


def test_a_visitor_of_two_tastes_gets_both(showcase_engine: Engine):
    either, lesser, famous = pairs(showcase_engine, PAIRS, FRIENDS, "hybrid")
    assert either >= 8.4
    assert lesser >= 3.1
    assert famous <= 0.3


def test_the_list_after_one_rating_is_about_that_title(showcase_engine: Engine):
    assert after_one(showcase_engine, SINGLES, "hybrid") >= 5.5


def test_the_hybrid_is_not_worse_than_content_alone_and_far_better_than_what_people_rated(showcase_engine: Engine):
    hybrid, content, popular = (single(showcase_engine, SINGLES, model)[0] for model in ("hybrid", "content", "popularity"))
    assert hybrid >= content - 0.3
    assert hybrid >= popular + 6.0


@pytest.mark.parametrize("name", ["Baking and cooking shows", "Nordic noir", "Japanese classics", "British sitcom classics"])
def test_lovers_of_narrow_things_get_them(showcase_engine: Engine, name: str):
    assert single(showcase_engine, [taste for taste in SINGLES if taste["name"] == name], "hybrid")[0] >= 6.0


def test_on_real_ratings_too(movielens_fit: SharedFit):
    latest_small = Engine.load(movielens_fit.folder)
    named, famous = single(latest_small, REAL, "hybrid")
    assert named >= 7.3
    assert famous <= 0.5
    assert np.isfinite(after_one(latest_small, REAL, "hybrid"))
