"""Lesson 1: words become numbers, stars become weights, and what happens where the words mean nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.content import idf, nearest, ridge, ridge_by_title, tf_idf, vocabulary
from recsys_core.lessons.toys import SENTENCE_STARS, SENTENCES, example_people, field, synopses
from recsys_core.teaching.lesson import CONTENT, Check, Guess, Lesson, Mistake, Notes, Numbers, Step, Task

ALPHAS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
SYNOPSIS, KEYWORDS, GENRES, BOTH = "Synopsis words", "Keywords", "Genres", "Keywords + genres"
FIELDS = (SYNOPSIS, KEYWORDS, GENRES, BOTH)
MOST_TITLES = 5000
"""The best known titles of a data set; a larger table would not fit into a lesson."""
TO_ZERO, TO_MEAN, APART, STAY = "To 0", "To the mean", "Apart", "Nowhere"


def five_sentences() -> Numbers:
    """TF-IDF of five sentences, and the idf of their words."""
    X, words = tf_idf(list(SENTENCES), 2, 500)
    return {"TF-IDF, a row for each sentence": X} | {f"idf of {word}": value for word, value in zip(words, idf(X), strict=True)}


def two_predictions() -> Numbers:
    """The weight of each word from three rated sentences, and the stars of the two others, at a small and a large penalty."""
    X, words = tf_idf(list(SENTENCES), 2, 500)
    found: dict[str, float] = {}
    for alpha in (1.0, 100.0):
        w, b = ridge(X[:3], SENTENCE_STARS, alpha)
        found |= {f"penalty {alpha:g}: weight of {word}": weight for word, weight in zip(words, w, strict=True)}
        found |= {f"penalty {alpha:g}: sentence {i + 1}": float(X[i] @ w + b) for i in (3, 4)}
    return found


def two_sums() -> Numbers:
    """The stars of the fifth sentence as a sum over words, and as a sum over the rated sentences."""
    X, _ = tf_idf(list(SENTENCES), 2, 500)
    w, b = ridge(X[:3], SENTENCE_STARS, 1.0)
    base, amounts = ridge_by_title(X[:3], SENTENCE_STARS, 1.0, X[4])
    return {
        "by word: start": b,
        "by word: the words": float(X[4] @ w),
        "by sentence: start": base,
        "by sentence: the three": amounts,
        "end by word": float(X[4] @ w) + b,
        "end by sentence": base + float(amounts.sum()),
    }


def like_the_first() -> Numbers:
    """The sentences most like the first one, without a single star."""
    X, _ = tf_idf(list(SENTENCES), 2, 500)
    return {f"cosine with sentence {i + 1}": float(X[i] @ X[0]) for i in nearest(X, 0, 4)}


class Described(NamedTuple):
    """TF-IDF of titles X (n, w), the words (w,), and the titles' positions in the data set (n,), ascending."""

    X: np.ndarray
    words: list[str]
    titles: np.ndarray


def described(dataset: Dataset, what: str) -> Described:
    """The best known titles by one of :data:`FIELDS`."""
    titles = np.sort(dataset.by_popularity[:MOST_TITLES])
    if what == SYNOPSIS:
        texts, most = synopses(dataset), 500
    else:
        columns = {KEYWORDS: ("keywords",), GENRES: ("genres",), BOTH: ("keywords", "genres")}[what]
        texts, most = [" ".join(parts) for parts in zip(*(field(dataset, column) for column in columns), strict=True)], 2000
    X, words = tf_idf([texts[i] for i in titles], 2, most)
    return Described(X, words, titles)


class Taste(NamedTuple):
    """What stars say: which rows of a table are rated (r,), their stars (r,), weights of words (w,), start, stars of all titles (n,)."""

    rows: np.ndarray
    stars: np.ndarray
    w: np.ndarray
    b: float
    predicted: np.ndarray


