"""Read tables from an archive: fast by Arrow if they are valid, by pandas with clear error messages if not."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from recsys_core.datasets.files.archive import Archive
from recsys_core.errors import DatasetError


def large_table(
    archive: Archive, name: str, types: Mapping[str, str], separator: str = ",", *, header: bool = True, line_ends: bool = False
) -> pd.DataFrame:
    """Read columns of a table that may have tens of millions of rows, as a stream.

    Arrow parses a valid table straight into columns of the given types (32 million ratings take 640 MB). A table with a
    flaw is read again by pandas, more slowly and with wider types: it repairs what can be repaired. The rest is reported
    here, or by :class:`~recsys_core.data.dataset.Dataset`, which names the row.

    Parameters
    ----------
    types : mapping of column to the name of an Arrow type
        The columns to read; without ``header``, all columns of the file in their order.
    separator : str
        Column separator; ``"::"`` is allowed if no text contains colons.
    line_ends : bool
        Whether quoted texts may contain line breaks.

    Raises
    ------
    DatasetError
        The file is missing, damaged or not a table, or lacks a column.
    """
    table = _parsed(archive, name, types, separator, header, line_ends)
    if table is not None and not any(column.null_count for column in table.columns):
        return table.to_pandas(split_blocks=True, self_destruct=True)
    if header:
        return csv_table(archive, name, tuple(types))
    frame = separated(archive, name, separator, len(types))
    frame.columns = pd.Index(list(types))
    return frame


def csv_table(archive: Archive, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a UTF-8 CSV file with a header. Raises :class:`DatasetError` if it is not one, or lacks a column."""
    where = f"{archive.path.name}: {name}"
    try:
        frame = pd.read_csv(io.BytesIO(archive.read(name)), encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{where} is not UTF-8 text (byte {error.start}).") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DatasetError(f"{where} is not a CSV table ({error}).") from error
    missing = [column for column in columns if column not in frame]
    if missing:
        raise DatasetError(f"{where} lacks the column {', '.join(missing)}. It has: {', '.join(map(str, frame.columns))}.")
    return frame


def separated(archive: Archive, name: str, separator: str, n_columns: int) -> pd.DataFrame:
    """Read a Latin-1 table without a header. Raises :class:`DatasetError` unless it has ``n_columns`` columns."""
    content = archive.read(name)
    if len(separator) > 1:
        content, separator = content.replace(separator.encode(), b"\x1f"), "\x1f"
    try:
        frame = pd.read_csv(io.BytesIO(content), sep=separator, header=None, encoding="latin-1")
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DatasetError(f"{archive.path.name}: {name} is not a table ({error}).") from error
    if frame.shape[1] != n_columns:
        raise DatasetError(f"{archive.path.name}: {name} has {frame.shape[1]} columns instead of {n_columns}.")
    return frame


def double_colon_rows(archive: Archive, name: str, n_columns: int) -> list[tuple[str, ...]]:
    """Read the rows of a ``::`` file whose last but one column is a text that may contain colons.

    The releases differ in encoding and do not state it: a file is read as UTF-8 if it is valid UTF-8, else as Latin-1.

    Raises
    ------
    DatasetError
        The file is missing, damaged or empty, or a row has fewer columns.
    """
    content = archive.read(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    rows = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip():
            continue
        *first, rest = line.split("::", n_columns - 2)
        row = (*first, *rest.rsplit("::", 1))
        if len(row) != n_columns:
            raise DatasetError(f"{archive.path.name}: line {number} of {name} has {len(row)} columns instead of {n_columns}.")
        rows.append(row)
    if not rows:
        raise DatasetError(f"{archive.path.name}: {name} is not a table (it is empty).")
    return rows


def _parsed(archive: Archive, name: str, types: Mapping[str, str], separator: str, header: bool, line_ends: bool) -> pa.Table | None:
    """Return the table as parsed by Arrow, or None if it has a flaw."""
    # Arrow separates at single characters only. Split at every colon, "1::5" has an empty column in the middle.
    blanks = len(separator) - 1
    names = [part for column in types for part in (column, *(f"{column} {k}" for k in range(blanks)))]
    names = names[: len(names) - blanks]
    try:
        with archive.open(name) as stream:
            return csv.read_csv(
                stream,
                read_options=csv.ReadOptions(column_names=None if header else names),
                parse_options=csv.ParseOptions(delimiter=separator[0], newlines_in_values=line_ends),
                convert_options=csv.ConvertOptions(
                    column_types={column: pa.type_for_alias(kind) for column, kind in types.items()}, include_columns=list(types)
                ),
            )
    except pa.ArrowException:
        return None
