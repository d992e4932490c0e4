"""The protected server: what stands around Streamlit's own, in which order, and what begins and ends with it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit import config
from streamlit.starlette import App

from recsys_core.settings import settings
from ui.server import logs
from ui.server.addresses import ClosedMetrics
from ui.server.browser_cookie import BrowserCookie
from ui.server.garbage import Collector
from ui.server.headers import SecurityHeaders
from ui.server.index_page import IndexPage
from ui.server.messages import Messages
from ui.server.metrics import OpenMetrics
from ui.server.pruning import Pruner
from ui.server.stopping import Stopping
from ui.server.uploads import Uploads

_EVERYWHERE = ("0.0.0.0", "::")
_collector = Collector()
_log = logging.getLogger("because_you_watched")


def middleware() -> list[Middleware]:
    """The layers around Streamlit by the settings, the outermost first."""
    allowed = settings()
    return [
        Middleware(SecurityHeaders, embed=allowed.embed),
        *([Middleware(TrustedHostMiddleware, allowed_hosts=allowed.hosts, www_redirect=False)] if allowed.hosts else []),
        Middleware(OpenMetrics if allowed.metrics_open else ClosedMetrics),
        Middleware(BrowserCookie),
        Middleware(IndexPage),
        Middleware(Uploads, allowed=allowed.downloads_allowed),
        Middleware(Messages, heard=_collector.heard),
    ]


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """While the server runs."""
    config.set_option("server.maxUploadSize", settings().upload_mb)
    logs.configure(settings().log_json)
    if settings().log_json:
        _log.info("The server begins.")
    else:
        print("\n".join(welcome()), flush=True)  # noqa: T201 – what a person who starts the app looks for
    stopping = Stopping()
    stopping.listen()
    pruner = Pruner(settings().database_url, settings().keep_days)
    helpers = (_collector, pruner)
    for helper in helpers:
        helper.start()
    try:
        yield
    finally:
        for helper in helpers:
            helper.stop()
        await asyncio.to_thread(stopping.finish)


def welcome() -> list[str]:
    """Where the app is found; for phones only if it listens to more than this machine."""
    address, port = config.get_option("server.address") or _EVERYWHERE[0], config.get_option("server.port")
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    path = (config.get_option("server.baseUrlPath") or "").strip("/")
    if not listens_to_others():
        return [f"Because You Watched: {scheme}://{address}:{port}/{path}"]
    lines = [f"Because You Watched: {scheme}://localhost:{port}/{path}"]
    if own := own_address():
        lines.append(f"For phones and others in this network: {scheme}://{own}:{port}/{path}")
    return lines


def listens_to_others() -> bool:
    """Whether phones in the same network can reach the server."""
    return (config.get_option("server.address") or _EVERYWHERE[0]) in _EVERYWHERE


def own_address() -> str:
    """The address of the machine in its network; empty if it is in none. Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # an address for documents (RFC 5737): it only chooses the network card
            return str(probe.getsockname()[0])
    except OSError:
        return ""
