"""Whatever stands in the address, the app opens a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from tests.support.screen import opened, turn_to
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


# What is chosen on a page

CHOSEN: list[tuple[str, dict[str, str | list[str]]]] = [
    ("for_you", {"list_kind": "Shows", "list_diversity": "Mixed", "list_genres": ["Crime", "Drama"], "list_length": "24"}),
    ("for_you", {"list_model": "svd", "list_years": ["1990", "2005"]}),
    ("rate", {"rate_kind": "Movies", "rate_genres": "Crime", "rate_decades": ["1990s", "2000s"]}),
    ("factors", {"factor_view": "Taste map", "map_plane": "Two factors", "map_x": "3", "map_y": "1"}),
    ("factors", {"factor_chosen": "4", "factor_titles": "30"}),
    ("factors", {"factor_view": "How many?", "factor_number": "4"}),
    ("compare", {"compare_0": "svd", "compare_1": "content", "compare_orders": "ease", "compare_metric": "recall@20"}),
]
KEY = "k" * 22
LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 4.0}


def test_models_and_factors_stand_in_the_address_by_name_and_number(visit, store) -> None:
    for item_id, stars in LIKED.items():
        store.rate(KEY, "showcase", item_id, stars)
    at = visit("for_you", KEY)
    at.selectbox(key="list_model").set_value("svd").run()
    assert at.query_params["list_model"] in ("svd", ["svd"])
    at.selectbox(key="list_model").set_value("hybrid").run()
    assert "list_model" not in at.query_params  # the default is left out
    turn_to(at, "factors")
    at.selectbox(key="factor_chosen").set_value(2).run()
    assert at.query_params["factor_chosen"] in ("3", ["3"])


@pytest.mark.parametrize(("page", "parameters"), CHOSEN, ids=lambda value: value if isinstance(value, str) else "-".join(value))
def test_an_address_opens_what_was_chosen(visit, store, page: str, parameters: dict[str, str | list[str]]) -> None:
    for item_id, stars in LIKED.items():
        store.rate(KEY, "showcase", item_id, stars)
    at = at_address(visit, page, parameters)
    for name, value in parameters.items():
        given = at.session_state[name]
        if name in ("map_x", "map_y", "factor_chosen"):
            given += 1
        texts = [str(one) + ("s" if name == "rate_decades" else "") for one in (given if isinstance(given, (list, tuple)) else [given])]
        assert texts == ([value] if isinstance(value, str) else value)


def at_address(visit, page: str, parameters: dict[str, str | list[str]]) -> AppTest:
    """A page opened with these parameters, by somebody who has rated something."""
    if page == "rate":  # where a visit begins
        return opened(p=KEY, **parameters)
    at = visit(token=KEY)
    at.switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize(("page", "parameters"), CHOSEN, ids=lambda value: value if isinstance(value, str) else "-".join(value))
@pytest.mark.parametrize("bad", ["", "no such thing", "-1", "1e99", "nan", "\x00", "<b>", "x" * 5000, ["a", "b", "c"]])
def test_an_impossible_choice_gives_the_default(visit, page: str, parameters: dict[str, str | list[str]], bad: str | list[str]) -> None:
    usual, at = visit(page), at_address(visit, page, dict.fromkeys(parameters, bad))
    for name in parameters:
        if name in usual.session_state:
            assert at.session_state[name] == usual.session_state[name]
