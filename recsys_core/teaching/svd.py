"""Lesson 5: a table that two directions rebuild, three shares for one cut, and stars whose gaps were filled with zeros."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import rmse
from recsys_core.data.dataset import Dataset
from recsys_core.lessons.svd import (
    FILLS,
    Arrow,
    fill,
    fold_in,
    fold_in_known,
    leading,
    parts,
    power,
    rebuild,
    share_centred,
    share_of_squares,
    share_of_variance,
    stars,
    unit,
)
from recsys_core.lessons.toys import EPISODES, NEWCOMER, VIEWERS, Block, hide, square
from recsys_core.teaching.lesson import TASTES, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

SERIES = ("Kitchen", "Bakery", "Orbit", "Robots", "Comet")
"""What :data:`EPISODES` counts: two series on cooking, three in space."""
FIFTH = ("nobody", *(f"like {viewer}" for viewer in VIEWERS))
K, ROUNDS = 2, 200
KEPT = (1, 2, 3, 5, 10, 20, 50)
ZEROS = FILLS[0]
HIDDEN = 0.15
"""The share of the known stars that is hidden and asked about."""
FEWEST_PEOPLE, FEWEST_TITLES = 60, 60


def table_with(fifth: str) -> np.ndarray:
    """The episodes of the four viewers, and of a fifth who is like one of them: (4 or 5, 5)."""
    if fifth == FIFTH[0]:
        return EPISODES
    return np.vstack([EPISODES, EPISODES[FIFTH.index(fifth) - 1]])


def three_shares(X: np.ndarray, k: int) -> dict[str, float]:
    """What k directions keep, by three definitions, in per cent."""
    return {
        "Of squares": 100 * share_of_squares(X, k),
        "Of variance": 100 * share_of_variance(X, k),
        "Centred first": 100 * share_centred(X, k),
    }


def two_of_four() -> Numbers:
    """The table from two directions, and what was lost."""
    U, s, V = leading(EPISODES, K, ROUNDS, 0)
    kept = rebuild(U, s, V)
    *_, found = parts(EPISODES, K, ROUNDS, 0)
    return {
        "singular values": s,
        "rebuilt": kept,
        "squared error": float(np.sum((EPISODES - kept) ** 2)),
        "squared error of parts without negative numbers": found.error,
        "share of squares": 100 * share_of_squares(EPISODES, K),
    }


def from_the_start(X: np.ndarray, seed: int) -> Iterator[Arrow]:
    """The random arrow that power iteration starts with, as round 0, then round after round."""
    v = unit(np.random.default_rng(seed).normal(size=len(X.T)))
    yield Arrow(v, float(np.linalg.norm(X @ v)))
    yield from power(X, seed)


def climbing() -> Numbers:
    """The stretch after each of twelve rounds, and the direction that is found."""
    arrows = list(islice(from_the_start(EPISODES, 0), 13))
    return {"stretch": np.array([arrow.estimate for arrow in arrows]), "direction": arrows[-1].v}


def shares() -> Numbers:
    """One cut, three shares."""
    return three_shares(EPISODES, K)


def newcomer() -> Numbers:
    """Where a newcomer lands when 0 is "no", and when it is "unknown"."""
    V = leading(EPISODES, K, ROUNDS, 0)[2]
    known = np.where(NEWCOMER == 0, np.nan, NEWCOMER)
    return {"0 is no": fold_in(NEWCOMER, V), "0 is unknown": fold_in_known(known, V, 0.01), "rebuilt": fold_in(NEWCOMER, V) @ V.T}


class Filled(NamedTuple):
    """Fifty directions U (n, 50), s (50,), V (m, 50) of real stars with their gaps filled, and what is asked about.

    base (n, m) is added afterwards; R (n, m) has the hidden stars, too; hidden is bool (n, m); titles are positions (m,).
    """

    U: np.ndarray
    s: np.ndarray
    V: np.ndarray
    base: np.ndarray
    R: np.ndarray
    hidden: np.ndarray
    titles: np.ndarray


def enough(block: Block) -> bool:
    """Whether there are people and titles for this lesson."""
    return len(block.people) >= FEWEST_PEOPLE and len(block.titles) >= FEWEST_TITLES


def filled(block: Block, how: str) -> Filled:
    """Hide some stars, fill the gaps, decompose."""
    R, hidden = hide(block.R, HIDDEN, seed=0)
    X, base = fill(R, how)
    return Filled(*leading(X, KEPT[-1], 30, seed=0), base, block.R, hidden, block.titles)


def hidden_error(found: Filled, k: int) -> float:
    """The typical error on the hidden stars with the first k directions."""
    said = stars(found.U[:, :k], found.s[:k], found.V[:, :k], found.base)
    return rmse((said - found.R)[found.hidden])


def without_directions(block: Block) -> tuple[float, float]:
    """Errors on the hidden stars of the plain mean, and of person's mean + title's mean - mean."""
    R, hidden = hide(block.R, HIDDEN, seed=0)
    base = np.clip(fill(R, "residuals")[1], 0.5, 5)
    return rmse((block.R - np.nanmean(R))[hidden]), rmse((block.R - base)[hidden])


def five_for(found: Filled, ratings: dict[int, float], k: int, penalty: float = 1.0) -> list[int]:
    """Positions of the five best unseen titles for somebody with these stars by position, folded into what residuals left."""
    x = np.array([ratings.get(int(i), np.nan) for i in found.titles])
    if np.isnan(x).all():
        return []
    level = found.base.mean(axis=0) + np.nanmean(x - found.base.mean(axis=0))
    V = found.V[:, :k]
    said = level + V @ fold_in_known(x - level, V, penalty)
    order = np.argsort(np.where(np.isnan(x), -said, np.inf), kind="stable")
    return [int(found.titles[i]) for i in order[:5]]


def one_round(X: np.ndarray, v: np.ndarray) -> float:
    """How far X stretches the direction v (m,) after one round of power iteration."""
    return float(np.linalg.norm(X @ unit(X.T @ (X @ v))))


CORNER = EPISODES[:2, :2]
START = np.array([1.0, 0.0])


def _space_first(_: Dataset) -> str:
    s = leading(table_with("like d4"), K, ROUNDS, 0)[1]
    return f"A viewer like d4: space stretches by {s[0]:.2f}, cooking by {s[1]:.2f}."


def _on_d1(_: Dataset) -> str:
    V = leading(EPISODES, K, ROUNDS, 0)[2]
    x, y = fold_in(EPISODES[0], V)
    return f"2 of Kitchen and 1 of Bakery, or 1 and 2: both land on ({x:.2f}, {abs(y):.2f}). Two directions cannot tell d1 from d2."


def best_kept(found: Filled) -> int:
    """How many directions have the smallest error on the hidden stars."""
    return min(KEPT, key=lambda k: hidden_error(found, k))


def _best_of_each(dataset: Dataset) -> str:
    block = square(dataset)
    if not enough(block):
        return "This data set has too few ratings for it."
    found = {how: filled(block, how) for how in FILLS}
    return "; ".join(f"{how}: {best_kept(of)} ({hidden_error(of, best_kept(of)):.3f})" for how, of in found.items()) + "."


LESSON = Lesson(
    key="svd",
    number=5,
    title="SVD",
    question="What is left when only two directions may stay?",
    group=TASTES,
    minutes=12,
    steps=(
        Step(
            title="A table from two patterns",
            words="Four viewers, five series, episodes seen. d1 and d2 watch cooking, d3 and d4 space. So two patterns may be enough to "
            "rebuild the [[matrix]]. Such a pattern is a direction; their number is the [[rank]].",
            see="Rebuilt from two, d1 and d2 are the same. What made them differ was thrown away.",
            code=(leading, power, rebuild, share_of_squares, parts),
            numbers=two_of_four,
        ),
        Step(
            title="How a direction is found",
            words="Take any arrow. Send it through the table and back, cut it to length 1, and again. It turns to where the table "
            "stretches most. Press *Step*.",
            see="The stretch never falls. *What is left* takes the first direction out of the table; the same steps then find the second.",
            code=(power, unit),
            numbers=climbing,
        ),
        Step(
            title="One cut, three shares",
            words="Viewers and series in one plane: near means alike. How much of the table is in it? Three programs name three shares. "
            "All are right: they divide by different things.",
            see="When somebody says “two factors explain 90 %”, ask: of what? Stars that are all near 4 have large squares and little "
            "to tell.",
            code=(share_of_squares, share_of_variance, share_centred),
            numbers=shares,
        ),
        Step(
            title="A newcomer",
            words="A newcomer has seen two series. Nothing is trained anew: their row times the directions is their place. This is called "
            "[[fold in]]. But is 0 a *no*, or [[missing]]?",
            see="Zeros pull the newcomer to the middle: *not yet* is read as *no*. With known cells only, the place moves out; the "
            "[[penalty]] keeps it from running away.",
            code=(fold_in, fold_in_known),
            numbers=newcomer,
        ),
        Step(
            title="Real stars have gaps",
            words="This method needs a full table. So fill the gaps: with zeros? With means? Or first take the [[baseline]] away, the "
            "person's mean and the title's, so that a gap says *as expected*?",
            see="A zero is a star that nobody gave. Compare the best fill with the baseline alone, and count the numbers kept.",
            code=(fill, leading, stars),
        ),
    ),
    guess=Guess(
        label="Two of four directions: which share of the table's squares do they keep?",
        answer=lambda _: 100 * share_of_squares(EPISODES, K),
        steps=(1, 3),
        low=0.0,
        high=100.0,
        step=1.0,
        start=50.0,
        unit="percent",
        digits=1,
        after="Half of the directions keep most, if there are only two themes.",
    ),
    tasks=(
        Task(1, "Add a fifth viewer who makes space the first direction.", lambda values: values["first"] == "space", _space_first),
        Task(4, "Make the newcomer land on d1, with 0 as *no*.", lambda values: bool(values["on_d1"]), _on_d1),
        Task(
            5,
            "With zeros in the gaps, find the number of directions with the smallest error.",
            lambda values: values.get("fill") == ZEROS and values.get("k") == values.get("best"),
            _best_of_each,
        ),
    ),
    check=Check(
        question="Take only d1 and d2 with *Kitchen* and *Bakery*: the table 2 1 / 1 2. Start with the arrow (1, 0), go through the table "
        "and back, cut to length 1. How far does the table stretch it now?",
        answer=lambda: one_round(CORNER, START),
        mistakes=(
            Mistake(lambda: float(np.linalg.norm(CORNER @ START)), "You measured the arrow from the start: one round comes first."),
            Mistake(
                lambda: float(np.linalg.norm(CORNER @ unit(CORNER @ START))),
                "You went through the table, but not back.",
            ),
            Mistake(lambda: float(np.linalg.norm(CORNER @ CORNER.T @ CORNER @ START)), "You forgot to cut the arrow to length 1."),
        ),
        step=2,
    ),
    notes=Notes(
        ask="Half of the cells of a rating table are empty. A program wants a full table and writes 0. What has it told the model?",
        wrong=(
            "Directions are taken for columns. Show that each one mixes all five series.",
            "“88 percent” is taken for accuracy. It is a share of squares of numbers that were known all along.",
            "More directions are thought to be better. On hidden stars they soon are not; fifty are more numbers than there are stars.",
        ),
        plan=(
            (3, "Step 1: the table, hands up for the share, then k from 1 to 4."),
            (2, "Step 2: three times Step, then Run; what is left."),
            (2, "Step 3: three shares; who would print which in a report?"),
            (2, "Step 4: the class names a newcomer's row; guess the place first."),
            (3, "Step 5: zeros, then each fill, then the baseline alone."),
        ),
        take_home="A gap filled with 0 is a star that nobody gave: predictions end up two stars off.",
    ),
    next_words="The app's own SVD writes 0 into gaps, too, but in a table of likes, not of stars: there 0 says that no like is known.",
    next_page="factors",
    next_label="Look at the directions of the app's SVD",
)
