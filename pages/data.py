"""Data: whose ratings the recommendations are made from – bundled, downloaded, or the visitor's own file."""

import streamlit as st

from ui.components.frame import heading
from ui.data import data_sets

heading("Data", "Choose whose ratings the recommendations are made from. Your own ratings come along where titles match.")
data_sets.choices()
data_sets.under_way()

st.header("Download real ratings", anchor=False)
if data_sets.may_download():
    st.caption("From those who publish them, checked, and kept on the computer that serves this page. They stand under their own terms.")
    data_sets.downloads()
    st.header("A file that you have", anchor=False)
    data_sets.upload()
else:
    st.info("Whoever runs this server has switched downloads off.", icon=":material/lock:")
