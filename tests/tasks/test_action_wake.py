"""Waking: who may send the packet is asked of the CMDB; the packet itself crosses a real wire between namespaces."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.via import Via
from itmsctl.tasks.service.executing import execute
from itmsctl.tasks.service.surroundings import surroundings
from itmsctl.tasks.step import Step
from itmsctl.tasks.surroundings import Surroundings
from itmsctl.transports.base import CommandOutcome, Credentials, Endpoint, RemoteState, Settings
from itmsctl.transports.ssh import SshTransport
from tests.conftest import FrozenClock, Run
from tests.servers import missing
from tests.servers.machine import Machine, can_unshare
from tests.tasks.lab import step
from tests.transports.contract import marker

MAC = "02:10:10:01:00:0a"


def known(store: Store, name: str, one: Step) -> Surroundings:
    """Return what the engine would read of a computer."""
    import sqlalchemy as sa

    with store.read() as reader:
        found = sa.select(sa.column("id")).select_from(sa.table("resource")).where(sa.column("name") == name)
        number = reader.connection.execute(found).scalar_one()
        return surroundings(reader, one, [number], Endpoints(Via()))[number]


@pytest.fixture
def wake(store: Store) -> Callable[..., CommandOutcome]:
    def act(name: str, reach: object = None, **given: object) -> CommandOutcome:
        one = step("power", action="wake", **({"wait": "no"} | given))
        asleep = Endpoint("00000000-0000-4000-8000-000000000009", name, ("127.0.0.1",), port=9)
        way = SshTransport(asleep, Credentials(), Settings())
        return execute(one, way, marker(), known(store, name, one), reach=reach)  # type: ignore[arg-type]

    return act


def test_without_an_address_or_a_neighbour_it_says_so(ok: Run, wake: Callable[..., CommandOutcome]) -> None:
    ok("subnet", "add", "10.1.0.0/24")
    ok("computer", "add", "far", "--address", "10.9.0.1")
    ok("computer", "add", "asleep", "--address", "10.1.0.9")
    no_mac = wake("asleep")
    assert (no_mac.state, no_mac.reason, "--mac" in no_mac.hint) == (RemoteState.FAILED, "NO-MAC", True)
    ok("computer", "set", "asleep", "--mac", MAC)
    alone = wake("asleep")
    assert (alone.state, alone.reason, alone.leads_to) == (RemoteState.FAILED, "NO-NEIGHBOUR", 8)


def test_the_neighbour_seen_last_is_asked_first(ok: Run, store: Store, clock: FrozenClock) -> None:
    from itmsctl.resources.rows import computers

    ok("subnet", "add", "10.1.0.0/24")
    ok("subnet", "add", "fd00::/64")
    ok("computer", "add", "asleep", "--address", "10.1.0.9", "--mac", MAC)
    for number, name in enumerate(("never", "old", "new", "older"), 1):
        ok("computer", "add", name, "--address", f"10.1.0.{number}")
    ok("computer", "add", "elsewhere", "--address", "10.2.0.1")
    ok("computer", "add", "six", "--address", "fd00::1", "--mac", MAC)
    import sqlalchemy as sa

    for name in ("older", "old", "elsewhere", "new"):
        clock.forward(hours=1)
        ids = sa.select(sa.column("id")).select_from(sa.table("resource")).where(sa.column("name") == name)
        store.write(
            lambda unit, ids=ids: unit.connection.execute(
                sa.update(computers).where(computers.c.id.in_(ids)).values(last_seen=unit.now)
            )
        )
    waker = known(store, "asleep", step("power", action="wake")).waker
    assert waker is not None
    assert (waker.macs, waker.broadcast) == ((MAC,), "10.1.0.255")
    assert [n.name for n in waker.neighbours] == ["new", "old", "older"]
    six = known(store, "six", step("power", action="wake")).waker
    assert six is not None
    assert (six.broadcast, six.neighbours) == ("255.255.255.255", ())
    with store.read() as reader:
        assert surroundings(reader, step("power", action="reboot"), [1], Endpoints(Via())) == {}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


LISTENER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 9))
s.settimeout(30)
print("ready", flush=True)
data, sender = s.recvfrom(2000)
print(sender[0], data.hex(), flush=True)
"""


@pytest.fixture(params=["python3", "perl"])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Machine, subprocess.Popen[str]]]:
    """Us, a neighbour with an sshd, and behind it a computer that listens for packets: three networks."""
    if not can_unshare("-n"):
        missing("netns", "a network namespace needs root")
    tag = f"{abs(hash(str(tmp_path))) % 10**6}"
    near, far = f"itw{tag}a", f"itw{tag}b"
    try:
        for name in (near, far):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", f"h{tag}", "type", "veth", "peer", "name", "up0", "netns", near)
        ip("addr", "add", "10.213.0.1/30", "dev", f"h{tag}")
        ip("link", "set", f"h{tag}", "up")
        ip("-n", near, "addr", "add", "10.213.0.2/30", "dev", "up0")
        ip("-n", near, "link", "set", "up0", "up")
        ip("-n", near, "link", "add", "lan0", "type", "veth", "peer", "name", "eth0", "netns", far)
        for name, device, address in ((near, "lan0", "10.213.1.2"), (far, "eth0", "10.213.1.9")):
            ip("-n", name, "addr", "add", f"{address}/24", "broadcast", "10.213.1.255", "dev", device)
            ip("-n", name, "link", "set", device, "up")
        machine = Machine(tmp_path / "machine", network_namespace=near, host="10.213.0.2")
        if request.param == "perl":
            machine.without("python")
        machine.start()
        asleep = subprocess.Popen(
            ["ip", "netns", "exec", far, sys.executable, "-c", LISTENER], stdout=subprocess.PIPE, text=True
        )
        assert asleep.stdout is not None
        assert asleep.stdout.readline() == "ready\n"
        yield machine, asleep
        asleep.terminate()
        asleep.wait(10)
        asleep.stdout.close()
        machine.stop()
    finally:
        for name in (near, far):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def test_the_packet_arrives(
    ok: Run, store: Store, wake: Callable[..., CommandOutcome], wire: tuple[Machine, subprocess.Popen[str]]
) -> None:
    machine, asleep = wire
    ok("subnet", "add", "10.213.1.0/24")
    ok("computer", "add", "asleep", "--address", "10.213.1.9", "--mac", MAC)
    ok("computer", "add", "away", "--address", "10.213.1.3")
    ok("computer", "add", "neighbour", "--address", "10.213.1.2")
    reached = []

    def reach(endpoint: Endpoint) -> SshTransport:
        reached.append(endpoint.name)
        if endpoint.name == "away":
            return SshTransport(endpoint, Credentials(), Settings(connect_s=0.3))
        return machine.way()

    outcome = wake("asleep", reach)
    assert (outcome.state, outcome.message) == (RemoteState.SUCCEEDED, "woken through neighbour")
    assert reached == ["away", "neighbour"]
    assert asleep.stdout is not None
    sender, packet = asleep.stdout.readline().split()
    assert (sender, packet) == ("10.213.1.2", "ff" * 6 + MAC.replace(":", "") * 16)
