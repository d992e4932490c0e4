"""Drawings for posters: what a title is about as one sign, and its name as a monogram."""

from __future__ import annotations

import json
import re
from pathlib import Path

GROUND = "@"
"""Stands for the colour of the ground in a drawing: what is cut out of it."""
_TABLE = json.loads(Path(__file__).with_name("drawings.json").read_text(encoding="utf-8"))
"""All drawn for this app: per name the keywords and genres that it stands for, and its SVG in a box of 100 by 100."""
DRAWINGS: dict[str, str] = {name: row["svg"] for name, row in _TABLE.items()}
"""Each as SVG without a colour of its own."""
_OF_KEYWORD = {keyword: name for name, row in reversed(_TABLE.items()) for keyword in row["about"]}
"""Of two drawings for one keyword the one that stands first in the table."""
_OF_GENRE = {genre: name for name, row in _TABLE.items() for genre in row["genres"]}
_SMALL_WORDS = frozenset("the a an of and in on to for at by with from le la les el los il".split())  # noqa: SIM905
_NUMERALS = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix"})
MOST_LETTERS = 4


def drawings(keywords: tuple[str, ...], genres: tuple[str, ...]) -> tuple[str, str]:
    """The two drawings that say most about a title: of its first keywords, else of its genres; the second may be empty.

    >>> drawings(("sharks", "island"), ("Thriller",)), drawings((), ("Romance",)), drawings((), ())
    (('shark', 'island'), ('heart', ''), ('film', ''))
    """
    names = [_OF_KEYWORD[word.lower()] for word in keywords if word.lower() in _OF_KEYWORD]
    names += [_OF_GENRE[genre] for genre in genres if genre in _OF_GENRE]
    first, second, *_ = [*dict.fromkeys(names or ["film"]), "", ""]
    return first, second


def monogram(title: str) -> str:
    """A title in up to four letters and its number; a word that is no longer stands whole.

    >>> monogram("The Lord of the Rings: The Fellowship of the Ring"), monogram("Toy Story 2"), monogram("Jaws"), monogram("Titanic")
    ('LRFR', 'TS2', 'Jaws', 'Ti')
    """
    words = re.findall(r"[^\W_]+", re.sub(r"['’.*]", "", title))
    words = [word for word in words if word.lower() not in _SMALL_WORDS] or words
    if len(words) == 1:
        return words[0] if len(words[0]) <= MOST_LETTERS else words[0][:2].capitalize()
    numbers = [word.upper() for word in words[1:] if word.isdigit() or word.lower() in _NUMERALS]
    letters = [word[:2] if word.isdigit() else word[0].upper() for word in words if word.upper() not in numbers]
    return "".join(letters[:MOST_LETTERS]) + "".join(numbers[-1:])[:MOST_LETTERS]
