"""The figures of the Compare page: measured, kept, found; and the truth against which the showcase is judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.datasets.sources.showcase import read_catalogue, truth
from recsys_core.errors import DataError, DatasetError
from recsys_core.evaluation import Results, write_results
from recsys_core.evaluation import app_models as measured
from recsys_core.evaluation.app_models import BY_STARS, TRUTH, SortedByStars
from recsys_core.evaluation.runs import Fitted
from recsys_core.evaluation.splits import Split
from recsys_core.evaluation.truth import ANY, BEST, evaluate_truth, summarise_truth, true_stars
from recsys_core.models import Popularity
from recsys_core.serving import figures


def fit_popularity(train: Dataset) -> Fitted:
    return Fitted({"popularity": Popularity().fit(train)}, None)


@pytest.fixture(scope="module")
def progress() -> list[float]:
    """What was told while the fixture below was measured."""
    return []


@pytest.fixture(scope="module")
def quick(showcase: Dataset, progress: list[float]) -> Results:
    return measured.measure(showcase, max_visitors=12, fit=fit_popularity, progress=lambda done, what: progress.append(done))


def test_the_showcase_is_judged_against_the_truth_too(quick: Results) -> None:
    table = quick.table
    assert set(table["task"]) == {"lists", "stars", TRUTH}
    assert sorted(set(table["n_given"])) == [5, 10, 20]
    stars = table[(table["metric"] == "true stars@10") & (table["n_given"] == 5)].set_index("model")["value"]
    assert stars[ANY] < stars["popularity"] < stars[BEST]
    assert (table.loc[table["task"] == TRUTH, "n_users"] <= 12).all()


def test_progress_goes_from_0_to_1(quick: Results, progress: list[float]) -> None:
    assert progress == sorted(progress)
    assert progress[0] == 0.0
    assert progress[-1] == pytest.approx(1.0)


def test_too_few_ratings_is_a_sentence(toy: Dataset) -> None:
    few = Dataset.from_frames(toy.items, pd.DataFrame({"user_id": ["a", "b"], "item_id": ["crime-1", "crime-2"], "rating": [5, 4]}))
    with pytest.raises(DataError, match="enough ratings"):
        measured.measure(few, fit=fit_popularity)


def test_sorted_by_stars_lists_by_what_it_predicts(toy_engine: Engine) -> None:
    model, profile = toy_engine.model("hybrid"), Profile(np.array([0]), np.array([5.0]))
    by_stars = SortedByStars(model)
    assert np.array_equal(by_stars.predict(profile), model.predict(profile))
    assert np.allclose(model.to_scale(by_stars.score(profile)), model.predict(profile))


def test_every_model_of_the_app_is_measured(toy: Dataset, toy_engine: Engine) -> None:
    assert set(measured.fit_compared(toy).models) == {*toy_engine.models, BY_STARS}


def test_what_is_kept_is_found_and_read(quick: Results, tmp_path: Path) -> None:
    assert figures.find("showcase", tmp_path).own is None
    write_results(quick, figures.place("showcase", tmp_path))
    own = figures.find("showcase", tmp_path).own
    assert own
    assert len(figures.read(own, ["popularity"]).table) == len(quick.table)
    assert set(figures.read(own, ["content"]).table["task"]) == {TRUTH}


def test_what_is_damaged_is_refused(quick: Results, tmp_path: Path) -> None:
    write_results(quick, figures.place("showcase", tmp_path))
    own = figures.find("showcase", tmp_path).own
    assert own
    (own / "evaluation.csv").write_text("nothing", encoding="utf-8")
    with pytest.raises(DatasetError):
        figures.read(own, ["popularity"])


def test_the_bundled_figures_are_whole(showcase_engine: Engine) -> None:
    bundled = figures.find("showcase").bundled
    assert bundled
    table = figures.read(bundled, showcase_engine.models).table
    assert {"hybrid", "popularity", BY_STARS, BEST, ANY} <= set(table["model"])
    assert set(table["task"]) == {"lists", "stars", TRUTH}


def test_true_stars_are_those_of_the_simulation(showcase: Dataset) -> None:
    audience, ids = truth(), read_catalogue()["item_id"].to_numpy()
    some = true_stars(audience, showcase, ["viewer-0007", "viewer-5999"], ids)
    assert np.allclose(some, audience.expected_stars()[[7, 5999]][:, [ids.tolist().index(i) for i in showcase.item_ids]])


class Fixed:
    """A model that always says the same."""

    def __init__(self, values: list[float]) -> None:
        self.values = np.array(values)

    def score(self, profile: Profile) -> np.ndarray:
        return self.values

    def predict(self, profile: Profile) -> np.ndarray:
        return self.values


def test_the_truth_by_hand() -> None:
    items = pd.DataFrame({"item_id": list("abcd"), "title": list("ABCD"), "kind": "movie"})
    train = pd.DataFrame({"user_id": ["u"] * 4, "item_id": list("abcd"), "rating": [3.0] * 4})
    dataset = Dataset.from_frames(items, train)
    split = Split(
        train,
        pd.DataFrame({"user_id": ["v"], "item_id": ["b"], "rating": [5.0]}),
        pd.DataFrame({"user_id": ["v"], "item_id": ["a"], "rating": [5.0]}),
    )
    stars = {"v": np.array([5.0, 4.0, 2.0, 1.0])}  # a is given: b is best, then c, d
    models = {"right": Fixed([0, 4, 2, 1]), "reversed": Fixed([0, 1, 2, 4]), "silent": Fixed([0, np.nan, np.nan, 3])}
    found = evaluate_truth(models, dataset, split, stars, k=1).set_index("model")
    assert found.loc[BEST, "true stars@1"] == 4.0
    assert found.loc[ANY, "true stars@1"] == pytest.approx(7 / 3)
    assert found.loc["right", "true stars@1"] == 4.0
    assert found.loc["right", "true ndcg@1"] == 1.0
    assert found.loc["right", "true correlation"] == pytest.approx(1.0)
    assert found.loc["reversed", "true stars@1"] == 1.0
    assert found.loc["reversed", "true ndcg@1"] == 0.0
    assert found.loc["reversed", "squared_error"] == 9 + 0 + 9
    assert found.loc["silent", "n_predicted"] == 1
    assert np.isnan(found.loc["silent", "true correlation"])
    table = summarise_truth(found.reset_index().rename(columns=lambda c: c.replace("@1", "@10")))
    rmse = table[table["metric"] == "true rmse"].set_index("model")["value"]
    assert rmse["reversed"] == pytest.approx(np.sqrt(6))
    assert BEST not in rmse
