"""Buttons below every chart that save it as a picture, PNG or SVG: one script for the whole page, so that no chart costs a widget more."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_CSS = Path(__file__).with_name("pictures.css")
_PREFIX = "because-you-watched"

# Plotly's own tool draws the picture, WebGL included; which kind and under which name it reads from the chart when it is pressed.
# A chart's name is its key, which Streamlit writes as a class.
_script = st.components.v2.component(
    "pictures",
    html="<span></span>",
    js="""
    const CHART = '.js-plotly-plot', HOLDER = '[data-testid=stElementContainer]', OURS = 'chart-files';
    const TOOL = '.modebar-btn[data-title^="Download plot"]';
    const nameOf = holder => {
        const key = [...holder.classList].find(name => name.startsWith('st-key-')) ?? 'st-key-chart';
        return key.replace('st-key-', '').replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '').toLowerCase() || 'chart';
    };
    const save = (chart, holder, format) => {
        const tool = chart.querySelector(TOOL);
        if (!tool) return;
        chart._context.toImageButtonOptions = { format, filename: `PREFIX-${nameOf(holder)}`, scale: format === 'png' ? 2 : 1 };
        const { layout } = chart, before = layout.paper_bgcolor;
        layout.paper_bgcolor = getComputedStyle(document.querySelector('.stApp')).backgroundColor;  // letters are made for it
        tool.click();
        layout.paper_bgcolor = before;
    };
    const button = (label, name, act) => {
        const made = document.createElement('button');
        made.type = 'button';
        made.textContent = label;
        made.setAttribute('aria-label', name);
        made.addEventListener('click', act);
        return made;
    };
    const look = () => {
        for (const bar of document.querySelectorAll('.' + OURS))
            if (!bar.parentElement.querySelector(CHART)) bar.remove();
        for (const chart of document.querySelectorAll(CHART)) {
            const holder = chart.closest(HOLDER);
            if (!holder || holder.querySelector('.' + OURS) || !chart.querySelector(TOOL)) continue;
            const bar = document.createElement('div');
            bar.className = OURS;
            const name = nameOf(holder).replaceAll('-', ' ');
            for (const format of ['png', 'svg']) {
                const act = () => save(holder.querySelector(CHART), holder, format);
                bar.append(button(format.toUpperCase(), `Save the chart ${name} as ${format.toUpperCase()}`, act));
            }
            holder.append(bar);
        }
    };
    let due = 0;
    const soon = () => { due ||= setTimeout(() => { due = 0; look(); }, 300); };
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
    export default () => { soon(); };
    """.replace("PREFIX", _PREFIX),
    isolate_styles=False,
)


def offer() -> None:
    """Put the script on the page."""
    st.html(_CSS)
    _script(key="pictures", height="content")
