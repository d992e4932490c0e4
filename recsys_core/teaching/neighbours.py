"""Lesson 4: two averages over neighbours, and the slip that never asks the person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.neighbours import (
    Answer,
    by_people,
    by_titles,
    by_titles_slip,
    cosine_filled,
    slip_block,
)
from recsys_core.lessons.toys import ASKED_PERSON, ASKED_TITLE, SIX, tall
from recsys_core.teaching.lesson import NEIGHBOURS, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

PEOPLE = ("Ana", "Bo", "Cem", "Dee", "Eli", "Fay")
FILMS = ("Lisbon", "Summer", "Puppies", "Pursuit", "Sword", "Storm")
"""Who and what :data:`SIX` is about: three love stories, then three with swords and storms."""
K, MANY = 2, 50
"""Neighbours on the small table and on a thousand people."""


class Repairs(NamedTuple):
    """What the short program does right; each switch repairs one thing."""

    zeros: bool = False
    itself: bool = False
    own: bool = False
    weights: bool = False


def films_way(R: np.ndarray, person: int, item: int, k: int, repairs: Repairs) -> Answer:
    """The average over the films most like one, as wrong as the switches leave it.

    R (n, m) has 0 where nothing is rated. As long as the film itself is not left out, it is one film more.
    """
    if repairs.own:
        return by_titles(R, person, item, k, weighted=repairs.weights)
    return by_titles_slip(R, item, k + 1, skip_zeros=repairs.zeros, skip_itself=repairs.itself)


def by_hand() -> Numbers:
    """What the two people most like Ana make of her missing cell."""
    answer = by_people(SIX, ASKED_PERSON, ASKED_TITLE, k=2)
    return {
        "Ana and Bo are alike by": cosine_filled(SIX[0], SIX[1]),
        "Ana and Cem are alike by": cosine_filled(SIX[0], SIX[2]),
        "weighted mean of their stars": answer.value,
    }


def one_repair_each() -> Numbers:
    """The slip, repaired step by step, on Ana's missing cell."""
    return {
        "the slip": by_titles_slip(SIX, ASKED_TITLE, k=3).value,
        "without zeros": by_titles_slip(SIX, ASKED_TITLE, k=3, skip_zeros=True).value,
        "without zeros and itself": by_titles_slip(SIX, ASKED_TITLE, k=3, skip_zeros=True, skip_itself=True).value,
        "only Ana's own stars": by_titles(SIX, ASKED_PERSON, ASKED_TITLE, k=2, weighted=False).value,
        "and weighted": by_titles(SIX, ASKED_PERSON, ASKED_TITLE, k=2).value,
    }


class Crowd(NamedTuple):
    """A block of the data set with 0 where nothing is rated (n, m), its titles (m,), and the first person to ask about the first title."""

    R: np.ndarray
    titles: np.ndarray
    order: np.ndarray
    stranger: int


def crowd(dataset: Dataset, above: int = 20) -> Crowd:
    """A thousand people and the titles that more than ``above`` of them have rated; ``order`` has the most rated first."""
    block = tall(dataset, above=above)
    R = np.nan_to_num(block.R)
    order = np.argsort(-(R > 0).sum(axis=0), kind="stable")
    without = np.flatnonzero(R[:, order[0]] == 0) if len(order) else np.array([], dtype=int)
    return Crowd(R, block.titles, order, int(without[0]) if len(without) else 0)


def zero_share(R: np.ndarray, item: int, k: int) -> float:
    """The share of zeros among the numbers that the slip averages."""
    return float((slip_block(R, item, by_titles_slip(R, item, k).neighbours) == 0).mean())


def _slip(_: Dataset) -> float:
    return by_titles_slip(SIX, ASKED_TITLE, K + 1).value


def _silent_cells(_: Dataset) -> str:
    silent = [
        f"{PEOPLE[person]} and {FILMS[item]}"
        for person, item in np.argwhere(SIX == 0)
        if np.isnan(by_titles(SIX, int(person), int(item), K, centred=True).value)
    ]
    return "; ".join(silent) + ": none of the films they rated is liked by the same people."


def _agreeing(dataset: Dataset) -> str:
    block = crowd(dataset)
    for item in block.order[:10]:
        for k in (5, 10, 20, 35, 50, 75, 100):
            people = by_people(block.R, block.stranger, int(item), k).value
            films = by_titles(block.R, block.stranger, int(item), k).value
            if abs(people - films) < 0.1:
                return f"{dataset.title(int(block.titles[item])).title} with {k} neighbours: {people:.2f} and {films:.2f}."
    return "With the stranger there is none among the ten best known titles."


def _zeros(dataset: Dataset) -> str:
    block = crowd(dataset)
    item = int(block.order[0])
    return f"{zero_share(block.R, item, MANY):.0%} for {dataset.title(int(block.titles[item])).title}."


