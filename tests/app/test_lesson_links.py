"""Where a page leads to the lesson about what it shows, and to the list for several people."""

from __future__ import annotations

from recsys_core.teaching.catalogue import lesson
from tests.support.screen import press


def links(at) -> list[str]:
    return [link.proto.label for link in at.get("page_link")]


def of(key: str) -> str:
    return lesson(key).question


def test_why_and_the_window_of_a_title_lead_to_neighbours(visit) -> None:
    at = visit("for_you")
    assert not any(of("neighbours") in label for label in links(at))
    press(at, next(button.key for button in at.button if str(button.key).startswith("_why_")))
    assert sum(of("neighbours") in label for label in links(at)) == 1

    at = visit("for_you")
    at.session_state["sheet_to_open"] = "heat-1995"
    at.run()
    assert not at.exception
    assert sum(of("neighbours") in label for label in links(at)) == 1


def test_diversity_leads_to_metrics_once_it_is_moved(visit) -> None:
    at = visit("for_you")
    assert not any(of("metrics") in label for label in links(at))
    at.select_slider(key="list_diversity").set_value("Mixed").run()
    assert sum(of("metrics") in label for label in links(at)) == 1


def test_for_you_and_kept_lead_to_together(visit) -> None:
    for page in ("for_you", "kept"):
        found = [link.proto.page for link in visit(page).get("page_link") if link.proto.label.startswith("Watching with others?")]
        assert found == ["together"]
