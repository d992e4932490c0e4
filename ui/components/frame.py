"""What every page shares: the look, the heading with the data's name, and errors that stop a page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager

from recsys_core import Engine
from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from recsys_core.datasets.download.releases import RELEASES, TVMAZE
from recsys_core.datasets.download.retry import TransferProgress
from recsys_core.datasets.sources.tvmaze import LINK
from recsys_core.fitted import Stage
from recsys_core.serving.jobs import Kind
from recsys_core.serving.saved_engines import LISTS_AT
from ui.components import first_wall, hands, markup, paper, pictures, present, saving, shared_view
from ui.components.model_names import model_name
from ui.session import app_data, keys, profile

_STOPPED = {
    "cancelled": "It was cancelled.",
    "done": "The models were fitted and cannot be found. If the app has been updated since the server was started, start it again.",
}
READ_SECONDS = 8.0
"""So long a sentence that is said once stays."""
_CSS = Path(__file__).with_name("theme.css")
# Streamlit writes white on the accent colour; on the dark theme's amber only dark words can be read. And in a window, which does not
# know the colour scheme, the style sheet cannot tell light from dark.
_DARK = (
    "<style>:is([data-testid=stMultiSelectTagsContainer] [data-tag], button[kind^=primary]:not(:disabled)) * "
    "{ color: #17120d !important; } [data-testid=stButtonGroup] "
    "button[data-selected=true]:is([data-hovered], [data-focused]) p { color: #f2b84b !important; }</style>"
)


def dress(pages: Sequence[StreamlitPage]) -> None:
    """The look, and on a narrow screen all pages in one line at the top; the style sheet hides it on others.

    Streamlit folds its own menu into a window there that covers the page and stays open after a choice.
    """
    st.html(_CSS)
    if st.context.theme.type == "dark":
        st.html(_DARK)
    hands.lend()
    with st.container(horizontal=True, wrap=False, gap=None, key="phone_menu"):
        for page in pages:
            if page.visibility == "visible":
                st.page_link(page, icon="", width="content")


def heading(title: str, lead: str, *, link: bool = True) -> None:
    """A page's title, a sentence on what it is for, where its ratings come from, and, unless the page has its own, a link to copy."""
    through_the_router()
    engine = app_data.engine()
    dataset = engine.dataset
    who = "simulated audience" if dataset.simulated else "real ratings" if dataset.n_ratings else "no ratings, content only"
    source = f"{dataset_title(dataset.name)} · {who}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="page_head"):
        st.title(markup.plain(title), anchor=False)
        st.html(f'<p class="strip">{markup.in_html(lead)} <span class="chip">{markup.in_html(source)}</span></p>')
        if link:
            shared_view.copy_link()
            present.switch()
    present.dress(large=link)
    pictures.offer()
    paper.lay()
    if dataset.name == TVMAZE.name:
        st.markdown(f"Show data from [TVmaze]({LINK}), [CC BY-SA 4.0]({TVMAZE.licence_url}).")
    if engine.stage != "complete":
        _growing(app_data.dataset_name(), engine.stage)
    _carried()
    if note := keys.KEY_NOTE.take():
        st.info(markup.plain(note), icon=":material/key:")
    saving.show()


def _carried() -> None:
    """Say how many ratings came along, long enough to be read although the page may be drawn anew meanwhile."""
    if not (words := keys.CARRIED.get()):
        return
    since = keys.CARRIED_AT.get() or time.monotonic()
    keys.CARRIED_AT.set(since)
    if time.monotonic() - since > READ_SECONDS:
        keys.CARRIED.forget()
        keys.CARRIED_AT.forget()
    else:
        st.success(markup.plain(words), icon=":material/move_down:")


def through_the_router() -> None:
    """Start again through ``app.py`` where Streamlit ran the page's own file.

    It does so if the very first visit of a fresh server opens a page other than the first: until ``st.navigation`` has been
    called once, Streamlit takes the folder ``pages/`` for its older kind of app.
    """
    if not keys.ROUTED.get():
        PagesManager.uses_pages_directory = False
        st.rerun()


def dataset_title(name: str) -> str:
    """What a data set is called where people read it, as plain text."""
    base = name.removesuffix(WITH_SHOWS)
    known = {SHOWCASE: "Showcase", TVMAZE.name: TVMAZE.title, **{release.name: release.title for release in RELEASES.values()}}
    return known.get(base, markup.clean(Path(base).name.removesuffix(".zip"))) + (" with shows" if name != base else "")


