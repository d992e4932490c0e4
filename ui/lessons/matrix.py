"""A small table of numbers as HTML: a number in each cell, missing cells hatched, marks in words as well as in colour."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ui.components.markup import in_html

Cell = tuple[int, int]


def matrix_html(
    values: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    caption: str,
    *,
    digits: int = 0,
    missing: str = "missing",
    asked: Cell | None = None,
    marked: Collection[Cell] = (),
    marked_word: str = "used",
    strong_rows: Collection[int] = (),
    strong_columns: Collection[int] = (),
    beside: Mapping[str, Sequence[str]] | None = None,
    below: Mapping[str, Sequence[str]] | None = None,
    scale: tuple[float, float] | None = (0.0, 5.0),
    signed: bool = False,
) -> str:
    """A table with a caption for screen readers. It is its own table twin, and scrolls sideways in its box.

    Parameters
    ----------
    values : array of shape (n_rows, n_columns), NaN = missing
    caption : str
        A sentence with what the table says; heard, not seen.
    missing : str
        What a missing cell is called.
    asked : (row, column)
        The cell that is asked for: it shows "?".
    marked : cells that are framed; ``marked_word`` says what that means
    strong_rows, strong_columns : whose names are printed bold with an arrow
    beside, below : further columns or rows of texts, by their heads
    scale : the numbers at which the ground is lightest and darkest; None = no colour
    signed : bool
        Numbers with their sign, blue below zero and orange above.
    """
    values = np.asarray(values, dtype=float)
    beside, below = beside or {}, below or {}
    head = "".join(
        f'<th scope="col"{_strong(c, strong_columns)}>{_arrow(c, strong_columns)}{in_html(name)}</th>' for c, name in enumerate(columns)
    )
    head += "".join(f'<th scope="col" class="beside">{in_html(name)}</th>' for name in beside)
    body = ""
    for r, name in enumerate(rows):
        cells = "".join(
            _cell(values[r, c], digits, missing, (r, c) == asked, marked_word if (r, c) in marked else "", scale, signed)
            for c in range(len(columns))
        )
        cells += "".join(f'<td class="beside">{in_html(texts[r])}</td>' for texts in beside.values())
        body += f'<tr><th scope="row"{_strong(r, strong_rows)}>{_arrow(r, strong_rows)}{in_html(name)}</th>{cells}</tr>'
    for name, texts in below.items():
        cells = "".join(f'<td class="beside">{in_html(text)}</td>' for text in texts)
        body += f'<tr class="below"><th scope="row">{in_html(name)}</th>{cells}{"<td></td>" * len(beside)}</tr>'
    return (
        f'<div class="matrix" tabindex="0" role="group" aria-label="{in_html(caption)}"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _strong(at: int, strong: Collection[int]) -> str:
    return ' class="strong"' if at in strong else ""


def _arrow(at: int, strong: Collection[int]) -> str:
    return '<span aria-hidden="true">▸ </span>' if at in strong else ""


def _cell(value: float, digits: int, missing: str, asked: bool, mark: str, scale: tuple[float, float] | None, signed: bool) -> str:
    kinds = [kind for kind, on in (("asked", asked), ("missing", np.isnan(value) and not asked), ("marked", bool(mark))) if on]
    unseen = f'<span class="unseen"> {in_html(mark)}</span>' if mark else ""
    if asked:
        text = "?"
    elif np.isnan(value):
        text = f'<span class="unseen">{in_html(missing)}</span>'
    else:
        text = f"{value:+.{digits}f}".replace("-", "−") if signed else f"{value:.{digits}f}".replace("-", "−")
    ground = "" if scale is None or asked or np.isnan(value) else f' style="background:{_ground(value, scale, signed)}"'
    return f'<td class="{" ".join(kinds)}"{ground}>{text}{unseen}</td>'


def _ground(value: float, scale: tuple[float, float], signed: bool) -> str:
    """A tint that leaves words readable on both themes: orange the higher, and blue below zero where numbers are signed."""
    low, high = scale
    if signed:
        share = min(abs(value) / max(abs(low), abs(high), 1e-9), 1.0)
        return f"rgb({'79 134 201' if value < 0 else '207 117 48'} / {0.08 + 0.34 * share:.2f})"
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return f"rgb(207 117 48 / {0.04 + 0.38 * share:.2f})"
