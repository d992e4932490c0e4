"""The weights of the hybrid, by number of ratings: read from one small file, which says what command wrote it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS_FILE = Path(__file__).with_name("weights.json")
POPULARITY = "popularity"


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """How much each part counts at some numbers of ratings; in between, linear in the logarithm of the number.

    Attributes
    ----------
    n_ratings : tuple of int, ascending
        Numbers of ratings at which the weights were learned.
    score : mapping of part, or "popularity", to a weight for each of ``n_ratings``
        Of standardised contributions; their sum has no meaning, their proportions have.
    stars : mapping of part to a weight for each of ``n_ratings``
        Of what a part expects beyond the biases, in stars per star.
    spread : float
        Half the width of the 80 % interval of expected stars, see :meth:`Hybrid.stars_interval`.
    star_range : (lowest, highest)
        Expected stars beyond these are held back to them: whoever gets the highest expectations gives so much on average.
    learned : mapping
        The command, the data sets and the date.
    coherence : tuple of float, one for each of ``n_ratings``
        How much content gains, as a share of the sum of weights, per unit of unusual coherence; see :class:`Hybrid`.
    """

    n_ratings: tuple[int, ...]
    score: Mapping[str, tuple[float, ...]]
    stars: Mapping[str, tuple[float, ...]]
    spread: float
    star_range: tuple[float, float]
    learned: Mapping[str, Any]
    coherence: tuple[float, ...]

    @classmethod
    def read(cls, path: Path = WEIGHTS_FILE) -> BlendWeights:
        """Read a file that :meth:`write` wrote."""
        values = json.loads(path.read_text(encoding="utf-8"))
        score, stars = ({name: tuple(row) for name, row in values[key].items()} for key in ("score", "stars"))
        rest = (values["spread"], tuple(values["star_range"]), values["learned"], tuple(values["coherence"]))
        return cls(tuple(values["n_ratings"]), score, stars, *rest)

    def write(self, path: Path) -> None:
        """Write to a file, one line for each part."""
        values = asdict(self)
        rows = {key: json.dumps(values.pop(key)).replace("], ", "],\n  ") for key in ("score", "stars")}
        head = json.dumps({"learned": values.pop("learned"), **values}, indent=1).removesuffix("\n}")
        path.write_text(f'{head},\n "score": {rows["score"]},\n "stars": {rows["stars"]}\n}}\n', encoding="utf-8")

    @property
    def fingerprint(self) -> str:
        """Changes whenever a number changes; when and how they were learned does not count."""
        numbers = {key: value for key, value in asdict(self).items() if key != "learned"}
        return hashlib.blake2b(json.dumps(numbers, sort_keys=True).encode(), digest_size=8).hexdigest()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the models that have a weight, in the order of the file."""
        return tuple(dict.fromkeys(name for name in (*self.score, *self.stars) if name != POPULARITY))

    def score_at(self, n: int) -> dict[str, float]:
        """The list's weights for a visitor with ``n`` ratings."""
        return self._at(self.score, n)

    def stars_at(self, n: int) -> dict[str, float]:
        """The stars' weights for a visitor with ``n`` ratings."""
        return self._at(self.stars, n)

    def coherence_at(self, n: int) -> float:
        """What content gains per unit of unusual coherence for a visitor with ``n`` ratings."""
        return self._at({"": self.coherence}, n)[""]

    def _at(self, weights: Mapping[str, tuple[float, ...]], n: int) -> dict[str, float]:
        place = np.log(max(n, 1))
        return {name: float(np.interp(place, np.log(self.n_ratings), row)) for name, row in weights.items()}
