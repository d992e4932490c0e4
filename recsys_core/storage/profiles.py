"""Profiles in the database: which keys this server has issued, what version a profile has, and which browsers have opened it.

Only hashes are stored, of keys and of browsers alike.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, delete, exists, insert, or_, select, update

from recsys_core.errors import KeyRenewedError
from recsys_core.storage.schema import ANY_BROWSER, RENEWED, browsers, factor_names, feedback, profiles


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


def next_version(connection: Connection, profile: str, browser: str | None) -> int:
    """Give a profile its next version, or its first one together with the browser that is known by then; the version.

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
    connection.execute(insert(profiles).values(profile=profile, version=1))
    if browser:
        connection.execute(insert(browsers).values(profile=profile, browser=browser))
    return 1


def known_browsers(connection: Connection, profile: str, browser: str) -> set[str]:
    """Which of a browser and :data:`ANY_BROWSER` a profile knows."""
    query = select(browsers.c.browser).where(browsers.c.profile == profile, browsers.c.browser.in_((browser, ANY_BROWSER)))
    return set(connection.scalars(query))


def has_said(connection: Connection, profile: str) -> bool:
    """Whether a profile has said anything, about any data set."""
    said = [exists().where(table.c.profile == profile) for table in (feedback, factor_names)]
    return bool(connection.scalar(select(or_(*said))))


def admit(connection: Connection, profile: str, browser: str) -> None:
    """Remember that a browser may open a profile; it takes the place of :data:`ANY_BROWSER`."""
    known = known_browsers(connection, profile, browser)
    if browser not in known:
        connection.execute(insert(browsers).values(profile=profile, browser=browser))
    if browser != ANY_BROWSER and ANY_BROWSER in known:
        connection.execute(delete(browsers).where(browsers.c.profile == profile, browsers.c.browser == ANY_BROWSER))


def move(connection: Connection, old: str, new: str, admitted: Iterable[str]) -> int:
    """Move everything of a profile to another one, for these browsers; its version."""
    version = next_version(connection, old, None)
    connection.execute(update(profiles).where(profiles.c.profile == old).values(version=RENEWED))
    connection.execute(insert(profiles).values(profile=new, version=version))
    for table in (feedback, factor_names):
        connection.execute(update(table).where(table.c.profile == old).values(profile=new))
    connection.execute(delete(browsers).where(browsers.c.profile == old))
    for browser in admitted:
        connection.execute(insert(browsers).values(profile=new, browser=browser))
    return version
