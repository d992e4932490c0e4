"""Lesson 12 in pictures: two towers by hand, training, the trap of length 1, a first search, and what waits in a table."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine
from recsys_core.data.profile import Profile
from recsys_core.lessons.retrieval import nearest_to_each
from recsys_core.lessons.towers import Epoch, floor_of_length_one, forward
from recsys_core.lessons.toys import features_of_people
from recsys_core.models.svd import SVD
from recsys_core.teaching.towers import (
    EPOCHS,
    FILM_FEATURES,
    FILM_FIRST,
    FILM_SECOND,
    FILMS,
    GENRE,
    LENGTHS,
    LIKED,
    LISTED,
    MEAN,
    NEAR,
    PERSON,
    PERSON_FIRST,
    PERSON_SECOND,
    POPULAR,
    WIDTH,
    WIDTHS,
    Asked,
    Catalogue,
    D,
    Search,
    asked_of,
    can_learn,
    catalogue_of,
    error_of,
    from_the_start,
    levels_of,
    on_average,
    search,
    small_net,
    trained,
)
from ui.components import cards
from ui.lessons import charts
from ui.lessons.people import Person
from ui.lessons.scene import Scene
from ui.session import app_data

VECTOR = (1, 2, 4, 8)
ROUNDS, SHOWN = 30, 2
"""Looks at the error: five an epoch; and how many are there when a step opens."""
BEST = 5


def _nobody(scene: Scene) -> bool:
    """Say so where a data set has too few ratings, or its vectors are not yet fitted."""
    if can_learn(scene.dataset) and "svd" in scene.engine.models:
        return False
    st.info("This data set has too few ratings for networks.", icon=":material/group_off:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
    return True


def two_vectors(scene: Scene) -> None:
    """Both towers by hand."""
    names = ("likes love", "likes crime", "generous")
    person = [scene.slider(f"f{n}", name.capitalize(), -1.0, 1.0, PERSON[n], 0.1) for n, name in enumerate(names)]
    _, middle, vector = forward(small_net(PERSON_FIRST, PERSON_SECOND), np.array([person]))
    _, middles, vectors = forward(small_net(FILM_FIRST, FILM_SECOND), FILM_FEATURES)
    stars = MEAN + vectors @ vector[0]
    left, right = st.columns([3, 2], gap="large")
    with left:
        numbers = np.vstack([np.concatenate([person, middle[0], vector[0]]), np.hstack([FILM_FEATURES, middles, vectors])])
        heads = ("love", "crime", "level / new", "middle 1", "middle 2", "vector 1", "vector 2")
        said = f"Inputs of each tower, its middle, and the vector that comes out: {vector[0][0]:.2f}, {vector[0][1]:.2f} for the person."
        scene.matrix(numbers, ("Person", *FILMS), heads, said, digits=2, signed=True, scale=(-2, 2), strong_columns=(5, 6))
    with right:
        values: dict[str, float | None] = dict(zip(FILMS, stars.tolist(), strict=True))
        said = "Stars: " + ", ".join(f"{name} {value:.2f}" for name, value in values.items())
        scene.chart(charts.bars(values, unit="★", reach=(0, 5), strong=[FILMS[int(stars.argmax())]]), alt=said)
    scene.say(said)
    scene.arithmetic(
        f"{FILMS[0]}: {MEAN:g} + {vector[0][0]:.2f} · {vectors[0][0]:.2f} + ({vector[0][1]:.2f}) · ({vectors[0][1]:.2f}) = {stars[0]:.2f}",
        "Middle: sums of the inputs × weights; below 0 becomes 0. Vector: sums of the middle × weights.",
        f"Weights of the person's tower: {_written(PERSON_FIRST)}, then {_written(PERSON_SECOND)}.",
        f"Weights of the films' tower: {_written(FILM_FIRST)}, then {_written(FILM_SECOND)}.",
    )


def _written(W: np.ndarray) -> str:
    return "; ".join(" ".join(f"{w:g}" for w in row) for row in W.tolist()).replace("-", "−")


# --- training --------------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=4)
def _asked(key: str, _engine: Engine) -> Asked:
    asked = asked_of(_engine.dataset)
    for array in asked:
        array.setflags(write=False)
    return asked


@st.cache_data(show_spinner=False, max_entries=4)
def _levels(key: str, _asked: Asked) -> dict[str, float]:
    return levels_of(_asked)


def _training(scene: Scene, width: int, d: int, seed: int, length: str) -> None:
    """The four buttons and the error on hidden stars."""
    key = app_data.data_key()
    asked = _asked(key, scene.engine)
    levels = _levels(key, asked)
    baseline = levels["person + title mean"]
    if length != "one":
        levels = {"person + title mean": baseline}
    inputs: Hashable = (key, width, d, seed, length)
    run = scene.run(
        "train",
        inputs,
        lambda: from_the_start(asked, d, width, seed, length),
        lambda epoch: (epoch.epochs, error_of(asked, epoch.stars)),
        lambda kept: _error_curve(kept, levels, length),
        lambda kept: f"Error on hidden stars {kept[-1][1]:.3f} after {kept[-1][0]:.1f} epochs; person's and title's mean {baseline:.3f}",
        limit=ROUNDS,
        ahead=SHOWN + 1,
    )
    epochs, error = run.kept[-1]
    scene.note(epochs=epochs, error=error, level=baseline)
    scene.say(f"Error {error:.3f} after {epochs:.1f} epochs")
    rows = [(round(at, 2), round(error, 4)) for at, error in run.kept]
    scene.table("Error on hidden stars", pd.DataFrame(rows, columns=["Epochs", "RMSE"]))


def _error_curve(kept: list[tuple[float, float]], levels: dict[str, float], length: str) -> go.Figure:
    places, errors = zip(*kept, strict=True)
    figure = charts.curves({"towers": errors}, x=places, x_title="epochs", y_title="error, stars", lines=levels, height=300)
    figure.update_xaxes(range=[0, 1.05 * EPOCHS])
    if length == "one":  # the curve ends on the line: their words stand above and below it
        for words in figure.layout.annotations:
            words.yshift = {"floor": -10, "towers": 12}.get(words.text.split()[0], words.yshift)
    figure.update_yaxes(range=(0.8, 4.0) if length == "one" else (0.84, 1.24))
    return figure


def train_both(scene: Scene) -> None:
    """Train on the densest part of the data set."""
    if _nobody(scene):
        return
    width = scene.steps("width", "Width of the middle", WIDTHS, WIDTH)
    d = scene.steps("d", "Numbers in a vector", VECTOR, D)
    seed = scene.choice("seed", "Start", (0, 1, 2), 0, lambda seed: str(seed + 1))
    _training(scene, width, d, seed, "free")


def length_trap(scene: Scene) -> None:
    """Vectors of length 1, and the floor that no training can reach."""
    if _nobody(scene):
        return
    length = scene.choice("length", "Vectors", tuple(LENGTHS), "one", lambda key: LENGTHS[key])
    _training(scene, WIDTH, D, 0, length)
    asked = _asked(app_data.data_key(), scene.engine)
    floor = floor_of_length_one(asked.stars)
    scene.arithmetic(
        "Say 1 for every star that is 1 or more: nothing that is at most 1 comes closer.",
        rf"$\sqrt{{\text{{mean of }} (\text{{stars}} - 1)^2}} = {floor:.3f}$ over {len(asked.stars):,} hidden stars.",
    )


# --- fetch and rank --------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=4)
def _catalogue(key: str, _engine: Engine) -> Catalogue:
    model = _engine.model("svd")
    assert isinstance(model, SVD)
    return catalogue_of(_engine.dataset, model)


@st.cache_data(show_spinner=False, max_entries=64)
def _average(key: str, near: int, genre: int, popular: int, _catalogue: Catalogue) -> tuple[float, float]:
    return on_average(_catalogue, near, genre, popular)


def fetch(scene: Scene) -> None:
    """Candidates for one person, and which of the full list they hold."""
    if _nobody(scene):
        return
    near = scene.slider("near", f"Near each of {LIKED} best", 0, 100, NEAR, 10)
    genre = scene.slider("genre", "Of each of 3 genres", 0, 50, GENRE, 10)
    popular = scene.slider("popular", "Well known", 0, 100, POPULAR, 10)
    person = scene.person()
    key = app_data.data_key()
    catalogue = _catalogue(key, scene.engine)
    profile = Profile.from_ratings(person.ratings, scene.dataset.item_index)
    found = search(catalogue, profile, near, genre, popular)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _sources(scene, found, (min(LIKED, len(profile)) * near, 3 * genre, popular))
    with right:
        shown = scene.guess()
        average = None if shown is None else _average(key, near, genre, popular, catalogue)[0]
        scene.note(average=average or 0)
        values: dict[str, float | None] = {f"For {person.name}": None if shown is None else float(found.found.sum()), "On average": average}
        guessed = shown.guessed if shown and isinstance(shown.guessed, (int, float)) else None
        said = ". ".join(f"{name}: " + ("covered" if v is None else f"{v:.1f} of {LISTED} found") for name, v in values.items())
        figure = charts.bars(values, unit=f"of {LISTED}", digits=1, reach=(0, LISTED), guess=guessed, strong=["On average"])
        scene.chart(figure, alt=said, name="found")
        scene.say(said)
    if shown:
        names = [cards.title_of(scene.engine, str(scene.engine.item_ids[at])) for at in found.full]
        rows = {"The full top ten": names, "Fetched": ["yes" if hit else "no" for hit in found.found]}
        scene.table(f"For {person.name}", pd.DataFrame(rows))


def _sources(scene: Scene, found: Search, fetched: tuple[int, int, int]) -> None:
    """How many titles each source fetches, and what is left of them."""
    values: dict[str, float | None] = dict(zip(("Near the best", "Genres", "Well known"), map(float, fetched), strict=True))
    values["Without doubles and seen"] = float(len(found.candidates))
    share = len(found.candidates) / scene.dataset.n_items
    said = f"{sum(fetched)} fetched, {len(found.candidates)} left: {share:.1%} of {scene.dataset.n_items:,} titles"
    scene.chart(charts.bars(values, digits=0, strong=["Without doubles and seen"], row=34), alt=said)
    st.caption(f"{said}.")


# --- in advance, and for you -----------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=4)
def _towers(key: str, _asked: Asked) -> Epoch:
    return trained(_asked)


def in_advance(scene: Scene) -> None:
    """One tower for a visitor, products for the rest; nearest titles; the app's own list."""
    if _nobody(scene):
        return
    person = scene.person()
    key = app_data.data_key()
    asked = _asked(key, scene.engine)
    learned = _towers(key, asked)
    names = [cards.title_of(scene.engine, str(scene.engine.item_ids[at])) for at in asked.titles]
    names = [name if names.count(name) == 1 else f"{name}, no. {at}" for name, at in zip(names, asked.titles, strict=True)]
    title = scene.select("title", "Nearest to", names, names[0], width=240)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _work(scene, learned, len(names))
    with right:
        nearest = nearest_to_each(learned.V, np.array([names.index(title)]), BEST)[0]
        own = scene.engine.visitor(person.ratings).recommend(BEST, model="svd")
        lists = {
            f"Towers, for {person.name}": _for_visitor(asked, learned, names, person, scene),
            "The app's SVD": [cards.title_of(scene.engine, line.item_id) for line in own],
            "Nearest": [names[at] for at in nearest],
        }
        st.table(pd.DataFrame({name: pd.Series(found) for name, found in lists.items()}).fillna("").set_index(pd.RangeIndex(1, BEST + 1)))


