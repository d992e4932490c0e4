"""Lesson 12: two networks that meet in a dot product, a trap, and a quick first search over a whole catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import rmse
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.ranking import top_n
from recsys_core.lessons.als import without_means
from recsys_core.lessons.retrieval import nearest_to_each, retrieve
from recsys_core.lessons.towers import Epoch, Net, backward, floor_of_length_one, forward, layers, match, predict, slopes, train
from recsys_core.lessons.toys import dense, features_of_people, features_of_titles, genres, hide, low_rank
from recsys_core.models.svd import SVD
from recsys_core.teaching.lesson import WORLD, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

FILMS = ("Puppies", "Lisbon", "Pursuit", "Sword")
FILM_FEATURES = np.array([[1, 0, 0.5], [0.9, 0.1, 0], [0.1, 1, 0], [0, 0.9, 0.5]])
"""How much love and crime each film has, and how new it is."""
PERSON = (1.0, -0.5, 0.2)
"""How much somebody likes love and crime, and how far their stars are above those of others."""
PERSON_FIRST, PERSON_SECOND = np.array([[1, -1], [-1, 1], [0.5, 0.5]]), np.array([[0.5, -0.25], [-0.25, 0.5]])
FILM_FIRST, FILM_SECOND = np.array([[1, 0], [0, 1], [0.2, 0.2]]), np.array([[1, -0.5], [-0.5, 1]])
"""Weights of two small towers, 3 → 2 → 2."""
MEAN = 3.0
WIDTHS, LENGTHS = (1, 2, 4, 8, 32, 64), {"one": "Length 1", "scaled": "Length 1, × 2, from the mean", "free": "Free"}
WIDTH, D, EPOCHS, EVERY, HIDDEN = 32, 8, 5, 30, 0.2
LIKED, LISTED, ASKED = 10, 10, 60
"""Best titles of a person whose neighbours are fetched, length of the list, and people over whom the share is averaged."""
NEAR, GENRE, POPULAR = 10, 10, 20
MANY = 8
"""Titles of the full list that a good first search finds."""


def small_net(first: np.ndarray, second: np.ndarray) -> Net:
    """A network of two layers without constants."""
    return [(first, np.zeros(2)), (second, np.zeros(2))]


def by_hand() -> Numbers:
    """Both towers for one person and four films, and the stars."""
    person = forward(small_net(PERSON_FIRST, PERSON_SECOND), np.array([PERSON]))
    films = forward(small_net(FILM_FIRST, FILM_SECOND), FILM_FEATURES)
    stars = MEAN + films[-1] @ person[-1][0]
    return {"the person's vector": person[-1][0], "the films' vectors": films[-1]} | dict(zip(FILMS, stars, strict=True))


# --- the densest block of a data set ---------------------------------------------------------------------------------


class Asked(NamedTuple):
    """Known stars R (n, m), the hidden places, bool (n, m), their stars (r,), features of people and titles, positions of titles."""

    R: np.ndarray
    hidden: np.ndarray
    stars: np.ndarray
    XU: np.ndarray
    XI: np.ndarray
    titles: np.ndarray
    G: np.ndarray


def can_learn(dataset: Dataset) -> bool:
    """Whether there is enough for a network."""
    return dataset.n_users >= 20 and dataset.n_items >= 20 and dataset.ratings.nnz >= 1000


def asked_of(dataset: Dataset) -> Asked:
    """The densest block with a fifth of its stars hidden; features are made from what is known."""
    block = dense(dataset)
    R, hidden = hide(block.R, HIDDEN, seed=0)
    G = genres(dataset, block.titles)
    return Asked(R, hidden, block.R[hidden], features_of_people(R, G), features_of_titles(dataset, block.titles), block.titles, G)


def from_the_start(asked: Asked, d: int, width: int, seed: int, length: str) -> Iterator[Epoch]:
    """Both networks before any training, then as they learn."""
    rng = np.random.default_rng(seed)
    people, titles = layers((asked.XU.shape[1], width, d), rng), layers((asked.XI.shape[1], width, d), rng)
    mean = 0.0 if length == "one" else float(np.nanmean(asked.R))
    yield Epoch(0, people, titles, *predict(people, titles, asked.XU, asked.XI, mean, length))
    cells = np.argwhere(~np.isnan(asked.R))
    yield from train(asked.XU, asked.XI, cells, asked.R[tuple(cells.T)], d, width, seed, length=length, every=EVERY)


def error_of(asked: Asked, stars: np.ndarray) -> float:
    """The error of all predicted stars (n, m) at the hidden places."""
    return rmse(stars[asked.hidden] - asked.stars)


def levels_of(asked: Asked) -> dict[str, float]:
    """The errors of person's and title's mean together, and the least that vectors of length 1 can have."""
    return {"person + title mean": error_of(asked, without_means(asked.R)[1]), "floor of length 1": floor_of_length_one(asked.stars)}


def trained(asked: Asked, width: int = WIDTH) -> Epoch:
    """Five epochs, vectors of free length."""
    return next(epoch for epoch in from_the_start(asked, D, width, 0, "free") if epoch.epochs >= EPOCHS)


def small_curves() -> Numbers:
    """Errors on an invented world, epoch by epoch, by the length of vectors; and the floor."""
    world = low_rank(30, 20, 2, seen=1.0)
    cells = np.argwhere(~np.isnan(world.R))
    stars = world.R[tuple(cells.T)]
    found: dict[str, float | np.ndarray] = {"floor of length 1": floor_of_length_one(stars)}
    for length in LENGTHS:
        epochs = islice(train(world.P, world.Q, cells, stars, 4, 16, 0, length=length), 120)
        found[length] = np.array([rmse(epoch.stars - world.R) for epoch in epochs])
    return found


# --- a quick first search --------------------------------------------------------------------------------------------


class Catalogue(NamedTuple):
    """What the search knows of all titles: vectors (m, d), genres (m, g); and the model that ranks."""

    dataset: Dataset
    svd: SVD
    G: np.ndarray


def catalogue_of(dataset: Dataset, svd: SVD) -> Catalogue:
    """The whole catalogue with the vectors of a fitted model."""
    return Catalogue(dataset, svd, genres(dataset, np.arange(dataset.n_items)))


class Search(NamedTuple):
    """Candidates, the full list, and which titles of the list are among the candidates."""

    candidates: np.ndarray
    full: np.ndarray
    found: np.ndarray


def search(catalogue: Catalogue, profile: Profile, near: int = NEAR, genre: int = GENRE, popular: int = POPULAR) -> Search:
    """Fetch candidates, and compare them with the best ten of all titles."""
    dataset, svd, G = catalogue
    liked = profile.items[np.argsort(-profile.stars, kind="stable")[:LIKED]]
    candidates = retrieve(svd.item_factors_, liked, G, dataset.raters, profile.items, near, genre, popular)
    unseen = ~np.isin(np.arange(dataset.n_items), profile.items)
    full = top_n(svd.score(profile), dataset.item_ids, LISTED, unseen)
    return Search(candidates, full, np.isin(full, candidates))


def on_average(catalogue: Catalogue, near: int = NEAR, genre: int = GENRE, popular: int = POPULAR) -> tuple[float, float]:
    """Titles of the full ten that are found, and the number of candidates: means over some people of the data set."""
    dataset = catalogue.dataset
    people = np.random.default_rng(0).permutation(dataset.n_users)[:ASKED]
    searches = [search(catalogue, dataset.profile_of(int(user)), near, genre, popular) for user in people]
    return float(np.mean([s.found.sum() for s in searches])), float(np.mean([len(s.candidates) for s in searches]))


@lru_cache(maxsize=2)
def _fitted(dataset: Dataset) -> Catalogue:
    return catalogue_of(dataset, SVD().fit(dataset))


@lru_cache(maxsize=64)
def _average(dataset: Dataset, near: int, genre: int, popular: int) -> tuple[float, float]:
    return on_average(_fitted(dataset), near, genre, popular)


def _found(dataset: Dataset) -> float:
    return _average(dataset, NEAR, GENRE, POPULAR)[0] if can_learn(dataset) else 0.0


_NONE = "This data set has too few ratings."


def _eight_of_ten(dataset: Dataset) -> str:
    if not can_learn(dataset):
        return _NONE
    for near in (50, 70, 90):
        found, n = _average(dataset, near, 0, 0)
        if found >= MANY:
            return f"{near} near each, nothing else: {found:.1f} of 10 with {n:.0f} of {dataset.n_items:,} titles."
    return f"Hard here: {near} near each find {found:.1f} of 10 with {n:.0f} titles."


def _dropped(dataset: Dataset) -> str:
    if not can_learn(dataset):
        return _NONE
    without = {"nearest": (0, GENRE, POPULAR), "genres": (NEAR, 0, POPULAR), "popular": (NEAR, GENRE, 0)}
    found = {name: _average(dataset, *settings)[0] for name, settings in without.items()}
    return ", ".join(f"without the {name} {value:.1f} of 10" for name, value in found.items()) + "."


def _too_narrow(dataset: Dataset) -> str:
    if not can_learn(dataset):
        return _NONE
    asked = asked_of(dataset)
    error, level = error_of(asked, trained(asked, 1).stars), levels_of(asked)["person + title mean"]
    return f"Width 1: {error:.3f} after {EPOCHS} epochs, against {level:.3f}."


def of_check() -> tuple[np.ndarray, np.ndarray]:
    """The two vectors of the check: the person's and that of *Pursuit*."""
    person = forward(small_net(PERSON_FIRST, PERSON_SECOND), np.array([PERSON]))[-1][0]
    return person, forward(small_net(FILM_FIRST, FILM_SECOND), FILM_FEATURES)[-1][2]


