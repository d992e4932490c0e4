"""Lesson 13 in pictures: a loop round by round, what it does to tastes, a measure that moves along, two levers, two aims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core.lessons.loop import State, alike, kinds_left, moved
from recsys_core.teaching.loop import AIMS, EXPLORE, FIRST_KINDS, KINDS, ROUNDS, VARIETY, Measures, at_the_end, forty, from_the_start
from ui.components import cards
from ui.lessons import charts
from ui.lessons.guess import Shown
from ui.lessons.scene import Scene

PERSON = 41
"""Came with crime and jokes, and ends with something else."""
WORLDS = (0, 1, 2, 3)
LISTED, SHOWN = 5, 10
"""Titles of the own list; rounds that are there when the page opens."""
SHARE = (0.0, 1.0)
CHECKLIST = (
    ("Says why", "Yes: every title has its reasons"),
    ("You can steer it", "Yes: words, diversity, less known titles"),
    ("Aims at what you said you like", "Yes: at stars"),
    ("Measures the time you spend", "No"),
    ("Shows what is little known", "Yes, where you ask for it"),
    ("You can take your data away", "Yes: as a file"),
)


def _guessed(shown: Shown | None) -> dict[str, float]:
    return {"your guess": float(shown.guessed)} if shown and isinstance(shown.guessed, (int, float)) else {}


def round_by_round(scene: Scene) -> None:
    """Satisfaction while the loop runs, and one person's taste."""
    person = scene.slider("person", "Person", 1, 60, PERSON) - 1
    left, right = st.columns(2, gap="medium")
    with left:
        run = scene.run(
            "rounds",
            (),
            from_the_start,
            lambda state: state.satisfaction,
            _satisfaction,
            lambda kept: "Satisfaction: " + (f"{kept[-1]:.2f} in round {len(kept) - 1}" if len(kept) > 1 else "covered before round 1"),
            limit=ROUNDS,
            ahead=SHOWN + 1,
        )
    with right:
        shown = scene.guess()
        _taste(scene, run.last, person, shown is not None)
    if run.n:
        scene.say(f"Round {run.n}: satisfaction {run.last.satisfaction:.2f}")


def _satisfaction(kept: list[float]) -> go.Figure:
    figure = charts.curves({"satisfaction": kept}, x_title="round", y_title="satisfaction, 0 to 1", height=250)
    figure.update_traces(mode="lines+markers", marker_size=6)
    figure.update_xaxes(range=[0, ROUNDS])
    figure.update_yaxes(range=SHARE)
    return figure


def _taste(scene: Scene, state: State, person: int, known: bool) -> None:
    rows = {"came with": state.first[person], "program thinks": state.G[person]}
    if known:
        rows["likes now"] = state.W[person]
    said = [f"{name} {', '.join(f'{kind} {100 * p:.0f} %' for kind, p in zip(KINDS, row, strict=True))}" for name, row in rows.items()]
    st.caption(f"Taste of person {person + 1}, in percent")
    scene.matrix(100 * np.array(list(rows.values())), list(rows), KINDS, f"Person {person + 1}: {'; '.join(said)}.", scale=(0, 100))


def narrowing(scene: Scene) -> None:
    """Kinds, distance and likeness, with and without moving tastes."""
    moves = scene.toggle("moves", "Tastes move", True)
    world = scene.choice("world", "Invented world", WORLDS, WORLDS[0], lambda seed: str(seed + 1))
    left, right = st.columns([3, 2], gap="large")
    with right:
        shown = scene.guess()
    states = () if shown is None else forty(drift=0.05 if moves else 0, seed=world)
    scene.note(known=bool(states))
    kinds = [kinds_left(state.W) for state in states] or [FIRST_KINDS]
    with left:
        figure = charts.curves({"kinds": kinds}, x_title="round", y_title="kinds a person likes", lines=_guessed(shown), height=300)
        figure.update_xaxes(range=[-1, ROUNDS])
        figure.update_yaxes(range=[1, 6])
        later = f", {kinds[-1]:.1f} after {ROUNDS} rounds" if states else "; later rounds are covered"
        scene.chart(figure, alt=f"Kinds that a person likes: {kinds[0]:.1f} at the start{later}.")
    if states:
        with right:
            _three_metrics(states)
        scene.say(f"{kinds[-1]:.1f} kinds, satisfaction {at_the_end(states).satisfaction:.2f}")
        scene.table("By round", pd.DataFrame({"Round": range(len(kinds)), "Kinds": np.round(kinds, 3)}))
    scene.arithmetic(
        r"Kinds of one person: $e^{-\sum p \ln p}$ over the shares $p$. Six equal shares give 6, one share of 100 % gives 1.",
        r"Moved: 1 − cosine between the taste of now and the first one. Alike: the mean cosine over all pairs of people.",
    )


