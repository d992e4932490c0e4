"""Lesson 6 in pictures: tastes for Ana, films learned from people, both at once, Eva, likes, and one weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core.lessons.regression import (
    Fit,
    by_difference,
    by_hand,
    closest,
    cost,
    descend,
    features,
    liked,
    one_weight,
    person,
    predict,
)
from recsys_core.lessons.toys import EVENING, EVENING_FEATURES, EVENING_PEOPLE, EVENING_TASTES, EVENING_TITLES, sigmoid
from recsys_core.teaching.regression import (
    ADAM,
    ALPHAS,
    EVA,
    LAM,
    METHODS,
    PENALTIES,
    PLAIN,
    PUPPIES,
    ROUNDS,
    SEED,
    SETTLED,
    STEP,
    STEPS_TRIED,
    WITH_EVA,
    K,
    learned,
    quietly,
)
from ui.lessons import charts
from ui.lessons.runner import Run
from ui.lessons.scene import Scene

STARS = (0.0, 5.0)
EVERYBODY = (*EVENING_PEOPLE, "Eva")
MISSING = np.argwhere(np.isnan(EVENING))
FILLED_IN = [(int(i), int(j)) for i, j in MISSING]
MOST = 1e6
"""A cost beyond it is cut off."""


def for_each_person(scene: Scene) -> None:
    """Ana's tastes by hand or at best, with their cost."""
    love = scene.slider("love", "Ana: love", -5.0, 5.0, 5.0, 0.5)
    action = scene.slider("action", "Ana: action", -5.0, 5.0, 0.0, 0.5)
    start = scene.slider("base", "Ana: start", 0.0, 5.0, 0.0, 0.5, help="Added to every film: b")
    best = scene.toggle("best", "Best")
    lam = scene.steps("penalty", "Penalty", PENALTIES, LAM)
    w, b = person(EVENING_FEATURES, EVENING[:, 0], lam) if best else (np.array([love, action]), start)
    said = EVENING_FEATURES @ w + b
    price = cost(w[None], np.array([b]), EVENING_FEATURES, EVENING[:, :1], lam)
    scene.note(best=best, puppies=float(said[PUPPIES]))
    left, right = st.columns([5, 3], gap="medium")
    with left:
        scene.matrix(
            WITH_EVA,
            EVENING_TITLES,
            EVERYBODY,
            f"Stars of five people for five titles. Ana has not rated Three Puppies: the model says {said[PUPPIES]:.2f}.",
            asked=(PUPPIES, 0),
            strong_columns=[0],
            beside={
                "love": [f"{x:.2f}" for x in EVENING_FEATURES[:, 0]],
                "action": [f"{x:.2f}" for x in EVENING_FEATURES[:, 1]],
                "for Ana": [f"{x:.2f}".replace("-", "−") for x in said],
            },
        )
        st.markdown(f"Cost **{price:.3f}** with tastes {w[0]:.2f} and {w[1]:.2f}, start {b:.2f}.".replace("-", "−"))
        scene.say(f"Cost {price:.3f}, Three Puppies {said[PUPPIES]:.2f}")
    with right:
        shown = scene.guess()
        eva = float(np.abs(predict(learned(False))[:, EVA]).max()) if shown else None
        figure = charts.bars(
            {"For Eva, at most": eva},
            unit="★",
            reach=STARS,
            strong=["For Eva, at most"],
            guess=shown.guessed if shown and isinstance(shown.guessed, float) else None,
        )
        scene.chart(figure, f"For Eva, at most: {'covered' if eva is None else f'{eva:.2f} stars'}")
    _cost_of_ana(scene, w, b, said, lam, price)


def _cost_of_ana(scene: Scene, w: np.ndarray, b: float, said: np.ndarray, lam: float, price: float) -> None:
    known = np.flatnonzero(~np.isnan(EVENING[:, 0]))
    squares = " + ".join(f"({said[i]:.2f} − {EVENING[i, 0]:.0f})²" for i in known)
    error = float(np.sum((said[known] - EVENING[known, 0]) ** 2))
    punished = float(np.sum(w**2) + np.sum(EVENING_FEATURES**2))
    love, action = EVENING_FEATURES[PUPPIES]
    scene.arithmetic(
        f"Three Puppies: {w[0]:.3f} · {love} + {w[1]:.3f} · {action} + {b:.3f} = **{said[PUPPIES]:.3f}**",
        f"Half the squared error: ½ · ({squares}) = {error / 2:.4f}",
        f"Penalty: {lam} / 2 · (all tastes and films squared, {punished:.3f}) = {lam / 2 * punished:.4f}. Cost: **{price:.4f}**",
    )


