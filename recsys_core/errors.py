"""The package's errors: one small family, each with a sentence that says what was wrong and how to mend it.

*Cannot score* is not an error: a model answers NaN for such a title (see ``models/base.py``).
"""


class RecsysError(Exception):
    """Anything that a caller of this package may want to catch and show."""


class DataError(RecsysError, ValueError):
    """A table of items or ratings breaks the rules of :class:`~recsys_core.data.dataset.Dataset`."""


class DatasetError(RecsysError):
    """A named data set, archive or folder cannot be found or read."""


class DownloadError(RecsysError):
    """A data set cannot be fetched: no address answers, the content is wrong, the disk is full."""


class DownloadCancelled(DownloadError):  # noqa: N818 - it is no fault
    """The user stopped a download; the next one goes on from there."""


class ProfileError(RecsysError, ValueError):
    """A visitor's ratings are not stars from 0.5 to 5."""


class UnknownModelError(RecsysError, KeyError):
    """No model of that name."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would print the sentence in quotation marks


class UnknownItemError(RecsysError, KeyError):
    """No item of that id in the data set."""

    def __str__(self) -> str:
        return str(self.args[0])


class NotFittedError(RecsysError):
    """A model was asked before ``fit``."""


class SavedEngineError(RecsysError):
    """Saved arrays are missing, damaged or made by another version; fit again."""


class StoreError(RecsysError):
    """The visitors' ratings cannot be read or written."""
