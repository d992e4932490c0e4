"""The first start of a fresh clone: how long until there is something to do, and until a personal list has been made.

No models are saved, as after ``git clone``. A browser opens the page as soon as the server answers, and rates the first
title that it sees. Times count from the start of the server; installing packages is not part of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import FLAGS, served
from benchmarks.report import machine_facts, publish, table

BAR_LISTS = 15.0
"""Seconds until a personal list works, on two idle cores."""
STEPS = {
    "server": "the server answers",
    "name": "the page shows the app's name",
    "stars": "titles can be rated",
    "list": "a personal list is there",
    "models": "all models are fitted",
    "complete": "the factors are studied too",
}
FIRST_STAR = "[class*='st-key-first_wall'] [data-testid=stFeedback] button, .st-key-wall [data-testid=stFeedback] button"
PERSONAL = "() => [...document.querySelectorAll('.live .reason')].some(line => line.textContent.startsWith('Because you rated'))"
FILE_NAMES = "() => !!document.querySelector('[data-testid=stSidebarNav]')"


def first_start(page: Page, folder: Path, last: str) -> tuple[dict[str, float], bool]:
    """Seconds since the start of the server by step, and whether the files of ``pages/`` were ever listed."""
    environment = {"RECSYS_DATA": str(folder)}
    start = time.monotonic()
    seen: dict[str, float] = {}
    listed = False

    def reached(step: str) -> None:
        seen[step] = time.monotonic() - start

    with served("showcase", folder / "ratings.sqlite3", environment) as address:
        reached("server")
        page.goto(address)
        until = start + 600
        while last not in seen and time.monotonic() < until:
            listed = listed or bool(page.evaluate(FILE_NAMES))
            if "name" not in seen and page.get_by_text("Because You Watched").count():
                reached("name")
            if "stars" not in seen and page.locator(FIRST_STAR).count() >= 5:
                reached("stars")
                page.locator(FIRST_STAR).nth(4).click()
            if "list" not in seen and page.evaluate(PERSONAL):
                reached("list")
            for stage in ("models", "complete"):
                if stage not in seen and f'"stage": "{stage}"' in _manifest(folder):
                    reached(stage)
                    seen.setdefault("models", seen[stage])
            time.sleep(0.05)
    return seen, listed


def _manifest(folder: Path) -> str:
    return next((file.read_text(encoding="utf-8")[:200] for file in folder.glob("models/*/manifest.json")), "")


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--until", choices=list(STEPS)[3:], default="complete", help="stop there (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="write the report to a file, too")
    given = parser.parse_args()
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if name and (path := shutil.which(name))), None)
    if not executable:
        sys.exit("No Chromium was found: install it or name it in CHROMIUM.")
    runs: list[dict[str, float]] = []
    listed, load = False, os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        for _ in range(given.runs):
            with tempfile.TemporaryDirectory() as folder:
                page = browser.new_page(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
                seen, names_shown = first_start(page, Path(folder), given.until)
                page.close()
            runs.append(seen)
            listed = listed or names_shown
            print(", ".join(f"{step} {seconds:.1f}" for step, seconds in seen.items()), file=sys.stderr)
        browser.close()
    publish(report(runs, listed, load), given.out)


def report(runs: list[dict[str, float]], listed: bool, load: float) -> str:
    """The table and what it was measured on."""
    rows = []
    for step in runs[0]:
        words, times = STEPS[step], [run.get(step, float("nan")) for run in runs]
        rows.append([words, f"{statistics.median(times):.1f}", f"{min(times):.1f}", f"{max(times):.1f}"])
    worst = max(run.get("list", float("inf")) for run in runs)
    verdict = "within" if worst <= BAR_LISTS else "OVER"
    return "\n".join(
        [
            "# First start",
            "",
            (__doc__ or "").strip().split("\n\n", 1)[1],
            "",
            f"{machine_facts()} {len(runs)} starts, one after the other; {load:.1f} processes wanted a core when they began.",
            "",
            table(["seconds until …", "median", "fastest", "slowest"], rows),
            "",
            f"Bar: a personal list within {BAR_LISTS:.0f} s on two idle cores; {verdict} it, in the slowest of these starts.",
            f"The names of the files in `pages/` were {'SHOWN' if listed else 'never shown'}.",
        ]
    )


if __name__ == "__main__":
    main()
