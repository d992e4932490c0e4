"""Whatever stands in the address, the app opens a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from ui.session import app_data

ROOT = Path(__file__).resolve().parents[2]
LONG = "x" * 100_000
STRANGE = [
    *({"d": name} for name in ("showcase+shows", "showcase shows", "showcase+shows+shows", "+shows", "nobody's", "../..", "/etc/passwd")),
    *({"d": name} for name in ("", "\x00", "\n\u202e", "tvmaze+shows", "<b>", LONG, ["showcase", "showcase+shows"])),
    *({"w": step} for step in ("99", "-3", "nan", "1e9", "", "\x00", LONG, ["1", "99"])),
    *({"p": token} for token in ("", "short", "\x00", "../..", LONG, ["a", "b"])),
    {"nobody": "asks", "d": "showcase+shows", "w": "99", "p": "?"},
]


def opened(**parameters: str | list[str]) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert not at.error
    return at


def chip(at: AppTest) -> str:
    """Whose ratings the page says that it shows."""
    return next(element.value.split('"chip">')[1].split("<")[0] for element in at.html if 'class="chip"' in element.value)


@pytest.mark.parametrize("parameters", STRANGE, ids=lambda parameters: repr(parameters)[:60])
def test_an_impossible_address_opens_the_usual_page(engine: Engine, parameters: dict[str, str | list[str]]) -> None:
    at = opened(**parameters)
    assert at.title[0].value == "Rate what you have seen"
    assert {"d", "w"}.isdisjoint(at.query_params)
    assert chip(at) == "Showcase · simulated audience"


def test_shows_are_added_once_and_to_movielens_only(engine: Engine, archive) -> None:
    mini = str(archive("Heat (1995)", "Casino (1995)", "Alien (1979)"))
    for name in (mini + WITH_SHOWS * 2, SHOWCASE + WITH_SHOWS):
        assert chip(opened(d=name)) == "tiny · real ratings"


def test_a_data_set_that_cannot_be_opened_leaves_a_way_back(engine: Engine, tmp_path: Path, move_folder, monkeypatch) -> None:
    move_folder("downloads", tmp_path)
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    monkeypatch.setattr(app_data, "downloaded", lambda **_: ["broken"])
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.query_params["d"] = "broken"
    at.run()
    assert not at.exception
    assert at.title[0].value == "The data could not be opened"
    at.button[0].click().run()
    assert not at.exception
    assert at.title[0].value == "Rate what you have seen"
