"""What the pages of a class share: the look, the way through the router, titles in words, and looking for changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import segno
import streamlit as st

from recsys_core import Engine
from recsys_core.errors import RecsysError, RoomError
from recsys_core.storage.rooms import Room
from ui.components import cards, markup
from ui.components.frame import through_the_router
from ui.session import app_data, classroom

T = TypeVar("T")
Doing = tuple[int, bool, bool]
JOIN, CLASS = "pages/join.py", "pages/classroom.py"
EVERY = {"projector": 2.0, "phone": 3.0}
"""Seconds between two looks whether something has changed; each asks the database for one row."""
_CSS = Path(__file__).with_name("classroom.css")
_PRESENTED = Path(__file__).parents[1] / "lessons" / "presenter.css"


def dress(*, large: bool = False) -> None:
    """The look; large for a projector."""
    through_the_router()
    st.query_params.pop(app_data.TOKEN_PARAMETER, None)  # a browser without cookies has its key there, and this may be on a projector
    st.html(_CSS)
    if large:
        st.html(_PRESENTED)


def engine_of(room: Room) -> Engine:
    """The engine of a room's data set. Raises :class:`RecsysError` where it is gone."""
    if not app_data.open_dataset(room.dataset):
        raise RecsysError("The models of this room's data set are being fitted. Wait a moment and load this page again.")
    return app_data.engine(room.dataset)


def title_of(engine: Engine, item_id: str) -> str:
    """A title as plain text; its id where the data set no longer has it."""
    return cards.title_of(engine, item_id) if item_id in engine.dataset.item_index else markup.clean(item_id)


def titles_of(engine: Engine, item_ids: Sequence[str]) -> list[str]:
    """Titles as plain text."""
    return [title_of(engine, item_id) for item_id in item_ids]


def spaced(code: str) -> str:
    """A code as it is read aloud: K7Q 2MZ."""
    return f"{code[:3]} {code[3:]}"


@lru_cache(maxsize=256)
def qr(address: str) -> str:
    """A QR code as an SVG picture for :func:`st.html`: dark on white, whatever the theme."""
    picture = segno.make(address, error="m", micro=False).svg_data_uri(border=2, dark="#131116", light="#ffffff", omitsize=True)
    return f'<img class="qr" alt="QR code of the address" src="{markup.in_html(picture)}">'


def warn_of_localhost(address: str) -> None:
    """Say so where phones cannot reach the server."""
    if (urlsplit(address).hostname or "") in ("localhost", "127.0.0.1", "::1"):
        words = "Phones cannot reach this address: start the app with HOST=0.0.0.0, as the guide for classrooms says."
        st.warning(words, icon=":material/wifi_off:")


@st.fragment(run_every=EVERY["projector"])
def watch_all(code: str, seen: int) -> None:
    """Draw the page anew as soon as anything in the room has changed."""
    if _now(code, lambda room: room.version) != seen:
        st.rerun()


@st.fragment(run_every=EVERY["phone"])
def watch_teacher(code: str, seen: Doing) -> None:
    """Draw a phone's page anew as soon as the class does something else; what classmates say changes nothing here."""
    if _now(code, doing) != seen:
        st.rerun()


@st.fragment(run_every=EVERY["phone"])
def watch_saving(code: str, key: str) -> None:
    """Draw a phone's page anew as soon as nothing of it waits for the database any more."""
    if not classroom.rooms().waits(code, key):
        st.rerun()


def doing(room: Room) -> Doing:
    """What of a room concerns a phone that waits."""
    return room.station, room.frozen, room.named


def _now(code: str, what: Callable[[Room], T]) -> T | None:
    """Something of the room as it is now; None once it is closed, which the page then says. Without its database, as it was."""
    try:
        return what(classroom.rooms().head(code))
    except RoomError:
        return None