LESSON = Lesson(
    key="neighbours",
    number=4,
    title="Neighbours",
    question="Two averages of the same stars: why do they disagree?",
    group=NEIGHBOURS,
    minutes=15,
    steps=(
        Step(
            title="People like Ana",
            words="Ana has not seen *Puppies*. Would she like it? Look for people whose stars point the same way as hers: her "
            "[[neighbours|neighbour]], found by [[cosine]]. Then average what they gave; who is more alike counts more, "
            "in a [[weighted mean]].",
            see="A second program averages over the *films* most like *Puppies*. Same table, same cell.",
            code=(by_people, cosine_filled),
            numbers=by_hand,
        ),
        Step(
            title="Films like Puppies: the usual slip",
            words="This program finds the films most like *Puppies* and averages all that their viewers gave. In its [[matrix]] a "
            "[[missing]] star is a 0. Each switch repairs one thing. Which makes the big jump?",
            see="Before the big jump, change who asks: the number stays the same. After it, the answer is Ana's.",
            code=(by_titles_slip, slip_block, by_titles),
            numbers=one_repair_each,
        ),
        Step(
            title="A thousand people",
            words="The same programs on real size. Choose who asks, and for what.",
            see="Change who asks: the slip's answer stays, to the last digit. It looks plausible, and it runs without an error.",
            code=(by_people, by_titles_slip, by_titles),
        ),
        Step(
            title="Fewer titles, and your own list",
            words="Neighbours need company. Keep only titles with many raters: the [[density]] of the table grows, answers come faster. "
            "Do they get better, too? Bars: the typical error, [[RMSE]], on hidden ratings of well-known titles.",
            see="Denser and faster is not yet better: titles that few have rated still tell who is alike. Lists: what the app's own "
            "neighbours suggest.",
            code=(by_people, by_titles),
        ),
    ),
    guess=Guess(
        label="People say 4.5. What do similar films say?",
        answer=_slip,
        steps=(1, 2),
        after="Same stars, same idea. Step 2 finds out why.",
    ),
    tasks=(
        Task(
            1,
            "Find a number of neighbours at which the answer falls below 3.5.",
            lambda values: values["people"] < 3.5,
            lambda _: f"k = 4: {by_people(SIX, ASKED_PERSON, ASKED_TITLE, 4).value:.2f}. Neighbours who are unlike her join in.",
        ),
        Task(
            2,
            "With only own stars and *from each one's mean*, find an empty cell that cannot be answered.",
            lambda values: bool(values.get("centred")) and bool(np.isnan(values["films"])),
            _silent_cells,
        ),
        Task(
            3,
            "Find a title and a number of neighbours for which people and own stars agree within 0.1.",
            lambda values: abs(values["people"] - values["own"]) < 0.1,
            _agreeing,
        ),
        Task(3, "Leave out the zeros. What share of the averaged numbers were they?", lambda values: values["zeros"], _zeros),
    ),
    check=Check(
        question="Take the films *Lisbon* and *Summer* and the five people who rated *Puppies*. Leave out zeros. What is the mean?",
        answer=lambda: by_titles_slip(SIX, ASKED_TITLE, K + 1, skip_zeros=True, skip_itself=True).value,
        mistakes=(
            Mistake(
                lambda: by_titles_slip(SIX, ASKED_TITLE, K + 1, skip_itself=True).value,
                "You counted the zeros: a missing star is not a bad star.",
            ),
            Mistake(
                lambda: by_titles_slip(SIX, ASKED_TITLE, K + 1, skip_zeros=True).value,
                "You counted *Puppies* itself: a film is always most like itself.",
            ),
            Mistake(
                lambda: by_titles_slip(SIX, ASKED_TITLE, K + 1).value,
                "You counted the zeros and *Puppies* itself: that is the slip.",
            ),
        ),
        step=2,
    ),
    notes=Notes(
        ask="Ana gave 5 and 4 stars to two love stories. A program says 2.9 for a third. What could have gone wrong?",
        wrong=(
            "Zeros are taken for bad stars. Ask: did Ana hate *Puppies*, or has she not seen it?",
            "“More neighbours are better.” Set k to 4: people who like swords join in, and the answer falls.",
            "The slip is thought to be personal, because a person was asked. Change the person: the number stays.",
        ),
        plan=(
            (3, "Step 1: show the table, let the class guess by a show of hands."),
            (5, "Step 2: one switch at a time. Before each: will the number rise or fall?"),
            (4, "Step 3: three pupils choose three askers; compare the slip's answers."),
            (3, "Check yourself on paper, in pairs."),
        ),
        take_home="2.92 instead of 4.49: an average that never asked the person, and took “unknown” for zero.",
    ),
    next_words="The page Compare puts the app's neighbour models side by side on your ratings and says why they differ.",
    next_page="compare",
    next_label="Compare neighbours by titles and by people",
)
