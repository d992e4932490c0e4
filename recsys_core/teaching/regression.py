"""Lesson 6: regressions with films given, with people given, with neither; and Eva, of whom nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.regression import (
    Fit,
    adam,
    by_difference,
    by_hand,
    closest,
    cost,
    descend,
    features,
    liked,
    one_weight,
    person,
    plain,
    predict,
)
from recsys_core.lessons.toys import EVENING, EVENING_FEATURES, EVENING_TASTES, EVENING_TITLES, sigmoid
from recsys_core.teaching.lesson import TASTES, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

K, LAM, STEP, SEED, ROUNDS = 2, 0.1, 0.05, 0, 200
EVA, PUPPIES = 4, 2
WITH_EVA = np.column_stack([EVENING, np.full(len(EVENING), np.nan)])
"""Titles × people, the last of whom has rated nothing."""
STEPS_TRIED = (0.01, 0.02, 0.05, 0.1, 0.12, 0.15, 0.2, 0.3)
PENALTIES = (0.01, 0.1, 1.0, 10.0)
PLAIN, ADAM = "plain", "Adam"
METHODS: dict[str, Callable] = {PLAIN: plain, ADAM: adam}


def quietly(rounds: Iterator[Fit]) -> Iterator[Fit]:
    """The same rounds; if steps are too long, they end with the first cost that is no number."""
    cost_now = 0.0
    while np.isfinite(cost_now):
        with np.errstate(over="ignore", invalid="ignore"):
            now = next(rounds)
        cost_now = now.cost
        yield now


def learned(centre: bool, rounds: int = 500) -> Fit:
    """People, Eva among them, and titles learned at once."""
    return next(islice(descend(WITH_EVA, K, LAM, STEP, SEED, centre=centre), rounds, None))


def for_ana() -> Numbers:
    """Ana's tastes by hand and the best ones, and what each says of *Three Puppies*."""
    y = EVENING[:, :1]
    w, b = person(EVENING_FEATURES, EVENING[:, 0], LAM)
    return {
        "cost by hand": cost(EVENING_TASTES[:1], np.zeros(1), EVENING_FEATURES, y, LAM),
        "Three Puppies by hand": float(EVENING_FEATURES[PUPPIES] @ EVENING_TASTES[0]),
        "best cost": cost(w[None], np.array([b]), EVENING_FEATURES, y, LAM),
        "Three Puppies at best": float(EVENING_FEATURES[PUPPIES] @ w + b),
    }


def films_from_people() -> Numbers:
    """Films learned from people; then both from nothing: the cost round by round."""
    fits = list(islice(descend(EVENING, K, LAM, STEP, SEED), ROUNDS + 1))
    return {
        "films from people": features(EVENING_TASTES, np.zeros(4), EVENING, LAM),
        "cost": np.array([fit.cost for fit in fits]),
        "nearest to the first title": closest(fits[-1].X, 0),
    }


def for_eva() -> Numbers:
    """What is said of Eva, without and with the titles' means."""
    return {"without": predict(learned(False))[:, EVA], "with": predict(learned(True))[:, EVA]}


def chances() -> Numbers:
    """The chance that somebody likes a title, after 200 rounds."""
    *_, fit = islice(descend(liked(EVENING), K, LAM, 0.1, SEED, logistic=True), ROUNDS + 1)
    return {"chance of a like": sigmoid(predict(fit)), "loss": fit.cost}


def walk_of_one_weight() -> Numbers:
    """Where one weight stands after each of 30 steps, and its slope at the start in two ways."""
    return {
        "w": np.array([3.0, *one_weight()]),
        "slope by hand": by_hand(3.0),
        "slope measured": by_difference(lambda w: (w - 1) ** 2, 3.0),
    }


def _eva(_: Dataset) -> float:
    """The mean of what is said of her, without the sign of a rounded zero."""
    return round(float(predict(learned(False))[:, EVA].mean()), 1) + 0.0


def puppies_for_ana(lam: float) -> float:
    """What Ana's best tastes say of *Three Puppies*."""
    w, b = person(EVENING_FEATURES, EVENING[:, 0], lam)
    return float(EVENING_FEATURES[PUPPIES] @ w + b)


def _penalty(_: Dataset) -> str:
    return ", ".join(f"{lam:g}: {puppies_for_ana(lam):.2f}" for lam in PENALTIES) + ". A price on tastes draws her to her mean."


def end_cost(step: float, method: Callable = plain, rounds: int = ROUNDS) -> float:
    """The cost after so many rounds; NaN or infinite if it ran away."""
    *_, fit = islice(quietly(descend(EVENING, K, LAM, step, SEED, method=method)), rounds + 1)
    return fit.cost


SETTLED = 1.2
"""A cost that is as good as the best."""


@cache
def longest_step() -> float:
    """The longest plain step that settles."""
    return max(step for step in STEPS_TRIED if end_cost(step) < SETTLED)


def _longest(_: Dataset) -> str:
    longest = longest_step()
    far = min(step for step in STEPS_TRIED if not np.isfinite(end_cost(step)))
    return f"{longest:g}: cost {end_cost(longest):.3f}. A little longer, and it jumps to and fro; at {far:g} it runs away."


def _means(_: Dataset) -> str:
    means = np.nanmean(EVENING, axis=1)
    said = predict(learned(True))[:, EVA]
    return "; ".join(f"{title} {a:.2f} (mean {b:.2f})" for title, a, b in zip(EVENING_TITLES, said, means, strict=True))


