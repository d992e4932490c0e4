"""Lesson 5 in pictures: a table rebuilt, an arrow that turns, viewers and series in one plane, a newcomer, and real stars with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine
from recsys_core.lessons.svd import (
    FILLS,
    Arrow,
    fill,
    fold_in,
    fold_in_known,
    leading,
    numbers_kept,
    parts,
    rebuild,
    share_of_squares,
    stars,
)
from recsys_core.lessons.toys import EPISODES, NEWCOMER, VIEWERS, Block, hide, square
from recsys_core.teaching.svd import (
    FIFTH,
    HIDDEN,
    KEPT,
    ROUNDS,
    SERIES,
    ZEROS,
    Filled,
    K,
    best_kept,
    enough,
    filled,
    five_for,
    from_the_start,
    hidden_error,
    table_with,
    three_shares,
    without_directions,
)
from ui.components import cards
from ui.components.model_names import model_name
from ui.lessons import charts
from ui.lessons.people import Person
from ui.lessons.scene import Scene
from ui.session import app_data

EPISODE_SCALE = (0.0, 2.0)
RESIDUALS = FILLS[-1]
WORDS = {"zeros": "Zeros", "titles": "Title's mean", "people": "Person's mean", "residuals": "Only what is left"}


def _percent(value: float | None) -> str:
    return "covered" if value is None else f"{value:.1f} percent"


def _tidy(table: np.ndarray) -> np.ndarray:
    """Without the sign of what is rounded to zero."""
    return np.round(table, 4) + 0.0


def two_patterns(scene: Scene) -> None:
    """The table, and what is rebuilt from k directions."""
    k = scene.slider("k", "Directions kept", 1, 4, K)
    fifth = scene.select("fifth", "A fifth viewer", FIFTH, FIFTH[0], width=160)
    only_parts = scene.toggle("parts", "Nothing negative", help="Parts that never cancel: non-negative factors")
    X = table_with(fifth)
    U, s, V = leading(X, k, ROUNDS, 0)
    *_, found = parts(X, k, ROUNDS, 0)
    rebuilt = found.W @ found.H if only_parts else rebuild(U, s, V)
    scene.note(first="space" if int(np.argmax(np.abs(V[:, 0]))) > 1 else "cooking")
    rows = [*VIEWERS, "fifth"][: len(X)]
    left, middle, right = st.columns([7, 7, 5], gap="small")
    with left:
        st.markdown("**Episodes seen**")
        scene.matrix(X, rows, SERIES, f"Episodes that {len(X)} viewers saw of five series.", scale=EPISODE_SCALE)
    with middle:
        st.markdown(f"**Rebuilt, {k} kept**")
        caption = f"The same table rebuilt from {k} directions; the first row is {', '.join(f'{x:.2f}' for x in rebuilt[0])}."
        scene.matrix(_tidy(rebuilt), rows, SERIES, caption, digits=2, scale=EPISODE_SCALE)
    with right:
        shown = scene.guess()
        kept = 100 * share_of_squares(X, k) if shown else None
        guessed = shown.guessed if shown and isinstance(shown.guessed, float) else None
        figure = charts.bars({"Squares kept": kept}, unit="%", digits=1, reach=(0.0, 100.0), guess=guessed, strong=["Squares kept"])
        scene.chart(figure, f"Share of squares that {k} directions keep: {_percent(kept)}")
        scene.say(f"Share of squares: {_percent(kept)}")
    _sum_of_squares(scene, X, rebuilt, s, shown is not None)


def _sum_of_squares(scene: Scene, X: np.ndarray, rebuilt: np.ndarray, s: np.ndarray, shown: bool) -> None:
    n, m, k = *X.shape, len(s)
    scene.arithmetic(
        f"Shapes: U is {n} × {k}, s has {k} numbers, V is {m} × {k}. U · S · Vᵀ is {n} × {m}, as the table.",
        f"Each direction stretches by {', '.join(f'{x:.4f}' for x in s)}.",
    )
    if shown:
        total, lost = float(np.sum(X**2)), float(np.sum((X - rebuilt) ** 2))
        scene.arithmetic(
            f"Sum of the squares of the table: {total:.0f}. Squares of what is missing: {lost:.4f}. "
            f"Share kept: ({total:.0f} − {lost:.4f}) / {total:.0f} = **{100 * (1 - lost / total):.2f} %**"
        )


def turning_arrow(scene: Scene) -> None:
    """Power iteration, round by round."""
    start = scene.slider("start", "Start number", 0, 9, 0)
    second = scene.toggle("second", "What is left")
    first = leading(EPISODES, 1, ROUNDS, 0)
    X = EPISODES - rebuild(*first) if second else EPISODES
    goal = float(leading(X, 1, ROUNDS, 0)[1][0])
    left, right = st.columns([3, 2], gap="large")
    with left:
        run = scene.run(
            "power",
            (start, second),
            lambda: from_the_start(X, start),
            lambda arrow: arrow.estimate,
            lambda kept: _stretches(kept, goal, 190 if scene.presenting else 270),
            lambda kept: f"Stretch after {len(kept) - 1} rounds: {kept[-1]:.3f}; the goal is {goal:.3f}",
            limit=40,
            ahead=3,
        )
    with right:
        st.markdown("**Where the arrow points**")
        pointing = {name: abs(float(x)) if abs(x) < 0.005 else float(x) for name, x in zip(SERIES, run.last.v, strict=True)}
        said = ", ".join(f"{name} {x:.2f}" for name, x in pointing.items())
        scene.chart(charts.bars(dict(pointing), reach=(-1.0, 1.0)), f"The arrow: {said}", "arrow")
    scene.say(f"Stretch {run.last.estimate:.3f}")
    _by_hand(scene, X, run.last)


def _stretches(kept: list[float], goal: float, height: int) -> go.Figure:
    figure = charts.curves({"stretch": kept}, x_title="rounds", y_title=f"stretch, goal {goal:.3f}", height=height)
    figure.update_yaxes(range=[0, 1.15 * goal])
    return figure


def _by_hand(scene: Scene, X: np.ndarray, arrow: Arrow) -> None:
    through = X @ arrow.v
    back = X.T @ through
    first, second = np.linalg.svd(EPISODES, compute_uv=False)[:2]
    scene.arithmetic(
        f"Arrow: ({', '.join(f'{x:.3f}' for x in arrow.v)}). Through the table: ({', '.join(f'{x:.3f}' for x in through)}); "
        f"its length is the stretch, **{arrow.estimate:.4f}**.",
        f"Back: ({', '.join(f'{x:.3f}' for x in back)}). Divided by its length {np.linalg.norm(back):.4f}, it is the next arrow.",
        f"What is left of the others shrinks each round by ({second:.4f} / {first:.4f})² = {(second / first) ** 2:.2f}.",
    )


def _merged(points: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Points at the same place as one, with all their names."""
    places: dict[tuple[float, ...], list[str]] = {}
    for point, name in zip(points, names, strict=True):
        places.setdefault(tuple(np.round(point, 3) + 0.0), []).append(name)
    return np.array(list(places)), [", ".join(found) for found in places.values()]


