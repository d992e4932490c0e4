"""Normalise the spelling of titles and ids, and guard what spreadsheets would calculate."""

from __future__ import annotations

import re
import unicodedata
from numbers import Integral, Real

_ARTICLES = "The|A|An|Le|La|Les|L'|El|Los|Las|Un|Une|Una|Il|Lo|I|Gli|Uno|Der|Die|Das|Ein|Eine|Den|Det|De|O|Os|As"
_INVERTED = re.compile(rf"^(?P<rest>.+), (?P<article>{_ARTICLES})(?P<aka>\s*\(.*)?$")
_BEFORE_COLON = re.compile(rf"^(?P<rest>[^:]+), (?P<article>{_ARTICLES})(?P<aka>: .+)$")
_TYPED = re.compile(rf"^(?P<rest>.+),\s*(?P<article>{_ARTICLES})(?P<aka>)\s*$", re.IGNORECASE)

_FORMULA = tuple("=+-@＝＋－＠")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s?%?", re.ASCII | re.IGNORECASE)


def upright(title: str, *, typed: bool = False) -> str:
    """Move a trailing article to the front: "Matrix, The" becomes "The Matrix".

    Parameters
    ----------
    typed : bool
        True for text that a visitor typed: lower case is accepted ("matrix, the").

    Examples
    --------
    >>> upright("Matrix, The"), upright("Crow, The: Wicked Prayer")
    ('The Matrix', 'The Crow: Wicked Prayer')
    """
    match = (_TYPED if typed else _INVERTED).match(title) or _BEFORE_COLON.match(title)
    if not match:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['rest']}{match['aka'] or ''}"


def id_text(value: object) -> str | None:
    """An id as text, as which all ids are kept: whole numbers as people write them; None for what is no id.

    >>> id_text("07"), id_text(7), id_text(7.0), id_text(True), id_text(7.5)
    ('07', '7', '7', None, None)
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or type(value).__name__ == "bool":  # NumPy's, too
        return None
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real) and float(value).is_integer():
        return str(int(float(value)))
    return None


def folded(text: str) -> str:
    r"""A text in the one form in which spellings are compared: composed, without case, without spaces around.

    >>> folded("CAFE\u0301 ") == folded("café")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()


def whole(text: str) -> str:
    r"""Replace each half of a surrogate pair, which no file and no screen can hold, by the sign for what cannot be read.

    >>> whole("half \ud83d"), whole("two \ud83d\ude00") == "two \U0001f600"
    ('half �', True)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def guarded(text: str) -> str:
    """A text in a cell of a file for spreadsheets: what they would calculate gets an apostrophe before it; numbers stay.

    >>> guarded("=1+1"), guarded("-1.5"), guarded("Heat")
    ("'=1+1", '-1.5', 'Heat')
    """
    return f"'{text}" if _is_formula(text) else text


def unguarded(text: str) -> str:
    """What :func:`guarded` was given.

    >>> unguarded("'=1+1"), unguarded(guarded("'=1+1")), unguarded("'Allo 'Allo!")
    ('=1+1', "'=1+1", "'Allo 'Allo!")
    """
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    bare = text.lstrip("' \t\r\n")
    return bare.startswith(_FORMULA) and not _NUMBER.fullmatch(bare)
