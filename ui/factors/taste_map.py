"""The taste map: every title a point, you among them; search, click, or draw around titles to have them as a list."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.data.ranking import places_of
from recsys_core.factors.taste_map import SHAPES, Place
from recsys_core.factors.view import FactorView
from recsys_core.visitor.on_map import is_on_map, place_on_map
from ui.components import cards, charts, factor_names, linked, markup, tables
from ui.components.announcer import announce
from ui.factors import map_names
from ui.factors.map_figure import scatter_map
from ui.factors.title import title_dialog
from ui.server.turns import in_turn
from ui.session import app_data, keys, profile

TWO = "Two factors"
PLANES = {"Neighbourhoods": SHAPES[1], "Widest spread": SHAPES[0], TWO: None}
COLOURS = ("Genre", "Kind", "Decade", "Your stars")
PALETTE = ("#e07b54", "#5b9bd5", "#67a867", "#b07cc6", "#d9b44a", "#4fb3a5", "#d4689a", "#8f8f5a", "#7d8597")
OTHERS, FAINT = "others", "rgba(139,133,144,0.5)"
MOST_POINTS = 20_000
MOST_NAMED = 6


@st.fragment
@in_turn
def show(engine: Engine, view: FactorView, factor: int) -> None:
    """The view. Only it is drawn anew when points are chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control("Map", list(PLANES), default="Neighbourhoods", required=True, **linked.bound("map_plane"))
        colour = st.segmented_control("Colour", _colours(engine), default=_colours(engine)[0], required=True, **linked.bound("map_colour"))
        query = st.text_input(
            "Find", type="search", live=True, placeholder="Title, person or keyword", key="map_query", persist_state="session"
        )
    plane, words = _plane(view, chosen, factor)
    points = engine.taste_map.titles(view.loadings, plane)
    shown = engine.dataset.by_popularity[:MOST_POINTS]
    shown = shown[engine.taste_map.placed[shown]]
    hover = _hover(app_data.data_key(), engine)
    visitor = profile.visitor()
    place = place_on_map(visitor, plane) if is_on_map(visitor) else None
    found = app_data.search().find(query[:80], places_of(engine.dataset.by_popularity)) if query else np.empty(0, int)
    found = found[engine.taste_map.placed[found]][:MOST_NAMED]
    if query and not len(found):
        st.caption("Nothing on the map is called that.")
    you = None if place is None else (float(place.centre[0]), float(place.centre[1]))
    rated = tuple(position for position in profile.newest_positions(map_names.MOST_RATED) if engine.taste_map.placed[position])
    named = map_names.names(engine, points, app_data.data_key(), str(plane), MOST_POINTS, tuple(found.tolist()), rated, you)
    figure = scatter_map(points, _groups(engine, colour, shown), hover, named, place, words)
    charts.show(
        figure,
        config={"displayModeBar": True, "displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d", "select2d"], "scrollZoom": True},
        key="taste_map",
        on_select=_selected,
        selection_mode=("points", "lasso"),
        alt="Map of the titles by latent factors with you among them; what you draw around is listed below",
    )
    _explain(engine, chosen, place, len(shown))
    if opened := keys.TITLE_TO_OPEN.take():
        title_dialog(opened)
    _chosen_list(engine)


def _plane(view: FactorView, chosen: str, factor: int) -> tuple[str | tuple[int, int], tuple[str, str]]:
    if PLANES[chosen] is not None:
        return str(PLANES[chosen]), ("", "")
    options, words = range(len(view)), factor_names.all_names(view).__getitem__
    first, second = st.columns(2)
    with first:
        x = linked.selectbox("Across", options, "map_x", factor, in_address=_number, format_func=words)
    with second:
        y = linked.selectbox("Up", options, "map_y", (factor + 1) % len(view), in_address=_number, format_func=words)
    low_x, high_x = factor_names.ends(view, x)
    low_y, high_y = factor_names.ends(view, y)
    return (x, y), (f"{low_x}  ←  F{x + 1}  →  {high_x}", f"{low_y}  ←  F{y + 1}  →  {high_y}")


def _number(factor: int) -> str:
    """A factor in the address, numbered as on screen."""
    return str(factor + 1)


def _colours(engine: Engine) -> list[str]:
    kinds = len(engine.dataset.kinds) > 1
    return [colour for colour in COLOURS if colour != "Kind" or kinds]


