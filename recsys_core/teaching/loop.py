"""Lesson 13: a list that learns from what it showed. The world is invented: all numbers come from its simulation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.loop import State, alike, choose, kinds_left, make_list, make_titles, moved, round_means, simulate, worth_of
from recsys_core.teaching.lesson import WORLD, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

KINDS = ("Love", "Crime", "Space", "Jokes", "Nature", "History")
ROUNDS, LAST = 40, 10
"""Rounds of a run, and how many of its last ones are averaged."""
EXPLORE, VARIETY, AIMS = (0.0, 0.05, 0.1, 0.2), (0.0, 0.25, 0.5, 0.75), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""What the levers can be set to."""
LONG_MINUTES, HALF = 80, 0.5


class Measures(NamedTuple):
    """Means over the last rounds, and the share of all titles that anybody ever chose."""

    kinds: float
    satisfaction: float
    by_first: float
    minutes: float
    coverage: float


def from_the_start(aim: float = 0, explore: float = 0, variety: float = 0, drift: float = 0.05, seed: int = 0) -> Iterator[State]:
    """What holds before the first round, when nothing is known of anybody; then round after round."""
    state = next(simulate(aim=aim, explore=explore, variety=variety, drift=drift, seed=seed))
    nothing = np.full(state.G.shape, 1 / state.G.shape[1])
    yield State(state.first, state.first, nothing, np.zeros_like(state.chosen), np.nan, np.nan, np.nan)
    yield from simulate(aim=aim, explore=explore, variety=variety, drift=drift, seed=seed)


@lru_cache(maxsize=32)
def forty(aim: float = 0, explore: float = 0, variety: float = 0, drift: float = 0.05, seed: int = 0) -> tuple[State, ...]:
    """A whole run: the start and forty rounds. They are kept, as a run takes a third of a second."""
    return tuple(islice(from_the_start(aim, explore, variety, drift, seed), ROUNDS + 1))


def at_the_end(states: tuple[State, ...]) -> Measures:
    """The measures of the last ten rounds of a run."""
    last = states[-LAST:]
    rows = [(kinds_left(state.W), state.satisfaction, state.by_first, state.minutes) for state in last]
    kinds, satisfaction, by_first, minutes = np.mean(rows, axis=0).tolist()
    return Measures(kinds, satisfaction, by_first, minutes, float(np.mean(last[-1].chosen > 0)))


def of_kinds(shares: tuple[float, ...]) -> float:
    """How many kinds one person likes, given the shares."""
    return kinds_left(np.array([shares]))


def happier() -> Numbers:
    """Satisfaction, round by round."""
    curve = np.array([state.satisfaction for state in forty()[1:]])
    return {"satisfaction in the first round": curve[0], "mean of the last ten": curve[-LAST:].mean(), "round by round": curve}


def narrower() -> Numbers:
    """How many kinds people like, round by round."""
    curve = np.array([kinds_left(state.W) for state in forty()])
    return {
        "kinds at the start": curve[0],
        "kinds after forty rounds": curve[-1],
        "moved away from the first taste": moved(forty()[-1]),
        "people alike at the end": alike(forty()[-1].W),
        "kinds, round by round": curve,
    }


def judged_twice() -> Numbers:
    """The same choices, judged by the tastes of now and by those of the start."""
    return {
        "by the tastes of now": np.array([state.satisfaction for state in forty()[1:]]),
        "by the tastes people came with": np.array([state.by_first for state in forty()[1:]]),
    }


def gain_and_price() -> Numbers:
    """What exploration and variety give, and what they cost."""
    plain, explored, varied = (at_the_end(forty(0, explore, variety)) for explore, variety in ((0, 0), (0.2, 0), (0, 0.5)))
    return {
        "films ever chosen: no lever": plain.coverage,
        "films ever chosen: exploration": explored.coverage,
        "satisfaction: no lever": plain.satisfaction,
        "satisfaction: exploration": explored.satisfaction,
        "kinds: no lever": plain.kinds,
        "kinds: variety": varied.kinds,
    }


