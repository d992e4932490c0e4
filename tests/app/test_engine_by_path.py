"""The app opens models that were trained elsewhere, named by their folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.common.arrays import ARRAYS, MANIFEST
from recsys_core.serving import saved_engines
from recsys_core.serving.jobs import Jobs
from tests.support.screen import seen, wall
from ui.session import app_data

APP = str(Path(__file__).resolve().parents[2] / "app.py")
Open = Callable[[str], AppTest]


@pytest.fixture
def folder(toy_engine: Engine, tmp_path: Path) -> Path:
    """An engine that somebody saved."""
    toy_engine.save(tmp_path / "engines" / "big")
    return tmp_path / "engines" / "big"


@pytest.fixture
def opened(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_environment) -> Iterator[Open]:
    """Opens a page of a server whose data set is that engine."""
    set_environment("RECSYS_DATASET", str(folder))
    set_environment("RECSYS_DATA", str(tmp_path / "data"))
    made = Jobs(tmp_path / "data" / "models")
    monkeypatch.setattr(app_data, "jobs", lambda: made)
    for name in ("load_engine", "saved_stage"):
        monkeypatch.setattr(app_data, name, getattr(saved_engines, name))

    def open_page(page: str) -> AppTest:
        at = AppTest.from_file(APP, default_timeout=60).run()
        if page:
            at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        assert not made.running()  # nothing is fitted anew
        return at

    yield open_page


def test_its_titles_are_rated_and_its_lists_shown(opened: Open, toy_engine: Engine):
    at = opened("")
    assert set(wall(at)) <= set(toy_engine.item_ids.tolist())
    assert wall(at)
    for page in ("for_you", "about", "compare", "factors"):
        opened(page)


def test_the_page_of_data_says_what_it_is(opened: Open):
    at = opened("data")
    assert "Models that were trained elsewhere" in seen(at)
    assert not [toggle for toggle in at.toggle if "shows" in toggle.label]


def test_a_damaged_one_is_named_and_left_as_it_is(opened: Open, folder: Path):
    (folder / ARRAYS).write_bytes(b"short")
    at = opened("")
    assert "do not match their checksum" in seen(at)
    assert sorted(file.name for file in folder.iterdir()) == [ARRAYS, MANIFEST]
