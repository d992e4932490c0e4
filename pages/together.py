"""Together: one list for several people, with what each would think of it."""

import streamlit as st

from recsys_core.data.filters import Filters
from recsys_core.visitor.group import Fairness, Group
from ui.components import filters, linked
from ui.components.frame import heading
from ui.for_you import group_list, people
from ui.session import app_data, profile

N = 12
FAIRNESS: dict[str, Fairness] = {"Average": "average", "Nobody unhappy": "least misery", "Take turns": "turns"}
MEANING = {
    "average": "Each title counts by the mean of what all say. A majority may outvote one person.",
    "least misery": "Each title counts by what the least pleased of you says.",
    "turns": "Each in turn puts the best title of their own list.",
}
WHO_COUNTS = {
    "average": "Each counts by an equal share.",
    "least misery": "Only the lowest counts.",
    "turns": "Only the one who chose counts.",
}
SCALE = "Scores are brought to one scale: 0 is a title that the person finds average, 1 is one standard deviation better."

heading("Together", "One list for two to eight people: what each would think of a title, and who gives way.")
engine = app_data.engine()

group = people.ask(engine)
with st.container(horizontal=True, vertical_alignment="bottom", key="together_controls"):
    chosen = st.segmented_control("What is fair", list(FAIRNESS), default="Average", required=True, **linked.bound("together_fair"))
    kind = filters.kind_filter(engine, "together_kind")
fairness = FAIRNESS[chosen]
st.caption(MEANING[fairness])

silent = [person.name for person in group if not person.ratings]
if len(silent) == len(group):
    st.info(
        "Nobody has said anything yet: this is what most people like. Pick two or three titles for each of you.", icon=":material/groups:"
    )
visitors = {person.name: engine.visitor(person.ratings) for person in group}
together = Group(visitors)
shown = Filters.of(kind, exclude=profile.unlisted())
lines = together.recommend(N, fairness, filters=shown)
if not lines:
    st.info("There is no title left that none of you has rated.", icon=":material/filter_alt_off:")
    st.stop()
st.header("What none of you has rated, best first", anchor=False)
if given_up := group_list.costs(together.given_up(lines, filters=shown)):
    st.markdown(given_up)
group_list.show(engine, lines)
with st.expander("How the order adds up"):
    st.markdown(f"{SCALE} {WHO_COUNTS[fairness]}")
    group_list.arithmetic(engine, lines)
