"""Present: everything large enough for the last row, no menu, one chart to a screen; on with a button, off with it or with Esc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ui.session import keys, presenting

_CSS = Path(__file__).with_name("present.css")
KEY = "_present_keys"
LETTERS = 20
"""Pixels of the smallest letters on a projector."""
TIMES = 1.5
"""How much larger the rest of a chart gets: its letters are 10 to 13 pixels high otherwise."""
MARGIN = 1.75
"""How much wider its margins get, where words stand that are no longer cut at the same place."""
MOST_TALL = 2400
ON_SCREEN = 110
"""Pixels that a chart leaves free of the screen for its tools and for what lies above and below."""

_keyboard = st.components.v2.component(
    "present",
    html="<span></span>",
    js="""
    const OVER = '[role=dialog], [role=listbox], [role=menu], [data-testid=stFullScreenFrame][data-fullscreen=true]';
    let send = null, state = null, wait = 0;
    const over = () => document.querySelector(OVER) || document.fullscreenElement
    document.addEventListener('keydown', event => {
        if (event.key === 'Escape' && send && !over()) send('leave', true);
    }, true);
    addEventListener('resize', () => { clearTimeout(wait); wait = setTimeout(() => state?.('tall', innerHeight), 400); });
    export default ({ data, setTriggerValue, setStateValue }) => {
        send = setTriggerValue; state = setStateValue;
        if (data !== innerHeight) setStateValue('tall', innerHeight);
        return () => { send = state = null; };
    };
    """,
    isolate_styles=False,
)


def switch() -> None:
    """The button that begins and ends it."""
    if presenting.on():
        st.button(
            "End presentation", icon=":material/close:", type="tertiary", key="_present", on_click=presenting.end, help="Or press Esc"
        )
    else:
        words = "Large, for a projector; the menu is hidden"
        st.button("Present", icon=":material/slideshow:", type="tertiary", key="_present", on_click=presenting.begin, help=words)


def dress(*, large: bool) -> None:
    """While it is on: Esc ends it, and unless the page has a look of its own for a projector, everything on it is large."""
    if not presenting.on():
        return
    _keyboard(data=keys.SCREEN_TALL.get(), key=KEY, height="content", on_leave_change=presenting.end, on_tall_change=_measured)
    if large:
        st.html(_CSS)


def _measured() -> None:
    tall = st.session_state[KEY].get("tall")
    if isinstance(tall, int) and 200 <= tall <= MOST_TALL:  # it comes from the browser
        keys.SCREEN_TALL.set(tall)


def enlarged(figure: go.Figure, tall: int) -> go.Figure:
    """A figure for a projector: letters of 20 pixels at least, and as tall as the screen (pixels), if it is not taller anyway."""
    spec = figure.to_plotly_json()
    layout = spec["layout"]
    height = layout.get("height", 450)
    for part, font in _without_size(spec):
        part[font] = {"size": LETTERS / TIMES, **part.get(font, {})}
    _grow(spec, in_font=False)
    layout["margin"] = {side: MARGIN * pixels for side, pixels in layout.get("margin", {}).items()}
    layout["height"] = max(TIMES * height, tall - ON_SCREEN)
    return go.Figure(spec, skip_invalid=True)


def _without_size(spec: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Parts of a figure whose letters get their size from Streamlit's theme, unless it is said here."""
    layout, traces = spec["layout"], spec["data"]
    axes = [layout.setdefault(name, {}) for name in {"xaxis", "yaxis", *(key for key in layout if key[1:].startswith("axis"))}]
    bars = [trace["colorbar"] for trace in traces if "colorbar" in trace]
    titles = [part["title"] for part in (*axes, *bars) if isinstance(part.get("title"), dict)]
    notes = [(note, "font") for note in layout.get("annotations", ())]
    texts = [(trace, "textfont") for trace in traces if trace.get("text") is not None]
    return [
        *((part, "tickfont") for part in (*axes, *bars)),
        *((title, "font") for title in titles),
        *notes,
        *texts,
        (layout, "font"),
        (layout.setdefault("legend", {}), "font"),
    ]


def _grow(part: object, *, in_font: bool) -> None:
    """Make fonts and marks below a part of a figure larger, in place."""
    if isinstance(part, (list, tuple)):
        for one in part:
            _grow(one, in_font=in_font)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "size" and isinstance(value, (int, float)):
                part[key] = _larger(value, in_font)
            elif key == "size" and isinstance(value, (list, tuple)):
                part[key] = [_larger(one, in_font) for one in value]
            elif key in ("xshift", "yshift", "standoff") and isinstance(value, (int, float)):
                part[key] = TIMES * value
            else:
                _grow(value, in_font=key.endswith("font"))


def _larger(size: float, in_font: bool) -> float:
    return max(LETTERS, TIMES * size) if in_font else TIMES * size
