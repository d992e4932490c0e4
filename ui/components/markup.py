"""Text of data on its way to the screen: every character of it stands for itself, wherever it is written.

Titles, people, genres, keywords, names of data sets and factors, columns, files and the words of errors are written by others.
Each place reads another language, and each has its function here: :func:`plain` for what Streamlit reads as Markdown (also labels,
helps and messages), :func:`in_html`, :func:`in_chart` and :func:`in_cell`; :func:`clean` for what is shown as it is.
"""

from __future__ import annotations

import html
import re

from recsys_core.common.text import guarded

_JOINER = "\u2060"
"""Has no width and allows no line break: keeps apart what would be read as one sign."""
_SPACE = re.compile(r"[\t\n\v\f\r \x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e001f]"
)
"""Controls, and what turns the direction of a line or hides in it. Not the joiners U+200C and U+200D: Persian and emoji need them."""
_SURROGATE = re.compile("[\ud800-\udfff]")

_READ_LATE = re.compile(
    r"(?<=:)(?=[\w+-]+:|material/)"  # names of icons and emoji
    r"|(?<=http)(?=s?://)|(?<=www)(?=\.)|(?<=@)(?=[-\w])"  # addresses
    r"|(?<=(?<!\S)[<>~-])(?=[-=](?!\S))|(?<=(?<!\S)<-)(?=>(?!\S))|(?<=(?<!\S)-)(?=>(?!\S))",  # arrows
    re.IGNORECASE,
)
"""Where a joiner goes: Streamlit looks for these once Markdown is read, in what backslashes leave behind."""
_MARKS = re.compile(r"[\\`*_\[\]<$~|]|&(?=[#\w])|:(?=\S)")
_FIRST = re.compile(r"^(?:[-+>=#]|\d+(?=[.)]))")
"""What begins a list, a heading, a quotation."""


def clean(text: str) -> str:
    r"""The text as it is seen: in one line, without controls that turn the direction of what follows or hide in it.

    >>> clean("Al\u202eien \n 3")
    'Alien 3'
    """
    return _SPACE.sub(" ", _UNSEEN.sub("", _SURROGATE.sub("\ufffd", text))).strip()


def plain(text: str) -> str:
    r"""Text of data as Markdown that shows it: no link, picture, formula, icon or style comes of it.

    >>> plain("*batteries not included [1987]"), plain("Face/Off")
    ('\\*batteries not included \\[1987\\]', 'Face/Off')
    """
    kept_apart = _READ_LATE.sub(_JOINER, clean(text))
    return _FIRST.sub(_escaped_first, _MARKS.sub(r"\\\g<0>", kept_apart))


def _escaped_first(found: re.Match[str]) -> str:
    first = found[0]
    return f"{first}\\" if first.isdigit() else f"\\{first}"  # of "1." the point


def in_html(text: str) -> str:
    """Text of data inside HTML, also inside quoted attributes.

    >>> in_html("<b>Fat</b>")
    '&lt;b&gt;Fat&lt;/b&gt;'
    """
    return html.escape(clean(text))


def in_chart(text: str) -> str:
    """Text of data in a figure: Plotly reads tags, entities, and formulas between dollar signs.

    >>> in_chart("<b>$x$</b>")
    '&lt;b&gt;&#36;x&#36;&lt;/b&gt;'
    """
    return html.escape(clean(text), quote=False).replace("$", "&#36;")


def in_cell(text: str) -> str:
    """Text of data in a cell of a file for spreadsheets: what they would calculate gets an apostrophe before it; numbers stay.

    >>> in_cell("=1+1"), in_cell("-1.5"), in_cell("Heat")
    ("'=1+1", '-1.5', 'Heat')
    """
    return guarded(clean(text))
