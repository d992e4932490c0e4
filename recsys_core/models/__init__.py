"""The recommender models. All of them implement :class:`~recsys_core.models.base.Model`."""

from recsys_core.models.als import ALS
from recsys_core.models.base import Model
from recsys_core.models.content import Content
from recsys_core.models.ease import EASE
from recsys_core.models.gp import GaussianProcess
from recsys_core.models.hybrid.model import Hybrid
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.nmf import NMF
from recsys_core.models.popularity import Popularity
from recsys_core.models.svd import SVD
from recsys_core.models.user_knn import UserKNN
from recsys_core.models.watched import Watched

__all__ = ["ALS", "EASE", "NMF", "SVD", "Content", "GaussianProcess", "Hybrid", "ItemKNN", "Model", "Popularity", "UserKNN", "Watched"]
