"""Lesson 10 in pictures: titles that move in a list, terms of NDCG, stars against order, your own list, and luck."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.common.metrics import (
    catalogue_coverage,
    count_exposure,
    gini,
    intra_list_diversity,
    novelty,
    precision_at_k,
    reciprocal_rank,
    rmse,
)
from recsys_core.evaluation.splits import by_pairs, ratings_frame
from recsys_core.lessons.series import means_of
from recsys_core.lessons.toys import RIGHT_ORDER, TEN, TEN_RELEVANT, TRUE_STARS, WRONG_FIRST
from recsys_core.teaching.metrics import (
    BEFORE,
    LIKED,
    STRETCH,
    SWAPPED,
    K,
    best_first,
    discounts,
    hits_of,
    six_measures,
    stretched,
)
from ui.components import cards
from ui.components.model_names import model_name
from ui.lessons import charts
from ui.lessons.scene import Scene
from ui.session import app_data

HEART = " ♥"
MODELS = ("item-knn", "svd", "popularity")
LISTS = 40
"""People of the data set whose lists are counted for coverage."""
FEWEST = 500
"""Test ratings that step 5 needs."""
DRAWS = 300


# --- one list --------------------------------------------------------------------------------------------------------


def _move(scene: Scene, title: str, by: int) -> None:
    order = scene.memory("order", SWAPPED)
    at = order.index(title)
    to = min(max(at + by, 0), len(order) - 1)
    letters = list(order)
    letters[at], letters[to] = letters[to], letters[at]
    scene.remember("order", "".join(letters))


def _order(scene: Scene) -> str:
    """The list as it stands; an address with another alphabet is ignored."""
    order = scene.memory("order", SWAPPED)
    return order if sorted(order) == sorted(BEFORE) else SWAPPED


def _with_heart(title: str) -> str:
    return title + HEART * (title in LIKED)


def one_place_up(scene: Scene) -> None:
    """Ten titles that move, and six measures before and after."""
    order = _order(scene)
    title = scene.choice("title", "Move", list(BEFORE), "B", _with_heart)
    table = st.container()
    left, right = st.columns([2, 3], gap="large")
    with left:
        shown = scene.guess()
    with scene.row:
        for label, by in (("Up", -1), ("Down", 1)):
            icon = f":material/arrow_{label.lower()}ward:"
            st.button(label, key=scene.key(label), icon=icon, disabled=shown is None, on_click=_move, args=(scene, title, by))
        st.button("As before", key=scene.key("before"), disabled=shown is None, on_click=scene.remember, args=("order", BEFORE))
    with table:
        below = {"before": [_with_heart(t) for t in BEFORE], "now": [_with_heart(t) for t in order]}
        caption = f"The list before: hits at ranks 2, 3, 7 and 10. Now it is {', '.join(_with_heart(t) for t in order)}."
        scene.matrix(np.empty((0, K)), [], [str(rank) for rank in range(1, K + 1)], caption, below=below)
    before, now = six_measures(TEN), six_measures(hits_of(order))
    scene.note(ndcg=0.0 if shown is None else now["NDCG"])
    _measures(scene, right, before, None if shown is None else now)


def _measures(scene: Scene, place: st.delta_generator.DeltaGenerator, before: dict[str, float], now: dict[str, float] | None) -> None:
    values: dict[str, float | None] = {}
    moved = [name for name in before if now and abs(now[name] - before[name]) > 1e-9]
    for name, value in before.items():
        values[f"{name}: {value:.3f} →"] = now[name] if now else None
    told = "covered" if now is None else ", ".join(f"{name} {now[name]:.3f}" for name in now)
    with place:
        figure = charts.bars(values, digits=3, reach=(0.0, 1.0), strong=[f"{name}: {before[name]:.3f} →" for name in moved], row=26)
        scene.chart(figure, alt=f"Before: {', '.join(f'{name} {value:.3f}' for name, value in before.items())}. Now: {told}.")
    if now:
        scene.say(f"{len(moved)} of six measures differ. NDCG {now['NDCG']:.3f}")
        rows = {"Measure": list(before), "Before": list(before.values()), "Now": list(now.values())}
        scene.table("Six measures", pd.DataFrame(rows).round(4))
        scene.arithmetic(
            f"Precision: 4 hits / {K} = {now['Precision']:.1f}. Recall: 4 hits / {TEN_RELEVANT} = {now['Recall']:.4f}.",
            f"Reciprocal rank: 1 / rank of the first hit = {now['Reciprocal rank']:.4f}.",
        )


def where_a_hit_counts(scene: Scene) -> None:
    """The terms of NDCG, rank by rank."""
    lists = {"As it was": TEN, "Hits first": np.sort(TEN)[::-1], "Hits last": np.sort(TEN)}
    chosen = scene.choice("list", "List", list(lists), "As it was")
    k = scene.slider("k", "Ranks that count", 1, 20, K)
    relevant = scene.slider("relevant", "Relevant titles in all", 4, 20, TEN_RELEVANT)
    found_only = scene.toggle("found", "Divide by found hits only")
    hits = lists[chosen]
    measures = six_measures(hits, k, relevant)
    each = discounts(k)
    own = each[: len(hits)][hits[:k]]
    best = int(hits[:k].sum()) if found_only else min(k, relevant)
    ndcg = float(own.sum() / each[:best].sum()) if found_only and best else measures["NDCG"]
    scene.note(recall=measures["Recall"], ndcg=measures["NDCG"])
    left, right = st.columns([3, 2], gap="large")
    at = np.flatnonzero(hits[:k]).tolist()
    said = f"Hits at ranks {', '.join(str(rank + 1) for rank in at)}" if at else f"No hit among {k} ranks"
    with left:
        figure = charts.columns(each, strong=at, x_title="rank (hits are bold)", y_title="a hit counts", height=250)
        scene.chart(figure, alt=f"{said}. They count {', '.join(f'{value:.3f}' for value in own) or '0'}.")
    with right:
        bars = {"Precision": measures["Precision"], "Recall": measures["Recall"], "NDCG": ndcg}
        told = ". ".join(f"{name} {value:.3f}" for name, value in bars.items())
        scene.chart(charts.bars(dict(bars), digits=3, reach=(0.0, 1.0), strong=["NDCG"]), alt=told, name="marks")
        scene.say(told)
    ideal = each[:best].sum()
    scene.arithmetic(
        f"This list: {' + '.join(f'{value:.3f}' for value in own) or '0'} = {own.sum():.4f}",
        f"The best list has hits at ranks 1 to {best}: {ideal:.4f}. NDCG = {own.sum():.4f} / {ideal:.4f} = **{ndcg:.4f}**",
    )


def stars_or_order(scene: Scene) -> None:
    """Two models of five titles."""
    first = scene.slider("first", "B's stars for the best title", 1.0, 5.0, float(WRONG_FIRST[0]), 0.1)
    stretch = scene.toggle("stretch", "Stretch A")
    a = stretched(RIGHT_ORDER, STRETCH) if stretch else RIGHT_ORDER
    b = WRONG_FIRST.copy()
    b[0] = first
    errors = {"A": rmse(a - TRUE_STARS), "B": rmse(b - TRUE_STARS)}
    places = {name: round(1 / reciprocal_rank(best_first(stars))) for name, stars in (("A", a), ("B", b))}
    scene.note(rmse_b=errors["B"], place=places["B"])
    left, right = st.columns([3, 2], gap="large")
    titles = ["best", "second", "third", "fourth", "fifth"]
    orders = {name: " › ".join(titles[t] for t in np.argsort(-stars, kind="stable")) for name, stars in (("A", a), ("B", b))}
    with left:
        caption = f"Stars of five titles: true ones, those of A and those of B. A lists {orders['A']}; B lists {orders['B']}."
        looks = {"digits": 1, "beside": {"best title at": ["1", str(places["A"]), str(places["B"])]}}
        scene.matrix(np.array([TRUE_STARS, a, b]), ["true", "A", "B"], titles, caption, **looks)
        st.caption(f"B's list: {orders['B']}")
    with right:
        bars = {f"{name}, RMSE": value for name, value in errors.items()}
        told = ". ".join(f"{name}: RMSE {errors[name]:.2f}, best title at place {places[name]}" for name in errors)
        smaller = min(bars, key=lambda name: bars[name])
        scene.chart(charts.bars(dict(bars), unit="★", reach=(0.0, 1.5), strong=[smaller]), alt=told)
        scene.say(told)
    squares = " + ".join(f"{e:.2f}" for e in (b - TRUE_STARS) ** 2)
    scene.arithmetic(f"B: √(({squares}) / {len(b)}) = **{errors['B']:.4f}** stars")


# --- your list -------------------------------------------------------------------------------------------------------


@st.cache_data(show_spinner="Making lists …", max_entries=12)
def _lists(key: str, model: str, _engine: Engine) -> list[np.ndarray]:
    """Ten titles for each of some people of the data set."""
    dataset, found = _engine.dataset, []
    for user in np.random.default_rng(0).permutation(dataset.n_users)[:LISTS]:
        profile = dataset.profile_of(int(user))
        visitor = _engine.visitor({str(dataset.item_ids[i]): float(s) for i, s in zip(profile.items, profile.stars, strict=True)})
        found.append(visitor.best(K, model, visitor.candidates()))
    return found


def _nobody(why: str) -> None:
    st.info(why, icon=":material/group_off:")
    st.page_link("pages/data.py", label="Choose another data set", icon=":material/database:")


def your_list(scene: Scene) -> None:
    """The chosen model's list with hits to mark; then what else can be measured, for each model."""
    person = scene.person()
    dataset = scene.dataset
    models = [model for model in MODELS if model in scene.engine.models]
    if not dataset.n_ratings or not models:
        _nobody("Nobody has rated anything here: there are no lists to measure.")
        return
    model = scene.choice("model", "List by", models, models[0], model_name)
    visitor = scene.engine.visitor(person.ratings)
    listed = {name: visitor.best(K, name, visitor.candidates()) for name in models}
    left, right = st.columns([2, 3], gap="large")
    with left:
        names = [cards.title_of(scene.engine, str(dataset.item_ids[i])) for i in listed[model]]
        st.text("\n".join(f"{rank}. {name}" for rank, name in enumerate(names, start=1)))
        marked = st.pills("Ranks you would watch", range(1, len(names) + 1), selection_mode="multi", key=scene.key(f"hits_{model}"))
    hits = np.isin(np.arange(1, len(names) + 1), marked)
    with right:
        _beyond(scene, listed)
        if marked:
            told = f"Precision {precision_at_k(hits, K):.1f}. Reciprocal rank {reciprocal_rank(hits):.2f}."
            st.markdown(f"Your marks: {told}")
            scene.say(told)