def both_at_once(scene: Scene) -> None:
    """Films from people in one go, or both from nothing, round by round."""
    if scene.toggle("given", "Tastes are given"):
        _films_from_people(scene)
        return
    step = scene.steps("step", "Step length", STEPS_TRIED, STEP)
    method = scene.choice("method", "Steps", (PLAIN, ADAM), PLAIN)
    left, right = st.columns(2, gap="medium")
    with left:
        run = scene.run(
            "both",
            (step, method),
            lambda: quietly(descend(EVENING, K, LAM, step, SEED, method=METHODS[method])),
            lambda fit: min(fit.cost, MOST) if np.isfinite(fit.cost) else MOST,
            lambda kept: _cost_curve(kept, 190 if scene.presenting else 255),
            lambda kept: f"Cost after {len(kept) - 1} rounds: {kept[-1]:.3f}",
            limit=ROUNDS,
            ahead=6,
        )
    settled = run.n >= ROUNDS and run.last.cost < SETTLED and method == PLAIN
    scene.note(settled=step if settled else None)
    with right:
        _filled_table(scene, run)
    scene.say(f"Cost {run.kept[-1]:.3f}")


def _cost_curve(kept: list[float], height: int) -> go.Figure:
    figure = charts.curves({"cost": kept}, x_title="rounds", y_title="cost", height=height)
    figure.update_yaxes(type="log")
    if len(kept):
        figure.layout.annotations[0].y = float(np.log10(kept[-1]))
    return figure


def _filled_table(scene: Scene, run: Run[Fit]) -> None:
    """All stars as the model has them, the filled ones framed; or why there are none."""
    if not np.isfinite(run.last.cost) or run.kept[-1] >= MOST:
        st.warning("The step is too long: the cost grows without end.", icon=":material/trending_up:")
        st.button(f"Take steps of {STEP}", on_click=scene.set, args=({"step": STEP},), key="_regression_shorter")
        return
    said = predict(run.last)
    caption = f"Predicted stars after {run.n} rounds; framed cells were missing."
    scene.matrix(_tidy(said), EVENING_TITLES, EVENING_PEOPLE, caption, digits=1, marked=FILLED_IN, marked_word="was missing")
    near = EVENING_TITLES[closest(run.last.X, 0)[0]]
    st.markdown(f"Nearest to *{EVENING_TITLES[0]}* by what was learned: *{near}*.")
    listed = pd.DataFrame(np.round(np.hstack([run.last.X, EVENING_FEATURES]), 3), columns=["learned 1", "learned 2", "love", "action"])
    listed.insert(0, "Title", EVENING_TITLES)
    scene.table("What was learned of each title, and what we had written down", listed)


def _tidy(table: np.ndarray) -> np.ndarray:
    """Without the sign of what is rounded to zero."""
    return np.where(np.abs(table) < 0.05, 0.0, table)


def _films_from_people(scene: Scene) -> None:
    """Given tastes, each film is a regression over its viewers."""
    X = features(EVENING_TASTES, np.zeros(len(EVENING_PEOPLE)), EVENING, LAM)
    scene.note(settled=None)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Given: tastes of people**")
        scene.matrix(EVENING_TASTES, EVENING_PEOPLE, ("love", "action"), "Tastes of four people for love and action.")
    with right:
        st.markdown("**Learned: films**, beside what we wrote down")
        beside = {name: [f"{x:.2f}" for x in EVENING_FEATURES[:, at]] for at, name in enumerate(("love", "action"))}
        scene.matrix(
            _tidy(X), EVENING_TITLES, ("love", "action"), f"Learned: {X[0, 0]:.2f} love in {EVENING_TITLES[0]}.", digits=2,
            scale=(0.0, 1.0), beside={f"{name}, ours": texts for name, texts in beside.items()},
        )  # fmt: skip
    scene.say(f"{EVENING_TITLES[0]}: {X[0, 0]:.2f} love")