def _plane(scene: Scene, viewers: np.ndarray, series: np.ndarray, names: list[str], strong: str = "") -> None:
    """Viewers and series by their first two directions."""
    spots = [_merged(viewers, names), _merged(series, list(SERIES))]
    points = np.vstack([spot for spot, _ in spots])
    words = [*spots[0][1], *spots[1][1]]
    groups = [0] * len(spots[0][0]) + [1] * len(spots[1][0])
    figure = charts.scatter(
        points,
        words,
        x_title="first direction",
        y_title="second",
        groups=groups,
        strong=[at for at, word in enumerate(words) if strong and strong in word],
        height=235 if scene.presenting else 330,
    )
    figure.data[0].textposition = ["middle right" if group else "middle left" for group in groups]  # where both stand, both are read
    figure.update_xaxes(range=[-1.1, 3.6])
    figure.update_yaxes(range=[-0.4, 2.8])
    scene.chart(
        figure, "In the plane: " + "; ".join(f"{word} at {x:.2f}, {y:.2f}" for word, (x, y) in zip(words, points, strict=True)), "plane"
    )


def three_definitions(scene: Scene) -> None:
    """One plane, and three shares of what it keeps."""
    k = scene.slider("cut", "Directions kept", 1, 4, K)
    U, s, V = leading(EPISODES, K, ROUNDS, 0)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _plane(scene, U * s, V * s, list(VIEWERS))
    with right:
        shown = scene.guess()
        values: dict[str, float | None] = dict(three_shares(EPISODES, k))
        if not shown:
            values["Of squares"] = None
        figure = charts.bars(values, unit="%", digits=1, reach=(0.0, 100.0), strong=["Of squares"])
        scene.chart(figure, "Share kept. " + ". ".join(f"{name}: {_percent(value)}" for name, value in values.items()))
        scene.say(f"Of squares: {_percent(values['Of squares'])}")
    scene.arithmetic(
        "**Of squares:** squares of the rebuilt table by squares of the table.",
        "**Of variance:** the same for the spread of each column about its own mean, taken after rebuilding.",
        "**Centred first:** each column's mean is taken away, and only then directions are sought. This is principal component analysis.",
    )


