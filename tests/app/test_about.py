"""The page "About": what is simulated is said, and everything can be forgotten."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.data.dataset import Totals
from recsys_core.settings import settings
from recsys_core.storage.store import Store
from tests.support.screen import give, press, ratings, seen, strip, token, turn_to, wall


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def test_it_says_what_is_simulated_and_how_much(visit, engine) -> None:
    at = visit("about")
    kinds = engine.dataset.items["kind"].value_counts()
    assert metrics(at) == {
        "Shows": f"{kinds['show']:,}",
        "Movies": f"{kinds['movie']:,}",
        "Simulated viewers": f"{engine.dataset.n_users:,}",
        "Simulated ratings": f"{engine.dataset.n_ratings:,}",
    }
    assert "The audience is **simulated**" in seen(at)
    assert engine.dataset.description in seen(at)


def test_counts_of_everybody_are_told_from_the_ratings_that_are_kept(visit, engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine.dataset
    monkeypatch.setattr(engine, "dataset", whole.with_totals(Totals(whole.raters * 9, 9_876_543, 123_456_789)))
    at = visit("about")
    assert metrics(at)["Simulated viewers"] == "9,876,543"
    assert metrics(at)["Simulated ratings"] == "123,456,789"
    assert f"The ratings of {whole.n_users:,} people, drawn at random, are kept here" in seen(at)
    assert f"learned from {whole.n_users:,} of the 9,876,543 people" in seen(at)


def test_every_model_is_described(visit) -> None:
    text = seen(visit("about"))
    for name in ("Content", "Neighbours", "Latent factors", "Hybrid", "Popularity"):
        assert f"**{name}**" in text


def test_forget_deletes_everything_of_this_visitor_only(visit, engine, store: Store) -> None:
    other = "o" * 22
    store.rate(other, engine.dataset.name, "the-wire-2002", 4.0)
    at = visit()
    give(at, wall(at)[0], 5)
    press(at, f"_unseen_{wall(at)[1]}")
    store.rate(token(at), "another data set", "1", 4.0)
    turn_to(at, "about")
    next(button for button in at.button if "Forget" in button.label).click().run()
    assert not at.exception
    assert ratings(at) == {}
    assert store.feedback(token(at), engine.dataset.name) == []
    assert store.feedback(token(at), "another data set") == []
    assert len(store.feedback(other, engine.dataset.name)) == 1
    turn_to(at, "rate")
    assert "Nothing rated yet" in strip(at)


@pytest.mark.parametrize(("days", "said"), [("", ""), ("1000", "nobody has opened for **1,000 days** are deleted")])
def test_how_long_ratings_are_kept_is_said_where_it_is_limited(visit, monkeypatch: pytest.MonkeyPatch, days: str, said: str) -> None:
    monkeypatch.setenv("RECSYS_KEEP_DAYS", days)
    settings.cache_clear()
    text = seen(visit("about"))
    assert said in text
    assert ("are deleted" in text) == bool(said)


def test_real_ratings_are_not_called_simulated(visit, archive) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Aliens (1986)", "Brazil (1985)")
    at = visit("about")
    assert "imulated" not in "".join(metrics(at))
    assert metrics(at)["Movies"] == "5"
    assert metrics(at)["People who rated"] == "8"
    assert "GroupLens" in seen(at)
    assert "The audience is **simulated**" not in seen(at)
