"""The first start: something to do while models are fitted, lists as soon as they work, the rest later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.fitted import Stage
from recsys_core.serving import saved_engines
from recsys_core.serving.jobs import Job, Jobs
from recsys_core.serving.saved_engines import prepare_engine, saved_stage, source_key
from tests.support.screen import give, listed, ratings, seen, turn_to, wall
from ui.session import app_data

APP = str(Path(__file__).resolve().parents[2] / "app.py")


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A server whose jobs begin and never do anything."""
    made = Jobs(tmp_path / "models")
    monkeypatch.setattr(Job, "start", lambda job: setattr(job, "state", "working"))
    monkeypatch.setattr(app_data, "jobs", lambda: made)
    for name in ("load_engine", "saved_stage"):  # other tests of the app let these say that all is fitted
        monkeypatch.setattr(app_data, name, getattr(saved_engines, name))
    yield made


def opened(page: str = "") -> AppTest:
    at = AppTest.from_file(APP, default_timeout=180).run()
    if page:
        at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    return at


def fit(folder: Path, jobs: Jobs, stage: Stage) -> Engine:
    return prepare_engine(str(folder), jobs.folder, stage=stage)


def bars(at: AppTest) -> str:
    return "\n".join(str(bar.proto.text) for bar in at.get("progress"))


TITLES = ("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)", "Ran (1985)", "Brazil (1985)")


def test_the_first_page_says_what_this_is_and_lets_one_begin(jobs: Jobs) -> None:
    at = opened()
    assert at.title[0].value == "Because You Watched"
    assert [job.dataset for job in jobs.running()] == ["showcase"]
    job = jobs.running()[0]
    job.done, job.what = 0.05, "item-knn"
    at.run()
    assert "Fitting the models of Showcase: " in bars(at)
    assert len(at.feedback) == 24


def test_what_was_rated_while_waiting_is_rated_when_the_app_opens(
    jobs: Jobs, showcase_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened()
    first, second = at.feedback[0].key.removeprefix("_first_"), at.feedback[1].key.removeprefix("_first_")
    at.feedback[0].set_value(4).run()
    at.feedback[1].set_value(0).run()
    at.feedback[1].set_value(None).run()
    at.feedback[2].set_value(1).run()
    third = at.feedback[2].key.removeprefix("_first_")
    showcase_engine.save(jobs.folder / source_key("showcase"))
    at.run()
    assert not at.exception
    assert ratings(at) == {first: 5.0, third: 2.0}
    assert second not in ratings(at)
    assert wall(at)


def test_lists_work_before_the_rest_is_fitted_and_it_says_so(jobs: Jobs, archive) -> None:
    folder = archive(*TITLES)
    at = opened()
    assert "Fitting the models of tiny" in bars(at)
    fit(folder, jobs, "lists")
    at.run()
    assert "More models are being fitted" in seen(at)
    give(at, wall(at)[0], 5)
    assert listed(turn_to(at, "for_you"))
    for page in ("factors", "quick_start"):
        turn_to(at, page)
        assert "still being fitted" in seen(at)
        assert "Fitting the models of tiny" in bars(at)
    turn_to(at, "rate")
    at.segmented_control(key="rate_view").set_value("What to rate next").run()
    assert not at.exception
    assert "still being fitted" in seen(at)
    for page in ("compare", "data", "about"):
        turn_to(at, page)
        assert not at.exception
    fit(folder, jobs, "complete")
    turn_to(at, "factors")
    assert "still being fitted" not in seen(at)
    turn_to(at, "rate")
    assert "More models are being fitted" not in seen(at)


def test_a_server_that_was_stopped_on_the_way_goes_on(jobs: Jobs, archive) -> None:
    folder = archive(*TITLES)
    fit(folder, jobs, "models")
    opened()
    assert [job.dataset for job in jobs.running()] == [str(folder)]


def test_what_is_complete_is_not_fitted_again(jobs: Jobs, archive) -> None:
    fit(archive(*TITLES), jobs, "complete")
    opened()
    assert jobs.running() == []


def test_a_rest_that_failed_is_not_tried_for_ever(jobs: Jobs, archive) -> None:
    folder = archive(*TITLES)
    fit(folder, jobs, "lists")
    opened()
    job = jobs.running()[0]
    job.state, job.error = "failed", "There was not enough memory."
    at = opened("factors")
    assert jobs.running() == []
    assert [box.value for box in at.error] == ["There was not enough memory."]
    next(button for button in at.button if button.label == "Try again").click().run()
    assert jobs.running()


def test_a_damaged_save_is_fitted_again_beside_the_page(jobs: Jobs, archive) -> None:
    folder = archive(*TITLES)
    fit(folder, jobs, "complete")
    arrays = jobs.folder / source_key(str(folder)) / "arrays.bin"
    arrays.write_bytes(arrays.read_bytes()[:-7])
    at = opened()
    assert "Fitting the models of tiny" in bars(at)
    assert saved_stage(str(folder), jobs.folder) is None


@pytest.mark.parametrize(
    ("ended", "error", "sentence"),
    [("failed", "The disk is full.", "The disk is full."), ("cancelled", "", "cancelled"), ("done", "", "start it again")],
)
def test_a_fit_that_came_to_nothing_can_be_tried_again(jobs: Jobs, archive, ended: str, error: str, sentence: str) -> None:
    archive(*TITLES)
    at = opened()
    job = jobs.running()[0]
    job.state, job.error = ended, error
    at.run()
    assert sentence in at.error[0].value
    next(button for button in at.button if button.label == "Try again").click().run()
    assert jobs.running() != [job]
    assert jobs.running()


def test_a_data_set_that_vanishes_is_a_sentence(jobs: Jobs, archive) -> None:
    folder = archive(*TITLES)
    at = opened()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    at.run()
    assert not at.exception
    assert "tiny" in at.error[0].value
