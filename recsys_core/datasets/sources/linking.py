"""The same title in two data sets: found, filled in, and a visitor's ratings carried across.

A wrong match puts another film's story on a card; a missing one costs a synopsis. So every rule here wants exactly one
candidate on both sides, and leaves alone what is not certain.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from recsys_core.common.text import upright
from recsys_core.data.dataset import ITEM_COLUMNS, Dataset
from recsys_core.data.search import plain
from recsys_core.data.tags import LIST_SEPARATOR, split_list

FILLED = ("text", "creators", "cast", "language", "country", "original_title", "also_known_as", "audience", "franchise")
_CATALOGUE_NAMES = {"synopsis": "text", "familiarity": "fame"}
_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")
_ALSO_KNOWN = re.compile(r"^(?:a\.?k\.?a\.?|also known as)[\s:]*", re.IGNORECASE)
_BRITISH = re.compile(r"(col|neighb|hon|harb)our")
_EPISODE = re.compile(r"^(?P<series>.+?): Episode [IVX]+ - (?P<own>.+)$")


@dataclass(frozen=True, slots=True)
class _Title:
    """What matching needs of a title: its main names and its further ones as keys, its year or None."""

    item_id: str
    names: set[str]
    others: set[str]
    kind: str
    imdb_id: str
    year: int | None


def match_titles(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, str]:
    """Pair the titles of two tables that are the same film or show.

    In this order, each rule only among what the ones before have left over:

    1. the same ``imdb_id``; titles whose ids differ are never paired;
    2. the same title and year (same kind, where both have one), whatever the case, accents, signs, "&" or "and",
       leading article, and the original title;
    3. the same year and another name: of ``also_known_as``, in parentheses ("Seven (a.k.a. Se7en)"), without "Episode IV -"
       or what follows "or:";
    4. the same title and a year apart.

    A pair is made only where it is the only one for both. Titles without a year have only rule 1.

    Parameters
    ----------
    left, right : DataFrame
        ``item_id``, ``title``; optional ``original_title``, ``also_known_as``, ``kind``, ``year``, ``imdb_id``.

    Returns
    -------
    dict of left item id to right item id, in the order of ``left``
    """
    lefts, rights = _titles(left), _titles(right)
    pairs: dict[int, int] = {}
    for left_keys, right_keys in _RULES:
        taken = set(pairs.values())
        places: dict[Hashable, set[int]] = defaultdict(set)
        for place, title in enumerate(rights):
            if place not in taken:
                for key_ in right_keys(title):
                    places[key_].add(place)
        found: dict[int, set[int]] = {}
        for place, title in enumerate(lefts):
            if place not in pairs:
                near = {other for key_ in left_keys(title) for other in places.get(key_, ())}
                found[place] = {other for other in near if _agree(title, rights[other])}
        claims = Counter(other for others in found.values() for other in others)
        pairs |= {place: min(others) for place, others in found.items() if len(others) == 1 and claims[min(others)] == 1}
    return {lefts[place].item_id: rights[pairs[place]].item_id for place in sorted(pairs)}


def enrich(items: pd.DataFrame, catalogue: pd.DataFrame, linked: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The items with what a catalogue knows more of them: synopsis, people, language, country, keywords.

    What an item has stays, genres too; keywords are united, the catalogue's first.

    Parameters
    ----------
    catalogue : DataFrame
        Columns as in :data:`ITEM_COLUMNS`, or as in the showcase's ``catalogue.csv``.
    linked : mapping of item id to catalogue item id, optional
        By default what :func:`match_titles` finds.
    """
    linked = match_titles(items, catalogue) if linked is None else linked
    known = catalogue.rename(columns=_CATALOGUE_NAMES).set_index("item_id")
    twins = items["item_id"].astype(str).map(linked)
    filled = items.copy()
    for column in ("runtime", "seasons"):
        own = pd.to_numeric(items[column], errors="coerce") if column in items else pd.Series(float("nan"), index=items.index)
        filled[column] = own.fillna(pd.to_numeric(twins.map(known[column]), errors="coerce")) if column in known else own
    for column in (*FILLED, "keywords"):
        own = _texts(items, column)
        if column in known:
            theirs = twins.map(known[column].fillna("").astype(str)).fillna("")
            own = pd.Series(map(_united, theirs, own), index=own.index) if column == "keywords" else own.where(own != "", theirs)
        filled[column] = own
    return filled


