"""About: how it works in plain words, where the data comes from, what is simulated."""

import streamlit as st

from recsys_core.settings import settings
from ui.components import markup
from ui.components.frame import heading
from ui.components.model_names import model_name
from ui.session import app_data, profile

heading("About", "How the list is made, where the data comes from, and what is simulated.")
engine = app_data.engine()
dataset = engine.dataset

kinds = dataset.items["kind"].value_counts()
with st.container(horizontal=True):
    for word, kind in (("Shows", "show"), ("Movies", "movie")):
        if kind in kinds:
            st.metric(word, f"{kinds[kind]:,}", border=True)
    if dataset.n_ratings:
        st.metric("Simulated viewers" if dataset.simulated else "People who rated", f"{dataset.n_people:,}", border=True)
        st.metric("Simulated ratings" if dataset.simulated else "Ratings", f"{dataset.n_ratings:,}", border=True)

if dataset.totals:
    st.caption(
        "Titles' numbers of people, popularity, neighbours and latent factors count all of them. "
        f"The ratings of {dataset.n_users:,} people, drawn at random, are kept here: the other models learned from these, "
        "and where you see how people rated a title, it is these."
    )

st.markdown("""
## Every score is a sum

A title's score is a starting point plus one amount for each title that you rated. Nothing else goes in, so every
recommendation can be taken apart: *why?* shows the amounts, and they add up exactly to the score.

The **score** puts the list in order. The **expected stars** say how much you would like a title. These are two questions:
a solid title that everybody gives four stars may be expected to please you and still not be what you are looking for.

## The models

- **Content** compares what titles are about: words of the synopsis, genres, themes and people (TF-IDF), and learns from
  your stars which of them you like (ridge regression).
- **EASE** learns which titles go with the few that somebody has rated.
- **Neighbours** (item-KNN) looks at which titles the same people liked.
- **Latent factors** (SVD) finds a few hidden tastes behind what people choose and like, and places you among them.
- **Gaussian process** learns which opinions go together. It is the best at saying how many stars you would give.
- **Watched** looks at which titles you rated, whatever the stars.
- **Hybrid**, the default, adds these together. How well known a title is hides in nearly all of them, so it is taken out of each and
  put back once, as an amount of its own. The weights are learned on people who were held out. But if what you love clearly belongs
  together, or falls into a few clear tastes, content counts most, and the tastes take turns in your list.
- **Popularity** is the same for everyone. It answers until you have rated something, and it is what the others must beat.

You are never part of what the models learned from: your ratings are a question to them. Nothing of one visitor reaches another.
""")

if dataset.n_ratings and engine.notes:
    notes = (f"- {model_name(name)}: {markup.plain(note)}." for name, note in engine.notes.items())
    st.markdown("\n".join(["Of this data set:\n", *notes]))

st.markdown("## The data")
st.text(markup.clean(dataset.description))
if dataset.simulated:
    st.markdown("""
The catalogue's facts and sentences were written for this project. The audience is **simulated**: a program gave each viewer a
taste on twelve axes (dark or light, slow or fast, …), let them choose titles by fame and taste, and rate them. The expected stars
shown in this app therefore say how the simulated audience's ratings would continue, not how real people rated a title.

Real ratings are on the page **Data**.
""")
elif not dataset.n_ratings:
    st.markdown("""
Nobody's ratings come with these shows, so the models that learn from ratings are switched off: what you rate is compared with what
titles are about.
""")
else:
    st.markdown("""
[MovieLens](https://grouplens.org/datasets/movielens/) is collected by GroupLens Research at the University of Minnesota. It may be used
for research under its own licence, not for revenue, and it comes with no endorsement of this app.
""")

st.markdown("## Your ratings")
st.markdown(
    "They are kept under a random key, without an account and without tracking. This browser finds them again by a cookie, a random number "
    "that tells it from others; Streamlit sets a second one against forged requests. No address holds the key, unless the browser takes no "
    "cookies. The page Data shows the key, gives a new one, and lets this browser forget it."
)
if days := settings().keep_days:
    st.markdown(f"On this server, ratings that nobody has opened for **{days:,} days** are deleted.")
if st.button("Forget all my ratings", key="_forget", icon=":material/delete:"):
    profile.forget()
    if profile.n_waiting():
        st.rerun()  # the top of the page says so
    st.toast("Your ratings are deleted.", icon=":material/check:")
st.markdown(
    "## Licences\nCode: MIT. Fonts: [Figtree](https://github.com/erikdkennedy/figtree) and "
    "[Fraunces](https://github.com/undercasetype/Fraunces), SIL Open Font License 1.1."
)
