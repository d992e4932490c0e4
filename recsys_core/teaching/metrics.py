"""Lesson 10: six measures of a list, stars against order, what lies beyond hits, and how sure a figure is."""

from __future__ import annotations

import numpy as np

from recsys_core.common.metrics import (
    average_precision_at_k,
    catalogue_coverage,
    count_exposure,
    gini,
    hit_rate_at_k,
    intra_list_diversity,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
    rmse,
)
from recsys_core.data.dataset import Dataset
from recsys_core.lessons.toys import RIGHT_ORDER, TEN, TEN_RELEVANT, TRUE_STARS, WRONG_FIRST
from recsys_core.teaching.lesson import WORLD, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

K = 10
BEFORE, SWAPPED = "ABCDEFGHIJ", "BACDEFGHIJ"
"""Ten titles as they were ranked first, and after ranks 1 and 2 have changed places."""
LIKED = "BCGJ"
"""Which of them are hits: ranks 2, 3, 7 and 10 of the first list, as in :data:`TEN`."""
STRETCH = 10
"""Times that far from their mean, the stars of model A are the true ones."""
COUNTS = {0: "None", 1: "One", 3: "Three", 6: "All six"}


def hits_of(order: str) -> np.ndarray:
    """Which ranks of a list of titles, such as ``BACD``, are hits: bool (n,)."""
    return np.array([title in LIKED for title in order])


def six_measures(hits: np.ndarray, k: int = K, n_relevant: int = TEN_RELEVANT) -> dict[str, float]:
    """One list by six measures."""
    return {
        "Precision": precision_at_k(hits, k),
        "Recall": recall_at_k(hits, k, n_relevant),
        "Hit rate": hit_rate_at_k(hits, k),
        "Reciprocal rank": reciprocal_rank(hits[:k]),
        "Average precision": average_precision_at_k(hits, k, n_relevant),
        "NDCG": ndcg_at_k(hits, k, n_relevant),
    }


def changed(before: np.ndarray, after: np.ndarray) -> list[str]:
    """Which of the six measures differ between two lists."""
    old, new = six_measures(before), six_measures(after)
    return [name for name in old if abs(old[name] - new[name]) > 1e-9]


def one_place_up() -> Numbers:
    """A hit moves up one place: at the top, and at the bottom."""
    top, bottom = hits_of(SWAPPED), hits_of("ABCDEFGHJI")
    return {
        "precision before": precision_at_k(TEN, K),
        "precision after the swap at the top": precision_at_k(top, K),
        "NDCG before": ndcg_at_k(TEN, K, TEN_RELEVANT),
        "NDCG after the swap at the top": ndcg_at_k(top, K, TEN_RELEVANT),
        "NDCG after the swap at the bottom": ndcg_at_k(bottom, K, TEN_RELEVANT),
    }


def discounts(k: int) -> np.ndarray:
    """What a hit at each of the first k ranks counts: (k,)."""
    return np.array([1 / np.log2(rank + 1) for rank in range(1, k + 1)])


def terms_of_ndcg() -> Numbers:
    """What each rank of the list adds, and what it comes to."""
    return {
        "a hit would count": discounts(K),
        "this list has": discounts(K) * TEN,
        "NDCG": ndcg_at_k(TEN, K, TEN_RELEVANT),
        "recall": recall_at_k(TEN, K, TEN_RELEVANT),
    }


def stretched(stars: np.ndarray, times: float) -> np.ndarray:
    """Stars (n,) so many times as far from their mean: the order stays."""
    return stars.mean() + times * (stars - stars.mean())


def best_first(stars: np.ndarray) -> np.ndarray:
    """Where a list by these stars (n,) has the title that is truly best: bool (n,)."""
    return np.argsort(-stars, kind="stable") == TRUE_STARS.argmax()


def stars_or_order() -> Numbers:
    """Two models of five titles by both measures."""
    return {
        "RMSE of A": rmse(RIGHT_ORDER - TRUE_STARS),
        "RMSE of B": rmse(WRONG_FIRST - TRUE_STARS),
        "A finds the best title, 1 / place": reciprocal_rank(best_first(RIGHT_ORDER)),
        "B finds the best title, 1 / place": reciprocal_rank(best_first(WRONG_FIRST)),
        "RMSE of A, stretched": rmse(stretched(RIGHT_ORDER, STRETCH) - TRUE_STARS),
    }


def _changed(_: Dataset) -> str:
    return COUNTS[len(changed(TEN, hits_of(SWAPPED)))]


def _hits_first(_: Dataset) -> str:
    return f"All hits on top: NDCG {ndcg_at_k(np.sort(TEN)[::-1], K, TEN_RELEVANT):.4f}, precision still {precision_at_k(TEN, K):.1f}."


def _hits_last(_: Dataset) -> str:
    n = int(TEN.sum())
    found = six_measures(np.sort(TEN), K, n)
    return f"Hits last, {n} relevant titles: recall {found['Recall']:.0f}, NDCG {found['NDCG']:.3f}."


def _third(_: Dataset) -> str:
    stars = WRONG_FIRST.copy()
    stars[0] = 2.9
    place = round(1 / reciprocal_rank(best_first(stars)))
    return f"2.9 stars: place {place}, and B's RMSE {rmse(stars - TRUE_STARS):.2f} stays below A's {rmse(RIGHT_ORDER - TRUE_STARS):.2f}."