def _beyond(scene: Scene, listed: dict[str, np.ndarray]) -> None:
    dataset = scene.dataset
    rows = []
    for name, titles in listed.items():
        exposure = count_exposure(_lists(app_data.data_key(), name, scene.engine), dataset.n_items)
        alone = [intra_list_diversity(titles, scene.engine.features), novelty(titles, dataset.raters, dataset.n_people)]
        rows.append([*alone, 100 * catalogue_coverage(exposure), gini(exposure)])
    heads = ["diversity", "novelty, bits", "coverage, %", "Gini"]
    words = [model_name(name) for name in listed]
    said = [", ".join(f"{head} {value:.2f}" for head, value in zip(heads, row, strict=True)) for row in rows]
    told = "; ".join(f"{name}: {values}" for name, values in zip(words, said, strict=True))
    scene.matrix(rows, words, heads, told, digits=2, scale=None)
    st.caption(f"Coverage and Gini: lists of {min(LISTS, dataset.n_users)} people.")


# --- luck ------------------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner="Asking both models …", max_entries=4)
def _errors(key: str, _engine: Engine) -> np.ndarray:
    """Errors of two models on the same test ratings: (2, n). Empty where there are too few."""
    dataset = _engine.dataset
    if dataset.n_ratings < 5 * FEWEST:
        return np.empty((2, 0))
    train, test, _ = by_pairs(ratings_frame(dataset.sample_users(600)))
    known, asked = train["item_id"].to_numpy(str), test["item_id"].to_numpy(str)
    stars, truth = train["rating"].to_numpy(), test["rating"].to_numpy()
    errors = np.array([means_of(known, stars, asked, m) - truth for m in (0, 5)])
    errors.setflags(write=False)
    return errors


