"""Search titles by name, initials, person, keyword, genre or country, also with a slip of the finger."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import extract

from recsys_core.common.text import folded, upright
from recsys_core.data.dataset import Dataset
from recsys_core.data.words import WordIndex

MIN_LENGTH_WITHOUT_SPACES = 2
"""Shorter queries are not compared with names from which the spaces were removed: they would match too much."""
FEWEST_INITIALS = 3
COMMON = 0.01
"""A word in more than this share of the titles is meant as a word before it is meant as initials: "the", "man", "war"."""
FEW = 3
"""However small the data set, a word in so many titles is not common."""
LEAST_ALIKE = 60.0
"""In percent: names that have less in common with a query are no suggestion."""
MOST_SLIPS = 3
"""In all words of a query together."""
NOWHERE = 40
"""Beyond every group and every number of slips, and small enough that three times it is an 8-bit number."""
EXACT, EXACT_OTHER, INITIALS, BEGINS, HOLDS, ABOUT, FROM = range(7)
"""What a query finds, best first: the title called so; one that is also called so; one with these initials; names that begin so;
names that hold the words; people, keywords and genres; country and language."""
_NAMES = ("title", "original_title", "also_known_as")
_ABOUT = ("creators", "cast", "keywords", "genres", "franchise")
_FROM = ("language", "country")
_OF_MANY = frozenset({"united", "kingdom", "states", "republic", "of", "and", "the", "islands", "new", "north", "south"})
"""Words of countries that name no country alone: "Kingdom" asks for no British title."""
_YEAR = re.compile(r"^\s*(?P<title>.*\S)\s*\((?P<year>\d{4})\)\s*$")
_NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10"}
_COUNTED = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"}


class Answer(NamedTuple):
    """What a search found.

    Attributes
    ----------
    positions : ndarray of int
        Best first.
    as_typed : bool
        False if nothing is spelled like the query, and the titles are those that come nearest.
    """

    positions: np.ndarray
    as_typed: bool


def plain(text: str) -> str:
    """Convert a text to lower case without accents and punctuation. A text of signs alone keeps them: there are such titles.

    >>> plain("Amélie!"), plain("Ocean's"), plain("$"), plain("!!!")
    ('amelie', 'oceans', '$', '!!!')
    """
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    bare = bare.replace("'", "").replace("’", "")
    return re.sub(r"[^\w|]+", " ", bare).strip() or "".join(folded(text).split())


def numbered(text: str) -> str:
    """Parts of a series written one way, for plain text: "part ii", "part two", "vol 2" and "2" at the end are all "2".

    >>> numbered("the godfather part ii"), numbered("kill bill vol 2"), numbered("rocky iv"), numbered("malcolm x")
    ('the godfather 2', 'kill bill 2', 'rocky 4', 'malcolm x')
    """
    words = text.split()
    for place in range(1, len(words)):
        after = words[place - 1] in ("part", "vol", "volume", "chapter", "episode")
        last = place == len(words) - 1 and words[place] in _NUMERALS and words[place] not in ("i", "v", "x")
        if after or last:
            words[place] = _NUMERALS.get(words[place], _COUNTED.get(words[place], words[place]))
    kept = [
        word
        for word, following in zip(words, (*words[1:], ""), strict=False)
        if not (word in ("part", "vol", "volume", "chapter", "episode") and following.isdecimal())
    ]
    return " ".join(kept)


def _without_article(text: str) -> str:
    return re.sub(r"^(the|a|an) (?=.)", "", text)


class TitleSearch:
    """A search index over the titles of a data set.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> search = TitleSearch(example_dataset())
    >>> search.find("alien")
    array([0, 1])
    >>> search.find("romance")
    array([2, 3])
    >>> search.find("amelei"), search.answer("amelei").as_typed
    (array([2]), False)
    """

    def __init__(self, dataset: Dataset) -> None:
        columns = {field: [plain(value) for value in dataset.items[field]] for field in (*_NAMES, *_ABOUT, *_FROM)}
        names = [_names(*of_title) for of_title in zip(*(columns[field] for field in _NAMES), strict=True)]
        short = [_short_forms(own) for own in names]
        self._title_of = [own[0] for own in short]
        self._titles = WordIndex(own[:1] for own in short)
        self._names = WordIndex(short)
        self._without_spaces = WordIndex([name.replace(" ", "") for name in own] for own in short)
        heads = ([*own, plain(title.partition(":")[0])] for own, title in zip(names, dataset.items["title"], strict=True))
        self._initials = WordIndex(map(_initials, heads))
        self._words = WordIndex(" ".join(own + also).split() for own, also in zip(names, short, strict=True))
        about = zip(*(columns[field] for field in _ABOUT), strict=True)
        self._about = WordIndex(" ".join(of_title).replace("|", " ").split() for of_title in about)
        self._from = WordIndex(map(_places, *(columns[field] for field in _FROM)))
        places = {name.strip() for field in _FROM for value in columns[field] for name in value.split("|")}
        self._places = sorted(name for name in places if " " in name)
        self._common = max(FEW, int(COMMON * dataset.n_items))
        self._spelled = [folded(title) for title in dataset.items["title"]]
        self._years = dataset.items["year"].to_numpy(np.float64)

    def nearest(self, query: str, n: int = 3) -> list[int]:
        """Return the positions of up to ``n`` titles that come near a query which finds nothing, nearest first.

        Those that share the rarest of its words come first ("Dune Messiah": Dune), then names with the same first letter that are
        spelled alike.
        """
        title, _ = _with_year(query)
        wanted = numbered(_without_article(plain(upright(title, typed=True))))
        sharing = [found for word in wanted.split() if 0 < len(found := self._words.equal(word)) <= self._common]
        near = min(sharing, key=len).tolist() if sharing else []
        near.sort(key=lambda position: _likeness(wanted, self._title_of[position]), reverse=True)
        if len(near) < n and wanted:
            alike = extract(wanted, self._titles.with_first(wanted[0]), scorer=fuzz.ratio, score_cutoff=LEAST_ALIKE, limit=n)
            near += [position for name, _, _ in alike for position in self._titles.equal(name).tolist()]
        return list(dict.fromkeys(near))[:n]

    def called(self, query: str) -> list[int]:
        """Return the positions of the titles that are called exactly so, in any case and Unicode form; "Title (year)" names one of them.

        >>> from recsys_core.data.example import example_dataset
        >>> search = TitleSearch(example_dataset())
        >>> search.called("ALIEN"), search.called("Alien (1979)"), search.called("Alien (1980)"), search.called("Ali")
        ([0], [0], [], [])
        """
        same = self._called(query)
        title, year = _with_year(query)
        return same or [position for position in self._called(title) if self._years[position] == year]

    def _called(self, title: str) -> list[int]:
        wanted = folded(upright(title, typed=True))
        return [position for position, spelled in enumerate(self._spelled) if spelled == wanted]

    def find(self, query: str, rank: np.ndarray | None = None) -> np.ndarray:
        """Return the positions of the titles that match every word of a query, best first: :meth:`answer` without its remark."""
        return self.answer(query, rank).positions

    def answer(self, query: str, rank: np.ndarray | None = None) -> Answer:
        """Find the titles that match every word of a query.

        A word matches if a word of the title, of its other names, or of its people, keywords and so on, begins with it. Titles
        are also found by their initials ("lotr"), when typed without spaces, hyphens or dots ("spiderman", "mash"), with a
        trailing article ("Matrix, The"), with their year in brackets ("Heat (1995)"), and with the part written another way
        ("godfather 2"). Where nothing is spelled so, words may hold a slip or two ("shawshenk").

        They come in the order of :data:`EXACT` and what follows it; within each group by ``rank`` (shape (n_items,), smaller
        first) or in the order of the data set. An empty query finds all titles.
        """
        title, year = _with_year(query)
        if not query.strip():
            return Answer(_ordered(np.zeros(len(self._spelled), dtype=np.int8), rank), True)
        wanted = plain(upright(query.replace("|", " "), typed=True))
        groups = self._groups(wanted)
        if year is not None and not (groups < NOWHERE).any():
            wanted = plain(upright(title.replace("|", " "), typed=True))
            groups = np.where(self._years == year, self._groups(wanted), NOWHERE)
        if (groups < NOWHERE).any() or not wanted:
            return Answer(_ordered(groups, rank), True)
        groups = self._with_slips(wanted)
        if year is not None:
            groups = np.where(self._years == year, groups, NOWHERE)
        return Answer(_ordered(groups, rank), False)

    def _groups(self, wanted: str) -> np.ndarray:
        """Which of the groups each title belongs to, shape (n_items,); NOWHERE = it does not match."""
        groups = np.full(len(self._spelled), NOWHERE, dtype=np.int8)
        if not wanted:
            return groups
        start = numbered(_without_article(wanted))
        typed = start.replace(" ", "")
        for words in {wanted, start, self._with_places(wanted)}:
            self._match(words.split(), groups)
        if len(typed) >= MIN_LENGTH_WITHOUT_SPACES:
            _at_best(groups, self._without_spaces.beginning(typed), BEGINS)
        _at_best(groups, self._names.beginning(start), BEGINS)
        if len(typed) >= FEWEST_INITIALS and " " not in wanted:
            common = len(self._words.equal(typed)) > self._common
            _at_best(groups, self._initials.equal(typed), ABOUT if common else INITIALS)
        _at_best(groups, self._without_spaces.equal(typed), EXACT_OTHER)
        _at_best(groups, self._names.equal(start), EXACT_OTHER)
        _at_best(groups, self._titles.equal(start), EXACT)
        return groups

    def _with_places(self, wanted: str) -> str:
        """The query with each place of several words as one word: "united kingdom" names a country, its words alone do not."""
        for place in self._places:
            wanted = f" {wanted} ".replace(f" {place} ", f" {_as_one(place)} ").strip()
        return wanted

    def _match(self, words: list[str], groups: np.ndarray) -> None:
        """Note the titles that have every word in their names, in what they are about, or in where they are from."""
        held = np.full((3, len(groups)), True)
        for word in words:
            mask = np.zeros(len(groups), dtype=bool)
            for holds, index in zip(held, (self._words, self._about, self._from), strict=True):
                mask[index.beginning(word)] = True
                holds &= mask
        for group, holds in zip((FROM, ABOUT, HOLDS), held[::-1], strict=True):
            groups[holds & (groups > group)] = group

    def _with_slips(self, wanted: str) -> np.ndarray:
        """How far each title is from a query with slips, shape (n_items,); NOWHERE = too far.

        Words that nothing begins with are taken for others first; where that does not help, all are.
        """
        start = numbered(_without_article(wanted))
        words = start.split()
        unknown = {word for word in words if not any(len(index.beginning(word)) for index in (self._words, self._about, self._from))}
        slips = self._slips(words, unknown)
        if slips.min(initial=NOWHERE) > MOST_SLIPS and unknown != set(words):
            slips = self._slips(words, set(words))
        typed = start.replace(" ", "")
        whole = np.full(len(slips), NOWHERE, dtype=np.int8)
        for name, distance in self._without_spaces.misspelled(typed).items():
            _at_best(whole, self._without_spaces.equal(name), distance)
        best = min(int(slips.min(initial=NOWHERE)), int(whole.min(initial=NOWHERE)))
        groups = np.minimum(2 * whole, 2 * slips + 1)  # a whole name comes before a word of one
        return np.where(groups <= 2 * min(best + 1, MOST_SLIPS) + 1, groups, NOWHERE)

    def _slips(self, words: list[str], doubtful: set[str]) -> np.ndarray:
        """The slips in all words together, shape (n_items,)."""
        total = np.zeros(len(self._spelled), dtype=np.int8)
        for word in words:
            of_word = np.full(len(total), NOWHERE, dtype=np.int8)
            for index in (self._words, self._about, self._from):
                for other, distance in index.misspelled(word, alone=len(words) == 1).items() if word in doubtful else ():
                    _at_best(of_word, index.equal(other), distance)
                _at_best(of_word, index.beginning(word), 0)
            total = np.minimum(total + of_word, NOWHERE)
        return total


def _at_best(groups: np.ndarray, positions: np.ndarray, group: int) -> None:
    """Put titles into a group if they are in none that is better."""
    groups[positions] = np.minimum(groups[positions], group)


def _ordered(groups: np.ndarray, rank: np.ndarray | None) -> np.ndarray:
    """The titles that are in a group, by group, then by rank."""
    hits = np.flatnonzero(groups < NOWHERE) if rank is None else _by_rank(rank, groups < NOWHERE)
    return hits[np.argsort(groups[hits], kind="stable")]  # of 8-bit numbers, so in linear time


def _by_rank(rank: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The wanted titles, smallest rank first; in linear time where the ranks are 0, 1, 2, … in some order."""
    order = np.full(len(rank), -1)
    if len(rank) and rank.min() >= 0 and rank.max() < len(rank):
        order[rank] = np.arange(len(rank))
    if order.min(initial=0) < 0:
        order = np.argsort(rank, kind="stable")
    return order[wanted[order]]


