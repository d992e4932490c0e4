"""Lesson 9: what "not watched" says depends on how people choose; confidences, pairs, and stars that become likes."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import precision_at_k
from recsys_core.data.dataset import Dataset
from recsys_core.lessons.als import alternate
from recsys_core.lessons.implicit import bpr, implicit_als, likes, pair_step, turn_weighted, unwatched
from recsys_core.lessons.toys import PAIR, chosen, hide_watched, sigmoid
from recsys_core.teaching.lesson import TASTES, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

CHOICES = (0.0, 1.5, 3.0)
"""How much people choose what suits them."""
ALPHAS = (0.0, 1.0, 2.0, 5.0, 9.0, 40.0)
ALPHA, HAND_ALPHA = 2.0, 9
K, D, EVERY = 10, 4, 500
STARS, WATCHED, ZEROS, FAME = "Stars", "Watched or not", "Zeros as dislikes", "Popularity"
PERSON, SEEN, UNSEEN = PAIR
SURE, WEAK = 0.4, 0.1
"""Correlations from which taste counts as found clearly, or a little."""


def share_by_hand(alpha: float, lam: float = 1.0) -> float:
    """One person, two titles that are alike (both 1), one of them watched: the person's number."""
    L = np.array([[1.0, 0.0]])
    return float(turn_weighted(L, 1 + alpha * L, np.ones((2, 1)), lam)[0, 0])


def confidences() -> Numbers:
    """The person's number for four confidences."""
    return {f"α = {alpha}": share_by_hand(alpha) for alpha in (0, 1, 9, 40)}


class Pairs(NamedTuple):
    """A person and two titles (n + 1, 2) each, and how far the watched one is ahead (n + 1,), before and after each step."""

    x: np.ndarray
    i: np.ndarray
    j: np.ndarray
    ahead: np.ndarray


def pair_steps(n: int, step: float) -> Pairs:
    """Go n steps from the person and the two titles of :data:`PAIR`."""
    x, i, j = PERSON, SEEN, UNSEEN
    states = [(x, i, j)]
    for _ in range(n):
        w = float(sigmoid(x @ j - x @ i))
        x, i, j = pair_step(x, i, j, w, step, 0)
        states.append((x, i, j))
    xs, i_s, js = (np.array([state[part] for state in states]) for part in range(3))
    return Pairs(xs, i_s, js, np.sum(xs * (i_s - js), axis=1))


def one_pair() -> Numbers:
    """One step, and how the difference grows over twenty."""
    path = pair_steps(20, 0.1)
    return {"before": path.ahead[0], "after one step": path.ahead[1], "step after step": path.ahead}


class Judged(NamedTuple):
    """How titles suit people (n, m), what they watched, what of it is left to learn from, what is hidden, and the stars (n, m)."""

    taste: np.ndarray
    watched: np.ndarray
    L: np.ndarray
    hidden: np.ndarray
    R: np.ndarray


@cache
def judged(choice: float) -> Judged:
    """An invented world whose people choose more or less what suits them; 30 % of what each watched is hidden."""
    world = chosen(choice=choice)
    L, hidden = hide_watched(world.watched)
    return Judged(world.taste, world.watched, L, hidden, np.where(L == 1, world.R, np.nan))


def precision(world: Judged, scores: np.ndarray) -> float:
    """Mean precision@10 of each person's list by scores (n, m), of titles that are not known to be watched."""
    best = np.argsort(-np.where(world.L == 1, -np.inf, scores), axis=1, kind="stable")[:, :K]
    return float(np.mean([precision_at_k(h[b], K) for h, b in zip(world.hidden, best, strict=True) if h.any()]))


def taste_found(world: Judged, scores: np.ndarray) -> float:
    """Correlation of scores (n, m) with true taste on what was never watched."""
    never = world.watched == 0
    return float(np.corrcoef(scores[never], world.taste[never])[0, 1])


