"""Check titles and years of the showcase catalogue against real data: ``python scripts/check_catalogue.py ../shared/data``."""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the command works without an installed package
from recsys_core.datasets.sources.movielens import read_movielens, upright

CATALOGUE = ROOT / "data" / "showcase" / "catalogue.csv"
MOVIELENS = ("ml-latest-small.zip", "ml-100k.zip")
TVMAZE = Path("tvmaze") / "shows-page-0.json"
NEAR = 2
"""A film of the same title is taken for the same film if its year differs by so much at most."""
LAST_COVERED_YEAR = 2017
WELL_KNOWN = 60
_ARTICLE = re.compile(r"^(the|a|an|le|la|les|el|los|las|il|lo|i|gli|der|die|das|den|det|de|o|os|as) (?=\S)")


class Span(NamedTuple):
    """When a show ran."""

    first: int
    last: int | None
    ended: bool


EXPLAINED: dict[str, str] = {
    "army-of-darkness-1992": "festival a year before the release",
    "battlestar-galactica-1978": "TVmaze has the later series, which the catalogue holds too",
    "battlestar-galactica-2004": "first shown in Britain in October 2004",
    "being-human-2008": "TVmaze has the American remake",
    "black-panther-2018": "an error of MovieLens",
    "brief-encounter-1945": "American release a year later",
    "dallas-1978": "TVmaze has the sequel",
    "doctor-who-1963": "TVmaze has the revival, which the catalogue holds too",
    "embrace-of-the-serpent-2015": "American release a year later",
    "ex-machina-2014": "first shown in London in December 2014",
    "house-of-cards-1990": "TVmaze has the American remake, which the catalogue holds too",
    "jules-and-jim-1962": "made in 1961, released in January 1962",
    "king-of-the-hill-1997": "revived in 2025",
    "kingdom-2019": "TVmaze has another show of that name",
    "kingsman-the-secret-service-2014": "first shown in December 2014",
    "koyaanisqatsi-1982": "festivals a year before the release",
    "las-vegas-2003": "TVmaze has another show, Vegas",
    "moscow-does-not-believe-in-tears-1980": "in cinemas from February 1980",
    "night-and-fog-1956": "made in 1955, first shown in 1956",
    "once-2007": "festival a year before the release",
    "paranormal-activity-2007": "festival two years before the release",
    "shameless-2004": "TVmaze has the American remake, which the catalogue holds too",
    "split-2016": "festival a year before the release",
    "thank-you-for-smoking-2005": "festival a year before the release",
    "the-bionic-woman-1976": "TVmaze has the remake of 2007",
    "the-boondock-saints-1999": "American release a year later",
    "the-bridge-2011": "TVmaze has the American remake",
    "the-diamond-arm-1969": "in cinemas from April 1969",
    "the-irony-of-fate-or-enjoy-your-bath-1976": "first broadcast on 1 January 1976",
    "the-killing-2007": "TVmaze has the American remake, which the catalogue holds too",
    "the-kingdom-1994": "TVmaze has another show of that name",
    "the-missing-2014": "TVmaze has another show, Missing",
    "the-producers-1967": "first shown in November 1967",
    "they-call-me-trinity-1970": "Italian release in December 1970",
    "v-for-vendetta-2005": "first shown in December 2005",
}
"""Catalogue ids whose year rightly differs from the real data, each with the reason."""


def normalised(title: str) -> str:
    """The title without case, accents, punctuation, spaces and a leading article."""
    plain = unicodedata.normalize("NFKD", title.replace("&", " and ")).encode("ascii", "ignore").decode().lower().replace("'", "")
    words = re.sub(r"[^a-z0-9]+", " ", plain).strip()
    return _ARTICLE.sub("", words).replace(" ", "")


def spellings(title: str) -> set[str]:
    """The normalised title and the other titles that MovieLens puts in brackets: "Title (a.k.a. Other) (Original, The)"."""
    others = [upright(re.sub(r"^a\.k\.a\. ", "", other.strip())) for other in re.findall(r"\(([^)]*)\)", title)]
    return {normalised(name) for name in [re.sub(r"\([^)]*\)", " ", title), *others]} - {""}


