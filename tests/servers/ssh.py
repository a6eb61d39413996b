"""A real OpenSSH server on loopback for the length of a test session, and endpoints that lead to it.

Use the fixture `ssh_lab` (import it into a `conftest.py`), and `lab_endpoint`. One process starts one lab.
"""

from __future__ import annotations

import atexit
import base64
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd
from itmsctl.transports.base import Credentials, Endpoint, HostKeyPin
from itmsctl.values.fingerprints import fingerprint
from tests.servers import missing

# A login shell that believes it is nested reads no rc file, so no test pays for the developer's own.
NO_RC_FILES = "SetEnv SHLVL=5"


@cache
def _lab() -> Lab:
    folder = Path(tempfile.mkdtemp(prefix="itms-ssh-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lab = Lab(3, folder, engine="openssh", network=45, options=[NO_RC_FILES])
    atexit.register(lab.stop)
    return lab


@pytest.fixture(scope="session")
def ssh_lab() -> Lab:
    """Three SSH computers with host keys of their own."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    return _lab()


def pin_of(public_line: str, state: str = "pinned") -> HostKeyPin:
    """Return the pin for a public key line."""
    key_type, blob = public_line.split()[:2]
    raw = base64.b64decode(blob)
    return HostKeyPin(key_type, fingerprint(raw), raw, state)  # type: ignore[arg-type]


def lab_endpoint(lab: Lab, number: int = 0, *, machine_id: str | None = None) -> Endpoint:
    """Return one computer of a lab, its host key pinned."""
    host = lab.hosts[number]
    pin = pin_of(lab.servers.host_keys[host])
    return Endpoint(
        f"00000000-0000-4000-8000-{number:012}", f"lab-{number + 1:03}", (host,), lab.port, lab.user, (pin,), machine_id
    )


def lab_credentials(lab: Lab) -> Credentials:
    """Return the key that a lab accepts."""
    return Credentials(key_files=(lab.key_file,))