def two_aims() -> Numbers:
    """The same world under two aims."""
    good, hooked = at_the_end(forty(0.0)), at_the_end(forty(1.0))
    return {
        "aim good films: minutes": good.minutes,
        "aim good films: satisfaction": good.satisfaction,
        "aim minutes: minutes": hooked.minutes,
        "aim minutes: satisfaction": hooked.satisfaction,
    }


FIRST_KINDS = kinds_left(next(simulate()).first)


def _kinds_at_the_end(_: Dataset) -> float:
    return kinds_left(forty()[-1].W)


def _without_drift(_: Dataset) -> str:
    states = forty(drift=0)
    end = at_the_end(states)
    return (
        f"Tastes keep {end.kinds:.1f} kinds, but satisfaction falls from {states[1].satisfaction:.2f} to {end.satisfaction:.2f}: "
        "the program holds on to its first guesses."
    )


def _cheapest_coverage(_: Dataset) -> str:
    found = {explore: at_the_end(forty(0.0, explore)) for explore in EXPLORE}
    explore = next(explore for explore, end in found.items() if end.coverage > HALF)
    return (
        f"{explore:.0%} exploration and no variety: {found[explore].coverage:.0%} of the films, satisfaction "
        f"{found[explore].satisfaction:.2f} instead of {found[0.0].satisfaction:.2f}."
    )


def _three_point_eight(_: Dataset) -> str:
    for variety in VARIETY:
        end = at_the_end(forty(0.0, 0.0, variety))
        if end.kinds >= 3.8 and end.satisfaction >= 0.6:
            return f"Variety {variety} and no exploration: {end.kinds:.1f} kinds, satisfaction {end.satisfaction:.2f}."
    return "No variety alone does it."


def _eighty_minutes(_: Dataset) -> str:
    ends = {aim: at_the_end(forty(aim)) for aim in AIMS}
    long = {aim: end for aim, end in ends.items() if end.minutes >= LONG_MINUTES}
    best = max(end.satisfaction for end in long.values())
    both = "None gives" if best <= HALF else "There is one with"
    return f"From aim {min(long):.1f} on, with satisfaction {best:.2f} at best. {both} 80 minutes and more than {HALF}."


