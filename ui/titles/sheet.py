"""One title in a window: what it is about, who made it, what the visitor may think of it, and what is like it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core import Engine
from recsys_core.data.dataset import Title
from recsys_core.visitor.certainty import certainty
from ui.components import cards, marks, markup
from ui.components.lesson_link import to_lesson
from ui.session import keys, profile
from ui.why.dialog import stars_sentence

N_SIMILAR = 8
MOST_NAMES = 6
AUDIENCE_WORDS = {"all": "For everyone", "children": "For children", "teenagers": "From about 12", "adults": "For adults"}


def title_sheet(engine: Engine, item_id: str) -> None:
    """Open the window of a title. A click in it draws it anew alone; the page below follows when it is closed."""
    name = markup.plain(cards.title_of(engine, item_id))

    def sheet() -> None:
        _sheet(engine, item_id)

    st.dialog(name or "A title", width="large", on_dismiss="rerun")(sheet)()


def _sheet(engine: Engine, item_id: str) -> None:
    left, right = st.columns([2, 7], gap="medium")
    title = cards.item(engine, item_id)
    with left:
        st.html(f'<div class="sheet-poster">{cards.tile(engine, item_id)}</div>')
    with right:
        st.text(length_line(title))
        st.text(markup.clean(title.text) or "What it is about is not in this data.")
        st.text(your_stars(engine, item_id))
        cards.star_input(item_id, "sheet")
        marks.mark_input(engine, item_id, "sheet")
        if profile.n_waiting():  # the page below, which says so, is not drawn anew with this window
            st.caption("Saving… This is not stored yet.")
        with st.container(horizontal=True, gap="small"):
            why = st.button(
                "Why?", key="_sheet_why", icon=":material/help:", on_click=keys.WHY_TO_OPEN.set, args=((item_id, engine.hybrid.name),)
            )
            like = st.button("More like this", key="_sheet_like", icon=":material/join:", on_click=marks.more_like, args=(item_id,))
            if why or like:
                st.rerun()  # of the whole page: another window takes this one's place, or the list below has changed
        st.html(_facts(engine, item_id, title))
    similar = [other for other, _ in engine.similar_items(item_id, N_SIMILAR)]
    if similar:
        st.subheader("What is like it", anchor=False)
        cards.poster_row(engine, similar, [cards.title_of(engine, other) for other in similar])
        to_lesson("neighbours")


def length_line(title: Title) -> str:
    """Years, kind, seasons, minutes and audience as plain text: 2008–2013 · Show · 5 seasons · 47 minutes an episode · For adults."""
    years = str(title.year or "")
    if title.year and title.end_year and title.end_year != title.year:
        years = f"{title.year}–{title.end_year}"
    seasons = f"{title.seasons} season{'s' * (title.seasons != 1)}" if title.seasons else ""
    minutes = f"{title.runtime} minutes{' an episode' * (title.kind == 'show')}" if title.runtime else ""
    return " · ".join(
        part for part in (years, cards.KIND_WORDS[title.kind], seasons, minutes, AUDIENCE_WORDS.get(title.audience, "")) if part
    )


def _facts(engine: Engine, item_id: str, title: Title) -> str:
    """Makers, cast, places and raters as a list of terms, as HTML; what the data does not say is left out."""
    n = int(engine.dataset.raters[engine.dataset.position(item_id)])
    who = "simulated viewers" if engine.dataset.simulated else "people"
    other = title.original_title if title.original_title != title.title else ""
    rows = [
        ("Original title", other),
        ("Made by", names(title.creators)),
        ("With", names(title.cast)),
        ("Genres", names(title.genres)),
        ("About", names(title.keywords)),
        ("Country", names(tuple(title.country.split("|")))),
        ("Language", names(tuple(title.language.split("|")))),
        ("Series", title.franchise),
        ("Rated by", f"{n:,} {who}" if n else "nobody in this data"),
    ]
    cells = "".join(f"<dt>{markup.in_html(term)}</dt><dd>{markup.in_html(value)}</dd>" for term, value in rows if value)
    return f'<dl class="sheet-facts">{cells}</dl>'


def names(values: tuple[str, ...]) -> str:
    """Some names in a line; of many, how many are left out.

    >>> names(("Ann", "Bo")), names(tuple("abcdefgh"))
    ('Ann, Bo', 'a, b, c, d, e, f and 2 more')
    """
    more = f" and {len(values) - MOST_NAMES} more" if len(values) > MOST_NAMES else ""
    return ", ".join(values[:MOST_NAMES]) + more


def your_stars(engine: Engine, item_id: str) -> str:
    """What the visitor gave it, or what they are expected to give, with the range; plain text."""
    said = profile.said_about(item_id)
    if said and said.stars is not None:
        guessed = f"; we guessed {said.guess:.1f}" if said.guess is not None else ""
        return f"You gave it ★{said.stars:g}{guessed}."
    visitor, position = profile.visitor(), engine.dataset.position(item_id)
    expected = float(visitor.predict_at(np.array([position]))[0])
    sure = certainty(engine.hybrid, visitor.profile, position) if len(visitor.profile) else None
    return stars_sentence(expected, sure)