def _with_year(query: str) -> tuple[str, int | None]:
    """Split "Title (1995)" into the title and the year; None without one."""
    match = _YEAR.match(query)
    return (match["title"], int(match["year"])) if match else (query, None)


def _likeness(wanted: str, name: str) -> tuple[float, float]:
    """How much of a name was asked for: the share of its words, then of its letters."""
    words = name.split()
    return sum(word in wanted.split() for word in words) / max(len(words), 1), fuzz.ratio(wanted, name)


def _names(title: str, original: str, also_known: str) -> list[str]:
    """Every name of a title, the main one first."""
    names = (name.replace("|", " ").strip() for name in (title, original, *also_known.split("|")))
    return list(dict.fromkeys(name for name in names if name)) or [""]


def _short_forms(names: Iterable[str]) -> list[str]:
    """Every name of a title as it is compared: without its article, its part as a number."""
    return list(dict.fromkeys(numbered(_without_article(name)) for name in names))


def _initials(heads: Iterable[str]) -> list[str]:
    """What people shorten names to: the first letters of three words or more, with and without the article in front.

    >>> _initials(["the lord of the rings", "heat"])
    ['tlotr', 'lotr']
    """
    found = ("".join(word[0] for word in form.split()) for head in heads for form in (head, _without_article(head)))
    return [initials for initials in dict.fromkeys(found) if len(initials) >= FEWEST_INITIALS]


def _as_one(place: str) -> str:
    """A place of several words as one that no beginning of a word can be taken for."""
    return f"={place.replace(' ', '')}"


def _places(language: str, country: str) -> list[str]:
    """The words that name where a title is from; a name of several words also as one."""
    named = [name.strip() for name in f"{language}|{country}".split("|")]
    return [word for name in named for word in (*name.split(), _as_one(name)) if word not in _OF_MANY]