LESSON = Lesson(
    key="loop",
    number=13,
    title="Feedback loop",
    question="What happens when the list makes the data that it learns from?",
    group=WORLD,
    minutes=15,
    steps=(
        Step(
            title="Round by round",
            words="An invented world: 60 people, 120 films, six kinds. Each round, everybody gets a list of five and watches one. "
            "The program learns from it, and tastes move a little. Its aim: good films that fit. Press *Step* or *Run*.",
            see="People grow more and more satisfied. So all is well?",
            code=(simulate, make_titles, choose),
            numbers=happier,
        ),
        Step(
            title="What becomes of tastes",
            words="The list shows what it believes. People pick from it, and the pick proves it right. How many kinds does a person still "
            "like after a while? Then switch off that tastes move: is all well then?",
            see="With fixed tastes, satisfaction *falls*: the program holds on to the first things it saw. *Moved*: how far tastes are "
            "from the first ones. *Alike*: how much people are like one another.",
            code=(kinds_left, moved, alike),
            numbers=narrower,
        ),
        Step(
            title="The happy measure",
            words="Satisfaction rose. It was measured by the tastes that people have *now*. But the list has changed these tastes. Judge "
            "the same choices by the tastes that they *came with*.",
            see="One curve rises, one falls, from the same choices. The measure looked good because it moved along. Comparing two random "
            "groups, an A/B test, sees only the first curve.",
            code=(round_means,),
            numbers=judged_twice,
        ),
        Step(
            title="Two levers, and your own list",
            words="[[Exploration|exploration]] gives some places of the list to films by chance. Variety leaves out what is like the films "
            "above. Each has a gain, such as [[coverage]], and a price.",
            see="A little goes a long way. In the table, variety works on the app's list for you.",
            code=(make_list,),
            numbers=gain_and_price,
        ),
        Step(
            title="What you ask for is what you get",
            words="Some films are good; others are just hard to leave alone. Let the program aim at minutes instead: each film's pull "
            "counts, its quality does not.",
            see="More minutes, less joy. No lever repairs a wrong aim. *As a table* has a checklist, filled in for this app.",
            code=(worth_of,),
            numbers=two_aims,
        ),
    ),
    guess=Guess(
        label=f"At first a person likes {FIRST_KINDS:.1f} kinds. How many after {ROUNDS} rounds?",
        answer=_kinds_at_the_end,
        steps=(1, 2),
        low=1.0,
        high=6.0,
        start=round(FIRST_KINDS, 1),
        unit="kinds",
        digits=1,
        after="Nobody asked for that.",
    ),
    tasks=(
        Task(
            2,
            "Switch off moving tastes. What becomes of satisfaction?",
            lambda values: not values["moves"] and values["known"],
            _without_drift,
        ),
        Task(
            4,
            "Get more than half of the films watched, at the least cost.",
            lambda values: values["coverage"] > HALF and values["satisfaction"] > 0.72,
            _cheapest_coverage,
        ),
        Task(
            4,
            "Keep 3.8 kinds and a satisfaction of 0.6.",
            lambda values: values["kinds"] >= 3.8 and values["satisfaction"] >= 0.6,
            _three_point_eight,
        ),
        Task(
            5,
            "Find the smallest aim with 80 minutes. Is there one that also leaves satisfaction above 0.5?",
            lambda values: values["minutes"] >= LONG_MINUTES and values["aim"] < 1,
            _eighty_minutes,
        ),
    ),
    check=Check(
        question="A person's taste: ½ love, ¼ crime, ¼ space. With p for each share, the number of kinds is e to the power of "
        "−Σ p·ln(p). How much is it?",
        answer=lambda: of_kinds((0.5, 0.25, 0.25)),
        mistakes=(
            Mistake(lambda: 3.0, "You counted every kind in full. Three kinds count as three only if all are liked equally."),
            Mistake(lambda: float(np.log(of_kinds((0.5, 0.25, 0.25)))), "That is the exponent. Raise e to it."),
            Mistake(lambda: 1.5, "That is the exponent with logarithms to the base 2. Take natural ones, then raise e to it."),
            Mistake(lambda: 1 / of_kinds((0.5, 0.25, 0.25)), "The sign got lost: the exponent is positive."),
        ),
        step=2,
    ),
    notes=Notes(
        ask="A film service measures how satisfied people are, every week, and it rises all year. Name a way in which that is bad news.",
        wrong=(
            "“The program wants to narrow us.” It aims only at good films that fit; the loop does the rest.",
            "The simulation is taken for a study of a real service. It shows what *can* happen under its rules, no more: read them.",
            "“Then just show things by chance.” Set exploration to 20 %: satisfaction pays for it. A little is enough.",
        ),
        plan=(
            (3, "Step 1: press Step ten times; two pupils follow two people's rows. Guess by a show of hands."),
            (3, "Step 2: predict first, then switch off moving tastes."),
            (3, "Step 3: ask which of the two curves a company would report."),
            (4, "Step 4: groups compete for the most films at the smallest price."),
            (2, "Step 5, and the checklist: what would you add?"),
        ),
        take_home="0.53 rises to 0.76 by the tastes of now and falls to 0.36 by the tastes people came with: a measure that moves along "
        "with what it measures cannot warn.",
    ),
    next_words="For you has the lever Diversity for your own list, and says what it costs.",
    next_page="for_you",
    next_label="Widen your own list",
)
