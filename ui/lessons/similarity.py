"""Lesson 3 in pictures: two people and six measures, two slips, promises of a distance, everybody, and which measure when."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.lessons.similarity import (
    MEASURES,
    chebyshev,
    cosine,
    distances,
    jaccard,
    l1,
    l1_or_1,
    l2,
    l2_slip,
    pearson,
    shared,
    worst_of_axioms,
)
from recsys_core.lessons.toys import ALIKE
from recsys_core.teaching.similarity import (
    COMPANY,
    FILMS,
    FIVE,
    FULL,
    HOLES,
    NAMES,
    ONE_LESS,
    PRESETS,
    Sample,
    far,
    pairs,
    perfect,
    promises,
    sample,
    six_and_shared,
)
from ui.components.charts import shorten
from ui.lessons import charts
from ui.lessons.people import Person
from ui.lessons.scene import Scene
from ui.session import app_data

WORDS = [NAMES[measure] for measure in MEASURES]
BY_WORD = dict(zip(WORDS, MEASURES, strict=True))
LIKE, APART = (jaccard, cosine, pearson), (l1, l2, chebyshev)
STARS = (0.0, 4.5)
PAIR = re.compile(r"[0-5]{6}-[0-5]{6}")
ALL_ALIKE = 3
"""People who are shown as the most alike."""
MOST_COLUMNS = 8


def known(rows: np.ndarray) -> np.ndarray:
    """Rows in which what is not rated is missing."""
    return np.where(rows > 0, rows, np.nan)


def said(values: dict[str, float]) -> str:
    """Numbers in a sentence."""
    return ", ".join(f"{name} {'cannot say' if np.isnan(value) else f'{value:.2f}'}" for name, value in values.items())


# --- two people ------------------------------------------------------------------------------------------------------


def _text(pair: np.ndarray) -> str:
    return "-".join("".join(f"{stars:.0f}" for stars in row) for row in pair)


def _star_key(film: int) -> str:
    return f"_similarity_star_{film}"


def _change(scene: Scene, pair: np.ndarray, film: int) -> None:
    pair[1, film] = st.session_state[_star_key(film)]
    scene.remember("pair", _text(pair))


def _pair(scene: Scene) -> np.ndarray:
    """Stars of Ana and Bo, (2, 6): a preset, or as the visitor has changed them."""
    text = scene.memory("pair", _text(ONE_LESS))
    pair = np.array([[float(star) for star in row] for row in text.split("-")]) if PAIR.fullmatch(text) else ONE_LESS.copy()
    scene.presets({name: ({"pair": _text(stars)}, why) for name, (stars, why) in PRESETS.items()})
    with scene.row:
        st.button("Swap", key="_similarity_swap", on_click=scene.set, args=({"pair": _text(pair[::-1])},), help="Ana becomes Bo")
    return pair


def _stars_of_bo(scene: Scene, pair: np.ndarray) -> None:
    st.caption("Bo's stars, 0 = not seen")
    with st.container(horizontal=True, key="similarity_stars"):
        for film, name in enumerate(FILMS):
            st.session_state[_star_key(film)] = int(pair[1, film])
            st.number_input(name, 0, 5, key=_star_key(film), on_change=_change, args=(scene, pair, film), width=74)


def two_people(scene: Scene) -> None:
    """Two rows of stars and six bars; what the likenesses say is covered at first."""
    pair = _pair(scene)
    a, b = pair
    left, right = st.columns(2, gap="large")
    with left:
        both = [(row, film) for film in np.flatnonzero((a > 0) & (b > 0)).tolist() for row in (0, 1)]
        scene.matrix(known(pair), ("Ana", "Bo"), FILMS, f"Stars of Ana and Bo; they share {len(both) // 2} films.", marked=both,
                     marked_word="shared")  # fmt: skip
        _stars_of_bo(scene, pair)
        apart = {NAMES[measure]: measure(a, b) for measure in APART}
        scene.chart(charts.bars(dict(apart), reach=STARS, row=34), f"Distance, 0 at best: {said(apart)}", "apart")
    with right:
        shown = scene.guess()
        like: dict[str, float | None] = {NAMES[m]: m(a, b) if shown else None for m in LIKE}
        words = said({name: value for name, value in like.items() if value is not None}) or "covered"
        scene.chart(charts.bars(like, reach=(-1.0, 1.0), strong=list(like), row=40), f"Likeness, 1 at best: {words}", "like")
    moved = np.flatnonzero(b != ALIKE[1])
    away = len(moved) == 1 and np.array_equal(a, ALIKE[0]) and abs(b - a)[moved[0]] > abs(ALIKE[1] - a)[moved[0]] and b[moved[0]] > 0
    scene.note(pearson=np.nan_to_num(pearson(a, b)) if shown else 0.0, l1=np.nan_to_num(l1(a, b)))
    scene.note(moved_away=bool(shown) and away and cosine(a, b) > cosine(*ALIKE))
    if shown:
        scene.say(said({**{name: value for name, value in like.items() if value is not None}, **apart}))
        scene.table("Six measures", pd.DataFrame({"Measure": WORDS, "Value": [round(measure(a, b), 4) for measure in MEASURES]}))
        _arithmetic_of_six(scene, a, b)


def _arithmetic_of_six(scene: Scene, a: np.ndarray, b: np.ndarray) -> None:
    x, y = shared(a, b)
    either = int(((a > 0) | (b > 0)).sum())
    if not len(x):
        scene.arithmetic(f"Shared films: 0 of {either}. Jaccard 0 / {either} = 0, cosine 0; the other four have nothing to work on.")
        return
    d = x - y
    products = " + ".join(f"{p:.0f}·{q:.0f}" for p, q in zip(a, b, strict=True) if p and q)
    scene.arithmetic(
        f"**Jaccard**: {len(x)} shared films / {either} films of either = {jaccard(a, b):.4f}",
        f"**Cosine**: ({products}) / ({np.linalg.norm(a):.3f} · {np.linalg.norm(b):.3f}) = {cosine(a, b):.4f}",
        f"**Pearson**: the same with each one's mean over shared films taken off: {', '.join(f'{v:+.2f}' for v in x - x.mean())} and "
        f"{', '.join(f'{v:+.2f}' for v in y - y.mean())} → {said({'': pearson(a, b)}).strip()}",
        f"**L1**: ({' + '.join(f'{abs(v):.0f}' for v in d)}) / {len(d)} = {l1(a, b):.4f}",
        f"**L2**: √(({' + '.join(f'{v * v:.0f}' for v in d)}) / {len(d)}) = {l2(a, b):.4f}",
        f"**Chebyshev**: {np.abs(d).max():.0f} / 4.5 = {chebyshev(a, b):.4f}",
    )


# --- two slips -------------------------------------------------------------------------------------------------------


def two_slips(scene: Scene) -> None:
    """How far four others are from Ana, by two programs that are wrong until a switch repairs them."""
    say = scene.toggle("say", "Program 1: nothing shared, no number")
    root = scene.toggle("root", "Program 2: divide under the root")
    ana, others = COMPANY[0], dict(zip(FIVE[1:], COMPANY[1:], strict=True))
    first = {name: (l1 if say else l1_or_1)(ana, row) for name, row in others.items()}
    second = {name: (l2 if root else l2_slip)(ana, row) for name, row in others.items()}
    left, middle, right = st.columns([9, 6, 6], gap="small")
    with left:
        both = [(r, c) for r, c in np.argwhere((COMPANY > 0) & (ana > 0)).tolist() if r]
        counts = ", ".join(f"{name} {len(shared(ana, row)[0])}" for name, row in others.items())
        scene.matrix(known(COMPANY), FIVE, FILMS, f"Stars of five people. Films shared with Ana: {counts}.", marked=both,
                     marked_word="shared with Ana")  # fmt: skip
    for place, name, found in ((middle, "Program 1", first), (right, "Program 2", second)):
        with place:
            st.markdown(f"**{name}**, nearest first")
            ordered = dict(sorted(found.items(), key=lambda pair: (np.isnan(pair[1]), pair[1])))
            nearest = [other for other, stars in ordered.items() if stars == min(ordered.values())]
            figure = charts.bars(dict(ordered), reach=(0.0, 2.0), strong=nearest, row=38)
            scene.chart(figure, f"{name}, stars from Ana, nearest first: {said(ordered)}", name[-1])
    scene.say(f"Program 1: {said(first)}. Program 2: {said(second)}")
    scene.table("Stars from Ana", pd.DataFrame({"Who": list(first), "Program 1": list(first.values()), "Program 2": list(second.values())}))
    squares = {name: [f"{v * v:.0f}" for v in np.subtract(*shared(ana, row))] for name, row in others.items()}
    for name, terms in squares.items():
        if terms:
            n, total = len(terms), f"({' + '.join(terms)})"
            formula = f"√({total} / {n})" if root else f"√{total} / {n}"
            scene.arithmetic(f"Program 2, {name}: {formula} = **{second[name]:.4f}**")


# --- promises --------------------------------------------------------------------------------------------------------

PROMISES = ("never below 0", "0 only for the same", "the same both ways", "no detour is shorter")
FOUR, THREE = ("Ana", "Bo", "Cem", "Dee"), FILMS[:3]


def is_it_a_distance(scene: Scene) -> None:
    """Four people, and which of four promises a measure breaks among them."""
    word = scene.choice("measure", "Measure", WORDS, NAMES[l1])
    full = scene.toggle("full", "Everybody has seen everything")
    rows, measure = FULL if full else HOLES, BY_WORD[word]
    found = worst_of_axioms(measure, rows)
    D = distances(measure, rows)
    left, right = st.columns(2, gap="large")
    detour = found[3].rows
    with left:
        scene.matrix(known(rows), FOUR, THREE, "Stars of four people for three films.", strong_rows=detour)
    with right:
        who = [" – ".join(FOUR[r] for r in one.rows) if one.rows else "kept" for one in found]
        broken = [(r, 0) for r, one in enumerate(found) if one.rows]
        scene.matrix([[one.by] for one in found], PROMISES, ("broken by",), f"{word} breaks {len(broken)} of four promises.", digits=2,
                     scale=None, marked=broken, marked_word="broken", beside={"by whom": who})  # fmt: skip
    if detour:
        a, b, c = detour
        way_round = f"{D[a, b]:.2f} + {D[b, c]:.2f}"
        sentence = f"{FOUR[a]} to {FOUR[c]} is {D[a, c]:.2f}. By way of {FOUR[b]} it is {way_round}: shorter by {found[3].by:.2f}."
    else:
        sentence = f"No detour is shorter; {promises(found)} of four promises are broken."
    st.markdown(sentence)
    scene.say(f"{word} breaks {promises(found)} of four promises. {sentence}")
    scene.arithmetic(
        sentence,
        "*0 only for the same* is broken by the number of films that differ although the distance is 0.",
        "A likeness counts as the distance 1 − likeness. Where nothing is shared there is no number and nothing to break.",
    )
    frame = pd.DataFrame(np.round(D, 4), columns=FOUR)
    frame.insert(0, word, FOUR)
    scene.table("All distances", frame)


# --- everybody -------------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=3)
def _sample(key: str, _engine: Engine) -> tuple[Sample, np.ndarray]:
    """People of the data set, and the measures of pairs of them, (pairs, 7)."""
    people = sample(_engine.dataset)
    found = pairs(people.R)
    people.R.setflags(write=False)
    found.setflags(write=False)
    return people, found


def _nobody(found: np.ndarray) -> bool:
    """Say so where a data set has no two people to compare."""
    if len(found):
        return False
    st.info("In this data set there are no two people with ratings to compare.", icon=":material/group_off:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
    return True


def _beside(scene: Scene, people: Sample, person: Person) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A person's stars (m,), those of the sample (n, m), and the titles of both (m,)."""
    rated = {scene.dataset.item_index[item]: stars for item, stars in person.ratings.items()}
    titles = np.union1d(people.titles, np.array(list(rated), dtype=people.titles.dtype))
    own = np.array([rated.get(int(i), 0.0) for i in titles])
    R = np.zeros((len(people.R), len(titles)))
    R[:, np.searchsorted(titles, people.titles)] = people.R
    return own, R, titles


