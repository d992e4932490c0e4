"""The visitor's pulls on the lists, kept like their ratings; see :mod:`recsys_core.visitor.steering`."""

from __future__ import annotations

from recsys_core import Engine
from recsys_core.storage.ratings import VisitorRatings
from recsys_core.visitor.steering import COLUMNS, FACTOR, FAME, FAME_STEPS, MOST, factor_name
from recsys_core.visitor.title_pulls import TITLE
from ui.session import app_data, keys

_ANSWER = "answer:"
"""A pull of this name and a number, from 0, is the one that was there before the question was answered in the quick start."""
_LONGEST = 200


def _mine() -> VisitorRatings:
    mine = keys.GUEST.get() or keys.RATINGS.get()
    if mine is None:
        raise RuntimeError("No profile is open: app.py opens it before it runs a page.")
    return mine


def stored_name(engine: Engine, name: str) -> str:
    """What a pull is kept as. A factor that comes out otherwise after a refit is another one: the words at its ends belong to its name."""
    if not _of_factor(name):
        return name
    words = engine.factors.labels[int(name.partition(":")[2])]
    return f"{name}:{' ↔ '.join(words)}"[:_LONGEST]


def known(engine: Engine, name: str) -> bool:
    """Whether the lists of this data set can be pulled by that name."""
    kind, _, which = name.partition(":")
    if kind == FACTOR:
        return which.isdecimal() and which.isascii() and int(which) < len(engine.factors) and name == factor_name(int(which))
    if kind == TITLE:
        return which in engine.dataset.item_index
    return kind in COLUMNS and which in engine.dataset.tags(COLUMNS[kind])


def pulls() -> dict[str, float]:
    """Pulls from the page Factors by name; without those that no longer mean anything here."""
    if not (kept := _mine().pulls()):
        return {}
    engine = app_data.engine()
    factors = [stored_name(engine, factor_name(f)) for f in range(len(engine.factors))] if any(map(_of_factor, kept)) else []
    named = {_name_now(stored, factors): amount for stored, amount in kept.items()}
    return {name: max(-MOST, min(MOST, amount)) for name, amount in named.items() if amount and known(engine, name)}


def _of_factor(name: str) -> bool:
    return name.startswith(f"{FACTOR}:")


def _name_now(stored: str, factors: list[str]) -> str:
    """The name of a kept pull; after a refit, of the factor with the same words at its ends, whatever its number; else empty."""
    if not _of_factor(stored):
        return stored
    words = stored.split(":", 2)[2:]
    same = [factor for factor, name in enumerate(factors) if name == stored] or [
        factor for factor, name in enumerate(factors) if name.split(":", 2)[2:] == words
    ]
    return factor_name(same[0]) if same else ""


def fame() -> int:
    """How well known the listed titles shall be: 2 is very well known, 0 is without a pull, -2 is hidden gems."""
    return keys.FAME.get() or 0


def of_fame() -> dict[str, float]:
    """The pull that belongs to :func:`fame`; empty if there is none."""
    return {FAME: FAME_STEPS[fame()]} if fame() else {}


def all_pulls() -> dict[str, float]:
    """Everything that pulls the lists, by name."""
    return pulls() | of_fame()


def steer(name: str, amount: float) -> None:
    """Pull the lists towards a factor or a keyword, or away from it; 0 lets go."""
    engine = app_data.engine()
    kept = stored_name(engine, name)
    if _of_factor(name):  # from before a refit
        words = kept.split(":", 2)[2:]
        _let_go([other for other in _mine().pulls() if _of_factor(other) and other != kept and other.split(":", 2)[2:] == words])
    _mine().pull(kept, max(-MOST, min(MOST, float(amount))) or None)


def step(name: str, by: float) -> None:
    """Pull further than now, or less far."""
    steer(name, pulls().get(name, 0.0) + by)


def reset() -> None:
    """Let go of all pulls from the page Factors."""
    _let_go([name for name in _mine().pulls() if not name.startswith(_ANSWER)])


def answers() -> tuple[float, ...]:
    """For each question of the quick start that was answered: the pull that was there before."""
    kept = _mine().pulls()
    found: list[float] = []
    while f"{_ANSWER}{len(found)}" in kept:
        found.append(kept[f"{_ANSWER}{len(found)}"])
    return tuple(found)


def answer(before: float) -> None:
    """Note that the next question of the quick start was answered, and the pull that was there before."""
    _mine().pull(f"{_ANSWER}{len(answers())}", before)


def take_back_answer() -> None:
    """Forget the last answer to the quick start's questions; its pull is the caller's business."""
    if n := len(answers()):
        _let_go([f"{_ANSWER}{n - 1}"])


def forget_answers() -> None:
    """Begin the quick start's questions anew; their pulls stay."""
    _let_go([name for name in _mine().pulls() if name.startswith(_ANSWER)])


def _let_go(names: list[str]) -> None:
    for name in names:
        _mine().pull(name, None)