def fame(world: Judged) -> np.ndarray:
    """How many watched each title, the same for all people: (n, m)."""
    return np.broadcast_to(world.L.sum(axis=0), world.L.shape)


@cache
def by_stars(choice: float) -> np.ndarray:
    """Scores (n, m) of turns on the stars that were given."""
    R = judged(choice).R
    last = next(islice(alternate(R - np.nanmean(R), 3, 2, seed=0), 14, None))
    return last.U @ last.V.T


@cache
def by_confidence(choice: float, alpha: float) -> np.ndarray:
    """Scores (n, m) of turns on watched or not, where watched counts 1 + α."""
    last = next(islice(implicit_als(judged(choice).L, D, alpha, 1, seed=0), 9, None))
    return last.U @ last.V.T


@cache
def by_zeros(choice: float) -> np.ndarray:
    """Scores (n, m) of turns that take 0 for a star like any other."""
    last = next(islice(alternate(judged(choice).L, D, 1, seed=0), 9, None))
    return last.U @ last.V.T


def who_finds_taste() -> Numbers:
    """The correlation with true taste of stars and of watched or not, in three worlds."""
    return {
        "by stars": np.array([taste_found(judged(choice), by_stars(choice)) for choice in CHOICES]),
        "by watched or not": np.array([taste_found(judged(choice), by_confidence(choice, ALPHA)) for choice in CHOICES]),
    }


def pairs_learned() -> Numbers:
    """Precision of what pairs have taught after 2,000 steps, beside popularity."""
    world = judged(3.0)
    last = next(islice(bpr(world.L, D, 0.05, 0.02, seed=0), 3, None))
    return {"popularity": precision(world, fame(world)), "pairs, 2,000 steps": precision(world, last.b + last.X @ last.Y.T)}


def _reveals(_: Dataset) -> str:
    found = taste_found(judged(CHOICES[0]), by_confidence(CHOICES[0], ALPHA))
    return "Yes, clearly" if found > SURE else "A little" if found > WEAK else "Not at all"


def precision_by_alpha(choice: float) -> dict[float, float]:
    """Precision@10 of watched or not for each α."""
    return {alpha: precision(judged(choice), by_confidence(choice, alpha)) for alpha in ALPHAS}


def _best_alpha(_: Dataset) -> str:
    found = precision_by_alpha(1.5)
    best = max(found, key=lambda alpha: found[alpha])
    return f"α = {best:g}: {found[best]:.3f}. A large α is not better: 40 gives {found[40.0]:.3f}."


def _zeros_win(_: Dataset) -> str:
    world, zeros = judged(3.0), precision(judged(3.0), by_zeros(3.0))
    return f"Choice 3, α = 40: zeros {zeros:.3f}, watched or not {precision(world, by_confidence(3.0, 40.0)):.3f}."


def _steps_needed(_: Dataset) -> str:
    world = judged(1.5)
    rounds = bpr(world.L, D, 0.05, 0.02, seed=0, every=EVERY)
    for n, ranking in enumerate(islice(rounds, 80), start=1):
        if precision(world, ranking.b + ranking.X @ ranking.Y.T) > precision(world, fame(world)):
            return f"After {n * EVERY:,} steps for the first time, at choice 1.5."
    return "Not within 40,000 steps."


