"""What if: in the window "Why this?", over the list on "For you", and where content and viewers disagree on "Compare"."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine, load_dataset
from recsys_core.data.filters import Filters
from recsys_core.storage.store import Store
from recsys_core.visitor import influence
from recsys_core.visitor.contested import Contested, ContestedTitles, Opinion, contested_titles
from tests.support.screen import listed, plain, press, ratings, seen
from ui.compare import contested
from ui.for_you import influences
from ui.why import what_if

LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 4.5, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}
KEY = "v" * 22


@pytest.fixture
def stored(store: Store, engine: Engine) -> None:
    """A profile with :data:`LIKED`."""
    for item_id, stars in LIKED.items():
        store.rate(KEY, engine.dataset.name, item_id, stars)


def opened(at: AppTest, key: str) -> AppTest:
    """Open an expander."""
    at.session_state[key] = True
    at.run()
    assert not at.exception
    return at


def title(engine: Engine, item_id: str) -> str:
    return str(engine.dataset.items.iloc[engine.dataset.position(item_id)]["title"])


def labels(at: AppTest) -> list[str]:
    return [expander.label for expander in at.expander]


# --- the window --------------------------------------------------------------------------------------------------


@pytest.fixture
def why(stored: None, visit) -> AppTest:
    """The window of the first title of the list, with the section open."""
    at = visit("for_you", KEY)
    at.session_state["what_if_open"] = True
    return press(at, f"_why_{listed(at)[0]}")


def change_of(at: AppTest) -> str:
    return " ".join(plain(next(element.value for element in at.html if "rank of this title" in element.value)).split())


def first(at: AppTest) -> str:
    return listed(at)[0]


def test_the_section_is_closed_and_computes_nothing_until_opened(stored: None, visit, monkeypatch) -> None:
    monkeypatch.setattr(what_if, "what_if", lambda *_, **__: pytest.fail("computed while closed"))
    monkeypatch.setattr(influences, "influences", lambda *_, **__: pytest.fail("computed while closed"))
    at = visit("for_you", KEY)
    press(at, f"_why_{first(at)}")
    assert {"What if you had rated differently?", "Which of your ratings shaped this list?"} <= set(labels(at))


def test_without_the_weightiest_rating_at_first(why: AppTest, engine: Engine) -> None:
    top = first(why)
    amounts = engine.explain(LIKED, top).contributions
    choice = why.selectbox(key=f"what_if_rated_{top}")
    assert choice.value == max(amounts, key=lambda rated: abs(amounts[rated]))
    assert choice.options[0] == f"{title(engine, choice.value)} ★{LIKED[choice.value]:g}"
    found = engine.what_if(LIKED, without=choice.value)
    stars, rank, lists = found.stars(top), found.rank(top), found.lists(12)
    said = change_of(why)
    assert f"{rank.before} → {rank.after} rank of this title" in said
    assert f"{stars.before:.1f} → {stars.after:.1f} stars expected for you" in said
    assert f"{lists.difference:.0%} different" in said
    assert all(title(engine, item_id) in said.split("Would leave")[0] for item_id in lists.entered)
    assert all(title(engine, item_id) in said.split("Would leave")[1] for item_id in lists.left)


@pytest.fixture
def section(stored: None, engine: Engine) -> AppTest:
    """The section alone: AppTest closes a window at the next click, a browser does not."""

    def script() -> None:
        from ui.session import app_data, profile
        from ui.why import what_if

        profile.open_profile()
        what_if.section(app_data.engine(), profile.visitor(), "the-sopranos-1999", "hybrid")

    at = AppTest.from_function(script, default_timeout=180)
    at.query_params["p"] = KEY
    at.session_state["what_if_open"] = True
    return at


def choose(at: AppTest, rated: str) -> AppTest:
    at.run().selectbox(key="what_if_rated_the-sopranos-1999").set_value(rated).run()
    assert not at.exception
    return at


def test_another_number_of_stars(section: AppTest, engine: Engine) -> None:
    choose(section, "the-godfather-1972")
    control = section.segmented_control(key="what_if_stars_the-sopranos-1999_the-godfather-1972")
    assert list(control.options) == ["None", "1", "2", "3", "5"]  # it has 4
    control.set_value(1.0).run()
    assert not section.exception
    rank = engine.what_if(LIKED, changed={"the-godfather-1972": 1.0}).rank("the-sopranos-1999")
    assert f"{rank.before} → {rank.after} rank" in change_of(section)
    assert ratings(section) == LIKED


def test_hidden_titles_stay_off_the_lists(section: AppTest, engine: Engine, store: Store) -> None:
    hidden = engine.what_if(LIKED, without="the-wire-2002").lists(12).entered[0]
    store.mark(KEY, engine.dataset.name, hidden, "hidden")
    assert title(engine, hidden) not in change_of(choose(section, "the-wire-2002"))


def test_the_only_rating(visit, engine: Engine, store: Store) -> None:
    store.rate(KEY, engine.dataset.name, "breaking-bad-2008", 5.0)
    at = visit("for_you", KEY)
    at.session_state["what_if_open"] = True
    press(at, f"_why_{first(at)}")
    assert "you would get what everybody gets" in seen(at)
    rank = engine.what_if({"breaking-bad-2008": 5}, without="breaking-bad-2008").rank(first(at))
    assert f"1 → {rank.after}" in change_of(at)


def test_nothing_to_change_without_ratings(visit) -> None:
    at = visit("for_you")
    press(at, f"_why_{first(at)}")
    assert "What if you had rated differently?" not in labels(at)
    assert "Which of your ratings shaped this list?" not in labels(at)


# --- all ratings -------------------------------------------------------------------------------------------------


@pytest.fixture
def shaped(stored: None, visit) -> AppTest:
    return opened(visit("for_you", KEY), "shaped_open")


def bars(at: AppTest) -> dict:
    return json.loads(at.get("plotly_chart")[0].proto.spec)


def test_bars_and_table_are_the_influences(shaped: AppTest, engine: Engine) -> None:
    found = influence.influences(engine.visitor(LIKED), 12)
    drawn = bars(shaped)
    assert drawn["layout"]["yaxis"]["ticktext"] == [f"{title(engine, one.item_id)} ★{LIKED[one.item_id]:g}" for one in found]
    assert drawn["data"][0]["text"] == [f"{100 * one.amount:.0f}%" for one in found]
    table = next(frame.value for frame in shaped.dataframe if "Without" in frame.value)
    assert table["Different, %"].tolist() == [round(100 * one.amount, 1) for one in found]
    assert table["Would enter"].iloc[0] == ", ".join(title(engine, item_id) for item_id in found[0].lists.entered)


def row(at: AppTest) -> str:
    return next(element.value for element in at.html if 'class="row"' in element.value)


def test_the_list_without_the_chosen_rating(shaped: AppTest, engine: Engine) -> None:
    found = influence.influences(engine.visitor(LIKED), 12)
    shaped.selectbox(key="shaped_without").set_value(found[1].item_id).run()
    assert not shaped.exception
    rest = {item_id: stars for item_id, stars in LIKED.items() if item_id != found[1].item_id}
    expected = engine.recommend(rest, 12, exclude=[found[1].item_id])
    said = plain(row(shaped))
    places = [said.index(title(engine, line.item_id)) for line in expected]
    assert places == sorted(places)
    assert f"as if you had seen {title(engine, found[1].item_id)} without" in seen(shaped).replace("\\", "")


def test_the_filters_of_the_list_hold(stored: None, visit, engine: Engine) -> None:
    at = visit("for_you", KEY)
    at.segmented_control(key="list_kind").set_value("Movies")
    at.select_slider(key="list_length").set_value(6)
    opened(at, "shaped_open")
    visitor = engine.visitor(LIKED)
    found = influence.influences(visitor, 6, allowed=visitor.candidates(Filters(kind="movie")))
    assert bars(at)["data"][0]["text"] == [f"{100 * one.amount:.0f}%" for one in found]
    assert plain(row(at)).count(" · Movie") == len(found[0].lists.after) == 6


def test_many_ratings_are_cut_to_the_longest_bars(visit, engine: Engine, store: Store) -> None:
    for line in engine.recommend({}, 15):
        store.rate(KEY, engine.dataset.name, line.item_id, 4.0)
    at = opened(visit("for_you", KEY), "shaped_open")
    assert len(bars(at)["data"][0]["x"]) == influences.MOST_BARS
    assert "the table has the other 3 too" in seen(at)


def test_of_too_many_ratings_the_weightiest_are_tried(stored: None, visit, monkeypatch) -> None:
    monkeypatch.setattr(influences, "FEWEST_TRIED", 2)
    monkeypatch.setattr(influences, "MOST_SCORES", 1)
    at = opened(visit("for_you", KEY), "shaped_open")
    assert "Tried were the 2 of your 5 ratings" in seen(at)
    assert len(bars(at)["data"][0]["x"]) == 2


def test_a_model_that_asks_nobody_says_so(stored: None, visit) -> None:
    at = visit("for_you", KEY)
    at.selectbox(key="list_model").set_value("popularity")
    opened(at, "shaped_open")
    assert any("take away any one of your ratings" in info.value for info in at.info)


def test_titles_are_data(archive, visit, store: Store) -> None:
    evil = ["<b>Bold</b> & *stars* (2001)", "[link](x) `code` (2002)", *(f"Plain {n} (2003)" for n in range(14))]
    folder = archive(*evil)
    for number, stars in ((1, 5.0), (2, 4.0), (3, 1.0)):
        store.rate(KEY, load_dataset(folder).key, str(number), stars)
    at = opened(visit("for_you", KEY), "shaped_open")
    assert any("&lt;b&gt;Bold" in text for text in bars(at)["layout"]["yaxis"]["ticktext"])
    at.session_state["what_if_open"] = True
    press(at, f"_why_{first(at)}")
    assert not any("<b>Bold" in element.value for element in at.html)


# --- where content and viewers disagree --------------------------------------------------------------------------


def test_both_sides_with_ranks_and_reasons(stored: None, visit, engine: Engine) -> None:
    at = opened(visit("compare", KEY), "disagree_open")
    found = contested_titles(engine.visitor(LIKED))
    heads = [element.value for element in at.subheader]
    assert {"Content says yes, viewers no", "Viewers say yes, content no"} <= set(heads)
    lists = [" ".join(plain(element.value).split()) for element in at.html if "contested" in element.value and "<ul" in element.value]
    for side, said in zip((found.content_says, found.viewers_say), lists, strict=True):
        for one in side:
            assert title(engine, one.item_id) in said
            assert f"Content puts it at rank {one.content.rank:,} of {found.n_compared:,}" in said
            assert f"Viewers put it at rank {one.viewers.rank:,} of {found.n_compared:,}" in said
            assert f"{one.raters:,} simulated viewer" in said
    assert f"{found.n_compared:,} titles that you have not rated" in seen(at)


def test_disagreement_is_computed_only_while_open(stored: None, visit, monkeypatch) -> None:
    monkeypatch.setattr(contested, "contested_titles", lambda *_, **__: pytest.fail("computed while closed"))
    assert "Where content and viewers disagree about you" in labels(visit("compare", KEY))


def test_no_section_without_ratings(visit) -> None:
    assert "Where content and viewers disagree about you" not in labels(visit("compare"))


def one_title(content: Opinion, viewers: Opinion, **facts) -> Contested:
    return Contested("the-wire-2002", **({"gap": 0.9, "content": content, "viewers": viewers, "raters": 4, "words": ()} | facts))


@pytest.fixture
def stars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.compare.contested.profile.ratings", lambda: LIKED)


def test_sentences_say_what_is_so(stars: None, engine: Engine) -> None:
    keen, cool = Opinion(3, 0.99, "breaking-bad-2008", 1.2), Opinion(1500, 0.01, None, 0.0)
    one = one_title(keen, cool, words=("genres:crime", "creators:david simon", "text:drugs", "decade:2000s"))
    assert contested.content_sentence(engine, one, 1600) == (
        "Content puts it at rank 3 of 1,600: what it is about (crime, David Simon, “drugs”, the 2000s) speaks for it. "
        "Your ★4.5 of Breaking Bad lifts it most."
    )
    assert contested.viewers_sentence(engine, one, 1600, "people") == (
        "Viewers put it at rank 1,500 of 1,600. None of your ratings speaks much against it: others fit better. "
        "Only 4 people rated it, so they know little."
    )


def test_sentences_for_the_other_side(stars: None, engine: Engine) -> None:
    one = one_title(Opinion(900, 0.1, "friends-1994", -0.5), Opinion(2, 0.99, "amelie-2001", 0.05), gap=-0.9, raters=1234)
    assert "its words tell hardly anything. Your ★1 of Friends speaks most against it." in contested.content_sentence(engine, one, 1000)
    assert contested.viewers_sentence(engine, one, 1000, "people").endswith("None of your ratings lifts it much. 1,234 people rated it.")
    alone = one_title(one.content, one.viewers, raters=1)
    assert "Only 1 simulated viewer rated it" in contested.viewers_sentence(engine, alone, 1000, "simulated viewers")


@pytest.mark.parametrize(("n", "words"), [(0, "both can place."), (1, "1 more title has not"), (5, "5 more titles have not")])
def test_the_footnote_counts_what_nobody_has_rated(n: int, words: str) -> None:
    assert words in contested.footnote(ContestedTitles("svd", (), (), 100, n))
