"""Read any table of a data set: by the position of its header, row by row, so that one row's fault costs that row alone.

Its lines are counted before anything is built of it, so that a hostile one is refused in time. A table without a flaw is then parsed by
Arrow, piece by piece, straight into columns (32 million ratings in seconds). Any other one is read again by Python, a line at a time:
what is at fault is left out and counted with its row, and said in :meth:`Table.notes`.
"""

from __future__ import annotations

import csv as python_csv
import io
import math
import re
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute, csv

from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.datasets.files.encoding import encoding_of
from recsys_core.datasets.limits import LINE, Limits, limits
from recsys_core.errors import DatasetError

SHOWN = 5
"""Rows that a message names; the others are counted."""
MOST_LEFT_OUT = 0.5
"""A table that loses more of its rows is not what it is taken for, and is refused."""
SOON = 10_000
"""Rows after which such a table is refused without reading on."""
MOST_LINES = 50
"""Lines that a quoted text may have. An open quotation mark must not swallow the rest of the file."""
CHUNK = LINE
"""Bytes of a piece. A line longer than that shows as a piece without an end of line."""
SHOWN_NAMES, SHOWN_CHARACTERS = 20, 100
"""What a message shows of a list of names, and of a name."""


class TableFile(NamedTuple):
    """A file that can be opened more than once.

    Attributes
    ----------
    where : str
        The archive or folder that it lies in, for messages; empty for a file of its own.
    name : str
    open : callable
        Returns a context manager that gives a stream of bytes.
    limits : Limits
        What the table may hold.
    """

    where: str
    name: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    limits: Limits

    @classmethod
    def at(cls, path: Path) -> TableFile:
        """The file at a path."""
        return cls("", path.name, lambda: path.open("rb"), limits())

    def error(self, what: str) -> DatasetError:
        """An error that names the file."""
        return DatasetError(f"{self.where}: {self.name} {what}" if self.where else f"{self.name} {what}")

    def beyond(self, what: str, limit: str) -> DatasetError:
        """An error that names the file and the limit that it breaks."""
        return self.error(f"{what}. {self.limits.named(limit)}")


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is written.

    Attributes
    ----------
    separator : str
        Of one or more equal characters.
    header : bool
        Whether the first row names the columns. Else the reader says what stands where.
    quotes : bool
        Whether quotation marks enclose a field. Else they are characters like others.
    free : int or None
        Column that may contain the separator itself (titles in ``movies.dat``).
    plausible : pattern or None
        What is found in such a text if it does. Else the row has a field too many.
    """

    separator: str
    header: bool = False
    quotes: bool = False
    free: int | None = None
    plausible: re.Pattern[str] | None = None


COMMAS = Form(",", header=True, quotes=True)
DOUBLE_COLONS, TABS, BARS = Form("::"), Form("\t"), Form("|")


class Kind(NamedTuple):
    """What a column holds.

    Attributes
    ----------
    name : "id", "text" or "number"
        Ids are texts, always, in as few bytes as numbers (a pandas categorical).
    required : bool
        Whether a row without it is of no use.
    always : bool
        Whether every table has the column. Else its absence is no error.
    number : callable
        Turns a text into a number. Raises ``ValueError``.
    low, high : float
        The range of a number.
    meaning : str
        What such a number is, for messages.
    limit : "name", "title" or "field"
        The limit on its characters, by its name in :class:`~recsys_core.datasets.limits.Limits`.
    """

    name: Literal["id", "text", "number"]
    required: bool = True
    always: bool = True
    number: Callable[[str], float] = float
    low: float = -math.inf
    high: float = math.inf
    meaning: str = ""
    limit: Literal["name", "title", "field"] = "field"


def seconds(text: str) -> float:
    """Turn a time into seconds since 1970: a number of seconds, or a date as 2015-03-01 or 2015-03-01 12:30:00 (UTC)."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


ID = Kind("id", limit="name")
NAME = Kind("text", limit="title")
TEXT = Kind("text", required=False)
STARS = Kind("number", low=MIN_STARS, high=MAX_STARS, meaning=f"a number from {MIN_STARS} to {MAX_STARS:g}")
SHARE = Kind("number", low=0.0, high=1.0, meaning="a number from 0 to 1")
MARK = Kind("number", required=False, low=0, high=1, meaning="0 or 1")
TIME = Kind("number", required=False, always=False, number=seconds, low=-1e11, high=1e11, meaning="a time in seconds")


