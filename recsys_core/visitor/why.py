"""Everything that the panel "why this?" says about one title, from one fold-in of the visitor."""

from __future__ import annotations

from dataclasses import dataclass

from recsys_core.models import Content, UserKNN
from recsys_core.visitor.by_model import ModelPart, split_by_model
from recsys_core.visitor.by_word import WordGroup, group_words
from recsys_core.visitor.certainty import Certainty, certainty
from recsys_core.visitor.explanation import Explanation
from recsys_core.visitor.opinions import Opinions, opinions
from recsys_core.visitor.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a title is recommended.

    Attributes
    ----------
    explanation : Explanation
        The score by rated title.
    parts : list of ModelPart
        The same score by model; empty unless the model is a blend.
    words : list of WordGroup
        What content adds, by word; the sum is that of the content part (of a blend) or of all contributions (of the
        content model). Empty for models that do not use text.
    opinions : Opinions
    certainty : Certainty or None
        None where another model than the hybrid answers: its ranges were not measured.
    """

    explanation: Explanation
    parts: list[ModelPart]
    words: list[WordGroup]
    opinions: Opinions
    certainty: Certainty | None


def reasons(visitor: Visitor, item_id: str, model: str = "hybrid") -> Reasons:
    """Everything that there is to say about why one title is recommended. Raises :class:`UnknownItemError`, :class:`UnknownModelError`."""
    fitted, profile = visitor.fitted, visitor.profile
    item = fitted.dataset.position(item_id)
    answering = visitor.answering(model)
    additive = visitor.additive_score(model)
    content = fitted.model("content")
    assert isinstance(content, Content)
    read = additive if answering == content.name else additive.parts.get(content.name)
    neighbours = fitted.model("user-knn") if "user-knn" in fitted.models else None
    assert neighbours is None or isinstance(neighbours, UserKNN)
    return Reasons(
        explanation=visitor.explain(item_id, model),
        parts=split_by_model(additive, profile, fitted.dataset, item),
        words=group_words(content.words_of(read, item)) if read else [],
        opinions=opinions(fitted.dataset, neighbours, profile, item),
        certainty=certainty(fitted.hybrid, profile, item) if answering == fitted.hybrid.name else None,
    )
