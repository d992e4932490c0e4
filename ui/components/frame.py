"""What every page shares: the look, the heading with the data's name, and errors that stop a page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager

from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from recsys_core.datasets.download.releases import RELEASES, TVMAZE
from recsys_core.datasets.download.retry import Progress
from recsys_core.datasets.sources.tvmaze import LINK
from recsys_core.serving.jobs import preparation, prepare
from ui.components.cards import plain_markdown
from ui.components.model_names import model_name
from ui.session import app_data, keys, profile

_CSS = Path(__file__).with_name("theme.css")
# Streamlit writes white on the accent colour; on the dark theme's amber only dark words can be read.
_DARK_CHIPS = "<style>[data-testid=stMultiSelectTagsContainer] [data-tag] * { color: #17120d !important; }</style>"


def dress(pages: Sequence[StreamlitPage]) -> None:
    """The look, and on a narrow screen all pages in one line at the top; the style sheet hides it on others.

    Streamlit folds its own menu into a window there that covers the page and stays open after a choice.
    """
    st.html(_CSS)
    if st.context.theme.type == "dark":
        st.html(_DARK_CHIPS)
    with st.container(horizontal=True, wrap=False, gap=None, key="phone_menu"):
        for page in pages:
            if page.visibility == "visible":
                st.page_link(page, icon="", width="content")


def heading(title: str, lead: str) -> None:
    """A page's title, a sentence on what it is for, and where its ratings come from."""
    _through_the_router()
    dataset = app_data.engine().dataset
    who = "simulated audience" if dataset.simulated else "real ratings" if dataset.n_ratings else "no ratings, content only"
    source = f"{dataset_title(dataset.name)} · {who}"
    st.title(title, anchor=False)
    st.html(f'<p class="strip">{html.escape(lead)} <span class="chip">{html.escape(source)}</span></p>')
    if dataset.name == TVMAZE.name:
        st.markdown(f"Show data from [TVmaze]({LINK}), [CC BY-SA 4.0]({TVMAZE.licence_url}).")
    if carried := keys.CARRIED.take():
        st.success(carried, icon=":material/move_down:")
    if unsaved := profile.unsaved():
        st.warning(f"Your ratings last only until you close this tab. {unsaved}", icon=":material/cloud_off:")


def _through_the_router() -> None:
    """Start again through ``app.py`` where Streamlit ran the page's own file.

    It does so if the very first visit of a fresh server opens a page other than the first: until ``st.navigation`` has been
    called once, Streamlit takes the folder ``pages/`` for its older kind of app.
    """
    if not profile.is_open():
        PagesManager.uses_pages_directory = False
        st.rerun()


def dataset_title(name: str) -> str:
    """What a data set is called where people read it."""
    base = name.removesuffix(WITH_SHOWS)
    known = {SHOWCASE: "Showcase", TVMAZE.name: TVMAZE.title, **{release.name: release.title for release in RELEASES.values()}}
    return known.get(base, base) + (" with shows" if name != base else "")


def transfer_text(transfer: Progress | None) -> str:
    """How far a download is: "12.3 of 65.6 MB · 3.1 MB/s · 17 s left"."""
    if transfer is None:
        return "Asking for it"
    total = f" of {transfer.total / 1e6:,.1f}" if transfer.total else ""
    parts = [f"{transfer.done / 1e6:,.1f}{total} MB"]
    if transfer.speed:
        parts.append(f"{transfer.speed / 1e6:,.1f} MB/s")
    if transfer.seconds_left is not None:
        parts.append(f"{_duration(transfer.seconds_left)} left")
    return " · ".join(parts)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{max(seconds, 1):.0f} s"


@st.fragment(run_every=1.0)
def progress(name: str) -> None:
    """How far a preparation is, by the second; the page is drawn anew when it ends."""
    task = preparation(name)
    if task is None or not task.running:
        st.rerun()
        return
    if task.state == "downloading":
        share = task.transfer.done / task.transfer.total if task.transfer and task.transfer.total else 0.0
        st.progress(min(share, 1.0), f"Downloading {dataset_title(name)}: {transfer_text(task.transfer)}")
    elif task.state == "waiting":
        st.progress(0.0, f"{dataset_title(name)} waits for another data set that is being fitted")
    else:
        st.progress(min(task.done, 1.0), f"Fitting the models of {dataset_title(name)}: {model_name(task.what) or 'starting'}")
    st.button("Cancel", key=f"_cancel_{name}", on_click=task.cancel, icon=":material/close:")


def preparing(name: str) -> None:
    """Stand in for a page until the models of its data set are fitted."""
    st.title("Getting ready", anchor=False)
    task = preparation(name)
    if task is None:
        task = prepare(name)
    if task.running:
        st.markdown(
            f"The models of **{plain_markdown(dataset_title(name))}** are being fitted. This happens once per data set: "
            "seconds for the small ones, minutes for millions of ratings. You may leave this page; the work goes on."
        )
        progress(name)
    else:
        st.error(task.error or "It was cancelled.", icon=":material/error:")
        if st.button("Try again", icon=":material/refresh:"):
            prepare(name)
            st.rerun()
    if name != app_data.default_dataset():
        back = dataset_title(app_data.default_dataset())
        st.button(f"Back to {back}", icon=":material/arrow_back:", on_click=profile.choose_dataset, args=(app_data.default_dataset(),))


def failed(error: Exception) -> None:
    """Show one clear sentence instead of a page."""
    st.title("The data could not be opened", anchor=False)
    st.error(str(error), icon=":material/error:")
    st.markdown("The server was asked for the data set named in `RECSYS_DATASET`. Without that variable it opens the bundled showcase.")
