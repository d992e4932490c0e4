"""Parts of the page "Data": choose a data set, download one, upload one."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from recsys_core.datasets import SHOWCASE, WITH_SHOWS
from recsys_core.datasets.download.fetch import downloaded, import_file
from recsys_core.datasets.download.releases import RELEASES, TVMAZE, Release
from recsys_core.datasets.limits import limits
from recsys_core.datasets.visitors import is_own, kept_until, name_of
from recsys_core.errors import JobRefusedError, RecsysError
from recsys_core.serving.saved_engines import has_engine
from recsys_core.settings import settings
from ui.components import frame, markup
from ui.session import app_data, keys, profile


def may_download() -> bool:
    """Whether visitors may fetch data to this server; ``RECSYS_DOWNLOADS=off`` forbids it."""
    return settings().downloads_allowed


def size_words(n_bytes: int) -> str:
    """A size as people read it."""
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes < 10e6 else f"{n_bytes / 1e6:,.0f} MB"


def facts(name: str) -> str:
    """What is in a data set, without opening it."""
    if name == SHOWCASE:
        return "4,401 shows and movies with synopses · 764,032 simulated ratings of 6,000 simulated viewers"
    release = {**RELEASES, TVMAZE.name: TVMAZE}.get(name)
    if release:
        return _release_facts(release)
    if not is_own(name):
        return "Models that were trained elsewhere" if has_engine(name) else "An archive that the operator of this server brought"
    day = kept_until(name)
    return f"Yours, kept until {day.day} {day:%b %Y} · only you see it"


def _release_facts(release: Release) -> str:
    if not release.ratings:
        return f"about {release.titles:,} shows with synopses · nobody's ratings: content alone recommends"
    return f"{release.titles:,} movies · {release.ratings:,} ratings of {release.people:,} people · {release.note}"


def choices() -> set[str]:
    """Every data set on this server; the one in use is marked. Returns those whose progress is shown here."""
    shown: set[str] = set()
    current = app_data.dataset_name()
    base = current.removesuffix(WITH_SHOWS)
    for name in app_data.dataset_choices():
        with st.container(border=True, key=f"choice_{_short(name)}"):
            st.markdown(f"**{markup.plain(frame.dataset_title(name))}**  \n{markup.plain(facts(name))}")
            with st.container(horizontal=True, vertical_alignment="center"):
                shown |= _choose(name, current, base)
                if is_own(name):
                    st.button("Delete", key=f"_delete_{_short(name)}", icon=":material/delete:", on_click=_delete, args=(name,))
            if name == base and app_data.ready(current):
                for note in app_data.engine().dataset.left_out:
                    st.caption(markup.plain(note))
    return shown


def _short(name: str) -> str:
    """What a data set is called in keys of widgets."""
    return f"own_{name.rpartition('/')[2]}" if is_own(name) else name


def _delete(name: str) -> None:
    """Delete a data set of this visitor's own; who looks at it goes back to the server's first."""
    uploaded, _ = keys.UPLOAD_TAKEN.get()  # the file may still lie in the uploader, and is not to be taken again
    if app_data.dataset_name().removesuffix(WITH_SHOWS) == name:
        profile.choose_dataset(app_data.default_dataset())
    app_data.delete(name)
    keys.UPLOAD_TAKEN.set((uploaded, ""))


def _choose(name: str, current: str, base: str) -> set[str]:
    shows = False
    if name not in (SHOWCASE, TVMAZE.name) and not has_engine(name):
        help_text = "The showcase's shows join the movies. Nobody has rated them there, so content alone speaks for them."
        shows = st.toggle("With the showcase's shows", value=current.endswith(WITH_SHOWS), key=f"_shows_{_short(name)}", help=help_text)
    wanted = name + (WITH_SHOWS if shows else "")
    if wanted == current:
        st.badge("in use", icon=":material/check:", color="green")
        return set()
    label = "Use it" if name != base else "Use these settings"
    job = app_data.jobs().job(wanted)
    if job and job.running and not (job.state == "working" and app_data.ready(wanted)):
        frame.progress(wanted, until_lists=True)
        return {wanted}
    # A fit takes a while: the choice is taken at once, and the page says how far it is.
    st.button(label, key=f"_use_{_short(name)}", type="primary", on_click=profile.choose_dataset, args=(wanted,))
    return set()


def downloads() -> None:
    """What can be fetched: size, terms, a tick, and then a bar."""
    there = set(downloaded())
    missing = [release for release in (*RELEASES.values(), TVMAZE) if release.name not in there]
    if not missing:
        st.caption("All data sets are here already.")
    with st.grid("auto", min_column_width=420):
        for release in missing:
            with st.container(border=True, key=f"release_{release.name}"):
                about = "about " if not release.size_is_exact else ""
                st.markdown(
                    f"**{markup.plain(release.title)}** · {about}{size_words(release.size)}  \n{markup.plain(_release_facts(release))}"
                )
                _download(release)


def _download(release: Release) -> None:
    job = app_data.jobs().job(release.name)
    if job and job.running:
        frame.progress(release.name)
        return
    if job and job.state == "failed":
        st.error(markup.plain(job.error), icon=":material/error:")
    elif job and job.state == "cancelled":
        st.caption("Cancelled. The part that arrived is kept: the next download continues from there.")
    st.markdown(f"{markup.plain(release.licence)} [The terms in full]({release.licence_url})")
    with st.container(horizontal=True, vertical_alignment="center"):
        accepted = st.checkbox("I accept these terms", key=f"_accept_{release.name}")
        if st.button("Download", key=f"_download_{release.name}", disabled=not accepted, icon=":material/download:"):
            try:
                app_data.jobs().start(release.name, owner=app_data.owner(), fetch=True)
            except JobRefusedError as error:
                st.error(markup.plain(str(error)), icon=":material/error:")
            else:
                st.rerun()


def upload() -> None:
    """Take a MovieLens archive from the visitor, for them alone unless it is a release as published."""
    megabytes, allowed = settings().upload_mb, limits()
    st.caption(
        f"Only you see what you upload. You may keep {allowed.sets:,} of your own here, {allowed.sets_mb:,} MB together; "
        f"each is removed {allowed.days:,} days after you last used it. A release as published is kept for everybody."
    )
    given = st.file_uploader("A MovieLens zip", type="zip", key="upload", max_upload_size=megabytes)
    taken = keys.UPLOAD_TAKEN.get()
    if given is not None and given.file_id != taken[0]:
        try:
            with st.spinner("Reading the archive to its end, to check it…"):
                name = name_of(import_file(given, owner=app_data.owner(), max_bytes=megabytes * 2**20))
        except RecsysError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
            return
        if is_own(name):
            profile.keep_key()
        keys.UPLOAD_TAKEN.set((given.file_id, name))
        st.rerun()  # so that it stands among the choices above
    if given is not None and taken[1]:
        st.success(f"{markup.plain(frame.dataset_title(taken[1]))} is here. Choose it above.", icon=":material/check:")


def under_way(shown: Collection[str]) -> None:
    """Fits that somebody started and that no other part of the page shows; ``shown`` are those of the choices."""
    downloads_shown = {release.name for release in (*RELEASES.values(), TVMAZE)}.difference(downloaded())
    choices = app_data.dataset_choices()
    for job in app_data.jobs().running("prepare"):
        if job.dataset.removesuffix(WITH_SHOWS) in choices and job.dataset not in downloads_shown.union(shown):
            frame.progress(job.dataset)
