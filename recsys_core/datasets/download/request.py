"""Send one HTTP request and sort its failures into those worth a retry and those that are final."""

from __future__ import annotations

import logging
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from recsys_core.datasets.download.retry import AddressError, Patience, TransientError, retry_after

USER_AGENT = "because-you-watched/0.1 (a recommender to learn with)"
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP status codes after which a retry may succeed."""

_LOG = logging.getLogger(__name__)


class CertificateError(AddressError):
    """The server's certificate is not valid."""


def ask(
    session: requests.Session, url: str, patience: Patience, headers: Mapping[str, str] | None = None, *, verify: bool = True
) -> requests.Response:
    """Send a GET request and return the response with its body unread; the caller closes it.

    Parameters
    ----------
    verify : bool
        Whether the server's certificate must be valid. If False, the caller must check the content by its checksum.

    Raises
    ------
    TransientError
        No connection, no response, or one of :data:`TRANSIENT`; carries the server's ``Retry-After``.
    CertificateError
        The certificate is not valid, for example expired.
    AddressError
        The request cannot be sent at all.
    """
    headers = {"User-Agent": USER_AGENT, **(headers or {})}
    try:
        with nullcontext() if verify else _knowingly(url):
            response = session.get(url, headers=headers, stream=True, verify=verify, timeout=patience.timeout)
    except requests.RequestException as error:
        if fault := certificate_fault(error):
            raise CertificateError(f"its certificate is not valid ({fault}), so nothing was read from it") from error
        if isinstance(error, requests.ConnectionError):
            raise TransientError("no connection") from error
        if isinstance(error, requests.Timeout):
            raise TransientError("no answer") from error
        raise AddressError(f"cannot be asked ({type(error).__name__})") from error
    if response.status_code in TRANSIENT:
        response.close()
        raise TransientError(f"answers with HTTP {response.status_code}", retry_after(response.headers.get("Retry-After")))
    return response


def certificate_fault(error: BaseException) -> str:
    """Return why a certificate was refused, ``""`` if the error has another cause."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:  # requests and urllib3 wrap the cause in errors of their own
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message or "it cannot be verified")
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return ""


def host(url: str) -> str:
    """Return the server's name for display, without path, user or password.

    >>> host("https://user:secret@files.grouplens.org/datasets")
    'files.grouplens.org'
    """
    name = urlsplit(url).netloc.rpartition("@")[2]
    return name or url


@contextmanager
def _knowingly(url: str) -> Iterator[None]:
    """Replace the library's warning about an unverified certificate by one that says why it is acceptable here."""
    _LOG.warning("%s has no valid certificate; it is read all the same, because the SHA-256 of the file is known", host(url))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        yield