def how_sure(scene: Scene) -> None:
    """RMSE of two models on many draws of test ratings."""
    errors = _errors(app_data.data_key(), scene.engine)
    if errors.shape[1] < FEWEST:
        _nobody("This data set has too few ratings to draw from again and again.")
        return
    n = scene.steps("n", "Test ratings in a draw", (100, 300, 1000, 3000), 1000)
    same = scene.toggle("same", "The same ratings for both")
    a, b = _drawn(errors, min(n, errors.shape[1] // 2), same)
    wrong = float(np.mean(a < b))
    whole = [rmse(row) for row in errors]
    scene.note(same=same, wrong=wrong)
    left, right = st.columns([3, 2], gap="large")
    told = f"A: RMSE {whole[0]:.3f} on all ratings, ± {a.std():.3f} in draws of {n:,}. B: {whole[1]:.3f}. A, the worse, wins {wrong:.0%}."
    with left:
        scene.chart(charts.histogram(a - b, x_title="RMSE of A less that of B", marks={"no difference": 0.0}, height=250), alt=told)
    with right, st.container(horizontal=True):
        st.metric("RMSE of A", f"{whole[0]:.2f} ± {a.std():.2f}")
        st.metric("RMSE of B", f"{whole[1]:.2f} ± {b.std():.2f}")
        st.metric("The worse one wins", f"{wrong:.0%}")
    scene.say(told)
    quantiles = [0, 0.25, 0.5, 0.75, 1]
    rows = {"Share of draws below": quantiles, "A": np.quantile(a, quantiles).round(4), "B": np.quantile(b, quantiles).round(4)}
    scene.table(f"RMSE in {DRAWS} draws", pd.DataFrame(rows))


def _drawn(errors: np.ndarray, n: int, same: bool) -> tuple[np.ndarray, np.ndarray]:
    """RMSE of both models in each draw (DRAWS,)."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        for_a = rng.integers(errors.shape[1], size=n)
        for_b = for_a if same else rng.integers(errors.shape[1], size=n)
        found.append((rmse(errors[0, for_a]), rmse(errors[1, for_b])))
    a, b = np.array(found).T
    return a, b


STEPS = (one_place_up, where_a_hit_counts, stars_or_order, your_list, how_sure)
