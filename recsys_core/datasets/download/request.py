"""One request: either an answer worth reading, or an error that says whether to ask again or to give the address up."""

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
"""HTTP codes after which the same question may be answered."""

_LOG = logging.getLogger(__name__)


class CertificateError(AddressError):
    """The server could not prove who it is."""


def ask(
    session: requests.Session, url: str, patience: Patience, headers: Mapping[str, str] | None = None, *, verify: bool = True
) -> requests.Response:
    """Send a request and return the answer with its body unread; close it after use.

    Parameters
    ----------
    verify : bool
        Whether the server's certificate must be valid. Without, the caller must know the checksum of what is sent.

    Raises
    ------
    TransientError
        No connection, no answer, or an HTTP code that may pass; with the server's ``Retry-After``.
    CertificateError
        The certificate is not valid, such as expired.
    AddressError
        The address cannot be asked at all.
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
    """Why a server's certificate was refused, ``""`` if that was not the error's cause."""
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
    """The server's name to show: without path, user or password."""
    name = urlsplit(url).netloc.rpartition("@")[2]
    return name or url


@contextmanager
def _knowingly(url: str) -> Iterator[None]:
    """Say in our words that a certificate is not checked, instead of the library's warning."""
    _LOG.warning("%s has no valid certificate; it is read nevertheless, as the SHA-256 of the file is known", host(url))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        yield
