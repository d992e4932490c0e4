"""The real server and a real browser. Skipped without Chromium or Playwright, unless ``REQUIRE_BROWSER`` is set."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from recsys_core.serving.saved_engines import prepare_engine
from tests.support.fits import SharedFit
from tests.support.server import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SCREENSHOTS = ROOT / "test-artifacts"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def missing(reason: str) -> Any:
    """Skip, or fail where a browser is required."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER is 1, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed (pip install -r requirements-dev.txt)")
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if name and (path := shutil.which(name))), None)
    if not executable:
        missing("no Chromium was found: install it or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def app_data(showcase_fit: SharedFit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of data of this session's servers, with the fitted showcase: the project's own is not touched."""
    data = tmp_path_factory.mktemp("data")
    showcase_fit.offer(data / "models")
    return data


@pytest.fixture(scope="session")
def new_server(browser: Browser, app_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewServer]:
    """Start a server of one's own; all are ended with the session. Only tests that have a browser get one."""
    servers: list[Server] = []

    def start(dataset: str = "showcase", data: Path = app_data) -> Server:
        prepare_engine(dataset, data / "models")  # so that nobody waits for a fit but those whom it is about
        server = Server(tmp_path_factory.mktemp("server") / "ratings.sqlite3", data, dataset)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(new_server: NewServer) -> Server:
    """The server on the showcase that most tests share: each has its own profile on it."""
    return new_server()


@dataclass
class Tab:
    """A page in a browser context of its own, and everything that went wrong in it."""

    page: Page
    server: Server
    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to listen."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # Streamlit probes /<page>/_stcore/health and host-config when a sub-page is opened directly, gets 404, and
        # then finds the server one folder up. That is its own doing and always so.
        path = urlsplit(message.location.get("url", "")).path
        probing = path.endswith(("/_stcore/health", "/_stcore/host-config")) and not path.startswith("/_stcore")
        if message.type == "error" and not probing:
            self.console_errors.append(f"{message.text} ({message.location.get('url')})")

    def _request(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != urlsplit(self.server.url).netloc:
            self.foreign.append(request.url)

    def check(self) -> None:
        """Fail if anything went wrong so far."""
        assert not self.page_errors
        assert not self.console_errors
        assert not self.foreign


OpenTab = Callable[..., Tab]


@pytest.fixture
def open_tab(browser: Browser, server: Server) -> Iterator[OpenTab]:
    """Open the app in a fresh browser context: ``open_tab(width=390, theme="dark", to=server, address="/about")``.

    ``rated={"heat-1995": 5}`` opens it as a visitor who has given these ratings before, ``touch=True`` on a screen for fingers.
    """
    contexts = []

    def open_tab(
        width: int = 1440,
        theme: str = "dark",
        to: Server = server,
        address: str = "/",
        height: int = 1000,
        rated: Mapping[str, float] | None = None,
        touch: bool = False,
    ) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce", has_touch=touch, is_mobile=touch
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        tab = Tab(context.new_page(), to)
        tab.watch()
        tab.page.goto(to.address_of(rated, address) if rated else to.url + address)
        return tab

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture
def picture(pytestconfig: pytest.Config) -> Callable[[Page | Locator, str], None]:
    """Take a screenshot into ``test-artifacts/``, where ``--screenshots`` asks for them."""

    def take(page: Page | Locator, name: str) -> None:
        if pytestconfig.getoption("screenshots"):
            page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")

    return take
