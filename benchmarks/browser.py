"""How long what visitors do takes in a real browser: ``python -m benchmarks.browser [--clicks 30] [--dataset showcase] [--width 1440]``.

Starts the app on a free port, opens it in the system's Chromium, gives stars, pulls the list by keywords, asks *Why?* and goes from
page to page. Times are taken inside the page, from the click to the change, with ``performance.now()`` and a MutationObserver, so that
neither Playwright nor polling is in them. A click after which nothing changes is not counted; the report says how many were.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from recsys_core.serving.saved_engines import prepare_engine
from recsys_core.settings import settings

ROOT = Path(__file__).resolve().parents[1]
BARS_MS = {
    "star to changed live list": 300.0,
    "pull by a genre or keyword to changed list": 400.0,
    "Why? to its first text": 400.0,
    "page switch to its heading": 400.0,
}
"""95th percentiles."""
PAGES = ("For you", "Compare", "Factors", "Learn", "Kept", "Data", "Rate")
PER_PAGE, WARM_UP = 24, 3
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

MEASURE = """([clicked, nth, watched]) => new Promise(done => {
    const now = () => document.querySelector(watched)?.innerText.trim() ?? '';
    const before = now();
    const observer = new MutationObserver(() => {
        if (now() && now() !== before) {
            const end = performance.now();
            clearTimeout(timer);
            observer.disconnect();
            done(end - begin);
        }
    });
    const timer = setTimeout(() => { observer.disconnect(); done(null); }, 5000);
    observer.observe(document.body, {subtree: true, childList: true, characterData: true});
    const begin = performance.now();
    document.querySelectorAll(clicked)[nth].click();
})"""
"""Clicks the nth of some elements and answers after how many milliseconds the text of another has changed; null: not within 5 s."""


@contextmanager
def served(dataset: str, database: Path, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """The app's address while it runs; ``more`` adds to its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"DATABASE_URL": f"sqlite:///{database}", "RECSYS_DATASET": dataset, "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **own, **(more or {})}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.address", "localhost"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def taken(page: Page, clicked: str, nth: int, watched: str) -> list[float]:
    """Milliseconds from a click to the changed text, as a list of one; empty if it did not change."""
    settle(page)
    found = page.evaluate(MEASURE, [clicked, nth, watched])
    settle(page)
    if found is None:
        print(f"a click on {clicked} changed nothing within 5 s", file=sys.stderr)
        return []
    return [float(found)]


def star_times(page: Page, clicks: int) -> list[float]:
    """Stars for titles not yet rated, from page to page of the wall."""
    times = []
    for click in range(clicks):
        tile = click % PER_PAGE
        if click and tile == 0:
            page.get_by_test_id("stPaginationNext").click()
            page.wait_for_function("!document.querySelector('.st-key-wall [aria-checked=true]')")
        times += taken(page, ".st-key-wall [data-testid=stFeedback] button", tile * 5 + (click * 3) % 5, ".live")
    return times


def pull_times(page: Page, clicks: int) -> list[float]:
    """Pulls by one keyword after another."""
    go(page, "Factors")
    page.get_by_role("radio", name="Steer", exact=True).click()
    settle(page)
    choice, times = page.locator(".st-key-steer_tag input"), []
    for click in range(clicks):
        choice.click()
        for _ in range(click + 1):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        times += taken(page, ".st-key-_tag_more button", 0, "ol.live")
    return times


def why_times(page: Page, clicks: int) -> list[float]:
    """*Why?* of one title after another."""
    go(page, "For you")
    times = []
    for click in range(clicks):
        times += taken(page, '[class*="st-key-_why_"] button', click % 10, "[role=dialog] h3, [role=dialog] p")
        page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
        page.wait_for_selector("[role=dialog]", state="detached")
    return times


def page_times(page: Page, clicks: int) -> list[float]:
    """From page to page by the menu."""
    times = []
    for click in range(clicks):
        name = PAGES[click % len(PAGES)]
        page.evaluate(
            "name => { for (const a of document.querySelectorAll('[data-testid=stTopNavLink]'))"
            " a.dataset.to = a.innerText.trim().endsWith(name) ? 'yes' : '' }",
            name,
        )
        times += taken(page, "[data-testid=stTopNavLink][data-to=yes]", 0, "h1")
    return times


def go(page: Page, name: str) -> None:
    """Open a page by the menu."""
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"{name}$")).click()
    page.wait_for_url(re.compile("/" + name.lower().replace(" ", "_")))
    page.wait_for_timeout(1000)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the script is at its end."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning] h1", timeout=60_000)
    page.wait_for_timeout(150)


def main() -> None:
    """Print median and 95th percentile of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--width", type=int, default=1440, help="of the window, in pixels")
    parser.add_argument("--dataset", default="showcase", help="as in RECSYS_DATASET")
    given = parser.parse_args()
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if name and (path := shutil.which(name))), None)
    if not executable:
        sys.exit("No Chromium was found: install it or name it in CHROMIUM.")
    prepare_engine(given.dataset, settings().models_folder)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(given.dataset, Path(folder) / "ratings.sqlite3") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        page = browser.new_page(viewport={"width": given.width, "height": 1000}, reduced_motion="reduce")
        page.goto(address)
        page.wait_for_selector(".live li", timeout=180_000)
        measures = (star_times, pull_times, why_times, page_times)
        found = {what: measure(page, WARM_UP + given.clicks)[WARM_UP:] for what, measure in zip(BARS_MS, measures, strict=True)}
        browser.close()
    print(f"{given.dataset}, {os.cpu_count()} CPUs, {given.width} pixels wide")
    for what, times in found.items():
        say(what, times, BARS_MS[what])


def say(what: str, times: list[float], bar: float) -> None:
    """Print median, 95th percentile and whether the bar is reached."""
    if len(times) < 2:
        sys.exit(f"{what}: too few clicks changed anything.")
    median, p95 = statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]
    verdict = "kept" if p95 <= bar else "MISSED"
    print(f"{what}, {len(times)} counted: median {median:.0f} ms, p95 {p95:.0f} ms, slowest {max(times):.0f} ms (bar {bar:.0f}: {verdict})")


if __name__ == "__main__":
    main()
