"""With keys and ears: stars and buttons are named for their title, and the focus stays in place after an act."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.acts import click_star, go_to, listed, on_page, settled

RATED = {"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 1}
FOCUSED = "() => document.activeElement.closest('[data-testid=stGridCell]')?.querySelector('.poster-title')?.textContent ?? ''"


def titles(page: Page, grid: str) -> list[str]:
    return page.locator(f"{grid} .poster-title").all_text_contents()


def focused(page: Page) -> tuple[str, str]:
    """The title in whose tile the focus is, and what has it."""
    return page.evaluate(FOCUSED), page.evaluate("() => document.activeElement.textContent.trim()")


def test_every_group_of_stars_and_every_button_names_its_title(open_tab) -> None:
    page = open_tab(rated=RATED).page
    on_page(page, "Rate")
    named = page.get_by_role("radiogroup").and_(page.locator(".st-key-wall [role=radiogroup]"))
    expect(named.first).to_have_attribute("aria-label", f"Stars for {titles(page, '.st-key-wall')[0]}")
    assert named.evaluate_all("all => all.map(one => one.ariaLabel)") == [f"Stars for {title}" for title in titles(page, ".st-key-wall")]
    unrated = page.locator(".st-key-wall").get_by_role("button", name="Not seen: ").first
    click_star(page, 0, 4)  # the button of the rated tile has other words, and its name follows
    first = titles(page, ".st-key-wall")[0]
    expect(page.locator(".st-key-wall").get_by_role("button", name=f"lear: {first}")).to_have_count(1)
    expect(unrated).to_be_visible()

    go_to(page, "For you")
    for title in titles(page, ".st-key-cards")[:3]:
        expect(page.locator(".st-key-cards").get_by_role("button", name=f"Why {title}?", exact=True)).to_have_count(1)
        expect(page.locator(".st-key-cards").get_by_role("radiogroup", name=f"{title}: keep it")).to_have_count(1)
    page.locator(".st-key-cards .opener").first.press("Enter")
    window = page.get_by_role("dialog")
    shown = window.locator(".sheet-poster .poster-title").text_content()
    expect(window.get_by_role("radiogroup", name=f"Stars for {shown}")).to_have_count(1)


def test_the_focus_goes_to_the_next_title_when_an_act_takes_one_away(open_tab) -> None:
    page = open_tab(rated=RATED).page
    on_page(page, "Rate")
    before = titles(page, ".st-key-wall")
    place = next(at for at, title in enumerate(before) if page.get_by_role("button", name=f"Not seen: {title}", exact=True).count())
    page.get_by_role("button", name=f"Not seen: {before[place]}", exact=True).press("Enter")
    expect(page.get_by_role("button", name=f"Seen after all: {before[place]}", exact=True)).to_be_focused()
    page.get_by_text("What to rate next", exact=True).click()
    settled(page)
    first = titles(page, ".st-key-wall")[0]
    page.get_by_role("button", name=f"Not seen: {first}", exact=True).press("Enter")
    expect(page.get_by_role("button", name=f"Not seen: {first}", exact=True)).to_have_count(0)
    settled(page)
    assert focused(page) == (titles(page, ".st-key-wall")[0], "Not seen")

    go_to(page, "For you")
    second = listed(page)[1]
    card = page.get_by_test_id("stGridCell").filter(has=page.locator(f'[data-item="{second}"]'))
    card.get_by_test_id("stButtonGroup").get_by_text("Not for me", exact=True).focus()
    card.get_by_role("radio", name="Not for me").press("Space")
    expect(page.locator(f'.st-key-cards [data-item="{second}"]')).to_have_count(0)
    settled(page)
    assert focused(page) == (titles(page, ".st-key-cards")[1], "Not for me")

    third = listed(page)[2]
    card = page.get_by_test_id("stGridCell").filter(has=page.locator(f'[data-item="{third}"]'))
    card.get_by_test_id("stFeedback").get_by_role("radio").first.press("Enter")
    expect(page.locator(f'.st-key-cards [data-item="{third}"]')).to_have_count(0)
    settled(page)
    assert focused(page)[0] == titles(page, ".st-key-cards")[2]
    assert page.evaluate("() => document.activeElement.closest('[data-testid=stFeedback]') !== null")
