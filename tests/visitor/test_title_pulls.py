"""Pulls by titles: more like this one, less like that one, and what was watched without stars; the sums stay exact."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Engine
from recsys_core.data.filters import Filters
from recsys_core.data.profile import Profile
from recsys_core.errors import ProfileError
from recsys_core.visitor.influence import influences
from recsys_core.visitor.steering import FAME, UNIT
from recsys_core.visitor.title_pulls import AWAY, OF_TITLE, TOWARDS, seen_name, title_name

RATINGS = {"breaking-bad-2008": 5, "friends-1994": 2, "the-godfather-1972": 4}
LIKE, UNLIKE, WATCHED = "the-great-british-bake-off-2010", "the-wire-2002", "the-sopranos-1999"
STEERING = {title_name(LIKE): 0.2, title_name(UNLIKE): AWAY, seen_name(WATCHED): 1.0, FAME: -1.0}


@pytest.mark.parametrize("model", ["hybrid", "content", "svd", "watched", "popularity"])
@pytest.mark.parametrize("ratings", [RATINGS, {}], ids=["rated", "new"])
def test_sums_stay_exact_and_each_title_is_named_with_its_amount(showcase_engine: Engine, model: str, ratings: dict[str, float]):
    pulled, plain = showcase_engine.visitor(ratings, STEERING), showcase_engine.visitor(ratings, {seen_name(WATCHED): 1.0})
    only_watched = pulled.answering(model) == "watched"
    for line in pulled.recommend(5, model):
        told = pulled.explain(line.item_id, model)
        assert told.baseline + sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-9)
        assert line.score == pytest.approx(told.score, abs=1e-9)
        assert (seen_name(WATCHED) in told.steering) == only_watched
        assert told.steering[title_name(UNLIKE)] <= 0.0 <= told.steering[title_name(LIKE)]
        others = sum(amount for name, amount in told.steering.items() if name != seen_name(WATCHED))
        assert told.score - others == pytest.approx(plain.explain(line.item_id, model).score, abs=1e-9)


def test_the_amount_is_the_one_that_is_written_down(showcase_engine: Engine):
    engine, here = showcase_engine, showcase_engine.dataset.position(LIKE)
    plain = engine.visitor(RATINGS).score()
    cosines = engine.model("content").similarities(here)
    pulled = engine.visitor(RATINGS, {title_name(LIKE): 2.0}).score()
    np.testing.assert_allclose(pulled, plain + UNIT * 2.0 * plain.std() * OF_TITLE * cosines, atol=1e-12)


def test_more_like_one_crime_show_and_less_like_another(toy_engine: Engine):
    def crime_first(amount: float) -> bool:
        return toy_engine.visitor({}, {title_name("crime-1"): amount}).recommend(1)[0].item_id.startswith("crime")

    assert crime_first(1.0)
    assert not crime_first(-1.0)


def test_more_like_three_baking_shows_is_a_list_of_such_shows(showcase_engine: Engine):
    """For a fan of crime, too, and about the list of somebody who has rated nothing else."""
    chosen = [LIKE, "masterchef-australia-2009", "nailed-it-2018"]
    steering = {title_name(item_id): TOWARDS for item_id in chosen}
    pulled = showcase_engine.visitor(RATINGS, steering).recommend(10, filters=Filters.of(exclude=chosen))
    titles = [showcase_engine.dataset.title(showcase_engine.dataset.position(line.item_id)) for line in pulled]
    assert all("Reality" in title.genres for title in titles)
    assert all(line.pull in steering for line in pulled)
    alone = showcase_engine.recommend(dict.fromkeys(chosen, 5), 10)
    assert len({line.item_id for line in pulled} & {line.item_id for line in alone}) >= 5


def test_not_for_me_is_a_weak_dislike(showcase_engine: Engine):
    """It takes what is most like the title down, but less than one star would."""
    engine = showcase_engine
    nearest = engine.similar_items(UNLIKE, 1, "content")[0][0]
    at = engine.dataset.position(nearest)
    plain = engine.visitor(RATINGS).score()
    away = engine.visitor(RATINGS, {title_name(UNLIKE): AWAY}).score()
    one_star = engine.visitor(RATINGS | {UNLIKE: 1.0}).score()
    assert plain[at] - one_star[at] > plain[at] - away[at] > 0.02 * plain.std()


def test_expected_stars_follow_what_was_watched_but_no_pull(showcase_engine: Engine):
    plain = showcase_engine.visitor(RATINGS).predict()
    np.testing.assert_array_equal(showcase_engine.visitor(RATINGS, {title_name(LIKE): 3.0}).predict(), plain)
    assert np.abs(showcase_engine.visitor(RATINGS, {seen_name(WATCHED): 1.0}).predict() - plain).max() > 0.01


def test_influence_is_measured_with_the_pulls(showcase_engine: Engine):
    visitor = showcase_engine.visitor({**RATINGS, "up-2009": 5}, STEERING)
    for model in ("watched", "content"):
        for found in influences(visitor, 5, model):
            others = {item_id: stars for item_id, stars in {**RATINGS, "up-2009": 5}.items() if item_id != found.item_id}
            allowed = visitor.candidates()
            without = showcase_engine.visitor(others, STEERING).best(5, model, allowed)
            assert list(found.lists.after) == showcase_engine.item_ids[without].tolist()


def test_titles_of_other_data_sets_pull_nothing(toy_engine: Engine):
    steering = {title_name("no-such-title"): -1.0, seen_name("nor-this"): 1.0}
    told = toy_engine.visitor({"crime-1": 5}, steering).explain("crime-2", "watched")
    assert told.steering == {}


@pytest.mark.parametrize("amount", [3.5, float("nan"), "2", None], ids=str)
def test_a_pull_is_a_number_within_reach(toy_engine: Engine, amount: object):
    with pytest.raises(ProfileError, match="from -3 to 3"):
        toy_engine.visitor({"crime-1": 5}, {title_name("crime-2"): amount}).score()  # type: ignore[dict-item]


def test_a_title_that_is_rated_is_not_seen_as_well():
    profile = Profile.from_ratings({"a": 5}, {"a": 0, "b": 1}, seen=["a", "b", "b", "c"])
    assert profile.seen.tolist() == [1]
    assert profile.without(0).seen.tolist() == [1]


def test_a_thousand_marks_cost_no_array_each(showcase_engine: Engine):
    """They are kept in low rank: what is drawn of them is computed for the titles that are shown alone."""
    steering = {title_name(item_id): AWAY for item_id in showcase_engine.item_ids[:1000].tolist()}
    visitor = showcase_engine.visitor(RATINGS, steering)
    told = visitor.explain("heat-1995")
    assert len(told.steering) == 1000
    assert told.baseline + sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-9)
    assert visitor.score()[showcase_engine.dataset.position("heat-1995")] == pytest.approx(told.score, abs=1e-9)