def transfer_text(transfer: TransferProgress | None) -> str:
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
def progress(name: str, kind: Kind = "prepare", *, until_lists: bool = False) -> None:
    """How far a piece of work is, by the second; the page is drawn anew when it ends, or when personal lists work if that is enough."""
    job = app_data.jobs().job(name, kind)
    if job is None or not job.running or (until_lists and app_data.ready(name)):
        st.rerun()
        return
    shown, mine = markup.plain(dataset_title(name)), job.belongs_to(app_data.owner())
    if job.state == "downloading":
        share = job.transfer.done / job.transfer.total if job.transfer and job.transfer.total else 0.0
        st.progress(min(share, 1.0), f"Downloading {shown}: {transfer_text(job.transfer)}")
    elif job.state == "waiting":
        waits = f"waits: {job.before} before {'yours' if mine else 'it'}" if job.before else "is about to begin"
        st.progress(0.0, f"{shown} {markup.plain(waits)}")
    elif kind == "measure":
        st.progress(min(job.done, 1.0), f"Measuring the models: {markup.plain(job.what or 'starting')}")
    else:
        share = job.done / LISTS_AT if until_lists else job.done
        st.progress(min(share, 1.0), f"Fitting the models of {shown}: {markup.plain(model_name(job.what) or 'starting')}")
    if mine:
        st.button("Cancel", key=f"_cancel_{kind}_{name}", on_click=job.cancel, icon=":material/close:")


def preparing(name: str) -> None:
    """Stand in for a page until personal lists can be made of its data set."""
    if app_data.jobs().job(name) is None:
        app_data.begin(name)
    job, refused = app_data.jobs().job(name), keys.REFUSED.take()
    if job and job.running:
        st.title("Because You Watched" if name == app_data.default_dataset() else "Getting ready", anchor=False)
        st.markdown(
            "Rate a few shows and movies, and get a list of what to watch next that follows every star and says why. "
            f"The models of **{markup.plain(dataset_title(name))}** are being fitted, once per data set: "
            "seconds until your list works for the small ones, minutes for millions of ratings."
        )
        progress(name, until_lists=True)
        if name == SHOWCASE:
            first_wall.show()
    else:
        st.title("Getting ready", anchor=False)
        st.error(markup.plain(refused or (job and (job.error or _STOPPED[job.state])) or ""), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:", on_click=app_data.begin, args=(name,))
    if name != app_data.default_dataset():
        _way_back()


def wait_for_studies(engine: Engine) -> None:
    """End the page here, with a word and a bar, while the latent factors that it shows are still being studied."""
    if engine.stage != "complete" and engine.dataset.n_ratings:
        still_fitting(app_data.dataset_name())
        st.stop()


@st.fragment(run_every=2.0)
def _growing(name: str, shown: Stage) -> None:
    """Say that more is on its way, and draw the page anew when it has come."""
    if app_data.stage(name) != shown:
        st.rerun()
    elif app_data.jobs().job(name) in app_data.jobs().running():
        more = (
            "More models are being fitted: your list works, and gets better soon." if shown == "lists" else "Latent factors are on the way."
        )
        st.caption(more)


def still_fitting(name: str) -> None:
    """What a page says that needs more than is fitted so far, with how far it is."""
    job, refused = app_data.jobs().job(name), keys.REFUSED.take()
    st.info("This page needs models that are still being fitted. Everything else works meanwhile.", icon=":material/hourglass:")
    if job and job.running:
        progress(name)
    else:
        st.error(markup.plain(refused or (job and job.error) or "The fit was cancelled."), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:", on_click=app_data.begin, args=(name,))


def failed(error: Exception) -> None:
    """Show one clear sentence instead of a page."""
    st.title("The data could not be opened", anchor=False)
    st.error(markup.plain(str(error)), icon=":material/error:")
    if app_data.dataset_name() == app_data.default_dataset():
        st.markdown("The server was asked for the data set named in `RECSYS_DATASET`. Without that variable it opens the bundled showcase.")
    else:
        _way_back()


def _way_back() -> None:
    """A button to the server's own data set, for those who look at another."""
    usual = app_data.default_dataset()
    label = f"Back to {markup.plain(dataset_title(usual))}"
    st.button(label, icon=":material/arrow_back:", on_click=profile.choose_dataset, args=(usual,))
