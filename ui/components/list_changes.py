"""What became of a list: which titles entered and which left, and the ratings that can be taken away to see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from recsys_core import Engine
from recsys_core.visitor.what_if import ListChange
from ui.components import cards, markup
from ui.session import profile


def entered_and_left(engine: Engine, lists: ListChange) -> str:
    """What only one of two lists has, as HTML."""
    if not lists.entered and not lists.left:
        order = "" if lists.before == lists.after else ", in another order"
        return f"<p>The first {len(lists.before)} titles stay the same{order}.</p>"
    sides = (("Would enter", lists.entered), ("Would leave", lists.left))
    lines = (f"<b>{words}:</b> {titles(engine, item_ids)}" for words, item_ids in sides if item_ids)
    return f"<p>{'<br>'.join(lines)}</p>"


def titles(engine: Engine, item_ids: Sequence[str]) -> str:
    """Titles in a line, as HTML."""
    return markup.in_html(", ".join(cards.title_of(engine, item_id) for item_id in item_ids))


def rated_titles(engine: Engine, item_ids: Sequence[str]) -> dict[str, str]:
    """Titles with the visitor's stars as plain text, Breaking Bad ★5, in the given order; where two are called alike, with their facts."""
    stars, names = profile.ratings(), {item_id: cards.title_of(engine, item_id) for item_id in item_ids}
    alike = {name for name, count in Counter(names.values()).items() if count > 1}
    return {
        item_id: f"{name} ({cards.facts(engine, item_id)}) ★{stars[item_id]:g}" if name in alike else f"{name} ★{stars[item_id]:g}"
        for item_id, name in names.items()
    }
