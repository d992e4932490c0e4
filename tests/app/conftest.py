"""The app without a browser: every test has its own database, and all share fitted engines outside ``data/``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.datasets import source_path
from recsys_core.serving.saved_engines import prepare_engine
from recsys_core.storage.store import Store
from ui.components import redraw
from ui.session import app_data

ROOT = Path(__file__).resolve().parents[2]
Visit = Callable[..., AppTest]
Archive = Callable[..., Path]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_environment) -> str:
    """The address of this test's own database, set for the app."""
    url = f"sqlite:///{tmp_path / 'ratings.sqlite3'}"
    set_environment("DATABASE_URL", url)
    monkeypatch.delenv("RECSYS_DATASET", raising=False)
    return url


@pytest.fixture(autouse=True)
def through_the_router(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every page through ``app.py``, as the server does: AppTest would run the page's own file, for there is a folder ``pages/``."""
    begin = PagesManager.__init__

    def begin_with_navigation(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_with_navigation)


@pytest.fixture
def store(database: str) -> Store:
    """A second connection to the database that the app writes."""
    return Store(database)


@pytest.fixture(scope="session")
def engine(showcase_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The showcase's engine, which the app then uses too; engines of other data sets are saved in a temporary folder."""
    folder = tmp_path_factory.mktemp("app-models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_data, "load_engine", lambda name, _: showcase_engine if name == "showcase" else prepare_engine(name, folder))
        # All is fitted, as far as the app knows: in this process, when it is first asked for.
        patch.setattr(app_data, "saved_stage", lambda name, _: "complete" if source_path(name) else None)
        yield showcase_engine


@pytest.fixture
def visit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open the app in a new tab, at a page and with a token in the address if wanted.

    ``AppTest`` forgets the page when a fragment is drawn alone: here every click draws all of it
    (tests/faults/test_tabs_and_keys.py compares the two).
    """
    alone = redraw.alone
    monkeypatch.setattr(redraw, "alone", lambda _parts: alone(()))

    def visit(page: str = "", token: str = "") -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
        if token:
            at.query_params["p"] = token
        at.run()
        assert not at.exception
        if page:
            at.switch_page(f"pages/{page}.py").run()
            assert not at.exception
        return at

    return visit


@pytest.fixture
def at_step(visit: Visit) -> Visit:
    """Open a step of a lesson, by the lesson's key and the step's number, with more in the address if wanted."""

    def at_step(key: str, number: int = 1, **address: str) -> AppTest:
        at = visit("learn")
        at.query_params |= {"lesson": key, "step": str(number)} | address
        at.run()
        assert not at.exception
        return at

    return at_step


@pytest.fixture
def step(at_step: Visit, request: pytest.FixtureRequest) -> Visit:
    """The same for the lesson that the file of tests names in ``KEY``."""
    return partial(at_step, request.module.KEY)


@pytest.fixture
def archive(tmp_path: Path, set_environment) -> Archive:
    """Write a small MovieLens folder with these titles and point the app at it."""

    def write(*titles: str, genres: str = "Crime|Drama") -> Path:
        folder = tmp_path / "tiny"
        folder.mkdir()
        quoted = ['"' + title.replace('"', '""') + '"' for title in titles]
        movies = [f"{number},{title},{genres}" for number, title in enumerate(quoted, start=1)]
        given = [
            f"{user},{movie},{1 + (user * movie) % 5},{1000 * user + movie}"
            for user in range(1, 9)
            for movie in range(1, len(titles) + 1)
            if (user + movie) % 3
        ]
        (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]) + "\n", encoding="utf-8")
        (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *given]) + "\n", encoding="utf-8")
        set_environment("RECSYS_DATASET", str(folder))
        return folder

    return write
