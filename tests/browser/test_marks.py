"""In a real browser: a poster opens its title by click and by key; marks, their undoing, reload, and many at once."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.support.acts import cell, click_star, expect_rated, go_to, listed, on_page, settled

RATED = {"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 2}


def card(page: Page, item_id: str) -> Locator:
    return page.get_by_test_id("stGridCell").filter(has=page.locator(f'[data-item="{item_id}"]'))


def press(page: Page, item_id: str, mark: str) -> None:
    settled(page)
    card(page, item_id).get_by_test_id("stButtonGroup").get_by_text(mark, exact=True).click()
    settled(page)


def test_a_poster_opens_its_title_by_click_and_by_key_on_every_list(open_tab) -> None:
    tab = open_tab(rated=RATED)
    page = tab.page
    on_page(page, "Rate")
    window = page.get_by_role("dialog")
    for place in (".st-key-wall", ".live"):
        poster = page.locator(f"{place} .opener").nth(1)
        name = poster.get_attribute("aria-label").removeprefix("About ")
        poster.click()
        expect(window.get_by_text(name, exact=True).first).to_be_visible()
        expect(window).to_contain_text("Rated by")
        page.keyboard.press("Escape")
        expect(window).to_have_count(0)
        settled(page)
        expect(poster).to_be_focused()

    go_to(page, "For you")
    poster = page.locator(".st-key-cards .opener").first
    poster.press("Enter")
    expect(window).to_contain_text("What is like it")
    similar = window.locator(".row .opener").nth(2)
    other = similar.get_attribute("aria-label").removeprefix("About ")
    similar.press("Enter")  # one window in the place of the other
    expect(window).to_have_count(1)
    expect(window.locator(".sheet-poster .poster-title")).to_have_text(other)
    settled(page)
    window.get_by_role("button", name="Why?").click()
    expect(window).to_contain_text("How the score adds up")
    expect(window).to_have_count(1)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i id=forged data-open=no-such-title></i>')")
    page.evaluate("document.getElementById('forged').click()")
    settled(page)
    expect(window).to_have_count(0)
    tab.check()


def test_keep_seen_and_not_for_me_with_undo_survive_a_reload(open_tab) -> None:
    tab = open_tab(address="/for_you", rated=RATED)
    page = tab.page
    on_page(page, "For you")
    expect(page.locator(".st-key-cards .facts[data-item]").nth(2)).to_be_visible()
    first, second, third = listed(page)[:3]
    line = page.locator(".st-key-last_act")

    press(page, first, "Keep")
    expect(line).to_contain_text("is kept")
    press(page, second, "Seen")
    expect(page.locator(f'.st-key-cards [data-item="{second}"]')).to_have_count(0)
    press(page, third, "Not for me")
    expect(page.locator(f'.st-key-cards [data-item="{third}"]')).to_have_count(0)
    line.get_by_role("button", name="Undo").click()
    expect(page.locator(f'.st-key-cards [data-item="{third}"]')).to_have_count(1)
    expect(line).to_have_count(0)
    press(page, third, "Not for me")

    page.reload()
    on_page(page, "For you")
    assert first in listed(page)
    assert not {second, third} & set(listed(page))
    go_to(page, "Kept")
    for view, item_id in (("Kept (1)", first), ("Seen (1)", second), ("Not for me (1)", third)):
        page.locator(".st-key-kept_view").get_by_text(view).click()
        expect(page.locator(f'.st-key-kept [data-item="{item_id}"]')).to_have_count(1)
    press(page, third, "Not for me")  # again: taken back
    expect(page.locator(".st-key-kept_view")).to_contain_text("Not for me (0)")
    tab.check()


def test_seen_all_of_these_and_back(open_tab) -> None:
    tab = open_tab(width=390, address="/for_you", rated=RATED)
    page = tab.page
    on_page(page, "For you")
    before = listed(page)
    page.get_by_role("button", name=f"Seen all {len(before)}").click()
    expect(page.locator(".st-key-last_act")).to_contain_text(f"{len(before)} titles: seen.")
    settled(page)
    assert not set(before) & set(listed(page))
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert listed(page) == before
    tab.check()


def test_marks_in_the_window_show_on_the_page_when_it_is_closed(open_tab) -> None:
    tab = open_tab(address="/for_you", rated=RATED)
    page = tab.page
    on_page(page, "For you")
    first = listed(page)[0]
    page.locator(".st-key-cards .opener").first.click()
    window = page.get_by_role("dialog")
    window.get_by_test_id("stButtonGroup").get_by_text("Seen", exact=True).click()
    settled(page)
    page.keyboard.press("Escape")
    expect(page.locator(f'.st-key-cards [data-item="{first}"]')).to_have_count(0)
    expect(page.locator(".st-key-last_act")).to_contain_text("seen")
    tab.check()


def test_a_star_shows_what_another_tab_has_rated_meanwhile(open_tab) -> None:
    """A star draws its tile and the list alone, unless the tab has missed something: then the whole page."""
    tab = open_tab()
    page = tab.page
    on_page(page, "Rate")
    other = page.context.new_page()
    other.goto(page.url)
    on_page(other, "Rate")
    click_star(page, 0, 5)
    click_star(other, 1, 1)
    expect_rated(other, 2)
    expect(cell(other, 0).get_by_role("button", name="Clear")).to_be_visible()
    tab.check()
