"""Normalise the spelling of titles."""

from __future__ import annotations

import re

_ARTICLES = "The|A|An|Le|La|Les|L'|El|Los|Las|Il|Lo|I|Gli|Der|Die|Das|Ein|Eine|Den|Det|De|O|Os|As"
_INVERTED = re.compile(rf"^(?P<rest>.+), (?P<article>{_ARTICLES})(?P<aka>\s*\(.*)?$")
_TYPED = re.compile(rf"^(?P<rest>.+),\s*(?P<article>{_ARTICLES})(?P<aka>)\s*$", re.IGNORECASE)


def upright(title: str, *, typed: bool = False) -> str:
    """Move a trailing article to the front: "Matrix, The" becomes "The Matrix".

    Parameters
    ----------
    typed : bool
        True for text that a visitor typed: lower case is accepted ("matrix, the").

    Examples
    --------
    >>> upright("Matrix, The")
    'The Matrix'
    """
    match = (_TYPED if typed else _INVERTED).match(title)
    if not match:
        return title
    space = "" if match["article"].endswith("'") else " "
    return f"{match['article']}{space}{match['rest']}{match['aka'] or ''}"
