"""Read the host key of a computer without logging in: nothing is sent but the handshake."""

from __future__ import annotations

import time
from functools import partial

from itmsctl.errors import ItmsError, UnreachableError
from itmsctl.transports.dial import dial, resolve
from itmsctl.transports.endpoint import Endpoint, SeenHostKey, fingerprint
from itmsctl.transports.failures import shown
from itmsctl.transports.ssh_library import Link, hang_up, translated
from itmsctl.transports.ssh_login import agree, cut_off


def scan(endpoint: Endpoint, connect_s: float) -> SeenHostKey:
    """Answer the host key that a computer shows first, whatever is pinned. It proves nothing: compare its fingerprint.

    Raises UnreachableError, a leaf that tells the reason.
    """
    deadline = time.monotonic() + connect_s
    failure: UnreachableError | None = None
    for address in resolve(endpoint, deadline):
        if isinstance(address, UnreachableError):
            failure = failure or address
            continue
        sock = None
        try:
            sock = dial(endpoint, address, deadline)
            link = Link(sock, ())
            try:
                with translated(partial(cut_off, endpoint)):
                    agree(endpoint, link, deadline, deadline)
                    key = link.get_remote_server_key()
                blob = key.asbytes()
                return SeenHostKey(key.get_name(), fingerprint(blob), blob)
            finally:
                hang_up(link, sock)
        except UnreachableError as error:
            failure = error
        except ItmsError as error:
            failure = UnreachableError(error.message, why=error.why, hint=error.hint)
    raise failure or UnreachableError(
        f"{shown(endpoint.name)} has no address", hint="itmsctl computer set NAME --address IP"
    )
