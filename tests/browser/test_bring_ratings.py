"""Ratings of one's own in a real browser: a real file is dropped, its report read, brought in, taken back, and taken along."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.exchange import files
from tests.support.acts import go_to, on_page, settled


def drop(page: Page, name: str, content: bytes) -> None:
    """Give the file to the field on the page."""
    field = page.locator("[class*='st-key-bring_'] input[type=file]")
    field.set_input_files(files=[{"name": name, "mimeType": "application/octet-stream", "buffer": content}])
    settled(page)


def test_an_export_is_brought_in_taken_back_and_taken_along(open_tab, picture, tmp_path: Path) -> None:
    tab = open_tab(address="/data", rated={"finding-nemo-2003": 4})
    page = tab.page
    on_page(page, "Data")
    drop(page, "holiday.zip", b"PK\x03\x04 not really")
    expect(page.get_by_text("The zip is damaged")).to_be_visible()
    page.reload()
    on_page(page, "Data")
    drop(page, "letterboxd-someone-2026.zip", files.letterboxd_zip())
    expect(page.get_by_text("ratings.csv, watched.csv, watchlist.csv · 6 rows, 3 with stars")).to_be_visible()
    page.get_by_text("See the titles").click()
    picture(page, "bring-report")
    page.get_by_role("button", name=re.compile(r"^Bring in \d rating")).click()
    expect(page.get_by_text(re.compile(r"ratings?, 1 seen, 1 kept brought in"))).to_be_visible()
    settled(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Table (CSV)").click()
    taken.value.save_as(tmp_path / "mine.csv")
    rows = {row["item_id"]: row for row in csv.DictReader(io.StringIO((tmp_path / "mine.csv").read_text(encoding="utf-8-sig")))}
    assert (rows["heat-1995"]["stars"], rows["heat-1995"]["date"]) == ("5.0", "2025-01-03T00:00:00Z")
    assert (rows["fargo-1996"]["mark"], rows["alien-1979"]["mark"]) == ("seen", "kept")
    picture(page, "bring-done")
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text(re.compile(r"Taken back: \d titles as before"))).to_be_visible()
    settled(page)
    drop(page, "mine.csv", (tmp_path / "mine.csv").read_bytes())
    expect(page.get_by_text("Because You Watched · 6 rows, 4 with stars")).to_be_visible()
    go_to(page, "Rate")
    expect(page.get_by_test_id("stMarkdown").filter(has_text=re.compile(r"^1 rated\.")).first).to_be_visible()
    tab.check()
