"""A file that somebody brings as a header and rows: any usual separator and encoding, in little memory, whatever is in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from recsys_core.datasets.files.encoding import encoding_of
from recsys_core.errors import ExchangeError, UnknownFormatError

T = TypeVar("T")
MOST_LINES = 1_000_000
"""Lines of a table. Those of other people in a file of several count, too."""
LONGEST_LINE = 100_000
"""Characters of a line. A review has fewer."""
LINES_OF_ROW = 1_000
"""Lines of a row: an open quotation mark must not take in the rest of the file."""
MOST_COLUMNS = 100
HEADER_WITHIN = 6
"""A header stands among so many first lines: a list from Letterboxd has three before it."""
SEPARATORS = (",", ";", "\t")


class Table(NamedTuple):
    """A table.

    Attributes
    ----------
    columns : tuple of str
        Their names without case and spaces around.
    rows : iterator of dict
        Cells by column; a missing one is absent.
    """

    columns: tuple[str, ...]
    rows: Iterator[dict[str, str]]


def open_table(content: bytes, known: Callable[[frozenset[str]], T | None]) -> tuple[T, Table]:
    """Find the header that is known, and read on from there.

    Parameters
    ----------
    known : callable
        Takes the columns of what may be a header; returns None for any that it does not know.

    Raises
    ------
    UnknownFormatError
        None is known.
    ExchangeError
        The rows are not those of a table; that may show only while reading.
    """
    for start, line in enumerate(_first_lines(content)):
        for separator in SEPARATORS:
            try:
                names = next(csv.reader([line], delimiter=separator), [])
            except csv.Error:
                continue
            columns = tuple(" ".join(name.casefold().split()) for name in names)
            if len(columns) <= MOST_COLUMNS and (found := known(frozenset(columns))) is not None:
                return found, Table(columns, _rows(content, columns, separator, start + 1))
    raise UnknownFormatError(_unknown(content))


def _text(content: bytes) -> io.TextIOWrapper:
    encoding = encoding_of([content])
    return io.TextIOWrapper(io.BytesIO(content), encoding.name, encoding.errors, newline="")


def _first_lines(content: bytes) -> list[str]:
    text = _text(content[: 4 * LONGEST_LINE])
    return [text.readline(LONGEST_LINE).lstrip("\ufeff") for _ in range(HEADER_WITHIN)]


def _rows(content: bytes, columns: tuple[str, ...], separator: str, start: int) -> Iterator[dict[str, str]]:
    lines = _Lines(_text(content))
    for _ in range(start):
        next(lines)
    reader = csv.reader(lines, delimiter=separator)
    try:
        for cells in reader:
            lines.of_row = 0
            if any(cells):
                yield dict(zip(columns, cells, strict=False))
    except csv.Error as error:
        raise ExchangeError(f"Line {start + reader.line_num:,} is not that of a table ({error}). Nothing was changed.") from None


class _Lines(Iterable[str]):
    """Lines of a text within the limits."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = self.of_row = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.of_row += 1
        if len(line) > LONGEST_LINE:
            raise ExchangeError(f"Line {self.number:,} has more than {LONGEST_LINE:,} characters. Nothing was changed.")
        if self.number > MOST_LINES:
            raise ExchangeError(f"The file has more than {MOST_LINES:,} lines. Nothing was changed.")
        if self.of_row > LINES_OF_ROW:
            raise ExchangeError(f"A quotation mark before line {self.number:,} is not closed. Nothing was changed.")
        return line


KNOWN = "Letterboxd, IMDb, Trakt, Netflix, MovieLens, Simkl, Criticker, TV Time, or a CSV file with the columns title, year and stars"


def _unknown(content: bytes) -> str:
    head = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not content.strip():
        return "The file is empty."
    if head.startswith((b"<!doctype html", b"<html", b"<head")):
        return "This is a web page, not the file itself. Use the site's own export, and bring what it gives you."
    return f"This is no file that is known here. Known are exports of {KNOWN}."
