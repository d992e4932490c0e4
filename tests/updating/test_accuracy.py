"""On real ratings: what an engine that was brought up to date expects of the next ratings, beside a whole fit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.profile import Profile
from recsys_core.models import Hybrid
from recsys_core.updating.update import update
from tests.updating.conftest import ratings_of, until

NEXT = 0.1
"""The newest tenth of the ratings is to be predicted; the tenth before it is what is added."""
WORSE_RMSE, WORSE_NDCG, SHARED = 0.005, 0.95, 0.75
"""In stars, as a share, and the share of twenty titles. Measured: 0.0012, 1.035, 0.81; without the update 0.008, 1.05, 0.79."""


@pytest.fixture(scope="module")
def now(movielens: Dataset) -> Dataset:
    return until(movielens, 1 - NEXT)


@pytest.fixture(scope="module")
def whole(now: Dataset) -> Engine:
    return Engine.fit(now, factors=False)


@pytest.fixture(scope="module")
def then(movielens: Dataset) -> Engine:
    return Engine.fit(until(movielens, 1 - 2 * NEXT), factors=False)


@pytest.fixture(scope="module")
def updated(then: Engine, now: Dataset) -> Engine:
    return update(then, now).engine


def asked(movielens: Dataset) -> Iterator[tuple[Profile, np.ndarray, np.ndarray]]:
    """Each person's ratings until the middle of what they rate next, and the titles and stars of the rest."""
    ratings = ratings_of(movielens)
    start = round((1 - NEXT) * len(ratings))
    for person, own in ratings.iloc[start:].groupby("user_id"):
        if len(own) >= 10:
            before = ratings.iloc[:start]
            given = [*before[before["user_id"] == person].itertuples(), *own.iloc[: len(own) // 2].itertuples()]
            profile = Profile.from_ratings({row.item_id: row.rating for row in given[-200:]}, movielens.item_index)
            rest = own.iloc[len(own) // 2 :]
            yield profile, np.array([movielens.item_index[item] for item in rest["item_id"]]), rest["rating"].to_numpy()


def first(model: Hybrid, profile: Profile, n: int) -> np.ndarray:
    scores = np.nan_to_num(model.score(profile), nan=-np.inf)
    scores[profile.items] = -np.inf
    return np.argsort(-scores, kind="stable")[:n]


def test_the_next_ratings_are_expected_as_well(movielens: Dataset, updated: Engine, whole: Engine, then: Engine):
    errors: dict[str, list[np.ndarray]] = {"updated": [], "whole": [], "then": []}
    quality: dict[str, list[float]] = {"updated": [], "whole": []}
    for profile, titles, stars in asked(movielens):
        for name, engine in (("updated", updated), ("whole", whole), ("then", then)):
            errors[name].append(engine.hybrid.predict_at(profile, titles) - stars)
        relevant = titles[stars >= 4]
        for name, engine in (("updated", updated), ("whole", whole)):
            if len(relevant):
                quality[name].append(float(ndcg_at_k(np.isin(first(engine.hybrid, profile, 10), relevant), 10, len(relevant))))
    rmse = {name: float(np.sqrt((np.concatenate(parts) ** 2).mean())) for name, parts in errors.items()}
    assert rmse["updated"] < rmse["whole"] + WORSE_RMSE < rmse["then"] + WORSE_RMSE
    assert np.mean(quality["updated"]) > WORSE_NDCG * np.mean(quality["whole"])


def test_lists_are_nearly_those_of_a_whole_fit(movielens: Dataset, updated: Engine, whole: Engine):
    """With the same weights: a whole fit learns these anew on other held-out people, and that moves lists as much."""
    weights = {name: updated.hybrid.state()[name] for name in ("mixed_", "usual_companionship_")}
    parts = [whole.model(name) for name in whole.hybrid.parts]
    same = Hybrid(parts, weights=whole.hybrid.weights, refit_parts=False).restore(whole.baseline, whole.hybrid.state() | weights)
    shared = [len(np.intersect1d(first(updated.hybrid, profile, 20), first(same, profile, 20))) for profile, *_ in asked(movielens)]
    assert np.mean(shared) > SHARED * 20
