"""How others rated a title, counted by eye on the toy and by plain loops on the showcase."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import UserKNN
from recsys_core.visitor.opinions import N_ALIKE, Opinions, opinions
from recsys_core.visitor.why import reasons


def asked(engine: Engine, ratings: dict[str, float], item_id: str) -> Opinions:
    return reasons(engine.visitor(ratings), item_id).opinions


def test_three_fans_are_alike_and_three_foes_are_not(toy_engine: Engine) -> None:
    found = asked(toy_engine, {"crime-1": 5, "comedy-1": 1}, "crime-4")
    assert found.everybody.tolist() == [3, 0, 0, 0, 3]
    # cop-1 and clown-1 rated neither title; the other cops that rated crime-4 are number 2 and 3.
    assert found.alike.tolist() == [0, 0, 0, 0, 2]
    assert found.n_compared == 6


def test_for_the_other_taste_the_others_are_alike(toy_engine: Engine) -> None:
    assert asked(toy_engine, {"crime-1": 1, "comedy-1": 5}, "crime-4").alike.tolist() == [2, 0, 0, 0, 0]


def test_how_the_visitor_rated_the_title_itself_finds_nobody(toy_engine: Engine) -> None:
    found = asked(toy_engine, {"crime-4": 5}, "crime-4")
    assert found.everybody.sum() == 6
    assert found.alike.sum() == 0


def test_a_title_without_raters_has_no_opinions(toy_engine: Engine) -> None:
    found = asked(toy_engine, {"crime-1": 5}, "crime-new")
    assert found.everybody.tolist() == found.alike.tolist() == [0, 0, 0, 0, 0]
    assert found.n_compared == 0


def test_who_rated_only_what_nobody_rated_is_like_nobody(toy_engine: Engine) -> None:
    assert asked(toy_engine, {"crime-new": 5}, "crime-4").alike.sum() == 0


def test_data_without_ratings(toy: Dataset) -> None:
    silent = Dataset.from_frames(toy.items, None)
    profile = Profile.from_ratings({"crime-1": 5}, silent.item_index)
    found = opinions(silent, None, profile, 3)
    assert (found.everybody.sum(), found.alike.sum(), found.n_compared) == (0, 0, 0)


@pytest.mark.parametrize(("stars", "bar"), [(0.5, 0), (1, 0), (1.5, 0), (2, 1), (2.5, 1), (3, 2), (3.5, 2), (4, 3), (4.5, 3), (5, 4)])
def test_each_rating_falls_into_its_bar(stars: float, bar: int) -> None:
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["a", "b"], "rating": [stars, 3.0]})
    found = opinions(Dataset.from_frames(items, ratings), None, Profile.from_ratings({}, {}), 0)
    assert found.everybody.tolist() == [int(place == bar) for place in range(5)]


def test_generous_people_are_like_a_generous_visitor() -> None:
    """Two people rate as the visitor does, one a star higher throughout; all agree on which title is the better one."""
    items = pd.DataFrame({"item_id": list("abcd"), "title": list("ABCD")})
    given = {"mild": (4, 5, 5, 5), "other": (4, 5, 5, 4), "stern": (1, 2, 2, 2), "strict": (1, 2, 2, 1)}
    rows = [(person, item_id, float(stars)) for person, row in given.items() for item_id, stars in zip("abcd", row, strict=True)]
    engine = Engine.fit(Dataset.from_frames(items, pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])))
    assert asked(engine, {"a": 4, "b": 5}, "d").alike.tolist() == [0, 0, 0, 1, 1]
    assert asked(engine, {"a": 1, "b": 2}, "d").alike.tolist() == [1, 1, 0, 0, 0]


def test_on_the_showcase_the_most_alike_raters_are_counted(showcase_engine: Engine) -> None:
    """The same by plain loops."""
    dataset, model = showcase_engine.dataset, showcase_engine.model("user-knn")
    assert isinstance(model, UserKNN)
    rng = np.random.default_rng(3)
    rated = rng.choice(dataset.n_items, 30, replace=False)
    item = int(dataset.raters.argmax())
    profile = Profile(rated[rated != item], rng.integers(1, 11, (rated != item).sum()) / 2)
    found = opinions(dataset, model, profile, item)

    own = dict(zip(profile.items.tolist(), profile.stars - model.baseline_.mean - model.baseline_.item_bias[profile.items], strict=True))
    alike, everybody = [], np.zeros(5, dtype=int)
    for user in range(dataset.n_users):
        row = slice(*dataset.ratings.indptr[user : user + 2])
        given = dict(zip(dataset.ratings.indices[row].tolist(), dataset.ratings.data[row].astype(float).tolist(), strict=True))
        if item not in given:
            continue
        everybody[max(int(given[item]), 1) - 1] += 1
        shared = [(given[i] - model.baseline_.mean - model.baseline_.item_bias[i], own[i]) for i in own if i in given]
        likeness = sum(theirs * mine for theirs, mine in shared) / (sum(theirs**2 for theirs, _ in shared) + model.shrinkage)
        alike.append((-round(likeness, 9), len(alike), given[item]))
    expected = np.zeros(5, dtype=int)
    for likeness, _, stars in sorted(alike)[:N_ALIKE]:
        assert likeness < 0
        expected[max(int(stars), 1) - 1] += 1
    assert found.everybody.tolist() == everybody.tolist()
    assert found.alike.tolist() == expected.tolist()
    assert found.alike.sum() == N_ALIKE


def test_of_very_many_raters_some_are_drawn(showcase_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys_core.visitor.opinions.MOST_COMPARED", 100)
    best_known = int(showcase_engine.dataset.raters.argmax())
    ratings = {str(item_id): 4.0 for item_id in showcase_engine.item_ids[:40]}
    found = asked(showcase_engine, ratings, str(showcase_engine.item_ids[best_known]))
    assert found.n_compared == 100
    assert found.everybody.sum() == showcase_engine.dataset.raters[best_known] > 100
    assert 0 < found.alike.sum() <= 50


def test_people_like_the_visitor_agree_with_the_visitor(showcase_engine: Engine) -> None:
    """Three hundred people are held out: what people like them gave to a hidden title is nearer to their own stars than the mean."""
    whole, model = showcase_engine.dataset, showcase_engine.model("user-knn")
    assert isinstance(model, UserKNN)
    rest = whole.of_users(np.arange(300, whole.n_users))
    middle = np.array([1.0, 2.25, 3.25, 4.25, 5.0])
    rng = np.random.default_rng(0)
    errors = []
    for user in range(300):
        row = slice(*whole.ratings.indptr[user : user + 2])
        order = rng.permutation(row.stop - row.start)
        items, stars = whole.ratings.indices[row][order].astype(np.int64), whole.ratings.data[row][order].astype(np.float64)
        for hidden in range(3):
            found = opinions(rest, model, Profile(items[3:53], stars[3:53]), int(items[hidden]))
            if found.alike.sum() == N_ALIKE:
                errors.append([abs(counts @ middle / counts.sum() - stars[hidden]) for counts in (found.alike, found.everybody)])
    assert len(errors) > 800
    alike, everybody = np.mean(errors, axis=0)
    assert alike < everybody - 0.05