def taste(table: Described, ratings: dict[int, float], alpha: float) -> Taste:
    """Learn the weights of words from ratings by position; titles that are not in the table are left out."""
    rated = np.array(sorted(set(ratings) & set(table.titles.tolist())), dtype=int)
    rows = np.searchsorted(table.titles, rated)
    stars = np.array([ratings[i] for i in rated.tolist()])
    w, b = ridge(table.X[rows], stars, alpha)
    return Taste(rows, stars, w, b, table.X @ w + b)


def best(found: Taste, n: int) -> np.ndarray:
    """The n rows with most stars that are not rated yet."""
    order = np.argsort(-found.predicted, kind="stable")
    return order[~np.isin(order, found.rows)][:n]


def first_example(dataset: Dataset) -> dict[int, float]:
    """Ratings by position of the first example person whom the data set has."""
    people = example_people(dataset)
    return {dataset.position(item): stars for item, stars in next(iter(people.values()), {}).items()}


def predictions(alpha: float) -> np.ndarray:
    """Stars of the two sentences that are not rated."""
    X, _ = tf_idf(list(SENTENCES), 2, 500)
    w, b = ridge(X[:3], SENTENCE_STARS, alpha)
    return X[3:] @ w + b


def _under_a_large_penalty(_: Dataset) -> str:
    small, large, mean = predictions(1.0), predictions(100.0), float(SENTENCE_STARS.mean())
    if np.abs(large).max() < 0.5:
        return TO_ZERO
    if np.abs(large - mean).max() < 0.05:
        return TO_MEAN
    return APART if np.ptp(large) > np.ptp(small) else STAY


def largest_below(stars: float = 3.0) -> float:
    """The largest penalty at which *A detective in Paris follows a robot* stays below so many stars."""
    return max(alpha for alpha in ALPHAS if predictions(alpha)[1] < stars)


def _largest(_: Dataset) -> str:
    alpha = largest_below()
    return f"{alpha:g}: {predictions(alpha)[1]:.2f} stars."


def _strongest_word(dataset: Dataset) -> str:
    if not (ratings := first_example(dataset)):
        return "There is no example person in this data set: use your own ratings."
    table = described(dataset, BOTH)
    silly = described(dataset, SYNOPSIS)
    words = table.words[int(np.argmax(taste(table, ratings, 1.0).w))], silly.words[int(np.argmax(taste(silly, ratings, 1.0).w))]
    return f"For the first example person “{words[0]}”, where synopses said “{words[1]}”."


def _strongest_title(dataset: Dataset) -> str:
    if not (ratings := first_example(dataset)):
        return "There is no example person in this data set: use your own ratings."
    table = described(dataset, BOTH)
    found = taste(table, ratings, 1.0)
    top = int(best(found, 1)[0])
    _, amounts = ridge_by_title(table.X[found.rows], found.stars, 1.0, table.X[top])
    name = dataset.title(int(table.titles[found.rows[int(np.argmax(amounts))]])).title
    return f"For the first example person {name}: {amounts.max():+.2f} for {dataset.title(int(table.titles[top])).title}."


