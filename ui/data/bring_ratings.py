"""Part of the page "Data": drop a file with ratings from elsewhere, see what it comes to, bring them in, take them back."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pandas as pd
import streamlit as st

from recsys_core.data.dataset import Dataset
from recsys_core.errors import ExchangeError, StoreError
from recsys_core.exchange.reading import read_file
from recsys_core.exchange.report import LEFT_OUT, Doubt, Plan, Report, plan, settle
from recsys_core.exchange.rows import Answers, Reading
from recsys_core.settings import settings
from ui.components import frame, markup, tables
from ui.session import app_data, keys, profile

TYPES = ("zip", "csv", "json", "xml", "tsv", "txt")
DOUBTS_AT_ONCE = 10
SHOWN_TITLES = 500
_UNRATED = {"Leave them out": "left out", "I have seen them": "seen", "I want to see them": "kept"}
_ORDERS = {"Day first: 31/12": True, "Month first: 12/31": False}
_TOPS = {"5": 5, "10": 10, "100": 100}


def show() -> None:
    """The field for the file, and what follows from it."""
    st.header("Bring your ratings", anchor=False)
    st.caption(
        "From Letterboxd, IMDb, Trakt, Netflix, MovieLens, Simkl, Criticker, TV Time, or any table with titles and stars: drop the file "
        "that you got there. It is read in memory. Only title, year, stars and date are kept, and nothing before you say so."
    )
    _last_import()
    if not settings().downloads_allowed:
        st.info("The operator of this server has switched downloads off: it takes no files.", icon=":material/lock:")
        return
    label, number = "A file with your ratings", keys.BROUGHT_FILES.get()
    given = st.file_uploader(label, type=TYPES, key=f"bring_{number}", max_upload_size=settings().upload_mb)
    if given is None:
        keys.BROUGHT.forget()
        keys.BROUGHT_CHOICES.forget()
        return
    dataset = app_data.engine().dataset
    try:
        brought = _read(given, _answers(given.file_id), dataset)
    except ExchangeError as error:
        st.error(markup.plain(str(error)), icon=":material/error:")
        return
    _comes_to(brought, given.file_id, dataset)


def _last_import() -> None:
    """What the last import did, and the button that takes it back."""
    if said := keys.IMPORT_SAID.take():
        st.success(markup.plain(said), icon=":material/check:")
    undo = keys.UNDO_IMPORT.get()
    if undo is None or undo.dataset != app_data.engine().dataset.key:
        return
    if st.button("Undo the import", key="_undo_import", icon=":material/undo:"):
        try:
            n = profile.take_back(undo)
        except StoreError as error:
            st.error(f"The import stays, for now. {markup.plain(str(error))}", icon=":material/error:")
            return
        keys.UNDO_IMPORT.forget()
        left = len(undo.put) - n
        stays = f" {left:,} that you have changed since then stay." if left else ""
        keys.IMPORT_SAID.set(f"Taken back: {_titles(n)} as before.{stays}")
        st.rerun()


def _answers(file_id: str) -> Answers:
    """What the visitor has answered about this file so far."""

    def chosen(name: str) -> Any:
        return st.session_state.get(_key(file_id, name))

    return Answers(
        person=chosen("person"),
        day_first=_ORDERS.get(chosen("dates")),
        unrated=cast(Any, _UNRATED.get(chosen("unrated"))),
        top=_TOPS.get(chosen("scale")),
        episodes=bool(chosen("episodes")),
    )


def _key(file_id: str, name: str) -> str:
    return f"_bring_{name}_{file_id}"


def _read(given: Any, answers: Answers, dataset: Dataset) -> keys.Brought:
    """The file as it was read before, or is read now. Raises :class:`ExchangeError`."""
    asked = (given.file_id, dataset.key, answers)
    brought = keys.BROUGHT.get()
    if brought is None or brought.asked != asked:
        if brought is None or brought.asked[:2] != asked[:2]:
            keys.BROUGHT_CHOICES.forget()
        with st.spinner("Reading the file and looking for its titles…"):
            reading = read_file(given.getvalue(), answers)
            brought = keys.Brought(asked, reading, app_data.matcher().match(reading.rows))
        keys.BROUGHT.set(brought)
    return brought


def _comes_to(brought: keys.Brought, file_id: str, dataset: Dataset) -> None:
    """What was recognised, what has to be asked, the report, and the button that brings it in."""
    reading = brought.reading
    parts = ", ".join(dict.fromkeys(part for part in reading.parts if part))
    stars = sum(row.stars is not None and not row.skipped for row in reading.rows)
    facts = [parts, f"{_rows(len(reading.rows))}, {stars:,} with stars"]
    st.markdown(" · ".join([f"**{markup.plain(reading.site)}**", *(markup.plain(fact) for fact in facts if fact)]))
    if reading.scale:
        st.caption(markup.plain(reading.scale))
    if not _ask(reading, file_id):
        st.caption("Answer this, and you see what the file comes to. Nothing is brought in before you say so.")
        return
    before = settle(reading, brought.matches, dataset, {})
    _choose(before.doubts, dataset)
    found = settle(reading, brought.matches, dataset, keys.BROUGHT_CHOICES.get())
    _counts(found, dataset)
    planned = _planned(found, file_id)
    _preview(found, planned, dataset)
    _bring_in(planned)


def _ask(reading: Reading, file_id: str) -> bool:
    """Ask what the file does not tell; whether everything that matters has been answered."""
    answered = True
    if "person" in reading.asks:
        names = [name for name, _ in reading.people]
        n_rows = dict(reading.people)
        label = "This file has ratings of several people. Which are yours?"
        person = st.selectbox(
            label,
            names,
            index=None,
            key=_key(file_id, "person"),
            format_func=lambda name: f"{markup.clean(name) or 'no name'} · {_rows(n_rows[name])}",
        )
        answered = answered and person is not None
    if "scale" in reading.asks:
        top = st.radio("The most that a rating in this file can be", list(_TOPS), index=None, key=_key(file_id, "scale"), horizontal=True)
        answered = answered and top is not None
    if "dates" in reading.asks:
        order = st.radio("How this file writes dates", list(_ORDERS), index=None, key=_key(file_id, "dates"), horizontal=True)
        answered = answered and order is not None
    if "unrated" in reading.asks:
        st.radio("Titles without stars", list(_UNRATED), key=_key(file_id, "unrated"), horizontal=True)
    if any(row.episode and row.stars is not None for row in reading.rows):
        st.toggle(
            "Guess a show's stars from its episodes", key=_key(file_id, "episodes"), help="Shows that you rated as a whole keep that."
        )
    return answered


def _choose(doubts: list[Doubt], dataset: Dataset) -> None:
    """Let the visitor say which title is meant, a page of them at a time."""
    if not doubts:
        return
    with st.expander(f"Not certain: {_titles(len(doubts))} – choose, or leave out", expanded=len(doubts) <= DOUBTS_AT_ONCE):
        if st.button(f"Take the likeliest for all {len(doubts):,}", key="_bring_likeliest", disabled=len(doubts) < 2):
            keys.BROUGHT_CHOICES.set({doubt.about: doubt.offered[0] for doubt in doubts})
            for doubt in doubts:
                st.session_state.pop(_choice_key(doubt), None)
        n_pages = -(-len(doubts) // DOUBTS_AT_ONCE)
        page = st.pagination(n_pages, key="_bring_doubts") if n_pages > 1 else 1
        for doubt in doubts[(page - 1) * DOUBTS_AT_ONCE : page * DOUBTS_AT_ONCE]:
            _choice(doubt, dataset)


def _choice(doubt: Doubt, dataset: Dataset) -> None:
    title, year, _ = doubt.about
    options = [LEFT_OUT, *doubt.offered]
    chosen = keys.BROUGHT_CHOICES.get().get(doubt.about, LEFT_OUT)
    picked = st.selectbox(
        markup.plain(f"{title} ({year})" if year else title),
        options,
        index=options.index(chosen) if chosen in options else 0,
        key=_choice_key(doubt),
        format_func=lambda item_id: _called(dataset, item_id) if item_id else "Leave it out",
    )
    keys.BROUGHT_CHOICES.set(keys.BROUGHT_CHOICES.get() | {doubt.about: picked})


def _choice_key(doubt: Doubt) -> str:
    return f"_bring_choice_{doubt.about}"


def _called(dataset: Dataset, item_id: str) -> str:
    title = dataset.title(dataset.position(item_id))
    return markup.clean(f"{title.with_year} · {title.kind}" if title.kind else title.with_year)


def _counts(found: Report, dataset: Dataset) -> None:
    """What became of the rows; the numbers add up to those read."""
    counts = found.counts
    why = ", ".join(f"{n:,} {reason}" for reason, n in found.reasons.most_common())
    here = frame.dataset_title(dataset.name)
    lines = [
        ("Found", counts["matched"]),
        ("The same title again; the latest stars count", counts["said again"]),
        ("Not certain which title it is", counts["uncertain"]),
        (f"Not in {here}", counts["not here"]),
        (f"Left out: {why}" if why else "Left out", counts["skipped"]),
        ("Rows in the file", counts.total()),
    ]
    tables.show(pd.DataFrame([line for line in lines if line[1]], columns=["What became of the rows", "Rows"]), fitting=True)
    if any(fate == "not here" and not row.title for row, fate in zip(found.reading.rows, found.fates, strict=True)):
        st.caption("This file names movies by MovieLens' numbers alone. Bring the whole zip, which holds their titles.")
    if counts["uncertain"] + counts["not here"] + counts["skipped"]:
        st.download_button(
            "Download what was not found",
            found.unmatched().encode("utf-8-sig"),
            "not-found.csv",
            "text/csv",
            key="_bring_not_found",
            icon=":material/download:",
            on_click="ignore",
        )


def _planned(found: Report, file_id: str) -> Plan:
    """What is to be written; where stars differ from those given here, the visitor says which stand."""
    here = profile.said()
    mine = plan(found.found, here)
    if not any(found.found[item_id].stars is not None for item_id in mine.kept):
        return mine
    n = sum(found.found[item_id].stars is not None for item_id in mine.kept)
    label = f"You have said something else here about {_titles(n)}"
    which = st.radio(label, ["Keep mine", "Take the file's"], key=_key(file_id, "replace"), horizontal=True)
    return mine if which == "Keep mine" else plan(found.found, here, replace=True)


def _preview(found: Report, planned: Plan, dataset: Dataset) -> None:
    if not planned.put:
        return
    with st.expander("See the titles"):
        here = profile.said()
        lines = []
        for said in planned.put[:SHOWN_TITLES]:
            row, before = found.found[said.item_id], here.get(said.item_id)
            lines.append(
                {
                    "Title": _called(dataset, said.item_id),
                    "Stars": _words(said.mark, said.stars) + (" (guessed)" if row.guessed else ""),
                    "In the file": f"{row.title or row.movielens_id}{f' · {row.written}' if row.written else ''}",
                    "Here so far": _words(before.mark, before.stars) if before else "",
                }
            )
        tables.show(pd.DataFrame(lines))
        if len(planned.put) > SHOWN_TITLES:
            st.caption(f"The first {SHOWN_TITLES:,} of {len(planned.put):,}.")


def _words(mark: str, stars: float | None) -> str:
    return f"★ {stars:g}" if stars is not None else mark


def _bring_in(planned: Plan) -> None:
    if not planned.put:
        same = f"{_titles(planned.same)} of this file stand here already. " if planned.same else ""
        st.info(f"{same}There is nothing new to bring in.", icon=":material/info:")
        return
    what = _what(planned)
    if st.button(f"Bring in {markup.plain(what)}", key="_bring_in", type="primary", icon=":material/download_done:"):
        try:
            undo = profile.bring_in(planned.put)
        except StoreError as error:
            st.error(f"Nothing was changed. {markup.plain(str(error))}", icon=":material/error:")
            return
        keys.UNDO_IMPORT.set(undo)
        keys.IMPORT_SAID.set(f"{what[0].upper()}{what[1:]} brought in. Your lists count them from now on.")
        keys.BROUGHT.forget()
        keys.BROUGHT_CHOICES.forget()
        keys.BROUGHT_FILES.set(keys.BROUGHT_FILES.get() + 1)
        st.rerun()


def _what(planned: Plan) -> str:
    """In words, such as "280 ratings, 12 seen, 3 kept"."""
    marks = Counter(said.mark for said in planned.put if said.stars is None)
    parts = [f"{planned.n_stars:,} rating{'' if planned.n_stars == 1 else 's'}"] if planned.n_stars else []
    return ", ".join(parts + [f"{n:,} {mark}" for mark, n in marks.items()])


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"


def _titles(n: int) -> str:
    return f"{n:,} title{'' if n == 1 else 's'}"
