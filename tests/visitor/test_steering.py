"""Steering: a pull moves the list, is shown as what it is, and the sum stays exact."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.filters import Filters
from recsys_core.errors import ProfileError
from recsys_core.visitor.influence import influences
from recsys_core.visitor.quality import best_known, n_best_known
from recsys_core.visitor.steering import COLUMNS, FAME, FAME_STEPS, FULL, MOST, OF_TAG, UNIT, direction, factor_name, strength, tag_name
from tests.support.fits import SharedFit

RATINGS = {"breaking-bad-2008": 5, "friends-1994": 2, "the-godfather-1972": 4}


@pytest.mark.parametrize("model", ["hybrid", "content", "item-knn", "svd", "ease", "popularity"])
@pytest.mark.parametrize("ratings", [RATINGS, {}], ids=["rated", "new"])
def test_sums_stay_exact_and_the_pull_is_shown(showcase_engine: Engine, model: str, ratings: dict[str, float]):
    pulls = {factor_name(0): 1.5, FAME: -1.0, tag_name("keyword", "heist"): -2.0}
    steered, plain = showcase_engine.visitor(ratings, pulls), showcase_engine.visitor(ratings)
    for line in steered.recommend(5, model):
        told, before = steered.explain(line.item_id, model), plain.explain(line.item_id, model)
        assert told.baseline + sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-9)
        assert line.score == pytest.approx(told.score, abs=1e-9)
        alone = steered.answering(model) == "popularity"  # where nothing but fame speaks, a pull along it says nothing
        assert told.steering.keys() == pulls.keys() - ({FAME} if alone else set())
        assert told.baseline - sum(told.steering.values()) == pytest.approx(before.baseline, abs=1e-9)
        assert told.contributions == pytest.approx(before.contributions)
        assert before.steering == {}


def test_moving_a_factor_is_moving_the_visitors_own_vector(showcase_engine: Engine):
    """In ``svd``: score(p + δ) = score(p) + fame · q · δ, exactly."""
    engine, view = showcase_engine, showcase_engine.factors
    plain = engine.visitor(RATINGS).score("svd")  # NaN for the titles that nobody has rated
    steered = engine.visitor(RATINGS, {factor_name(3): 2.0}).score("svd")
    rated = engine.dataset.raters > 0
    spread = (engine.svd.fame_ * view.loadings[:, 3])[rated].std()
    delta = view.rotation[:, 3] * strength(2.0) * UNIT * np.nanstd(plain) / spread
    np.testing.assert_allclose(steered, plain + engine.svd.fame_ * (engine.svd.item_factors_ @ delta), atol=1e-12)


def test_a_factor_pulls_its_end_up(showcase_engine: Engine):
    loadings = showcase_engine.factors.standard()[:, 0]

    def mean_of_list(amount: float) -> float:
        listed = showcase_engine.visitor(RATINGS, {factor_name(0): amount}).recommend(20)
        return float(np.mean([loadings[showcase_engine.dataset.position(line.item_id)] for line in listed]))

    assert mean_of_list(-3.0) < mean_of_list(0.0) < mean_of_list(3.0)


@pytest.mark.parametrize(("kind", "tag"), [("keyword", "heist"), ("genre", "Horror")])
def test_more_of_this_and_less_of_that(showcase_engine: Engine, kind: str, tag: str):
    members = set(showcase_engine.item_ids[showcase_engine.dataset.tags(COLUMNS[kind]).members(tag)])

    def listed(amount: float) -> int:
        return len(members & {line.item_id for line in showcase_engine.visitor(RATINGS, {tag_name(kind, tag): amount}).recommend(20)})

    assert listed(2.0) > listed(0.0)
    assert listed(-2.0) == 0


CRIME = ("the-wire-2002", "breaking-bad-2008", "the-sopranos-1999", "the-godfather-1972", "goodfellas-1990")
MIXED = {"the-great-british-bake-off-2010": 5.0, "spirited-away-2001": 5.0, "the-matrix-1999": 4.0, "friends-1994": 2.0, "alien-1979": 4.0}
TAGS = (
    *(("genre", genre) for genre in ("Horror", "Romance", "Anime", "Western", "Sitcom", "Documentary")),
    *(("keyword", word) for word in ("heist", "dragons", "werewolves", "adultery", "journalism", "horror comedy", "music industry")),
)


def twenty(engine: Engine) -> dict[str, float]:
    """Five-star ratings of the best-known titles, every fourth of them."""
    return {str(engine.item_ids[position]): 5.0 for position in engine.dataset.by_popularity[:80:4]}


@pytest.fixture(params=["nobody", "fan of crime", "mixed", "twenty"])
def profile(request: pytest.FixtureRequest, showcase_engine: Engine) -> dict[str, float]:
    by_name = {"nobody": {}, "fan of crime": dict.fromkeys(CRIME, 5.0), "mixed": MIXED, "twenty": twenty(showcase_engine)}
    return by_name[request.param]


def check_pulled_factors(engine: Engine, profile: dict[str, float]) -> None:
    """Of that kind is what lies further towards that end than four in five well-known titles."""
    view = engine.factors
    low, high = np.quantile(view.loadings[view.known], [0.2, 0.8], axis=0)
    for factor in range(len(view)):
        for amount in (-MOST, MOST):
            listed = engine.visitor(profile, {factor_name(factor): amount}).recommend(10)
            loadings = view.loadings[[engine.dataset.position(line.item_id) for line in listed], factor]
            of_kind = loadings <= low[factor] if amount < 0 else loadings >= high[factor]
            assert of_kind.sum() >= 5, (factor, amount)


def check_pulled_tag(engine: Engine, profile: dict[str, float], kind: str, tag: str) -> None:
    members = set(engine.item_ids[engine.dataset.tags(COLUMNS[kind]).members(tag)])
    listed = {line.item_id for line in engine.visitor(profile, {tag_name(kind, tag): MOST}).recommend(10)}
    assert len(members & listed) >= 5, tag


def test_a_full_pull_on_a_factor_brings_five_of_ten_of_that_kind(showcase_engine: Engine, profile: dict[str, float]):
    check_pulled_factors(showcase_engine, profile)


def test_so_it_does_on_real_ratings(movielens_fit: SharedFit):
    engine = Engine.load(movielens_fit.folder)
    for profile in ({}, twenty(engine)):
        check_pulled_factors(engine, profile)
        for genre in ("Horror", "Romance", "Western", "Documentary", "Musical", "Film-Noir"):
            check_pulled_tag(engine, profile, "genre", genre)


def test_a_full_pull_on_a_keyword_or_genre_brings_five_of_ten_that_have_it(showcase_engine: Engine, profile: dict[str, float]):
    for kind, tag in TAGS:
        check_pulled_tag(showcase_engine, profile, kind, tag)


def test_full_pulls_in_two_directions_add_up_exactly(showcase_engine: Engine):
    steered = showcase_engine.visitor(dict.fromkeys(CRIME, 5.0), {factor_name(2): -MOST, tag_name("keyword", "dragons"): MOST})
    unit = UNIT * showcase_engine.visitor(dict.fromkeys(CRIME, 5.0)).score().std()
    for line in steered.recommend(10):
        told = steered.explain(line.item_id)
        assert told.baseline + sum(told.contributions.values()) == pytest.approx(told.score, abs=1e-9)
        at = showcase_engine.dataset.position(line.item_id)
        for name, amount in steered.steering.items():
            assert told.steering[name] == pytest.approx(strength(amount) * unit * direction(showcase_engine, name)[at], abs=1e-9)


def test_small_pulls_are_in_proportion_and_full_ones_stronger():
    assert strength(0.0) == 0.0
    assert strength(MOST) == MOST * FULL
    assert strength(0.25) == pytest.approx(0.25, rel=0.02)  # what an answer of the quick start is
    assert strength(-1.5) == -strength(1.5)


def test_expected_stars_do_not_move(showcase_engine: Engine):
    steered = showcase_engine.visitor(RATINGS, {factor_name(0): 3.0})
    np.testing.assert_array_equal(steered.predict(), showcase_engine.visitor(RATINGS).predict())


def test_a_pull_of_zero_is_none(showcase_engine: Engine):
    assert showcase_engine.visitor(RATINGS, {factor_name(0): 0.0}).explain("fargo-2014").steering == {}


@pytest.mark.parametrize(
    "steering",
    [{"factor:99": 1.0}, {"factor:-1": 1.0}, {"factor:x": 1.0}, {"keyword:": 1.0}, {"keyword:no such": 1.0}, {"mood:sad": 1.0}, {"": 1.0}],
    ids=str,
)
def test_what_is_not_there_cannot_be_pulled(showcase_engine: Engine, steering: dict[str, float]):
    with pytest.raises(ProfileError, match="no such thing"):
        showcase_engine.visitor(RATINGS, steering).score()


@pytest.mark.parametrize("amount", [3.5, -4, float("nan"), float("inf"), "2", None], ids=str)
def test_a_pull_is_a_number_within_reach(showcase_engine: Engine, amount: object):
    with pytest.raises(ProfileError, match="from -3 to 3"):
        showcase_engine.visitor(RATINGS, {"factor:0": amount}).score()  # type: ignore[dict-item]


def test_directions(showcase_engine: Engine):
    rated = showcase_engine.dataset.raters > 0
    assert direction(showcase_engine, factor_name(2))[rated].std() == pytest.approx(1.0)
    heist = direction(showcase_engine, tag_name("keyword", "heist"))
    assert set(np.unique(heist)) == {0.0, OF_TAG}


# Well known or hidden gems


def test_fame_is_standardised_popularity_and_unknown_where_nobody_rated(toy_engine: Engine, showcase_engine: Engine):
    for engine in (toy_engine, showcase_engine):
        rated = engine.dataset.raters > 0
        known = direction(engine, FAME)
        np.testing.assert_allclose(known[rated], engine.baseline.popularity[rated])
        assert (known[~rated] == 0.0).all()
        assert (~rated).any()


def test_without_ratings_the_titles_own_fame_counts(toy: Dataset):
    items = toy.items.assign(fame=np.arange(toy.n_items, dtype=float))
    engine = Engine.fit(Dataset.from_frames(items, None, name="silent"))
    assert np.argsort(direction(engine, FAME)).tolist() == list(range(toy.n_items))
    assert best_known(engine).tolist() == [toy.n_items - 1]


def test_the_pull_adds_what_it_says(showcase_engine: Engine):
    plain = showcase_engine.visitor(RATINGS).score()
    pulled = showcase_engine.visitor(RATINGS, {FAME: -1.5}).score()
    best = np.sort(plain)[::-1]
    np.testing.assert_allclose(pulled, plain - 1.5 * (best[10] - best[60]) * direction(showcase_engine, FAME))


def test_a_catalogue_of_nine_can_be_pulled_too(toy_engine: Engine):
    for model in ("hybrid", "svd", "popularity"):
        plain, pulled = (toy_engine.visitor({"crime-1": 5}, steering).score(model) for steering in ({}, {FAME: 1.0}))
        known = ~np.isnan(plain)
        np.testing.assert_array_equal(np.isnan(pulled), ~known)
        assert np.isfinite(pulled[known]).all()


def test_the_influence_of_a_rating_knows_the_pull(showcase_engine: Engine):
    """Leaving a rating out is the same as never having given it, whatever is asked for."""
    steering = {FAME: -0.5, tag_name("genre", "Crime"): 1.0}
    for found in influences(showcase_engine.visitor(RATINGS, steering), n=10):
        others = {item_id: stars for item_id, stars in RATINGS.items() if item_id != found.item_id}
        without = showcase_engine.visitor(others, steering).recommend(10, filters=Filters.of(exclude=[found.item_id]))
        assert found.lists.after == tuple(line.item_id for line in without)


def test_steps_go_from_well_known_to_little_known():
    assert list(FAME_STEPS) == [2, 1, 0, -1, -2]
    assert FAME_STEPS[0] == 0.0
    assert list(FAME_STEPS.values()) == sorted(FAME_STEPS.values(), reverse=True)


def test_each_step_changes_the_list_and_keeps_the_taste(showcase_engine: Engine):
    """Over eight tastes: some of the ten titles are exchanged at each step, not all, and fewer and fewer of them are well known."""
    tastes = [
        ("the-wire-2002", "breaking-bad-2008", "the-sopranos-1999"),
        ("friends-1994", "seinfeld-1989", "the-office-2005"),
        ("spirited-away-2001", "princess-mononoke-1997", "akira-1988"),
        ("alien-1979", "the-thing-1982", "the-exorcist-1973"),
        ("the-godfather-1972", "goodfellas-1990", "casino-1995"),
        ("notting-hill-1999", "when-harry-met-sally-1989", "titanic-1997"),
        ("toy-story-1995", "shrek-2001", "monsters-inc-2001"),
        ("the-matrix-1999", "inception-2010", "blade-runner-1982"),
    ]
    lists = {
        step: [
            [line.item_id for line in showcase_engine.visitor(dict.fromkeys(loved, 5.0), {FAME: amount}).recommend(10)] for loved in tastes
        ]
        for step, amount in FAME_STEPS.items()
    }
    for step in (2, 1, 0, -1):
        pairs = zip(lists[step], lists[step - 1], strict=True)
        changed = np.mean([len(set(one) - set(other)) for one, other in pairs])
        assert 1.0 <= changed <= 5.0, step
    known = [np.mean([n_best_known(showcase_engine, ids) for ids in lists[step]]) for step in (2, 1, 0, -1, -2)]
    assert known == sorted(known, reverse=True)
    features = showcase_engine.features

    def fit(step: int) -> float:
        """Mean cosine of the listed titles with the loved ones."""
        places = [[showcase_engine.dataset.position(i) for i in ids] for ids in lists[step]]
        loved = [[showcase_engine.dataset.position(i) for i in ids] for ids in tastes]
        return float(np.mean([(features[one] @ features[two].T).mean() for one, two in zip(places, loved, strict=True)]))

    assert fit(-2) > 0.8 * fit(0)
    assert fit(2) > 0.5 * fit(0)
