"""The rooms of classes for this tab: who this browser is in them. It needs no profile and touches none.

Keys of a browser that takes cookies are made of its cookie and the room's code, so that nothing has to be remembered and no address
holds a key; one that takes none keeps its student's key in its own address.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from recsys_core.serving.once import once
from recsys_core.settings import settings
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import is_token
from ui.server.browser_cookie import browser_id
from ui.server.start import listens_to_others, own_address
from ui.session import keys, profile

CODE, OWN, SHOW = "room", "me", "show"
"""Names in the address: the room's code, the key of a phone without cookies, and whether this is a projector."""


def _rooms(url: str) -> Rooms:
    del url  # the store's
    return Rooms(profile.store())


def rooms() -> Rooms:
    """The rooms in the database of ratings."""
    return once(_rooms, settings().database_url)


def address() -> str:
    """The address of this phone, by which wrong guesses are counted in memory and which is stored nowhere."""
    return st.context.ip_address or "here"


def student_key(code: str) -> str:
    """The key of this phone in a room."""
    return _own_key("student", code) or _key_in_address()


def teacher_key(code: str) -> str:
    """The key with which this tab teaches a room: typed here, or made of the browser."""
    return keys.TEACHER_KEYS.get().get(code, "") or _own_key("teacher", code)


def new_teacher_key(code: str) -> str:
    """The key for a room that is being opened; a browser without cookies has it in this tab alone."""
    key = _own_key("teacher", code) or secrets.token_urlsafe(16)
    remember_teacher_key(code, key)
    return key


def remember_teacher_key(code: str, key: str) -> None:
    """Keep a key in this tab."""
    keys.TEACHER_KEYS.set(keys.TEACHER_KEYS.get() | {code: key})


def _own_key(role: str, code: str) -> str:
    """A key that only this browser can make; empty where it cannot be told."""
    browser = browser_id(st.context.cookies)
    return key_of(browser, role, code) if browser else ""


def key_of(browser: str, role: str, code: str) -> str:
    """The key of a browser, by the id in its cookie, in a role ("student" or "teacher") and a room."""
    return base64.urlsafe_b64encode(hmac.digest(browser.encode(), f"{role} {code}".encode(), "sha256"))[:22].decode()


def _key_in_address() -> str:
    if not is_token(given := str(st.query_params.get(OWN, ""))):
        given = secrets.token_urlsafe(16)
        st.query_params[OWN] = given
    return given


def page_address() -> str:
    """The address of the page as the browser has it."""
    return st.context.url or ""


def join_address(code: str = "") -> str:
    """Where phones join. On a teacher's laptop, which calls itself localhost, it is the machine's address in its network.

    It stays localhost where the server listens to its own machine alone: then no phone can reach it.
    """
    scheme, host, path, *_ = urlsplit(page_address())
    name, _, port = host.rpartition(":") if ":" in host else (host, "", "")
    if name in ("localhost", "127.0.0.1", "[::1]") and listens_to_others() and (own := own_address()):
        host = f"{own}:{port}" if port else own
    base = path.rsplit("/", 1)[0] if path else ""
    return urlunsplit((scheme or "http", host, f"{base}/join", urlencode({CODE: code}) if code else "", ""))
