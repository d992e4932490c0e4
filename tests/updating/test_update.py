"""An engine that was brought up to date: what is that of a whole fit, what stays, and that it says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.dataset import Totals
from recsys_core.errors import DataError
from recsys_core.models.baseline import Baseline
from recsys_core.models.content import Content
from recsys_core.models.item_knn import ItemKNN
from recsys_core.updating.update import Update, update
from tests.updating.conftest import newest, ratings_of, until

RATINGS = {"t003": 5.0, "t005": 4.0, "t008": 1.0, "t020": 2.0, "new-1": 4.5}
AS_OF_FIT = {"ease", "svd", "gp", "watched", "user-knn", "als", "nmf"}


@pytest.fixture(scope="module")
def now(audience: Dataset) -> Dataset:
    """Ten more people, two new titles: one that they have rated, one that nobody has."""
    more = audience.items.iloc[:2].assign(item_id=["new-1", "new-2"], title=["One", "Two"], genres=["Crime|Drama", "Comedy"])
    old = ratings_of(audience)
    rows = [(f"q{person}", item, 5.0, 2e9 + person) for person in range(10) for item in ("new-1", f"t00{person}", "t003")[: 2 + person % 2]]
    added = pd.DataFrame(rows, columns=old.columns).drop_duplicates(["user_id", "item_id"])
    return Dataset.from_frames(pd.concat([audience.items, more]), pd.concat([old, added]), name="now")


@pytest.fixture(scope="module")
def engine(audience: Dataset) -> Engine:
    return Engine.fit(audience)


@pytest.fixture(scope="module")
def found(engine: Engine, now: Dataset) -> Update:
    return update(engine, now)


@pytest.fixture(scope="module")
def updated(found: Update) -> Engine:
    return found.engine


def test_counts_and_biases_are_those_of_a_whole_fit(updated: Engine, now: Dataset):
    whole = Baseline.fit(now)
    for name, array in whole.state().items():  # to the last bit; the titles are in the same order here
        np.testing.assert_array_equal(updated.baseline.state()[name], array)
    np.testing.assert_array_equal(updated.dataset.raters, now.raters)
    assert updated.dataset.item_ids.tolist() == now.item_ids.tolist()
    assert updated.dataset.key == now.key


def test_models_that_follow_are_those_of_a_whole_fit(updated: Engine, now: Dataset):
    content, item_knn = updated.model("content"), updated.model("item-knn")
    pairs = ((content, Content().fit(now), 1e-12), (item_knn, ItemKNN().fit(now, Baseline.fit(now)), 1e-3))
    for mine, whole, tolerance in pairs:
        profile = updated.visitor(RATINGS).profile
        np.testing.assert_allclose(mine.score(profile), whole.score(profile), rtol=0, atol=tolerance)
        np.testing.assert_allclose(mine.predict(profile), whole.predict(profile), rtol=0, atol=tolerance)


def test_new_titles_are_scored_by_those_who_know_them(updated: Engine):
    rated, unrated = updated.dataset.position("new-1"), updated.dataset.position("new-2")
    visitor = {name: stars for name, stars in RATINGS.items() if name != "new-1"}
    for name in updated.models:
        scores, stars = updated.score(visitor, name), updated.predict(visitor, name)
        assert np.isnan(scores[rated]) == np.isnan(stars[rated]) == (name in AS_OF_FIT), name
        assert np.isnan(scores[unrated]) == (name in AS_OF_FIT or name == "item-knn"), name
    assert np.isfinite(updated.score(visitor)).all()
    assert np.isfinite(updated.predict(visitor)).all()
    assert np.isnan(updated.taste_map.points[[rated, unrated]]).all()


def test_scores_are_still_sums(updated: Engine):
    for name in updated.models:
        for item_id in ("t001", "t030"):
            explanation = updated.explain(RATINGS, item_id, name)
            assert explanation.baseline + sum(explanation.contributions.values()) == pytest.approx(explanation.score, abs=1e-9)
    assert updated.what_if(RATINGS, without="new-1") is not None
    assert updated.rate_next.ask(updated.visitor(RATINGS).profile, 2)
    assert updated.similar_items("new-1", n=3)


def test_the_engine_that_was_given_stays(engine: Engine, found: Update, audience: Dataset):
    assert engine.updated is None
    assert engine.dataset is audience
    assert engine.hybrid.parts["item-knn"] is engine.model("item-knn")
    assert len(engine.score({"t003": 5.0})) == audience.n_items
    assert found.engine.hybrid.parts["item-knn"] is found.engine.model("item-knn")


def test_it_says_how_old_its_models_are(found: Update, engine: Engine):
    assert found.added[1:6] == (24, 0, 10, 2, True)
    assert found.engine.updated is not None
    assert (found.engine.updated.n_fitted, found.engine.updated.n_since) == (engine.dataset.n_ratings, found.added.new)
    notes = found.engine.notes
    assert all(f"as of the last whole fit: {found.added.new} of the ratings are newer" in notes[name] for name in AS_OF_FIT)
    assert not {"popularity", "content", "hybrid"} & notes.keys()


def test_it_is_saved_and_loaded(updated: Engine, tmp_path: Path):
    updated.save(tmp_path)
    loaded = Engine.load(tmp_path)
    assert loaded.updated is not None
    assert updated.updated is not None
    assert loaded.updated[:2] == updated.updated[:2]
    np.testing.assert_array_equal(loaded.updated.pending, updated.updated.pending)
    assert loaded.notes == updated.notes
    for name in updated.models:
        np.testing.assert_array_equal(loaded.score(RATINGS, name), updated.score(RATINGS, name))
        np.testing.assert_array_equal(loaded.predict(RATINGS, name), updated.predict(RATINGS, name))


def test_an_update_of_an_update(audience: Dataset, engine: Engine, now: Dataset, tmp_path: Path):
    first = until(now, 0.995)
    update(engine, first).engine.save(tmp_path)
    found = update(Engine.load(tmp_path), newest(now, 0.005)).engine
    at_once = update(engine, now).engine
    assert found.updated is not None
    assert at_once.updated is not None
    assert found.updated[:2] == at_once.updated[:2]
    for name, array in at_once.baseline.state().items():
        np.testing.assert_array_equal(found.baseline.state()[name], array)
    for name in ("content", "svd", "gp", "hybrid"):
        np.testing.assert_allclose(found.predict(RATINGS, name), at_once.predict(RATINGS, name), rtol=0, atol=0.01)


def test_titles_that_are_described_as_before_are_not_read_again(audience: Dataset, tmp_path: Path):
    next(Engine.fit_in_stages(until(audience, 0.9))).save(tmp_path)
    steps: list[str] = []
    loaded = Engine.load(tmp_path)
    found = update(loaded, audience, lambda _, what: steps.append(what))
    assert found.added.whole
    assert not found.added.described_anew
    assert "content" not in steps
    genres = audience.items.assign(keywords="ships")
    found = update(loaded, Dataset.from_frames(genres, ratings_of(audience)), lambda _, what: steps.append(what))
    assert found.added.described_anew
    assert "content" in steps
    assert "keywords:ships" in found.engine.model("content").feature_names_  # type: ignore[attr-defined]


def test_nothing_new_gives_the_engine_back(engine: Engine, audience: Dataset):
    found = update(engine, audience)
    assert found.engine is engine
    assert (found.added.new, found.recomputed) == (0, 0)


def test_an_engine_with_its_first_models_only(audience: Dataset):
    first = next(Engine.fit_in_stages(until(audience, 0.9)))
    found = update(first, audience).engine
    assert found.stage == "lists"
    assert found.models == first.models
    assert np.isfinite(found.predict({"t003": 5.0})).all()


def test_what_cannot_be_updated_is_refused(engine: Engine, silent_engine: Engine, audience: Dataset, toy: Dataset):
    with pytest.raises(DataError, match=r"was fitted without ratings.* Fit it anew\."):
        update(silent_engine, toy)
    with pytest.raises(DataError, match=r"no title in common with audience"):
        update(engine, toy)
    with pytest.raises(DataError, match=r"holds no ratings\."):
        update(engine, Dataset.from_frames(audience.items, None))
    some = Engine(audience.with_totals(Totals(audience.raters, 1_000, 9_999)), {n: engine.model(n) for n in engine.models}, engine.studies)
    with pytest.raises(DataError, match=r"holds the ratings of 60 of 1,000 people.* Train it anew\."):
        update(some, audience)