def eva_is_new(scene: Scene) -> None:
    """What is said of somebody who has rated nothing, without and with the titles' means."""
    centre = scene.toggle("centre", "Each title's mean first")
    fit = learned(centre)
    said = predict(fit)
    means = np.nanmean(EVENING, axis=1)
    left, right = st.columns([4, 3], gap="medium")
    with right:
        shown = scene.guess()
        stars: dict[str, float | None] = {title: float(_tidy(said)[i, EVA]) if shown else None for i, title in enumerate(EVENING_TITLES)}
        guessed = shown.guessed if shown and isinstance(shown.guessed, float) else None
        told = ", ".join(f"{title} {'covered' if value is None else f'{value:.2f}'}" for title, value in stars.items())
        scene.chart(charts.bars(stars, unit="★", reach=STARS, guess=guessed, strong=EVENING_TITLES, row=30), f"Eva's stars: {told}")
        scene.say(f"Eva's stars: {told}")
    scene.note(centre=centre and shown is not None)
    with left:
        table = said.copy()
        if not shown:
            table[:, EVA] = np.nan
        scene.matrix(
            _tidy(table),
            EVENING_TITLES,
            EVERYBODY,
            f"Predicted stars of five people. Eva's are {'shown' if shown else 'covered'}.",
            digits=1,
            missing="covered",
            strong_columns=[EVA],
            beside={"mean": [f"{mean:.2f}" for mean in means]},
        )
    if shown:
        scene.arithmetic(
            f"Eva's taste after 500 rounds: {', '.join(f'{w:.4f}' for w in fit.W[EVA])}; her start b: {fit.b[EVA]:.4f}. "
            "No star of hers pulls; the penalty makes each taste a little smaller every round.",
            f"{EVENING_TITLES[0]}: taste times film {float(fit.X[0] @ fit.W[EVA]):.4f} + start {fit.b[EVA]:.4f} + what is added for the "
            f"title {fit.mean[0]:.2f} = **{said[0, EVA]:.4f}**",
        )


def liked_or_not(scene: Scene) -> None:
    """Likes instead of stars, and their chance."""
    step = scene.steps("rate", "Step length", (0.01, 0.1, 0.3), 0.1)
    Y = liked(EVENING)
    left, right = st.columns(2, gap="medium")
    with left:
        run = scene.run(
            "likes",
            (step,),
            lambda: quietly(descend(Y, K, LAM, step, SEED, logistic=True)),
            lambda fit: fit.cost,
            lambda kept: charts.curves({"loss": kept}, x_title="rounds", y_title="loss", height=190 if scene.presenting else 255),
            lambda kept: f"Loss after {len(kept) - 1} rounds: {kept[-1]:.3f}",
            limit=ROUNDS,
            ahead=31,
        )
    chance = sigmoid(predict(run.last))
    known = ~np.isnan(Y)
    right_side = int(((chance > 0.5) == (Y == 1))[known].sum())
    with right:
        caption = f"Chance of a like after {run.n} rounds; framed cells were missing. {right_side} of {known.sum()} known cells are right."
        scene.matrix(
            chance, EVENING_TITLES, EVENING_PEOPLE, caption, digits=2, scale=(0.0, 1.0), marked=FILLED_IN, marked_word="was missing"
        )
        st.markdown(f"**{right_side} of {known.sum()}** known cells are on the right side of one half.")
    scene.say(f"{right_side} of {known.sum()} on the right side")
    scene.table("Likes", pd.DataFrame(Y, columns=EVENING_PEOPLE).assign(Title=EVENING_TITLES))
    z = float(predict(run.last)[0, 0])
    scene.arithmetic(f"Ana and {EVENING_TITLES[0]}: the sum is {z:.3f}; the chance is 1 / (1 + e^−({z:.3f})) = **{chance[0, 0]:.3f}**")


def one_weight_alone(scene: Scene) -> None:
    """Where w stands after each step."""
    alpha = scene.steps("alpha", "Step length", ALPHAS, ALPHAS[0])
    n = scene.slider("n", "How many steps", 1, 60, 30)
    walk = [3.0, *one_weight(3.0, alpha, n)]
    slope, measured = by_hand(walk[-1]), by_difference(lambda w: (w - 1) ** 2, walk[-1])
    scene.note(w=walk[-1])
    left, right = st.columns([3, 1], gap="large")
    with left:
        figure = charts.curves({"w": walk}, x_title="steps", y_title="w; the best is 1", height=290)
        scene.chart(figure, f"w after {n} steps of {alpha}: {walk[-1]:.4f}")
        scene.say(f"w stands at {walk[-1]:.3f}")
    with right:
        st.metric("w", f"{walk[-1]:.2f}", border=True)
        st.metric("Slope by hand", f"{slope:.4f}", border=True)
        st.metric("Slope measured", f"{measured:.4f}", border=True)
    scene.arithmetic(
        f"First step: 3 − {alpha} · 2 · (3 − 1) = **{walk[1]:.4f}**.",
        f"After {n} steps: 1 + 2 · (1 − 2 · {alpha})^{n} = **{walk[-1]:.4f}**.",
        "Measured: ((w + h − 1)² − (w − h − 1)²) / 2h with h = 0.00001.",
    )
    scene.table("Where w stands", pd.DataFrame({"Step": range(n + 1), "w": np.round(walk, 4)}))


STEPS = (for_each_person, both_at_once, eva_is_new, liked_or_not, one_weight_alone)
