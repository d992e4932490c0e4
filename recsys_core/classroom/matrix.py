"""The class as a matrix: people × titles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from recsys_core.storage.rooms import Room


@dataclass(frozen=True)
class ClassMatrix:
    """What a class has said.

    Attributes
    ----------
    R : ndarray of shape (n, m)
        Stars; 0 = not rated, as in the lessons.
    ids, names : tuple of str
        Of the people, one for each row: those with a star at least. Names are pseudonyms, or numbers where the room shows none.
    titles : tuple of str
        Item ids, one for each column.
    """

    R: np.ndarray
    ids: tuple[str, ...]
    names: tuple[str, ...]
    titles: tuple[str, ...]

    @classmethod
    def of(cls, room: Room) -> ClassMatrix:
        """The matrix of a room."""
        rows, ids, names = list[list[float]](), list[str](), list[str]()
        for number, student in enumerate(room.students, start=1):
            said = room.stars.get(student.id, {})
            row = [said.get(item_id) or 0.0 for item_id in room.titles]
            if any(row):
                rows.append(row)
                ids.append(student.id)
                names.append(student.name if room.named else f"Student {number}")
        return cls(np.array(rows, dtype=float).reshape(len(rows), len(room.titles)), tuple(ids), tuple(names), room.titles)

    @property
    def n_stars(self) -> int:
        """How many stars were given."""
        return int((self.R > 0).sum())

    def lots(self) -> np.ndarray:
        """A number by lot for each person and title (n, m), from 0 to 1: the same for both whatever else is said."""
        return np.array([[lot(person, title) for title in self.titles] for person in self.ids]).reshape(self.R.shape)


def lot(*about: str) -> float:
    """A number by lot, from 0 to 1, that is always the same about the same."""
    return int.from_bytes(hashlib.blake2b(" ".join(about).encode(), digest_size=6).digest()) / 2**48
