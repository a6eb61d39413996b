"""The dead are told apart, each within the connect limit (reliability F30, F35)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.lab.ssh_endpoints import Lab, free_port
from itmsctl.transports.base import CommandOutcome, Credentials, Endpoint, RemoteState, Settings
from itmsctl.transports.ssh import SshTransport
from tests.servers import missing
from tests.servers.hostile_ssh import BannerServer
from tests.servers.ssh import lab_credentials, lab_endpoint
from tests.transports.contract import SLACK_S, script

LIMIT = Settings(connect_s=1.5, address_s=0.4)


def reach(endpoint: Endpoint, credentials: Credentials | None = None) -> tuple[CommandOutcome, float]:
    begin = time.monotonic()
    with SshTransport(endpoint, credentials or Credentials(), LIMIT) as transport:
        outcome = transport.run(script("true"))
    return outcome, time.monotonic() - begin


@pytest.fixture
def full_port() -> Iterator[int]:
    """Return a port whose queue is full: the kernel drops every further SYN, as a firewall does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    clients = []
    for _ in range(3):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        clients.append(client)
    yield listener.getsockname()[1]
    for sock in (*clients, listener):
        sock.close()


def test_refused() -> None:
    outcome, took = reach(Endpoint("g", "pc1", ("127.0.0.1",), free_port()))
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "REFUSED", 8)
    assert took < SLACK_S


def test_dropped(full_port: int) -> None:
    outcome, took = reach(Endpoint("g", "pc1", ("127.0.0.1",), full_port))
    assert (outcome.reason, outcome.leads_to) == ("TIMED-OUT", 8)
    assert took < LIMIT.connect_s + SLACK_S


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 300, "-x", "bad..name", "\udc80", "x\x1b[2J"])
def test_unresolvable(name: str) -> None:
    outcome, took = reach(Endpoint("g", "pc1", (name,)))
    assert outcome.reason == "UNRESOLVABLE"
    assert took < LIMIT.connect_s + SLACK_S
    assert "\x1b" not in outcome.message


def test_a_name_server_that_hangs_cannot_exceed_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: Any, **__: Any) -> None:
        time.sleep(3)
        raise OSError("too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    outcome, took = reach(Endpoint("g", "pc1", ("slow.example",)))
    assert outcome.reason == "UNRESOLVABLE"
    assert "in time" in outcome.message
    assert took < LIMIT.connect_s + SLACK_S


def test_no_route() -> None:
    outcome, took = reach(Endpoint("g", "pc1", ("255.255.255.255",)))
    assert outcome.reason in ("NO-ROUTE", "UNREACHABLE")
    assert took < LIMIT.connect_s + SLACK_S


def test_no_route_in_a_network_of_its_own() -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        missing("netns", "a network namespace needs root")
    code = (
        "from itmsctl.transports.ssh import SshTransport\n"
        "from itmsctl.transports.base import *\n"
        "t = SshTransport(Endpoint('g', 'pc1', ('10.9.9.9',)), Credentials(), Settings(connect_s=2))\n"
        "print(t.run(Command('a.b.1', b'true')).reason)"
    )
    done = subprocess.run(["unshare", "-n", sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "NO-ROUTE\n", done.stderr


def test_no_address_at_all() -> None:
    outcome, _ = reach(Endpoint("g", "pc1", ()))
    assert outcome.state is RemoteState.UNREACHABLE
    assert "has no address" in outcome.message


def test_the_next_address_is_tried_within_its_share(ssh_lab: Lab, full_port: int) -> None:
    good = lab_endpoint(ssh_lab)
    with BannerServer(b"") as silent:
        for first in ("no-such-host.invalid", "127.0.0.9"):
            outcome, took = reach(replace(good, addresses=(first, *good.addresses)), lab_credentials(ssh_lab))
            assert outcome.state is RemoteState.SUCCEEDED, (first, outcome)
            assert took < LIMIT.connect_s + SLACK_S
        assert silent.port


def test_a_silent_address_costs_its_share_only(ssh_lab: Lab) -> None:
    good = lab_endpoint(ssh_lab)
    with socket.create_server(("127.0.0.7", good.port)):
        outcome, took = reach(replace(good, addresses=("127.0.0.7", *good.addresses)), lab_credentials(ssh_lab))
    assert outcome.state is RemoteState.SUCCEEDED
    assert LIMIT.address_s * 0.9 < took < LIMIT.connect_s + SLACK_S


def test_one_deadline_covers_all_addresses(full_port: int) -> None:
    outcome, took = reach(Endpoint("g", "pc1", ("127.0.0.1",) * 10, full_port))
    assert outcome.reason == "TIMED-OUT"
    assert took < LIMIT.connect_s + SLACK_S


def test_ipv6(tmp_path: Path) -> None:
    outcome, _ = reach(Endpoint("g", "pc1", ("::1",), free_port()))
    assert outcome.reason in ("REFUSED", "NO-ROUTE")
    assert "::1" in outcome.message