def a_newcomer(scene: Scene) -> None:
    """A row to fill in, its place, and what is rebuilt from it."""
    row = [
        scene.select(f"n{at}", name, (0, 1, 2), int(start), width=90) for at, (name, start) in enumerate(zip(SERIES, NEWCOMER, strict=True))
    ]
    unknown = scene.toggle("unknown", "0 is unknown")
    penalty = scene.steps("penalty", "Penalty", (0.01, 0.1, 1.0), 0.01) if unknown else 0.0
    U, s, V = leading(EPISODES, K, ROUNDS, 0)
    x = np.array(row, dtype=float)
    known = np.where(x == 0, np.nan, x)
    as_no = fold_in(x, V)
    place = fold_in_known(known, V, penalty) if unknown else as_no
    scene.note(on_d1=not unknown and bool(np.allclose(place, (U * s)[0], atol=0.01)))
    left, right = st.columns([1, 1], gap="large")
    with left:
        _plane(scene, np.vstack([U * s, place]), V * s, [*VIEWERS, "newcomer"], strong="newcomer")
    with right:
        st.markdown("**The row, and what is rebuilt from its place**")
        caption = f"The newcomer's row and the row rebuilt from the place {place[0]:.2f}, {place[1]:.2f}."
        table = np.vstack([known if unknown else x, _tidy(place @ V.T)])
        scene.matrix(table, ["newcomer", "rebuilt"], SERIES, caption, digits=2, scale=EPISODE_SCALE, missing="unknown")
        scene.say(f"The newcomer stands at {place[0]:.2f}, {place[1]:.2f}")
    for at, name in enumerate(("First", "Second")):
        terms = " + ".join(f"{a:.0f}·{b:.3f}" for a, b in zip(x, V[:, at] + 0.0, strict=True))
        scene.arithmetic(f"{name} direction, 0 as *no*: {terms} = **{as_no[at]:.4f}**")
    if unknown:
        scene.arithmetic(f"Only known cells, by ridge regression with penalty {penalty}: **({place[0]:.4f}, {place[1]:.4f})**")


# --- real stars ------------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=3)
def _square(key: str, _engine: Engine) -> Block:
    return square(_engine.dataset)


@st.cache_resource(show_spinner=False, max_entries=12)
def _filled(key: str, how: str, _engine: Engine) -> Filled:
    return filled(_square(key, _engine), how)


