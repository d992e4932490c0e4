"""Other names of a film, which MovieLens writes in brackets behind its title."""

from __future__ import annotations

import re
from typing import NamedTuple

from recsys_core.common.text import upright

_BEHIND = re.compile(r"^(?P<title>.*?[^\s(].*?)\s*(?P<brackets>(?:\([^()]+\)\s*)+)$")
_INSIDE = re.compile(r"\(([^()]+)\)")
_NUMBER = re.compile(r"\([\d\s]+\)")
_PART_OF_TITLE = re.compile(r"(?:\bor|[:,])$", re.IGNORECASE)
"""Before "(The Unexpected Virtue of Ignorance)" stands "or": what follows belongs to the title."""
_ALSO = re.compile(r"^(?:a\.?\s?k\.?\s?a\.?|also known as|original title)[\s:]*", re.IGNORECASE)
_SENTENCE = re.compile(r"^(?:L'|(?:Le|La|Les|Un|Une|El|Los|Las|Una|Il|Lo|I|Gli|Uno|O|Os|As|Den|Det|De) )(?=\w+ [^\W\d_])")
"""Articles of languages that write titles like sentences; German writes nouns with a capital, English every word."""


class Names(NamedTuple):
    """What a film is called, and what else."""

    title: str
    others: tuple[str, ...]


def names(text: str) -> Names:
    """Split a title of MovieLens, without its year, into the title and the other names behind it, articles in front.

    >>> names("City of Lost Children, The (Cité des enfants perdus, La)")
    Names(title='The City of Lost Children', others=('La cité des enfants perdus',))
    >>> names("Seven (a.k.a. Se7en)"), names("(500) Days of Summer")
    (Names(title='Seven', others=('Se7en',)), Names(title='(500) Days of Summer', others=()))
    """
    match = _BEHIND.match(text)
    if not match or _PART_OF_TITLE.search(match["title"]) or _NUMBER.search(match["brackets"]):
        return Names(upright(text), ())
    title = upright(match["title"].strip())
    found = (_in_front(_ALSO.sub("", inside.strip()).strip()) for inside in _INSIDE.findall(match["brackets"]))
    return Names(title, tuple(dict.fromkeys(name for name in found if name and name != title)))


def _in_front(name: str) -> str:
    """The article of a name in front; the word behind it small where the name is written like a sentence.

    >>> _in_front("Fabuleux destin d'Amélie Poulain, Le"), _in_front("Dolce Vita, La"), _in_front("Himmel über Berlin, Der")
    ("Le fabuleux destin d'Amélie Poulain", 'La Dolce Vita', 'Der Himmel über Berlin')
    """
    turned = upright(name)
    article = _SENTENCE.match(turned) if turned != name else None
    if article is None:
        return turned
    rest = turned[article.end() :]
    second = rest.split(" ", 2)[1]
    return turned[: article.end()] + (rest[0].lower() + rest[1:] if second[:1].islower() else rest)
