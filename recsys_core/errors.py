"""The package's exceptions. Every message says what is wrong and how to fix it.

A title that a model cannot score is not an error: its score is NaN (see ``models/base.py``).
"""


class RecsysError(Exception):
    """Base class of all errors that callers of this package may want to catch and show."""


class DataError(RecsysError, ValueError):
    """A table of items or ratings is invalid; see :meth:`~recsys_core.data.dataset.Dataset.from_frames` for the rules."""


class DatasetError(RecsysError):
    """A named data set, archive or folder cannot be found or read."""


class DownloadError(RecsysError):
    """A data set cannot be downloaded: no server answers, the content is wrong or the disk is full."""


class DownloadCancelled(DownloadError):  # noqa: N818 - a cancelled download is not an error
    """The download was cancelled; the next attempt resumes where it stopped."""


class ProfileError(RecsysError, ValueError):
    """A visitor's rating is not a number of stars from 0.5 to 5, or their steering is invalid."""


class FilterError(RecsysError, ValueError):
    """A filter that nothing can pass: a genre, an id or a kind that the data set has not."""


class UnknownModelError(RecsysError, KeyError):
    """There is no model with this name."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would put the message in quotation marks


class UnknownItemError(RecsysError, KeyError):
    """The data set has no item with this id."""

    def __str__(self) -> str:
        return str(self.args[0])


class SparkError(RecsysError):
    """Apache Spark cannot start, cannot read the ratings, or stopped on its way."""


class NotFittedError(RecsysError):
    """A model was used before it was fitted."""


class SavedEngineError(RecsysError):
    """Saved arrays are missing, damaged or from another version; fit again."""


class JobRefusedError(RecsysError):
    """A server does not begin another piece of work for this visitor now."""


class ExchangeError(RecsysError):
    """A file of ratings that somebody brings is not known, damaged or too large; nothing was changed."""


class UnknownFormatError(ExchangeError):
    """A file is none that is known; others beside it may be."""


class StoreError(RecsysError):
    """The database of visitors' ratings cannot be read or written."""


class BackupError(RecsysError):
    """A file is no backup of the database, is damaged or newer than this program, or the database holds something already."""


class KeyRenewedError(StoreError):
    """The profile has got another key; the old one opens nothing and writes nothing."""


class RoomError(RecsysError):
    """A room of a class cannot be used so: there is none with that code, or it is closed, locked, frozen or full."""
