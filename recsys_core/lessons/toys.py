"""The data of all lessons: tables to check by hand, invented worlds whose truth is known, and blocks of a real data set.

*Missing* is NaN, never 0, except in lessons 3 and 4: what comes of zeros for what is not rated is their subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.dataset import Dataset

_ = np.nan


def table(rows: list) -> np.ndarray:
    """Numbers that nobody can change by mistake: everyone in a class looks at the same table."""
    numbers = np.array(rows, dtype=float)
    numbers.setflags(write=False)
    return numbers


# --- lesson 1: five sentences ----------------------------------------------------------------------------------------

SENTENCES = (
    "A crew in space finds a signal.",
    "Two lovers in Paris find a letter.",
    "A robot in space loves a botanist.",
    "A detective finds a letter in the snow.",
    "A detective in Paris follows a robot.",
)
SENTENCE_STARS = table([5, 2, 4])
"""Stars of the first three sentences."""
STOP_WORDS = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "he", "her", "his", "in", "into", "is", "it",
    "its", "of", "on", "or", "she", "that", "the", "their", "them", "they", "this", "to", "who", "with", "when", "where", "while",
})  # fmt: skip

# --- lesson 2: six points in two heaps -------------------------------------------------------------------------------

POINTS = table([[0, 0], [0, 1], [1, 0], [5, 5], [6, 5], [5, 6]])

# --- lesson 3: pairs of people; 0 = not rated ------------------------------------------------------------------------

ALIKE = table([[5, 4, 0, 1, 0, 2], [4, 5, 3, 0, 0, 1]])
STRICT = table([[3, 2, 0, 1], [5, 4, 0, 3]])
"""The same order of titles at another level."""
OPPOSITE = table([[5, 4, 0, 1, 0, 2], [2, 1, 0, 5, 4, 4]])

# --- lesson 4: six people, six titles; 0 = not rated -----------------------------------------------------------------

SIX = table([[5, 4, 0, 1, 2, 0], [4, 5, 4, 1, 0, 0], [5, 5, 5, 2, 0, 1], [1, 0, 2, 5, 4, 5], [2, 1, 1, 4, 5, 0], [0, 0, 0, 5, 4, 5]])
ASKED_PERSON, ASKED_TITLE = 0, 2
ASKED_IN_TALL = "the-dark-knight-2008"
"""For the first person of the block :func:`tall` who has not rated it: of the best known titles the one that surprises most."""

# --- lesson 5: how many episodes four viewers saw of five series -----------------------------------------------------

VIEWERS = ("d1", "d2", "d3", "d4")
EPISODES = table([[2, 1, 0, 0, 0], [1, 2, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 2]])
NEWCOMER = table([0, 0, 1, 0, 1])

# --- lesson 6: five titles, four people ------------------------------------------------------------------------------

EVENING_TITLES = ("Letters from Lisbon", "One More Summer", "Three Puppies", "Midnight Pursuit", "The Last Sword")
EVENING_PEOPLE = ("Ana", "Bo", "Cem", "Dee")
EVENING = table([[5, 5, 0, 0], [5, _, _, 0], [_, 4, 0, _], [0, 0, 5, 4], [0, 0, 5, _]])
"""Stars 0 to 5, a row for each title. A fifth person, Eva, has rated nothing."""
EVENING_FEATURES = table([[0.9, 0], [1, 0.01], [0.99, 0], [0.1, 1], [0, 0.9]])
"""How much love and how much action each title has."""
EVENING_TASTES = table([[5, 0], [5, 0], [0, 5], [0, 5]])
"""How much each person likes love and action."""

# --- lesson 8: one turn by hand --------------------------------------------------------------------------------------

TURN = table([[2, _, 1], [_, 2, 4]])

# --- lesson 9: one pair by hand --------------------------------------------------------------------------------------

PAIR = (table([1, 0]), table([0.5, 0.5]), table([1, 0]))
"""A person, a title that the person watched and one that they did not."""

# --- lesson 10: lists ------------------------------------------------------------------------------------------------

TEN = np.isin(np.arange(1, 11), [2, 3, 7, 10])
"""Which ranks of a list of ten are hits."""
TEN.setflags(write=False)
TEN_RELEVANT = 12
TRUE_STARS = table([5, 4, 3, 2, 1])
RIGHT_ORDER = table([3.2, 3.1, 3, 2.9, 2.8])
WRONG_FIRST = table([4.4, 4.6, 3, 2, 1])

# --- lesson 11: what can be hidden -----------------------------------------------------------------------------------

GRID = table([[5, _, 4, _, 3], [_, 3, _, 5, _], [4, _, 5, _, _], [_, 4, _, 2, 5]])

# --- people for whoever has rated nothing ----------------------------------------------------------------------------

PEOPLE = {
    "ada": {
        "the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "the-godfather-1972": 4.0, "se7en-1995": 4.0, "fargo-1996": 5.0,
        "friends-1994": 2.0, "notting-hill-1999": 1.0, "the-notebook-2004": 1.0,
    },
    "ben": {
        "notting-hill-1999": 5.0, "pride-and-prejudice-2005": 5.0, "the-notebook-2004": 4.0, "amelie-2001": 5.0, "friends-1994": 4.0,
        "se7en-1995": 1.0, "alien-1979": 2.0, "fargo-1996": 2.0,
    },
    "cleo": {
        "alien-1979": 5.0, "blade-runner-1982": 5.0, "spirited-away-2001": 4.0, "the-matrix-1999": 5.0,
        "star-trek-the-next-generation-1987": 4.0, "the-lord-of-the-rings-the-fellowship-of-the-ring-2001": 4.0, "friends-1994": 2.0,
        "the-notebook-2004": 2.0,
    },
}  # fmt: skip
"""Stars by id of the showcase."""
FEWEST_RATINGS = 3


def example_people(dataset: Dataset) -> dict[str, dict[str, float]]:
    """Ada, Ben and Cleo with the titles that a data set has; whoever has fewer than three of them is left out."""
    known = {name: {title: s for title, s in stars.items() if title in dataset.item_index} for name, stars in PEOPLE.items()}
    return {name: stars for name, stars in known.items() if len(stars) >= FEWEST_RATINGS}


# --- invented worlds -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LowRank:
    """People with tastes P (n, k), titles with traits Q (m, k), what would be right (n, m), and what was seen R (n, m)."""

    P: np.ndarray
    Q: np.ndarray
    true: np.ndarray
    R: np.ndarray


def low_rank(n: int = 50, m: int = 30, k: int = 5, seen: float = 0.3, noise: float = 0.0, seed: int = 0) -> LowRank:
    """A world in which k hidden tastes decide all stars from 1 to 5; a share of the cells is seen, the others are NaN."""
    rng = np.random.default_rng(seed)
    P, Q = rng.normal(size=(n, k)), rng.normal(size=(m, k))
    fit = P @ Q.T
    true = 1 + 4 * (fit - fit.min()) / (fit.max() - fit.min())
    mask = rng.random((n, m)) < seen
    return LowRank(P, Q, true, np.where(mask, np.clip(true + noise * rng.normal(size=(n, m)), 1, 5), np.nan))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ), from 0 to 1."""
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Chosen:
    """How much each title suits each person (n, m), what they watched (n, m) as 0 and 1, and R (n, m), NaN where not watched."""

    taste: np.ndarray
    watched: np.ndarray
    R: np.ndarray


