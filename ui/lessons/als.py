"""Lesson 8 in pictures: turns on a table of four stars, turns in an invented world, the penalty, the way back to stars, means first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine
from recsys_core.lessons.als import Turn, alternate, standardised, to_stars, to_stars_logistic, without_means
from recsys_core.lessons.toys import TURN, square
from recsys_core.teaching.als import (
    GREAT,
    LAM,
    LAMBDAS,
    ON_RATINGS,
    PERSON_A,
    PERSON_B,
    TURNS,
    Asked,
    D,
    asked,
    error_of_mean,
    errors,
    from_nothing,
    hand_turns,
    invented,
    learned,
    stars_of,
)
from ui.components import cards
from ui.components.model_names import model_name
from ui.lessons import charts
from ui.lessons.scene import Scene
from ui.session import app_data

PEOPLE, TITLES = (PERSON_A, PERSON_B), ("first", "second", "third")
FEWEST = 300
"""Ratings that a block of the open data set needs."""
INVENTED, REAL = "Invented world", "Open data set"
LOGISTIC, INVERSE = "Logistic curve", "Inverse"
MODEL = "als"


# --- by hand ---------------------------------------------------------------------------------------------------------


def by_hand(scene: Scene) -> None:
    """Two people, three titles; a slider takes turns."""
    n = scene.slider("turns", "Turns taken", 0, 8, 1)
    lam = scene.steps("hand", "Penalty λ", (0.1, 0.5, 1.0, 2.0, 5.0), 1.0)
    u, v = hand_turns(n, lam)
    last = "Nobody's" if n == 0 else "People's" if n % 2 else "Titles'"
    left, right = st.columns([3, 2], gap="large")
    people = ["?" if np.isnan(x) else f"{x:.3f}" for x in u]
    said = f"{n} turns. People: {', '.join(people)}. Titles: {', '.join(f'{x:.3f}' for x in v)}."
    with left:
        looks = {"beside": {"person": people}, "below": {"title": [f"{x:.3f}" for x in v]}}
        scene.matrix(TURN, PEOPLE, TITLES, f"Stars of two people for three titles. {said}", missing="not rated", **looks)
        st.caption(f"{last} turn was the last.")
    with right:
        caption = "Products: " + ("still unknown" if n == 0 else "; ".join(", ".join(f"{x:.2f}" for x in row) for row in np.outer(u, v)))
        scene.matrix(np.outer(u, v), PEOPLE, TITLES, caption, digits=2, missing="unknown")
        st.caption("person × title")
    scene.say(said)
    _system(scene, u, v, n, lam)


def _system(scene: Scene, u: np.ndarray, v: np.ndarray, n: int, lam: float) -> None:
    """The small division of each row that was solved last."""
    rows, names, fixed, found = (TURN, PEOPLE, hand_turns(n - 1, lam)[1], u) if n % 2 else (TURN.T, TITLES, u, v)
    for name, row, value in zip(names, rows, found, strict=True) if n else ():
        known = np.flatnonzero(~np.isnan(row))
        top = " + ".join(f"{fixed[i]:.3f}·{row[i]:.0f}" for i in known)
        bottom = " + ".join(f"{fixed[i]:.3f}²" for i in known)
        scene.arithmetic(f"{name}: ({top}) / ({bottom} + {lam:g}) = **{value:.4f}**")


# --- the invented world ----------------------------------------------------------------------------------------------


def _kept(state: Turn) -> tuple[float, float, float]:
    """Objective, and errors on seen and hidden stars."""
    return state.objective, *errors(invented(), stars_of(invented(), state.U, state.V))


def turn_by_turn(scene: Scene) -> None:
    """Objective and errors while both sides take turns."""
    d = scene.slider("d", "Length of the vectors", 1, 30, D)
    mean = error_of_mean(invented())

    def curve(kept: list[tuple[float, float, float]]) -> go.Figure:
        parts = np.array(kept)
        series = {"objective": parts[:, 0] / parts[0, 0], "seen": parts[:, 1], "hidden": parts[:, 2]}
        return charts.curves(series, x_title="turns", y_title="RMSE; share", lines={"mean": mean}, height=235).update_xaxes(
            range=[0, TURNS]
        )

    def alt(kept: list[tuple[float, float, float]]) -> str:
        value, seen, hidden = kept[-1]
        told = f"objective {value:.1f}, error on seen stars {seen:.3f}, on hidden ones {hidden:.3f}; mean {mean:.3f}"
        return f"After {len(kept) - 1} turns: {told}."

    run = scene.run("rounds", (d,), lambda: from_nothing(invented(), d, LAM), _kept, curve, alt, limit=TURNS, ahead=4)
    value, _, hidden = run.kept[-1]
    scene.note(hidden=hidden if run.n >= TURNS else 9.0)
    scene.say(f"Objective {value:.0f}, hidden error {hidden:.3f}")
    rows = pd.DataFrame(run.kept, columns=["Objective", "Seen", "Hidden"]).round(4)
    rows.insert(0, "Turn", range(len(rows)))
    scene.table("Turn by turn", rows)
    scene.arithmetic(f"After {run.n} turns the objective is {value:,.1f} of {run.kept[0][0]:,.1f}; λ is {LAM:g}.")


def _apart(figure: go.Figure, up: int) -> go.Figure:
    """Move the names of two curves that end at one height away from each other."""
    for annotation, way in zip(figure.layout.annotations[:2], (up, -up), strict=True):
        annotation.yshift = 10 * way
    return figure


def _sweep(lams: tuple[float, ...]) -> Iterator[tuple[float, float, float]]:
    for lam in lams:
        yield learned(D, lam)


def how_strong(scene: Scene) -> None:
    """One penalty after the other; the strongest are covered before the guess."""
    lam = scene.steps("lam", "Penalty λ", LAMBDAS, LAMBDAS[-1], lambda value: f"{value:g}")
    mean = error_of_mean(invented())
    left, right = st.columns([3, 2], gap="large")
    with right:
        shown = scene.guess()
    tried = LAMBDAS if shown else tuple(value for value in LAMBDAS if value < GREAT)

    def curve(kept: list[tuple[float, float, float]]) -> go.Figure:
        parts = np.array(kept)
        series, marks = {"seen": parts[:, 0], "hidden": parts[:, 1]}, {f"λ = {lam:g}": lam}
        figure = charts.curves(
            series, x=tried[: len(kept)], log_x=True, lines={"mean": mean}, marks=marks, x_title="λ", y_title="RMSE", height=270
        )
        return _apart(figure, 1).update_xaxes(range=[-1.05, 1.35], dtick=1)

    def alt(kept: list[tuple[float, float, float]]) -> str:
        return "Hidden error " + ", ".join(f"{e[1]:.3f} at λ = {at:g}" for at, e in zip(tried, kept, strict=False)) + f"; mean {mean:.3f}."

    with left:
        run = scene.run("sweep", tried, lambda: _sweep(tried), tuple, curve, alt, limit=len(tried) - 1, ahead=len(tried) if shown else 3)
    open_ = shown is not None or lam < GREAT
    _, hidden, largest = learned(D, lam) if open_ else (9.0, 9.0, 9.0)
    scene.note(lam=lam, hidden=hidden, largest=largest)
    with right, st.container(horizontal=True):
        st.metric(f"Hidden error, λ = {lam:g}", f"{hidden:.3f}" if open_ else "?")
        st.metric("Largest factor", f"{largest:.3f}" if open_ else "?")
    scene.say(f"λ = {lam:g}: hidden error {hidden:.3f}" if open_ else "covered")
    rows = pd.DataFrame([(at, *row) for at, row in zip(tried, run.kept, strict=False)], columns=["λ", "Seen", "Hidden", "Largest factor"])
    scene.table("Errors by penalty", rows.round(4))


# --- back to stars ---------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=4)
def _block(key: str, _engine: Engine) -> Asked | None:
    """Well-known titles and some of their raters; None where there are too few ratings."""
    if _engine.dataset.n_ratings < FEWEST:
        return None
    R = square(_engine.dataset).R
    return asked(R, 0.5, 5) if np.isfinite(R).sum() >= FEWEST else None


@st.cache_data(show_spinner="Taking turns …", max_entries=24)
def _factors(key: str, lam: float, means_first: bool, _world: Asked) -> np.ndarray:
    """U Vᵀ (n, m) after 20 turns on standard values, or on what the means leave."""
    rest = without_means(_world.known)[0] if means_first else standardised(_world.known)[0]
    last = next(islice(alternate(rest, D, lam, seed=0), TURNS - 1, None))
    return np.asarray(last.U @ last.V.T)


def back_to_stars(scene: Scene) -> None:
    """The same factors by two ways back."""
    real = _block(app_data.data_key(), scene.engine)
    names = [REAL, INVENTED] if real else [INVENTED]
    name = scene.choice("world", "Stars of", names, names[0])
    way = scene.choice("way", "Read back by", [LOGISTIC, INVERSE], LOGISTIC)
    lam = scene.steps("back", "Penalty λ", (1.0, 3.0, 5.0, 10.0), ON_RATINGS if name == REAL else LAM, lambda value: f"{value:g}")
    world = real if real and name == REAL else invented()
    _, mean, deviation = standardised(world.known)
    z = _factors(app_data.data_key() if name == REAL else name, lam, False, world)
    ways = {
        LOGISTIC: lambda z: to_stars_logistic(z, world.low, world.high),
        INVERSE: lambda z: to_stars(z, mean, deviation, world.low, world.high),
    }
    of_mean, found = error_of_mean(world), errors(world, ways[way](z))[1]
    scene.note(way=way, error=found)
    left, right = st.columns([3, 2], gap="large")
    at_zero = float(ways[way](np.zeros(1))[0])
    with left:
        x = np.linspace(-3, 3, 61)
        curves = {key.split()[0]: to(x) for key, to in ways.items()}
        figure = charts.curves(curves, x=x.tolist(), x_title="z", y_title="stars", lines={"mean": mean}, marks={"z = 0": 0.0}, height=260)
        alt = f"z = 0 becomes {at_zero:.2f} stars by the {way.lower()}; the mean is {mean:.2f}."
        scene.chart(_apart(figure, -1).update_xaxes(range=[-3, 3]), alt=alt)
    with right:
        values = {"Always the mean": of_mean, f"ALS, {way.lower()}": found}
        told = f"Error on hidden stars: always the mean {of_mean:.3f}, {way.lower()} {found:.3f}"
        scene.chart(charts.bars(dict(values), digits=3, unit="★", strong=list(values)[1:]), alt=told, name="errors")
        st.metric("z = 0 becomes", f"{at_zero:.2f} ★")
    scene.say(told)
    scene.arithmetic(
        f"Logistic: {world.low:g} + {world.high - world.low:g} / (1 + e⁰) = {(world.low + world.high) / 2:.2f}. "
        f"Inverse: {mean:.3f} + {deviation:.3f} · 0 = {mean:.2f}.",
        "The penalty is a belief: stars scatter by σ around the product, tastes by σᵤ around 0: most probable are those with λ = σ² / σᵤ².",
    )


def means_first(scene: Scene) -> None:
    """Plain means against turns, and turns on what the means leave."""
    person = scene.person()
    first = scene.toggle("first", "Take the means away first")
    world = _block(app_data.data_key(), scene.engine)
    if world is None:
        st.info("This data set has too few ratings for turns.", icon=":material/group_off:")
        st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
        return
    _, mean, deviation = standardised(world.known)
    B = without_means(world.known)[1]
    z = _factors(app_data.data_key(), ON_RATINGS, first, world)
    turns = np.clip(B + z, world.low, world.high) if first else to_stars(z, mean, deviation, world.low, world.high)
    name = "Means, then turns" if first else "Turns alone"
    values = {"Always the mean": error_of_mean(world), "Person + title mean": errors(world, np.clip(B, world.low, world.high))[1]}
    values[name] = errors(world, turns)[1]
    told = "Error on hidden stars: " + ", ".join(f"{key} {value:.3f}" for key, value in values.items())
    left, right = st.columns([3, 2], gap="large")
    with left:
        scene.chart(charts.bars(dict(values), digits=3, unit="★", strong=[name]), alt=told)
        st.caption(f"{world.R.shape[0]} people × {world.R.shape[1]} titles, λ = {ON_RATINGS:g}")
    scene.say(told)
    scene.table("Errors on hidden stars", pd.DataFrame({"Way": list(values), "RMSE": np.round(list(values.values()), 4)}))
    if MODEL in scene.engine.models:
        with right:
            visitor = scene.engine.visitor(person.ratings)
            best = visitor.best(5, MODEL, visitor.candidates())
            st.markdown(f"**{model_name(MODEL)}**, for {person.name}")
            names = [cards.title_of(scene.engine, str(scene.engine.item_ids[i])) for i in best]
            st.text("\n".join(f"{rank}. {title}" for rank, title in enumerate(names, start=1)))


STEPS = (by_hand, turn_by_turn, how_strong, back_to_stars, means_first)
