"""The showcase without a fit, read once; and its blocks, which the lessons share."""

from __future__ import annotations

import pytest

from recsys_core import Dataset, load_dataset
from recsys_core.lessons import toys


@pytest.fixture(scope="session")
def showcase_data() -> Dataset:
    return load_dataset("showcase")


@pytest.fixture(scope="session")
def square(showcase_data: Dataset) -> toys.Block:
    return toys.square(showcase_data)


@pytest.fixture(scope="session")
def tall(showcase_data: Dataset) -> toys.Block:
    return toys.tall(showcase_data)
