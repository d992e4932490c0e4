"""Match the titles of two data sets, to enrich one from the other and to carry a visitor's ratings across.

A wrong match shows the synopsis of another film; a missed one only costs a synopsis. So every rule here requires exactly
one candidate on both sides, and skips uncertain matches.
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
    """A title prepared for matching, with the keys of its main names (``names``) and of its alternative ones (``others``)."""

    item_id: str
    names: set[str]
    others: set[str]
    kind: str
    imdb_id: str
    year: int | None


def match_titles(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, str]:
    """Match the titles of two tables that are the same film or show.

    The rules are applied in this order, each one to the titles that the earlier ones have left unmatched:

    1. the same ``imdb_id``; titles whose ids differ are never matched;
    2. the same title or original title, and the same year (and kind, if both have one); case, accents, punctuation,
       "&" or "and" and a leading article do not matter;
    3. the same year and an alternative name: one of ``also_known_as`` or in parentheses ("Seven (a.k.a. Se7en)"), or the
       title without "Episode IV -" or without what follows "or:";
    4. the same title, and years that differ by one.

    A match is made only if it is the only one for both titles. For titles without a year only rule 1 applies.

    Parameters
    ----------
    left, right : DataFrame
        ``item_id``, ``title``; optional ``original_title``, ``also_known_as``, ``kind``, ``year``, ``imdb_id``.

    Returns
    -------
    dict of left item id to right item id, in the order of ``left``

    Examples
    --------
    >>> left = pd.DataFrame({"item_id": ["1"], "title": ["Matrix, The"], "year": [1999]})
    >>> right = pd.DataFrame({"item_id": ["the-matrix-1999", "heat-1995"], "title": ["The Matrix", "Heat"], "year": [1999, 1995]})
    >>> match_titles(left, right)
    {'1': 'the-matrix-1999'}
    """
    lefts, rights = _titles(left), _titles(right)
    matches: dict[int, int] = {}
    for left_keys, right_keys in _RULES:
        taken = set(matches.values())
        rights_by_key: dict[Hashable, set[int]] = defaultdict(set)
        for row, title in enumerate(rights):
            if row not in taken:
                for key_ in right_keys(title):
                    rights_by_key[key_].add(row)
        candidates: dict[int, set[int]] = {}
        for row, title in enumerate(lefts):
            if row not in matches:
                same_key = {other for key_ in left_keys(title) for other in rights_by_key.get(key_, ())}
                candidates[row] = {other for other in same_key if _compatible(title, rights[other])}
        claims = Counter(other for others in candidates.values() for other in others)
        for row, others in candidates.items():
            if len(others) == 1 and claims[min(others)] == 1:
                matches[row] = min(others)
    return {lefts[row].item_id: rights[matches[row]].item_id for row in sorted(matches)}


def enrich(items: pd.DataFrame, catalogue: pd.DataFrame, linked: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Fill in missing facts of items from a catalogue: synopsis, people, language, country and keywords.

    Existing values, including genres, are kept; keywords and other names are merged, the catalogue's first.

    Parameters
    ----------
    catalogue : DataFrame
        Columns as in :data:`ITEM_COLUMNS`, or as in the showcase's ``catalogue.csv``.
    linked : mapping of item id to catalogue item id, optional
        Matching titles; by default those that :func:`match_titles` finds.
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
            filled_in = own.where(own != "", theirs)
            merged = pd.Series(map(_merge_lists, theirs, own), index=own.index)
            own = merged if column in ("keywords", "also_known_as") else filled_in
        filled[column] = own
    return filled


def with_shows(items: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Append the catalogue's shows to the items, with the catalogue's ids."""
    known = catalogue.rename(columns=_CATALOGUE_NAMES)
    shows = known.loc[known["kind"] == "show", [column for column in known if column in ITEM_COLUMNS]]
    return pd.concat([items, shows], ignore_index=True)


def carry_ratings(ratings: Mapping[str, float], source: Dataset, target: Dataset) -> dict[str, float]:
    """Translate a visitor's ratings to another data set, for the titles that both have, in the same order.

    Parameters
    ----------
    ratings : mapping of item id in ``source`` to stars
        Ids that are not in the source are left out.
    """
    if source is target:
        return {item_id: stars for item_id, stars in ratings.items() if item_id in source.item_index}
    rated = {source.item_index[item_id] for item_id in ratings if item_id in source.item_index}
    # Namesakes of the rated titles must take part, too; without them an ambiguous match would look unique.
    years = source.items["year"].iloc[sorted(rated)]
    near = {year + step for year in years.dropna().unique() for step in (-1, 0, 1)}
    candidates = source.items[source.items["year"].isin(near) | source.items["imdb_id"].ne("")]
    others = target.items[target.items["year"].isin(near) | target.items["imdb_id"].ne("")]
    linked = match_titles(candidates, others)
    return {linked[item_id]: stars for item_id, stars in ratings.items() if item_id in linked}


def _titles(items: pd.DataFrame) -> list[_Title]:
    columns = (_texts(items, name) for name in ("item_id", "title", "original_title", "also_known_as", "kind", "imdb_id"))
    years = pd.to_numeric(items["year"], errors="coerce") if "year" in items else pd.Series(float("nan"), index=items.index)
    titles = []
    for item_id, title, original, known_as, kind, imdb_id, year in zip(*columns, years, strict=True):
        main, others = names_of(title)
        names = {main, key(original)} if original else {main}
        others |= {key(name) for name in split_list(known_as)} - names
        titles.append(_Title(item_id, names - {""}, others - {""}, kind, imdb_id, None if pd.isna(year) else int(year)))
    return titles


def key(title: str) -> str:
    """Normalise a title for comparison.

    >>> key("Matrix, The") == key("the matrix"), key("Lilo & Stitch") == key("Lilo and Stitch")
    (True, True)
    >>> key("Old Boy") == key("Oldboy"), key("Three Colours: Blue") == key("Three Colors: Blue")
    (True, True)
    """
    bare = plain(upright(title.strip()).replace("&", " and ").replace("|", " "))
    bare = _BRITISH.sub(r"\1or", bare)
    return re.sub(r"^(the|a|an) (?=.)", "", bare).replace(" ", "")


def names_of(title: str) -> tuple[str, set[str]]:
    """Return the keys of a title's main name and of its alternative names."""
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
    # The same year takes part, too, so that namesakes that rule 2 could not tell apart keep a third title from matching.
    return [] if title.year is None else [(name, title.year + step) for name in title.names for step in (-1, 0, 1)]


_RULES = ((_imdb, _imdb), (_named, _named), (_also_named, _also_named), (_named_about, _named))


def _compatible(one: _Title, other: _Title) -> bool:
    """Tell whether two titles have no contradicting kinds or IMDb ids; an unknown value contradicts nothing."""
    same_kind = not one.kind or not other.kind or one.kind == other.kind
    same_id = not one.imdb_id or not other.imdb_id or one.imdb_id == other.imdb_id
    return same_kind and same_id


def _merge_lists(first: str, second: str) -> str:
    """Join two ``|`` lists without repetition, ignoring case; the first spelling is kept."""
    spelling: dict[str, str] = {}
    for word in (*split_list(first), *split_list(second)):
        spelling.setdefault(word.lower(), word)
    return LIST_SEPARATOR.join(spelling.values())


def _texts(items: pd.DataFrame, column: str) -> pd.Series:
    if column not in items:
        return pd.Series("", index=items.index, dtype=object)
    values = items[column].astype(object)
    return values.where(values.notna(), "").astype(str)