def _work(scene: Scene, learned: Epoch, n_titles: int) -> None:
    """Products of numbers for one visitor: two towers, or one net over pairs of the same width."""
    tower = sum(W.size for W, _ in learned.people)
    pair = (learned.people[0][0].shape[0] + learned.titles[0][0].shape[0] + 1) * WIDTH
    values: dict[str, float | None] = {"Two towers": (tower + n_titles * D) / 1000, "One net over pairs": n_titles * pair / 1000}
    said = "Multiplications for one visitor, in thousands: " + ", ".join(f"{name} {value:.1f}" for name, value in values.items())
    st.caption("Multiplications for one visitor, in thousands")
    scene.chart(charts.bars(values, digits=1, strong=["Two towers"]), alt=said)
    scene.say(said)
    scene.arithmetic(f"Two towers: {tower:,} for the visitor's tower + {n_titles} titles · {D}. One net: {n_titles} titles · {pair:,}.")


def _for_visitor(asked: Asked, learned: Epoch, names: list[str], person: Person, scene: Scene) -> list[str]:
    """The best of the towers' titles that somebody has not rated."""
    stars = np.array([person.ratings.get(str(scene.engine.item_ids[at]), np.nan) for at in asked.titles])
    features = features_of_people(np.vstack([asked.R, stars]), asked.G)[-1:]
    scores = learned.V @ forward(learned.people, features)[-1][0]
    scores[~np.isnan(stars)] = -np.inf
    return [names[at] for at in np.argsort(-scores, kind="stable")[:BEST]]


STEPS = (two_vectors, train_both, length_trap, fetch, in_advance)