def everybody(scene: Scene) -> None:
    """Six histograms over pairs, with the middle of one person's own pairs."""
    person = scene.person()
    least = scene.slider("shared", "Titles in common, at least", 1, 20, 1)
    people, found = _sample(app_data.data_key(), scene.engine)
    if _nobody(found):
        scene.note(perfect=1)
        return
    scene.note(perfect=(exact := perfect(found, least)))
    some = found[found[:, 6] >= least]
    with scene.row:
        st.metric("Pairs", f"{len(some):,}")
        st.metric("Pearson exactly 1 or −1", exact)
        st.metric("L1 above 1", f"{far(some):.0%}" if len(some) else "–")
    own, R, _ = _beside(scene, people, person)
    mine = np.array([six_and_shared(own, row) for row in R])
    mine = mine[mine[:, 6] >= least]
    for start in (0, 3):
        for place, at in zip(st.columns(3), range(start, start + 3), strict=True):
            with place:
                _histogram(scene, at, some, mine, person)
    scene.say(f"{len(some):,} pairs share {least} titles or more. In {exact} Pearson is exactly 1 or −1.")
    medians = [round(float(np.nanmedian(some[:, at])), 4) if np.isfinite(some[:, at]).any() else np.nan for at in range(6)]
    scene.table(f"Middle of {len(some):,} pairs", pd.DataFrame({"Measure": WORDS, "Median": medians}))


