"""Names that say nothing about a student, and codes that cannot be mistaken for one another when they are read aloud."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from recsys_core.storage.schema import CODE_LENGTH

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What codes are made of: digits and capitals without 0, O, 1, I and L."""
COLOURS = (  # noqa: SIM905 - read more easily so
    "Amber Azure Blue Bronze Copper Coral Crimson Cyan Ebony Emerald Golden Green Indigo Ivory Jade Lemon Lilac Lime Magenta "
    "Maroon Mint Olive Orange Pearl Pink Plum Purple Red Ruby Rust Sandy Scarlet Silver Teal Violet White"
).split()
ANIMALS = (  # noqa: SIM905
    "Badger Bear Beaver Bison Camel Crane Deer Dolphin Eagle Falcon Finch Fox Gecko Goose Hare Hawk Hedgehog Heron Horse Ibis "
    "Koala Lark Lemur Lion Lynx Magpie Marten Mole Moose Newt Otter Owl Panda Parrot Penguin Puffin Rabbit Raven Robin Salmon "
    "Seal Sparrow Squirrel Stork Swan Tiger Toucan Turtle Walrus Whale Wolf Wombat Wren Zebra"
).split()


def new_code() -> str:
    """A room's code by chance: one of 31⁶, 888 million."""
    return "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))


def read_code(text: str) -> str:
    """The code that somebody typed, in capitals and without what they put between its signs; empty if it cannot be one.

    >>> read_code(" k7q-2 mz"), read_code("K7Q2M"), read_code("K7Q2M0")
    ('K7Q2MZ', '', '')
    """
    signs = "".join(sign for sign in text[:40].upper() if sign not in " -.·")
    return signs if len(signs) == CODE_LENGTH and set(signs) <= set(SIGNS) else ""


def pseudonym(taken: Collection[str]) -> str:
    """A name by chance, such as Teal Otter, that nobody has yet."""
    free = [name for colour in COLOURS for animal in ANIMALS if (name := f"{colour} {animal}") not in taken]
    return secrets.choice(free)
