"""Decide how the bytes of a file become text: the one place that does, for tables, lists of genres, JSON and ratings."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple

_LEADS = bytes(range(0xC2, 0xF5))
_HIGH = bytes(range(0x80, 0x100))
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


class Encoding(NamedTuple):
    """The two arguments that :func:`bytes.decode` and text streams take."""

    name: str
    errors: str


UTF_8 = Encoding("utf-8-sig", "replace")
UTF_16 = Encoding("utf-16", "replace")
WINDOWS = Encoding("cp1252", "recsys_core.latin_1")
"""Windows-1252, and Latin-1 for the five bytes that it leaves open: the two agree in all letters."""


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(WINDOWS.errors, _as_latin_1)


def encoding_of(chunks: Iterable[bytes]) -> Encoding:
    """Decide the encoding of one file from its content, given in chunks.

    A byte order mark decides. Valid UTF-8 is UTF-8. A file with some bytes that are not is still UTF-8, with those replaced, if
    it has more whole UTF-8 sequences than stray bytes: half an emoji must not garble every other name. Else it is Windows-1252.
    """
    whole = stray = 0
    rest = b""
    for number, chunk in enumerate(chunks):
        if number == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return UTF_16
        if number == 0 and chunk.startswith(codecs.BOM_UTF8):
            return UTF_8
        # Cut at a line's end, which is never inside a sequence.
        head, end, tail = chunk.rpartition(b"\n")
        found, missed = _sequences(rest + head) if end else (0, 0)
        rest = tail if end else rest + tail
        whole, stray = whole + found, stray + missed
    found, missed = _sequences(rest)
    whole, stray = whole + found, stray + missed
    return UTF_8 if stray == 0 or whole > stray else WINDOWS


def decoded(content: bytes) -> str:
    """Decode the content of a file by :func:`encoding_of`; never raises."""
    return content.decode(*encoding_of([content]))


def _sequences(content: bytes) -> tuple[int, int]:
    """Count the UTF-8 sequences of more than one byte, and the bytes above 127 that are in none."""
    if content.isascii():
        return 0, 0
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        lengths = [len(match[0]) for match in _SEQUENCE.finditer(content)]
        return len(lengths), len(content) - len(content.translate(None, _HIGH)) - sum(lengths)
    return len(content) - len(content.translate(None, _LEADS)), 0
