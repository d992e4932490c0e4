"""The slider "Well known ↔ Hidden gems": list, price, address, memory, "Why?", and the way back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.storage.store import Store
from recsys_core.visitor.quality import n_best_known, quality_of_list
from recsys_core.visitor.steering import FAME, FAME_STEPS
from tests.support.screen import listed, live_ids, plain, press, pull, seen, token, turn_to
from ui.components.reason_words import FAME_WORDS
from ui.for_you import page

LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}
KEY = "f" * 22


@pytest.fixture
def rated(visit, engine: Engine, store: Store) -> AppTest:
    """The page of a visitor with :data:`LIKED`."""
    for item_id, stars in LIKED.items():
        store.rate(KEY, engine.dataset.name, item_id, stars)
    return visit("for_you", KEY)


def choose(at: AppTest, step: int) -> AppTest:
    at.select_slider(key="_fame").set_value(step).run()
    assert not at.exception
    return at


def address(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def opened(fame: str, key: str = KEY) -> AppTest:
    """The app at an address that somebody typed."""
    at = AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=180)
    at.query_params["p"] = key
    at.query_params["w"] = fame
    at.run()
    assert not at.exception
    return at


def price(at: AppTest) -> str:
    """The figures of what the sliders cost; empty where they are at rest."""
    return re.sub(r"\s+", " ", plain(next((element.value for element in at.html if 'class="price"' in element.value), "")))


def ids(engine: Engine, step: int) -> list[str]:
    return [line.item_id for line in engine.visitor(LIKED, {FAME: FAME_STEPS[step]}).recommend(12)]


def test_it_rests_in_the_middle_and_adds_nothing_there(rated: AppTest, engine: Engine) -> None:
    slider = rated.select_slider(key="_fame")
    assert slider.label == "Well known ↔ Hidden gems"
    assert list(slider.options) == ["Very well known", "Well known", "Balanced", "Less known", "Hidden gems"]
    assert slider.value == 0
    assert listed(rated) == [line.item_id for line in engine.recommend(LIKED, 12)]
    assert "w" not in address(rated)
    assert not price(rated)


@pytest.mark.parametrize("step", [2, 1, -1, -2])
def test_each_step_is_the_engines_list_with_its_price(rated: AppTest, engine: Engine, step: int) -> None:
    before = listed(rated)
    choose(rated, step)
    after = listed(rated)
    assert after == ids(engine, step)
    assert after != before
    visitor = engine.visitor(LIKED)
    stars = [quality_of_list(visitor, listing).mean_stars for listing in (before, after)]
    known = [n_best_known(engine, listing) for listing in (before, after)]
    assert f"{stars[1]:.2f} {stars[1] - stars[0]:+.2f} expected stars, mean" in price(rated)
    assert f"{known[1]} {known[1] - known[0]:+d} of the 100 best known" in price(rated)


def test_both_sliders_are_priced_against_both_at_rest(rated: AppTest, engine: Engine) -> None:
    at_rest = listed(rated)
    rated.select_slider(key="list_diversity").set_value("Widest").run()
    choose(rated, -2)
    steered = engine.visitor(LIKED, {FAME: FAME_STEPS[-2]})
    assert listed(rated) == [line.item_id for line in steered.recommend(12, diversity=page.DIVERSITY["Widest"])]
    known = [n_best_known(engine, listing) for listing in (at_rest, listed(rated))]
    assert f"{known[1]} {known[1] - known[0]:+d} of the 100 best known" in price(rated)


def test_moving_back_undoes_it(rated: AppTest) -> None:
    before = listed(rated)
    choose(choose(rated, -2), 0)
    assert listed(rated) == before
    assert "w" not in address(rated)
    assert not price(rated)


def test_the_tab_and_the_address_remember_it(rated: AppTest, engine: Engine) -> None:
    choose(rated, -1)
    assert address(rated) == {"p": KEY, "w": "-1"}
    turn_to(rated, "about")
    turn_to(rated, "for_you")
    assert rated.select_slider(key="_fame").value == -1
    assert listed(rated) == ids(engine, -1)


@pytest.mark.parametrize("step", [2, 1, -1, -2])
def test_an_address_brings_it_along(rated: AppTest, engine: Engine, step: int) -> None:
    at = opened(str(step))
    assert address(at) == {"p": KEY, "w": str(step)}
    turn_to(at, "for_you")
    assert at.select_slider(key="_fame").value == step
    assert listed(at) == ids(engine, step)


@pytest.mark.parametrize("bad", ["0", "3", "-3", "1.5", "", "x", "+1", " 1", "٢", "1" * 500, "<script>"])
def test_a_bad_value_in_the_address_is_ignored(rated: AppTest, bad: str) -> None:
    at = opened(bad)
    assert address(at) == {"p": KEY}
    turn_to(at, "for_you")
    assert at.select_slider(key="_fame").value == 0
    assert listed(at) == listed(rated)


def test_it_lives_beside_the_data_set_in_the_address(visit, archive) -> None:
    folder = archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Aliens (1986)", "Brazil (1985)")
    key = token(visit())
    at = opened("1", key)
    assert address(at) == {"p": key, "w": "1"}
    at.query_params["d"] = str(folder)
    at.run()
    assert not at.exception
    assert address(at)["w"] == "1"


def test_why_has_a_bar_for_it_in_words(rated: AppTest, engine: Engine) -> None:
    choose(rated, -1)
    top = listed(rated)[0]
    press(rated, f"_why_{top}")
    figure = json.loads(rated.get("plotly_chart")[0].proto.spec)
    explanation = engine.visitor(LIKED, {FAME: FAME_STEPS[-1]}).explain(top)
    bar = figure["layout"]["yaxis"]["ticktext"].index("You asked for less known titles")
    assert figure["data"][0]["x"][bar] == pytest.approx(explanation.steering[FAME])
    assert sum(figure["data"][0]["x"][:-1]) == pytest.approx(explanation.score)
    direction = "up" if explanation.steering[FAME] > 0 else "down"
    assert any(f"You asked for less known titles: that pulled it {direction}." in text.value for text in rated.text)


@pytest.mark.parametrize("step", [2, -2])
def test_other_lists_follow_and_say_so_with_a_way_out(rated: AppTest, engine: Engine, step: int) -> None:
    choose(rated, step)
    assert "from the page Factors" not in seen(rated)
    turn_to(rated, "rate")
    assert live_ids(rated) == ids(engine, step)[:5]
    assert f"On the page For you, you asked for {FAME_WORDS[step]}." in seen(rated)
    press(rated, "_fame_live")
    assert live_ids(rated) == [line.item_id for line in engine.recommend(LIKED, 5)]
    assert "you asked for" not in seen(rated)
    assert address(rated) == {"p": KEY}
    turn_to(rated, "for_you")
    assert rated.select_slider(key="_fame").value == 0


def test_letting_go_of_pulls_leaves_it_and_the_other_way_round(rated: AppTest, engine: Engine) -> None:
    pull(rated, engine, {"keyword:heist": 1.0})
    choose(rated, -1)
    assert "1 pull from the page Factors steers this list." in seen(rated)
    both = engine.visitor(LIKED, {"keyword:heist": 1.0, FAME: FAME_STEPS[-1]})
    assert listed(rated) == [line.item_id for line in both.recommend(12)]
    press(rated, "_straight_list")
    assert listed(rated) == ids(engine, -1)
    assert rated.select_slider(key="_fame").value == -1


def test_without_ratings_there_is_nothing_to_choose(visit) -> None:
    assert visit("for_you").select_slider(key="_fame").disabled


def test_ratings_of_the_profile_stay_as_they_are(rated: AppTest, store: Store, engine: Engine) -> None:
    choose(rated, 2)
    assert token(rated) == KEY
    assert {said.item_id: said.stars for said in store.feedback(KEY, engine.dataset.name)} == LIKED
