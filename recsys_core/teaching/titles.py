"""Lesson 2: titles in groups, by what describes them, and a mark for groups that random ones get, too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.content import tf_idf, vocabulary, words_of
from recsys_core.lessons.titles import (
    at_random,
    crossed,
    k_means,
    mutual_information,
    nearest_words,
    purity,
    title_vectors,
    word_vectors,
)
from recsys_core.lessons.toys import POINTS, field, first_genres, synopses
from recsys_core.models.svd import SVD
from recsys_core.teaching.lesson import CONTENT, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

NAME, SYNOPSIS, KEYWORDS, LIKED = "Its name", "Its synopsis", "Its keywords", "Who liked it"
DESCRIPTIONS = (NAME, SYNOPSIS, KEYWORDS, LIKED)
CLUSTERS, K = (5, 10, 19, 40), 19
OFFERED = 400
"""How many words can be chosen from."""
SIZES = (5, 10, 19, 40, 80, 160, 320, 640)
"""Numbers of clusters at which random ones are judged."""
MOST_TITLES, MOST_PEOPLE = 5000, 6000
DIM, ROUNDS = 50, 20
PURE = 0.25
SEVEN, SEVEN_KINDS = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 0, 2])
"""Clusters and genres of seven titles, to judge by hand."""


def six_points() -> Numbers:
    """The sum of squared distances after each half of a round, and where the centres end."""
    halves = list(k_means(POINTS, 2, 8))
    return {"sum of squares": np.array([now.spread for now in halves]), "centres at the end": halves[-1].centres}


def seven_titles() -> Numbers:
    """Purity and information of two clusters of seven titles, and the purity of every title in a cluster of its own."""
    return {
        "purity": purity(SEVEN, SEVEN_KINDS),
        "bits": mutual_information(SEVEN, SEVEN_KINDS),
        "purity of random clusters": purity(at_random(7, 2, 0), SEVEN_KINDS),
        "purity of one cluster for each title": purity(np.arange(7), SEVEN_KINDS),
    }


# --- a whole catalogue, each thing once per data set -----------------------------------------------------------------

_KEPT: dict[str, Any] = {}
_TURN = threading.RLock()


def kept(dataset: Dataset, name: str, make: Callable[[], Any]) -> Any:
    """Compute something once per data set: all visitors share it. Only the last data set's are remembered."""
    with _TURN:
        this = (dataset.key, dataset.n_items, dataset.n_ratings)
        if _KEPT.get("of") != this:
            _KEPT.clear()
            _KEPT["of"] = this
        if name not in _KEPT:
            _KEPT[name] = make()
        return _KEPT[name]


def forget() -> None:
    """Forget what is kept: the next look computes it anew."""
    with _TURN:
        _KEPT.clear()


def best_known(dataset: Dataset) -> np.ndarray:
    """Positions of the titles that are grouped, ascending: all, or the best known of a large data set."""
    return np.sort(dataset.by_popularity[:MOST_TITLES])


def of_titles(dataset: Dataset, texts: list[str]) -> list[str]:
    """The texts of the titles that are grouped."""
    return [texts[i] for i in best_known(dataset)]


