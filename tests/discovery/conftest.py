"""A small network on loopback: real snmpd, captured devices, a device that nobody has the community of, silence."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.servers.snmp import COMMUNITY, Misbehaviour, SnmpDaemon, SnmpSimulator, Walk

PASSPHRASE = "correct horse battery staple"
USER_LINES = "auth sha256 authpass12\npriv aes privpass12\n"


@dataclass
class Lab:
    """Devices on addresses 127.77.N.x, all on one port."""

    port: int
    net: str
    folder: Path
    running: list[SnmpDaemon | SnmpSimulator] = field(default_factory=list)

    def address(self, last: int) -> str:
        return f"{self.net}.{last}"

    def device(
        self, last: int, walk: Walk, *, community: str = COMMUNITY, misbehave: Misbehaviour | None = None
    ) -> SnmpSimulator:
        one = SnmpSimulator(walk, self.address(last), self.port, community=community, misbehave=misbehave)
        self.running.append(one)
        return one

    def daemon(self, last: int, *lines: str) -> SnmpDaemon:
        one = SnmpDaemon(self.folder / f"snmpd-{last}", self.address(last), self.port, lines)
        self.running.append(one)
        return one


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Lab(port, f"127.77.{port % 250}", tmp_path)
    yield made
    for one in made.running:
        one.stop()


@pytest.fixture
def private(tmp_path: Path) -> Callable[[str, str], str]:
    """Write a file of mode 0600, and return its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    return write


@pytest.fixture
def keys(ok: Run, private: Callable[[str, str], str], environment: dict[str, str]) -> tuple[str, ...]:
    """Return the options that name a community and a user of version 3, both in a vault that opens by itself."""
    environment["ITMSCTL_PASSPHRASE_FILE"] = private("passphrase", PASSPHRASE + "\n")
    ok("vault", "init")
    ok("credential", "add", "lab", "--kind", "community", "--secret-stdin", stdin=COMMUNITY + "\n")
    ok("credential", "add", "v3", "--kind", "snmp-v3", "--user", "ops", "--secret-file", private("v3", USER_LINES))
    return ("--credential", "lab", "--credential", "v3")
