"""Lesson 9 in pictures: confidence, one pair, the lever of choice, pairs one by one, stars into likes."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine
from recsys_core.lessons.implicit import Ranking, bpr, implicit_als, likes, turn_weighted
from recsys_core.lessons.toys import Block, chosen, sigmoid, square
from recsys_core.teaching.implicit import (
    ALPHA,
    ALPHAS,
    CHOICES,
    EVERY,
    FAME,
    HAND_ALPHA,
    STARS,
    WATCHED,
    ZEROS,
    D,
    by_confidence,
    by_stars,
    by_zeros,
    fame,
    judged,
    pair_steps,
    precision,
    share_by_hand,
    taste_found,
)
from ui.components import cards
from ui.components.model_names import model_name
from ui.lessons import charts, people
from ui.lessons.scene import Scene
from ui.session import app_data

TASTE, LISTS = "Taste found", "Precision of ten"
MEASURES = {TASTE: taste_found, LISTS: precision}
FEWEST = 300
"""Ratings that a block of the open data set needs."""
MODEL = "watched"
LEASTS = (3.0, 3.5, 4.0, 4.5, 5.0)


def number(value: float) -> str:
    """A control's value in words: 0, 1.5."""
    return f"{value:g}"


# --- by hand ---------------------------------------------------------------------------------------------------------


def how_sure(scene: Scene) -> None:
    """One row of two cells, and how the person's number grows with the confidence."""
    alpha = scene.slider("hand", "Confidence α", 0, 40, HAND_ALPHA)
    p = share_by_hand(alpha)
    left, right = st.columns([2, 3], gap="large")
    with left:
        caption = f"Watched is 1 and counts {1 + alpha:.0f} times; not watched is 0 and counts once. The person's number is {p:.3f}."
        looks = {"below": {"counts": [f"× {1 + alpha:.0f}", "× 1"]}, "beside": {"person": [f"{p:.3f}"]}}
        scene.matrix([[1, 0]], ["Ana"], ["watched", "not watched"], caption, scale=(0, 2), **looks)
    with right:
        x = np.arange(41.0)
        curve = [share_by_hand(a) for a in x]
        figure = charts.curves({"number": curve}, x_title="α", y_title="number", marks={f"α = {alpha:g}: {p:.3f}": alpha}, height=270)
        told = f"With α = {alpha:g} the number is {p:.3f}; it grows from {curve[0]:.3f} at 0 to {curve[-1]:.3f} at 40."
        scene.chart(figure.update_xaxes(range=[0, 40]).update_yaxes(range=[0, 1]), alt=told)
    scene.say(f"α = {alpha:g}: {p:.3f}")
    scene.arithmetic(
        f"({1 + alpha:g} · 1 + 1 · 0) / ({1 + alpha:g} + 1 + λ) with λ = 1: {1 + alpha:g} / {3 + alpha:g} = **{p:.4f}**",
    )


def one_pair(scene: Scene) -> None:
    """Three points that move, and who is ahead."""
    n = scene.slider("steps", "Steps", 0, 60, 1)
    step = scene.steps("length", "Length of a step", (0.05, 0.1, 0.3, 1.0), 0.1)
    path = pair_steps(n, step)
    ahead = float(path.ahead[-1])
    left, right = st.columns([3, 2], gap="large")
    points = np.array([path.x[0], path.i[0], path.j[0], path.x[-1], path.i[-1], path.j[-1]])
    names = ["", "", "", "x, the person", "i, watched", "j, not watched"]
    said = f"After {n} steps x·i − x·j is {ahead:.3f}; before, it was {path.ahead[0]:.3f}."
    with left:
        figure = charts.scatter(points, names, x_title="", y_title="", groups=[0, 1, 2, 0, 1, 2], strong=[3, 4, 5], height=300)
        figure.update_traces(textposition=["top center"] * 3 + ["bottom right", "top center", "top left"])
        scene.chart(figure.update_xaxes(range=[-0.3, 1.9]).update_yaxes(range=[-0.8, 1.3]), alt=said)
    with right:
        values = {"before": float(path.ahead[0]), f"after {n} steps": ahead}
        scene.chart(charts.bars(dict(values), digits=3, reach=(-1.2, 1.6), strong=list(values)[1:]), alt=said, name="ahead")
        st.caption("*i* ahead of *j*")
    scene.say(said)
    for at in range(min(n, 2)):
        w = float(sigmoid(-path.ahead[at]))
        scene.arithmetic(
            f"Step {at + 1}: the push is σ({-path.ahead[at]:.3f}) = {w:.4f}. x moves by {step:g} · {w:.4f} · (i − j), "
            f"i and j by ± {step:g} · {w:.4f} · x. Then x·i − x·j = **{path.ahead[at + 1]:.4f}**."
        )


