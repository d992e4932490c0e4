"""Lesson 7: an invented world whose tastes are known, and a training that gets worse than the mean while its curve falls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import numpy as np

from recsys_core.common.metrics import rmse
from recsys_core.data.dataset import Dataset
from recsys_core.lessons.toys import LowRank, low_rank
from recsys_core.lessons.world import Round, agreement, best_unseen, one_pass, predict, rotation, sgd
from recsys_core.teaching.lesson import TASTES, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

N_TITLES, TRUE_TASTES, ROUNDS, SEED = 30, 5, 100, 42
AS_TAUGHT = (0.01, 0.02, 0.01)
"""Step length, penalty and start size that many courses show."""
WORKS = (0.05, 0.05, 0.1)
SHARES, NOISES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8), (0.0, 0.25, 0.5)
PENALTIES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
TASTES_SOUGHT = (1, 2, 3, 5, 8, 15)
SMALLER, LARGER = "smaller", "larger"


def mean_error(world: LowRank) -> float:
    """How far the mean of what was seen is from what is true, on the cells that were not seen."""
    unseen = np.isnan(world.R)
    return rmse(world.true[unseen] - np.nanmean(world.R))


def error_seen(world: LowRank, r: Round) -> float:
    """The typical error on the cells that it learned from."""
    return rmse((predict(r) - world.R)[~np.isnan(world.R)])


def error_unseen(world: LowRank, r: Round) -> float:
    """The typical error on all others, for which the truth was kept."""
    return rmse((predict(r) - world.true)[np.isnan(world.R)])


def from_the_mean(world: LowRank, step: float, lam: float, start: float) -> Iterator[Round]:
    """The plain mean as round 0, then round after round of training."""
    n, m = world.R.shape
    yield Round(np.zeros((n, TRUE_TASTES)), np.zeros((m, TRUE_TASTES)), np.zeros(n), np.zeros(m), float(np.nanmean(world.R)))
    yield from sgd(world.R, TRUE_TASTES, step, lam, start, 0)


def biases_only(r: Round) -> Round:
    """The same without tastes: who is strict and what is good are left."""
    return replace(r, P=0 * r.P)


@lru_cache(maxsize=64)
def trained(
    seen: float, noise: float, k: int, step: float, lam: float, start: float, seed: int = SEED, rounds: int = ROUNDS
) -> tuple[LowRank, Round]:
    """A world, and what is learned from it in so many rounds."""
    world = low_rank(seen=seen, noise=noise, seed=seed)
    *_, last = islice(sgd(world.R, k, step, lam, start, 0), rounds)
    return world, last


def first_error() -> Numbers:
    """The puzzle: three errors, in stars."""
    world, learned = trained(0.3, 0.0, TRUE_TASTES, *AS_TAUGHT)
    return {
        "on stars it saw": error_seen(world, learned),
        "on stars it never saw": error_unseen(world, learned),
        "the mean, on stars it never saw": mean_error(world),
    }


def two_curves() -> Numbers:
    """Errors after each round, as often taught, and what the biases alone would say."""
    world = low_rank(seed=SEED)
    rounds = list(islice(from_the_mean(world, *AS_TAUGHT), ROUNDS + 1))
    return {
        "seen": np.array([error_seen(world, r) for r in rounds]),
        "unseen": np.array([error_unseen(world, r) for r in rounds]),
        "unseen, biases only": np.array([error_unseen(world, biases_only(r)) for r in rounds]),
    }


def five_best() -> Numbers:
    """The first person: which five the model names, and which would be right."""
    world, learned = trained(0.3, 0.0, TRUE_TASTES, *WORKS)
    named, right = best_unseen(predict(learned)[0], world.R[0], 5), best_unseen(world.true[0], world.R[0], 5)
    return {"named": named, "right": right, "in both": float(len(np.intersect1d(named, right)))}


def likeness_of_tastes() -> Numbers:
    """Whether the tastes are found: as a space, one by one, and after a turn."""
    world, learned = trained(0.3, 0.0, TRUE_TASTES, *WORKS)
    turned = learned.Q @ rotation(TRUE_TASTES, 1)
    return {
        "agreement of the spaces": agreement(learned.Q, world.Q),
        "taste by taste": taste_by_taste(learned.Q, world.Q),
        "agreement after a turn": agreement(turned, world.Q),
        "taste by taste after a turn": taste_by_taste(turned, world.Q),
    }


def taste_by_taste(A: np.ndarray, B: np.ndarray) -> float:
    """How well single columns of A (n, k) match single columns of B (n, j): the mean of each one's best squared correlation."""
    return float((np.corrcoef(A.T, B.T)[: A.shape[1], A.shape[1] :] ** 2).max(axis=1).mean())


