"""The models, each behind the contract of :class:`~recsys_core.models.base.Model`."""

from recsys_core.models.base import Model
from recsys_core.models.content import Content
from recsys_core.models.hybrid import Hybrid
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.popularity import Popularity
from recsys_core.models.svd import SVD

__all__ = ["SVD", "Content", "Hybrid", "ItemKNN", "Model", "Popularity"]
