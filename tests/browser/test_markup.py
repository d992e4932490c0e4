"""Streamlit's own Markdown, in the browser, takes nothing for markup of what :func:`ui.components.markup.plain` has written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server
from tests.support.acts import settled
from tests.support.hostile import FORMULAS, MARKDOWN, random_words
from ui.components.markup import clean

PARTS = """() => [...document.querySelectorAll('[class*="st-key-known_"], [class*="st-key-random_"]')].map(box => ({
    key: box.className.match(/st-key-((?:known|random)_\\d+)/)[1],
    texts: [...box.querySelectorAll('[data-testid=stMarkdownContainer]')]
        .filter(part => !part.closest('[data-testid=stSliderThumbValue], [data-testid=stSliderTickBar]'))
        .map(part => part.textContent),
    styled: box.querySelectorAll('[data-testid=stMarkdownContainer] :is(p [style], p span, .katex, h2 span *)').length,
    tags: [...new Set([...box.querySelectorAll('[data-testid=stMarkdownContainer] *')].map(part => part.tagName))],
}))"""


@pytest.fixture(scope="module")
def words() -> dict[str, list[str]]:
    return {"known": [*MARKDOWN, *FORMULAS], "random": random_words(400, seed=7), "cells": [*FORMULAS, "Heat", "-1"]}


@pytest.fixture(scope="module")
def page_of_words(browser, words, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("words")
    Path(folder, "words.json").write_text(json.dumps(words), encoding="utf-8")
    server = Server(folder / "none.sqlite3", folder, script="tests/support/words_page.py")
    yield server.start()
    server.stop()


def test_every_character_stands_for_itself(open_tab, page_of_words: Server, words: dict[str, list[str]]) -> None:
    tab = open_tab(to=page_of_words)
    expect(tab.page.get_by_text("The end", exact=True)).to_be_visible()
    settled(tab.page)
    boxes = {box["key"]: box for box in tab.page.evaluate(PARTS)}
    assert len(boxes) == len(words["known"]) + len(words["random"])
    wrong = []
    for kind in ("known", "random"):
        for at, word in enumerate(words[kind]):
            box, said = boxes[f"{kind}_{at}"], clean(word)
            texts = [text.replace("\u2060", "") for text in box["texts"]]
            frames = {said, f"So it is: {said} is said.", f"Said\n{said}", f"Show {said} again", f"Downloading {said}: 1 MB"}
            strange = [text for text in texts if text.strip() not in frames]
            tags = set(box["tags"]) - ({"P"} if kind == "random" else {"P", "STRONG", "BR", "DIV", "H2", "SPAN"})
            if strange or tags or box["styled"]:
                wrong.append((word, strange, tags, box["styled"]))
    assert not wrong
    assert tab.page.evaluate("window.hacked") is None
    assert not tab.foreign
    assert not tab.page_errors


def test_a_table_goes_into_a_file_without_its_formulas(open_tab, page_of_words: Server, words: dict[str, list[str]]) -> None:
    page = open_tab(to=page_of_words).page
    page.evaluate("window.showSaveFilePicker = undefined")  # a window of the system, which no test can use
    table = page.locator(".st-key-table")
    table.scroll_into_view_if_needed()
    with page.expect_download() as download:
        table.get_by_role("button", name="Download as CSV").dispatch_event("click")  # it shows over the table, under the mouse
    head, *rows = csv.reader(download.value.path().read_text(encoding="utf-8-sig").splitlines())
    assert head == ["Title", "'=Amount"]
    assert [title for title, _ in rows] == [*(f"'{clean(text)}" for text in FORMULAS), "Heat", "-1"]
    assert {amount for _, amount in rows} == {"-0.5"}
