"""Print the whole view of a page: the sheet becomes as large as the view, and the printer fits it to the paper."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_CSS = Path(__file__).with_name("print.css")

# Charts have their width from the screen, and on a narrower sheet they would be cut. A view that is more than twice as long as wide gets
# sheets of the usual shape.
_script = st.components.v2.component(
    "paper",
    html="<span></span>",
    js="""
    const LONGEST = 2, SHAPE = 1.414;
    const sheet = document.createElement('style');
    const begin = () => {
        const root = document.documentElement;
        const width = Math.max(innerWidth, ...[...document.querySelectorAll('.js-plotly-plot')].map(chart => chart.offsetWidth + 48));
        sheet.textContent = `html.printing body { width: ${width}px; }`;
        document.head.append(sheet);
        root.classList.add('printing');
        const view = document.querySelector('.stMainBlockContainer')?.getBoundingClientRect();
        const tall = Math.ceil(view?.height ?? innerHeight) + 8;
        const height = tall <= LONGEST * width ? tall : Math.round(SHAPE * width);
        sheet.textContent += ` @page { size: ${width}px ${height}px; margin: 0; }`;
    };
    const end = () => { document.documentElement.classList.remove('printing'); sheet.remove(); };
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    export default () => {};
    """,
    isolate_styles=False,
)


def lay() -> None:
    """Have the page ready to be printed."""
    st.html(_CSS)
    _script(key="paper", height="content")
