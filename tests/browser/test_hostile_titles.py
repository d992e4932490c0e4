"""A data set whose every word tries to be more than a word: all pages and windows show the words as they are, and nothing runs."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_factor_clicks import click_at
from tests.support.acts import PAGES, click_star, go_to, on_page, settled
from ui.components.charts import shorten
from ui.components.factor_names import short
from ui.components.markup import clean

EVIL = "https://evil.example"
HOSTILE = tuple(
    f"{words} T{number:02d}Z"
    for number, words in enumerate(
        (
            "<script>window.hacked=1</script>",
            "\"><img src=x onerror='window.hacked=2'>",
            "**bold** [link](javascript:window.hacked=3) :red[hot] $x^2$",
            f"<b>Fat</b> & <a href='{EVIL}'>link</a>",
            "🎬 Émoji 猫 ★ :smile:",
            f"![i]({EVIL}/a.png)",
            f"{EVIL}/x and www.evil.example",
            "me@evil.example -> you",
            ":material/home: :streamlit: :blue-background[b]",
            f'=HYPERLINK("{EVIL}")',
            "$5$ and $$x^2$$",
            "- # 1. `code` ~~gone~~ &amp;",
            "left\u202eright\u2066x",
        )
    )
)
PLAIN = ("Heat", "Casino", "Alien", "Aliens", "Brazil", "Fargo", "Seven")
TITLES = (*HOSTILE, *PLAIN)
GENRES = ("<u>Drama</u> G01Z", f"[Crime]({EVIL}) :smile: G02Z", "www.evil.example $g$ G03Z")
TAGS = (f"![i]({EVIL}/t.png) **tag** k01z", "www.evil.example `code` k02z", "=1+1 :red[hot] k03z")
OWN_NAME = f"[mine]({EVIL}) www.evil.example :smile: N01Z"
FOLDER = "![set] <i>set</i> www.evil.example $x$ :smile: D01Z".replace("/", "∕")
WHOLE = {text[-4:]: clean(text) for text in (*HOSTILE, *GENRES, *TAGS, OWN_NAME, FOLDER)}
"""Each text by the code that it ends with."""
CODE = re.compile(r"[TGND]\d\dZ|k\d\dz")
SHOWN = r"""() => {
    const inline = new Set(['A', 'B', 'I', 'U', 'EM', 'STRONG', 'SPAN', 'CODE', 'DEL', 'SUB', 'SUP']), found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walk.nextNode());) {
        let box = node.parentElement;
        if (!/[TGND]\d\dZ|k\d\dz/.test(node.data) || box.closest('svg, script, style, [class*=st-key-pick_] label')) continue;
        while (inline.has(box.tagName)) box = box.parentElement;
        found.add(box.textContent.replaceAll('\u2060', ''));
    }
    return [...found];
}"""
"""The text of every block that has a code in it; not the unseen names of boxes, which leave out what a screen reader would spell."""
FOREIGN = """() => [
    ...[...document.querySelectorAll('a')].map(a => a.getAttribute('href') ?? a.getAttribute('xlink:href') ?? '')
        .filter(href => /evil|javascript:|^mailto:/.test(href)),
    ...[...document.querySelectorAll('img, iframe, source, link')].map(e => e.src ?? e.href).filter(address => /evil|\\/x$/.test(address)),
    ...[...document.querySelectorAll('.katex, mjx-container, .stMarkdownColoredText, .stMarkdownColoredBackground')]
        .map(e => e.outerHTML.slice(0, 200)),
    ...[...document.querySelectorAll('[data-testid=stMarkdownContainer] :is(img, [role=img], code, del, table, u)')]
        .filter(e => !e.closest('.stMarkdownBadge') || /[TGND]\\d\\dZ|k\\d\\dz/.test(e.closest('.stMarkdownBadge').textContent))
        .map(e => e.outerHTML.slice(0, 200)),
]"""
"""Links, pictures, formulas and styles that no page of the app has by itself."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder in MovieLens's layout."""
    folder = tmp_path_factory.mktemp("data") / FOLDER
    folder.mkdir()
    numbered = list(enumerate(TITLES, start=1))
    write(folder / "movies.csv", "movieId title genres", [(n, f"{title} ({1990 + n})", GENRES[n % 3]) for n, title in numbered])
    given = [(user, n) for user in range(1, 25) for n, _ in numbered if (user + n) % 4]
    stars = [(user, n, 5 if n <= len(HOSTILE) else 1 + (user * n) % 4, 1000 * user + n) for user, n in given]
    write(folder / "ratings.csv", "userId movieId rating timestamp", stars)
    write(folder / "tags.csv", "userId movieId tag timestamp", [(user, n, TAGS[n % 3], 1) for user in range(1, 6) for n, _ in numbered])
    return folder