def learned_words(dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """Vectors of the words of all synopses (w, d), and the words; none where there are too few texts."""

    def learn() -> tuple[np.ndarray, list[str]]:
        texts = of_titles(dataset, dataset.items["text"].tolist())
        n_words = len(vocabulary(texts, 3, 5000))
        dim = min(DIM, n_words - 1, len(texts) - 1)
        return word_vectors(texts, dim, 0) if dim > 1 else (np.zeros((0, 2)), [])

    found: tuple[np.ndarray, list[str]] = kept(dataset, "words", learn)
    return found


def offered_words(dataset: Dataset) -> list[str]:
    """The most frequent words of the synopses, to choose one from."""
    found: list[str] = kept(dataset, "offered", lambda: vocabulary(of_titles(dataset, dataset.items["text"].tolist()), 3, OFFERED))
    return found


def liked_by(dataset: Dataset) -> np.ndarray:
    """The place of each title on the hidden factors of the app's SVD, as rows of length 1; zeros without ratings."""
    if not dataset.n_ratings:
        return np.zeros((len(best_known(dataset)), 2))
    F = SVD().fit(dataset.sample_users(MOST_PEOPLE)).item_factors_[best_known(dataset)]
    return F / np.maximum(np.linalg.norm(F, axis=1, keepdims=True), 1e-12)


def vectors(dataset: Dataset, what: str) -> np.ndarray:
    """What one of :data:`DESCRIPTIONS` says of each title, (n, d)."""
    make: dict[str, Callable[[], np.ndarray]] = {
        NAME: lambda: title_vectors(of_titles(dataset, dataset.items["title"].tolist()), *learned_words(dataset)),
        SYNOPSIS: lambda: tf_idf(of_titles(dataset, synopses(dataset)), 2, 500)[0],
        KEYWORDS: lambda: tf_idf(of_titles(dataset, field(dataset, "keywords")), 2, 2000)[0],
        LIKED: lambda: liked_by(dataset),
    }
    found: np.ndarray = kept(dataset, what, make[what])
    return found


def grouped(dataset: Dataset, what: str, k: int) -> np.ndarray | None:
    """The cluster of each title (n,), after at most twenty rounds; None where nothing describes the titles."""

    def group() -> np.ndarray | None:
        X = vectors(dataset, what)
        return list(k_means(X, k, 0, ROUNDS))[-1].labels if X.any() else None

    found: np.ndarray | None = kept(dataset, f"{what} {k}", group)
    return found


def genres_of(dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """The first genre of each title that is grouped as a number from 0, (n,), and the names of the genres."""

    def find() -> tuple[np.ndarray, list[str]]:
        numbers, names = first_genres(dataset)
        there, kinds = np.unique(numbers[best_known(dataset)], return_inverse=True)
        return kinds, [names[number] or "no genre" for number in there]

    found: tuple[np.ndarray, list[str]] = kept(dataset, "genres", find)
    return found


def inside(dataset: Dataset, what: str, k: int, place: int) -> np.ndarray:
    """Positions of the titles in the ``place``-th largest cluster, from 0, best known first; none where there are no clusters."""
    labels = grouped(dataset, what, k)
    if labels is None:
        return np.empty(0, dtype=np.int64)
    largest = np.argsort(-np.bincount(labels, minlength=k), kind="stable")[place]
    titles = best_known(dataset)[labels == largest]
    return titles[np.argsort(-dataset.raters[titles], kind="stable")]


def silly_pair(dataset: Dataset) -> tuple[str, str, str] | None:
    """A word and two titles in one cluster of names that share it and nothing else: of the pairs of other genres the best known."""
    labels = grouped(dataset, NAME, K)
    if labels is None:
        return None
    titles, kinds = best_known(dataset), genres_of(dataset)[0]
    first: dict[tuple[int, str], int] = {}
    for at in np.argsort(-dataset.raters[titles], kind="stable").tolist():
        for word in words_of(dataset.title(titles[at]).title):
            other = first.setdefault((int(labels[at]), word), at)
            if kinds[other] != kinds[at]:
                return word, dataset.title(titles[other]).with_year, dataset.title(titles[at]).with_year
    return None


def judged(dataset: Dataset, what: str, k: int, mark: Callable[[np.ndarray, np.ndarray], float]) -> float:
    """A mark for the clusters by one description; NaN where there are none."""
    labels = grouped(dataset, what, k)
    return np.nan if labels is None else mark(labels, genres_of(dataset)[0])


def random_mark(dataset: Dataset, k: int, mark: Callable[[np.ndarray, np.ndarray], float]) -> float:
    """The mark of random clusters."""
    kinds, _ = genres_of(dataset)
    return mark(at_random(len(kinds), k, 0), kinds)


def enough_for(dataset: Dataset, share: float = PURE) -> int:
    """The first of :data:`SIZES` at which random clusters reach a purity; 0 if none does."""
    return next((k for k in SIZES if random_mark(dataset, k, purity) >= share), 0)


def _purest(dataset: Dataset) -> str:
    marks = {what: judged(dataset, what, K, purity) for what in DESCRIPTIONS}
    return max((what for what in marks if np.isfinite(marks[what])), key=lambda what: marks[what], default=NAME)


def _silly(dataset: Dataset) -> str:
    found = silly_pair(dataset)
    return f"{found[1]} and {found[2]}: both names hold “{found[0]}”." if found else "There are none in this data set."


def _both_at_forty(dataset: Dataset) -> str:
    marks = [f"{what.lower()} {judged(dataset, what, 40, purity):.1%}" for what in (KEYWORDS, LIKED)]
    return f"With 40 clusters: {' and '.join(marks)}; random ones {random_mark(dataset, 40, purity):.1%}."


def _enough(dataset: Dataset) -> str:
    k = enough_for(dataset)
    return f"{k} clusters: {random_mark(dataset, k, purity):.1%}, without any sense in them." if k else "Not up to 640."


LESSON = Lesson(
    key="titles",
    number=2,
    title="Titles",
    question="Does a title's name tell its genre?",
    group=CONTENT,
    minutes=10,
    steps=(
        Step(
            title="Clusters by hand",
            words="Six points in two heaps, and both centres begin in the same heap. Give each point to its nearest centre. Move each "
            "centre to the middle of its points. And again, until nothing changes: this is *k-means*. "
            "Will it find a [[cluster]] for each heap?",
            see="Large marks are the centres. Press Step: points change sides, centres move, and the sum of squared distances never rises.",
            code=(k_means,),
            numbers=six_points,
        ),
        Step(
            title="Words near words",
            words="Which words mean nearly the same? Those that stand in the same stories. The app learns a row of numbers for each word "
            "from the synopses. Bars: the [[cosine]] of the nearest words.",
            see="A name is the mean of its words. Many names have no word that the synopses know: nothing can be said of them.",
            code=(word_vectors, nearest_words, title_vectors),
        ),
        Step(
            title="Four ways to describe a title",
            words="Group all titles by one description, without telling their genre. Then look: is a cluster mostly of one genre? "
            "*Purity* is the share of titles that have the main genre of their cluster.",
            see="A purity means nothing alone. Look at what random clusters get: it is not 0.",
            code=(k_means, crossed, purity),
        ),
        Step(
            title="How to judge clusters",
            words="More clusters, more purity: a title alone in its cluster is always pure. Information counts in bits what the cluster "
            "tells of the genre. Does it see through chance?",
            see="Both marks rise for random clusters, too. Compare with random clusters of the same number, or do not compare.",
            code=(purity, mutual_information, at_random),
            numbers=seven_titles,
        ),
    ),
    guess=Guess(
        label="Which description groups titles best by genre?",
        answer=_purest,
        options=DESCRIPTIONS,
        steps=(3,),
    ),
    tasks=(
        Task(
            1,
            "Step until nothing changes. How large is the sum then?",
            lambda values: values["ended"],
            lambda _: f"{list(k_means(POINTS, 2, 0))[-1].spread:.4f}, from wherever it began.",
        ),
        Task(
            3,
            "Look into a cluster of names: find two titles that are together for a silly reason.",
            lambda values: values["by"] == NAME and values["inside"] > 0,
            _silly,
        ),
        Task(
            3,
            "Show, and set 40 clusters. How far are keywords and who liked it from random?",
            lambda values: bool(values["shown"]) and values["k"] == 40,
            _both_at_forty,
        ),
        Task(
            4,
            "Find the smallest number of clusters with which random ones reach 25 %.",
            lambda values: values["enough"],
            _enough,
        ),
    ),
    check=Check(
        question="One cluster: two crime stories, one drama. The other: two dramas, one crime story, one western. What is the purity?",
        answer=lambda: purity(SEVEN, SEVEN_KINDS),
        mistakes=(
            Mistake(lambda: (2 / 3 + 2 / 4) / 2, "You took the mean of the two shares. Count titles: the larger cluster counts more."),
            Mistake(lambda: 3 / 7, "You counted one genre only: each cluster has its own main genre."),
        ),
        step=4,
    ),
    notes=Notes(
        ask="Star Wars, Star Trek, A Star Is Born: what does a name tell?",
        wrong=(
            "“20 % by names is not bad.” Random clusters get the same: always ask for the baseline.",
            "More clusters are taken for better ones. Put each title in a cluster of its own: 100 %.",
            "A cluster is thought to be a genre. The program never saw one.",
        ),
        plan=(
            (2, "Step 1: steps by hand on the board, then in the app."),
            (2, "Step 2: each pupil a word."),
            (4, "Step 3: show of hands, then Show. Why is it so?"),
            (2, "Step 4: find the number at which chance looks good."),
        ),
        take_home="Who liked a title tells its genre better than any text. And a fifth is what chance gets.",
    ),
    next_words="The page Factors shows what the app found in who liked what, and which genres stand at its ends.",
    next_page="factors",
    next_label="See the hidden factors",
)
