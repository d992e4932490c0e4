"""Links for others: what stands in one, what opens from it, and that neither side's ratings are touched."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.storage.store import Store
from tests.support.screen import give, live_ids, opened, press, pull, pulls, ratings, seen, token, turn_to, wall
from ui.session import profile, shared, steering

ROOT = Path(__file__).resolve().parents[2]
SENT = {"the-wire-2002": 5.0, "breaking-bad-2008": 4.5, "friends-1994": 1.0}
TEXT = "the-wire-2002:5,breaking-bad-2008:4.5,friends-1994:1"


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser with cookies, so that no address holds a key."""
    monkeypatch.setattr(profile, "_browser", lambda: "mine")


def again(at: AppTest) -> AppTest:
    """Run the whole app in the same tab."""
    later = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for key, value in at.query_params.items():
        later.query_params[key] = value
    for name in ("ratings", "guest", "shared"):
        if name in at.session_state:
            later.session_state[name] = at.session_state[name]
    later.run()
    assert not later.exception
    return later


def link(at: AppTest, with_ratings: bool = False) -> dict[str, list[str]]:
    """The parameters of the link that the window offers."""
    at.session_state["_copy_link"] = True
    at.run()
    if with_ratings:
        at.toggle(key="_copy_ratings").set_value(True).run()
    assert not at.exception
    return parse_qs(urlsplit(at.code[0].value).query)


@pytest.mark.parametrize("page", ["rate", "for_you", "compare", "factors", "data", "about", "quick_start"])
def test_every_page_offers_a_link_without_the_key(visit, page: str) -> None:
    at = visit()
    give(at, wall(at)[0], 5)
    turn_to(at, page)
    assert link(at) == {}
    assert token(at) not in at.code[0].value


def test_a_link_holds_what_is_chosen_and_on_request_ratings_and_pulls(visit, engine: Engine) -> None:
    at = visit()
    first = wall(at)[0]
    give(at, first, 5)
    pull(at, engine, {"keyword:heist": 2.0, "factor:1": -1.0})
    turn_to(at, "for_you")
    at.selectbox(key="list_model").set_value("svd").run()
    assert link(at) == {"list_model": ["svd"]}
    assert link(at, with_ratings=True) == {"list_model": ["svd"], "r": [f"{first}:5"], "s": ["keyword:heist:2|factor:1:-1"]}
    assert token(at) not in at.code[0].value


def test_who_opens_it_sees_the_view_with_these_ratings_and_keeps_their_own(visit, engine: Engine, store: Store) -> None:
    mine = visit()
    own = wall(mine)[0]
    give(mine, own, 2)
    at = opened(r=TEXT, s="keyword:heist:1")
    assert "You look at a shared view with **3 ratings**." in seen(at)
    assert live_ids(at) == [line.item_id for line in engine.visitor(SENT, {"keyword:heist": 1.0}).recommend(5)]
    assert at.query_params["r"] in (TEXT, [TEXT])  # a reload shows the same
    give(at, wall(at)[0], 5)  # played with, and kept nowhere
    assert token(at) == token(mine)
    assert {said.item_id: said.stars for said in store.feedback(token(at), "showcase")} == {own: 2.0}
    at = again(press(again(at), "_shared_back"))
    assert "shared view" not in seen(at)
    assert {"r", "s"}.isdisjoint(at.query_params)
    assert ratings(at) == {own: 2.0}
    assert live_ids(at) == [line.item_id for line in engine.recommend({own: 2.0}, 5)]


def test_making_it_mine_adds_to_ones_own_stars_and_replaces_none(visit, store: Store) -> None:
    mine = visit()
    store.rate(token(mine), "showcase", "friends-1994", 5)
    store.admit(token(mine), "mine")
    at = again(press(opened(r=TEXT), "_shared_mine"))
    assert ratings(at) == SENT | {"friends-1994": 5.0}
    assert "r" not in at.query_params
    assert ratings(opened()) == ratings(at)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ":",
        "x",
        "unknown:5",
        "the-wire-2002:nan",
        "the-wire-2002:inf",
        "the-wire-2002",
        "\x00:1",
        "<script>:5",
        "x" * 100_000,
        ["a:1", "b:2"],
    ],
)
def test_a_link_without_sense_opens_the_usual_page(engine: Engine, bad: str | list[str]) -> None:
    at = opened(r=bad, s=bad)
    assert "shared view" not in seen(at)
    assert {"r", "s"}.isdisjoint(at.query_params)


def test_of_a_hostile_link_only_what_is_known_counts(engine: Engine) -> None:
    found = shared.ratings_from(f"{TEXT},unknown:4,alien-1979:99,heat-1995:-3", engine.dataset)
    assert found == SENT | {"alien-1979": 5.0, "heat-1995": 0.5}
    many = ",".join(f"{item_id}:3" for item_id in engine.item_ids[:50])
    assert len(shared.ratings_from(many, engine.dataset)) <= shared.MOST_SHARED
    text = "keyword:heist:99|factor:0:-1|factor:999:1|factor:٣:1|fame:1|keyword:no such:1|answer:0:1|genre:Crime:nan|keyword::1|:1|"
    assert shared.pulls_from(text, lambda name: steering.known(engine, name)) == {"keyword:heist": 3.0, "factor:0": -1.0}


def test_a_lessons_link_is_the_lessons_own(visit) -> None:
    at = opened(lesson="neighbours", r=TEXT, who="link")
    assert "shared view" not in seen(at)
    assert at.query_params["r"] in (TEXT, [TEXT])


# Pulls outlive the tab


def test_a_reload_keeps_pulls_and_another_tab_follows(visit, engine: Engine) -> None:
    at = visit("factors")
    at.segmented_control(key="factor_view").set_value("Steer").run()
    at.slider(key="_pull_0").set_value(2.0).run()
    assert pulls(again(at)) == pulls(visit()) == {"factor:0": 2.0}
    reloaded = visit("factors")
    reloaded.segmented_control(key="factor_view").set_value("Steer").run()
    assert reloaded.slider(key="_pull_0").value == 2.0
    press(reloaded, "_steer_reset")
    assert pulls(again(at)) == {}


def test_pulls_that_mean_nothing_here_any_more_are_passed_over(visit, engine: Engine, store: Store) -> None:
    """After a refit a factor may have another number, or be gone; a keyword may be gone, too."""
    at = visit()
    give(at, wall(at)[0], 5)
    words = steering.stored_name(engine, "factor:2").removeprefix("factor:2:")
    for name in (f"factor:7:{words}", "factor:0:of an older fit", "keyword:no such", "genre:Crime", "nonsense"):
        store.pull(token(at), "showcase", name, 1.0)
    at = turn_to(again(at), "for_you")
    assert "2 pulls from the page Factors steer this list." in seen(at)