@st.cache_data(show_spinner=False, max_entries=12)
def _errors(key: str, how: str, _engine: Engine) -> tuple[list[float], float, float]:
    """Errors by directions kept, of the plain mean, and of the baseline without any direction."""
    found = _filled(key, how, _engine)
    return [hidden_error(found, k) for k in KEPT], *without_directions(_square(key, _engine))


def real_stars(scene: Scene) -> None:
    """What the gaps are filled with, how many directions stay, and the error on hidden stars."""
    key, engine = app_data.data_key(), scene.engine
    block = _square(key, engine)
    if not enough(block):
        st.info("In this data set too few people have rated the same titles.", icon=":material/group_off:")
        st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
        return
    how = scene.choice("fill", "Gaps are filled with", FILLS, ZEROS, WORDS.__getitem__)
    k = scene.steps("kept", "Directions kept", KEPT, KEPT[1])
    person = scene.person()
    found = _filled(key, how, engine)
    curve, mean, baseline = _errors(key, how, engine)
    error = curve[KEPT.index(k)]
    scene.note(fill=how, k=k, best=best_kept(found))
    left, right = st.columns([3, 2], gap="large")
    with left:
        values = {f"{WORDS[how]}, {k} kept": error, "The mean of all": mean, "Baseline, no direction": baseline}
        said = ". ".join(f"{name}: {value:.3f}" for name, value in values.items())
        scene.chart(
            charts.bars(dict(values), unit="★", digits=3, reach=(0.0, 3.0), strong=list(values)[:1]), f"Error on hidden stars. {said}"
        )
        scene.say(said)
        n_known = int(np.isfinite(block.R).sum() - found.hidden.sum())
        st.markdown(f"**{numbers_kept(len(block.people), len(block.titles), k):,}** numbers are kept, learned from **{n_known:,}** stars.")
    with right:
        _for_you(scene, person, k)
    _one_cell(scene, block, found, how, k)
    listed = pd.DataFrame({"Directions": KEPT} | {WORDS[one]: np.round(_errors(key, one, engine)[0], 3) for one in FILLS})
    scene.table(f"Error on {int(found.hidden.sum()):,} hidden stars of {len(block.people)} people and {len(block.titles)} titles", listed)


def _one_cell(scene: Scene, block: Block, found: Filled, how: str, k: int) -> None:
    """The first hidden star: what the program made of it."""
    u, i = np.argwhere(found.hidden)[0]
    R, _ = hide(block.R, HIDDEN, seed=0)
    X, base = fill(R, how)
    said = stars(found.U[:, :k], found.s[:k], found.V[:, :k], found.base)[u, i]
    name = cards.title_of(scene.engine, scene.engine.item_ids[block.titles[i]])
    scene.arithmetic(
        f"A hidden star: {name}, {block.R[u, i]:.1f}. In the table its cell is {X[u, i]:.2f}, and {base[u, i]:.2f} is added afterwards. "
        f"{k} directions predict **{said:.2f}**."
    )


def _for_you(scene: Scene, person: Person, k: int) -> None:
    """Five titles by this lesson beside five by the app's own SVD."""
    engine = scene.engine
    found = _filled(app_data.data_key(), RESIDUALS, engine)
    index = engine.dataset.item_index
    five = five_for(found, {index[item]: value for item, value in person.ratings.items()}, k)
    lists = {"This table": [engine.item_ids[i] for i in five]}
    if "svd" in engine.models:
        lists[model_name("svd")] = [line.item_id for line in engine.visitor(person.ratings).recommend(5, model="svd")]
    for place, (name, ids) in zip(st.columns(2), lists.items(), strict=False):
        with place:
            st.markdown(f"**{name}**, for {person.name}")
            titles = [f"{rank}. {cards.title_of(engine, item)}" for rank, item in enumerate(ids, start=1)]
            st.text("\n".join(titles) or "None of the rated titles is in this table.")


STEPS = (two_patterns, turning_arrow, three_definitions, a_newcomer, real_stars)
