"""Whether a TCP port of a computer takes connections from here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from itmsctl.errors import NoRouteError, UnreachableError
from itmsctl.transports.dial import dial, resolve
from itmsctl.transports.endpoint import Endpoint

_ASK_S = 2.0
_PAUSE_S = 0.5


def await_port(
    endpoint: Endpoint, port: int | None, limit_s: float, stopped: Callable[[], bool] = lambda: False
) -> float:
    """Wait until a port takes a connection (none: that of the endpoint); answers after how many seconds.

    Raises the UnreachableError of the last try when `limit_s` has passed, or when `stopped` says so.
    """
    place = endpoint if port is None else replace(endpoint, port=port)
    begin = time.monotonic()
    deadline = begin + limit_s
    while True:
        error = _try(place, min(deadline, time.monotonic() + _ASK_S))
        now = time.monotonic()
        if error is None:
            return now - begin
        if now + _PAUSE_S >= deadline or stopped():
            raise error
        time.sleep(_PAUSE_S)


def _try(place: Endpoint, deadline: float) -> UnreachableError | None:
    error: UnreachableError = NoRouteError(f"{place.name} has no address")
    for address in resolve(place, deadline):
        if isinstance(address, UnreachableError):
            error = address
            continue
        try:
            dial(place, address, deadline).close()
        except UnreachableError as failure:
            error = failure
        else:
            return None
    return error
