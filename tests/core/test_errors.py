"""One family of errors, each printed as the sentence that it carries."""

from __future__ import annotations

import inspect

import pytest

from recsys_core import errors
from recsys_core.errors import RecsysError

FAMILY = [value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, Exception)]


def test_the_family_was_found():
    assert len(FAMILY) >= 9


@pytest.mark.parametrize("error", FAMILY, ids=lambda error: error.__name__)
def test_every_error_is_of_the_family_and_prints_its_sentence(error: type[Exception]):
    assert issubclass(error, RecsysError)
    assert str(error("No title 'x'.")) == "No title 'x'."  # a bare KeyError would add quotation marks
    assert error.__doc__


def test_they_are_also_what_python_calls_them():
    assert issubclass(errors.DataError, ValueError)
    assert issubclass(errors.ProfileError, ValueError)
    assert issubclass(errors.UnknownModelError, KeyError)
    assert issubclass(errors.UnknownItemError, KeyError)
