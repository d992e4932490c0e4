"""The windows over a page: the one of a title, or "Why this?" in its place. Only one can be open at a time."""

from __future__ import annotations

from ui.session import app_data, keys
from ui.titles.sheet import title_sheet
from ui.why.dialog import why_dialog


def open_asked() -> None:
    """Open the window that the last click asked for, if it did."""
    why, title = keys.WHY_TO_OPEN.take(), keys.SHEET_TO_OPEN.take()
    if why:
        why_dialog(*why)
    elif title:
        title_sheet(app_data.engine(), title)
