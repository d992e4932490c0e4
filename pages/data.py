"""Data: whose ratings the recommendations are made from – bundled, downloaded or uploaded."""

import streamlit as st

from ui.components.frame import heading
from ui.data import bring_ratings, data_sets, take_along, your_key

heading("Data", "Choose whose ratings the recommendations are made from. Your own ratings come along where titles match.")
shown = data_sets.choices()
data_sets.under_way(shown)

bring_ratings.show()
take_along.show()

st.header("Download real ratings", anchor=False)
if data_sets.may_download():
    st.caption("Downloaded from the publishers, checked, and kept on this server. Each data set has its own terms of use.")
    data_sets.downloads()
    st.header("Upload a file of your own", anchor=False)
    data_sets.upload()
else:
    st.info("The operator of this server has switched downloads off.", icon=":material/lock:")

your_key.show()
