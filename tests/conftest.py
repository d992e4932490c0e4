"""Data that all tests share: a toy whose right answers can be seen by eye, and the bundled showcase, fitted once."""

from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy is loaded: two workers with as many threads as cores get in each other's way
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from xdist.scheduler import LoadFileScheduling

from recsys_core import Dataset, Engine
from recsys_core.settings import Settings, settings
from tests.support.fits import SharedFit, shared_fit

CRIME = ("crime-1", "crime-2", "crime-3", "crime-4")
COMEDY = ("comedy-1", "comedy-2", "comedy-3", "comedy-4")
UNRATED = "crime-new"


def toy_items() -> pd.DataFrame:
    """Two genres of four titles each, and one crime show that nobody has rated yet."""
    crime = {"genres": "Crime|Drama", "keywords": "murder|detective", "text": "A detective hunts a murderer."}
    comedy = {"genres": "Comedy", "keywords": "friends|jokes", "text": "Friends tell jokes in a cafe."}
    rows = [
        {"item_id": "crime-1", "title": "Cold Harbour", "kind": "show", "year": 1991, "creators": "Ann Ames", **crime},
        {"item_id": "crime-2", "title": "Night Shift", "kind": "show", "year": 1999, "creators": "Ann Ames", **crime},
        {"item_id": "crime-3", "title": "The Informer", "kind": "movie", "year": 2000, "creators": "Bo Berg", **crime},
        {"item_id": "crime-4", "title": "Last Witness", "kind": "movie", "year": 2010, "creators": "Bo Berg", **crime},
        {"item_id": "comedy-1", "title": "Roommates", "kind": "show", "year": 1994, "creators": "Cy Cole", **comedy},
        {"item_id": "comedy-2", "title": "Office Hours", "kind": "show", "year": 2005, "creators": "Cy Cole", **comedy},
        {"item_id": "comedy-3", "title": "Wedding Trip", "kind": "movie", "year": 2010, "creators": "Di Dahl", **comedy},
        {"item_id": "comedy-4", "title": "Odd Uncles", "kind": "movie", "year": None, "creators": "Di Dahl", **comedy},
        {"item_id": "crime-new", "title": "New Precinct", "kind": "show", "year": 2024, "creators": "Ann Ames", **crime},
    ]
    return pd.DataFrame(rows)


def toy_ratings() -> pd.DataFrame:
    """A checkerboard: four people love crime and hate comedy, four the other way round; the diagonal is withheld.

    ::

                 crime-1 2 3 4   comedy-1 2 3 4
        cop-1          . 5 5 5          . 1 1 1
        cop-2          5 . 5 5          1 . 1 1      and so on to cop-4
        clown-1        . 1 1 1          . 5 5 5
        clown-2        1 . 1 1          5 . 5 5      and so on to clown-4

    So every title has three fans and three foes, every mean is 3, and every bias is 0.
    """
    rows = [
        {"user_id": f"{person}-{number}", "item_id": f"{genre}-{title}", "rating": 5.0 if genre == loved else 1.0}
        for person, loved in (("cop", "crime"), ("clown", "comedy"))
        for number in range(1, 5)
        for genre in ("crime", "comedy")
        for title in range(1, 5)
        if title != number
    ]
    return pd.DataFrame(rows)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="keep screenshots of the browser tests in test-artifacts/")


THOROUGH = tuple(
    f"tests/{place}"
    for place in (
        "browser/",
        "contract/",
        "faults/",
        "security/test_hostile_archives",
        "security/test_import_limits",
        "serving/",
        "spark/",
        "updating/test_accuracy",
    )
)
"""What `make test` leaves out: a browser, servers that are killed, attacks, fits in processes of their own, a cluster,
every model at everything."""


WHILE_FITTING = ("tests/security/test_hostile_archives", "tests/spark/test_failures", "tests/spark/test_equal")
"""Take together about as long as the fit of the showcase and need none."""


