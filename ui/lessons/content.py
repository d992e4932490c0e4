"""Lesson 1 in pictures: sentences as numbers, stars as weights, words that pull, one sum in two ways, a title nobody knows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine
from recsys_core.lessons.content import idf, nearest, ridge, ridge_by_title, tf_idf, vocabulary
from recsys_core.lessons.toys import SENTENCE_STARS, SENTENCES
from recsys_core.teaching.content import ALPHAS, BOTH, FIELDS, KEYWORDS, SYNOPSIS, Described, Taste, best, described, taste
from ui.components import cards
from ui.components.charts import shorten, waterfall
from ui.components.model_names import model_name
from ui.lessons import charts
from ui.lessons.people import Person
from ui.lessons.scene import Scene
from ui.session import app_data

SHORT = ("1 crew in space", "2 lovers in Paris", "3 robot in space", "4 detective in the snow", "5 detective in Paris")
STARS = (0.0, 5.0)
PULLS = 5
"""Words shown that pull up, and as many that pull down."""
TOP = 5
NEW = 150
_LAST = "_content_last_sentence"
"""Titles with fewest ratings that step 5 offers."""


def _said(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())


# --- words to numbers ------------------------------------------------------------------------------------------------


def words_to_numbers(scene: Scene) -> None:
    """Five sentences as a table; the last one can be written anew."""
    with scene.row:
        st.session_state[_LAST] = scene.memory("last", SENTENCES[4])
        st.text_input("The last sentence", max_chars=80, key=_LAST, width=330, on_change=_write, args=(scene,))
    least = scene.choice("least", "Words that so many sentences have", (1, 2, 3), 2)
    most = scene.steps("most", "Words kept at most", (3, 5, 10, 500), 500)
    texts = [*SENTENCES[:4], str(scene.values["last"])]
    X, words = tf_idf(texts, least, most)
    scene.note(empty=bool(len(words)) and not X[4].any())
    rows = [*(f"{number} {text}" for number, text in enumerate(texts, start=1))]
    weights = idf(X)
    said = ", ".join(f"{word} {value:.2f}" for word, value in zip(words, X[4], strict=True) if value)
    scene.matrix(
        X,
        rows,
        words,
        f"TF-IDF of five sentences by {len(words)} words. The last sentence: {said or 'no known word'}.",
        digits=2,
        scale=(0.0, 1.0),
        below={"idf": [f"{value:.2f}" for value in weights]},
    )
    scene.say(f"{len(words)} words. The last sentence: {said or 'no known word'}")
    df = (X > 0).sum(axis=0)
    for word, n, weight in zip(words, df, weights, strict=True):
        scene.arithmetic(f"**{word}** is in {n} of 5: idf = ln(6 / {n + 1}) + 1 = {weight:.4f}")
    scene.arithmetic("Then each number is divided by the length of its row, √(sum of squares).")
    kept = vocabulary(texts, least, most)
    scene.table("Words", pd.DataFrame({"Word": kept, "Sentences": df, "idf": np.round(weights, 4)}))


def _write(scene: Scene) -> None:
    scene.remember("last", st.session_state[_LAST] or SENTENCES[4])


# --- stars to weights ------------------------------------------------------------------------------------------------


def stars_to_weights(scene: Scene) -> None:
    """Weights of words from three stars; what the two others get is covered at first."""
    labels = [short[2].upper() + short[3:] for short in SHORT]
    y = np.array([scene.choice(f"stars{i}", labels[i], (1, 2, 3, 4, 5), int(SENTENCE_STARS[i])) for i in range(3)], dtype=float)
    alpha = scene.steps("alpha", "Penalty", ALPHAS, 1.0, "{:g}".format)
    X, words = tf_idf(list(SENTENCES), 2, 500)
    w, b = ridge(X[:3], y, alpha)
    scene.note(given=bool(np.array_equal(y, SENTENCE_STARS)))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Weight of each word**")
        weights = dict(zip(words, w.tolist(), strict=True))
        scene.chart(charts.bars(dict(weights), reach=(-1.5, 1.5), strong=[word for word in words if weights[word] > 0], row=34),
                    f"Weights at penalty {alpha:g}: {_said(weights)}", "weights")  # fmt: skip
    with right:
        shown = scene.guess()
        said: dict[str, float | None] = {labels[i]: float(X[i] @ w + b) if shown else None for i in (3, 4)}
        told = _said({name: value for name, value in said.items() if value is not None}) or "covered"
        mean = {"Mean of your stars": float(y.mean())} if shown else {}
        scene.chart(charts.bars(said | mean, unit="★", reach=STARS, strong=list(said)), f"Predicted stars: {told}", "stars")
    if shown:
        scene.say(f"Penalty {alpha:g}: {told}")
        for i in (3, 4):
            terms = " + ".join(f"{X[i, j]:.4f}·({w[j]:.3f})" for j in np.flatnonzero(X[i]))
            scene.arithmetic(f"**{labels[i]}**: {b:.4f} + {terms} = **{X[i] @ w + b:.4f}**")
    scene.table("Weights", pd.DataFrame({"Word": words, "Weight": np.round(w, 4)}))


# --- a whole catalogue -----------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False, max_entries=6)
def _table(key: str, what: str, _engine: Engine) -> Described:
    found = described(_engine.dataset, what)
    found.X.setflags(write=False)
    return found


def _wordless(table: Described, what: str) -> bool:
    """Say so where a data set has nothing of the kind."""
    if table.words:
        return False
    st.info(f"In this data set titles have no {what.lower()}. Choose another field, or another data set.", icon=":material/notes:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")
    return True


def _learned(scene: Scene, person: Person, table: Described, alpha: float) -> Taste | None:
    """What a person's stars say of the words; None, with a sentence, where there are no stars."""
    ratings = {scene.dataset.item_index[item]: stars for item, stars in person.ratings.items()}
    if not np.isin(table.titles, list(ratings)).any():
        st.info("No stars, no weights: rate a few titles, or choose an example person.", icon=":material/star:")
        st.page_link("pages/rate.py", label="Rate titles", icon=":material/star:")
        return None
    return taste(table, ratings, alpha)