@dataclass(slots=True)
class Table:
    """The rows of a table that can be used, and what is to be said of the others.

    Attributes
    ----------
    frame : DataFrame
        The columns asked for; its index is the row in the file, from 1, the header included.
    file : TableFile
    what : str
        What a row is about ("tag"), for messages.
    n_rows : int
        Rows that the file has, without header and empty ones.
    """

    frame: pd.DataFrame
    file: TableFile
    what: str
    n_rows: int
    _faults: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _short: list[str] = field(default_factory=list)
    _n_short: int = 0

    @property
    def n_left_out(self) -> int:
        """Rows that are not in the frame."""
        return sum(self._counts.values())

    def n_with(self, why: str) -> int:
        """How many rows were left out for one reason."""
        return self._counts.get(why, 0)

    def leave_out(self, wrong: np.ndarray, why: str, column: str) -> None:
        """Take rows out of the frame.

        Parameters
        ----------
        wrong : ndarray of bool, one for each row of the frame
        why : str
            What such a row has, as in "a movieId that movies.csv has not".
        column : str
            Whose value is shown.
        """
        if wrong.any():
            for row, value in self.frame.loc[wrong, column].items():
                self._note(int(str(row)), why, str(value))
            self.frame = self.frame[~wrong]

    def unknown(self, column: str, known: set[str]) -> np.ndarray:
        """Which rows have an id that is not among the known ones, bool."""
        ids = self.frame[column].array
        strange = np.array([name not in known for name in ids.categories], dtype=bool)
        return strange[ids.codes] if strange.any() else np.zeros(len(ids), dtype=bool)

    def notes(self) -> list[str]:
        """A sentence on what was left out, and one on rows that end early; none where there is nothing to say.

        Raises
        ------
        DatasetError
            More than :data:`MOST_LEFT_OUT` of the rows were left out.
        """
        n, said = self.n_left_out, []
        if n:
            reasons = "; ".join(f"{why} ({_rows(rows, self._counts[why])})" for why, rows in self._faults.items())
            summary = f"{n:,} of {self.n_rows:,} {self.what} rows {'was' if n == 1 else 'were'} left out of {self.file.name}: {reasons}."
            if n > MOST_LEFT_OUT * self.n_rows:
                raise self.file.error(f"cannot be read. {summary}")
            said.append(summary)
        if n := self._n_short:
            end = "row ends" if n == 1 else "rows end"
            rows = _rows(self._short, n)
            said.append(f"{n:,} {self.what} {end} before the last column of {self.file.name} ({rows}): what would stand there is unknown.")
        return said

    def _note(self, row: int, why: str, value: str = "") -> None:
        shown = self._faults.setdefault(why, [])
        if len(shown) < SHOWN:
            shown.append(f"{row}: {value[:40]}" if value else str(row))
        self._counts[why] = self._counts.get(why, 0) + 1
        if self.n_rows >= SOON and self.n_left_out > MOST_LEFT_OUT * self.n_rows:
            self.notes()  # raises

    def _note_short(self, row: int) -> None:
        if self._n_short < SHOWN:
            self._short.append(str(row))
        self._n_short += 1


def read_table(file: TableFile, columns: Mapping[str, Kind], form: Form = COMMAS, *, what: str) -> Table:
    """Read columns of a table.

    Fields belong to columns by their position. Empty fields after the last column are nothing; a row with more fields than that
    is left out, and a row with fewer has no values at its end. Encodings are decided by
    :func:`~recsys_core.datasets.files.encoding.encoding_of`.

    Parameters
    ----------
    columns : mapping of column to its kind
        Those to read; without a header, all columns of the file in their order.
    what : str
        What a row is about ("tag"), for messages.

    Raises
    ------
    DatasetError
        The file is missing, damaged, empty or beyond the limits, lacks a column, or has no row that could be read.
    """
    _check_lines(file, form, what)
    fast = _parsed(file, columns, form, what)
    if fast is not None:
        return Table(fast, file, what, len(fast))
    with file.open() as stream:
        encoding = encoding_of(iter(lambda: stream.read(CHUNK), b""))
    with file.open() as stream:
        text = io.TextIOWrapper(stream, *encoding)
        try:
            return _read(_records(text, form), file, columns, form, what)
        finally:
            text.detach()