def write(file: Path, head: str, rows: list[tuple[object, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([head.split(), *rows])


class Looks:
    """Looks at whatever is on the screen, and remembers whose words it has seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: set[str] = set()

    def look(self) -> None:
        settled(self.page)
        for text in self.page.evaluate(SHOWN):
            for code in CODE.findall(text):
                assert WHOLE[code] in text or "…" in text, f"{WHOLE[code]!r} has become {text!r}"
                self.seen.add(code)
        assert self.page.evaluate(FOREIGN) == []
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        assert self.page.evaluate("window.hacked") is None

    def unfold_all(self) -> None:
        """Open every expander that is still closed."""
        closed = self.page.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.click()
            settled(self.page)
        self.look()


def test_hostile_words_are_plain_text_and_run_nothing(open_tab, new_server, folder: Path, tmp_path: Path) -> None:
    tab = open_tab(to=new_server(str(folder)))
    page, looks = tab.page, Looks(tab.page)
    on_page(page, "Rate")
    shown = page.locator(".st-key-wall .poster-title").all_text_contents()
    assert sorted(shown) == sorted(map(clean, TITLES))
    for title in (HOSTILE[1], HOSTILE[4]):
        click_star(page, shown.index(title), 5)
    expect(page.locator(".st-key-strip")).to_contain_text("Nothing from")
    looks.look()
    click_star(page, shown.index(HOSTILE[2]), 5)
    page.get_by_role("radio", name="What to rate next").click()
    looks.look()
    for name in PAGES:
        go_to(page, name)
        looks.look()
        if name in LOOK_CLOSER:
            LOOK_CLOSER[name](page, looks, tmp_path)
        looks.unfold_all()
    assert not set(WHOLE) - looks.seen, "words that were never seen"
    tab.check()


def start(page: Page, looks: Looks, _: Path) -> None:
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
    expect(page.get_by_role("button", name="Titles like")).to_have_count(2)
    looks.look()


def for_you(page: Page, looks: Looks, _: Path) -> None:
    expect(page.locator(".facts .reason").first).to_contain_text("Because you rated")
    page.locator(".st-key-cards").get_by_text("Not for me").first.click()
    expect(page.locator(".st-key-last_act")).to_contain_text("is not for you")
    looks.unfold_all()
    page.locator(".st-key-cards .opener").first.click()
    expect(page.get_by_role("dialog").locator(".sheet-facts")).to_be_visible()
    looks.unfold_all()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Why ").first.click()
    window = page.get_by_role("dialog")
    expect(window.locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
    labels = window.locator(".js-plotly-plot .ytick text").all_text_contents()
    assert {shorten(title) for title in HOSTILE[1:3]} <= set(labels)
    looks.unfold_all()
    expect(window).to_contain_text("itself is on neither list")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)


def compare(page: Page, looks: Looks, _: Path) -> None:
    expect(page.locator(".st-key-compare_slopes .js-plotly-plot .scatterlayer .point").first).to_be_visible()
    looks.unfold_all()
    expect(page.locator(".contested").first.or_(page.get_by_text("Nothing: no title divides them").first)).to_be_visible()


def factors(page: Page, looks: Looks, _: Path) -> None:
    expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()
    labels = page.locator(".st-key-factor_scroll .ytick text").all_text_contents()
    assert {short(clean(title)) for title in HOSTILE[5:]} & set(labels)
    name = page.get_by_role("textbox", name="Your own name for it")
    name.fill(OWN_NAME)
    name.press("Enter")
    expect(page.locator(".st-key-factor_card h2")).to_contain_text("N01Z")
    looks.unfold_all()
    click_at(page, "factor_heatmap", 0, 3)
    window = page.get_by_role("dialog")
    expect(window.get_by_text("What is near it")).to_be_visible()
    looks.unfold_all()
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    for view in ("Taste map", "You", "Rating matrix", "How many?", "Steer"):
        page.get_by_role("radio", name=view, exact=True).click()
        looks.unfold_all()
    box = page.locator(".st-key-steer_tag")
    box.evaluate("box => box.scrollIntoView({ block: 'center' })")  # a list that opens at the screen's edge scrolls, and shuts
    settled(page)
    for number, tag in enumerate(TAGS, start=1):
        box.get_by_role("button", name="Open").click()
        page.get_by_role("option").filter(has_text=tag).click()
        page.get_by_role("button", name="More", exact=True).click()
        expect(page.get_by_role("button", name="Let go")).to_have_count(number)
    looks.look()


def data(page: Page, looks: Looks, tmp_path: Path) -> None:
    archive = tmp_path / "[archive](www.evil.example) $x$ :smile:.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("x/ratings.csv", f'userId,"{TAGS[0]}","{TAGS[1]}",x\n1,2,3,4\n')
        zipped.writestr("x/movies.csv", "movieId,title,genres\n1,Heat (1995),Crime\n")
    page.locator(".st-key-upload input[type=file]").set_input_files(archive)
    expect(page.get_by_role("alert").filter(has_text="ratings.csv")).to_be_visible()
    looks.look()


LOOK_CLOSER = {"Start": start, "For you": for_you, "Compare": compare, "Factors": factors, "Data": data}