# --- the lever -------------------------------------------------------------------------------------------------------


def the_lever(scene: Scene) -> None:
    """How much people choose decides who finds their taste."""
    choice = scene.choice("choice", "People choose what suits them", CHOICES, 0.0, number)
    measure = scene.choice("measure", "Measure", list(MEASURES), TASTE)
    alpha = scene.steps("alpha", "Confidence α", ALPHAS, ALPHA, number)
    world, of = judged(choice), MEASURES[measure]
    left, right = st.columns([3, 2], gap="large")
    with right:
        shown = scene.guess()
        share = float(chosen(choice=choice).watched.mean())
        st.caption(f"120 people, 80 titles, {share:.0%} of the cells watched")
    values: dict[str, float | None] = {STARS: of(world, by_stars(choice)), WATCHED: None, ZEROS: None}
    if shown:
        values |= {WATCHED: of(world, by_confidence(choice, alpha)), ZEROS: of(world, by_zeros(choice))}
    values[FAME] = of(world, fame(world))
    both = precision(world, by_confidence(choice, alpha)), precision(world, by_zeros(choice))
    scene.note(watched=both[0] if shown else 0.0, zeros=both[1] if shown else 0.0)
    values = {name: None if value is None else round(value, 3) + 0.0 for name, value in values.items()}  # no −0
    said = ", ".join(f"{name} {'covered' if value is None else f'{value:.3f}'}" for name, value in values.items())
    with left:
        reach = (-0.35, 1.0) if measure == TASTE else (0.0, 0.4)
        scene.chart(charts.bars(values, digits=3, reach=reach, strong=[WATCHED]), alt=f"{measure}: {said}")
        st.caption("Taste found: correlation with true taste" if measure == TASTE else "Hidden titles among ten")
    if shown:
        scene.say(f"{measure}: {said}")
        scene.table(measure, pd.DataFrame({"Method": list(values), measure: list(values.values())}).round(4))


def pairs(scene: Scene) -> None:
    """Pair after pair, beside what everybody watches."""
    choice = scene.choice("world", "People choose what suits them", CHOICES, 1.5, number)
    world = judged(choice)
    of_fame = precision(world, fame(world))

    def keep(ranking: Ranking) -> tuple[float, float]:
        return precision(world, ranking.b + ranking.X @ ranking.Y.T), ranking.share_right

    def curve(kept: list[tuple[float, float]]) -> go.Figure:
        found = np.array(kept)
        looks = {"popularity": of_fame}
        figure = charts.curves({"pairs": found[:, 0]}, x=_steps(kept), lines=looks, x_title="steps", y_title="precision of ten", height=260)
        figure.layout.annotations[0].yshift = -14  # below the line of popularity
        return figure.update_xaxes(range=[0, 80 * EVERY]).update_yaxes(range=[0, 0.35])

    def alt(kept: list[tuple[float, float]]) -> str:
        return f"After {len(kept) * EVERY:,} steps: precision {kept[-1][0]:.3f}, popularity {of_fame:.3f}."

    run = scene.run("pairs", (choice,), lambda: bpr(world.L, D, 0.05, 0.02, 0, EVERY), keep, curve, alt, limit=79, ahead=2)
    found, right = run.kept[-1]
    scene.note(pairs=found, fame=of_fame)
    st.caption(f"{len(run.kept) * EVERY:,} steps; {right:.0%} of the last {EVERY} pairs stood in the right order")
    scene.say(alt(run.kept))
    scene.table("Step by step", pd.DataFrame({"Steps": _steps(run.kept), "Precision": [round(p, 4) for p, _ in run.kept]}))


