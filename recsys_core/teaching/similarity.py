"""Lesson 3: six measures of two people, and two slips that make strangers and quarrels look close."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.similarity import (
    MEASURES,
    Counterexample,
    chebyshev,
    cosine,
    distances,
    jaccard,
    l1,
    l1_or_1,
    l2,
    l2_slip,
    pearson,
    shared,
    worst_of_axioms,
)
from recsys_core.lessons.toys import ALIKE, OPPOSITE, block
from recsys_core.teaching.lesson import NEIGHBOURS, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

FILMS = ("Lisbon", "Summer", "Puppies", "Pursuit", "Sword", "Storm")
NAMES = {jaccard: "Jaccard", cosine: "Cosine", pearson: "Pearson", l1: "L1", l2: "L2", chebyshev: "Chebyshev"}
ONE_LESS = np.array([[5.0, 4, 0, 2, 0, 3], [4.0, 3, 0, 1, 0, 2]])
"""Two people who have seen the same; the second gives one star less to everything."""
TWO_LESS = np.array([[5.0, 4, 3], [3, 2, 1]])
PRESETS = {
    "One star less": (ONE_LESS, "The same order of films at another level"),
    "Alike": (ALIKE, "Three shared films, one of them rated the same way round by a hair"),
    "Opposite": (OPPOSITE, "What one likes, the other does not"),
    "Two shared": (np.array([[5.0, 0, 0, 2, 0, 4], [3, 4, 5, 2, 0, 0]]), "Two points always lie on a line"),
    "None shared": (np.array([[5.0, 4, 0, 0, 2, 0], [0, 0, 4, 1, 0, 5]]), "Nothing to compare"),
}
FIVE = ("Ana", "Bo", "Cem", "Dee", "Eve")
COMPANY = np.array([[5.0, 4, 2, 4, 0, 0], [4, 0, 0, 0, 3, 0], [4, 3, 1, 3, 0, 0], [3, 2, 0, 0, 0, 5], [0, 0, 0, 0, 4, 2]])
"""Ana, and four others: one star off on one film, one star off on four, two stars off on two, and nothing shared."""
HOLES = np.array([[5.0, 1, 0], [5, 0, 0], [5, 5, 0], [1, 5, 4]])
FULL = np.array([[5.0, 1, 3], [5, 2, 4], [5, 5, 1], [1, 5, 4]])
"""Four people and three films, with and without holes."""
SOME, FEW = 300, 5
"""People of a data set, and of these those who are compared with all others."""


def one_star_less() -> Numbers:
    """The six measures of two people of whom one is a star stricter."""
    a, b = ONE_LESS
    return {
        "Jaccard": jaccard(a, b),
        "Cosine": cosine(a, b),
        "Pearson": pearson(a, b),
        "L1": l1(a, b),
        "L2": l2(a, b),
        "Chebyshev": chebyshev(a, b),
    }


def two_slips() -> Numbers:
    """What two short programs say of Ana and four others, and what is right."""
    ana, bo, cem, dee, eve = COMPANY
    return {
        "slip 1: Ana and Dee, who share two films": l1_or_1(ana, dee),
        "slip 1: Ana and Eve, who share none": l1_or_1(ana, eve),
        "slip 2: one star off on one film": l2_slip(ana, bo),
        "slip 2: one star off on four films": l2_slip(ana, cem),
        "right: one star off on four films": l2(ana, cem),
    }


def detours() -> Numbers:
    """By how much the way round is shorter, with holes in the table and without."""
    return {
        "L1 with holes": worst_of_axioms(l1, HOLES)[3].by,
        "L1 without holes": worst_of_axioms(l1, FULL)[3].by,
        "L1 of all pairs, with holes": np.nan_to_num(distances(l1, HOLES), nan=-1),
    }


def blind(pair: np.ndarray = ONE_LESS) -> str:
    """The likenesses that are 1 although the two rows (2, m) differ, as words."""
    found = [NAMES[measure] for measure in (jaccard, cosine, pearson) if abs(measure(*pair) - 1) < 1e-9]
    return " and ".join(found) if found else "None"


class Sample(NamedTuple):
    """Stars of some people (n, m), 0 where not rated; who they are (n,); and the titles that any of them has rated (m,)."""

    R: np.ndarray
    people: np.ndarray
    titles: np.ndarray


def sample(dataset: Dataset) -> Sample:
    """Three hundred random people; fewer in a small data set."""
    people = np.sort(np.random.default_rng(0).permutation(dataset.n_users)[:SOME])
    titles = np.unique(dataset.ratings[people].indices)
    return Sample(np.nan_to_num(block(dataset, people, titles).R), people, titles)


def six_and_shared(a: np.ndarray, b: np.ndarray) -> list[float]:
    """The six measures of two rows (m,), and how many titles they share."""
    return [*(measure(a, b) for measure in MEASURES), len(shared(a, b)[0])]


def pairs(R: np.ndarray) -> np.ndarray:
    """Six measures and the number of shared titles, (pairs, 7): the first five rows of R (n, m) with all others."""
    few = range(min(FEW, len(R)))
    return np.array([six_and_shared(R[i], R[j]) for i in few for j in range(len(R)) if i != j]).reshape(-1, 7)


def perfect(found: np.ndarray, least: int) -> int:
    """How many pairs (pairs, 7) with so many shared titles have a Pearson of exactly 1 or −1."""
    return int((np.abs(found[found[:, 6] >= least, 2]) > 1 - 1e-9).sum())


def far(found: np.ndarray) -> float:
    """The share of pairs (pairs, 7) that share something and yet differ by more than one star on average."""
    apart = found[~np.isnan(found[:, 3]), 3]
    return float(np.mean(apart > 1)) if len(apart) else np.nan


def _enough(dataset: Dataset) -> str:
    found = pairs(sample(dataset).R)
    least = next((n for n in range(1, 21) if not perfect(found, n)), 0)
    return f"From {least} shared titles on; with one or more there are {perfect(found, 1)} such pairs." if least else "Not up to 20."


def _farther() -> tuple[str, float, int]:
    """The film and Bo's stars that raise the cosine most although they move away from Ana's."""
    a, b = ALIKE
    tried = []
    for film in np.flatnonzero((a > 0) & (b > 0)):
        for stars in range(1, 6):
            if abs(stars - a[film]) > abs(b[film] - a[film]):
                moved = b.copy()
                moved[film] = stars
                tried.append((cosine(a, moved), FILMS[film], stars))
    value, name, stars = max(tried)
    return name, value, stars


def _raised(_: Dataset) -> str:
    name, value, stars = _farther()
    return f"Bo gives {name} {stars}: the cosine goes from {cosine(*ALIKE):.3f} to {value:.3f}."


def _repaired(_: Dataset) -> str:
    ana, bo, cem, dee, eve = COMPANY
    return (
        f"Eve was at {l1_or_1(ana, eve):.2f}, nearer than Dee at {l1(ana, dee):.2f}: now there is no number for her. "
        f"Cem was at {l2_slip(ana, cem):.2f}: he is as far as Bo, {l2(ana, bo):.2f}."
    )


def promises(example: tuple[Counterexample, ...]) -> int:
    """How many of the four promises of a distance are broken."""
    return sum(bool(found.rows) for found in example)


LESSON = Lesson(
    key="similarity",
    number=3,
    title="Similarity",
    question="When are two people alike?",
    group=NEIGHBOURS,
    minutes=12,
    steps=(
        Step(
            title="Two people, six measures",
            words="Likeness, 1 at best: *Jaccard* asks who has seen the same films, [[cosine]] whether two rows point the same way, "
            "*Pearson* whether stars go up and down together. Distance, 0 at best: *L1* is the mean difference, *L2* makes large ones "
            "count more, *Chebyshev* is the largest, as a share of 4.5 stars.",
            see="Six answers to one question. Change Bo's stars: which bar moves, and which does not care?",
            code=(jaccard, cosine, pearson, l1, l2, chebyshev, shared),
            numbers=one_star_less,
        ),
        Step(
            title="Two slips",
            words="How far are the others from Ana? Program 1 takes the mean difference, and 1 where nothing is shared. "
            "Program 2 means to take L2. Both run without an error. Who is nearest, and would you agree?",
            see="Eve shares nothing with Ana: [[missing]], not near. And four quarrels are not nearer than one. "
            "Each switch repairs one thing.",
            code=(l1_or_1, l1, l2_slip, l2),
            numbers=two_slips,
        ),
        Step(
            title="Is it a distance at all?",
            words="On a map, no detour is shorter than the straight way. A distance makes four such promises. Does a measure of "
            "stars keep them? The app looks for people who break one.",
            see="Fill the holes: L1, L2 and Chebyshev keep every promise. With holes they do not, as each pair is compared on other films.",
            code=(worst_of_axioms, distances),
            numbers=detours,
        ),
        Step(
            title="Everybody",
            words="Five people of the open data set beside three hundred: how often which value? The dotted line is the middle of "
            "the person you choose.",
            see="Pearson has a bar at 1: with two shared titles it is always 1 or −1. In L1, whoever is right "
            "of 1 is farther than the stranger of slip 1.",
            code=(jaccard, cosine, pearson, l1, l2, chebyshev),
        ),
        Step(
            title="Which one when?",
            words="The three most alike of three hundred. Only clicks, no stars: Jaccard. Stars: Pearson, which takes each person's mean "
            "away ([[centring]]), but only with enough shared titles.",
            see="Pearson with two shared titles finds a perfect match by chance. Ask for more in common.",
            code=(jaccard, cosine, pearson, l1),
        ),
    ),
    guess=Guess(
        label="Bo gives one star less everywhere. Which likeness stays at 1?",
        answer=lambda _: blind(),
        options=("None", "Cosine", "Jaccard and Pearson", "All three"),
        after="Jaccard sees no stars at all; Pearson sees no level.",
    ),
    tasks=(
        Task(
            1,
            "Make two people with Pearson 1 and L1 of 2.",
            lambda values: values["pearson"] > 1 - 1e-9 and abs(values["l1"] - 2) < 1e-9,
            lambda _: f"Two stars stricter, same order: 5, 4, 3 and 3, 2, 1. Pearson {pearson(*TWO_LESS):.2f}, L1 {l1(*TWO_LESS):.2f}.",
        ),
        Task(
            1,
            "Press *Alike*. Move one star of Bo away from Ana's so that the cosine rises.",
            lambda values: bool(values["moved_away"]),
            _raised,
        ),
        Task(2, "Repair both programs.", lambda values: bool(values["say"] and values["root"]), _repaired),
        Task(
            4,
            "From how many shared titles on is no Pearson exactly 1 or −1?",
            lambda values: values["shared"] > 1 and values["perfect"] == 0,
            _enough,
        ),
    ),
    check=Check(
        question="Ana gives 5, 4, 1, 2. Dee gives 2, 1, 5, 4 to the same four films. What is their L2?",
        answer=lambda: l2(*OPPOSITE),
        mistakes=(
            Mistake(lambda: l2_slip(*OPPOSITE), "You divided the root by 4: that is slip 2. Divide first, then take the root."),
            Mistake(lambda: l1(*OPPOSITE), "That is L1, the mean difference: square the differences first."),
            Mistake(lambda: l2(*OPPOSITE) * 2, "You took the root of the sum: divide by the four films first."),
            Mistake(lambda: l2(*OPPOSITE) ** 2, "You have the mean of the squares: the root is missing."),
        ),
        step=2,
    ),
    notes=Notes(
        ask="Two friends rate films. One gives 5, 4, 3, the other 3, 2, 1. Are they alike?",
        wrong=(
            "“Nothing in common means far apart.” It means that nobody knows. Ask what the program should do instead.",
            "Cosine is thought to see differences: it sees directions, and missing stars as 0.",
            "A Pearson of 1 is taken as proof. Ask on how many shared titles it rests.",
        ),
        plan=(
            (3, "Step 1: guess by a show of hands, then change one star at a time."),
            (3, "Step 2: rank the four by common sense first, then repair."),
            (2, "Step 3: find the short way round on paper."),
            (2, "Step 4: raise the number of shared titles until the bar at 1 is gone."),
            (2, "Step 5: with the ratings of somebody in class."),
        ),
        take_home="Two of six measures do not see a star less. And half of all pairs that share something are “farther” than two "
        "strangers at 1.",
    ),
    next_words="On the page Compare, neighbours found by cosine make a list, beside those of other models.",
    next_page="compare",
    next_label="Compare the lists of neighbours",
)