def weight_after(alpha: float, steps: int) -> float:
    """Where one weight stands."""
    return list(one_weight(3.0, alpha, steps))[-1]


ALPHAS = (0.01, 0.1, 0.5, 0.9, 1.0, 1.1)


def _runs_away(_: Dataset) -> str:
    at = {alpha: weight_after(alpha, 30) for alpha in ALPHAS}
    return f"Beyond 1: at {ALPHAS[-1]:g} it is at {at[1.1]:.1f} after 30 steps. At 1 it jumps between 3 and −1."


LESSON = Lesson(
    key="regression",
    number=6,
    title="Regression",
    question="Can the description of a film be learned as well?",
    group=TASTES,
    minutes=15,
    steps=(
        Step(
            title="A regression for each person",
            words="Each film is described: how much love, how much action. Each person has a taste for both. Taste times film is the "
            "star; that is a [[dot product]]. Move Ana's tastes, then press *Best*. And Eva, who has rated nothing?",
            see="The cost is half the squared error plus a [[penalty]] on tastes. *Best* trades a little error for smaller tastes.",
            code=(person, cost),
            numbers=for_ana,
        ),
        Step(
            title="Turned round, and both at once",
            words="If tastes are given, films can be learned the same way. If nothing is given, learn both: each round moves all "
            "numbers a little down the [[gradient]]. How long may the step be? That is the [[learning rate]].",
            see="Nobody said what love is. Yet love films end up near love films. Too long a step, and the cost jumps or runs away.",
            code=(features, descend, predict, closest),
            numbers=films_from_people,
        ),
        Step(
            title="Eva",
            words="Eva is new: a [[cold start]]. With no star of hers, only the penalty speaks, and the cheapest taste is 0. Switch: "
            "take each title's mean away first, and add it afterwards.",
            see="Zero is no opinion. It is what is left when nothing is known and the [[baseline]] is missing. With it, she gets the "
            "titles' means.",
            code=(descend, predict),
            numbers=for_eva,
        ),
        Step(
            title="Liked or not",
            words="Often there are no stars, but likes. Call four stars and more a like, 1, the rest 0. The same sum, bent into 0 to 1, "
            "is the chance of a like.",
            see="The gradient is the same as for stars: prediction minus truth. For a title and a person of one kind the chance is near 1.",
            code=(liked, descend),
            numbers=chances,
        ),
        Step(
            title="One weight",
            words="How does a step work? One weight w, at 3. Its cost is (w − 1)², so the best is 1. It takes 30 steps of 0.01 times the "
            "slope. Does it arrive?",
            see="Short steps are safe and slow. Long ones jump over the goal. The slope by hand and the measured one agree: test your "
            "gradients like that.",
            code=(one_weight, by_hand, by_difference),
            numbers=walk_of_one_weight,
        ),
    ),
    guess=Guess(
        label="Eva has rated nothing. What will the trained model say she gives?",
        answer=_eva,
        steps=(1, 3),
        low=0.0,
        high=5.0,
        step=0.1,
        start=2.5,
        digits=1,
        after="For every film. Step 3 repairs it.",
    ),
    tasks=(
        Task(
            1,
            "With *Best*, raise the penalty until *Three Puppies* falls below 4 for Ana.",
            lambda values: values["best"] and values["puppies"] < 4,
            _penalty,
        ),
        Task(
            2,
            "Plain steps: find the longest one that still settles within 200 rounds.",
            lambda values: values.get("settled") == longest_step(),
            _longest,
        ),
        Task(3, "Make Eva's stars those of the titles' means.", lambda values: bool(values["centre"]), _means),
        Task(5, "Make w run away.", lambda values: abs(values["w"] - 1) > 2.5, _runs_away),
    ),
    check=Check(
        question="w = 3, cost (w − 1)². Take two steps of 0.1 times the slope. Where is w?",
        answer=lambda: weight_after(0.1, 2),
        mistakes=(
            Mistake(lambda: 1 + 2 * 0.9**2, "The slope of (w − 1)² is 2 (w − 1): you forgot the 2."),
            Mistake(lambda: 3 - 2 * 0.1 * by_hand(3.0), "You used the slope at 3 twice: after the first step it is smaller."),
            Mistake(lambda: 1 + 2 * 1.2**2, "You went up the slope: a step goes against it."),
        ),
        step=5,
    ),
    notes=Notes(
        ask="Somebody has rated nothing. What should a program say of them, and what does it say if you do not think of it?",
        wrong=(
            "Zero is read as “she hates it”. Ask which number would mean “I do not know”.",
            "Learned columns are called love and action. Compare: the signs and the mix differ, the stars agree.",
            "A falling cost is thought to be reached. In step 5, w has gone half the way after 30 steps.",
        ),
        plan=(
            (4, "Step 1: two pupils set Ana's tastes; lowest cost wins; then Best. Guess for Eva."),
            (4, "Step 2: Run; then each pair another step length; Adam."),
            (3, "Step 3: Show, switch, compare with the means."),
            (2, "Step 4: read three chances aloud."),
            (2, "Step 5: guess where w stands, then Check yourself."),
        ),
        take_home="Eva gets 0 stars for everything, until each title's mean is taken away first: then about 2.5, 2.5, 2, 2.2 and 1.6.",
    ),
    next_words="Rate nothing, and the page For you begins with what is well known; after one star it is about you.",
    next_page="for_you",
    next_label="See what the app says to a newcomer",
)
