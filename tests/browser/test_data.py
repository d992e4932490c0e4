"""Data of one's own in a real browser: a file is uploaded, fitted while the page says how far it is, and used."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.support.acts import go_to, listed, on_page
from tests.support.fits import SharedFit
from tests.support.server import Server

RATED = {"the-matrix-1999": 5, "finding-nemo-2003": 4}
FIT_MS = 240_000
pytestmark = pytest.mark.usefixtures("shared_data")  # first, so that no server is started where it is not set


@pytest.fixture(scope="module")
def own_server(shared_data: Path, new_server, showcase_fit: SharedFit, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with its own folder of data, for others would see what is uploaded."""
    data = tmp_path_factory.mktemp("data")
    showcase_fit.offer(data / "models")
    return new_server(data=data)


@pytest.fixture
def sample(shared_data: Path, tmp_path: Path) -> Path:
    """The 500 titles of ml-latest-small with most ratings, and 300 people: fitted in seconds."""
    with zipfile.ZipFile(shared_data / "ml-latest-small.zip") as archive:
        tables = {name: pd.read_csv(archive.open(f"ml-latest-small/{name}.csv")) for name in ("movies", "ratings", "links")}
    best = tables["ratings"]["movieId"].value_counts().index[:500]
    tables["ratings"] = tables["ratings"].query("userId <= 300")
    file = tmp_path / "sample.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables.items():
            archive.writestr(f"sample/{name}.csv", table[table["movieId"].isin(best)].to_csv(index=False))
    return file


def give(page: Page, file: Path) -> None:
    page.locator(".st-key-upload input[type=file]").set_input_files(file)


def expect_ratings_of_both(page: Page, title: str) -> None:
    """The visitor's two ratings are in the new data set, too, and its list is made from them."""
    expect(page.get_by_text("2 of your 2 ratings came along")).to_be_visible(timeout=FIT_MS)
    go_to(page, "For you")
    expect(page.get_by_text(re.compile(rf"{title} · real ratings"))).to_be_visible()
    assert len(listed(page)) > 5
    expect(page.locator(".facts .reason").first).to_have_text(re.compile(r"^Because you rated (The Matrix|Finding Nemo) ★\d"))


def test_a_real_archive_is_recognised_and_the_ratings_come_along(
    open_tab, own_server: Server, movielens_fit: SharedFit, shared_data: Path, picture
) -> None:
    tab = open_tab(to=own_server, address="/data", rated=RATED)
    page = tab.page
    on_page(page, "Data")
    page.locator(".st-key-upload input[type=file]").set_input_files(
        files=[{"name": "holiday.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04 not really"}]
    )
    expect(page.get_by_text(re.compile("holiday.zip is not a readable zip"))).to_be_visible()
    give(page, shared_data / "ml-latest-small.zip")
    expect(page.get_by_text("MovieLens latest-small is here")).to_be_visible(timeout=60_000)
    picture(page, "data-uploaded")
    movielens_fit.offer(own_server.data / "models", str(own_server.data / "downloads" / "ml-latest-small.zip"))
    page.locator(".st-key-choice_ml-latest-small").get_by_role("button", name="Use it").click()
    expect_ratings_of_both(page, "MovieLens latest-small")
    assert "d=ml-latest-small" in page.url
    page.reload()
    expect(page.get_by_text("MovieLens latest-small · real ratings")).to_be_visible()  # the address keeps the choice
    tab.check()


def test_an_uploaded_archive_is_fitted_while_the_page_says_how_far_it_is(open_tab, own_server: Server, sample: Path, picture) -> None:
    tab = open_tab(to=own_server, address="/data", rated=RATED)
    page = tab.page
    on_page(page, "Data")
    give(page, sample)
    expect(page.get_by_text(re.compile(r"^movielens-\w+ is here"))).to_be_visible(timeout=60_000)
    page.locator("[class*='st-key-choice_own_movielens-']").get_by_role("button", name="Use it").click()
    expect(page.get_by_role("heading", name="Getting ready")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Fitting the models of movielens-\w+: .+"))).to_be_visible()
    picture(page, "data-preparing")
    expect_ratings_of_both(page, r"movielens-\w+")
    assert re.search(r"d=mine(:|%3A)\w+(/|%2F)movielens-", page.url)
    tab.check()
