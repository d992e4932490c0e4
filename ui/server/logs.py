"""The log: one line for each event, in JSON or as text, from all libraries alike, and nothing in it that belongs to a visitor.

Of what went wrong in the program it says the kind of error and where in the code, not the message: that may quote a title or a key.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import streamlit.logger

from recsys_core.settings import PROJECT_FOLDER

MORE = ("page", "ms", "n")
"""What an event may say beside its words, by ``extra=``: the page's name, how long it took in milliseconds, how many."""
OTHERS = ("streamlit", "uvicorn", "websockets", "asyncio", "urllib3", "numba", "matplotlib", "sqlalchemy")
"""Libraries of which only warnings are told, whatever the format."""
HIDDEN = "…"
_SECRETS = re.compile(
    r"""
      \?\S+                                                         # a query string
    | (?<![\w-])[\w-]{22,}(?![\w-])                                 # a key, a hash, the name of a session or of an uploaded file
    | (?<!\d)\d{1,3}(\.\d{1,3}){3}(?!\d)                            # an address, IPv4
    | (?<![\w:])([\da-f]{0,4}:){2,7}:?[\da-f]{0,4}(?=[^\w:]|$)      # IPv6
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_TIME = re.compile(r"\d\d:\d\d:\d\d")
errors = 0
"""How many errors were logged since the process began."""


def configure(as_json: bool) -> None:
    """Have everything that this process logs go through one handler, to standard error. The server calls it once, when it begins.

    Parameters
    ----------
    as_json : bool
        One line of JSON for each event. Otherwise text, and of events only warnings and errors: for a person at a terminal.
    """
    handler = Handler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if as_json else logging.WARNING)
    # Streamlit gives each of its loggers a handler of its own, also those that it makes later.
    streamlit.logger.setup_formatter = lambda logger: setattr(logger, "propagate", True)
    for logger in [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]:
        logger.handlers.clear()
        logger.propagate = True
    streamlit.logger.set_log_level(logging.WARNING)
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a log line that cannot be made would be printed with all its arguments
    sys.excepthook = _log_the_last
    threading.excepthook = _log_thread


class Handler(logging.StreamHandler[Any]):
    """Writes lines, and counts errors."""

    def emit(self, record: logging.LogRecord) -> None:
        global errors
        errors += record.levelno >= logging.ERROR
        super().emit(record)


class JsonLines(logging.Formatter):
    """An event as one line of JSON: time (UTC), level, logger, event, and where it applies page, ms, n, error, and where in the code."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": clean(record.getMessage()),
            **{name: getattr(record, name) for name in MORE if hasattr(record, name)},
        }
        if record.exc_info and record.exc_info[1]:
            told |= {"error": kinds(record.exc_info[1]), "at": list(places(record.exc_info[1].__traceback__))}
        return json.dumps(told)


class Text(logging.Formatter):
    """An event as a line of text."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "seconds")
        more = "".join(f" {name}={getattr(record, name)}" for name in MORE if hasattr(record, name))
        failed = ""
        if record.exc_info and record.exc_info[1]:
            failed = f" [{kinds(record.exc_info[1])}: {' < '.join(reversed(list(places(record.exc_info[1].__traceback__))))}]"
        return f"{at} {record.levelname.lower()} {record.name}: {clean(record.getMessage())}{more}{failed}"


def clean(text: str) -> str:
    """A text without what could be a key, the name of a session, a query string or an address, in one line.

    >>> clean("GET /for_you?p=abc from 192.0.2.7, session 0b0e4c0e-3b0a-4c0e-9d6b-0b0e4c0e3b0a, at 12:30:00")
    'GET /for_you… from …, session …, at 12:30:00'
    >>> clean("[2001:db8::7]:5000 and ::1")
    '[…]:5000 and …'
    """
    return _SECRETS.sub(lambda found: found[0] if _TIME.fullmatch(found[0]) else HIDDEN, " ".join(text.split()))


def kinds(error: BaseException) -> str:
    """The kind of an error, and of what caused it."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return type(error).__name__ + (f" from {kinds(cause)}" if cause else "")


def places(trace: TracebackType | None) -> Iterator[str]:
    """Where in the code something went wrong, outermost first."""
    for frame in traceback.extract_tb(trace):
        file = frame.filename.removeprefix(f"{PROJECT_FOLDER}/").rpartition("site-packages/")[2]
        yield f"{file}:{frame.lineno} {frame.name}"


def _log_the_last(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("because_you_watched").critical("The server ends with an error.", exc_info=(kind, error, trace))


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        trace = (failed.exc_type, failed.exc_value, failed.exc_traceback)
        logging.getLogger("because_you_watched").error("A thread ended with an error.", exc_info=trace)
