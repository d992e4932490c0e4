"""Lesson 11 in pictures: what can be hidden, season 4, simple answers on real data, the ten best by average, folds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.evaluation.splits import Split, k_folds, ratings_frame
from recsys_core.lessons.toys import GRID, hide_of_series, square
from recsys_core.teaching.splits import (
    GIVEN,
    PAIRS,
    PEOPLE,
    SHRINK,
    TIME,
    TITLES,
    VISITORS,
    WHAT,
    Counted,
    Parts,
    baselines,
    best_by,
    can_split,
    counted,
    errors_of,
    frame_of,
    parts_of,
    split_by,
    world,
)
from ui.components.charts import shorten
from ui.lessons import charts
from ui.lessons.scene import Scene
from ui.session import app_data

SMALL, REAL = "By hand", "Open data set"
NAMES = ("Ana", "Bo", "Cem", "Dee")
FILMS = ("Lisbon", "Summer", "Puppies", "Pursuit", "Sword")
PERSON, EACH_SEASON = 76, 5
"""Who is looked at first in the invented world, and seasons of a show."""
WAYS = (PAIRS, VISITORS, TITLES, TIME)
REACH, SHARE = (0.0, 1.4), 0.3


def _nobody(scene: Scene) -> bool:
    """Say so where a data set has too few ratings."""
    if can_split(scene.dataset):
        return False
    st.info("This data set has too few ratings to hide some.", icon=":material/group_off:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
    return True


def _cells(frame: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(frame["user_id"].astype(int), frame["item_id"].astype(int), strict=True))


def colour(scene: Scene) -> None:
    """What is hidden, on a small table or on a corner of the open data set."""
    how = scene.choice("how", "Hide", WAYS, PAIRS, help="Time: as if people had come one after another.")
    real = scene.choice("table", "Table", (SMALL, REAL), SMALL) == REAL
    if real and _nobody(scene):
        return
    R = square(scene.dataset, n=30, m=20, least=5).R if real else GRID
    splits = {way: split_by(frame_of(R), way, share=SHARE) for way in WAYS}
    counts = {way: _new(split) for way, split in splits.items()}
    asked = _cells(splits[how].test)
    said = "{} ratings are asked; {} of the people and {} of the titles are new to the model.".format(*counts[how])
    left, right = st.columns([3, 2], gap="large")
    with left:
        if real:
            _corner(scene, R, asked, said)
        else:
            scene.matrix(R, NAMES, FILMS, said, marked=asked, marked_word="asked")
    with right:
        heads = ("asked", "new people", "new titles")
        scene.matrix(list(counts.values()), WAYS, heads, "What each split asks for", strong_rows=[WAYS.index(how)], scale=None)
        _facts(scene)
    scene.say(said)


def _new(split: Split) -> tuple[int, int, int]:
    """How many ratings are asked, and how many people and titles of them nothing was learned from."""
    people, titles = (len(set(split.test[c]) - set(split.train[c])) for c in ("user_id", "item_id"))
    return len(split.test), people, titles


def _corner(scene: Scene, R: np.ndarray, asked: list[tuple[int, int]], said: str) -> None:
    colours = np.where(np.isnan(R), np.nan, 0.35)
    colours[tuple(np.array(asked).T)] = 1.0
    figure = charts.heatmap(colours, rows="people", columns="titles", reach=(0, 1), height=300)
    figure.update_traces(showscale=False, hoverinfo="skip", hovertemplate=None, selector={"type": "heatmap"})
    scene.chart(figure, alt=said)
    scene.table("Stars; empty where not rated", pd.DataFrame(R, columns=[f"title {c + 1}" for c in range(R.shape[1])]))


def _facts(scene: Scene) -> None:
    dataset = scene.dataset
    empty = 1 - dataset.ratings.nnz / max(dataset.n_users * dataset.n_items, 1)
    named = f"Sample of the open data set, drawn from {dataset.n_people:,} people" if dataset.totals else "Open data set"
    st.caption(f"{named}: {dataset.n_users:,} people, {dataset.n_items:,} titles, {dataset.ratings.nnz:,} ratings, {empty:.0%} empty")


def season_four(scene: Scene) -> None:
    """The invented world of shows: who asks what, and how wrong the answer is."""
    what = scene.select("what", "Hide", tuple(WHAT), "random", lambda key: WHAT[key], width=220)
    person = scene.slider("person", "Look at person", 1, 80, PERSON) - 1
    leak = scene.toggle("leak", "Learn from the answers, too")
    left, right = st.columns([2, 3], gap="large")
    with left:
        _one_person(scene, what, person)
    with right:
        shown = scene.guess()
        covered = shown is None and what in ("first", "shows")
        error, mean = (None, None) if covered else errors_of(what, leak)
        values: dict[str, float | None] = {WHAT[what]: error, "… the mean of all": mean}
        if what != "first":
            values[WHAT["first"]] = None if shown is None else errors_of("first", leak)[0]
        guessed = shown.guessed if shown and isinstance(shown.guessed, (int, float)) else None
        said = ". ".join(f"{name}: " + ("covered" if v is None else f"{v:.2f} stars off") for name, v in values.items())
        figure = charts.bars(values, unit="★", reach=REACH, guess=guessed, strong=[WHAT[what], WHAT["first"]])
        scene.chart(figure, alt=said)
        scene.say(said)
    if shown:
        rows = [(name, *(round(error, 3) for error in errors_of(key, leak))) for key, name in WHAT.items()]
        scene.table("Typical errors", pd.DataFrame(rows, columns=["What is hidden", "Other seasons", "Mean of all"]))


def _one_person(scene: Scene, what: str, person: int) -> None:
    everything = world()
    stays, asked = hide_of_series(everything, what)
    shows = np.unique(everything.show[everything.person == person]).tolist()
    values, framed = np.full((len(shows), EACH_SEASON), np.nan), []
    for n in np.flatnonzero((everything.person == person) & (stays | asked)):
        cell = shows.index(everything.show[n]), int(everything.season[n])
        values[cell] = everything.stars[n]
        if asked[n]:
            framed.append(cell)
    rows = [f"Show {show + 1}" for show in shows]
    caption = f"Stars of person {person + 1} for the seasons of {len(shows)} shows; {len(framed)} framed ones are asked."
    seasons = [f"S{n}" for n in range(1, EACH_SEASON + 1)]
    scene.matrix(values, rows, seasons, caption, digits=1, missing="not known", marked=framed, marked_word="asked")
    scene.arithmetic("For a framed season: the mean of the same row without frames; without any, the mean of all numbers without frames.")


# --- the open data set -----------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=12)
def _parts(key: str, how: str, _engine: Engine) -> Parts:
    return parts_of(split_by(ratings_frame(_engine.dataset.sample_users(PEOPLE)), how, GIVEN))


@st.cache_resource(show_spinner=False, max_entries=4)
def _counted(key: str, _engine: Engine) -> Counted:
    return counted(_engine.dataset)


@st.cache_data(show_spinner=False, max_entries=4)
def _fold_errors(key: str, _engine: Engine) -> list[float]:
    ratings = ratings_frame(_engine.dataset.sample_users(PEOPLE))
    return [baselines(parts_of(split))["Both"] for split in k_folds(ratings)]


def four_questions(scene: Scene) -> None:
    """Four simple answers by what is hidden."""
    if _nobody(scene):
        return
    dated = scene.dataset.timestamps is not None
    how = scene.choice("how", "Hide", WAYS if dated else WAYS[:-1], PAIRS)
    parts = _parts(app_data.data_key(), how, scene.engine)
    errors = baselines(parts)
    left, right = st.columns([3, 2], gap="large")
    said = ". ".join(f"{name}: {error:.2f} stars off" for name, error in errors.items())
    with left:
        scene.chart(charts.bars(dict(errors), unit="★", reach=REACH, strong=["Both"]), alt=said)
    with right:
        with st.container(horizontal=True):
            st.metric("Asked", f"{len(parts.asked_stars):,}")
            st.metric("Of unknown people", f"{parts.unknown_people:.0%}")
        if how == VISITORS:
            st.caption(f"Of each new person, {GIVEN} ratings are given.")
        if not dated:
            st.caption("These ratings have no time stamps. With those of MovieLens, you can hide the latest.")
    scene.say(said)
    scene.table("RMSE", pd.DataFrame({"Answer": list(errors), "RMSE": [round(error, 4) for error in errors.values()]}))


def ten_best(scene: Scene) -> None:
    """The ten best by average, with m lent ratings."""
    if _nobody(scene):
        scene.note(before=0, fewest=0)
        return
    m = scene.steps("m", "Lend each title m ratings", SHRINK, SHRINK[0], lambda m: f"{m:g}")
    found = _counted(app_data.data_key(), scene.engine)
    best, means = best_by(found, m)
    raters = found.counts[best]
    smaller = SHRINK[max(SHRINK.index(m) - 1, 0)]
    scene.note(fewest=int(raters.min()), before=int(found.counts[best_by(found, smaller)[0]].min()))
    names = [scene.dataset.title(int(found.titles[at])).title for at in best]
    labels = [f"{rank}. {shorten(name, 18)} · {_raters(n)}" for rank, (name, n) in enumerate(zip(names, raters, strict=True), 1)]
    said = f"The ten best have {raters.min()} to {raters.max()} raters; the first is {names[0]} with {means[best[0]]:.2f} stars."
    with st.container(horizontal=True):
        st.metric("Fewest raters", int(raters.min()))
        st.metric("Most", int(raters.max()))
    scene.chart(charts.bars(dict(zip(labels, means[best].tolist(), strict=True)), unit="★", reach=(0, 5), row=25), alt=said)
    scene.say(said)
    table = {"Title": names, "Raters": raters, "Plain mean": found.sums[best] / raters, "With m": means[best]}
    scene.table(f"m = {m:g}", pd.DataFrame(table).round(3))
    scene.arithmetic(rf"First: $({found.sums[best[0]]:g} + {m:g} · {found.mean:.2f}) / ({raters[0]} + {m:g}) = {means[best[0]]:.3f}$")


def _raters(n: int) -> str:
    return "1 rater" if n == 1 else f"{n} raters"


def folds(scene: Scene) -> None:
    """Folds of the small table, and five errors on the open data set."""
    k = scene.slider("k", "Folds of the small table", 2, 6, 5)
    number = np.full(GRID.shape, np.nan)
    for at, split in enumerate(k_folds(frame_of(GRID), k=k), start=1):
        number[tuple(np.array(_cells(split.test)).T)] = at
    left, right = st.columns([2, 3], gap="large")
    with left:
        caption = f"Which of {k} folds asks for each of {int((~np.isnan(GRID)).sum())} ratings."
        scene.matrix(number, NAMES, FILMS, caption, scale=(0, k))
    with right:
        if _nobody(scene):
            return
        errors = _fold_errors(app_data.data_key(), scene.engine)
        values: dict[str, float | None] = {f"Fold {n}": error for n, error in enumerate(errors, start=1)}
        mean, spread = float(np.mean(errors)), float(np.std(errors))
        said = f"Errors of person's and title's mean in five folds: {mean:.3f}, give or take {spread:.3f}"
        scene.chart(charts.bars(values, digits=3, reach=REACH, lines={"mean": mean}, row=30), alt=said)
        st.caption(f"{said}.")
    scene.say(said)


STEPS = (colour, season_four, four_questions, ten_best, folds)
