"""Parts of the page "Compare" that show how good the models were on held-out people."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.errors import JobRefusedError, RecsysError
from recsys_core.evaluation import Results, app_models
from recsys_core.evaluation.truth import ANY, BEST
from recsys_core.serving import figures as measured
from recsys_core.settings import SHOWCASE, settings
from ui.compare.charts import Point, interval_chart, scatter_chart
from ui.components import charts, frame, linked, markup, tables
from ui.components.metric_names import Metric
from ui.components.model_names import model_name
from ui.session import app_data, keys

BUNDLED, OWN = "Came with the app", "Measured here"
FRIENDS = "friends.csv"
"""Beside the bundled data: what ``python -m benchmarks.friend_lists --figures`` wrote."""
log = logging.getLogger("because_you_watched")


def load(engine: Engine) -> dict[str, Results]:
    """The figures of this data set by where they come from: with the app, or measured here. Empty if there are none yet."""
    found = measured.find(app_data.dataset_name(), app_data.jobs().folder)
    results: dict[str, Results] = {}
    for source, folder in ((BUNDLED, found.bundled), (OWN, found.own)):
        if folder:
            try:
                results[source] = _read(str(folder), (folder / "evaluation.json").stat().st_mtime_ns, engine.models)
            except (RecsysError, OSError) as error:
                log.warning("%s", error)
    return results


def choose_source(results: dict[str, Results]) -> Results:
    """Which figures to show, where there are two kinds: what was just measured comes to the front."""
    wanted = keys.EVALUATION_WANTED.take() or keys.EVALUATION_SOURCE.get()
    source = wanted if wanted and wanted in results else next(iter(results))
    keys.EVALUATION_SOURCE.set(source)
    if len(results) > 1:
        st.segmented_control("Figures", list(results), required=True, key=keys.EVALUATION_SOURCE.name, persist_state="session")
    return results[keys.EVALUATION_SOURCE.get() or source]


@st.cache_data(show_spinner=False, max_entries=8)
def _read(folder: str, changed: int, models: tuple[str, ...]) -> Results:  # a rewritten file is read anew
    return measured.read(Path(folder), models)


def named(model: str) -> str:
    """A model or another row of the table in words."""
    others = {
        app_models.BY_STARS: f"{model_name(app_models.HYBRID)}, sorted by stars",
        BEST: "the best ten",
        ANY: "any title",
    }
    return others.get(model) or model_name(model)


def about(results: Results) -> str:
    """A sentence on who was asked, and when."""
    facts = results.facts
    who = "simulated viewers" if facts["simulated"] else "people"
    asked = int(results.table["n_users"].max())
    return (
        f"A fifth of the {who} were held out whole: the models never saw them. Then each model was shown a few ratings of one of them and "
        f"asked for the rest, {asked:,} times. Bars are 95 % intervals: where they overlap widely, the order may be chance. "
        f"Measured {markup.plain(str(facts['date']))}."
    )


def shown_ratings(results: Results) -> int:
    """How many ratings the models were shown, as chosen."""
    options = sorted({int(n) for n in results.table["n_given"]})
    return st.segmented_control(
        "Ratings shown of each person", options, default=options[-1], required=True, **linked.bound("compare_given")
    )


def wide(results: Results, n_given: int, tasks: tuple[str, ...] = ("lists", "stars"), column: str = "value") -> pd.DataFrame:
    """One row per model, one column per metric."""
    chosen = results.table[(results.table["n_given"] == n_given) & results.table["task"].isin(tasks)]
    frame = chosen[chosen["metric"] != "coverage"].pivot(index="model", columns="metric", values=column)
    return frame.loc[list(dict.fromkeys(chosen["model"]))]


def stars_against_lists(results: Results, n_given: int) -> None:
    """RMSE against NDCG, a point per model: the best at one is not the best at the other."""
    value, low, high = (wide(results, n_given, column=column) for column in ("value", "low", "high"))
    if not {"ndcg@10", "rmse"} <= set(value):
        st.caption("Too few ratings were left to judge both lists and stars.")
        return
    value = value.dropna(subset=["ndcg@10", "rmse"]).sort_values("ndcg@10", ascending=False)
    models = value.drop(index=app_models.BY_STARS, errors="ignore")
    best_lists, best_stars = models["ndcg@10"].idxmax(), models["rmse"].idxmin()

    def point(model: str) -> Point:
        error, quality = ((value.at[model, m], low.at[model, m], high.at[model, m]) for m in ("rmse", "ndcg@10"))
        colour = charts.ABOVE if model == best_lists else charts.BELOW if model == best_stars else charts.NEUTRAL
        return Point(named(model), error, quality, colour)

    st.markdown(verdict(value, str(best_lists), str(best_stars)))
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure = scatter_chart([point(str(model)) for model in value.index])
        alt = "Models by their error of expected stars and the quality of their lists; the table beside it has the numbers"
        charts.show(figure, config=charts.CONFIG, key="compare_scatter", alt=alt)
    with right:
        table = pd.DataFrame(
            {
                "No.": range(1, len(value) + 1),
                "Model": [named(str(model)) for model in value.index],
                "NDCG@10": [f"{figure:.3f}" for figure in value["ndcg@10"]],
                "RMSE": [f"{figure:.3f}" for figure in value["rmse"]],
            }
        )
        tables.show(table, fitting=True)


def verdict(value: pd.DataFrame, best_lists: str, best_stars: str) -> str:
    """The scatter in words, as Markdown; the names are the app's own."""

    def measures(model: str) -> str:
        return f"NDCG@10 {value.at[model, 'ndcg@10']:.3f}, RMSE {value.at[model, 'rmse']:.3f}"

    if best_lists != best_stars:
        said = (
            f"Best lists: **{named(best_lists)}** ({measures(best_lists)}). Best stars: **{named(best_stars)}** ({measures(best_stars)}). "
        )
    else:
        said = f"**{named(best_lists)}** makes the best lists and predicts stars best ({measures(best_lists)}). "
    return said + cost_of_sorting_by_stars(value)