def _check_lines(file: TableFile, form: Form, what: str) -> None:
    """Go through a file in pieces. Raises :class:`DatasetError` if it has more lines or columns than it may, or a line that is too long."""
    most, limit = file.limits.row_limit(what)
    lines = unfinished = 0
    with file.open() as stream:
        chunk = stream.read(CHUNK)
        end = b"\n" if b"\n" in chunk else b"\r"  # as old Macs wrote it
        if form.header and chunk.partition(end)[0].count(form.separator.encode()) >= file.limits.columns:
            raise file.beyond(f"has more than {file.limits.columns:,} columns", "columns")
        while chunk:
            lines += chunk.count(end)
            first, last = chunk.find(end), chunk.rfind(end)
            unfinished += len(chunk) if first < 0 else first
            if unfinished > LINE:
                raise file.error(f"has a line of more than {LINE / 2**20:.0f} MB, which no row of a table is. {file.limits.named('field')}")
            if first >= 0:
                unfinished = len(chunk) - 1 - last
            if lines > most + 1:  # one for the header
                raise file.beyond(f"has more than {most:,} rows", limit)
            chunk = stream.read(CHUNK)


def _read(records: Iterator[tuple[int, list[str]]], file: TableFile, columns: Mapping[str, Kind], form: Form, what: str) -> Table:
    names = list(columns)
    if form.header:
        _, head = next(records, (0, []))
        names = [name.strip() for name in _trimmed(head, 0)]
        if not names:
            raise file.error("is not a table (it is empty).")
        if len(names) > file.limits.columns:
            raise file.beyond(f"has {len(names):,} columns", "columns")
        missing = [column for column, kind in columns.items() if kind.always and column not in names]
        if missing:
            raise file.error(f"lacks the column {', '.join(missing)}. It has: {few(names)}.")
    places = [(column, names.index(column), kind) for column, kind in columns.items() if column in names]
    found = [_Column(column, kind, file) for column, _, kind in places]
    table = Table(pd.DataFrame(), file, what, 0)
    most, limit = file.limits.row_limit(what)
    rows = array("q")
    for row, written in records:
        fields = _trimmed(written, len(names))
        extra = len(fields) - len(names)
        if form.free is not None and extra > 0:
            joined = form.separator.join(fields[form.free : form.free + extra + 1])
            if form.plausible is None or form.plausible.search(joined):
                fields[form.free : form.free + extra + 1] = [joined]
                extra = 0
        table.n_rows += 1
        if table.n_rows > most:  # not all that ends a line here does so for who counted them
            raise file.beyond(f"has more than {most:,} rows", limit)
        if extra > 0:
            table._note(row, f"{len(fields)} fields instead of {len(names)}")
            continue
        fault = _fault(found, places, fields + [""] * -extra)
        if fault:
            column, value = fault
            short = extra < 0 and not value
            n = f"{len(fields)} field{'s' * (len(fields) > 1)}"
            table._note(row, f"{n} instead of {len(names)}" if short else _reason(column, columns[column], value), value)
            continue
        if extra < 0:
            table._note_short(row)
        rows.append(row)
    if not table.n_rows and not form.header:
        raise file.error("is not a table (it is empty).")
    table.frame = pd.DataFrame(
        {column: values.done() for (column, _, _), values in zip(places, found, strict=True)}, index=np.array(rows, dtype=np.int64)
    )
    return table


def _fault(found: list[_Column], places: Sequence[tuple[str, int, Kind]], fields: list[str]) -> tuple[str, str] | None:
    """Add a row's values to the columns, or none of them: then the column at fault and what stands there."""
    values: list[Any] = []
    for column_values, (column, place, kind) in zip(found, places, strict=True):
        text = fields[place].strip()
        column_values.check_length(len(text))
        if not text:
            if kind.required:
                return column, ""
            values.append(math.nan if kind.name == "number" else "")
        elif kind.name == "number":
            try:
                number = kind.number(text)
            except (ValueError, OverflowError):
                return column, text
            if not kind.low <= number <= kind.high:
                return column, text
            values.append(number)
        else:
            values.append(text)
    for column_values, value in zip(found, values, strict=True):
        column_values.add(value)
    return None


def _reason(column: str, kind: Kind, value: str) -> str:
    return f"a {column} that is not {kind.meaning}" if value else f"no {column}"


