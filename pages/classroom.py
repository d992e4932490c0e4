"""Class: a teacher opens a room, leads the class through it, and shows it on a projector."""

import streamlit as st

from ui.classroom import desk, frame, opening, projector
from ui.session import classroom

typed, large = str(st.query_params.get(classroom.CODE, "")), str(st.query_params.get(classroom.SHOW, "")) == "1"
room = opening.taught(typed)
frame.dress(large=large and room is not None)
if room is None:
    opening.show(typed)
elif large:
    projector.show(room)
else:
    desk.show(room)
