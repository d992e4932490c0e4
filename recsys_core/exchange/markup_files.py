"""Criticker's XML. A document that declares anything of its own is refused: an entity can unfold to gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from recsys_core.errors import ExchangeError
from recsys_core.exchange.rows import MOST_ROWS

_LONGEST = 10_000
"""Characters of a text. Reviews are not read to their end."""


def is_xml(content: bytes) -> bool:
    """Whether a file begins as Criticker's XML does; web pages do not."""
    head = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<?xml", b"<!doctype recentratings", b"<recentratings", b"<films", b"<film"))


def films(content: bytes) -> Iterator[dict[str, str]]:
    """The texts of each ``<film>`` by the name of their element.

    Raises
    ------
    ExchangeError
        It is no XML, declares a document type, or has too many films.
    """
    parser, found = expat.ParserCreate(), _Films()
    parser.StartDoctypeDeclHandler = found.refuse
    parser.EntityDeclHandler = found.refuse
    parser.StartElementHandler = found.begin
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the others: an encoding that nobody knows
        raise ExchangeError(f"The file is no whole XML ({error}). Get it again. Nothing was changed.") from error
    if not found.all:
        raise ExchangeError("The XML holds no films with a name and a score, as Criticker's does. Nothing was changed.")
    yield from found.all


class _Films:
    def __init__(self) -> None:
        self.all: list[dict[str, str]] = []
        self._film: dict[str, str] | None = None
        self._name = ""
        self._depth = 0

    def refuse(self, *_: object) -> None:
        raise ExchangeError("The XML declares a document type, which Criticker's does not. It was not read.")

    def begin(self, name: str, _: object) -> None:
        self._depth += 1
        if self._depth > 20:
            raise ExchangeError("The XML is nested deeper than Criticker's. Nothing was changed.")
        self._name = name.casefold()
        if self._name == "film":
            self._film = {}
            if len(self.all) >= MOST_ROWS:
                raise ExchangeError(f"The file has more than {MOST_ROWS:,} films. Nothing was changed.")

    def end(self, name: str) -> None:
        self._depth -= 1
        self._name = ""
        if name.casefold() == "film" and self._film is not None:
            if self._film.get("filmname"):
                self.all.append(self._film)
            self._film = None

    def text(self, text: str) -> None:
        if self._film is not None and self._name in _WANTED:
            self._film[self._name] = (self._film.get(self._name, "") + text)[:_LONGEST]


_WANTED = ("filmname", "score", "rating", "imdbid", "reviewdate", "date", "year")