def cost_of_sorting_by_stars(value: pd.DataFrame) -> str:
    """What the same expected stars are worth as a list; empty where it was not measured."""
    models = {app_models.HYBRID, app_models.BY_STARS}
    if not models <= set(value.index) or "ndcg@10" not in value:
        return ""
    before, after = (float(value.at[model, "ndcg@10"]) for model in (app_models.HYBRID, app_models.BY_STARS))
    sorting = f"{named(app_models.HYBRID)}'s list sorted by its expected stars instead of its score"
    return f"{sorting}: the same stars, but NDCG@10 {after:.3f} instead of {before:.3f}."


def one_metric(results: Results, n_given: int, metrics: dict[str, Metric], tasks: tuple[str, ...], key: str) -> None:
    """One measure for all models, with what it means and when it misleads."""
    value, low, high = (wide(results, n_given, tasks, column) for column in ("value", "low", "high"))
    known = [metric for metric in metrics if metric in value]
    if not known:
        return
    chosen = linked.selectbox("Measure", known, key, format_func=lambda metric: metrics[metric].name, filter_mode=None)
    words = metrics[chosen]
    own = value[chosen].dropna().sort_values(ascending=words.better == "lower")
    marks = {named(model): float(own[model]) for model in (BEST, ANY) if model in own}
    own = own.drop(list({BEST, ANY} & set(own.index)))
    rows = [(named(str(model)), float(v), float(low.at[model, chosen]), float(high.at[model, chosen])) for model, v in own.items()]
    rows = [(name, v, v if math.isnan(a) else a, v if math.isnan(b) else b) for name, v, a, b in rows]
    axis = ", ".join([words.unit, *([f"{words.better} is better"] if words.better else [])])
    left, right = st.columns([3, 2], gap="large")
    with left:
        alt = f"{words.name}: " + ", ".join(f"{name} {v:.3f}" for name, v, *_ in rows)
        charts.show(interval_chart(rows, axis, marks), config=charts.CONFIG, key=f"{key}_chart", alt=alt)
    with right:
        st.markdown(f"**What it means.** {words.means}\n\n**When it misleads.** {words.misleads}")


