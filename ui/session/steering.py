"""The visitor's pulls on the lists, as long as this tab is open; see :mod:`recsys_core.visitor.steering`."""

from __future__ import annotations

from recsys_core.visitor.steering import MOST
from ui.session import keys


def pulls() -> dict[str, float]:
    """Pulls by name."""
    return dict(keys.STEERING.get())


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
    """Let go of everything."""
    keys.STEERING.set({})