def _unseen(*how: float | int) -> tuple[float, float]:
    """The error on unseen cells, and the mean's."""
    world, learned = trained(*how)
    return error_unseen(world, learned), mean_error(world)


def _larger_or_smaller(_: Dataset) -> str:
    found, mean = _unseen(0.3, 0.0, TRUE_TASTES, *AS_TAUGHT)
    return LARGER if found > mean else SMALLER


def _repaired(_: Dataset) -> str:
    step, lam, start = AS_TAUGHT
    changes = {
        f"steps of {WORKS[0]}": (WORKS[0], lam, start),
        f"a start of {WORKS[2]}": (step, lam, WORKS[2]),
    }
    found = [f"{name}: {_unseen(0.3, 0.0, TRUE_TASTES, *how)[0]:.3f}" for name, how in changes.items()]
    more, mean = _unseen(0.3, 0.0, TRUE_TASTES, *AS_TAUGHT, SEED, 300)
    return f"{'; '.join(found)}; 300 rounds: {more:.3f}. The mean: {mean:.3f}."


def _best_penalty(_: Dataset) -> str:
    errors = {lam: _unseen(0.3, 0.5, TRUE_TASTES, WORKS[0], lam, WORKS[2]) for lam in (0.1, 0.2)}
    listed = ", ".join(f"{lam}: {error:.3f}" for lam, (error, _) in errors.items())
    return f"{listed}. Even so the mean is better: {errors[0.2][1]:.3f}. So much noise hides the tastes."


def _half(_: Dataset) -> str:
    share = next(share for share in SHARES[2:] if np.divide(*_unseen(share, 0.0, TRUE_TASTES, *WORKS)) < 0.5)
    return f"From {share:.0%}: {_unseen(share, 0.0, TRUE_TASTES, *WORKS)[0]:.3f}."


def hits(world: LowRank, r: Round, person: int, n: int = 5) -> int:
    """How many of the n best unseen titles the model names."""
    named = best_unseen(predict(r)[person], world.R[person], n)
    return len(np.intersect1d(named, best_unseen(world.true[person], world.R[person], n)))


def _who(people: np.ndarray) -> str:
    return ", ".join(str(person + 1) for person in people)


def _all_five(_: Dataset) -> str:
    world, learned = trained(0.3, 0.0, TRUE_TASTES, *WORKS)
    count = np.array([hits(world, learned, person) for person in range(len(world.R))])
    return f"All five: person {_who(np.flatnonzero(count == 5))}. On average {count.mean():.1f} of five."


def one_step(cells: bool = True, lam: float = 0.2) -> float:
    """Where q stands after one step on one star of 5, when the mean is 3, p = 1 and q = 0.5."""
    R, zero = np.array([[5.0 - 3.0 if cells else 5.0]]), np.zeros(1)
    P, Q = np.array([[1.0]]), np.array([[0.5]])
    one_pass(R, np.array([[0, 0]]), zero.copy(), zero.copy(), P, Q, 0.5, lam)
    return float(Q[0, 0])


