"""Real data in a real browser: a file is uploaded, fitted while the page says how far it is, and used."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import expect

from recsys_core.serving.saved_engines import source_key
from recsys_core.settings import settings
from tests.support.acts import SCREENSHOTS, click_star, expect_rated, go_to, listed, on_page, settled

FIT_MS = 240_000


def test_an_uploaded_archive_is_fitted_and_the_ratings_come_along(open_tab, new_server, shared_data: Path, tmp_path: Path) -> None:
    assert settings().showcase_folder.is_dir()
    SCREENSHOTS.mkdir(exist_ok=True)
    own = tmp_path / "data"
    if (fitted := settings().models_folder / source_key("showcase")).is_dir():
        shutil.copytree(fitted, own / "models" / fitted.name)
    server = new_server(data=own)
    tab = open_tab(to=server)
    page = tab.page
    on_page(page, "Rate")
    page.get_by_label("Search").fill("The Matrix")
    settled(page)
    click_star(page, 0, 5)
    page.get_by_label("Search").fill("Finding Nemo")
    settled(page)
    click_star(page, 0, 4)
    expect_rated(page, 2)

    go_to(page, "Data")
    page.locator("input[type=file]").set_input_files(
        files=[{"name": "holiday.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04 not really"}]
    )
    expect(page.get_by_text(re.compile("holiday.zip is not a readable zip"))).to_be_visible()
    page.locator("input[type=file]").set_input_files(shared_data / "ml-latest-small.zip")
    expect(page.get_by_text("MovieLens latest-small is here")).to_be_visible(timeout=60_000)
    page.screenshot(path=SCREENSHOTS / "data-uploaded.png")
    page.locator(".st-key-choice_ml-latest-small").get_by_role("button", name="Use it").click()
    expect(page.get_by_role("heading", name="Getting ready")).to_be_visible()
    expect(page.get_by_text(re.compile("Fitting the models of MovieLens latest-small: .+"))).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "data-preparing.png")
    expect(page.get_by_text("2 of your 2 ratings came along")).to_be_visible(timeout=FIT_MS)
    assert "d=ml-latest-small" in page.url

    go_to(page, "For you")
    expect(page.get_by_text("MovieLens latest-small · real ratings")).to_be_visible()
    assert len(listed(page)) > 5
    expect(page.locator(".facts .reason").first).to_have_text(re.compile(r"^Because you rated (The Matrix|Finding Nemo) ★\d"))
    page.reload()
    expect(page.get_by_text("MovieLens latest-small · real ratings")).to_be_visible()  # the address keeps the choice
    tab.check()
