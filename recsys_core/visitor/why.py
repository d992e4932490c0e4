"""Everything that the panel "why this?" says about one title, from one fold-in of the visitor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recsys_core.models import Content, UserKNN
from recsys_core.visitor.by_model import Part, split_by_model
from recsys_core.visitor.by_word import WordGroup, group_words
from recsys_core.visitor.certainty import Certainty, certainty
from recsys_core.visitor.explanation import Explanation
from recsys_core.visitor.opinions import Opinions, opinions

if TYPE_CHECKING:
    from recsys_core.visitor.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a title is recommended.

    Attributes
    ----------
    explanation : Explanation
        The score by rated title.
    parts : list of Part
        The same score by model; empty unless the model is a blend.
    words : list of WordGroup
        What content adds, by word; the sum is that of the content part (of a blend) or of all contributions (of the
        content model). Empty for models that do not read.
    opinions : Opinions
    certainty : Certainty or None
        None where another model than the hybrid answers: its ranges were not measured.
    """

    explanation: Explanation
    parts: list[Part]
    words: list[WordGroup]
    opinions: Opinions
    certainty: Certainty | None


def reasons(visitor: Visitor, item_id: str, model: str) -> Reasons:
    """Collect the reasons. Raises :class:`UnknownItemError`, :class:`UnknownModelError`."""
    engine, profile = visitor.engine, visitor.profile
    item = engine.dataset.position(item_id)
    answering = visitor.answering(model)
    additive = visitor.additive_score(model)
    content = engine.model("content")
    assert isinstance(content, Content)
    read = additive if answering == content.name else additive.parts.get(content.name)
    neighbours = engine.model("user-knn") if "user-knn" in engine.models else None
    assert neighbours is None or isinstance(neighbours, UserKNN)
    return Reasons(
        explanation=visitor.explain(item_id, model),
        parts=split_by_model(additive, profile, engine.dataset, item),
        words=group_words(content.words_of(read, item)) if read else [],
        opinions=opinions(engine.dataset, neighbours, profile, item),
        certainty=certainty(engine.hybrid, profile, item) if answering == engine.hybrid.name else None,
    )