LESSON = Lesson(
    key="content",
    number=1,
    title="Content",
    question="What do your stars say about words?",
    group=CONTENT,
    minutes=12,
    steps=(
        Step(
            title="Words to numbers",
            words="A computer cannot read a story, but it can count words. Common words count less: their [[idf]] is smaller. "
            "Each row is scaled to length 1, so that long texts do not win.",
            see="Here each word is in two sentences: one idf for all. Choose 1, and rare words weigh more. Then change the last sentence.",
            code=(tf_idf, vocabulary, idf),
            numbers=five_sentences,
        ),
        Step(
            title="Stars to weights",
            words="You rate three sentences. The model gives each word a weight, so that start + weights × numbers come close to your "
            "stars. A [[penalty]] keeps the weights small. Then it says what the other two would get.",
            see="Move the penalty from end to end and watch both pictures. A careful model is not a gloomy one.",
            code=(ridge, tf_idf),
            numbers=two_predictions,
        ),
        Step(
            title="Your ratings",
            words="The same on the open catalogue, with the words of its synopses. Look at the words that pull most. "
            "Would you have said so? Then change what describes a title.",
            see="Few stars, many words: the weights stick to words that stand there by chance. "
            "Keywords and genres mean something, so few stars are enough.",
            code=(tf_idf, ridge),
        ),
        Step(
            title="The same sum by title",
            words="Why these stars? Add up the words of the title. Or add up what each title you rated says of it: the more words they "
            "share, the more it says. Two sums, one end.",
            see="Every word comes from your titles: so both sums must end at the same number. "
            "The app's own model says *why* by titles, too.",
            code=(ridge, ridge_by_title),
            numbers=two_sums,
        ),
        Step(
            title="A title nobody knows",
            words="A new title has no stars, a [[cold start]]. Its words are there from the first day. "
            "Bars: the [[cosine]] of the most similar titles.",
            see="Synopsis words find neighbours by chance, keywords by what a story is about. Quality they cannot see.",
            code=(nearest, tf_idf),
            numbers=like_the_first,
        ),
    ),
    guess=Guess(
        label="Penalty × 100: all weights go to 0. Where do the two predictions go?",
        answer=_under_a_large_penalty,
        options=(TO_ZERO, TO_MEAN, APART, STAY),
        steps=(2,),
        after="The start is not punished: it ends at the mean of your stars.",
    ),
    tasks=(
        Task(
            1,
            "Write a last sentence in which all numbers are 0.",
            lambda values: bool(values["empty"]),
            lambda _: "Any without a known word, such as “Rain falls at night”: nothing can be said about it but the mean.",
        ),
        Task(
            2,
            "Stars 5, 2, 4: find the largest penalty at which *detective in Paris* stays below 3 stars.",
            lambda values: values["given"] and values["alpha"] == largest_below(),
            _largest,
        ),
        Task(
            3,
            "Choose keywords + genres. Which word pulls most now?",
            lambda values: values["field"] == BOTH,
            _strongest_word,
        ),
        Task(
            4,
            "Add up by title. Which rated title gives most?",
            lambda values: values["by"] == "Titles",
            _strongest_title,
        ),
    ),
    check=Check(
        question="“A crew in space finds a signal.” has two known words, both with the idf 1.6931. What number does each get?",
        answer=lambda: float(tf_idf(list(SENTENCES), 2, 500)[0][0].max()),
        mistakes=(
            Mistake(lambda: 0.5, "You divided by the number of words. The *length* of the row is to be 1: √(x² + x²) = 1."),
            Mistake(lambda: float(idf(tf_idf(list(SENTENCES), 2, 500)[0])[0]), "That is the idf: scale the row to length 1."),
            Mistake(lambda: 1.0, "That is how often the word is there. Multiply by the idf, then scale the row to length 1."),
        ),
    ),
    notes=Notes(
        ask="You gave 5 stars to a story in space and 2 to one in Paris. What would you say of a robot in Paris?",
        wrong=(
            "“A large penalty makes bad predictions of 0.” It makes cautious ones: the mean.",
            "A weight is read as “likes this word”. With few stars it may be chance: look at step 3.",
            "Content models are thought to know quality. They know what a story is about.",
        ),
        plan=(
            (2, "Step 1: change a sentence, watch its row."),
            (4, "Step 2: show of hands on the penalty, then Show."),
            (3, "Step 3: whose words are these? Then repair with keywords."),
            (2, "Step 4: both sums, same end."),
            (1, "Step 5: a title nobody has rated."),
        ),
        take_home="A large penalty does not say 0 stars: it says the mean. And few stars on many words learn chance.",
    ),
    next_words="On the page For you, *Why?* opens the same sum: which words and which of your titles speak for a title.",
    next_page="for_you",
    next_label="For you, and why",
)
