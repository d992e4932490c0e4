"""Titles are data: markup, Markdown and emoji in them are shown as they are, and nothing runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.acts import PAGES, click_star, go_to, on_page
from ui.components.charts import shorten
from ui.components.factor_names import short

HOSTILE = (
    "<script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=2'>",
    "**bold** [link](javascript:window.hacked=3) :red[hot] $x^2$",
    "<b>Fat</b> & <a href='javascript:window.hacked=4'>link</a>",
    "🎬 Émoji 猫 ★ :smile:",
)
PLAIN = ("Heat", "Casino", "Alien", "Aliens", "Brazil", "Fargo", "Seven")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder in MovieLens's layout."""
    folder = tmp_path_factory.mktemp("data") / "hostile <i>set</i>".replace("/", "∕")
    folder.mkdir()
    quoted = ['"' + f"{title} ({1990 + i})".replace('"', '""') + '"' for i, title in enumerate((*HOSTILE, *PLAIN))]
    movies = [f"{number},{title},Crime|<u>Drama</u>" for number, title in enumerate(quoted, start=1)]
    ratings = [
        f"{user},{movie},{5 if (movie <= len(HOSTILE)) else 1 + (user * movie) % 4},{1000 * user + movie}"
        for user in range(1, 13)
        for movie in range(1, len(quoted) + 1)
        if (user + movie) % 4
    ]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]) + "\n", encoding="utf-8")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n", encoding="utf-8")
    return folder


def test_hostile_titles_are_plain_text_and_run_nothing(open_tab, new_server, folder: Path) -> None:
    tab = open_tab(to=new_server(str(folder)))
    page = tab.page
    on_page(page, "Rate")
    shown = page.locator(".st-key-wall .poster-title").all_text_contents()
    assert sorted(shown) == sorted((*HOSTILE, *PLAIN))
    for title in HOSTILE[:3]:
        click_star(page, shown.index(title), 5)
    assert set(page.locator(".live .name").evaluate_all("names => names.map(name => name.firstChild.data)")) <= {*HOSTILE, *PLAIN}
    for name in PAGES:
        go_to(page, name)
        if name == "Start":
            boxes = page.get_by_role("checkbox")
            spoken = set(boxes.evaluate_all("boxes => boxes.map(box => box.getAttribute('aria-label'))"))
            assert set(PLAIN) - spoken == set()
            assert not any(set(name) & set("\\<>[]*$`") for name in spoken)
            assert page.locator('[class*="st-key-pick_"] a').count() == 0
            boxes.nth(0).press("Space")
            expect(page.get_by_role("status").filter(has_text="picked.")).to_be_attached()
            boxes.nth(0).press("Space")
            expect(page.get_by_role("status").filter(has_text="Taken back")).to_be_attached()
            page.get_by_text("Choose between two sets").click()
            sets = page.get_by_role("button", name="Titles like")
            expect(sets).to_have_count(2)
            titles = {text.removeprefix("Titles like ") for text in sets.all_inner_texts()}
            assert titles <= {*HOSTILE, *PLAIN}
            assert set(page.locator(".quick-set li").all_text_contents()) <= {*HOSTILE, *PLAIN}
        if name == "For you":
            assert set(HOSTILE[3:]) <= set(page.locator(".st-key-cards .poster-title").all_text_contents())
            expect(page.locator(".facts .reason").first).to_contain_text("Because you rated")
            for heading in page.get_by_role("heading", level=3).all_text_contents():
                assert heading.removeprefix("Because you watched ") in HOSTILE
            page.get_by_role("button", name="Why?").first.click()
            window = page.get_by_role("dialog")
            expect(window.locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
            labels = window.locator(".js-plotly-plot .ytick text").all_text_contents()
            assert {shorten(title) for title in HOSTILE[:3]} <= set(labels)
            page.keyboard.press("Escape")
            expect(window).to_have_count(0)
        if name == "Factors":
            expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()
            labels = page.locator(".st-key-factor_scroll .ytick text").all_text_contents()
            assert {short(title) for title in HOSTILE[3:]} <= set(labels)
        links = page.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href') ?? a.getAttribute('xlink:href') ?? '')")
        assert not any(link.startswith("javascript") for link in links)
        assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.hacked") is None
    tab.check()