LESSON = Lesson(
    key="world",
    number=7,
    title="Hidden world",
    question="Can hidden tastes be found again from a few stars?",
    group=TASTES,
    minutes=15,
    steps=(
        Step(
            title="A world whose truth we know",
            words="We invent 50 people and 30 titles. A star is the [[dot product]] of a person's tastes and a title's traits, five "
            "[[hidden factors|hidden factor]] each. Some stars are seen, the rest are [[missing]]. A program trains on what is seen.",
            see="On stars it saw, it is better than the plain mean, which gives every title the same star. And on the rest?",
            code=(low_rank,),
            numbers=first_error,
        ),
        Step(
            title="A curve that falls",
            words="For each star seen: take the error, and move tastes and traits a little down its [[gradient]]. Press *Run*.",
            see="The first thing learned is [[bias]]: who is strict, what is good. The tastes start so near 0 that they hardly move for "
            "50 rounds. After *Show*, look at the biases alone.",
            code=(sgd, one_pass, predict),
            numbers=two_curves,
        ),
        Step(
            title="Gaps and noise",
            words="Now with good steps. How much must be seen? What if people give stars by mood, so that there is noise? And if the model "
            "looks for more tastes than there are?",
            see="With noise, a small [[penalty]] means [[overfitting]]: it learns moods by heart. More tastes than the truth do little "
            "harm; too few do.",
            code=(low_rank, sgd, predict),
        ),
        Step(
            title="Five for one person",
            words="Nobody needs stars for all titles. The question is which five to show. The model names five that a person has not "
            "seen; we know which five are right.",
            see="With good steps the model names three of the five right ones on average, with those often taught half as many.",
            code=(best_unseen, predict),
            numbers=five_best,
        ),
        Step(
            title="Are these the tastes?",
            words="Top: the true traits of the titles. Below: what was learned. Now *turn* what was learned: all its numbers "
            "change, and no prediction does.",
            see="The space is found, but not its axes: taste by taste, the match moves with each turn. So do not give a learned "
            "[[hidden factor]] a name too soon.",
            code=(agreement, rotation),
            numbers=likeness_of_tastes,
        ),
    ),
    guess=Guess(
        label="After 100 rounds: is its error on unseen stars smaller or larger than the mean's?",
        answer=_larger_or_smaller,
        steps=(1, 2),
        options=(SMALLER, LARGER),
        after="Step 2 finds out why.",
    ),
    tasks=(
        Task(
            2,
            "Change *one* thing, and be better than the mean.",
            lambda values: bool(values["unseen"] < values["mean"]) and values["changed"] == 1,
            _repaired,
        ),
        Task(
            3,
            "From which share seen is the error less than half of the mean's, without noise?",
            lambda values: values["noise"] == 0 and values["unseen"] < values["mean"] / 2,
            _half,
        ),
        Task(
            3,
            "With noise 0.5 and a share of 30 %, find a penalty with an error below 0.5.",
            lambda values: values["noise"] == 0.5 and values["seen"] == 0.3 and values["unseen"] < 0.5,
            _best_penalty,
        ),
        Task(4, "Find a person for whom the model names all five.", lambda values: values["hits"] == 5, _all_five),
    ),
    check=Check(
        question="One star of 5; the mean is 3; nobody is strict. p = 1, q = 0.5, step 0.5, penalty 0.2. What is q after one step?",
        answer=one_step,
        mistakes=(
            Mistake(lambda: one_step(lam=0.0), "You left out the penalty: it pulls q towards 0."),
            Mistake(lambda: one_step(cells=False), "You forgot the mean: the error is 5 − 3 − p·q."),
            Mistake(
                lambda: 0.5 + 0.5 * (1.5 * (1 + 0.5 * (1.5 * 0.5 - 0.2)) - 0.2 * 0.5),
                "You moved p first: both move from where they stood before.",
            ),
        ),
        step=2,
    ),
    notes=Notes(
        ask="A program's error falls from round to round. What do you know about stars that it has never seen?",
        wrong=(
            "“The curve falls, so it learns.” It does, but not what is needed. Ask which cells the curve is about.",
            "It is called overfitting. Look at the curve of the biases alone: the tastes have not even begun to move.",
            "Learned tastes are given names. Turn them in step 5: the names are gone, the stars are the same.",
        ),
        plan=(
            (3, "Step 1: what is true, what is seen; hands up for the guess."),
            (5, "Step 2: Run, Show, Biases alone; then each pair changes one thing."),
            (3, "Step 3: first more stars, then noise and penalty."),
            (2, "Step 4: everybody takes the person of their own number in class."),
            (2, "Step 5: turn, and ask what has changed."),
        ),
        take_home="0.475 against 0.445: the curve fell, and the unseen stars got worse than by the mean.",
    ),
    next_words="The page Factors shows the hidden factors of the app's own model, with the titles at both ends.",
    next_page="factors",
    next_label="Look at the app's hidden factors",
)