def _first_three(n_relevant: int) -> float:
    return ndcg_at_k(TEN[:3], 3, n_relevant)


LESSON = Lesson(
    key="metrics",
    number=10,
    title="Metrics",
    question="Which list is better?",
    group=WORLD,
    minutes=12,
    steps=(
        Step(
            title="One place up",
            words="A list of ten titles has four hits (♥). Twelve titles would have been right in all. Now ranks 1 and 2 change places: "
            "the hit B moves to the top. [[Precision|precision]] counts the hits, [[recall]] asks how many of the twelve are there.",
            see="Then move a hit one place up at the bottom of the list, and one at the top. Which step is worth more?",
            code=(precision_at_k, recall_at_k, hit_rate_at_k, reciprocal_rank, average_precision_at_k, ndcg_at_k),
            numbers=one_place_up,
        ),
        Step(
            title="Where a hit counts",
            words="People start reading at the top. So a hit at rank *r* counts only 1 / log₂(*r* + 1). [[NDCG]] adds this up and "
            "divides it by the sum of the best list there could be.",
            see="The best list is made of *all* relevant titles, also those that were missed. Whoever divides by the found hits only gets "
            "a mark that is too good.",
            code=(ndcg_at_k, recall_at_k, precision_at_k),
            numbers=terms_of_ndcg,
        ),
        Step(
            title="Stars or order?",
            words="Two models predict stars for five titles. Errors are measured by [[RMSE]], in stars. B's stars are much closer to the "
            "truth. But a list shows only the *order*. Which model puts the right title first?",
            see="The smaller error has the wrong title on top. Stretch A: its order stays, and its error is gone. An error in stars is not "
            "a mark for a list.",
            code=(rmse, reciprocal_rank),
            numbers=stars_or_order,
        ),
        Step(
            title="Beyond hits: your list",
            words="A list can be right and dull. *Diversity*: how unlike are its titles? *Novelty*: how few people know them? "
            "[[Coverage|coverage]] and *Gini* look at many lists: do all get the same titles? Mark what you would watch.",
            see="Fame wins no prize for novelty or coverage. What people pay, or how long they stay, no list can tell by itself.",
            code=(intra_list_diversity, novelty, catalogue_coverage, gini, count_exposure),
        ),
        Step(
            title="How sure is a figure?",
            words="Two models: A takes a title's mean, B does the same but trusts few ratings less. Draw test ratings again and again. "
            "Each draw gives another [[RMSE]]. How often does the worse model win by luck?",
            see="Four decimals are decoration. Ask both models about the *same* ratings: luck then hits both, and their difference "
            "settles.",
            code=(rmse,),
        ),
    ),
    guess=Guess(
        label="Ranks 1 and 2 change places. How many of the six measures change?",
        answer=_changed,
        steps=(1,),
        options=tuple(COUNTS.values()),
        after="Precision, recall and hit rate do not look at the order.",
    ),
    tasks=(
        Task(
            1,
            "Precision never moves. Find the order with the highest NDCG.",
            lambda values: values["ndcg"] >= ndcg_at_k(np.sort(TEN)[::-1], K, TEN_RELEVANT) - 1e-9,
            _hits_first,
        ),
        Task(
            2,
            "Make recall 1 and NDCG worse than 0.5.",
            lambda values: values["recall"] > 1 - 1e-9 and values["ndcg"] < 0.5,
            _hits_last,
        ),
        Task(
            3,
            "Push the best title down to B's third place while B's RMSE stays below A's 1.27.",
            lambda values: values["place"] >= 3 and values["rmse_b"] < rmse(RIGHT_ORDER - TRUE_STARS),
            _third,
        ),
    ),
    check=Check(
        question="The list stops after three ranks; hits at ranks 2 and 3, twelve relevant titles in all. What is NDCG@3? "
        "(1 / log₂ of 2, 3, 4 is 1, 0.631, 0.5.)",
        answer=lambda: _first_three(TEN_RELEVANT),
        mistakes=(
            Mistake(
                lambda: _first_three(int(TEN[:3].sum())),
                "You divided by the best order of the two hits that were found: with twelve relevant titles, all ranks could be hits.",
            ),
            Mistake(lambda: float(discounts(3) @ TEN[:3]), "You did not divide by the sum of the best list."),
            Mistake(lambda: precision_at_k(TEN, 3), "That is precision: it does not ask at which ranks the hits stand."),
        ),
        step=2,
    ),
    notes=Notes(
        ask="Two shops show the same ten films in another order. Is one list better?",
        wrong=(
            "“Higher recall is the better list.” Twelve are relevant and ten are shown: recall cannot reach 1 here.",
            "NDCG is divided by the hits that were found. Ask what a perfect list would have shown.",
            "A smaller RMSE is taken for better lists. Let the class read B's list aloud.",
        ),
        plan=(
            (3, "Step 1: hands up for the guess, then move one hit at the top and one at the bottom."),
            (3, "Step 2: check yourself on paper, in pairs."),
            (3, "Step 3: which model would you buy? Then stretch A."),
            (3, "Steps 4 and 5: whose list is dull, and which decimals to believe."),
        ),
        take_home="RMSE 0.38 with the wrong title first, 1.27 with all in order: an error in stars does not judge a list.",
    ),
    next_words="The page Compare measures all models of this app with these functions.",
    next_page="compare",
    next_label="Compare the app's models",
)
