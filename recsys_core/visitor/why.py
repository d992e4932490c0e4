"""All the reasons for one recommendation, from one fold-in of the visitor, for the panel "Why this?"."""

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
    """The reasons for a recommendation.

    Attributes
    ----------
    explanation : Explanation
        The score by rated title.
    parts : list of ModelPart
        The same score by model; empty unless the model is a blend.
    words : list of WordGroup
        The contributions of the content part of a blend, or of the content model itself, by word. Empty for models that
        do not use text.
    opinions : Opinions
    certainty : Certainty or None
        None unless the hybrid answers: intervals were not calibrated for other models.
    turns : bool
        Whether the visitor's tastes take turns in the list; see :meth:`Visitor.best`.
    """

    explanation: Explanation
    parts: list[ModelPart]
    words: list[WordGroup]
    opinions: Opinions
    certainty: Certainty | None
    turns: bool = False


def reasons(visitor: Visitor, item_id: str, model: str = "hybrid") -> Reasons:
    """Return all reasons why a title is recommended. Raises :class:`UnknownItemError`, :class:`UnknownModelError`."""
    fitted, profile = visitor.fitted, visitor.profile
    item = fitted.dataset.position(item_id)
    answering = visitor.answering(model)
    additive = visitor.additive_score(model)
    content = fitted.model("content")
    assert isinstance(content, Content)
    by_content = additive if answering == content.name else additive.parts.get(content.name)
    neighbours = fitted.model("user-knn") if "user-knn" in fitted.models else None
    assert neighbours is None or isinstance(neighbours, UserKNN)
    return Reasons(
        explanation=visitor.explain(item_id, model),
        parts=split_by_model(additive, profile, fitted.dataset, item),
        words=group_words(content.words_of(by_content, item)) if by_content else [],
        opinions=opinions(fitted.dataset, neighbours, profile, item),
        certainty=certainty(fitted.hybrid, profile, item) if answering == fitted.hybrid.name else None,
        turns=answering == fitted.hybrid.name and bool(fitted.hybrid.tastes(profile)),
    )
