"""Whose ratings a lesson looks at: the visitor's own, those of three invented people, or those that came with a link."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys_core.data.dataset import Dataset
from recsys_core.lessons.toys import FEWEST_RATINGS, example_people
from ui.session import profile
from ui.session.shared import RATINGS_PARAMETER, ratings_from

PARAMETER, ME, LINK = "who", "me", "link"
_CONTROL = "learn_who"


@dataclass(frozen=True)
class Person:
    """Somebody with ratings.

    Attributes
    ----------
    key : str
        ``me``, ``ada``, ``ben``, ``cleo`` or ``link``.
    name : str
        What the person is called in a sentence: "you", "Ada".
    ratings : dict of item id to stars
    """

    key: str
    name: str
    ratings: dict[str, float]

    @property
    def me(self) -> bool:
        """Whether it is the visitor."""
        return self.key == ME


def available(dataset: Dataset) -> dict[str, Person]:
    """Everybody who can be asked about in this data set, by key."""
    own = {item_id: stars for item_id, stars in profile.ratings().items() if item_id in dataset.item_index}
    people = [Person(ME, "you", own)]
    people += [Person(name, name.title(), stars) for name, stars in example_people(dataset).items()]
    if sent := ratings_from(str(st.query_params.get(RATINGS_PARAMETER, "")), dataset):
        people.append(Person(LINK, "the sender", sent))
    return {person.key: person for person in people}


def chosen(dataset: Dataset) -> Person:
    """The person that the address names; else the visitor with three ratings or more; else the first example."""
    everybody = available(dataset)
    named = st.query_params.get(PARAMETER)
    if named in everybody:
        return everybody[named]
    if len(everybody[ME].ratings) >= FEWEST_RATINGS or len(everybody) == 1:
        return everybody[ME]
    return next(person for key, person in everybody.items() if key != ME)


def choose(dataset: Dataset) -> Person:
    """The control, and whom it names."""
    everybody, person = available(dataset), chosen(dataset)
    st.session_state[_CONTROL] = person.key
    st.segmented_control(
        "Whose ratings",
        list(everybody),
        required=True,
        key=_CONTROL,
        format_func=lambda key: {ME: "Yours", LINK: "From the link"}.get(key, everybody[key].name),
        on_change=_remember,
    )
    return person


def _remember() -> None:
    st.query_params[PARAMETER] = st.session_state[_CONTROL]