def table(results: Results, n_given: int, metrics: dict[str, Metric], tasks: tuple[str, ...]) -> pd.DataFrame:
    """All measures of all models as text, with intervals."""
    value, low, high = (wide(results, n_given, tasks, column) for column in ("value", "low", "high"))

    def cell(model: str, metric: str) -> str:
        v, a, b = (float(frame.at[model, metric]) for frame in (value, low, high))
        return "–" if math.isnan(v) else f"{v:.3f}" if math.isnan(a) else f"{v:.3f} [{a:.3f}–{b:.3f}]"

    columns = {metrics[m].name.split(" – ")[0]: [cell(str(model), m) for model in value.index] for m in metrics if m in value}
    return pd.DataFrame({"Model": [named(str(model)) for model in value.index], **columns})


def friends() -> None:
    """How many titles a knowledgeable friend would have named: the measure by which the lists of this app are made."""
    file = settings().showcase_folder / FRIENDS
    if app_data.dataset_name() != SHOWCASE or not file.is_file():
        return
    figures = pd.read_csv(file)
    n_tastes, n_pairs = figures["tastes"].iloc[0], figures["pairs"].iloc[0]
    st.header("Would a friend name these titles?", anchor=False)
    st.markdown(
        "Measures on held-out ratings reward guessing what everybody has seen. So there is a third one, which needs no ratings. For "
        f"{n_tastes:,} tastes, each given by three loved titles, and for {n_pairs:,} pairs of them, somebody who knows the taste wrote "
        "down what they would name next, before any model was asked. The table counts how many of a model's first ten they named."
    )
    columns = {
        "One taste: named, of ten": figures["named"],
        "Two tastes: named, of ten": figures["named_of_two"],
        "of these, of the lesser taste": figures["of_the_lesser"],
        "Not named, merely famous": figures["famous"],
        "After one rating: named, of ten": figures["after_one"],
    }
    texts = {words: [f"{value:.1f}" for value in values] for words, values in columns.items()}
    shown = pd.DataFrame({"Model": [named(model) for model in figures["model"]], **texts})
    tables.show(shown.loc[figures["named"].sort_values(ascending=False).index], fitting=True)
    st.caption(
        "A friend's list has some forty titles and cannot hold everything that would be right, so ten of ten is out of reach. The friends "
        "are the makers of this app, who chose the weights of Content on half of these tastes. *Merely famous*: among the 50 titles with "
        "most raters, and on no friend's list. "
        f"Measured {markup.plain(str(figures['date'].iloc[0]))}."
    )


def measure_again(engine: Engine, measured_before: bool) -> None:
    """The one button: measure on this server, beside the pages, with progress."""
    name = app_data.dataset_name()
    label = "Measure again, here" if measured_before else "Measure the models"
    n = min(app_models.QUICK, max(1, engine.dataset.n_users // 5))
    who = "simulated viewers" if engine.dataset.simulated else "people"
    st.caption(
        f"Fits all models anew without a fifth of the {who} and asks about {n:,} of those held out. On the showcase that takes about a "
        "minute, on larger data longer. You may leave this page; what was measured is kept for everyone."
    )
    job = app_data.jobs().job(name, "measure")
    if job and job.running:
        keys.MEASURING.set(True)
        frame.progress(name, "measure")
        return
    if job and job.state == "failed":
        st.error(markup.plain(job.error), icon=":material/error:")
    if keys.MEASURING.take() and job and job.state == "done":
        keys.EVALUATION_WANTED.set(OWN)  # whoever waited for the figures sees them
        st.rerun()
    if st.button(label, icon=":material/science:", key="measure"):
        try:
            app_data.jobs().start(name, "measure", owner=app_data.owner(), max_visitors=app_models.QUICK)
        except JobRefusedError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
        else:
            st.rerun()