def _groups(engine: Engine, colour: str, shown: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    """Positions and colour of each group that is drawn, the largest first, what belongs to none of them below."""
    items = engine.dataset.items.iloc[shown]
    if colour == "Genre":
        first = np.array([next(iter(engine.dataset.title(position).genres), "") for position in shown.tolist()])
    elif colour == "Kind":
        first = items["kind"].map(cards.KIND_WORDS).to_numpy()
    elif colour == "Decade":
        first = np.array([f"{int(year) // 10 * 10}s" if year == year else "" for year in items["year"]])
    else:
        rated = profile.ratings()
        first = np.array([f"★{rated[i]:g}" if i in rated else "" for i in engine.item_ids[shown]])
    order = pd.Series(first[first != ""]).value_counts().index.tolist()[: len(PALETTE) - 1]
    if colour != "Genre":
        order = sorted(order)
    groups = {name: (shown[first == name], PALETTE[at]) for at, name in enumerate(order)}
    rest = shown[~np.isin(first, order)]
    if not len(rest):
        return groups
    if colour == "Your stars":  # what is not rated lies below
        return {"not rated": (rest, FAINT)} | groups
    return groups | {OTHERS: (rest, FAINT)}


@st.cache_data(show_spinner=False, max_entries=4)
def _hover(key: str, _engine: Engine) -> list[str]:
    return [
        f"<b>{charts.plain(cards.title_of(_engine, item_id), 60)}</b><br>{markup.in_chart(cards.facts(_engine, item_id))}"
        for item_id in _engine.item_ids.tolist()
    ]


def _selected() -> None:
    """One point opens its title, several become a list."""
    points = st.session_state.taste_map["selection"]["points"]
    engine = app_data.engine()
    ids = [str(engine.item_ids[int(_first(point["customdata"]))]) for point in points if "customdata" in point]
    if len(ids) == 1:
        keys.TITLE_TO_OPEN.set(ids[0])
    else:
        keys.MAP_CHOSEN.set(tuple(ids))


def _first(value: object) -> float:
    return float(value[0] if isinstance(value, (list, tuple)) else value)  # type: ignore[arg-type]


def _explain(engine: Engine, chosen: str, place: Place | None, n_shown: int) -> None:
    words = {
        "Neighbourhoods": "Titles that the same people like stand together (t-SNE); how far apart the groups lie means nothing.",
        "Widest spread": "The flat cut through all factors on which titles spread most (principal components); the rest is left out.",
        TWO: "The titles' places on two factors, nothing else.",
    }[chosen]
    you = (
        " Rate a title and you appear on it."
        if place is None
        else " You are the star. With a chance of 80 % your true place is inside the dotted line: it shrinks as you rate."
        if place.axes is not None
        else f" You are the star; the {len(place.draws)} small ones are where you might as well be. They gather as you rate."
    )
    if place is not None and not profile.ratings():
        you += " It goes by your pulls alone: nothing is rated yet."
    left_out = int((engine.dataset.raters > 0).sum()) - n_shown
    rest = f" {left_out:,} little-known titles are left out." if left_out else ""
    st.caption(
        f"{words}{you}{rest} Click a point to open its title; take the lasso from the tools at the top right "
        "and draw around points to list them."
    )


def _chosen_list(engine: Engine) -> None:
    ids = [i for i in keys.MAP_CHOSEN.get() if i in engine.dataset.item_index]
    announce(f"{len(ids)} titles chosen on the map" if ids else "", "_map")
    if not ids:
        return
    position = engine.dataset.position
    ids = sorted(ids, key=lambda i: -engine.dataset.raters[position(i)])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"{len(ids):,} titles that you drew around", anchor=False)
        st.button("Clear", key="_map_clear", type="tertiary", on_click=keys.MAP_CHOSEN.forget)
    cards.poster_row(engine, ids[:12], [cards.title_of(engine, i) for i in ids[:12]])
    score = profile.visitor().score()
    rows = [
        (cards.title_of(engine, i), cards.facts(engine, i), int(engine.dataset.raters[position(i)]), round(float(score[position(i)]), 2))
        for i in ids
    ]
    tables.show(pd.DataFrame(rows, columns=["Title", "What it is", "Raters", "Your score"]))