def product_of_check() -> float:
    """Their dot product."""
    u, v = of_check()
    return float(u @ v)


def cosine_of_check() -> float:
    """Their cosine."""
    u, v = of_check()
    return float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


LESSON = Lesson(
    key="towers",
    number=12,
    title="Two towers",
    question="How is one of a million found in a blink?",
    group=WORLD,
    minutes=15,
    steps=(
        Step(
            title="Two vectors",
            words="One small network turns what is known of a person into two numbers. Another does it for films. They meet only at the "
            "end, in a [[dot product]]: mean + product = stars. In the middle, what is below 0 is cut to 0. Move a slider: which "
            "numbers change?",
            see="Only the person's row changes. The films' vectors stay: they can be computed once, for everybody.",
            code=(forward,),
            numbers=by_hand,
        ),
        Step(
            title="Train both at once",
            words="Real size: the densest part of the data set, a fifth of its stars hidden. The towers know genres and years only, no "
            "names. Press *Run*. Do they beat the simplest answer, the [[baseline]] from person's and title's mean?",
            see="Backward: each error is passed down both towers by the chain rule, and each weight moves against its [[gradient]]. One "
            "epoch: every known star once.",
            code=(train, slopes, backward),
        ),
        Step(
            title="The length trap",
            words="Many set all vectors to length 1, so that their product is the [[cosine]]. Then they train on stars. It runs, it "
            "learns, and the error stops far above the mean's. Press *Run*; why does more training not help?",
            see="A cosine is never above 1, and stars go up to 5. *Floor* is the least error of an answer that is at most 1. Remedy: start"
            " from the mean, and scale.",
            code=(match, floor_of_length_one),
            numbers=small_curves,
        ),
        Step(
            title="Fetch a few, then rank them",
            words="Even a quick product is slow for millions of titles. So fetch some [[candidates|candidate]] cheaply: near your ten "
            "best, well known in your three genres, or with everyone. Only these are ranked.",
            see="Whatever the first search misses, no ranking can bring back: its [[recall]] is the ceiling. Which source brings most?",
            code=(retrieve, nearest_to_each),
        ),
        Step(
            title="Computed in advance, and for you",
            words="The films' vectors wait in a table. For you, one tower runs once; then there are only products. A single net over pairs"
            " would have to run for every title. The same table gives the nearest titles.",
            see="Left: what must be multiplied for one visitor. Lists: the towers', from genres alone, beside the app's own [[hidden "
            "factors|hidden factor]].",
            code=(forward, nearest_to_each),
        ),
    ),
    guess=Guess(
        label="The full top ten of all titles: how many of them does the first search let through?",
        answer=_found,
        steps=(4,),
        low=0.0,
        high=10.0,
        step=0.5,
        start=9.0,
        unit="of 10",
        digits=1,
        after="The mean over some people of the data set.",
    ),
    tasks=(
        Task(
            2,
            "Make the towers lose to person's and title's mean, even after five epochs.",
            lambda values: values.get("epochs", 0) >= EPOCHS and values["error"] > values["level"],
            _too_narrow,
        ),
        Task(
            4,
            "Find eight of ten with as few titles as you can.",
            lambda values: values.get("average", 0) >= MANY,
            _eight_of_ten,
        ),
        Task(
            4,
            "Drop one source. Which one is missed most?",
            lambda values: values.get("average", 0) > 0 and [values["near"], values["genre"], values["popular"]].count(0) == 1,
            _dropped,
        ),
    ),
    check=Check(
        question="A person's vector is (0.8, −0.4), a film's (−0.4, 0.95). The mean is 3. How many stars?",
        answer=lambda: MEAN + product_of_check(),
        mistakes=(
            Mistake(product_of_check, "That is the product alone. Add the mean."),
            Mistake(lambda: MEAN - product_of_check(), "A sign got lost: both products are negative."),
            Mistake(lambda: MEAN + cosine_of_check(), "You divided by the lengths: that is the cosine."),
        ),
        step=1,
    ),
    notes=Notes(
        ask="A shop has a million things and answers in a tenth of a second. Can it compare you with each of them? What could be prepared "
        "the night before?",
        wrong=(
            "“The towers look at person and film together.” They never do, until the product: that is why films can wait in a table.",
            "“Train longer.” In step 3 no training helps: the answer is out of reach. Compute the floor with the class.",
            "“A better ranking will find it.” Not what the first search has dropped.",
        ),
        plan=(
            (3, "Step 1: one film by hand on the board."),
            (3, "Step 2: run; then width 1."),
            (3, "Step 3: let the class find out why it stops. Repair it with the switch."),
            (4, "Step 4: guess by a show of hands; then groups compete for eight of ten."),
            (2, "Step 5, with a pupil's own ratings."),
        ),
        take_home="Not even two titles in a hundred hold about half of the full top ten; and vectors of length 1 can never say five stars.",
    ),
    next_words="Factors shows the vectors behind this app's own list, and where you stand among them.",
    next_page="factors",
    next_label="See the app's hidden factors",
)
