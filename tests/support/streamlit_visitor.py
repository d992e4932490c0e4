"""A visitor without a browser, who speaks Streamlit's own protocol: protobuf messages over a websocket, as version 1.67 does.

It keeps what the page keeps (values of widgets, messages that the server need not send again), so that a click costs the server what
a real one costs. Tests of faults and of the server use it, and ``benchmarks/visitors.py`` a hundred of them at once.

>>> async def example(port: int) -> None:
...     async with Visitor(port) as visitor:
...         item_id = visitor.tiles()[0]
...         seconds = await visitor.star(item_id, 5)
...         assert visitor.stars()[item_id] == 5
...     async with Visitor(port, key=visitor.key) as again:  # what the database kept
...         assert again.stars()[item_id] == 5
"""

from __future__ import annotations

import asyncio
import http.client
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast
from urllib.parse import parse_qs, quote

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

SECONDS = 60.0
"""How long an answer may take before :class:`TimeoutError` is raised."""
MESSAGE_AGE = 2
"""Runs after which the page forgets a message that was not repeated: Streamlit's ``global.maxCachedMessageAge``."""
_USER_KEY = re.compile(r"^\$\$ID-[0-9a-f]+-(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An element on the page, the run that sent it and the fragment that it belongs to."""

    element: Element
    run: str
    fragment: str

    @property
    def kind(self) -> str:
        return cast(str, self.element.WhichOneof("type"))

    @property
    def content(self) -> Any:
        return getattr(self.element, self.kind)

    @property
    def widget(self) -> str:
        """The widget's id; empty for what is no widget."""
        name = getattr(self.content, "id", "")
        return name if isinstance(name, str) and name.startswith("$$") else ""


@dataclass
class Visitor:
    """One tab. Enter it (``async with``) or call :meth:`open`; end it with :meth:`close`.

    Attributes
    ----------
    port : int
        Of the server.
    key : str
        The key of the profile, as in the address behind ``?p=``; empty for a new visitor, then the one that was issued.
    query : str
        The whole query of the address instead of ``key``.
    page : str
        The page that is opened directly, by the last part of its address: ``"for_you"``.
    host : str
        The server's name.
    headers : mapping of str to str
        Sent with the handshake on top of what a browser sends.
    cookies : dict of str to str
        As a browser keeps them: sent with every request, changed by every answer. A page is asked for by :meth:`load`, if at all.
    session : str
        An earlier visitor's :attr:`session_id`: to come back to it, as a page does after the connection was lost.
    received : int
        Bytes so far.
    """

    port: int
    key: str = ""
    query: str = ""
    page: str = ""
    host: str = "localhost"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    session: str = ""
    received: int = 0

    def __post_init__(self) -> None:
        self.query = self.query or (f"p={quote(self.key)}" if self.key else "")
        self.session_id = ""
        self.pages: dict[str, str] = {}
        self.fragments: dict[str, float] = {}
        """Fragments that the page runs again by itself, and after how many seconds."""
        self._page_hash = ""
        self._values: dict[str, tuple[str, Any]] = {}
        self._ids: dict[str, str] = {}
        self._elements: dict[tuple[int, ...], _Shown] = {}
        self._messages: dict[str, tuple[ForwardMsg, int]] = {}
        self._run, self._fragments_of_run = "", frozenset[str]()
        self._runs = 0
        self._socket: ClientConnection | None = None
        self.set_cookies: list[str] = []
        """The cookies of the last answer, with all that stands behind their values."""

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self, seconds: float = SECONDS) -> float:
        """Connect, run the page once, and return the seconds that this took."""
        begin = time.perf_counter()
        await self.connect()
        await self.rerun(seconds)
        return time.perf_counter() - begin

    async def connect(self) -> None:
        """Connect, and run nothing yet."""
        protocols = ["streamlit", "PLACEHOLDER", *([self.session] if self.session else [])]
        self._socket = await connect(
            f"ws://{self.host}:{self.port}/_stcore/stream",
            subprotocols=cast(Any, protocols),
            additional_headers={**self.headers, **self._cookie_header()},
            origin=cast(Any, f"http://{self.host}:{self.port}"),
            max_size=None,
            compression=None,
            open_timeout=SECONDS,
            ping_interval=None,
        )
        assert self._socket.response is not None
        self._keep(self._socket.response.headers.get_all("Set-Cookie"))

    async def load(self, path: str = "/") -> int:
        """Ask for a page by HTTP, as a browser does before it connects, keep its cookies, and return the status."""
        status, _ = await self.ask("GET", path, headers={"Accept": "text/html"})
        return status

    async def upload(self, content: bytes, file_id: str = "file") -> tuple[int, str]:
        """Send a file as an uploader on the page does; return status and sentence."""
        if "_streamlit_xsrf" not in self.cookies:
            await self.ask("GET", "/_stcore/health")  # gives the cookie against forged requests
        edge = "edge"
        start = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "X-Xsrftoken": self.cookies.get("_streamlit_xsrf", "").strip('"'),
        }
        body = start.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return await self.ask("PUT", f"/_stcore/upload_file/{self.session_id}/{file_id}", body, headers)

    async def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Send a request with this browser's cookies; return status and text."""

        def answer() -> tuple[int, str, list[str]]:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
            try:
                connection.request(method, path, body, {**self.headers, **self._cookie_header(), **(headers or {})})
                response = connection.getresponse()
                return response.status, response.read().decode(errors="replace"), response.headers.get_all("Set-Cookie") or []
            finally:
                connection.close()

        status, text, cookies = await asyncio.to_thread(answer)
        self._keep(cookies)
        return status, text

    def _cookie_header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _keep(self, cookies: Iterable[str]) -> None:
        self.set_cookies = list(cookies)
        for cookie in self.set_cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value

    async def close(self) -> None:
        """Leave, as by closing the tab."""
        if self._socket:
            await self._socket.close()
            self._socket = None

    @property
    def socket(self) -> ClientConnection:
        """The connection, for what no page would send. Raises :class:`ConnectionError` if there is none."""
        if self._socket is None:
            raise ConnectionError("This visitor is not connected.")
        return self._socket

    # What stands on the page.

    def texts(self, kind: str) -> list[str]:
        """What elements of a kind say, from top to bottom: "markdown", "html", "alert" (also errors), "toast" or "heading"."""
        return [shown.content.body for shown in self._sorted() if shown.kind == kind]

    def exceptions(self) -> list[str]:
        """Failures that the page shows."""
        return [f"{shown.content.type}: {shown.content.message}" for shown in self._sorted() if shown.kind == "exception"]

    def has(self, key: str) -> bool:
        """Whether a widget with this key stands on the page."""
        return any(shown.widget and self._ids.get(key) == shown.widget for shown in self._elements.values())

    def enabled(self, key: str) -> bool:
        """Whether a button with this key stands on the page and can be pressed."""
        return any(shown.widget and self._ids.get(key) == shown.widget and not shown.content.disabled for shown in self._elements.values())

    def tiles(self) -> list[str]:
        """Item ids of the titles on the wall."""
        return list(self.stars())

    def stars(self) -> dict[str, int | None]:
        """The stars that the wall shows, by item id; None for a title without any."""
        shown: dict[str, int | None] = {}
        for key, widget in self._feedback():
            _, value = self._values.get(widget, ("", ""))
            shown[key.removeprefix("_stars_wall_")] = int(value) + 1 if value != "" else None
        return shown

    def _feedback(self) -> Iterator[tuple[str, str]]:
        for shown in self._sorted():
            if shown.kind == "feedback" and (key := _user_key(shown.widget)).startswith("_stars_wall_"):
                yield key, shown.widget

    def _sorted(self) -> list[_Shown]:
        return [shown for _, shown in sorted(self._elements.items(), key=lambda entry: entry[0])]

    # What a visitor does. Each returns the seconds until the page was complete again.

    async def star(self, item_id: str, stars: int | None, seconds: float = SECONDS) -> float:
        """Rate a title of the wall from 1 to 5; None clears it."""
        return await self.set(f"_stars_wall_{item_id}", "string_value", "" if stars is None else str(stars - 1), seconds)

    async def set(self, key: str, kind: str, value: Any, seconds: float = SECONDS) -> float:
        """Give a widget a value; ``kind`` is the name of its field in the message, such as "string_value" or "bool_value"."""
        widget = self._ids[key]
        self._values[widget] = (kind, value)
        return await self._say(self._request(self._fragment(widget)), seconds)

    async def press(self, key: str, seconds: float = SECONDS) -> float:
        """Press a button."""
        widget = self._ids[key]
        self._values[widget] = ("trigger_value", True)
        request = self._request(self._fragment(widget))
        del self._values[widget]
        return await self._say(request, seconds)

    async def go(self, page: str, seconds: float = SECONDS) -> float:
        """Go to another page of the app, named by the last part of its address; the first page is called ""."""
        self._page_hash, self.query = self.pages[page], ""
        return await self.rerun(seconds)

    async def rerun(self, seconds: float = SECONDS) -> float:
        """Run the page as it stands."""
        return await self._say(self._request(), seconds)

    async def run_fragments(self, seconds: float = SECONDS) -> None:
        """Run each fragment once that the page runs by itself."""
        for fragment in list(self.fragments):
            await self._say(self._request(fragment, by_itself=True), seconds)

    async def until(self, seen: Callable[[Self], bool], seconds: float = SECONDS) -> float:
        """Run the fragments at their pace until something stands on the page. Raises :class:`TimeoutError` if it never does."""
        begin = time.perf_counter()
        async with asyncio.timeout(seconds):
            while not seen(self):
                await asyncio.sleep(min(self.fragments.values(), default=0.5))
                await self.run_fragments()
        return time.perf_counter() - begin

    async def finished(self, seconds: float = SECONDS) -> None:
        """Read until the script has run to its end; a run that is cut short by a newer one does not count."""
        async with asyncio.timeout(seconds):
            while True:
                data = cast(bytes, await self.socket.recv())
                self.received += len(data)
                if self._take(ForwardMsg.FromString(data)):
                    return

    async def _say(self, request: BackMsg, seconds: float) -> float:
        begin = time.perf_counter()
        await self.socket.send(request.SerializeToString())
        await self.finished(seconds)
        return time.perf_counter() - begin

    # The protocol.

    def _fragment(self, widget: str) -> str:
        """The part of the page that a widget stands in, which alone runs; empty for what stands in none."""
        return next((shown.fragment for shown in self._elements.values() if shown.widget == widget), "")

    def _request(self, fragment: str = "", by_itself: bool = False) -> BackMsg:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self._page_hash
        state.page_name = "" if self._page_hash else self.page
        state.fragment_id, state.is_auto_rerun = fragment, by_itself
        state.cached_message_hashes.extend(self._messages)
        state.context_info.timezone, state.context_info.locale = "UTC", "en"
        state.context_info.url = f"http://{self.host}:{self.port}/"
        for widget, (kind, value) in self._values.items():
            sent = state.widget_states.widgets.add(id=widget)
            if kind in ("string_array_value", "double_array_value", "int_array_value"):
                getattr(sent, kind).data.extend(value)
            elif kind == "string_trigger_value":
                sent.string_trigger_value.data = value
            elif kind == "file_uploader_state_value":
                sent.file_uploader_state_value.CopyFrom(value)
            else:
                setattr(sent, kind, value)
        return message

    def _take(self, message: ForwardMsg) -> bool:
        """Take up one message; True if the run that was asked for has ended."""
        kind = message.WhichOneof("type")
        path = tuple(message.metadata.delta_path)
        if kind == "ref_hash" and message.ref_hash in self._messages:  # "as you have it"; the place is that of the reference
            message, _ = self._messages[message.ref_hash]
            kind = "delta"
        if message.hash and (message.metadata.cacheable or message.hash in self._messages):
            self._messages[message.hash] = (message, self._runs)
        if kind == "delta":
            self._draw(message, path)
        elif kind == "new_session":
            self.session_id = message.new_session.initialize.session_id or self.session_id
            self._run, self._fragments_of_run = message.metadata.run.script_run_id, frozenset(message.metadata.run.fragment_ids)
            if not self._fragments_of_run:
                self._runs += 1
                self.fragments.clear()
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._page_hash = message.navigation.page_script_hash or self._page_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
            self.key = parse_qs(self.query).get("p", [self.key])[0]
        elif kind == "auto_rerun":
            self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.fragments.pop(fragment, None)
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._tidy()
            return True
        return False

    def _draw(self, message: ForwardMsg, path: tuple[int, ...]) -> None:
        if message.delta.WhichOneof("type") != "new_element":
            return
        shown = _Shown(message.delta.new_element, self._run, message.delta.fragment_id)
        self._elements[path] = shown
        if shown.widget:
            self._ids[_user_key(shown.widget)] = shown.widget
            if shown.kind == "feedback" and shown.content.set_value:
                value = shown.content.value if shown.content.HasField("value") else ""
                self._values[shown.widget] = ("string_value", str(value))

    def _tidy(self) -> None:
        """Take away what the run that ended did not draw again, and messages that are too old."""
        self._elements = {path: shown for path, shown in self._elements.items() if shown.run == self._run or not self._ran(shown)}
        alive = {shown.widget for shown in self._elements.values()}
        self._values = {widget: value for widget, value in self._values.items() if widget in alive}
        self._messages = {name: kept for name, kept in self._messages.items() if self._runs - kept[1] <= MESSAGE_AGE}

    def _ran(self, shown: _Shown) -> bool:
        return not self._fragments_of_run or shown.fragment in self._fragments_of_run


def _user_key(widget: str) -> str:
    """The key that the app gave to a widget; its id where it gave none."""
    found = _USER_KEY.match(widget)
    return found.group(1) if found else widget