def with_shows(items: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """The items and after them the catalogue's shows, under the catalogue's ids."""
    known = catalogue.rename(columns=_CATALOGUE_NAMES)
    shows = known.loc[known["kind"] == "show", [column for column in known if column in ITEM_COLUMNS]]
    return pd.concat([items, shows], ignore_index=True)


def carry_ratings(ratings: Mapping[str, float], source: Dataset, target: Dataset) -> dict[str, float]:
    """A visitor's ratings of one data set, as ratings of the titles that another has too, in the same order.

    Parameters
    ----------
    ratings : mapping of item id in ``source`` to stars
        Ids that the source does not know are left out.
    """
    if source is target:
        return {item_id: stars for item_id, stars in ratings.items() if item_id in source.item_index}
    rated = {source.item_index[item_id] for item_id in ratings if item_id in source.item_index}
    # Namesakes of the rated titles must be there too, or a pair would look certain that is not.
    years = source.items["year"].iloc[sorted(rated)]
    near = {year + step for year in years.dropna().unique() for step in (-1, 0, 1)}
    candidates, others = (items[items["year"].isin(near) | items["imdb_id"].ne("")] for items in (source.items, target.items))
    linked = match_titles(candidates, others)
    return {linked[item_id]: stars for item_id, stars in ratings.items() if item_id in linked}


def _titles(items: pd.DataFrame) -> list[_Title]:
    columns = (_texts(items, name) for name in ("item_id", "title", "original_title", "also_known_as", "kind", "imdb_id"))
    years = pd.to_numeric(items["year"], errors="coerce") if "year" in items else pd.Series(float("nan"), index=items.index)
    titles = []
    for item_id, title, original, known_as, kind, imdb_id, year in zip(*columns, years, strict=True):
        main, others = _names(title)
        names = {main, key(original)} if original else {main}
        others |= {key(name) for name in split_list(known_as)} - names
        titles.append(_Title(item_id, names - {""}, others - {""}, kind, imdb_id, None if pd.isna(year) else int(year)))
    return titles


def key(title: str) -> str:
    """A title for comparison: "Matrix, The" and "the matrix" are one, as are "Lilo & Stitch" and "Lilo and Stitch",
    "Old Boy" and "Oldboy", "Three Colours: Blue" and "Three Colors: Blue".
    """
    bare = plain(upright(title.strip()).replace("&", " and ").replace("|", " "))
    bare = _BRITISH.sub(r"\1or", bare)
    return re.sub(r"^(the|a|an) (?=.)", "", bare).replace(" ", "")


def _names(title: str) -> tuple[str, set[str]]:
    """The main name of a title and its further ones, as keys."""
    main, further = title, list[str]()
    if "(" in title and not title.startswith("("):
        main = _PARENTHESES.sub("", title).strip() or title
        inside = [_ALSO_KNOWN.sub("", part).strip() for part in _PARENTHESES.findall(title)]
        further = [title, *(part for part in inside if not part.isdigit())]
    episode = _EPISODE.match(main)
    if episode:
        further += [episode["series"], episode["own"], f"{episode['series']}: {episode['own']}"]
    if " or: " in main:
        further.append(main.partition(" or: ")[0])
    first = key(main)
    return first, {key(name) for name in further} - {first}


def _imdb(title: _Title) -> Iterable[Hashable]:
    return [title.imdb_id] if title.imdb_id else []


def _named(title: _Title) -> Iterable[Hashable]:
    return [] if title.year is None else [(name, title.year) for name in title.names]


def _also_named(title: _Title) -> Iterable[Hashable]:
    return [] if title.year is None else [(name, title.year) for name in title.names | title.others]


def _named_about(title: _Title) -> Iterable[Hashable]:
    # With the very year as well: namesakes that rule 2 could not tell apart shall not leave the field to a third.
    return [] if title.year is None else [(name, title.year + step) for name in title.names for step in (-1, 0, 1)]


_RULES = ((_imdb, _imdb), (_named, _named), (_also_named, _also_named), (_named_about, _named))


def _agree(one: _Title, other: _Title) -> bool:
    """Whether nothing speaks against two titles being one: neither their kinds nor their ids in the IMDb."""
    kinds, ids = (one.kind, other.kind), (one.imdb_id, other.imdb_id)
    return all(not all(pair) or pair[0] == pair[1] for pair in (kinds, ids))


def _united(first: str, second: str) -> str:
    both = [word for word in (*first.split(LIST_SEPARATOR), *second.split(LIST_SEPARATOR)) if word]
    return LIST_SEPARATOR.join({word.lower(): word for word in reversed(both)}[word] for word in dict.fromkeys(map(str.lower, both)))


def _texts(items: pd.DataFrame, column: str) -> pd.Series:
    if column not in items:
        return pd.Series("", index=items.index, dtype=object)
    values = items[column].astype(object)
    return values.where(values.notna(), "").astype(str)