def _name(scene: Scene, table: Described, row: int) -> str:
    return scene.dataset.title(int(table.titles[row])).with_year


def your_ratings(scene: Scene) -> None:
    """Words that pull up and down, and the five titles they lead to."""
    person = scene.person()
    what = scene.choice("field", "What describes a title", FIELDS, SYNOPSIS)
    alpha = scene.steps("strength", "Penalty", ALPHAS, 1.0, "{:g}".format)
    table = _table(app_data.data_key(), what, scene.engine)
    if _wordless(table, what) or (found := _learned(scene, person, table, alpha)) is None:
        return
    order = np.argsort(-found.w, kind="stable")
    ends = np.unique(np.concatenate([order[:PULLS], order[-PULLS:]]))
    words = {table.words[j]: float(found.w[j]) for j in ends[np.argsort(-found.w[ends], kind="stable")]}
    top = best(found, TOP)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(f"Words that pull most, of {len(table.words):,}")
        up = [word for word, weight in words.items() if weight > 0]
        scene.chart(charts.bars(dict(words), strong=up, row=25), f"Weights: {_said(words)}")
    with right:
        st.markdown(f"The first five for {person.name}")
        ids = [str(scene.dataset.item_ids[table.titles[row]]) for row in top]
        cards.poster_row(scene.engine, ids, [f"{found.predicted[row]:.2f} ★" for row in top])
    scene.say(f"{what}: most pulls {next(iter(words), 'nothing')}; first is {_name(scene, table, top[0])}")
    scene.table("Words", pd.DataFrame({"Word": list(words), "Weight": [round(weight, 4) for weight in words.values()]}))


# --- one sum in two ways ---------------------------------------------------------------------------------------------