def of_browser(path: str) -> bool:
    return path.startswith("tests/browser/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that fits the showcase, and beside it for the other worker what needs no fit; those in the browser early, for they
    take longest. A run that leaves the browser out begins in the same way.

    A worker is given its next file while it is at one, so the first worker gets the first and the third file.
    """

    def turn(item: pytest.Item) -> int:
        if item.path in fitting:
            return fitting[item.path]
        if item.nodeid.startswith(WHILE_FITTING):
            return 1 if item.nodeid.startswith(WHILE_FITTING[0]) else 3
        return 4 if of_browser(item.nodeid) else 7 if item.path in need_showcase else 6

    need_showcase = dict.fromkeys(item.path for item in items if "showcase_fit" in getattr(item, "fixturenames", ()))
    browser = dict.fromkeys(item.path for item in items if of_browser(item.nodeid))
    others = [path for path in need_showcase if path not in browser]
    fitting = dict(zip(list(browser)[:2], (0, 2), strict=False)) | dict.fromkeys(others[:1], 5)
    items.sort(key=turn)
    for item in items:
        if of_browser(item.nodeid):
            item.add_marker("browser")
        if item.nodeid.startswith(THOROUGH):
            item.add_marker("thorough")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    config.option.loadscopereorder = False  # in the order above, not the files with most tests first
    return LoadFileScheduling(config, log)


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Each test reads the environment anew."""
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def set_environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Set a variable for one test, also where the settings have been read before."""

    def set_variable(name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        settings.cache_clear()

    return set_variable


@pytest.fixture
def move_folder(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], None]:
    """Put "downloads", "models" or "showcase" elsewhere for one test."""

    def move(name: str, path: Path) -> None:
        monkeypatch.setattr(Settings, f"{name}_folder", property(lambda _: path))

    return move


@pytest.fixture
def toy_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items and ratings of the toy as fresh frames that a test may change."""
    return toy_items(), toy_ratings()


@pytest.fixture(scope="session")
def toy() -> Dataset:
    return Dataset.from_frames(toy_items(), toy_ratings(), name="toy", description="Made up for tests.")


@pytest.fixture(scope="session")
def toy_engine(toy: Dataset) -> Engine:
    return Engine.fit(toy)


@pytest.fixture(scope="session")
def silent_engine(toy: Dataset) -> Engine:
    """The toy's titles, which nobody has rated."""
    return Engine.fit(Dataset.from_frames(toy.items, None, name="silent"))


@pytest.fixture(scope="session")
def kept_fits(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of fits under pytest's cache; ``pytest --cache-clear`` empties it."""
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)  # none with -p no:cacheprovider
    return cache.mkdir("fits") if cache else tmp_path_factory.mktemp("fits")


@pytest.fixture(scope="session")
def showcase_fit(kept_fits: Path) -> SharedFit:
    """The bundled data, fitted once per change of code and data (half a minute), away from ``data/models``."""
    return shared_fit("showcase", kept_fits)


@pytest.fixture(scope="session")
def showcase_engine(showcase_fit: SharedFit) -> Engine:
    return Engine.load(showcase_fit.folder)


@pytest.fixture(scope="session")
def showcase(showcase_engine: Engine) -> Dataset:
    return showcase_engine.dataset


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real MovieLens archives; tests that need them are skipped where it is not set."""
    folder = os.environ.get("RECSYS_SHARED_DATA")
    if not folder:
        pytest.skip("RECSYS_SHARED_DATA is not set: it names the folder that holds ml-latest-small.zip and ml-100k.zip")
    return Path(folder)


@pytest.fixture(scope="session")
def movielens_fit(shared_data: Path, kept_fits: Path) -> SharedFit:
    """The real ml-latest-small, fitted once per change of code and data."""
    return shared_fit(str(shared_data / "ml-latest-small.zip"), kept_fits)
