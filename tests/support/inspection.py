"""What is wrong with how a page looks: rules of axe-core that it breaks, and what is wider than the screen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, TimeoutError

from tests.support.acts import settled

WIDTHS = (1440, 390, 768)
PHONE, TABLET, DESK = 390, 768, 1440
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"]}
CONTRAST = ALL_RULES | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""The only rule that depends on the theme."""
STREAMLITS_OWN = {("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"')}
"""Rules that an element of Streamlit breaks whatever the app does: the place to drop a file at has a name and the role of nothing."""
TOO_WIDE = """() => {
    const boxes = { page: document.documentElement, main: document.querySelector('[data-testid=stMain]'),
                    window: document.querySelector('[role=dialog]') };
    return Object.entries(boxes).filter(([, box]) => box && box.scrollWidth > box.clientWidth)
        .map(([name, box]) => `the ${name} is ${box.scrollWidth - box.clientWidth} px too wide`);
}"""


def violations(page: Page, rules: dict[str, Any] = ALL_RULES) -> list[str]:
    """Violations of any weight: rule, element, and what is wrong with it."""
    found = Axe().run(page, options=rules).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
        if not any(rule["id"] == known and mark in node["html"] for known, mark in STREAMLITS_OWN)
    ]


def too_wide(page: Page) -> list[str]:
    """What is wider than what is seen of it, once charts have had time to follow a new width."""
    try:
        page.wait_for_function(f"() => !({TOO_WIDE})().length", timeout=3_000)
    except TimeoutError:
        return [str(line) for line in page.evaluate(TOO_WIDE)]
    return []


@dataclass
class Inspection:
    """Looks at a tab again and again, and collects what it finds.

    Attributes
    ----------
    rules : dict
        The options of axe-core: :data:`ALL_RULES` or :data:`CONTRAST`.
    picture : callable
        Takes a screenshot under a name, where screenshots are wanted.
    found : list of str
        A line for each fault.
    """

    page: Page
    rules: dict[str, Any]
    picture: Callable[[Page | Locator, str], None]
    found: list[str] = field(default_factory=list)
    _widths: deque[int] = field(default_factory=lambda: deque(WIDTHS))

    def look(self, name: str) -> None:
        """At the rules of axe-core, at today's width."""
        self.found += [f"{name}, {self._widths[0]} px: {line}" for line in violations(self.page, self.rules)]

    def look_at_all_widths(self, name: str, axe_at: tuple[int, ...] = (PHONE, DESK)) -> None:
        """At three widths, beginning with today's, so that the next page is reached through the navigation of another one."""
        for turn in range(len(WIDTHS)):
            if turn:
                self.turn_to_next_width()
            width = self._widths[0]
            self.found += [f"{name}, {width} px: {line}" for line in too_wide(self.page)]
            if width in axe_at:
                self.look(name)
            self.picture(self.page, f"{name}-{width}")

    def turn_to(self, width: int) -> None:
        """Make the tab that wide."""
        while self._widths[0] != width:
            self._widths.rotate(-1)
        self.page.set_viewport_size({"width": width, "height": 1000})
        settled(self.page)

    def turn_to_next_width(self) -> None:
        self.turn_to(self._widths[1])
