"""Compare: two models on the visitor's own ratings, two orders of one list, and how good all models are when measured."""

import streamlit as st

from recsys_core.evaluation import app_models
from ui.compare import contested, evaluation, models
from ui.components import linked, metric_names, tables
from ui.components.frame import heading
from ui.components.lesson_link import to_lesson
from ui.components.model_names import model_words
from ui.session import app_data, profile

heading("Compare", "Two models, the same ratings: where they differ, why, and which of them is right more often.")
engine = app_data.engine()

visitor = profile.visitor()
names = engine.models

st.header("Two models on your ratings", anchor=False)
if not len(visitor.profile):
    st.info("You have rated nothing yet, so every model gives the same list: what most people like.", icon=":material/group:")
    st.page_link("pages/rate.py", label="Rate a few titles and see where the models differ", icon=":material/star:")
else:
    with st.container(horizontal=True, key="models"):
        left, right = (
            linked.selectbox(label, names, f"compare_{side}", models.first_choice(names, side), format_func=model_words, filter_mode=None)
            for side, label in enumerate(("On the left", "On the right"))
        )
    if left == right:
        st.info("A model always agrees with itself. Choose another on one side.", icon=":material/compare_arrows:")
    else:
        lines, reasons = st.columns([5, 4], gap="large")
        with lines:
            compared = models.lists(engine, visitor, left, right)
        with reasons:
            if compared.shifts:
                models.why(engine, visitor, compared)
    contested.section(engine, visitor)

st.header("By score or by expected stars?", anchor=False)
st.markdown(
    "The **score** says what to watch next, the **expected stars** how much you would like a title once you watch it. A list sorted by "
    "expected stars tends to fill with titles that few people know: a handful of happy fans is enough to stand on top. "
    "What that costs on held-out people is measured below."
)
model = app_models.HYBRID
if len(visitor.profile):
    model = linked.selectbox("Model", names, "compare_orders", format_func=model_words, filter_mode=None, width=420)
else:
    st.caption("Without ratings of yours these are the lists for everybody.")
models.by_score_and_by_stars(engine, visitor, model)

st.header("Which model is right more often?", anchor=False)
figures = evaluation.load(engine)
if not figures:
    st.info("The models have not been measured on this data set yet.", icon=":material/science:")
else:
    results = evaluation.choose_source(figures)
    st.markdown(evaluation.about(results))
    n_given = evaluation.shown_ratings(results)
    evaluation.stars_against_lists(results, n_given)
    measures = metric_names.LISTS | metric_names.STARS
    evaluation.one_metric(results, n_given, measures, ("lists", "stars"), "compare_metric")
    with st.expander("All measures as a table"):
        tables.show(evaluation.table(results, n_given, measures, ("lists", "stars")), fitting=True)
    if (results.table["task"] == app_models.TRUTH).any():
        st.header("Against the truth", anchor=False)
        st.markdown(
            "The audience is **simulated**, so it is known what each of its viewers would truly give every title, also those that they "
            "never rated. No real data set can tell. Of you it is not known either: this is about the simulated viewers alone."
        )
        evaluation.one_metric(results, n_given, metric_names.TRUTH, (app_models.TRUTH,), "compare_truth")
        with st.expander("The truth as a table"):
            tables.show(evaluation.table(results, n_given, metric_names.TRUTH, (app_models.TRUTH,)), fitting=True)
evaluation.friends()
evaluation.measure_again(engine, bool(figures))
to_lesson("metrics")
