"""What to ask next: gains against the definition, chances that follow the answers, batches that do not repeat themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.errors import DataError
from recsys_core.factors.rate_next import RateNext

NOTHING = Profile.from_ratings({}, {})


@pytest.fixture(scope="module")
def toy_asker(toy: Dataset, toy_engine: Engine) -> RateNext:
    return RateNext.fit(toy, toy_engine.svd, toy_engine.hybrid)


@pytest.fixture(scope="module")
def asker(showcase_engine: Engine) -> RateNext:
    return showcase_engine.rate_next


def profile(engine: Engine, ratings: dict[str, float]) -> Profile:
    return Profile.from_ratings(ratings, engine.dataset.item_index)


def test_the_gain_is_the_fall_of_the_weighted_variance(asker: RateNext, showcase_engine: Engine):
    """Against the definition: invert with and without the title, and add up all titles' variances."""
    dataset, factors = showcase_engine.dataset, showcase_engine.svd.item_factors_
    liked = np.bincount(dataset.ratings.indices[dataset.ratings.data >= 4], minlength=dataset.n_items) / dataset.n_users
    rated = factors[profile(showcase_engine, {"breaking-bad-2008": 5, "friends-1994": 2}).items]
    precision = rated.T @ rated + asker.alpha * np.eye(factors.shape[1])
    gains = asker.gains(np.linalg.inv(precision))

    def variance(inverse: np.ndarray) -> float:
        return float(liked @ np.einsum("ij,jk,ik->i", factors, np.linalg.inv(inverse), factors))

    for place in (0, 17, 300):
        title = factors[asker.candidates[place]]
        assert gains[place] == pytest.approx(variance(precision) - variance(precision + np.outer(title, title)), rel=1e-8)


def test_an_answer_lowers_every_later_gain(asker: RateNext):
    before = np.eye(asker._asked.shape[1]) / asker.alpha
    move = before @ asker._asked[0]
    after = before - np.outer(move, move) / (1 + asker._asked[0] @ move)
    assert asker.gains(after)[0] < asker.gains(before)[0]


def test_chances_start_from_the_share_who_rated_and_follow_the_answers(asker: RateNext):
    none = np.array([], dtype=int)
    np.testing.assert_allclose(asker.chances(none, none), np.clip(asker.share, 0.02, 1))
    told = asker.candidates[:1]
    likest = 1 + int(np.argmax(asker.covariance[0, 1:]))  # people who know the first title know this one too
    known, unknown = asker.chances(told, none), asker.chances(none, told)
    assert unknown[likest] < asker.share[likest] < known[likest]
    assert ((known >= 0.02) & (known <= 1)).all()


def test_toy_asks_every_title_that_somebody_knows_once(toy: Dataset, toy_engine: Engine, toy_asker: RateNext):
    questions = toy_asker.ask(profile(toy_engine, {"crime-1": 5}), 7, view=toy_engine.factors)
    asked = [str(toy.item_ids[question.item]) for question in questions]
    assert len(set(asked)) == 7  # every title but the rated one and the one that nobody has rated
    assert not {"crime-1", "crime-new"} & set(asked)
    assert all(question.share == 6 / 8 for question in questions)


def test_nothing_rated_unseen_or_excluded_is_asked(asker: RateNext, showcase_engine: Engine):
    first = [question.item for question in asker.ask(NOTHING, 4)]
    rated = Profile(np.array(first[:1]), np.array([4.0]))
    later = {question.item for question in asker.ask(rated, 20, not_seen=first[1:2], exclude=first[2:])}
    assert len(later) == 20
    assert not later & set(first)


def test_a_batch_is_more_diverse_than_the_best_single_questions(asker: RateNext, showcase_engine: Engine):
    def likeness(items: list[int]) -> float:
        rows = showcase_engine.svd.item_factors_[items]
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return float((rows @ rows.T)[np.triu_indices(len(items), 1)].mean())

    gains = asker.gains(np.eye(asker._asked.shape[1]) / asker.alpha)
    value = np.maximum(asker.share, 0.02) ** asker.boldest * asker.worth**2 * gains**1.5
    single = asker.candidates[np.argsort(-value)[:8]].tolist()
    batch = [question.item for question in asker.ask(NOTHING, 8)]
    assert batch[0] == single[0]
    assert likeness(batch) < likeness(single)


def test_the_reason_names_the_factor_that_moves_most(asker: RateNext, showcase_engine: Engine):
    view = showcase_engine.factors
    (question,) = asker.ask(NOTHING, 1, view=view)
    assert question.factor == int(np.abs(view.turned(showcase_engine.svd.item_factors_[question.item])).argmax())
    assert asker.ask(NOTHING, 1)[0].factor is None


@pytest.mark.parametrize("n", [0, 100_000])
def test_any_number_may_be_asked_for(asker: RateNext, n: int):
    assert len(asker.ask(NOTHING, n)) == min(n, len(asker.candidates))


def test_bad_input(asker: RateNext, toy_frames: tuple[pd.DataFrame, pd.DataFrame], toy_engine: Engine):
    with pytest.raises(ValueError, match="negative"):
        asker.ask(NOTHING, -1)
    unrated = Dataset.from_frames(toy_frames[0], None)
    with pytest.raises(DataError, match="nobody has rated"):
        RateNext.fit(unrated, toy_engine.svd, toy_engine.hybrid)