def _three_metrics(states: tuple[State, ...]) -> None:
    end = at_the_end(states)
    with st.container(horizontal=True):
        st.metric("Satisfaction", f"{end.satisfaction:.2f}", f"{end.satisfaction - states[1].satisfaction:+.2f}")
        st.metric("Moved", f"{max(moved(states[-1]), 0):.2f}")
        st.metric("Alike", f"{alike(states[-1].W):.2f}", f"{alike(states[-1].W) - alike(states[0].W):+.2f}", delta_color="off")


def happy_measure(scene: Scene) -> None:
    """The same choices, judged twice."""
    judged = scene.toggle("first", "Judge by the tastes people came with")
    world = scene.choice("world", "Invented world", WORLDS, WORLDS[0], lambda seed: str(seed + 1))
    states = forty(seed=world)[1:]
    series = {"tastes of now": [state.satisfaction for state in states]}
    if judged:
        series["tastes of the start"] = [state.by_first for state in states]
    figure = charts.curves(series, x=range(1, ROUNDS + 1), x_title="round", y_title="satisfaction, 0 to 1", height=310)
    figure.update_xaxes(range=[0, ROUNDS + 1])
    figure.update_yaxes(range=SHARE)
    figure.update_layout(margin_r=190)
    end = at_the_end(states)
    means = dict(zip(series, (end.satisfaction, end.by_first), strict=False))
    said = ". ".join(f"By the {name}: {curve[0]:.2f} in round 1, {means[name]:.2f} in the last ten" for name, curve in series.items())
    scene.chart(figure, alt=f"{said}.")
    scene.say(said)
    scene.table("Satisfaction", pd.DataFrame({"Round": range(1, ROUNDS + 1)} | {name: np.round(c, 3) for name, c in series.items()}))
    scene.arithmetic(r"Satisfaction of one choice: cosine of a person's taste and the film's kinds, times the film's quality.")


def levers(scene: Scene) -> None:
    """Exploration and variety: gain and price; variety on the app's own list."""
    explore = scene.steps("explore", "Exploration", EXPLORE, EXPLORE[-1], lambda share: f"{share:.0%}")
    variety = scene.steps("variety", "Variety", VARIETY, VARIETY[2])
    person = scene.person()
    plain, pulled = at_the_end(forty()), at_the_end(forty(explore=explore, variety=variety))
    scene.note(**pulled._asdict())
    _pairs(scene, plain, pulled, "With levers", ("coverage", "satisfaction", "kinds"))
    visitor = scene.engine.visitor(person.ratings)
    lists = {"Closest": visitor.recommend(LISTED), f"Variety {variety}": visitor.recommend(LISTED, diversity=variety)}
    st.caption(f"The app's list for {person.name}")
    named = {name: [cards.title_of(scene.engine, line.item_id) for line in found] for name, found in lists.items()}
    st.table(pd.DataFrame(named, index=range(1, len(named["Closest"]) + 1)))


TITLES = {
    "coverage": ("Films ever watched", 100, "%", 0, 100),
    "satisfaction": ("Satisfaction", 1, "", 2, 1),
    "kinds": ("Kinds a person likes", 1, "", 1, 6),
    "minutes": ("Minutes", 1, "", 0, 100),
    "by_first": ("By first tastes", 1, "", 2, 1),
}
"""Of each measure: its name, its factor, unit and digits, and where its axis ends."""


def _pairs(scene: Scene, plain: Measures, other: Measures, name: str, measures: tuple[str, ...], first: str = "No lever") -> None:
    """A small chart per measure with two bars."""
    said, rows = [], {}
    for place, measure in zip(st.columns(len(measures), gap="medium"), measures, strict=True):
        title, factor, unit, digits, end = TITLES[measure]
        values: dict[str, float | None] = {first: factor * getattr(plain, measure), name: factor * getattr(other, measure)}
        words = f"{title}: " + ", ".join(f"{key} {value:.{digits}f} {unit}".strip() for key, value in values.items())
        with place:
            st.markdown(f"**{title}**")
            scene.chart(charts.bars(values, unit=unit, digits=digits, reach=(0, end), strong=[name]), alt=words, name=measure)
        said.append(words)
        rows[title] = [round(value or 0, 3) for value in values.values()]
    scene.say(". ".join(said))
    scene.table("Means of the last ten rounds", pd.DataFrame({"": [first, name]} | rows))


def two_aims(scene: Scene) -> None:
    """Quality or minutes as the aim."""
    aim = scene.steps("aim", "Aim: 0 good films, 1 minutes", AIMS, AIMS[-1])
    good, chosen = at_the_end(forty()), at_the_end(forty(aim=aim))
    scene.note(**chosen._asdict())
    _pairs(scene, good, chosen, f"Aim {aim}", ("minutes", "satisfaction", "by_first"), "Aim 0")
    scene.table("A checklist, filled in for this app", pd.DataFrame(CHECKLIST, columns=["A good list …", "This app"]))


STEPS = (round_by_round, narrowing, happy_measure, levers, two_aims)
