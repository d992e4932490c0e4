"""A recommender whose scores can be explained: each is a baseline plus one contribution per rated title."""

from recsys_core.data.dataset import Dataset
from recsys_core.datasets import load_dataset
from recsys_core.engine import Engine
from recsys_core.visitor.explanation import Explanation
from recsys_core.visitor.visitor import Recommendation, Visitor

__all__ = ["Dataset", "Engine", "Explanation", "Recommendation", "Visitor", "load_dataset"]
