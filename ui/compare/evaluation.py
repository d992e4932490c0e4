"""Parts of the page "Compare" that show how good the models were on held-out people."""

from __future__ import annotations

import logging
import math
import threading
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.errors import RecsysError
from recsys_core.evaluation import Results, app_models
from recsys_core.evaluation.truth import ANY, BEST
from recsys_core.serving import figures
from ui.compare.charts import Point, interval_chart, scatter_chart
from ui.components import charts
from ui.components.metric_names import Metric
from ui.components.model_names import model_name
from ui.session import app_data, keys

BUNDLED, OWN = "Came with the app", "Measured here"
log = logging.getLogger("because_you_watched")


def load(engine: Engine) -> dict[str, Results]:
    """The figures of this data set by where they come from: with the app, or measured here. Empty if there are none yet."""
    found = figures.find(app_data.dataset_name())
    results: dict[str, Results] = {}
    for source, folder in ((BUNDLED, found.bundled), (OWN, found.own)):
        if folder:
            try:
                results[source] = _read(str(folder), (folder / "evaluation.json").stat().st_mtime_ns, engine.models)
            except (RecsysError, OSError) as error:
                log.warning("%s", error)
    unsaved = keys.EVALUATION.get()  # measured in this tab, and it could not be saved
    if unsaved and OWN not in results and unsaved[0] == app_data.data_key():
        results[OWN] = unsaved[1]
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
    return figures.read(Path(folder), models)


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
        f"Measured {facts['date']}."
    )


def shown_ratings(results: Results) -> int:
    """How many ratings the models were shown, as chosen."""
    options = sorted({int(n) for n in results.table["n_given"]})
    return st.segmented_control(
        "Ratings shown of each person", options, default=options[-1], required=True, key="compare_given", persist_state="session"
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
        st.plotly_chart(figure, config=charts.CONFIG, key="compare_scatter", alt=alt)
    with right:
        table = pd.DataFrame(
            {
                "": range(1, len(value) + 1),
                "Model": [named(str(model)) for model in value.index],
                "NDCG@10": [f"{figure:.3f}" for figure in value["ndcg@10"]],
                "RMSE": [f"{figure:.3f}" for figure in value["rmse"]],
            }
        )
        st.dataframe(table, hide_index=True, height="content")


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
    chosen = st.selectbox(
        "Measure", known, format_func=lambda metric: metrics[metric].name, key=key, persist_state="session", filter_mode=None
    )
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
        st.plotly_chart(interval_chart(rows, axis, marks), config=charts.CONFIG, key=f"{key}_chart", alt=alt)
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


def measure_again(engine: Engine, measured_before: bool) -> None:
    """The one button: measure on this server, with progress."""
    label = "Measure again, here" if measured_before else "Measure the models"
    n = min(app_models.QUICK, max(1, engine.dataset.n_users // 5))
    who = "simulated viewers" if engine.dataset.simulated else "people"
    st.caption(
        f"Fits all models anew without a fifth of the {who} and asks about {n:,} of those held out. On the showcase that takes about a "
        "minute, on larger data longer. Stay on this page until it is done; what was measured is kept for everyone."
    )
    if not st.button(label, icon=":material/science:", key="measure"):
        return
    lock = _one_at_a_time()
    if not lock.acquire(blocking=False):
        st.info(
            "A measurement is under way for another visitor. Come back in a minute: its figures will be here.", icon=":material/hourglass:"
        )
        return
    try:
        _measure(engine)
    except RecsysError as error:
        log.warning("Measuring %s failed: %s", engine.dataset.name, error)
        st.error(f"The models could not be measured. {error}", icon=":material/error:")
        return
    finally:
        lock.release()
    keys.EVALUATION_WANTED.set(OWN)
    st.rerun()


def _measure(engine: Engine) -> None:
    bar = st.progress(0.0, "Splitting the ratings…")
    last = -1

    def progress(done: float, what: str) -> None:
        nonlocal last
        if int(100 * done) != last:
            last = int(100 * done)
            bar.progress(min(max(done, 0.0), 1.0), what[:1].upper() + what[1:])

    results = app_models.measure(engine.dataset, max_visitors=app_models.QUICK, progress=progress)
    keys.EVALUATION.set((app_data.data_key(), results))
    try:
        figures.keep(results, app_data.dataset_name())
    except OSError as error:  # a read-only disk: this tab remembers it
        log.warning("The figures of %s could not be saved: %s", engine.dataset.name, error)


@st.cache_resource(show_spinner=False)
def _one_at_a_time() -> threading.Lock:
    return threading.Lock()
