"""Because You Watched: the page list and the frame around every page. Start with ``streamlit run app.py``.

Streamlit's web server imports this file and takes ``app`` from it, then runs it as ``__main__`` for every click.
"""

import logging

import streamlit as st

from recsys_core.errors import RecsysError
from ui.components import first_wall, foreign_key, frame, marks, opener, shared_view
from ui.server import start
from ui.server.turns import on_page, turn
from ui.session import app_data, keys, presenting, profile
from ui.titles import windows


def run() -> None:
    """One run of the page that the visitor looks at."""
    st.set_page_config(page_title="Because You Watched", page_icon="static/icon.png", layout="wide")

    pages = [
        st.Page("pages/rate.py", title="Rate", icon=":material/star:", default=True),
        st.Page("pages/quick_start.py", title="Quick start", icon=":material/bolt:", visibility="hidden"),  # Rate and Factors lead there
        st.Page("pages/for_you.py", title="For you", icon=":material/playlist_play:"),
        st.Page("pages/together.py", title="Together", icon=":material/groups:", visibility="hidden"),  # For you leads there
        st.Page("pages/kept.py", title="Kept", icon=":material/bookmark:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
        st.Page("pages/factors.py", title="Factors", icon=":material/grid_on:"),
        st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
        st.Page("pages/classroom.py", title="Class", icon=":material/co_present:", visibility="hidden"),  # Learn leads there
        st.Page("pages/join.py", title="Join", icon=":material/login:", visibility="hidden"),  # the QR code of a class leads there
        st.Page("pages/data.py", title="Data", icon=":material/database:"),
        st.Page("pages/about.py", title="About", icon=":material/info:"),
    ]
    page = st.navigation(pages, position="top")
    on_page(page.url_path or "rate")
    st.set_page_config(page_title=f"{page.title} · Because You Watched")
    in_class = page.url_path == "join"  # a phone in a class: it has the room's data set, and neither profile nor menu
    frame.dress([] if in_class else pages)
    presenting.follow(page.url_path)
    keys.ROUTED.set(True)

    try:
        if in_class:
            page.run()
            return
        name = app_data.dataset_name()
        waiting = not app_data.open_dataset(name)
    except RecsysError as error:
        logging.getLogger("because_you_watched").error("%s", error)
        frame.failed(error)
        return

    if waiting:
        frame.preparing(name)
        return

    if page.url_path == "classroom":  # nor has a projector
        page.run()
        return
    if not profile.open_profile():
        foreign_key.ask()
        return
    first_wall.hand_over()
    shared_view.notice()
    opener.listen()
    windows.open_asked()
    marks.last_act()
    page.run()


if __name__ == "__main__":
    with turn():
        run()
else:
    app = st.App(__file__, middleware=start.middleware(), lifespan=start.lifespan)
