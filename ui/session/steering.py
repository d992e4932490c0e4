"""The visitor's pulls on the lists, as long as this tab is open; see :mod:`recsys_core.visitor.steering`."""

from __future__ import annotations

from recsys_core.visitor.steering import FAME, FAME_STEPS, MOST
from ui.session import keys


def pulls() -> dict[str, float]:
    """Pulls from the page Factors by name."""
    return dict(keys.STEERING.get())


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
    others = pulls()
    others.pop(name, None)
    if amount:
        others[name] = max(-MOST, min(MOST, float(amount)))
    keys.STEERING.set(others)


def step(name: str, by: float) -> None:
    """Pull further than now, or less far."""
    steer(name, pulls().get(name, 0.0) + by)


def reset() -> None:
    """Let go of all pulls from the page Factors."""
    keys.STEERING.set({})
