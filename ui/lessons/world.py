"""Lesson 7 in pictures: an invented world, a training with its two curves, five titles for one person, and tastes that can be turned."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core.lessons.toys import LowRank, low_rank
from recsys_core.lessons.world import Round, agreement, best_unseen, predict, rotation
from recsys_core.teaching.world import (
    AS_TAUGHT,
    N_TITLES,
    NOISES,
    PENALTIES,
    ROUNDS,
    SEED,
    SHARES,
    TASTES_SOUGHT,
    TRUE_TASTES,
    WORKS,
    biases_only,
    error_seen,
    error_unseen,
    from_the_mean,
    hits,
    mean_error,
    taste_by_taste,
    trained,
)
from ui.lessons import charts
from ui.lessons.guess import Shown
from ui.lessons.scene import Scene

STARS = (1.0, 5.0)
STEP_LENGTHS, STARTS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5), (0.01, 0.1, 0.5, 1.0)
MORE_ROUNDS, AHEAD = 300, 6
"""Rounds after Go on; results that are there when the step opens: the mean and five rounds."""
TITLES = [f"title {n}" for n in range(1, N_TITLES + 1)]


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{share:.0%}"


def _frame(values: np.ndarray, row: str) -> pd.DataFrame:
    frame = pd.DataFrame(np.round(values, 2), columns=TITLES)
    frame.insert(0, row, range(1, len(values) + 1))
    return frame


def _picture(scene: Scene, values: np.ndarray, title: str, height: int, signed: bool = False) -> None:
    """People × titles as colours, and the numbers as a table."""
    reach = (-1.5, 1.5) if signed else STARS
    known = int(np.isfinite(values).sum())
    end = f", from {np.nanmin(values):.2f} to {np.nanmax(values):.2f}" if known else ""
    figure = charts.heatmap(values, rows="people", columns="titles", reach=reach, signed=signed, height=height, title=title)
    _bare(figure)
    scene.chart(figure, f"{title}: {known} of {values.size} cells{end}", title)
    scene.table(title, _frame(values, "person"))


def _bare(figure: go.Figure) -> None:
    """Without numbers at its sides: people and titles have no names here."""
    figure.update_xaxes(showticklabels=False)
    figure.update_yaxes(showticklabels=False)
    figure.update_traces(hovertemplate="%{z:.2f}<extra></extra>", selector={"type": "heatmap"})
    figure.update_layout(margin={"b": 26, "l": 26})


def _hands(scene: Scene, shown: Shown) -> None:
    """A show of hands beside the answer."""
    if any(shown.hands.values()):
        said = ", ".join(f"{option} {count}" for option, count in shown.hands.items())
        scene.chart(charts.bars(dict(shown.hands), digits=0, unit="hands", row=28), f"Hands for {said}", "hands")


def known_truth(scene: Scene) -> None:
    """What is true, what is seen, and the puzzle."""
    seen = scene.steps("seen", "Share seen", SHARES, 0.3, percent)
    noise = scene.steps("noise", "Noise in stars", NOISES, 0.0)
    seed = scene.slider("number", "World number", 1, 60, SEED)
    world = low_rank(seen=seen, noise=noise, seed=seed)
    height = 240 if scene.presenting else 330
    true, observed, asked = st.columns([3, 3, 4], gap="medium")
    with true:
        _picture(scene, world.true, "What is true", height)
    with observed:
        _picture(scene, world.R, "What is seen", height)
    with asked:
        shown = scene.guess()
        _, learned = trained(seen, noise, TRUE_TASTES, *AS_TAUGHT, seed)
        errors = _errors(world, learned, shown is not None)
        scene.chart(
            charts.bars(errors, unit="★", digits=3, reach=(0.0, 0.6), strong=["Stars it never saw"]),
            _told(errors),
        )
        if shown:
            _hands(scene, shown)
        scene.say(_told(errors))


def _errors(world: LowRank, learned: Round, shown: bool) -> dict[str, float | None]:
    """Typical errors by which stars are asked about; what may not be seen yet is None."""
    return {
        "Stars it saw": error_seen(world, learned),
        "Stars it never saw": error_unseen(world, learned) if shown else None,
        "The mean, on the same": mean_error(world),
    }


def _told(errors: dict[str, float | None]) -> str:
    return ". ".join(f"{name}: {'covered' if error is None else f'off by {error:.3f}'}" for name, error in errors.items())


def training(scene: Scene) -> None:
    """Step, Run, Stop, Reset; the curve that falls, and after Show the one that does not."""
    names = ("step", "penalty", "start")
    scene.presets({
        "As often taught": (dict(zip(names, AS_TAUGHT, strict=True)), "Short steps from a start near zero: this breaks"),
        "Works": (dict(zip(names, WORKS, strict=True)), "Five times longer steps, a larger penalty, a start further from zero"),
    })  # fmt: skip
    step = scene.steps("step", "Step length", STEP_LENGTHS, AS_TAUGHT[0])
    lam = scene.steps("penalty", "Penalty", PENALTIES, AS_TAUGHT[1])
    start = scene.steps("start", "Start size", STARTS, AS_TAUGHT[2])
    world = low_rank(seed=SEED)
    left, right = st.columns([3, 2], gap="large")
    with right:
        shown = scene.guess()
        scene.row = st.container(horizontal=True)  # what helps to find the cause, once there is something to find
        biases = bool(shown) and scene.toggle("biases", "Biases alone")
        limit = MORE_ROUNDS if shown and scene.toggle("more", "Go on to 300") else ROUNDS
    mean = mean_error(world)

    height = 190 if scene.presenting else 260

    def curves(kept: list[Round]) -> dict[str, list[float]]:
        found = {"seen": [error_seen(world, r) for r in kept]}
        if shown:
            found["unseen"] = [error_unseen(world, r) for r in kept]
        if biases:
            found["biases"] = [error_unseen(world, biases_only(r)) for r in kept]
        return found

    with left:
        run = scene.run(
            "sgd",
            (step, lam, start),
            lambda: from_the_mean(world, step, lam, start),
            lambda r: r,
            lambda kept: charts.curves(
                curves(kept), x_title="rounds", y_title="error in stars", lines={"the mean, unseen": mean}, height=height
            ),
            lambda kept: f"After {len(kept) - 1} rounds: " + ", ".join(f"{name} {errors[-1]:.3f}" for name, errors in curves(kept).items()),
            limit=limit,
            ahead=AHEAD,
        )
    changed = [(step, AS_TAUGHT[0]), (lam, AS_TAUGHT[1]), (start, AS_TAUGHT[2]), (limit, ROUNDS)]
    scene.note(mean=mean, unseen=error_unseen(world, run.last) if shown else np.inf, changed=sum(a != b for a, b in changed))
    with right:
        _after(scene, world, run.last, bool(shown))
    if biases:
        st.markdown("In this world nobody is strict: what the biases learn is chance.")
    if shown:
        _hands(scene, shown)
    _a_step(scene, world, run.last, step, lam)


def _after(scene: Scene, world: LowRank, last: Round, shown: bool) -> None:
    """What is learned, or why nothing is."""
    if not np.isfinite(last.P).all():
        st.warning("The step is too long: the numbers grow without end.", icon=":material/trending_up:")
        st.button("Take steps of 0.05", on_click=scene.set, args=({"step": 0.05},), key="_world_shorter")
        return
    if shown:
        _picture(scene, predict(last) - world.true, "Too high, too low", 200, signed=True)
        scene.say(f"Error on unseen stars {error_unseen(world, last):.3f}")
    else:
        _picture(scene, predict(last), "What it predicts", 170)


def _a_step(scene: Scene, world: LowRank, r: Round, step: float, lam: float) -> None:
    """The first seen cell: its error, and where one taste and one trait move."""
    u, i = np.argwhere(~np.isnan(world.R))[0]
    if not np.isfinite(r.P).all():
        return
    fit = float(r.P[u] @ r.Q[i])
    e = float(world.R[u, i] - r.mean - r.b_people[u] - r.b_titles[i] - fit)
    p, q = float(r.P[u, 0]), float(r.Q[i, 0])
    scene.arithmetic(
        f"Person {u + 1}, title {i + 1}: star − mean − person's bias − title's bias − p·q = {world.R[u, i]:.3f} − {r.mean:.3f} − "
        f"({r.b_people[u]:.3f}) − ({r.b_titles[i]:.3f}) − ({fit:.3f}) = **{e:.3f}**, the error e.",
        f"First taste: p + step · (e · q − penalty · p) = {p:.4f} + {step} · ({e:.3f} · ({q:.4f}) − {lam} · ({p:.4f})) = "
        f"**{p + step * (e * q - lam * p):.4f}**",
        f"First trait: q + step · (e · p − penalty · q), with the p from before: **{q + step * (e * p - lam * q):.4f}**",
    )


def gaps_and_noise(scene: Scene) -> None:
    """Errors with good steps, for other worlds and other models."""
    seen = scene.steps("share", "Share seen", SHARES, 0.3, percent)
    noise = scene.steps("mood", "Noise in stars", NOISES, 0.0)
    lam = scene.steps("price", "Penalty", PENALTIES, WORKS[1])
    k = scene.steps("sought", "Tastes sought", TASTES_SOUGHT, TRUE_TASTES)
    world, learned = trained(seen, noise, k, WORKS[0], lam, WORKS[2])
    errors = _errors(world, learned, True)
    scene.note(seen=seen, noise=noise, unseen=errors["Stars it never saw"], mean=mean_error(world))
    left, right = st.columns([3, 2], gap="large")
    with left:
        scene.chart(charts.bars(errors, unit="★", digits=3, reach=(0.0, 0.9), strong=["Stars it never saw"], row=60), _told(errors))
        scene.say(_told(errors))
    with right:
        _picture(scene, predict(learned) - world.true, "Too high, too low", 280, signed=True)


def five_for_one(scene: Scene) -> None:
    """The five that the model names beside the five that are right."""
    person = scene.slider("person", "Person", 1, 50, 1) - 1
    works = scene.toggle("works", "Good steps", True)
    world, learned = trained(0.3, 0.0, TRUE_TASTES, *(WORKS if works else AS_TAUGHT))
    row, true = world.R[person], world.true[person]
    named, right_ones = best_unseen(predict(learned)[person], row, 5), best_unseen(true, row, 5)
    both = set(named) & set(right_ones)
    scene.note(hits=hits(world, learned, person) if works else 0)
    columns = st.columns(2, gap="large")
    for place, heading, five, value in (
        (columns[0], "The model names", named, predict(learned)[person]),
        (columns[1], "Right would be", right_ones, true),
    ):
        with place:
            st.markdown(f"**{heading}**")
            names = [f"{TITLES[i]} ✓" if i in both else TITLES[i] for i in five]
            stars = dict(zip(names, (float(value[i]) for i in five), strict=True))
            strong = [name for name in names if "✓" in name]
            figure = charts.bars(dict(stars), unit="★", reach=(0.0, 5.0), strong=strong)
            scene.chart(figure, f"{heading}: " + ", ".join(f"{name} {s:.2f}" for name, s in stars.items()), heading)
    st.markdown(f"**{len(both)} of 5** are the same. This person has rated {int((~np.isnan(row)).sum())} titles.")
    scene.say(f"{len(both)} of 5 are right")
    listed = pd.DataFrame({"Title": [TITLES[i] for i in named], "Predicted": predict(learned)[person][named], "True": true[named]})
    scene.table("The five that the model names", listed.round(3))


def turned_tastes(scene: Scene) -> None:
    """True traits, learned traits, and a turn that changes them all and no prediction."""
    turned = scene.toggle("turned", "Turn")
    turn = scene.slider("turn", "Which turn", 1, 9, 1) if turned else 0
    world, learned = trained(0.3, 0.0, TRUE_TASTES, *WORKS)
    T = rotation(TRUE_TASTES, turn) if turned else np.eye(TRUE_TASTES)
    P, Q = learned.P @ T, learned.Q @ T
    moved = float(np.abs(P @ Q.T - learned.P @ learned.Q.T).max())
    space, single = agreement(Q, world.Q), taste_by_taste(Q, world.Q)
    height = 125 if scene.presenting else 165
    left, right = st.columns([3, 2], gap="large")
    with left:
        for title, values in (("True traits", world.Q), ("Learned traits", Q)):
            reach = (-float(np.abs(values).max()), float(np.abs(values).max()))
            figure = charts.heatmap(values.T, rows="tastes", columns="titles", reach=reach, signed=True, height=height, title=title)
            _bare(figure)
            scene.chart(figure, f"{title} of 30 titles, {TRUE_TASTES} each, from {values.min():.2f} to {values.max():.2f}", title)
            scene.table(title, _frame(values.T, "taste"))
    with right:
        likeness: dict[str, float | None] = {
            "The whole space": space,
            "Taste by taste": single,
            "A space by chance": TRUE_TASTES / N_TITLES,
        }
        said = ", ".join(f"{name} {value:.2f}" for name, value in likeness.items())
        scene.chart(charts.bars(likeness, reach=(0.0, 1.0), strong=["The whole space"]), f"Agreement with the truth: {said}", "likeness")
        st.metric("Largest change of a prediction", f"{moved:.4f} ★", border=True)
        scene.say(f"{said}. Largest change of a prediction {moved:.4f} stars")
    scene.arithmetic(
        "A turn T has T·Tᵀ = 1. So (P·T)·(Q·T)ᵀ = P·T·Tᵀ·Qᵀ = P·Qᵀ: the same predictions.",
        f"The largest change here is {moved:.1e}: rounding in the sixteenth digit.",
        f"Agreement of the spaces: the mean of cos² over the {TRUE_TASTES} angles between them, {space:.4f}.",
    )


STEPS = (known_truth, training, gaps_and_noise, five_for_one, turned_tastes)
