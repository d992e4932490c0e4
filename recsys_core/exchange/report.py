"""What became of each row of somebody's file, in counts that add up to the rows read; and what is to be written of it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recsys_core.common.text import guarded
from recsys_core.data.dataset import Dataset
from recsys_core.exchange.matching import Match, Matcher
from recsys_core.exchange.rows import Reading, Row
from recsys_core.storage.feedback import Feedback

Fate = Literal["matched", "said again", "uncertain", "not here", "skipped"]
About = tuple[str, int | None, str]
LEFT_OUT = ""
"""The choice to leave an uncertain title out."""
_WEIGHT = {"rated": 4, "seen": 3, "hidden": 2, "not seen": 1, "kept": 1}
"""Of several rows about one title, stars say most."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A title of the file that may be one of several here, or none.

    Attributes
    ----------
    about : tuple
        What the choice is kept under.
    row : Row
        The first row about it.
    n_rows : int
    offered : tuple of str
        Item ids, the likeliest first.
    """

    about: About
    row: Row
    n_rows: int
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a file comes to in a data set.

    Attributes
    ----------
    reading : Reading
    fates : list of Fate
        What became of each row.
    found : dict of item id to Row
        The row that stands for each title that was found: the latest with stars, else the one that says most.
    doubts : list of Doubt
        Titles that are not certain and for which nothing has been chosen.
    """

    reading: Reading
    fates: list[Fate]
    found: dict[str, Row]
    doubts: list[Doubt]

    @property
    def counts(self) -> Counter[Fate]:
        """Rows by what became of them."""
        return Counter(self.fates)

    @property
    def reasons(self) -> Counter[str]:
        """Rows that were skipped, by the reason."""
        return Counter(row.skipped for row in self.reading.rows if row.skipped)

    def unmatched(self) -> str:
        """Rows that nothing was found for, and those not chosen, as CSV. What a spreadsheet would calculate is guarded."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(("title", "year", "stars", "rating in the file", "date", "why"))
        for row, fate in zip(self.reading.rows, self.fates, strict=True):
            if fate in ("uncertain", "not here", "skipped"):
                why = row.skipped or ("not certain which title it is" if fate == "uncertain" else "not in this data set")
                stars = "" if row.stars is None else f"{row.stars:g}"
                cells = (row.title or row.movielens_id, row.year or "", stars, row.written, row.date, why)
                writer.writerow([guarded(str(cell)) for cell in cells])
        return text.getvalue()


def report(reading: Reading, matcher: Matcher, choices: Mapping[About, str] | None = None) -> Report:
    """Match what was read.

    Parameters
    ----------
    choices : mapping of ``Doubt.about`` to item id or LEFT_OUT
        What the visitor chose for titles that were not certain.
    """
    return settle(reading, matcher.match(reading.rows), matcher.dataset, choices or {})


def settle(reading: Reading, matches: Sequence[Match], dataset: Dataset, choices: Mapping[About, str]) -> Report:
    """The report, where the rows have been matched before."""
    fates: list[Fate] = []
    standing: dict[str, int] = {}  # by item id, the number of the row that stands
    doubts: dict[About, Doubt] = {}
    for number, (row, match) in enumerate(zip(reading.rows, matches, strict=True)):
        item_id = str(dataset.item_ids[match.position]) if match.position >= 0 else choices.get(row.about, "") if match.offered else ""
        if row.skipped:
            fates.append("skipped")
        elif item_id in dataset.item_index:
            before = standing.get(item_id)
            if before is None or _stands(row, reading.rows[before]):
                if before is not None:
                    fates[before] = "said again"
                standing[item_id] = number
                fates.append("matched")
            else:
                fates.append("said again")
        elif match.offered:
            fates.append("uncertain")
            offered = tuple(str(dataset.item_ids[position]) for position in match.offered)
            earlier = doubts.get(row.about)
            doubts[row.about] = Doubt(row.about, earlier.row if earlier else row, earlier.n_rows + 1 if earlier else 1, offered)
        else:
            fates.append("not here")
    found = {item_id: reading.rows[number] for item_id, number in standing.items()}
    return Report(reading, fates, found, list(doubts.values()))


def _stands(row: Row, before: Row) -> bool:
    """Whether a later row replaces one before it about the same title."""
    return _rank(row) >= _rank(before)


def _rank(row: Row) -> tuple[int, bool, float]:
    return _WEIGHT.get(row.mark, 0), not row.guessed, row.at or 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written.

    Attributes
    ----------
    put : list of Feedback
        New or changed.
    same : int
        Titles about which the same is said here already.
    kept : list of str
        Item ids about which something else is said here that stays.
    """

    put: list[Feedback]
    same: int
    kept: list[str]

    @property
    def n_stars(self) -> int:
        """Ratings among what is to be written; the others are marks."""
        return sum(said.stars is not None for said in self.put)


def plan(found: Mapping[str, Row], here: Mapping[str, Feedback], *, replace: bool = False) -> Plan:
    """What of a file is to be written over what is said here.

    Parameters
    ----------
    found : mapping of item id to Row
        See :attr:`Report.found`.
    here : mapping of item id to Feedback
        What the visitor has said so far.
    replace : bool
        Whether stars of the file replace other stars here. A mark never replaces stars, and never one that says more.
    """
    put, kept, same = list[Feedback](), list[str](), 0
    for item_id, row in found.items():
        before = here.get(item_id)
        guess = before.guess if before else None
        said = Feedback(item_id, row.mark or "seen", row.stars, guess if row.stars is not None else None, row.at)
        if before is None:
            put.append(said)
        elif (before.mark, before.stars) == (said.mark, said.stars):
            same += 1
        elif _replaces(said, before, replace):
            put.append(said)
        else:
            kept.append(item_id)
    return Plan(put, same, kept)


def _replaces(said: Feedback, before: Feedback, replace: bool) -> bool:
    if said.stars is None:
        return _WEIGHT[said.mark] > _WEIGHT[before.mark]
    return replace or before.mark in ("kept", "seen", "not seen")
