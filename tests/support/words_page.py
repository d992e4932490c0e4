"""A page for a test: the words of a file, each in all places of Streamlit that read Markdown."""

import json
import os
from pathlib import Path

import pandas as pd
import streamlit as st

from ui.components import tables
from ui.components.markup import plain


def run() -> None:
    """The page."""
    words = json.loads(Path(os.environ["RECSYS_DATA"], "words.json").read_text(encoding="utf-8"))
    for at, word in enumerate(words["random"]):
        with st.container(key=f"random_{at}", gap=None):
            st.markdown(plain(word))
    for at, word in enumerate(words["known"]):
        with st.container(key=f"known_{at}", gap=None):
            st.markdown(plain(word))
            st.markdown(f"So it is: **{plain(word)}** is said.")
            st.markdown(f"**Said**  \n{plain(word)}")
            st.caption(plain(word))
            st.header(plain(word), anchor=False)
            st.button(plain(word), key=f"button_{at}")
            st.button(f"Show {plain(word)} again", key=f"again_{at}")
            st.checkbox(plain(word), key=f"checkbox_{at}")
            st.slider(plain(word), key=f"slider_{at}", help=plain(word))
            st.error(plain(word), icon=":material/error:")
            st.progress(0.5, f"Downloading {plain(word)}: 1 MB")
            st.expander(plain(word))
    with st.container(key="table"):
        tables.show(pd.DataFrame({"Title": words["cells"], "=Amount": [-0.5] * len(words["cells"])}))
    st.text("The end")


if __name__ == "__main__":
    run()
