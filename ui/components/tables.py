"""Tables on a page. Streamlit lets visitors take every table along as a CSV file, which a spreadsheet may then open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pandas as pd
import streamlit as st

from ui.components.markup import clean, in_cell


def show(table: pd.DataFrame, *, fitting: bool = False) -> None:
    """A table without its index. What a spreadsheet would calculate is guarded in the file, and on screen as the data has it.

    Parameters
    ----------
    fitting : bool
        Whether the table is as high as all its rows.
    """
    shown = table.set_axis(distinct(clean(str(name)) for name in table.columns), axis="columns").reset_index(drop=True)
    texts = [name for name in shown if not pd.api.types.is_numeric_dtype(shown[name])]
    shown[texts] = shown[texts].map(lambda cell: clean(str(cell)))
    guarded = {in_cell(cell): cell for name in texts for cell in shown[name] if in_cell(cell) != cell}
    heads = dict(zip(distinct(map(in_cell, shown)), shown, strict=True))
    height: Literal["content", "auto"] = "content" if fitting else "auto"
    if not guarded and all(head == name for head, name in heads.items()):
        st.dataframe(shown, hide_index=True, height=height)
        return
    exported = shown.set_axis(list(heads), axis="columns")
    texts = [head for head, name in heads.items() if name in texts]
    exported[texts] = exported[texts].map(in_cell)
    columns = {
        head: st.column_config.Column(name) if head in texts else st.column_config.NumberColumn(name, format="plain")
        for head, name in heads.items()
    }
    as_given = exported.style.format(lambda cell: guarded.get(cell, cell), subset=texts)  # how a cell looks; the file has what it holds
    st.dataframe(as_given, hide_index=True, height=height, column_config=columns)


def distinct(names: Iterable[str]) -> list[str]:
    """Names of columns without repetition: two titles may be called the same.

    >>> distinct(["Heat", "Heat", "Heat (2)"])
    ['Heat', 'Heat (2)', 'Heat (2) (2)']
    """
    taken: dict[str, None] = {}
    for name in names:
        at, free = 2, name
        while free in taken:
            at, free = at + 1, f"{name} ({at})"
        taken[free] = None
    return list(taken)