def chosen(
    n: int = 120,
    m: int = 80,
    k: int = 3,
    seen: float = 0.2,
    choice: float = 1.5,
    noise: float = 0.3,
    fame: float = 1.0,
    seed: int = 0,
) -> Chosen:
    """A world in which people choose what to watch: the larger ``choice``, the more they pick what suits them."""
    rng = np.random.default_rng(seed)
    P, Q = rng.normal(size=(n, k)), rng.normal(size=(m, k))
    z = P @ Q.T
    z = (z - z.mean()) / z.std()
    f = fame * rng.normal(size=m)
    chance = sigmoid(np.log(seen / (1 - seen)) + choice * z + f - 0.15 * (choice**2 + fame**2))
    watched = rng.random((n, m)) < chance
    stars = np.clip(np.round(2 * (3.5 + 0.8 * z + noise * rng.normal(size=(n, m)))) / 2, 0.5, 5)
    return Chosen(z, watched.astype(float), np.where(watched, stars, np.nan))


def hide_watched(watched: np.ndarray, share: float = 0.3, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Split 0/1 (n, m) into what stays, 0/1 (n, m), and what is hidden, bool (n, m): a share of what each person watched."""
    rng = np.random.default_rng(seed)
    hidden = np.zeros(watched.shape, dtype=bool)
    for person, row in enumerate(watched):
        seen = rng.permutation(np.flatnonzero(row))
        hidden[person, seen[: int(share * len(seen))]] = True
    return np.where(hidden, 0.0, watched), hidden


@dataclass(frozen=True)
class Series:
    """One entry per rating: who rated which season of which show, all counted from 0, and the stars."""

    person: np.ndarray
    show: np.ndarray
    season: np.ndarray
    stars: np.ndarray


def series(n: int = 80, shows: int = 12, seasons: int = 5, seed: int = 0) -> Series:
    """A world of shows that people watch season after season, until they have had enough: whoever likes it stays."""
    rng = np.random.default_rng(seed)
    liking = 3.3 + 0.9 * rng.normal(size=(n, shows))
    starts = rng.random((n, shows)) < 0.45
    rows = []
    for person, show in np.argwhere(starts):
        for season in range(seasons):
            stars = np.clip(np.round(2 * (liking[person, show] + 0.35 * rng.normal())) / 2, 0.5, 5)
            rows.append((person, show, season, stars))
            if rng.random() > sigmoid(2 * (liking[person, show] - 2.6)):
                break
    person, show, season, stars = np.array(rows).T
    return Series(person.astype(int), show.astype(int), season.astype(int), stars)


def hide_of_series(world: Series, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Tell which ratings stay and which are asked, bool (n_ratings,) each.

    ``what`` is ``random`` (a fifth of the ratings), ``season 4``, ``shows`` (a fifth of the shows that people began), ``first``
    (of these shows only the first seasons are asked) or ``people`` (sixteen people with all their ratings).
    """
    n, rng = len(world.stars), np.random.default_rng(0)
    if what == "random":
        hidden = rng.permutation(n) < 0.2 * n
    elif what == "season 4":
        hidden = world.season == 3
    elif what == "people":
        hidden = np.isin(world.person, rng.permutation(80)[:16])
    else:
        pair = world.person * 1000 + world.show
        pairs = rng.permutation(np.unique(pair))
        hidden = np.isin(pair, pairs[: round(len(pairs) / 5)])
    return ~hidden, hidden & (world.season == 0) if what == "first" else hidden


# --- blocks of a data set --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """Stars R (n, m), NaN where not rated, of some people (n,) and some titles (m,): their positions, ascending."""

    R: np.ndarray
    people: np.ndarray
    titles: np.ndarray


def block(dataset: Dataset, people: np.ndarray, titles: np.ndarray) -> Block:
    """Cut people and titles out of a data set."""
    people, titles = np.sort(people), np.sort(titles)
    R = dataset.ratings[people][:, titles].toarray().astype(float)
    R[R == 0] = np.nan  # no rating is 0, but a sparse matrix gives 0 where it has none
    return Block(R, people, titles)


def tall(dataset: Dataset, n: int = 1000, above: int = 20) -> Block:
    """Random people and the titles that more than so many of them have rated (lesson 4)."""
    people = np.random.default_rng(0).permutation(dataset.n_users)[:n]
    some = block(dataset, people, np.arange(dataset.n_items))
    return block(dataset, people, np.flatnonzero((~np.isnan(some.R)).sum(axis=0) > above))


def square(dataset: Dataset, n: int = 200, m: int = 150, least: int = 15) -> Block:
    """The titles with most ratings and random people who have rated at least 15 of them (lessons 5 and 8)."""
    titles = dataset.by_popularity[:m]
    everyone = block(dataset, np.arange(dataset.n_users), titles)
    able = np.flatnonzero((~np.isnan(everyone.R)).sum(axis=1) >= least)
    return block(dataset, np.random.default_rng(0).permutation(able)[:n], titles)


def dense(dataset: Dataset, n: int = 400, m: int = 300) -> Block:
    """The titles with most ratings and the people who have rated most of them (lesson 12)."""
    titles = dataset.by_popularity[:m]
    everyone = block(dataset, np.arange(dataset.n_users), titles)
    return block(dataset, np.argsort(-(~np.isnan(everyone.R)).sum(axis=1), kind="stable")[:n], titles)


def hide(R: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Hide a share of the known cells: R (n, m) without them, and their places, bool (n, m)."""
    cells = np.argwhere(~np.isnan(R))
    order = np.random.default_rng(seed).permutation(len(cells))
    hidden = np.zeros(R.shape, dtype=bool)
    hidden[tuple(cells[order[: round(share * len(cells))]].T)] = True
    return np.where(hidden, np.nan, R), hidden


# --- what is known of titles and people ------------------------------------------------------------------------------


def field(dataset: Dataset, column: str) -> list[str]:
    """Genres or keywords of each title as a text in which each of them is one word: ``Science Fiction`` is ``sciencefiction``."""
    squeezed = dataset.items[column].str.lower().str.replace(" ", "").str.replace("-", "")
    return squeezed.str.replace("|", " ").tolist()


def synopses(dataset: Dataset) -> list[str]:
    """Name and synopsis of each title."""
    return (dataset.items["title"] + " " + dataset.items["text"]).tolist()


def genres(dataset: Dataset, titles: np.ndarray) -> np.ndarray:
    """1 where a title has a genre, (m, genres), the most frequent genre first."""
    return dataset.tags("genres").matrix[titles].toarray().astype(float)


def first_genres(dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """The first genre of each title as a number (n_items,), and the names of the genres; "" for none."""
    first = [text.split("|")[0] for text in dataset.items["genres"]]
    names, numbers = np.unique(first, return_inverse=True)
    return numbers, names.tolist()


def features_of_titles(dataset: Dataset, titles: np.ndarray) -> np.ndarray:
    """Genres, standardised year and whether it is a show, (m, genres + 2)."""
    year = dataset.items["year"].to_numpy()[titles]
    year = np.nan_to_num((year - np.nanmean(year)) / np.nanstd(year))
    show = (dataset.items["kind"] == "show").to_numpy()[titles]
    return np.column_stack([genres(dataset, titles), year, show])


def features_of_people(R: np.ndarray, G: np.ndarray) -> np.ndarray:
    """What people like, from their ratings R (n, m) of titles with genres G (m, genres): (n, genres + 1).

    Each genre has the sum of stars above the person's own mean over the titles of that genre, divided by their number + 3, so that
    few ratings say little; the last column is the person's mean less that of all.
    """
    known = ~np.isnan(R)
    mean = np.nansum(R) / known.sum()
    own = np.nansum(R, axis=1) / np.maximum(known.sum(axis=1), 1)
    own = np.where(known.any(axis=1), own, mean)
    above = np.where(known, R - own[:, None], 0)
    return np.column_stack([above @ G / (known @ G + 3), own - mean])
