"""Quick start by keyboard alone, on a phone, and as a screen reader hears it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.acts import go_to, on_page, settled

FOCUSED = """() => {
    const here = document.activeElement;
    return [here.tagName, here.type ?? '', here.getAttribute('aria-label') ?? here.innerText ?? ''].join('|');
}"""
LISTEN = """() => {
    window.region = document.querySelector('.st-key-announcer [role=status][aria-live=polite]');
    window.heard = [];
    const listener = new MutationObserver(() => window.heard.push(window.region.textContent));
    listener.observe(window.region, { childList: true, characterData: true, subtree: true });
}"""


def tab_to(page: Page, wanted: str, at_most: int = 70) -> None:
    """Press Tab until an element is focused whose tag, type and name match."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if re.search(wanted, page.evaluate(FOCUSED), re.DOTALL):
            return
    pytest.fail(f"Tab never came to {wanted!r}; it stands on {page.evaluate(FOCUSED)!r}")


def heard(page: Page) -> list[str]:
    """What the live region said since LISTEN. It fails if the region itself was replaced."""
    assert page.evaluate("window.region.isConnected")
    return page.evaluate("window.heard")


def asked(page: Page, step: int) -> None:
    """Wait for a step of the choices."""
    expect(page.get_by_role("heading", level=2, name=f"{step} of 5: which would you rather watch?")).to_be_visible()
    settled(page)


def box_is_clear_of_the_bar(page: Page) -> bool:
    """Whether the poster of the focused box is in sight and not under the bar with the button."""
    return page.evaluate("""() => {
        const tile = document.activeElement.closest('[class*="st-key-pick_"]').getBoundingClientRect();
        return tile.top >= 0 && tile.bottom <= document.querySelector('.st-key-quick_bar').getBoundingClientRect().top + 1;
    }""")


def test_favourites_by_keys_alone(open_tab) -> None:
    tab = open_tab()
    page = tab.page
    on_page(page, "Rate")
    tab_to(page, r"^A\|.*quick start$")
    page.keyboard.press("Enter")
    on_page(page, "Start")
    page.evaluate(LISTEN)
    tab_to(page, r"^INPUT\|checkbox")
    for number in (1, 2, 3):
        name = page.evaluate(FOCUSED).split("|")[2]
        page.keyboard.press("Space")
        expect(page.get_by_role("status").filter(has_text=f"Picked: {name}. {number} picked.")).to_be_attached()
        settled(page)
        assert page.evaluate(FOCUSED) == f"INPUT|checkbox|{name}"  # the focus has stayed
        page.keyboard.press("Tab")
        assert box_is_clear_of_the_bar(page)
    assert [text.split(". ", 1)[1] for text in heard(page)] == [
        "1 picked. 2 more, and you have a place.",
        "2 picked. 1 more, and you have a place.",
        "3 picked. You have a place; each further one makes it surer.",
    ]
    tab_to(page, r"^BUTTON\|.*Show me where I am")
    page.keyboard.press("Enter")
    on_page(page, "Factors")
    tab.check()


def test_choices_by_keys_alone(open_tab) -> None:
    tab = open_tab()
    page = tab.page
    on_page(page, "Rate")
    go_to(page, "Start")
    page.evaluate(LISTEN)
    page.evaluate("document.activeElement.blur()")
    tab_to(page, r"^BUTTON\|.*Pick favourites")
    page.keyboard.press("ArrowRight")
    if "Choose" not in page.evaluate(FOCUSED):
        tab_to(page, r"^BUTTON\|.*Choose between two sets", 2)
    page.keyboard.press("Enter")
    asked(page, 1)
    tab_to(page, r"^BUTTON\|.*Titles like", 5)
    page.keyboard.press("Enter")
    asked(page, 2)
    assert re.match(r"^BUTTON\|.*Titles like", page.evaluate(FOCUSED))  # the focus has stayed, on the next question
    tab_to(page, r"^BUTTON\|.*Back", 5)
    page.keyboard.press("Enter")
    asked(page, 1)
    page.evaluate("document.activeElement.blur()")
    tab_to(page, r"^BUTTON\|.*Titles like")
    for step in range(1, 6):
        page.keyboard.press("Space" if step % 2 else "Enter")
        if step < 5:
            asked(page, step + 1)
    on_page(page, "Factors")
    tab.check()


def test_each_answer_is_heard(open_tab) -> None:
    page = open_tab().page
    on_page(page, "Rate")
    go_to(page, "Start")
    page.evaluate(LISTEN)
    page.get_by_text("Choose between two sets").click()
    asked(page, 1)
    left = page.get_by_role("button", name="Titles like").first
    chosen = left.inner_text().removeprefix("Titles like ")
    left.click()
    asked(page, 2)
    low, high = (text.removeprefix("Titles like ") for text in page.get_by_role("button", name="Titles like").all_inner_texts())
    assert heard(page) == [f"1 of 5 answered. You chose the titles like {chosen}. Now 2 of 5: titles like {low}, or titles like {high}?"]