LESSON = Lesson(
    key="implicit",
    number=9,
    title="Watched or not",
    question="What does not watching mean?",
    group=TASTES,
    minutes=15,
    steps=(
        Step(
            title="How sure is a zero?",
            words="No stars here, only clicks: [[implicit feedback]]. One person, two titles that are alike, one of them watched. Watched "
            "is 1, not watched is 0, and a 1 counts 1 + α times as much as a 0. What number does the person get?",
            see="With α = 0 both cells count alike, and the 0 pulls the number down. The larger α, the less the 0 is believed. The "
            "[[penalty]] keeps it below 1.",
            code=(turn_weighted,),
            numbers=confidences,
        ),
        Step(
            title="One pair",
            words="Another idea: never ask *how much*. Only say that the watched title *i* should stand above *j*, which was not watched. "
            "Their places come from a [[dot product]] with the person *x*. A step moves all three.",
            see="The wrong order gets a strong push, a right one hardly any. After enough steps *i* stands ahead.",
            code=(pair_step,),
            numbers=one_pair,
        ),
        Step(
            title="The lever: do people choose?",
            words="An invented world whose true tastes are known. The lever: how much do people choose what suits them? At 0 they watch "
            "what is famous and give honest stars. Who finds the taste, on titles never watched?",
            see="Pull the lever to 3. The same methods, other people: who wins now? Then measure lists instead of taste.",
            code=(implicit_als, turn_weighted, chosen),
            numbers=who_finds_taste,
        ),
        Step(
            title="Pairs, one by one",
            words="Now learn from pairs alone: draw a watched title, draw one that was not, step. Lists are marked by [[precision]]: how "
            "many of ten titles are hidden ones that the person did watch?",
            see="[[Popularity|popularity]] is a hard [[baseline]]. Pairs need thousands of steps to beat it, and more where people hardly "
            "choose.",
            code=(bpr, pair_step, unwatched),
            numbers=pairs_learned,
        ),
        Step(
            title="Stars into likes, and you",
            words="Make likes of stars: 1 from four stars on, else 0. Is the table fuller now? Hand it over on its side: people become "
            "titles, and nothing complains.",
            see="Likes are *fewer* than stars: low stars become zeros, as if nobody had watched. Check the shapes: no error tells you.",
            code=(likes, implicit_als, turn_weighted),
        ),
    ),
    guess=Guess(
        label="Choice 0: nobody chooses by taste. Does “watched or not” reveal taste?",
        answer=_reveals,
        steps=(3,),
        options=("Yes, clearly", "A little", "Not at all"),
        after="Stars do. At 3 it is the other way round: what people left aside says more than their stars.",
    ),
    tasks=(
        Task(
            3,
            "Choice 1.5, measured by precision: find the best α.",
            lambda values: values["choice"] == 1.5 and values["watched"] >= max(precision_by_alpha(1.5).values()) - 1e-9,
            _best_alpha,
        ),
        Task(3, "Make “zeros as dislikes” beat “watched or not”.", lambda values: values["zeros"] > values["watched"] + 1e-6, _zeros_win),
        Task(4, "Run until pairs beat popularity.", lambda values: values["pairs"] > values["fame"], _steps_needed),
    ),
    check=Check(
        question="Watched counts 1 + α with α = 5, not watched counts 1, λ = 1, both titles are 1. What number does the person get?",
        answer=lambda: share_by_hand(5),
        mistakes=(
            Mistake(lambda: share_by_hand(5, lam=0), "You left out the penalty: it is added below the line."),
            Mistake(lambda: 5 / 7, "Watched counts 1 + α, not α."),
            Mistake(lambda: 0.5, "You counted both titles alike."),
        ),
        step=1,
    ),
    notes=Notes(
        ask="You have never watched a certain film. What does that say about you?",
        wrong=(
            "“Not watched means disliked.” Ask how many films nobody in the room has heard of.",
            "“More confidence is better.” At α = 40 lists get worse: the zeros are hardly believed at all.",
            "Likes are thought to fill the table. They empty it.",
        ),
        plan=(
            (3, "Step 1 on paper: check yourself with α = 5."),
            (3, "Step 2: one step, then twenty. Which of the three points moved?"),
            (5, "Step 3: guess, show, then pull the lever to 3."),
            (4, "Steps 4 and 5: run the pairs; whose likes find a good list?"),
        ),
        take_home="0.82 against 0.0, then −0.1 against 0.7: whether stars or clicks find taste depends on how people choose.",
    ),
    next_words="The page Compare lets the model that only sees what you watched speak beside those that see your stars.",
    next_page="compare",
    next_label="Compare it on your ratings",
)
