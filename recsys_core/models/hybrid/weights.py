"""The weights of the hybrid by number of ratings, read from ``weights.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS_FILE = Path(__file__).with_name("weights.json")
POPULARITY = "popularity"


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """Weights of the parts at several numbers of ratings; in between they are interpolated, linearly in log n.

    Attributes
    ----------
    n_ratings : tuple of int, ascending
        Numbers of ratings at which the weights were learned.
    score : mapping of part, or "popularity", to a weight for each of ``n_ratings``
        Weights of standardised contributions, for a visitor whose likes are as mixed as most.
    devoted : mapping of part, or "popularity", to a weight
        Those for a visitor whose likes are clearly about something; see :class:`Hybrid`.
    stars : mapping of part to a weight for each of ``n_ratings``
        Weights of what each part expects beyond the biases, in stars per star.
    spread : float
        Scale of the 80 % intervals of expected stars; see :meth:`Hybrid.stars_interval`.
    knees : (low, high)
        Expected stars beyond these are pressed together, so that the most extreme predictions are right on average.
    learned : mapping
        How the weights were learned: command, data sets and date.

    Examples
    --------
    >>> weights = BlendWeights((1, 100), {"svd": (0.0, 1.0)}, {"content": 1.0}, {}, 1.0, (1.0, 5.0), {})
    >>> round(weights.score_at(10)["svd"], 3)  # halfway between 1 and 100 on the logarithmic scale
    0.5
    """

    n_ratings: tuple[int, ...]
    score: Mapping[str, tuple[float, ...]]
    devoted: Mapping[str, float]
    stars: Mapping[str, tuple[float, ...]]
    spread: float
    knees: tuple[float, float]
    learned: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path = WEIGHTS_FILE) -> BlendWeights:
        """Read the weights from a file that :meth:`write` wrote."""
        values = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            n_ratings=tuple(values["n_ratings"]),
            score={name: tuple(row) for name, row in values["score"].items()},
            devoted=values["devoted"],
            stars={name: tuple(row) for name, row in values["stars"].items()},
            spread=values["spread"],
            knees=tuple(values["knees"]),
            learned=values["learned"],
        )

    def write(self, path: Path) -> None:
        """Write the weights to a file, one line for each part."""
        values = asdict(self)
        rows = {key: json.dumps(values.pop(key)).replace("], ", "],\n  ") for key in ("score", "stars")}
        head = json.dumps({"learned": values.pop("learned"), **values}, indent=1).removesuffix("\n}")
        path.write_text(f'{head},\n "score": {rows["score"]},\n "stars": {rows["stars"]}\n}}\n', encoding="utf-8")

    @property
    def fingerprint(self) -> str:
        """Hash of all numbers, but not of how they were learned."""
        numbers = {key: value for key, value in asdict(self).items() if key != "learned"}
        return hashlib.blake2b(json.dumps(numbers, sort_keys=True).encode(), digest_size=8).hexdigest()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the models with a weight, in the order of the file."""
        return tuple(dict.fromkeys(name for name in (*self.score, *self.devoted, *self.stars) if name != POPULARITY))

    def score_at(self, n: int, devotion: float = 0.0) -> dict[str, float]:
        """Return the ranking weights for a visitor with ``n`` ratings, between those of a mixed and of a devoted one.

        >>> weights = BlendWeights((1,), {"svd": (1.0,)}, {"content": 0.8}, {}, 1.0, (1.0, 5.0), {})
        >>> weights.score_at(5, devotion=0.5)
        {'svd': 0.5, 'content': 0.4}
        """
        mixed = self._at(self.score, n)
        names = dict.fromkeys((*mixed, *self.devoted))
        return {name: (1.0 - devotion) * mixed.get(name, 0.0) + devotion * self.devoted.get(name, 0.0) for name in names}

    def stars_at(self, n: int) -> dict[str, float]:
        """Return the weights of the expected stars for a visitor with ``n`` ratings."""
        return self._at(self.stars, n)

    def _at(self, weights: Mapping[str, tuple[float, ...]], n: int) -> dict[str, float]:
        return {name: float(interpolated(np.array(row), self.n_ratings, n)) for name, row in weights.items()}


def interpolated(rows: np.ndarray, at: tuple[int, ...], n: int) -> np.ndarray:
    """Return values known at several numbers of ratings, shape (…, len(at)), for ``n`` ratings, linearly in log n, shape (…)."""
    return np.asarray(rows @ _hat(at, n))


@lru_cache(maxsize=1024)
def _hat(at: tuple[int, ...], n: int) -> np.ndarray:
    """How much the value at each number of ratings counts for ``n`` ratings, shape (len(at),)."""
    return np.array([np.interp(np.log(max(n, 1)), np.log(at), corner) for corner in np.eye(len(at))])
