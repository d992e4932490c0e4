"""How long a star and a pull take in a real browser: ``python -m benchmarks.browser [--clicks 30] [--dataset showcase]``.

Starts the app on a free port, opens it in the system's Chromium and clicks stars of titles not yet rated. The time
from the click to the changed live list is taken inside the page, with ``performance.now()`` and a MutationObserver, so
that neither Playwright nor polling is in it. A click after which neither the titles nor their reasons change is not
counted; the report says how many were.
"""

from __future__ import annotations

import argparse
import os
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

ROOT = Path(__file__).resolve().parents[1]
BAR_MS = 300.0  # median, star click to changed list
BAR_STEER_MS = 400.0  # median, pull to changed list
PER_PAGE = 24
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

MEASURE = """([what, list, tile, star]) => new Promise(done => {
    const now = () => document.querySelector(list)?.innerHTML ?? '';
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
    if (what === 'star') {
        const feedback = document.querySelectorAll('.st-key-wall [data-testid=stFeedback]')[tile];
        feedback.querySelectorAll('button')[star].click();
    } else {
        document.querySelector('.st-key-factor_card [class*="st-key-_more_"] button, [class*="st-key-_tag_more"] button').click();
    }
})"""
"""Does something and answers after how many milliseconds a list has changed."""


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


def click_times(page: Page, clicks: int, warm_up: int) -> list[float]:
    """Milliseconds from click to changed list."""
    times = []
    for click in range(warm_up + clicks):
        tile = click % PER_PAGE
        if click and tile == 0:
            page.get_by_test_id("stPaginationNext").click()
            page.wait_for_function("!document.querySelector('.st-key-wall [aria-checked=true]')")
        settle(page)
        taken = page.evaluate(MEASURE, ["star", ".live", tile, (click * 3) % 5])
        if taken is None:
            print(f"click {click}: the list did not change within 5 s", file=sys.stderr)
        elif click >= warm_up:
            times.append(float(taken))
    return times


def steer_times(page: Page, clicks: int, warm_up: int) -> list[float]:
    """Milliseconds from a click on "More" of a keyword to the changed list, each time another keyword."""
    page.get_by_test_id("stTopNavLink").filter(has_text="Factors").click()
    page.get_by_role("radio", name="Steer", exact=True).click()
    choice = page.locator(".st-key-steer_tag input")
    times = []
    for click in range(warm_up + clicks):
        choice.click()
        for _ in range(click + 1):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        settle(page)
        taken = page.evaluate(MEASURE, ["more", ".live", 0, 0])
        if taken is None:
            print(f"pull {click}: the list did not change within 5 s", file=sys.stderr)
        elif click >= warm_up:
            times.append(float(taken))
        settle(page)
    return times


def settle(page: Page) -> None:
    """Wait until the script is at its end."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning] .live li", timeout=60_000)
    page.wait_for_timeout(150)


def main() -> None:
    """Print median and 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--dataset", default="showcase", help="as in RECSYS_DATASET")
    given = parser.parse_args()
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if name and (path := shutil.which(name))), None)
    if not executable:
        sys.exit("No Chromium was found: install it or name it in CHROMIUM.")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(given.dataset, Path(folder) / "ratings.sqlite3") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
        page.goto(address)
        settle(page)
        stars = click_times(page, given.clicks, warm_up=3)
        pulls = steer_times(page, min(given.clicks, 20), warm_up=2)
        browser.close()
    print(f"{given.dataset}, {os.cpu_count()} CPUs")
    say("star click to changed live list", stars, BAR_MS)
    say("pull by a genre or keyword to changed list", pulls, BAR_STEER_MS)


def say(what: str, times: list[float], bar: float) -> None:
    """Print median, 95th percentile and whether the bar is reached."""
    if len(times) < 2:
        sys.exit(f"{what}: too few clicks changed the list.")
    median, p95 = statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]
    verdict = "within" if median <= bar else "OVER"
    print(f"{what}, {len(times)} counted: median {median:.0f} ms, p95 {p95:.0f} ms, slowest {max(times):.0f} ms", end=" ")
    print(f"({verdict} the bar: median {bar:.0f} ms)")


if __name__ == "__main__":
    main()
