"""In a real browser: three people, one list, fairness switched, who gives way, and a poster that opens its title."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.support.acts import on_page, settled

RATED = {"the-wire-2002": 5, "breaking-bad-2008": 5, "the-godfather-1972": 5}


def pick(page: Page, seat: int, *titles: str, which: str = "loved") -> None:
    """Choose titles that a person loves, or "disliked"."""
    for title in titles:
        field = page.locator(f".st-key-together_{which}_{seat} input")
        field.click()
        field.fill(title)
        page.get_by_role("option").filter(has_text=title).first.click()
        page.keyboard.press("Escape")
        settled(page)


def cards(page: Page) -> Locator:
    return page.locator(".st-key-together_list .facts")


def ids(page: Page) -> list[str]:
    return cards(page).evaluate_all("cards => cards.map(card => card.dataset.item)")


def test_three_people_agree_on_a_list(open_tab, picture) -> None:
    tab = open_tab(address="/for_you", rated=RATED)
    page = tab.page
    on_page(page, "For you")
    page.get_by_role("link", name="Watching with others?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Together")
    settled(page)
    page.get_by_role("button", name="Add a person").click()
    settled(page)
    for number, name in enumerate(("Ann", "Ben", "Cleo")):
        field = page.get_by_label("Name").nth(number)
        field.fill(name)
        field.press("Enter")
        settled(page)
    pick(page, 1, "Notting Hill", "Pride & Prejudice")
    pick(page, 2, "Spirited Away")
    pick(page, 2, "Alien (1979)", "The Shining (1980)", which="disliked")

    average = ids(page)
    assert len(average) == 12
    for name in ("Ann", "Ben", "Cleo"):
        expect(cards(page).first.get_by_text(name, exact=True)).to_be_visible()
    page.locator(".st-key-together_fair").get_by_text("Take turns").click()
    settled(page)
    turns = ids(page)
    assert turns != average
    expect(cards(page).first).to_contain_text("Ann chose")
    expect(cards(page).nth(1)).to_contain_text("Ben chose")
    expect(cards(page).filter(has_text="gives way").first).to_be_visible()
    picture(page, "together")

    poster = page.locator(".st-key-together_list .opener").nth(2)
    name = poster.get_attribute("aria-label").removeprefix("About ")
    poster.click()
    window = page.get_by_role("dialog")
    expect(window.locator(".sheet-poster .poster-title")).to_have_text(name)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    settled(page)
    assert ids(page) == turns
    tab.check()