def _histogram(scene: Scene, at: int, some: np.ndarray, mine: np.ndarray, person: Person) -> None:
    own = mine[np.isfinite(mine[:, at]), at]
    marks = {person.name: float(np.median(own))} if len(own) else {}
    here = some[np.isfinite(some[:, at]), at]
    middle = f"half of {len(here):,} pairs are below {np.median(here):.2f}" if len(here) else "no pair: 0 values"
    told = "".join(f"; the middle of {name} is {value:.2f}" for name, value in marks.items())
    scene.chart(charts.histogram(here, x_title=WORDS[at], marks=marks, height=155), f"{WORDS[at]}: {middle}{told}", f"pairs_{at}")


# --- which when ------------------------------------------------------------------------------------------------------


def which_when(scene: Scene) -> None:
    """The three people most like one by each measure, on the titles they share."""
    person = scene.person()
    measures = {NAMES[measure]: measure for measure in (jaccard, cosine, pearson, l1)}
    word = scene.choice("by", "Most alike by", list(measures), NAMES[pearson])
    least = scene.steps("least", "Titles in common, at least", (1, 2, 3, 4, 5), 1)
    people, found = _sample(app_data.data_key(), scene.engine)
    if _nobody(found):
        return
    own, R, titles = _beside(scene, people, person)
    enough = [at for at, row in enumerate(R) if len(shared(own, row)[0]) >= least]
    values = {at: measures[word](own, R[at]) for at in enough}
    sign = 1 if measures[word] is l1 else -1
    nearest = sorted((at for at in enough if not np.isnan(values[at])), key=lambda at: sign * values[at])[:ALL_ALIKE]
    if not nearest:
        scene.matrix([[np.nan]], (person.name,), ("nobody in common",), f"0 people share {least} titles with {person.name}.")
        st.info(
            "Nobody shares so many titles. Lower the number, choose an example person, or rate a few more.", icon=":material/group_off:"
        )
        st.page_link("pages/rate.py", label="Rate titles", icon=":material/star:")
        return
    rows = np.vstack([own, R[nearest]])
    columns = np.flatnonzero((own > 0) & (R[nearest] > 0).any(axis=0))[:MOST_COLUMNS]
    names = [person.name.capitalize(), *(f"No. {people.people[at]}" for at in nearest)]
    said_of = {name: values[at] for name, at in zip(names[1:], nearest, strict=True)}
    scene.matrix(
        known(rows)[:, columns],
        names,
        [shorten(scene.dataset.title(int(titles[c])).title, 15) for c in columns],
        f"Most like {person.name} by {word}: {said(said_of)}.",
        beside={word: ["–", *(f"{value:.2f}" for value in said_of.values())],
                "in common": ["–", *(str(len(shared(own, R[at])[0])) for at in nearest)]},
    )  # fmt: skip
    scene.say(f"Most like {person.name} by {word}: {said(said_of)}")


STEPS = (two_people, two_slips, is_it_a_distance, everybody, which_when)
