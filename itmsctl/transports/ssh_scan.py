"""Read the host key of a computer without logging in: nothing is sent but the handshake."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from itmsctl.transports.attempts import Search
from itmsctl.transports.dial import Address, dial, resolve
from itmsctl.transports.endpoint import ADDRESS_S, Endpoint, SeenHostKey
from itmsctl.transports.failures import translated
from itmsctl.transports.ssh_library import SshLink, hang_up
from itmsctl.transports.ssh_login import agree, cut_off
from itmsctl.values.fingerprints import fingerprint


def scan(endpoint: Endpoint, connect_s: float) -> SeenHostKey:
    """Return the host key that a computer shows first, whatever is pinned. It proves nothing: compare its fingerprint.

    Raises UnreachableError, a leaf that tells the reason.
    """
    endpoint = replace(endpoint, pins=())
    deadline = time.monotonic() + connect_s

    def read(address: Address, deadline: float, limit: float) -> SeenHostKey:
        sock = dial(endpoint, address, limit)
        link = SshLink(sock, ())
        try:
            with translated(partial(cut_off, endpoint)):
                agree(endpoint, link, deadline, limit)
                key = link.get_remote_server_key()
            blob = key.asbytes()
            return SeenHostKey(key.get_name(), fingerprint(blob), blob)
        finally:
            hang_up(link, sock)

    return Search(endpoint, read, deadline, ADDRESS_S).through(resolve(endpoint, deadline))
