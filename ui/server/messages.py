"""What a browser may say over the websocket: run the page, stop, upload, read a table. Nothing that reaches beyond its own session.

Streamlit takes ``clear_cache`` from everybody, and empties with it what all visitors share. Sizes are bounded by Streamlit's
``server.maxMessageSize`` and ``server.maxWidgetStateSize``; see ``.streamlit/config.toml``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

_OPERATIONS = ("deferred_file", "dataframe_chunk")
_FILES_AT_ONCE = 20
_PROTOCOL_ERROR = 1002

_logger = logging.getLogger("because_you_watched")


def allowed(message: BackMsg) -> bool:
    """Whether a message does what a visitor of this app may do."""
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    if kind == "file_urls_request":
        return len(message.file_urls_request.file_names) <= _FILES_AT_ONCE
    return kind in ("rerun_script", "stop_script", "app_heartbeat")


class Messages:
    """Passes on what is :func:`allowed`, drops the rest, and closes a connection that speaks another language.

    ``heard`` is called for each message that is passed on.
    """

    def __init__(self, app: ASGIApp, heard: Callable[[], None]) -> None:
        self.app = app
        self.heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def receive_allowed() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                try:
                    said = BackMsg.FromString(message.get("bytes") or b"")
                except DecodeError:
                    said = None
                if said is None or message.get("bytes") is None:
                    await send({"type": "websocket.close", "code": _PROTOCOL_ERROR})
                    return {"type": "websocket.disconnect", "code": _PROTOCOL_ERROR}
                if allowed(said):
                    self.heard()
                    return message
                _logger.debug("A message was dropped: %s", said.WhichOneof("type"))

        await self.app(scope, receive_allowed, send)
