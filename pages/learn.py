"""Learn: thirteen hands-on lessons, each built around a mistake that is commonly made."""

import streamlit as st

from recsys_core.teaching.catalogue import lesson
from ui.lessons import contents, frame, glossary, notes
from ui.session import keys

frame.dress()
asked_for = str(st.query_params.get("lesson", ""))
if keys.LESSON_PAGE.get() != (page := (asked_for, "notes" in st.query_params)):
    keys.LESSON_PAGE.set(page)
    st.query_params.update({})  # sends it: Streamlit does not write the query of a link to the page that one is on into the address
if asked_for == glossary.KEY:
    glossary.show()
elif (chosen := lesson(asked_for)) is None:
    contents.show()
elif "notes" in st.query_params:
    notes.show(chosen)
else:
    frame.show(chosen)
