"""The view "What to rate next" of the page "Rate"."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.screen import give, press, ratings, seen, wall
from ui.rate import rate_next
from ui.rate.wall import NEXT


def opened(visit) -> AppTest:
    at = visit()
    at.segmented_control(key="rate_view").set_value(NEXT).run()
    assert not at.exception
    return at


def test_eight_titles_each_with_its_reason(visit, engine) -> None:
    at = opened(visit)
    assert len(wall(at)) == len(set(wall(at))) == rate_next.N_SHOWN
    reasons = [caption.value for caption in at.caption if "Would tell us most about" in caption.value]
    assert len(reasons) == rate_next.N_SHOWN
    assert all("viewers rated it" in reason for reason in reasons)
    assert rate_next.HEADING in seen(at)


def test_an_answer_and_a_title_not_seen_make_room(visit) -> None:
    at = opened(visit)
    first, second, *_ = wall(at)
    give(at, first, 4)
    assert ratings(at) == {first: 4.0}
    press(at, f"_unseen_{second}")
    assert not {first, second} & set(wall(at))
    assert len(wall(at)) == rate_next.N_SHOWN


def test_filters_hold_and_too_narrow_ones_say_so(visit, engine) -> None:
    at = opened(visit)
    at.segmented_control(key="rate_kind").set_value("Shows").run()
    assert wall(at)
    assert {engine.dataset.title(engine.dataset.position(item_id)).kind for item_id in wall(at)} == {"show"}
    at.text_input(key="rate_query").set_value("zzzzqqqq").run()
    assert wall(at) == []
    assert rate_next.NOTHING_LEFT in at.info[0].value


def test_hostile_titles_and_few_people(visit, archive) -> None:
    archive("<b>Bold</b> (1999)", "*Star* $x$ (2000)", "Plain (2001)", "Other (2002)")
    at = opened(visit)
    assert len(wall(at)) == 4
    assert "<b>Bold" not in " ".join(element.value for element in at.html)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.99, "Nearly all viewers"), (0.7, "About 7 in 10 viewers"), (0.34, "About 1 in 3 viewers"), (0.0005, "About 1 in 2,000 viewers")],
)
def test_shares_in_words(share: float, words: str) -> None:
    assert rate_next.how_many(share) == words