def _steps(kept: list[tuple[float, float]]) -> list[float]:
    return [float(EVERY * (n + 1)) for n in range(len(kept))]


# --- likes, and you --------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=4)
def _block(key: str, _engine: Engine) -> Block | None:
    """Well-known titles and some of their raters; None where there are too few ratings."""
    if _engine.dataset.n_ratings < FEWEST:
        return None
    block = square(_engine.dataset)
    return block if np.isfinite(block.R).sum() >= FEWEST else None


@st.cache_data(show_spinner="Taking turns …", max_entries=24)
def _titles(key: str, least: float, _block: Block) -> np.ndarray:
    """Vectors of the titles (m, d), learned from likes."""
    return next(islice(implicit_als(likes(_block.R, least), 2 * D, ALPHA, 1, seed=0), 9, None)).V


def into_likes(scene: Scene) -> None:
    """How many cells are left, whose vectors are whose, and a list from likes alone."""
    person = scene.person()
    least = scene.steps("least", "A like from", LEASTS, 4.0, lambda stars: f"{stars:g} ★")
    turned = scene.toggle("turned", "Hand it over on its side")
    block = _block(app_data.data_key(), scene.engine)
    if block is None:
        st.info("This data set has too few ratings to make likes of them.", icon=":material/group_off:")
        st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
        return
    L = likes(block.R, least)
    turn = next(implicit_als(L.T if turned else L, D, ALPHA, 1, seed=0))
    filled = {"Cells with stars": 100 * float(np.isfinite(block.R).mean()), "Cells with a like": 100 * float(L.mean())}
    told = ", ".join(f"{name} {value:.1f} %" for name, value in filled.items())
    shapes = f"“people” {turn.U.shape[0]} × {D}, “titles” {turn.V.shape[0]} × {D}"
    left, right = st.columns([3, 2], gap="large")
    with left:
        scene.chart(charts.bars(dict(filled), digits=1, unit="%", strong=list(filled)[1:]), alt=f"{told}. Vectors: {shapes}.")
        st.caption(f"Vectors: {shapes}")
    with right:
        _for_you(scene, person, block, least)
    scene.say(f"{told}. {shapes}")


def _for_you(scene: Scene, person: people.Person, block: Block, least: float) -> None:
    """What likes alone say for a person, and what the app's own model of watching says."""
    own = np.array([person.ratings.get(str(scene.engine.item_ids[i]), np.nan) for i in block.titles])
    liked = likes(own[None], least)
    lists = {}
    if liked.any():
        V = _titles(app_data.data_key(), least, block)
        x = turn_weighted(liked, 1 + ALPHA * liked, V, 1)
        best = np.argsort(-np.where(np.isnan(own), x @ V.T, -np.inf)[0], kind="stable")[:5]
        lists["Likes"] = block.titles[best]
    if MODEL in scene.engine.models:
        visitor = scene.engine.visitor(person.ratings)
        lists[f"The app: {model_name(MODEL)}"] = visitor.best(5, MODEL, visitor.candidates())
    for place, (name, titles) in zip(st.columns(max(len(lists), 1)), lists.items(), strict=False):
        with place:
            st.markdown(f"**{name}**")
            names = [cards.title_of(scene.engine, str(scene.engine.item_ids[i])) for i in titles]
            st.text("\n".join(f"{rank}. {title}" for rank, title in enumerate(names, start=1)))


STEPS = (how_sure, one_pair, the_lever, pairs, into_likes)
