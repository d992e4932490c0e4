"""The page "Compare": two models on the visitor's ratings, two orders of a list, and the measured figures."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.evaluation import app_models
from recsys_core.serving import figures
from recsys_core.serving import jobs as job_module
from recsys_core.serving.jobs import Jobs
from recsys_core.storage.store import Store
from recsys_core.visitor.compare import Order, compare_lists, disagreement
from tests.support.screen import LIST, give, mark, press, seen, token, turn_to, wall
from ui.compare import evaluation, models
from ui.components.model_names import model_name
from ui.session import app_data

LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, move_folder) -> Path:
    """Where this test's own figures are kept."""
    move_folder("models", tmp_path / "figures")
    return tmp_path / "figures"


@pytest.fixture
def rated(visit, engine, store: Store) -> AppTest:
    key = "c" * 22
    for item_id, stars in LIKED.items():
        store.rate(key, engine.dataset.name, item_id, stars)
    return visit("compare", key)


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A server's jobs of this test's own."""
    made = Jobs(tmp_path / "figures")
    monkeypatch.setattr(app_data, "jobs", lambda: made)
    yield made
    made.cancel()


def chart(at: AppTest, number: int) -> dict:
    return json.loads(at.get("plotly_chart")[number].proto.spec)


def ranks(at: AppTest):
    return at.dataframe[0].value


def choose(at: AppTest, left: str, right: str) -> AppTest:
    at.selectbox(key="compare_0").set_value(left)
    at.selectbox(key="compare_1").set_value(right).run()
    assert not at.exception
    return at


def test_without_ratings_it_says_that_all_models_agree(visit) -> None:
    at = visit("compare")
    assert "every model gives the same list" in at.info[0].value
    assert "compare_0" not in [box.key for box in at.selectbox]
    assert "the lists for everybody" in seen(at)
    assert [element.value for element in at.subheader] == ["Sorted by score", "Sorted by expected stars"]
    assert len(at.get("plotly_chart")) == 3  # scatter, one measure, the truth


def test_the_lists_are_the_engines_with_ranks_and_overlap(rated, engine) -> None:
    left, right = models.FIRST_PAIR
    compared = compare_lists(engine.visitor(LIKED), Order(left), Order(right))
    table = ranks(rated)
    assert list(table.columns) == ["Title", model_name(left), model_name(right)]
    assert table.iloc[:, 1:].to_numpy().tolist() == [list(shift[1:]) for shift in compared.shifts]
    assert f"{compared.overlap} of 10" in seen(rated)
    assert sum(trace["mode"] == "lines" for trace in chart(rated, 0)["data"]) == compared.overlap


def test_other_models_can_be_chosen_and_stay_chosen(rated, engine) -> None:
    choose(rated, "content", "item-knn")
    assert list(ranks(rated).columns[1:]) == ["Content", "Neighbours"]
    turn_to(rated, "rate")
    turn_to(rated, "compare")
    assert list(ranks(rated).columns[1:]) == ["Content", "Neighbours"]


def test_every_pair_with_the_hybrid_works(rated, engine) -> None:
    for model in engine.models[1:]:
        choose(rated, "hybrid", model)
        assert list(ranks(rated).columns[1:]) == ["Hybrid", model_name(model)]


def test_a_model_is_not_compared_with_itself(rated) -> None:
    choose(rated, "svd", "svd")
    assert "always agrees with itself" in rated.info[0].value
    assert len(rated.get("plotly_chart")) == 3


def test_why_they_disagree_on_a_chosen_title(rated, engine) -> None:
    choose(rated, "content", "item-knn")
    box = rated.selectbox(key="compare_title_content_item-knn")
    for option in (compare_lists(engine.visitor(LIKED), Order("content"), Order("item-knn")).shifts[n].item_id for n in (0, 12)):
        box.set_value(option).run()
        assert not rated.exception
        found = disagreement(engine.visitor(LIKED), option, "content", "item-knn")
        assert models.ranks_sentence(found) in [element.value for element in rated.text]
        sums = rated.dataframe[1].value
        assert sums["Content"].iloc[-1] == pytest.approx(found.left.standard_score, abs=5e-3)
        assert sums["Content"].iloc[:-1].sum() == pytest.approx(found.left.standard_score, abs=5e-3 * len(sums))
        box = rated.selectbox(key="compare_title_content_item-knn")


def test_popularity_is_named_where_it_is_the_reason(rated) -> None:
    choose(rated, "popularity", "content")
    assert "Popularity looks at nothing but how many people liked a title" in seen(rated)
    titles = rated.selectbox(key="compare_title_popularity_content")
    titles.set_value("the-dark-knight-2008").run()
    assert "It is well known: " in seen(rated)


def test_few_raters_and_rare_words_are_named_only_where_they_fit(engine) -> None:
    visitor = engine.visitor(LIKED)
    scores = visitor.score("content")
    few = [str(i) for i in engine.item_ids[(engine.dataset.raters > 0) & (engine.dataset.raters < 12)] if i not in LIKED]
    liked = max(few, key=lambda i: scores[engine.dataset.position(i)])
    found = disagreement(visitor, liked, "content", "item-knn")
    assert found.left.rank < found.right.rank
    assert any(reason.startswith("Few raters:") for reason in models.general_reasons(found))
    same = disagreement(visitor, liked, "content", "content")
    assert models.general_reasons(same) == []
    rare = max(few, key=lambda i: disagreement(visitor, i, "item-knn", "content").rare_share)
    found = disagreement(visitor, rare, "item-knn", "content")
    named = any(reason.startswith("Rare words:") for reason in models.general_reasons(found))
    assert named == (found.left.rank < found.right.rank)


def test_hidden_titles_are_in_no_list(rated, engine) -> None:
    top = compare_lists(engine.visitor(LIKED), Order("hybrid"), Order("popularity")).left.item_ids[0]
    turn_to(rated, "for_you")
    mark(rated, top, "hidden")
    turn_to(rated, "compare")
    title = engine.dataset.title(engine.dataset.position(top)).title
    assert title not in ranks(rated)["Title"].tolist()


def test_both_orders_show_what_they_cost(rated, engine) -> None:
    rated.selectbox(key="compare_orders").set_value("gp").run()
    assert not rated.exception
    compared = compare_lists(engine.visitor(LIKED), Order("gp"), Order("gp", "stars"))
    for side in (compared.left, compared.right):
        assert f"{side.mean_stars:.2f} ★" in seen(rated)
        assert f"{side.mean_raters:,.0f}" in seen(rated)
    assert compared.right.mean_stars >= compared.left.mean_stars


def test_ratings_given_elsewhere_change_the_lists(visit) -> None:
    at = visit()
    give(at, wall(at)[0], 5)
    turn_to(at, "compare")
    before = ranks(at)["Title"].tolist()
    turn_to(at, "for_you")
    give(at, next(str(stars.key).removeprefix(LIST) for stars in at.feedback), 1, LIST)
    turn_to(at, "compare")
    assert ranks(at)["Title"].tolist() != before


def test_bundled_figures_with_their_words(visit) -> None:
    at = visit("compare")
    assert "simulated viewers were held out whole" in seen(at)
    assert "the same stars, but NDCG@10" in seen(at)
    assert "Against the truth" in [element.value for element in at.header]
    at.selectbox(key="compare_metric").set_value("rmse").run()
    assert "nothing about the order at the top" in seen(at)
    at.selectbox(key="compare_truth").set_value("true rmse").run()
    assert "they choose what they will like" in seen(at)
    for metric in at.selectbox(key="compare_metric").options:
        assert metric
    at.segmented_control(key="compare_given").set_value(5).run()
    assert not at.exception


def test_measuring_goes_on_beside_the_page_and_shows_its_figures_when_it_ends(visit, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit("compare")
    assert "evaluation_source" not in [control.key for control in at.segmented_control]
    told = json.dumps({"done": 0.25, "what": "hybrid, lists"})
    code = f"import time; print({told!r}, flush=True); time.sleep(600)"
    popen = subprocess.Popen
    monkeypatch.setattr(job_module.subprocess, "Popen", lambda command, **options: popen([sys.executable, "-c", code], **options))
    press(at, "measure")
    job = jobs.job("showcase", "measure")
    assert job
    assert job._command[-2:] == ["--max-visitors", str(app_models.QUICK)]
    while not job.done:
        assert job.running
        time.sleep(0.01)
    at.run()
    assert any("Measuring the models: hybrid, lists" in str(bar.proto.text) for bar in at.get("progress"))
    assert "measure" not in [button.key for button in at.button]
    other = visit("compare")
    assert any("Measuring the models" in str(bar.proto.text) for bar in other.get("progress"))  # one for everybody
    # It ends, and has left its figures:
    bundled = figures.find("showcase").bundled
    assert bundled
    shutil.copytree(bundled, figures.place("showcase", jobs.folder), ignore=lambda _, names: [n for n in names if "evaluation" not in n])
    job.cancel()
    job.join(30)
    job.state = "done"
    at.run()
    assert at.segmented_control(key="evaluation_source").value == evaluation.OWN
    later = visit("compare", token(at))
    assert later.segmented_control(key="evaluation_source").value == evaluation.BUNDLED
    later.segmented_control(key="evaluation_source").set_value(evaluation.OWN).run()
    assert not later.exception


def test_damaged_figures_are_as_none(visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "evaluation.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(figures, "find", lambda name, folder: figures.Found(tmp_path, None))
    at = visit("compare")
    assert any("have not been measured on this data set yet" in element.value for element in at.info)


def test_another_data_set_without_figures_offers_to_measure(archive, visit, jobs: Jobs) -> None:
    folder = archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    at = visit()
    give(at, wall(at)[0], 5)
    turn_to(at, "compare")
    assert any("have not been measured on this data set yet" in element.value for element in at.info)
    assert len(ranks(at)) == 3
    assert "of 3" in seen(at)
    press(at, "measure")
    job = jobs.job(str(folder), "measure")
    assert job
    job.join(60)
    at.run()
    assert "ratings" in at.error[0].value
    assert "measure" in [button.key for button in at.button]  # and can be tried again


def test_ratings_are_reasons_only_in_the_direction_of_the_shift(engine, monkeypatch) -> None:
    monkeypatch.setattr(models.profile, "ratings", lambda: LIKED)
    visitor = engine.visitor(LIKED)
    shifts = compare_lists(visitor, Order("popularity"), Order("hybrid"), 10).shifts
    told = 0
    for shift in shifts:
        found = disagreement(visitor, shift.item_id, "popularity", "svd")
        higher, lower = sorted((found.left, found.right), key=lambda view: view.rank or math.inf)
        for reason in models.rating_reasons(engine, found):
            more, less = (float(amount) for amount in re.search(r"counts ([+-][\d.]+) with .* and ([+-][\d.]+) with", reason).groups())
            assert more > less
            assert reason.index(model_name(higher.model)) < reason.index(model_name(lower.model))
            told += 1
    assert told > 0


def test_the_friends_are_asked_on_the_showcase_only(visit, monkeypatch, tmp_path) -> None:
    at = visit("compare")
    assert "Would a friend name these titles?" in [header.value for header in at.header]
    monkeypatch.setattr(evaluation, "FRIENDS", "is-not-there.csv")
    assert "Would a friend name these titles?" not in [header.value for header in visit("compare").header]