class _Values:
    """The values of a column while they are read, in as little memory as they need."""

    def __init__(self, name: str, kind: Kind, file: TableFile) -> None:
        self.name, self.kind, self.file = name, kind, file
        self._longest = int(getattr(file.limits, kind.limit))
        self._index: dict[str, int] = {}

    def check_length(self, n: int) -> None:
        """Raise :class:`DatasetError` if a value has too many characters."""
        if n > self._longest:
            raise self.file.beyond(f"has a {self.name} of {n:,} characters", self.kind.limit)

    def check_different(self, n: int) -> None:
        """Raise :class:`DatasetError` if there are too many different ids."""
        if n > self.file.limits.people:
            raise self.file.beyond(f"has more than {self.file.limits.people:,} different values of {self.name}", "people")


class _Column(_Values):
    """Values that :func:`_read` adds one by one."""

    def __init__(self, name: str, kind: Kind, file: TableFile) -> None:
        super().__init__(name, kind, file)
        self._values: array[Any] | list[Any] = [] if kind.name == "text" else array("i" if kind.name == "id" else "d")

    def add(self, value: Any) -> None:
        if self.kind.name == "id":
            value = self._index.setdefault(value, len(self._index))
            self.check_different(value + 1)
        self._values.append(value)

    def done(self) -> Any:
        if self.kind.name == "id":
            return _ids(np.array(self._values, dtype=np.int32), list(self._index))
        return np.array(self._values, dtype=object if self.kind.name == "text" else np.float64)


class _Pieces(_Values):
    """Values as Arrow reads them, a piece at a time. Whatever needs a closer look is not taken."""

    def __init__(self, name: str, kind: Kind, file: TableFile, form: Form) -> None:
        super().__init__(name, kind, file)
        self._quotes = form.quotes
        self._numbers = array("d" if kind is TIME else "f" if kind.name == "number" else "i")  # one block that grows, not many
        self._texts: list[pa.Array] = []

    def add(self, piece: pa.Array) -> bool:
        """Add values; False if one of them needs a closer look."""
        if self.kind.always and piece.null_count:
            return False
        if self.kind.name == "number":
            ends = compute.min_max(piece)
            low, high = ends["min"].as_py(), ends["max"].as_py()
            self._numbers.frombytes(piece.to_numpy(zero_copy_only=False).tobytes())
            return low is None or self.kind.low <= low <= high <= self.kind.high
        if self.kind.name == "id":
            return self._add_ids(piece.dictionary_encode())
        piece = compute.utf8_trim_whitespace(piece)
        if self._quotes and compute.any(compute.match_substring(piece, '"')).as_py():
            return False
        self._texts.append(piece)
        self.check_length(compute.max(compute.utf8_length(piece)).as_py() or 0)
        return not (self.kind.required and compute.any(compute.equal(piece, "")).as_py())

    def _add_ids(self, piece: pa.DictionaryArray) -> bool:
        texts = piece.dictionary.to_pylist()
        numbers = list(map(self._index.get, texts))
        for place, number in enumerate(numbers):
            if number is None:
                text = texts[place]
                if not text or text != text.strip() or (self._quotes and '"' in text):
                    return False
                self.check_length(len(text))
                numbers[place] = self._index[text] = len(self._index)
        self.check_different(len(self._index))
        self._numbers.frombytes(np.array(numbers, dtype=np.int32)[piece.indices.to_numpy()].tobytes())
        return True

    def done(self) -> Any:
        if self.kind.name == "text":
            return pa.chunked_array(self._texts, type=pa.string()).to_numpy()
        numbers = np.asarray(self._numbers)
        return numbers if self.kind.name == "number" else _ids(numbers, list(self._index))