def movielens_years(folder: Path) -> dict[str, set[int]]:
    """The years of the MovieLens films, by normalised title."""
    years: dict[str, set[int]] = defaultdict(set)
    for name in MOVIELENS:
        films = read_movielens(folder / name).items.dropna(subset=["year"])
        for title, year in zip(films["title"], films["year"], strict=True):
            for spelling in spellings(title):
                years[spelling].add(int(year))
    return years


def tvmaze_spans(folder: Path) -> dict[str, list[Span]]:
    """First year, last year (None: not told) and whether they have ended of the TVmaze shows, by normalised title."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for show in json.loads((folder / TVMAZE).read_text(encoding="utf-8")):
        if show["premiered"]:
            last = int(show["ended"][:4]) if show.get("ended") else None
            spans[normalised(show["name"])].append(Span(int(show["premiered"][:4]), last, show["status"] == "Ended"))
    return spans


def check_movie(row: pd.Series, known: dict[str, set[int]]) -> tuple[str, str]:
    """Verdict on one film (absent, agree, disagree or maybe) and what to print about it."""
    names = {normalised(row["title"]), normalised(row["original_title"])} - {""}
    years = set().union(*(known.get(name, set()) for name in names))
    if not years:
        return "absent", ""
    gap = min(abs(year - row["year"]) for year in years)
    if gap == 0:
        return "agree", ""
    listed = ", ".join(map(str, sorted(years)))
    if gap <= NEAR:
        return "disagree", f"MovieLens has {listed}"
    if row["year"] <= LAST_COVERED_YEAR and row["familiarity"] >= WELL_KNOWN:
        return "maybe", f"MovieLens has only {listed}"
    return "absent", ""


def check_show(row: pd.Series, known: dict[str, list[Span]]) -> tuple[str, str]:
    """Verdict on one show (absent, agree, disagree or maybe) and what to print about it."""
    spans = known.get(normalised(row["title"])) or known.get(normalised(row["original_title"]))
    if not spans:
        return "absent", ""
    span = min(spans, key=lambda candidate: abs(candidate.first - row["year"]))
    if span.first != row["year"]:
        return "disagree" if abs(span.first - row["year"]) <= NEAR else "maybe", f"TVmaze has {span.first}"
    if span.last is not None and span.last != row["end_year"]:
        return "disagree", f"TVmaze lets it end in {span.last}"
    if span.ended and pd.isna(row["end_year"]):
        return "disagree", "TVmaze lists it as ended"
    return "agree", ""


def check(catalogue: pd.DataFrame, folder: Path) -> Iterable[tuple[str, str, str]]:
    """Id, verdict and remark of every title."""
    films, shows = movielens_years(folder), tvmaze_spans(folder)
    for _, row in catalogue.iterrows():
        verdict, remark = check_movie(row, films) if row["kind"] == "movie" else check_show(row, shows)
        if verdict in ("disagree", "maybe") and row["item_id"] in EXPLAINED:
            verdict, remark = "explained", f"{remark}: {EXPLAINED[row['item_id']]}"
        yield row["item_id"], verdict, remark


def main(arguments: list[str] | None = None) -> int:
    """Print each disagreement and a summary; the exit status is 1 if one is left unexplained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help=f"holds {', '.join(MOVIELENS)} and {TVMAZE}")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    options = parser.parse_args(arguments)
    catalogue = pd.read_csv(options.catalogue, keep_default_na=False, na_values={"end_year": [""]})
    counts: Counter[str] = Counter()
    for item_id, verdict, remark in check(catalogue, options.folder):
        counts[verdict] += 1
        if remark:
            print(f"{verdict:<9} {item_id}: {remark}")
    unused = EXPLAINED.keys() - set(catalogue["item_id"])
    for item_id in sorted(unused):
        print(f"stale     {item_id}: explained but not in the catalogue")
    print(
        f"{len(catalogue)} titles, {len(catalogue) - counts['absent']} found: {counts['agree']} agree, "
        f"{counts['explained']} explained, {counts['disagree']} disagree, {counts['maybe']} maybe"
    )
    return 1 if counts["disagree"] or counts["maybe"] or unused else 0


if __name__ == "__main__":
    sys.exit(main())
