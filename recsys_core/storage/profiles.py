"""Profiles in the database: which keys this server has issued, what version a profile has, and which browsers have opened it.

Of keys and of browsers hashes are stored. That a browser finds its ratings again, its row holds the key too, sealed with the browser's
id: who reads the database can open neither.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, insert, or_, select, update

from recsys_core.errors import KeyRenewedError
from recsys_core.storage.database import AT_ONCE, write_row
from recsys_core.storage.schema import ANY_BROWSER, RENEWED, SAID, UNKNOWN, browsers, opened, profiles


class Door(NamedTuple):
    """A profile as a browser has it open: what may be stored of that.

    Attributes
    ----------
    browser, profile : str
        Hashes of the browser's id and of the key.
    sealed : str
        The key; :func:`unsealed` with the browser's id.
    """

    browser: str
    profile: str
    sealed: str


def door(token: str, browser: str) -> Door:
    """The door of a browser, told by its id, to a profile."""
    return Door(hashed(browser), hashed(token), _mixed(token.encode(), browser, hashed(token)).hex())


def unsealed(found: Door, browser: str) -> str:
    """The key behind a door; empty where this browser's id does not fit, or the row was tampered with."""
    try:
        token = _mixed(bytes.fromhex(found.sealed), browser, found.profile).decode()
    except ValueError:
        return ""
    return token if hashed(token) == found.profile else ""


def _mixed(text: bytes, browser: str, profile: str) -> bytes:
    """A text with a pad that only the browser's id yields, and that no other profile shares; applied twice, the text again."""
    return bytes(a ^ b for a, b in zip(text, hmac.digest(browser.encode(), profile.encode(), "sha256"), strict=False))


def new_token() -> str:
    """A profile's name and key at once: 128 random bits, 22 characters that are safe in a URL."""
    return secrets.token_urlsafe(16)


def is_token(value: str | None) -> bool:
    """Whether a text from outside has the form of a token."""
    return bool(value and re.fullmatch(r"[A-Za-z0-9_-]{22}", value))


def hashed(secret: str) -> str:
    """What is stored of a token or of a browser's id."""
    return hashlib.sha256(secret.encode()).hexdigest()


def version_of(connection: Connection, profile: str) -> int:
    """The version of a profile; 0 where nothing was ever said, :data:`RENEWED` where it has another key by now."""
    return connection.scalar(select(profiles.c.version).where(profiles.c.profile == profile)) or 0


def next_version(connection: Connection, profile: str, first: Door | None, at: float) -> int:
    """Give a profile its next version, or its first one together with the browser's door that is known by then; the version.

    The first statement of every writing: who writes to the same profile waits here until this transaction has ended.

    Raises
    ------
    KeyRenewedError
        The profile has another key by now.
    """
    mine = profiles.c.profile == profile
    if connection.execute(update(profiles).where(mine, profiles.c.version != RENEWED).values(version=profiles.c.version + 1)).rowcount:
        return version_of(connection, profile)
    if version_of(connection, profile) == RENEWED:
        raise KeyRenewedError("These ratings have a new key, and the old one opens nothing any more.")
    connection.execute(insert(profiles).values(profile=profile, version=1, at=at))
    if first:
        connection.execute(insert(browsers).values(profile=profile, browser=first.browser))
        write_row(connection, opened, {**first._asdict(), "at": at})
    return 1


def known_browsers(connection: Connection, profile: str, browser: str) -> set[str]:
    """Which of a browser and :data:`ANY_BROWSER` a profile knows."""
    query = select(browsers.c.browser).where(browsers.c.profile == profile, browsers.c.browser.in_((browser, ANY_BROWSER)))
    return set(connection.scalars(query))


def has_said(connection: Connection, profile: str) -> bool:
    """Whether a profile has said anything, about any data set."""
    said = [exists().where(table.c.profile == profile) for table in SAID]
    return bool(connection.scalar(select(or_(*said))))


def admit(connection: Connection, profile: str, came: Door | None, at: float) -> None:
    """Remember that a browser may open a profile, and has done so now; it takes the place of :data:`ANY_BROWSER`, which None stands for."""
    browser = came.browser if came else ANY_BROWSER
    known = known_browsers(connection, profile, browser)
    if browser not in known:
        connection.execute(insert(browsers).values(profile=profile, browser=browser))
    if came:
        write_row(connection, opened, {**came._asdict(), "at": at})
        if ANY_BROWSER in known:
            connection.execute(delete(browsers).where(browsers.c.profile == profile, browsers.c.browser == ANY_BROWSER))


def doors(connection: Connection, browser: str) -> list[Door]:
    """Which profiles a browser has opened and may still open, the last one first."""
    found = select(opened.c.browser, opened.c.profile, opened.c.sealed).join(profiles, profiles.c.profile == opened.c.profile)
    query = found.where(opened.c.browser == browser, profiles.c.version != RENEWED).order_by(opened.c.at.desc())
    return [Door(*row) for row in connection.execute(query)]


def leave(connection: Connection, browser: str) -> None:
    """Forget which profiles a browser may open."""
    for table in (opened, browsers):
        connection.execute(delete(table).where(table.c.browser == browser))


def move(connection: Connection, old: str, new: str, to: Door | None, at: float) -> int:
    """Move everything of a profile to another one, for one browser (None: for the first to come); its version."""
    version = next_version(connection, old, None, at)
    connection.execute(update(profiles).where(profiles.c.profile == old).values(version=RENEWED))
    connection.execute(insert(profiles).values(profile=new, version=version, at=at))
    for table in SAID:
        connection.execute(update(table).where(table.c.profile == old).values(profile=new))
    for table in (browsers, opened):
        connection.execute(delete(table).where(table.c.profile == old))
    admit(connection, new, to, at)
    return version


def prune(connection: Connection, before: float, now: float) -> int:
    """Delete the profiles that nobody has opened since a time, with everything that they said; how many."""
    connection.execute(update(profiles).where(profiles.c.at == UNKNOWN).values(at=now))  # from now on it is known
    old = profiles.c.at < before
    connection.execute(update(profiles).where(old).values(at=profiles.c.at))  # from here on nobody else can open one of them
    found = list(connection.scalars(select(profiles.c.profile).where(old)))
    for begin in range(0, len(found), AT_ONCE):
        for table in (*SAID, browsers, opened, profiles):
            connection.execute(delete(table).where(table.c.profile.in_(found[begin : begin + AT_ONCE])))
    return len(found)
