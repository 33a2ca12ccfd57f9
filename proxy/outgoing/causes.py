"""Why a call got no answer, in a word or two that hold nothing of the call.

The words are few and fixed, so that logs can be searched by them and counts grouped by them:
`dns`, `refused`, `no route`, `timeout`, `closed`, `tls expired`, `tls not valid yet`, `tls name`,
`tls untrusted`, `tls`, `not http`, `too large`, `no connection`, and `answered` with a status.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import requests

from proxy.outgoing.transport import AnswerTooLarge, ClosedBeforeAnswer
from proxy.wire.answer_reader import AnswerInvalid

# OpenSSL's X509_V_ERR_…, as `SSLCertVerificationError.verify_code` has them
# (docs.openssl.org, X509_STORE_CTX_get_error, read 2026-11).
_NOT_VALID_YET, _EXPIRED = 9, 10
_OTHER_NAME = (62, 64)  # of a host, of an IP address
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN)


def cause_of(error: BaseException) -> str:
    """Return the word for what a transport raised (`proxy.outgoing.transport.Transport.send`)."""
    for each in _chain(error):
        word = _word(each)
        if word is not None:
            return word
    return "no connection"


def status_cause(status: int) -> str:
    """Return the words for an answer that is no use because of its status."""
    return f"answered {status}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from; the first that has a word is the cause."""
    while error is not None:
        yield error
        error = error.__cause__


def _word(error: BaseException) -> str | None:
    if isinstance(error, socket.gaierror | UnicodeError):  # the latter: no name can be like that
        return "dns"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error.verify_code)
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, TimeoutError | requests.Timeout):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionError | ClosedBeforeAnswer):
        return "closed"
    if isinstance(error, AnswerTooLarge):
        return "too large"
    if isinstance(error, AnswerInvalid | requests.exceptions.ContentDecodingError):
        return "not http"
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return "no route"
    return None


def _of_certificate(verify_code: int) -> str:
    if verify_code == _EXPIRED:
        return "tls expired"
    if verify_code == _NOT_VALID_YET:
        return "tls not valid yet"
    return "tls name" if verify_code in _OTHER_NAME else "tls untrusted"
