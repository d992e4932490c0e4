"""Lesson 11: the same predictions look excellent or useless, depending on what was hidden from them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from recsys_core.common.metrics import rmse
from recsys_core.data.dataset import Dataset
from recsys_core.evaluation.splits import Split, by_pairs, by_time, cold_titles, k_folds, new_visitors, ratings_frame
from recsys_core.lessons.series import means_of, part, shrunk_means, siblings
from recsys_core.lessons.toys import Series, hide_of_series, series
from recsys_core.teaching.lesson import WORLD, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

PEOPLE, GIVEN, FOLDS, BEST = 600, 5, 5, 10
"""People of the open data set that are looked at, ratings given of a new one, folds, and titles of a list."""
PAIRS, VISITORS, TITLES, TIME = "Pairs", "People", "Titles", "Time"
TITLE_MEAN = "Title's mean"
SHRINK = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0)
"""How many ratings that equal the mean of all each title is lent."""
WHAT = {
    "random": "A random fifth",
    "season 4": "Season 4",
    "shows": "Whole shows",
    "first": "Season 1 of new shows",
    "people": "New people",
}
"""What can be hidden in the invented world."""


def frame_of(R: np.ndarray) -> pd.DataFrame:
    """A row per rating of R (n, m), NaN where not rated; people came one after another, so that a later row is later in time."""
    person, title = np.argwhere(~np.isnan(R)).T
    names = {"user_id": [f"{p:02}" for p in person], "item_id": [f"{t:02}" for t in title]}
    return pd.DataFrame(names | {"rating": R[person, title], "timestamp": person * 1000.0 + title})


def split_by(ratings: pd.DataFrame, how: str, given: int = 1, share: float = 0.2) -> Split:
    """Hide a share: of the pairs, of the people, of the titles, or the latest."""
    if how == PAIRS:
        return by_pairs(ratings, test_fraction=share)
    if how == VISITORS:
        return new_visitors(ratings, n_given=given, test_fraction=share)
    return cold_titles(ratings, fraction=share) if how == TITLES else by_time(ratings, test_fraction=share)


class Parts(NamedTuple):
    """Who (n,), what (n,) and the stars (n,) of the ratings that are known, then of those (r,) that are asked."""

    person: np.ndarray
    title: np.ndarray
    stars: np.ndarray
    asked_person: np.ndarray
    asked_title: np.ndarray
    asked_stars: np.ndarray

    @property
    def unknown_people(self) -> float:
        """The share of the asked ratings whose people nothing is known of."""
        return float(np.mean(~np.isin(self.asked_person, self.person)))


def parts_of(split: Split) -> Parts:
    """A split as whole numbers; the given ratings of new people are known."""
    known = split.train if split.given is None else pd.concat([split.train, split.given])
    both = pd.concat([known, split.test])
    person, title, n = pd.factorize(both["user_id"])[0], pd.factorize(both["item_id"])[0], len(known)
    stars = both["rating"].to_numpy(float)
    return Parts(person[:n], title[:n], stars[:n], person[n:], title[n:], stars[n:])


def baselines(parts: Parts) -> dict[str, float]:
    """The errors of four simple answers: the mean of all, the person's, the title's, and both together."""
    mean = float(parts.stars.mean())
    person = means_of(parts.person, parts.stars, parts.asked_person)
    title = means_of(parts.title, parts.stars, parts.asked_title)
    found = {"Mean of all": np.full(len(person), mean), "Person's mean": person, TITLE_MEAN: title, "Both": person + title - mean}
    return {name: rmse(stars - parts.asked_stars) for name, stars in found.items()}


@lru_cache(maxsize=1)
def world() -> Series:
    """The invented world of shows; it is always the same."""
    return series()


def errors_of(what: str, leak: bool = False) -> tuple[float, float]:
    """The error of the siblings and that of the mean when this is hidden. ``leak``: the asked ratings are learned from, too."""
    stays, asked = (part(world(), chosen) for chosen in hide_of_series(world(), what))
    known = world() if leak else stays
    return rmse(siblings(known, asked) - asked.stars), rmse(known.stars.mean() - asked.stars)


def five_questions() -> Numbers:
    """The same program, asked about five different things."""
    return {WHAT[what]: errors_of(what)[0] for what in WHAT} | {"mean of all, season 1 of new shows": errors_of("first")[1]}


def one_rater() -> Numbers:
    """A title with one rating of 5 and one with ten of 4, for growing m; the mean of all is 3."""
    sums, counts = np.array([5.0, 40.0]), np.array([1, 10])
    means = np.array([shrunk_means(sums, counts, 3.0, m) for m in SHRINK])
    return {"one rating of 5": means[:, 0], "ten ratings of 4": means[:, 1]}


class Counted(NamedTuple):
    """Sums (m,), numbers (m,) of the ratings of titles, their positions (m,) and the mean of all ratings."""

    sums: np.ndarray
    counts: np.ndarray
    titles: np.ndarray
    mean: float


def counted(dataset: Dataset) -> Counted:
    """What 600 people gave to each title that any of them rated."""
    ratings = dataset.sample_users(PEOPLE).ratings
    counts = np.bincount(ratings.indices, minlength=dataset.n_items)
    sums = np.bincount(ratings.indices, ratings.data, minlength=dataset.n_items)
    titles = np.flatnonzero(counts)
    return Counted(sums[titles], counts[titles], titles, float(ratings.data.mean()))


def best_by(found: Counted, m: float) -> tuple[np.ndarray, np.ndarray]:
    """The ten best places by shrunk means, best first, and all shrunk means (m,)."""
    means = shrunk_means(found.sums, found.counts, found.mean, m)
    return np.argsort(-means, kind="stable")[:BEST], means


def can_split(dataset: Dataset) -> bool:
    """Whether there are enough ratings to hide some."""
    return dataset.n_users >= 5 and dataset.ratings.nnz >= 50 and dataset.n_items >= BEST


_NONE = "This data set has too few ratings."


def _useless_title_mean(dataset: Dataset) -> str:
    if not can_split(dataset):
        return _NONE
    errors = baselines(parts_of(split_by(ratings_frame(dataset.sample_users(PEOPLE)), TITLES)))
    return f"Titles: {errors[TITLE_MEAN]:.2f}, exactly like the mean of all. Nobody has rated them before."


def _one_rater_leaves(dataset: Dataset) -> str:
    if not can_split(dataset):
        return _NONE
    found = counted(dataset)
    for m in SHRINK:
        fewest = int(found.counts[best_by(found, m)[0]].min())
        if fewest > 1:
            return f"m = {m:g}: now each of the ten has {fewest} raters or more."
    return "At none of these."


def _leak(_: Dataset) -> str:
    honest, leaked = errors_of("random")[0], errors_of("random", leak=True)[0]
    return f"{leaked:.2f} instead of {honest:.2f}. It only copies: on truly new ratings it is no better."


RANDOM_ERROR = errors_of("random")[0]

LESSON = Lesson(
    key="splits",
    number=11,
    title="Splits",
    question="Whom do you ask, and about what?",
    group=WORLD,
    minutes=15,
    steps=(
        Step(
            title="Colour the cells",
            words="To test a model, hide some ratings, let it learn from the others, and ask for the hidden ones: a [[split]]. What do you"
            " hide: single ratings (pairs), whole people, whole titles, or the latest? Count whom and what the model meets for the "
            "first time.",
            see="Framed cells, or dark ones, are asked. Hide pairs, and nearly everybody is known. Hide people, titles or the latest, and "
            "the question becomes another one: a [[cold start]].",
            code=(by_pairs, new_visitors, cold_titles, by_time),
        ),
        Step(
            title="Season 4",
            words="An invented world: people who like a show go on with its next season. The model is simple: it says the mean of your "
            "*other seasons* of that show, else your mean. On a random fifth, its typical error is small. Guess!",
            see="Who knows season 3 knows season 4: a random split mostly asks for that. It never asked what matters: will I like a show "
            "that I have not begun?",
            code=(siblings, part, hide_of_series),
            numbers=five_questions,
        ),
        Step(
            title="The same answers, four questions",
            words="Real size: the simplest answers of all, each a [[baseline]]. Bars: their typical error, [[RMSE]]. Change what is "
            "hidden. Which answer suffers?",
            see="An answer is only as good as what is known about the one asked. Quote an error, and say what was hidden.",
            code=(means_of,),
        ),
        Step(
            title="The ten best by average",
            words="Which titles are best? Sort by their mean, and see how many people stand behind each. The remedy: lend every title *m* "
            "ratings that equal the mean of all.",
            see="At m = 0 the winners are those that hardly anybody has rated: one 5 is a mean of 5. With m, few raters move a title "
            "little.",
            code=(shrunk_means,),
            numbers=one_rater,
        ),
        Step(
            title="Five folds",
            words="One split is one throw of the dice. So split into five parts, hide each of them once, and look at how far the five "
            "errors lie apart.",
            see="Each cell of the small table has the number of the fold that asks for it. A difference smaller than the spread of the "
            "bars is no news.",
            code=(k_folds,),
        ),
    ),
    guess=Guess(
        label=f"A random fifth: {RANDOM_ERROR:.2f} stars off. And season 1 of a new show?",
        answer=lambda _: errors_of("first")[0],
        steps=(2,),
        low=0.0,
        high=2.0,
        start=0.5,
        after="About what the mean of all gets.",
    ),
    tasks=(
        Task(
            2,
            "Leak the future: let it learn from the answers, too. How low does the error get?",
            lambda values: values["leak"],
            _leak,
        ),
        Task(
            3,
            "Find a split in which the title's mean is worth nothing.",
            lambda values: values.get("how") == TITLES,
            _useless_title_mean,
        ),
        Task(
            4,
            "Find the smallest m at which no title with a single rater is left in the ten.",
            lambda values: values["before"] == 1 < values["fewest"],
            _one_rater_leaves,
        ),
    ),
    check=Check(
        question="Two people gave a title 5 stars. The mean of all is 3. Lend it m = 4 ratings of 3. What is its mean now?",
        answer=lambda: float(shrunk_means(np.array([10.0]), np.array([2]), 3.0, 4)[0]),
        mistakes=(
            Mistake(lambda: 5.0, "That is the plain mean: nothing was lent."),
            Mistake(lambda: 4.0, "You took the middle of the two means. The lent ratings are four, the given ones two."),
            Mistake(lambda: (10 + 3) / 6, "You lent the mean once, but counted it four times."),
            Mistake(lambda: (4 * 5 + 2 * 3) / 6, "The weights are swapped: two ratings of 5, four of 3."),
        ),
        step=4,
    ),
    notes=Notes(
        ask="A model is half a star off. What must you know before you call it good?",
        wrong=(
            "“A random split is fair, as nobody chose.” It is fair to its own question; step 2 shows that it is the wrong one.",
            "“Then hide everything new.” What to hide follows from the use: a list for regulars asks other questions than a first visit.",
            "The mean of all is left out. Without it, nobody sees that 1.03 is nothing.",
        ),
        plan=(
            (3, "Step 1: on the small table, count the unknown by hand for each split."),
            (5, "Step 2: guess by a show of hands, then go through the five questions."),
            (3, "Step 3: which bar will grow? Ask before each change."),
            (2, "Step 4: read out the first ten at m = 0. Who knows them?"),
            (2, "Step 5, and the check on paper."),
        ),
        take_home="0.52 by a random fifth, 1.03 for shows not yet begun: nearly the mean of all, 1.04. The split decides.",
    ),
    next_words="The page About says how this app was measured: with what hidden, and beside which baselines.",
    next_page="about",
    next_label="How this app was measured",
)
