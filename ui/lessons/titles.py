"""Lesson 2 in pictures: clusters by hand, words near words, four descriptions against genres, marks and chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.titles import Clusters, crossed, k_means, mutual_information, nearest_words, purity
from recsys_core.lessons.toys import POINTS
from recsys_core.teaching.titles import (
    CLUSTERS,
    DESCRIPTIONS,
    KEYWORDS,
    LIKED,
    NAME,
    SIZES,
    K,
    best_known,
    enough_for,
    genres_of,
    grouped,
    inside,
    judged,
    learned_words,
    offered_words,
    random_mark,
    vectors,
)
from ui.components import markup
from ui.lessons import charts
from ui.lessons.scene import Scene

LETTERS = tuple("ABCDEF")
"""Words that can be chosen: the most frequent."""
STARTS = {"both in one heap": 8, "one in each": 0, "elsewhere": 1}
"""Seeds of the first two centres."""
SHOWN = 12
"""Titles of a cluster that are named."""
FIRST = ("murder", "love", "war")
WAIT = "Grouping titles, once per data set"


def _said(values: dict[str, float], digits: int = 2) -> str:
    return ", ".join(f"{name} {'cannot say' if np.isnan(value) else f'{value:.{digits}f}'}" for name, value in values.items())


# --- by hand ---------------------------------------------------------------------------------------------------------


def clusters_by_hand(scene: Scene) -> None:
    """Six points and their centres, half a round at a time."""
    k = scene.choice("k", "Clusters", (2, 3), 2)
    seed = STARTS[scene.choice("start", "Centres begin", list(STARTS), next(iter(STARTS)))]
    left, right = st.columns(2, gap="large")
    with left:
        run = scene.run(
            "hand",
            (k, seed),
            lambda: k_means(POINTS, k, seed),
            lambda now: now.spread,
            lambda sums: charts.curves({"sum": sums}, x_title="half rounds", y_title="sum of squares", height=230),
            lambda sums: f"Sum of squared distances after {len(sums) - 1} half rounds: {sums[-1]:.2f}",
            limit=20,
        )
    now: Clusters = run.last
    centres = [f"centre {c + 1}" for c in range(k)]
    with right:
        points = np.vstack([POINTS, now.centres])
        groups = [*now.labels.tolist(), *range(k)]
        names = [*LETTERS, *("" for _ in centres)]
        figure = charts.scatter(points, names, x_title="x", y_title="y", groups=groups, strong=range(6, 6 + k), height=300)
        members = [" ".join(letter for letter, label in zip(LETTERS, now.labels, strict=True) if label == c) for c in range(k)]
        told = "; ".join(f"{name} has {has or 'no point'}" for name, has in zip(centres, members, strict=True))
        scene.chart(figure, f"{k} clusters: {told}", "points")
    done = (len(run.kept) > 2 and run.kept[-1] == run.kept[-2] == run.kept[-3]) or run.ended
    scene.note(ended=bool(done))
    scene.say(f"Sum of squared distances {now.spread:.2f}")
    scene.arithmetic(*(f"{name}: ({x:.3f}, {y:.3f})" for name, (x, y) in zip(centres, now.centres, strict=True)))
    frame = pd.DataFrame({"Point": LETTERS, "x": POINTS[:, 0], "y": POINTS[:, 1], "Cluster": now.labels + 1})
    scene.table("Points", frame)


# --- words -----------------------------------------------------------------------------------------------------------


def words_near_words(scene: Scene) -> None:
    """The nearest words of one, learned from synopses; and how many names have no known word."""
    with st.spinner("Learning words, once per data set"):
        V, words = learned_words(scene.dataset)
    if not words:
        _no_words(scene)
        return
    offered = offered_words(scene.dataset)
    word = scene.select("word", "A word", offered, next((first for first in FIRST if first in offered), offered[0]))
    near = nearest_words(word, V, words, 5)
    U = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-12)
    cosines = {other: float(U[words.index(other)] @ U[words.index(word)]) for other in near}
    left, right = st.columns([3, 2], gap="large")
    with left:
        scene.chart(charts.bars(dict(cosines), reach=(0.0, 1.0), strong=near), f"Nearest to {word}: {_said(cosines)}")
    with right:
        silent = float((vectors(scene.dataset, NAME) == 0).all(axis=1).mean())
        st.metric("Names without a known word", f"{silent:.0%}", border=True)
        st.metric("Words learned", f"{len(words):,}", border=True)
    scene.say(f"Nearest to {word}: {_said(cosines)}")
    scene.table("Nearest words", pd.DataFrame({"Word": near, "Cosine": np.round(list(cosines.values()), 4)}))


def _no_words(scene: Scene) -> None:
    st.info("In this data set titles have no synopses to learn words from.", icon=":material/notes:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
    scene.matrix([[0.0]], ("Titles",), ("words learned",), "0 words are learned.", scale=None)


# --- four descriptions -----------------------------------------------------------------------------------------------


def four_descriptions(scene: Scene) -> None:
    """Clusters by one description against genres, and what is in one; the purities of all four are covered at first."""
    what = scene.choice("by", "What describes a title", DESCRIPTIONS, NAME)
    k = scene.steps("clusters", "Clusters", CLUSTERS, K)
    place = scene.select("inside", "Look into a cluster", range(k + 1), 0, _cluster_name, width=170)
    scene.note(k=k)
    left, right = st.columns(2, gap="large")
    with right:
        shown = scene.guess()
        scene.note(shown=shown is not None)
        with st.spinner(WAIT):
            chance = random_mark(scene.dataset, k, purity)
            marks: dict[str, float | None] = {name: judged(scene.dataset, name, k, purity) if shown else None for name in DESCRIPTIONS}
        known = {name: mark for name, mark in marks.items() if mark is not None}
        figure = charts.bars(marks | {"Random clusters": chance}, digits=3, reach=(0.0, 0.7), strong=list(marks), row=34)
        words = f"Purity of {k} clusters: {_said(known, 3) or 'covered'}; random clusters {chance:.3f}"
        scene.chart(figure, words, "purity")
    with left, st.spinner(WAIT):
        _heatmap(scene, what, k)
    if place:
        _inside(scene, what, k, place)
    if shown:
        scene.say(words)
        scene.table("Purity", pd.DataFrame({"Description": list(known), "Purity": np.round(list(known.values()), 4)}))


def _cluster_name(place: int) -> str:
    return f"cluster {place}" if place else "none"


def _inside(scene: Scene, what: str, k: int, place: int) -> None:
    """The best known titles of a cluster."""
    titles = inside(scene.dataset, what, k, place - 1)
    named = [markup.plain(scene.dataset.title(title).with_year) for title in titles[:SHOWN].tolist()]
    if named:
        more = f" … {len(titles):,} in all" if len(titles) > SHOWN else ""
        st.markdown(f"**Cluster {place} by {what.lower()}:** {' · '.join(named)}{more}")


def _heatmap(scene: Scene, what: str, k: int) -> None:
    """How many titles each cluster has of each genre; the largest clusters first."""
    labels = grouped(scene.dataset, what, k)
    if labels is None:
        st.info("Nothing in this data set describes titles in this way. Choose another.", icon=":material/notes:")
        return
    kinds, names = genres_of(scene.dataset)
    table = crossed(labels, kinds)
    table = table[np.argsort(-table.sum(axis=1), kind="stable")]
    often = np.argsort(-table.sum(axis=0), kind="stable")
    share = table[:, often] / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure = charts.heatmap(
        share, rows="cluster", columns="", reach=(0.0, 1.0), height=330, title=f"Genres in each cluster: {what.lower()}"
    )
    figure.update_xaxes(tickvals=list(range(len(often))), ticktext=[names[g] for g in often], tickangle=-60)
    figure.update_traces(y0=1, selector={"type": "heatmap"})  # clusters are counted from 1, as where one looks into them
    figure.update_yaxes(range=[len(table) + 0.5, 0.5])
    mine = judged(scene.dataset, what, k, purity) if scene.values["shown"] else None
    told = f"Share of each genre in {len(table)} clusters by {what.lower()}"
    scene.chart(figure, told if mine is None else f"{told}; purity {mine:.3f}", "genres")
    frame = pd.DataFrame(table[:, often].astype(int), columns=[names[g] for g in often])
    frame.insert(0, "Cluster", range(1, len(frame) + 1))
    scene.table(f"Titles of each genre, {what.lower()}", frame)


# --- marks -----------------------------------------------------------------------------------------------------------


def how_to_judge(scene: Scene) -> None:
    """Purity and information of real and of random clusters, by the number of clusters."""
    k = scene.steps("random", "Random clusters", SIZES, 40)
    what = scene.choice("real", "Beside them", (KEYWORDS, LIKED), KEYWORDS)
    dataset = scene.dataset
    mark = random_mark(dataset, k, purity)
    scene.note(enough=bool(k == enough_for(dataset)))
    with scene.row:
        st.metric("Purity of random clusters", f"{mark:.1%}")
    with st.spinner(WAIT):
        purities = _both(dataset, what, purity)
        bits = _both(dataset, what, mutual_information)
    left, right = st.columns(2, gap="large")
    for place, name, found in ((left, "purity", purities), (right, "bits", bits)):
        with place:
            figure = charts.curves(found, x=SIZES, x_title="clusters", y_title=name, marks={"chosen": k}, log_x=True, height=270)
            figure.update_xaxes(tickvals=list(SIZES[::2]), tickangle=0)
            chance = found["random"][SIZES.index(k)]
            scene.chart(figure, f"{name}: {k} random clusters get {chance:.3f}, 640 get {found['random'][-1]:.3f}", name)
    scene.say(f"{k} random clusters have a purity of {mark:.1%}")
    frame = pd.DataFrame({"Clusters": SIZES, "Purity": purities[what.lower()], "random": purities["random"]}).round(4)
    scene.table(
        f"By {what.lower()} and at random", frame.assign(Bits=np.round(bits[what.lower()], 4), random_bits=np.round(bits["random"], 4))
    )
    scene.arithmetic(f"{len(best_known(dataset)):,} titles of {len(genres_of(dataset)[1])} genres, judged by their first genre.")


def _both(dataset: Dataset, what: str, mark: Callable[[np.ndarray, np.ndarray], float]) -> dict[str, list[float]]:
    """The mark of clusters by a description, up to 40, and of random ones."""
    real = [judged(dataset, what, k, mark) if k in CLUSTERS else np.nan for k in SIZES]
    return {what.lower(): real, "random": [random_mark(dataset, k, mark) for k in SIZES]}


STEPS = (clusters_by_hand, words_near_words, four_descriptions, how_to_judge)
