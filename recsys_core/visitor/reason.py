"""The one reason that stands beside a title of a list: a rated title, or something that the visitor asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recsys_core.visitor.explanation import Explanation
from recsys_core.visitor.steering import FAME

LONGEST_RUN = 3
"""Titles in a row with one and the same reason, if another one comes close."""
CLOSE = 0.7
"""Share of the largest amount from which another reason comes close."""


class Reason(NamedTuple):
    """Why a title is listed. At most one of the three is set; none if nothing but its popularity speaks for it.

    Attributes
    ----------
    because : str or None
        A rated title that the visitor likes.
    unlike : str or None
        A rated title that the visitor does not like, and that is unlike this one.
    pull : str or None
        The name of a pull; see :mod:`recsys_core.visitor.steering`.
    """

    because: str | None = None
    unlike: str | None = None
    pull: str | None = None


def reasons_of_list(explanations: Sequence[Explanation]) -> list[Reason]:
    """Return one reason for each title of a list, in its order.

    It is the strongest, but the fourth title in a row with one reason gets another if that comes close.

    Examples
    --------
    >>> told = Explanation("aliens", "svd", 0.0, {"alien": 1.0, "dune": 0.8}, 1.8)
    >>> [reason.because for reason in reasons_of_list([told] * 5)]
    ['alien', 'alien', 'alien', 'dune', 'alien']
    """
    found: list[Reason] = []
    for told in explanations:
        best, *others = ranked_reasons(told)
        repeated = len(found) >= LONGEST_RUN and set(found[-LONGEST_RUN:]) == {best[0]}
        close = [reason for reason, amount in others if amount >= CLOSE * best[1]]
        found.append(close[0] if repeated and close else best[0])
    return found


def ranked_reasons(told: Explanation) -> list[tuple[Reason, float]]:
    """Return all that could be named as the reason for a title, with its amount; the first is the strongest.

    A pull comes first where it adds more than any rating does. How well known a title is tells less than what it is like, so
    that pull comes first only where it adds more than all ratings together.
    """
    liked = [(Reason(because=item_id), amount) for item_id, amount in told.speaking.items()]
    strongest, together = (liked[0][1] if liked else 0.0), sum(told.specific.values())
    asked = sorted(((name, amount) for name, amount in told.steering.items() if amount > 0.0), key=lambda pull: -pull[1])
    pulled = [(Reason(pull=name), amount) for name, amount in asked]
    if beating := [one for one in pulled if one[1] > (together if one[0].pull == FAME else strongest)]:
        return [beating[0], *liked]
    return liked or ([(Reason(unlike=told.unlike), 0.0)] if told.unlike else pulled[:1]) or [(Reason(), 0.0)]
