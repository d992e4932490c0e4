"""Join: a student's phone in the room of a class."""

import streamlit as st

from ui.classroom import frame, student

frame.dress()
with st.container(key="room_page"):
    student.show()
