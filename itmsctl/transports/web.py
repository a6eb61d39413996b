"""Reads files from web servers, from where it was left off. What they send is for the caller to judge."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from itmsctl.errors import NotFoundError, TransferError

PATIENCE_S = 30.0  # without a byte


class WebFile:
    """The stream of a file: `start` is the byte with which it begins, 0 of a server that knows no ranges."""

    def __init__(self, url: str, answer: Any, start: int) -> None:
        self.url, self.start = url, start
        self._answer = answer

    def read(self, most: int) -> bytes:
        """Return the next bytes, none at its end. Raises TransferError."""
        try:
            data: bytes = self._answer.read(most)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _cut(self.url, error) from None
        return data


@contextmanager
def web_file(url: str, start: int = 0, patience_s: float = PATIENCE_S) -> Iterator[WebFile]:
    """Yield a file of a web server from a byte on. Only http and https are followed.

    Raises NotFoundError where the server has no such file, TransferError.
    """
    answer = _asked(url, start, patience_s)
    try:
        yield WebFile(url, answer, start if answer.status == http.client.PARTIAL_CONTENT else 0)
    finally:
        answer.close()


def _asked(url: str, start: int, patience_s: float) -> Any:
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310 - below
    try:
        return _opener().open(request, timeout=patience_s)
    except urllib.error.HTTPError as error:
        error.close()
        kind = NotFoundError if error.code in {404, 410} else TransferError
        raise kind(f"{url} is not handed out", why=f"{error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise TransferError(f"{url} is not reached", why=str(error.reason)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _cut(url, error) from None


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens http and https and nothing else, also where a server leads elsewhere."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler, urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):  # fmt: skip
        opener.add_handler(handler())
    return opener


def _cut(url: str, error: Exception) -> TransferError:
    return TransferError(f"{url} was cut off", why=str(error) or type(error).__name__)
