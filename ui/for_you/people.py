"""Who is there: each person's name and what they like, said on this device or brought with a link."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from recsys_core import Engine
from recsys_core.visitor.group import FEWEST, MOST
from ui.components import markup
from ui.session import keys, profile
from ui.session.shared import RATINGS_PARAMETER, ratings_from

ME, HERE, LINK = "My ratings", "Pick titles", "From a link"
LOVED, DISLIKED = 5.0, 1.0
OFFERED = 1_500
"""How many of the best-known titles one can pick from: a choice of all would weigh megabytes."""
LONGEST_NAME = 20


@dataclass(frozen=True, slots=True)
class Person:
    """One of the group, with stars by item id."""

    name: str
    ratings: dict[str, float]


def ask(engine: Engine) -> list[Person]:
    """A box for each person, and buttons to add and to take away; the people as they stand."""
    seats = keys.GROUP.get()
    people = []
    with st.grid("auto", min_column_width=300, gap="medium", key="together_people"):
        for place, seat in enumerate(seats):
            with st.container(border=True, gap="small", height="stretch"):
                people.append(_person(engine, seat, place, len(seats)))
    if len(seats) < MOST:
        st.button("Add a person", icon=":material/person_add:", on_click=_add, key="_together_add")
    return _told_apart(people)


def _person(engine: Engine, seat: int, place: int, n: int) -> Person:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name",
            "You" if not seat else f"Person {seat + 1}",
            max_chars=LONGEST_NAME,
            key=f"together_name_{seat}",
            persist_state="session",
        )
        if n > FEWEST:
            label = f"Remove {markup.plain(name) or 'this person'}"
            st.button(label, key=f"_together_remove_{seat}", type="tertiary", on_click=_remove, args=(seat,))
    ways = [HERE, LINK] if seat or not profile.ratings() else [ME, HERE, LINK]
    way = st.segmented_control("What they like", ways, default=ways[0], required=True, key=f"together_way_{seat}", persist_state="session")
    if way == ME:
        n_rated = len(profile.ratings())
        st.caption("Your 1 rating counts." if n_rated == 1 else f"Your {n_rated:d} ratings count.")
        return Person(name, profile.ratings())
    if way == LINK:
        return Person(name, _from_link(engine, seat))
    loved = _titles(engine, "Loved", f"together_loved_{seat}")
    disliked = _titles(engine, "Did not like", f"together_disliked_{seat}")
    return Person(name, dict.fromkeys(disliked, DISLIKED) | dict.fromkeys(loved, LOVED))


def _titles(engine: Engine, label: str, key: str) -> list[str]:
    offered = [str(engine.item_ids[position]) for position in engine.dataset.by_popularity[:OFFERED]]
    chosen = st.multiselect(
        label,
        offered,
        format_func=lambda item_id: markup.clean(engine.dataset.title(engine.dataset.position(item_id)).with_year),
        key=key,
        persist_state="session",
        placeholder="Type a title",
        select_all=False,  # Enter would take all that match
    )
    return list(chosen)


def _from_link(engine: Engine, seat: int) -> dict[str, float]:
    given = st.text_input(
        "Their link",
        key=f"together_link_{seat}",
        persist_state="session",
        placeholder="https://…",
        help="They press *Copy link* on For you, put their ratings into it, and send it to you.",
    )
    if not given:
        return {}
    found = ratings_of_link(given, engine)
    if found:
        st.caption("1 rating found." if len(found) == 1 else f"{len(found):d} ratings found.")
    else:
        st.warning("There are no ratings of these titles in that link.", icon=":material/link_off:")
    return found


def ratings_of_link(address: str, engine: Engine) -> dict[str, float]:
    """The ratings that somebody put into a link to this app, for titles of this data set; empty if there are none."""
    try:
        given = parse_qs(urlsplit(address.strip()).query).get(RATINGS_PARAMETER, [""])[0]
    except ValueError:  # no address at all
        return {}
    return ratings_from(given, engine.dataset)


def _told_apart(people: list[Person]) -> list[Person]:
    """The people with names that differ: parts of a sum are told by name."""
    taken: set[str] = set()
    apart = []
    for place, person in enumerate(people, start=1):
        name = markup.clean(person.name) or f"Person {place}"
        while name in taken:
            name += "′"
        taken.add(name)
        apart.append(Person(name, person.ratings))
    return apart


def _add() -> None:
    seats = keys.GROUP.get()
    keys.GROUP.set((*seats, max(seats) + 1))


def _remove(seat: int) -> None:
    keys.GROUP.set(tuple(other for other in keys.GROUP.get() if other != seat))