def _ids(numbers: np.ndarray, texts: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(numbers, pd.Index(texts, dtype=object))


def _trimmed(fields: list[str], n: int) -> list[str]:
    """Leave out empty fields after the ``n``-th."""
    while len(fields) > n and not fields[-1].strip():
        fields.pop()
    return fields


def _records(lines: Iterator[str], form: Form) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty: the number of the (first) line, from 1, and the fields as they are written."""
    lines = iter(lines)
    ahead: deque[str] = deque()
    number = 0
    width = 0
    while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
        number += 1
        fields: list[str] | None = line.rstrip("\n").split(form.separator)
        start = number
        if form.quotes and '"' in line:
            taken: list[str] = []
            quoted = _unquoted(line, form.separator)
            while quoted is None and len(taken) < MOST_LINES:
                more = ahead.popleft() if ahead else next(lines, None)
                if more is None:
                    break
                taken.append(more)
                if '"' in more:
                    quoted = _unquoted("".join([line, *taken]), form.separator)
            if quoted and (not taken or len(_trimmed(quoted, width)) == width):
                fields = quoted
                number += len(taken)
            else:  # quotation marks that enclose nothing are characters, and what follows are rows of their own
                ahead.extendleft(reversed(taken))
        assert fields is not None
        if any(map(str.strip, fields)):
            width = width or len(_trimmed(list(fields), 0))
            yield start, fields


def _unquoted(text: str, separator: str) -> list[str] | None:
    """Split a row with quotation marks: None if one is still open, an empty list if they do not enclose whole fields."""
    try:
        return next(python_csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), [])
    except python_csv.Error as error:
        return None if "unexpected end of data" in str(error) else []


def _rows(shown: Sequence[str], n: int) -> str:
    """Name rows: "row 7", "rows 7: good, 9: bad and 12 more"."""
    more = f" and {n - len(shown):,} more" if n > len(shown) else ""
    return f"{'row' if n == 1 else 'rows'} {', '.join(shown)}{more}"


def few(names: Iterable[str]) -> str:
    """The first names of a list for a message, none of them too long, and without signs that mean something to a terminal."""
    every = list(names)
    cut = [name if len(name) <= SHOWN_CHARACTERS else f"{name[:SHOWN_CHARACTERS]}…" for name in every[:SHOWN_NAMES]]
    more = f" and {len(every) - SHOWN_NAMES:,} more" if len(every) > SHOWN_NAMES else ""
    return "".join(sign if sign.isprintable() else "�" for sign in ", ".join(cut)) + more


class _Lines(io.RawIOBase):
    """A stream that counts its lines: Arrow passes over empty ones, and the rows after them would be misnumbered."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._ends, self._last = 0, b"\n"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._ends += chunk.count(b"\n")
        self._last = chunk[-1:] or self._last
        return chunk

    @property
    def number(self) -> int:
        """Lines read so far, empty ones included."""
        return self._ends + (self._last != b"\n")


_ARROW = {"id": pa.string(), "text": pa.string(), "number": pa.float32()}


def _parsed(file: TableFile, columns: Mapping[str, Kind], form: Form, what: str) -> pd.DataFrame | None:
    """Return the table as parsed by Arrow, its index the row in the file; None if anything about it needs a closer look."""
    types = {column: pa.float64() if kind is TIME else _ARROW[kind.name] for column, kind in columns.items()}
    # Arrow separates at single characters only. Split at every colon, "1::5" has an empty column in the middle.
    blanks = len(form.separator) - 1
    names = [part for column in types for part in (column, *(f"{column} {k}" for k in range(blanks)))]
    names = names[: len(names) - blanks]
    between = {name: pa.null() for name in names if name not in types}
    found = [_Pieces(column, kind, file, form) for column, kind in columns.items()]
    n_rows, empty = 0, dict.fromkeys(columns, 0)
    most, limit = file.limits.row_limit(what)
    try:
        with file.open() as stream:
            lines = _Lines(stream)
            batches = csv.open_csv(
                lines,
                read_options=csv.ReadOptions(column_names=None if form.header else names, block_size=CHUNK),
                parse_options=csv.ParseOptions(delimiter=form.separator[0], quote_char=False),
                convert_options=csv.ConvertOptions(
                    column_types=types | between, include_columns=[*types, *between], include_missing_columns=form.header
                ),
            )
            for batch in batches:
                n_rows += len(batch)
                if n_rows > most:  # not all that ends a line here does so for who counted them
                    raise file.beyond(f"has more than {most:,} rows", limit)
                for place, column in enumerate(found):
                    empty[column.name] += batch.column(place).null_count
                    if not column.add(batch.column(place)):
                        return None
    except MemoryError:  # Arrow's is an ArrowException, too
        raise
    except pa.ArrowException:
        return None
    if lines.number != n_rows + form.header:
        return None
    missing = [column for column, n in empty.items() if n and n == n_rows]  # the file has no such column
    if any(n not in (0, n_rows) for n in empty.values()):
        return None
    index = pd.RangeIndex(1 + form.header, 1 + form.header + n_rows)
    return pd.DataFrame({column.name: column.done() for column in found if column.name not in missing}, index=index)
