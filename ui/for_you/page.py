"""Parts of the page "For you"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import streamlit as st

from recsys_core import Engine, Recommendation, Visitor
from recsys_core.visitor.because_rows import because_rows
from recsys_core.visitor.quality import best_known, n_best_known, quality_of_list
from recsys_core.visitor.title_pulls import TOWARDS, title_name, title_of
from ui.components import cards, marks, markup, reason_words
from ui.components.list_changes import titles
from ui.components.list_request import ListRequest
from ui.components.live_list import steered
from ui.session import keys, profile, steering
from ui.why.dialog import why_dialog

DIVERSITY = {"Closest": 0.0, "Close": 0.4, "Mixed": 0.6, "Varied": 0.75, "Widest": 0.9}
DIVERSITY_HELP = (
    "Closest: the best titles in plain order. Further right, a title that is like one above it has to give way. "
    "The mean distance says how different two titles of the list are: 0 the same, 1 nothing in common."
)
FAME = {2: "Very well known", 1: "Well known", 0: "Balanced", -1: "Less known", -2: "Hidden gems"}
"""What the steps of the slider are called, in its order."""
FAME_HELP = (
    "Balanced: as the models find best for most people, nothing added. To the left, titles that many people know come up; to the "
    "right, titles that few people know. Expected stars stay as they are; the figures above the list say what the choice costs."
)
ROW_CARD = 148
"""Pixels: as wide as five stars."""


def fame_slider() -> None:
    """Well known or hidden gems, in five steps; remembered in the tab and in the address.

    Without ratings and pulls there is nothing but popularity, whose order a pull along it leaves as it is.
    """
    key = "_fame"
    keys.show(key, steering.fame())
    st.select_slider(
        "Well known ↔ Hidden gems",
        list(FAME),
        key=key,
        format_func=FAME.__getitem__,
        on_change=lambda: profile.choose_fame(st.session_state[key]),
        help=FAME_HELP,
        disabled=not (profile.ratings() or steering.pulls()),
        width=280,
    )


def based_on(engine: Engine) -> None:
    """What the list is made from: some titles of which more are wanted, or only the newer ratings. Nothing before anything was said."""
    if profile.ratings() or profile.marked("kept") or steering.pulls():
        with st.popover("Based on", icon=":material/join:"):
            _more_like(engine)
            _only_since()


def _only_since() -> None:
    """Let only ratings since a day count: tastes change."""
    given = [at for item_id in profile.ratings() if (said := profile.said_about(item_id)) and (at := said.at)]
    if not given:
        return
    first = datetime.fromtimestamp(min(given)).date()
    key = "_since"
    keys.show(key, keys.SINCE.get())
    st.date_input(
        "Only my ratings since",
        value=None,
        min_value=first,
        max_value="today",
        key=key,
        on_change=lambda: keys.SINCE.set(st.session_state[key]),
        help="Older ratings stay stored, and their titles stay off the list.",
    )


def _more_like(engine: Engine) -> None:
    """Choose titles among those rated or kept, and of which more are wanted; any title can be chosen in its window."""
    chosen = [item_id for name in steering.pulls() if (item_id := title_of(name))]
    known = [*profile.marked("kept"), *sorted(profile.ratings(), key=lambda item_id: -profile.ratings()[item_id])]
    options = [item_id for item_id in dict.fromkeys([*chosen, *known]) if item_id in engine.dataset.item_index]
    if not options:
        return
    key = "_more_like"
    keys.show(key, [item_id for item_id in chosen if item_id in options])
    st.multiselect(
        "More like these",
        options,
        format_func=lambda item_id: cards.title_of(engine, item_id),
        key=key,
        on_change=lambda: _ask_for(st.session_state[key]),
        placeholder="One title or several",
        help="The list then consists of what is like them. Click a poster to choose a title that is not here.",
    )


def _ask_for(item_ids: Sequence[str]) -> None:
    wanted = {title_name(item_id): TOWARDS for item_id in item_ids}
    for name in [name for name in steering.pulls() if title_of(name) and name not in wanted]:
        steering.steer(name, 0.0)
    for name, amount in wanted.items():
        steering.steer(name, amount)


def notices(engine: Engine, visitor: Visitor) -> None:
    """Say what is unusual about the list: nothing rated, or ratings that this data set does not know."""
    if not len(visitor.profile):
        st.info("You have rated nothing yet, so this is the popularity list: what most people like.", icon=":material/group:")
        st.page_link("pages/rate.py", label="Rate a title and make it yours", icon=":material/star:")
    steered("list")
    if visitor.profile.unknown:
        n = len(visitor.profile.unknown)
        st.warning(f"{n} of your ratings are of titles that are not in this data set; they were left out.", icon=":material/help:")


def price(engine: Engine, visitor: Visitor, model: str, plain: list[Recommendation], chosen: list[Recommendation]) -> None:
    """What the two sliders gave and what they cost, beside the list with both at rest."""
    before_ids = [line.item_id for line in plain]
    after_ids = [line.item_id for line in chosen]
    before, after = quality_of_list(visitor, before_ids, model), quality_of_list(visitor, after_ids, model)
    known = n_best_known(engine, before_ids), n_best_known(engine, after_ids)
    parts = [
        ("genres covered", f"{after.n_genres:d}", f"{after.n_genres - before.n_genres:+d}"),
        ("mean distance, 0–1", f"{after.mean_distance:.2f}", f"{after.mean_distance - before.mean_distance:+.2f}"),
        ("expected stars, mean", f"{after.mean_stars:.2f}", f"{after.mean_stars - before.mean_stars:+.2f}"),
        (f"of the {len(best_known(engine))} best known", f"{known[1]:d}", f"{known[1] - known[0]:+d}"),
    ]
    changed = before_ids != after_ids
    cells = "".join(
        f'<div><span class="figure">{value}</span>{f"<span class=delta>{delta}</span>" if changed else ""}'
        f'<div class="muted">{markup.in_html(name)}</div></div>'
        for name, value, delta in parts
    )
    st.html(f'<div class="price" aria-live="polite">{cells}</div>')
    entered = [item_id for item_id in after_ids if item_id not in before_ids]
    left = [item_id for item_id in before_ids if item_id not in after_ids]
    if entered:
        st.html(f'<p class="muted"><b>Entered:</b> {titles(engine, entered)}<br><b>Left:</b> {titles(engine, left)}</p>')


def grid(engine: Engine, recommendations: list[Recommendation], model: str) -> None:
    """The list as cards."""
    with st.grid("auto", min_column_width=165, gap=("medium", "small"), key="cards"):
        for line in recommendations:
            with st.container(gap="xsmall"):
                _card(engine, line, model)
    _seen_all([line.item_id for line in recommendations], "list")


def _card(engine: Engine, line: Recommendation, model: str) -> None:
    rated = engine.dataset.raters[engine.dataset.position(line.item_id)] > 0
    note = "" if rated else '<div class="muted">Nobody has rated this here: content alone speaks.</div>'
    st.html(
        f"{cards.opener(engine, line.item_id)}{cards.words_beside(engine, line.item_id)}"
        f'<div class="facts" data-item="{markup.in_html(line.item_id)}">'
        f'<div><span class="rank">{line.rank:d}</span> {cards.expected(line.predicted_rating)}</div>'
        f'<div class="muted">{markup.in_html(cards.genres(engine, line.item_id))}</div>{cards.synopsis(engine, line.item_id)}'
        f'<div class="reason">{markup.in_html(reason_words.reason(engine, line))}</div>{note}</div>'
    )
    cards.star_input(line.item_id, "list")
    with st.container(gap=None):
        marks.mark_input(engine, line.item_id, "list")
        if st.button("Why?", key=f"_why_{line.item_id}", type="tertiary"):
            why_dialog(line.item_id, model)


def show_because_rows(engine: Engine, visitor: Visitor, request: ListRequest) -> None:
    """Rows "because you watched …", each seeded by one title that the visitor likes."""
    for row in because_rows(visitor, request.model, request.filters):
        st.header(f"Because you watched {markup.plain(cards.title_of(engine, row.seed))}", anchor=False)
        places = np.array([engine.dataset.position(item_id) for item_id in row.item_ids])
        stars = visitor.predict_at(places, request.model).tolist()
        with st.container(horizontal=True, wrap=False, gap="small"):
            for item_id, expected in zip(row.item_ids, stars, strict=True):
                with st.container(width=ROW_CARD, gap="xsmall", key=f"because_card_{row.seed}_{item_id}"):
                    st.html(f'{cards.opener(engine, item_id)}<div class="muted">{cards.expected(expected)}</div>')
                    cards.star_input(item_id, "because")
                    if st.button("Why?", key=f"_why_because_{item_id}", type="tertiary"):
                        why_dialog(item_id, request.model)
        _seen_all(row.item_ids, row.seed)


def _seen_all(item_ids: Sequence[str], place: str) -> None:
    """A button that marks all titles of a list or a row as seen."""
    st.button(
        f"Seen all {len(item_ids)}",
        key=f"_seen_all_{place}",
        type="tertiary",
        icon=":material/done_all:",
        on_click=marks.mark,
        args=(item_ids, "seen"),
        help="Mark all of these as seen: they leave your lists. You can undo it.",
    )


def together_link() -> None:
    """The way to one list for several people."""
    st.page_link("pages/together.py", label="Watching with others? Make one list for all", icon=":material/groups:")


def marked_titles() -> None:
    """Say how many titles are off the list because of a mark, and lead to where marks are taken back."""
    counts = [(len(profile.marked("seen")), "seen"), (len(profile.marked("hidden")), "not for you")]
    said = " and ".join(f"{n} {words}" for n, words in counts if n)
    if said:
        st.page_link("pages/kept.py", label=f"Off this list: {said}", icon=":material/bookmark:")
