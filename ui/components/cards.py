"""Pieces of pages that show titles, and the words about titles as plain text: a place that reads markup escapes them itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import streamlit as st

from recsys_core import Engine
from recsys_core.data.dataset import Title
from recsys_core.data.scale import WEAK_STARS
from ui.components import markup, redraw
from ui.components.posters import poster
from ui.session import app_data, keys, profile

LEAVING = ("list", "because", "kept")
"""Places that a title leaves when it is rated: what was guessed cannot be said beside it."""
KIND_WORDS = {"show": "Show", "movie": "Movie", "": "Title"}


def item(engine: Engine, item_id: str) -> Title:
    """The facts of one title as the data has them: what is shown of them goes through :mod:`ui.components.markup`."""
    return engine.dataset.title(engine.dataset.position(item_id))


def title_of(engine: Engine, item_id: str) -> str:
    """A title as plain text."""
    return markup.clean(item(engine, item_id).title)


def tile(engine: Engine, item_id: str) -> str:
    """A title's poster as SVG."""
    shown = item(engine, item_id)
    return poster(item_id, shown.title, shown.year, shown.kind, shown.genres, shown.keywords)


def opener(engine: Engine, item_id: str) -> str:
    """A title's poster as a button that opens the title's window (:mod:`ui.components.opener`)."""
    name = f"About {title_of(engine, item_id)}"
    return (
        f'<button type="button" class="opener" data-open="{markup.in_html(item_id)}" aria-label="{markup.in_html(name)}">'
        f"{tile(engine, item_id)}</button>"
    )


def words_beside(engine: Engine, item_id: str, *, facts_too: bool = False) -> str:
    """A title's name, and what it is, as HTML that a phone alone shows: there a tile is a line, and its poster too small to be read."""
    what = f'<div class="muted">{markup.in_html(facts(engine, item_id))}</div>' if facts_too else ""
    return f'<div class="tile-words"><div class="name">{markup.in_html(title_of(engine, item_id))}</div>{what}</div>'


def synopsis(engine: Engine, item_id: str) -> str:
    """What a title is about, as HTML that shows its first lines; empty where the data does not say."""
    text = item(engine, item_id).text
    return f'<div class="about">{markup.in_html(text)}</div>' if text else ""


def facts(engine: Engine, item_id: str) -> str:
    """Year, kind and genres as plain text: 2008 · Show · Crime, Drama."""
    shown = item(engine, item_id)
    parts = (str(shown.year or ""), KIND_WORDS[shown.kind], genres(engine, item_id))
    return " · ".join(part for part in parts if part)


def genres(engine: Engine, item_id: str) -> str:
    """Genres as plain text: Crime, Drama."""
    return ", ".join(map(markup.clean, item(engine, item_id).genres))


def spelling(engine: Engine, item_id: str) -> dict[str, str]:
    """Names and tags of a title as the catalogue spells them, by lower case, in which models know them."""
    title = item(engine, item_id)
    return {
        value.lower(): markup.clean(value)
        for value in (*title.creators, *title.cast, *title.genres, *title.keywords, title.country, title.language)
    }


def stars_text(stars: float) -> str:
    """Expected stars as people read them: "4.2 ★"."""
    return "no star estimate" if math.isnan(stars) else f"{stars:.1f} ★"


def expected(stars: float) -> str:
    """What a card says of the stars that a visitor would give, as HTML: plainly where they are few."""
    if stars < WEAK_STARS:
        return f'<span class="weak">We expect only <span class="stars">{stars_text(stars)}</span></span>'
    return f'<span class="stars">{stars_text(stars)}</span> expected'


def star_input(item_id: str, place: str, parts: Sequence[str] = ()) -> None:
    """Five stars that rate a title; the chosen star again clears it.

    ``place`` keeps keys of two lists apart; ``parts`` are the fragments that a star changes, without any it is the whole page.
    Where a star takes the title away, the line of the last act says what was guessed (:mod:`ui.components.marks`).
    """
    key = f"_stars_{place}_{item_id}"
    rated = profile.ratings().get(item_id)
    keys.show(key, None if rated is None else math.ceil(rated) - 1)  # a half star shows as the next whole one
    st.feedback("stars", key=key, on_change=_rated, args=(item_id, key, place, parts))


def _rated(item_id: str, key: str, place: str, parts: Sequence[str]) -> None:
    chosen = st.session_state[key]  # 0 is one star, None is cleared
    before = profile.said_about(item_id)
    with redraw.alone((*parts, redraw.LAST_ACT) if parts and keys.LAST_ACT.get() else parts):
        if chosen is None:
            profile.clear(item_id)
        else:
            profile.rate(item_id, float(chosen + 1))
        keys.LAST_ACT.forget()
        if place in LEAVING and chosen is not None:
            guess = profile.guess(item_id)
            guessed = "" if guess is None else f" – we guessed {guess:.1f}"
            words = f"{title_of(app_data.engine(), item_id)} ★{chosen + 1}{guessed}"
            keys.LAST_ACT.set(keys.Act(words, {item_id: before}))


def poster_row(engine: Engine, item_ids: Iterable[str], captions: Iterable[str]) -> None:
    """Tiles in one line that scrolls sideways, each with a caption (plain text)."""
    figures = "".join(
        f'<figure>{opener(engine, item_id)}<figcaption class="muted">{markup.in_html(caption)}</figcaption></figure>'
        for item_id, caption in zip(item_ids, captions, strict=True)
    )
    st.html(f'<div class="row" tabindex="0" role="group" aria-label="Titles, scroll sideways">{figures}</div>')
