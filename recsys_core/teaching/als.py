"""Lesson 8: turns that are school arithmetic, how strong a penalty should be, and a way back to stars that costs what was learned."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import rmse
from recsys_core.data.dataset import Dataset
from recsys_core.lessons.als import Turn, alternate, objective, standardised, to_stars, to_stars_logistic, turn, without_means
from recsys_core.lessons.toys import TURN, hide, low_rank
from recsys_core.teaching.lesson import TASTES, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

TURNS, D, LAM = 20, 8, 3.0
"""Turns, length of the vectors and penalty with which the steps begin."""
LAMBDAS = (0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 15.0, 20.0)
GREAT = 15.0
"""From this penalty on, nothing is left but the mean; covered before the guess."""
ON_RATINGS = 10.0
"""The penalty on a block of the open data set."""
PERSON_A, PERSON_B = "Ana", "Bo"


class Asked(NamedTuple):
    """Stars R (n, m), what is left of them to learn from, which are hidden, and the ends of the scale."""

    R: np.ndarray
    known: np.ndarray
    hidden: np.ndarray
    low: float
    high: float


def asked(R: np.ndarray, low: float, high: float) -> Asked:
    """Hide a part of the stars R (n, m), to ask for them afterwards."""
    known, hidden = hide(R, 0.15, seed=0)
    return Asked(R, known, hidden, low, high)


@cache
def invented() -> Asked:
    """A world of 100 people and 60 titles with four tastes, 35 % of it seen."""
    return asked(low_rank(100, 60, 4, 0.35, 0.3).R, 1, 5)


def errors(world: Asked, stars: np.ndarray) -> tuple[float, float]:
    """RMSE of predicted stars (n, m) on what was learned from, and on what was hidden."""
    seen = ~np.isnan(world.known)
    return rmse((stars - world.R)[seen]), rmse((stars - world.R)[world.hidden])


def error_of_mean(world: Asked) -> float:
    """RMSE on the hidden stars of whoever always says the mean."""
    return rmse(world.R[world.hidden] - np.nanmean(world.known))


def stars_of(world: Asked, U: np.ndarray, V: np.ndarray) -> np.ndarray:
    """What people U (n, d) and titles V (m, d) say in stars (n, m)."""
    _, mean, deviation = standardised(world.known)
    return to_stars(U @ V.T, mean, deviation, world.low, world.high)


def from_nothing(world: Asked, d: int, lam: float) -> Iterator[Turn]:
    """The state before any turn, in which all is the mean; then turn after turn."""
    Z, _, _ = standardised(world.known)
    nothing = np.zeros((len(Z), d)), np.zeros((Z.shape[1], d))
    yield Turn(*nothing, objective(Z, *nothing, lam))
    yield from alternate(Z, d, lam, seed=0)


@cache
def learned(d: int, lam: float) -> tuple[float, float, float]:
    """The invented world after 20 turns: errors on seen and hidden stars, and the largest number in a vector."""
    last = next(islice(from_nothing(invented(), d, lam), TURNS, None))
    return *errors(invented(), stars_of(invented(), last.U, last.V)), float(np.abs(last.U).max())


def hand_turns(n: int, lam: float) -> tuple[np.ndarray, np.ndarray]:
    """People (2,) and titles (3,) of the small table after n turns, people first; titles begin at 1."""
    u, v = np.full(2, np.nan), np.ones(3)
    for number in range(n):
        if number % 2 == 0:
            u = turn(TURN, v[:, None], lam)[:, 0]
        else:
            v = turn(TURN.T, u[:, None], lam)[:, 0]
    return u, v


def one_turn_each() -> Numbers:
    """People take their turn, then titles; each answer is a small division."""
    u, v = hand_turns(2, 1)
    return {"people": u, "titles": v, "their products": np.outer(u, v)}


def turn_by_turn() -> Numbers:
    """The objective, and errors on seen and on hidden stars, turn by turn."""
    rounds = list(islice(from_nothing(invented(), D, LAM), TURNS + 1))
    both = np.array([errors(invented(), stars_of(invented(), r.U, r.V)) for r in rounds])
    share = np.array([r.objective for r in rounds]) / rounds[0].objective
    return {"objective": share, "seen": both[:, 0], "hidden": both[:, 1], "error of the mean": error_of_mean(invented())}


def sweep() -> Numbers:
    """The error on hidden stars for eight penalties."""
    found = np.array([learned(D, lam) for lam in LAMBDAS])
    return {"seen": found[:, 0], "hidden": found[:, 1], "error of the mean": error_of_mean(invented())}


def two_ways_back() -> Numbers:
    """The same factors, read back as stars in two ways."""
    world = invented()
    last = next(islice(from_nothing(world, D, LAM), TURNS, None))
    _, mean, deviation = standardised(world.known)
    z = last.U @ last.V.T
    return {
        "mean": mean,
        "z = 0 by the logistic curve": float(to_stars_logistic(np.zeros(1), world.low, world.high)[0]),
        "error by the inverse": errors(world, to_stars(z, mean, deviation, world.low, world.high))[1],
        "error by the logistic curve": errors(world, to_stars_logistic(z, world.low, world.high))[1],
        "error of the mean": error_of_mean(world),
    }


def _against_the_mean(_: Dataset) -> str:
    gain = error_of_mean(invented()) - learned(D, LAMBDAS[-1])[1]
    return "Just as good" if abs(gain) < 0.0005 else "Better" if gain > 0 else "Worse"


def _best_length(_: Dataset) -> str:
    found = {d: learned(d, LAM)[1] for d in (2, 3, 4, 6, 8, 16)}
    best = min(found, key=lambda d: found[d])
    return f"Length {best}: {found[best]:.3f}. The world was made of four tastes; {', '.join(f'{d}: {e:.3f}' for d, e in found.items())}."


def _best_penalty(_: Dataset) -> str:
    best = min(LAMBDAS, key=lambda lam: learned(D, lam)[1])
    return f"λ = {best:g}: {learned(D, best)[1]:.3f}."


def _no_factors(_: Dataset) -> str:
    first = next(lam for lam in LAMBDAS if learned(D, lam)[2] < 0.001)
    return f"λ = {first:g}: no number in a vector is larger than {learned(D, first)[2]:.4f}."


def _second_title(lam: float) -> float:
    return float(turn(TURN.T, np.array([[1.0], [2.0]]), lam)[1, 0])


LESSON = Lesson(
    key="als",
    number=8,
    title="Taking turns",
    question="Why take turns?",
    group=TASTES,
    minutes=12,
    steps=(
        Step(
            title="One turn by hand",
            words="Each star shall be a product: a person's number times a title's. Both are unknown, which is hard. Hold one side still, "
            "and the other is a small division: least squares with a [[penalty]] λ. Titles begin at 1. Now it is the people's turn.",
            see="Go on turn by turn. Each side is solved exactly, given the other. Empty cells take no part, and yet their products say "
            "something.",
            code=(turn,),
            numbers=one_turn_each,
        ),
        Step(
            title="Turn by turn",
            words="An invented world: 100 people, 60 titles, four tastes, 35 % of the stars seen. Each person and title now has a vector "
            "of [[hidden factors|hidden factor]]. The objective is all squared errors plus the penalty. No turn can make it larger.",
            see="The objective never rises. The error on *hidden* stars is another matter: longer vectors fit better what they saw, "
            "which is [[overfitting]].",
            code=(alternate, objective, turn),
            numbers=turn_by_turn,
        ),
        Step(
            title="How strong?",
            words="The penalty λ holds all vectors short. Too weak, and they learn noise by heart. Too strong, and they learn nothing. "
            "*Run* tries one λ after the other; 20 turns each.",
            see="The curve of hidden stars has the shape of a U. Look for its lowest place, and for the largest factor at both ends.",
            code=(alternate, turn, to_stars),
            numbers=sweep,
        ),
        Step(
            title="Back to stars",
            words="The model learned standard values: z = 0 means an average star. Someone reads them back by a logistic curve, because "
            "it never leaves the scale. What does it make of z = 0?",
            see="The middle of the scale is not the mean of the stars. That slip costs more than all the factors gain. "
            "The inverse, mean + deviation · z, repairs it.",
            code=(standardised, to_stars, to_stars_logistic),
            numbers=two_ways_back,
        ),
        Step(
            title="Means first",
            words="Real stars: strict people, loved titles. A plain sum of both means has no factor at all: each person's and title's "
            "[[bias]] on top of the mean. Can turns beat it when they must learn these levels, too?",
            see="Take the means away first, and the turns learn only what is left. The app's own ALS model does that; "
            "its first titles stand below.",
            code=(without_means,),
        ),
    ),
    guess=Guess(
        label="λ = 20: how good is it on hidden stars, beside always saying the mean?",
        answer=_against_the_mean,
        steps=(3,),
        options=("Better", "Just as good", "Worse"),
        after="All factors are 0.",
    ),
    tasks=(
        Task(
            2, "Find a length of vectors with a hidden error below 0.36 (20 turns).", lambda values: values["hidden"] < 0.36, _best_length
        ),
        Task(3, "Find a λ with a hidden error below 0.38.", lambda values: values["hidden"] < 0.38, _best_penalty),
        Task(
            3,
            "What is the smallest λ at which all factors are 0?",
            lambda values: values["lam"] == GREAT and values["largest"] < 0.001,
            _no_factors,
        ),
    ),
    check=Check(
        question="After the people's turn Ana is 1 and Bo is 2. The second title has one star: Bo gave 2. With λ = 1, what is its number?",
        answer=lambda: _second_title(1),
        mistakes=(
            Mistake(lambda: _second_title(0), "You left out the penalty: it is added below the line."),
            Mistake(lambda: 2 * 2 / (1**2 + 2**2 + 1), "You counted Ana below the line: she has not rated it, so she takes no part."),
            Mistake(lambda: 2 * 2 / (2 + 1), "Bo's number below the line must be squared."),
        ),
        step=1,
    ),
    notes=Notes(
        ask="x times y is 6. What are x and y? And if I tell you that y is 2?",
        wrong=(
            "“The objective falls, so it gets better.” Point to the hidden stars: they do not care for the objective.",
            "A large λ is thought to break the model. It becomes the mean: careful, not wrong.",
            "z = 0 is read as zero stars or as the middle of the scale. It is the mean.",
        ),
        plan=(
            (4, "Step 1: the first turn on paper, then check yourself."),
            (2, "Step 2: run it; which curve may rise?"),
            (3, "Step 3: guess, show, find the bottom of the U."),
            (3, "Steps 4 and 5: the slip of the way back, and what two means can do."),
        ),
        take_home="A good model can be spoiled on its last line: the logistic way back is worse than saying the mean.",
    ),
    next_words="The page Factors shows what the app's own hidden factors have found in these titles.",
    next_page="factors",
    next_label="Look at the factors",
)