def by_word_and_by_title(scene: Scene) -> None:
    """A title's stars as a sum over its words and over what was rated; then the app's own list."""
    person = scene.person()
    by = scene.choice("by", "Add up", ("Words", "Titles"), "Words")
    rank = scene.choice("rank", "Which of the first five", (1, 2, 3, 4, 5), 1)
    table = _table(app_data.data_key(), BOTH, scene.engine)
    if _wordless(table, BOTH) or (found := _learned(scene, person, table, 1.0)) is None:
        return
    row = int(best(found, TOP)[min(rank, len(table.titles)) - 1])
    start, amounts = _amounts(scene, table, found, row, by)
    end = start + sum(amount for _, amount in amounts)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.text(_name(scene, table, row))
        figure = waterfall(None, amounts, end, fixed=[("Start", start)], ends="Stars")
        most = max(amounts, key=lambda pair: abs(pair[1]), default=("nothing", 0.0))
        scene.chart(_in_stars(figure), f"From {start:.3f} to {end:.3f} stars by {by.lower()}; most by {most[0]}, {most[1]:+.2f}")
    with right:
        word_end = float(table.X[row] @ found.w + found.b)
        base, shares = ridge_by_title(table.X[found.rows], found.stars, 1.0, table.X[row])
        with st.container(horizontal=True):
            st.metric("End by words", f"{word_end:.4f}")
            st.metric("End by titles", f"{base + shares.sum():.4f}")
        _own_model(scene, person)
    scene.say(f"By {by.lower()}: from {start:.2f} to {end:.2f}")
    scene.table(f"By {by.lower()}", pd.DataFrame(amounts, columns=[by, "Stars"]).round(4))


def _amounts(scene: Scene, table: Described, found: Taste, row: int, by: str) -> tuple[float, list[tuple[str, float]]]:
    """Where the sum starts, and what each word, or each rated title, adds."""
    if by == "Words":
        return found.b, [(table.words[j], float(table.X[row, j] * found.w[j])) for j in np.flatnonzero(table.X[row])]
    base, shares = ridge_by_title(table.X[found.rows], found.stars, 1.0, table.X[row])
    return base, [(_name(scene, table, r), float(share)) for r, share in zip(found.rows, shares, strict=True)]


def _in_stars(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(title="stars")
    return figure.update_layout(height=330, margin_t=6)


def _own_model(scene: Scene, person: Person) -> None:
    """What the app's own content model lists."""
    if "content" in scene.engine.models:
        lines = scene.engine.visitor(person.ratings).recommend(TOP, model="content")
        st.markdown(f"**{model_name('content')}**, the app's own, for {person.name}")
        st.text("\n".join(f"{line.rank}. {cards.title_of(scene.engine, line.item_id)}" for line in lines))


# --- cold start ------------------------------------------------------------------------------------------------------


def a_title_nobody_knows(scene: Scene) -> None:
    """The titles most like one of those with fewest ratings."""
    dataset = scene.dataset
    what = scene.choice("words", "Compared by", (SYNOPSIS, KEYWORDS), SYNOPSIS)
    table = _table(app_data.data_key(), what, scene.engine)
    fewest = table.titles[np.argsort(dataset.raters[table.titles], kind="stable")][:NEW]
    names = sorted({f"{dataset.title(int(i)).with_year}, {dataset.raters[i]} ratings": int(i) for i in fewest}.items())
    chosen = scene.select("title", "A title few have rated", [name for name, _ in names], names[0][0], width=330)
    if _wordless(table, what):
        return
    row = int(np.searchsorted(table.titles, dict(names)[chosen]))
    near = nearest(table.X, row, TOP)
    likeness = {_name(scene, table, other): float(table.X[other] @ table.X[row]) for other in near}
    left, right = st.columns([3, 2], gap="large")
    with left:
        scene.chart(charts.bars(dict(likeness), reach=(0.0, 1.0), strong=list(likeness)), f"Most like {chosen}: {_said(likeness)}")
    with right:
        item = dataset.title(int(table.titles[row]))
        st.markdown("**What is known of it**")
        st.text(", ".join(item.keywords[:8]) if what == KEYWORDS else shorten(item.text, 200))
    scene.say(f"Most like {chosen}: {_said(likeness)}")
    shared = [", ".join(table.words[j] for j in np.flatnonzero(table.X[row] * table.X[other])) for other in near]
    scene.table("Shared words", pd.DataFrame({"Title": list(likeness), "Cosine": np.round(list(likeness.values()), 4), "Words": shared}))


STEPS = (words_to_numbers, stars_to_weights, your_ratings, by_word_and_by_title, a_title_nobody_knows)
