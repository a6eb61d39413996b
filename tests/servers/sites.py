"""Sites of real Debian systems: each behind a router and a link of its own, whose bytes are counted. Needs root.

From the network of the lab, where the machine of the CMDB stands, a link leads to the router of each site, and from
there a switch to its systems.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.debian import (
    PYTHON,
    DebianSystem,
    Plug,
    install_into,
    layered,
    make_base,
    make_key,
    network_of_its_own,
    run_tool,
    running,
    wait_for,
)

FIRST = 10  # last number of the address of the first system of a site


@dataclass(frozen=True)
class LabSite:
    """One site: its subnet, its systems by name, and the link that leads to it."""

    name: str
    subnet: str
    systems: Mapping[str, DebianSystem]
    network: str
    link: str

    def carried(self) -> tuple[int, int]:
        """Return the bytes that its link has carried to the site, and from it."""
        told = subprocess.run(
            ["ip", "-n", self.network, "-s", "-j", "link", "show", self.link],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        counters = json.loads(told)[0]["stats64"]
        return counters["tx"]["bytes"], counters["rx"]["bytes"]


@contextmanager
def lab_sites(
    systems: Mapping[str, Mapping[str, Sequence[str]]], kept: Path, folder: Path, at_hand: Sequence[str] = ()
) -> Iterator[Mapping[str, LabSite]]:
    """Run sites: for each the names of its systems with the packages that they have more than the base.

    Those `at_hand` are not installed: the package manager of a system has them, as from a mirror.
    """
    wanted = sorted({*at_hand, *(one for site in systems.values() for packages in site.values() for one in packages)})
    base, python = kept / "base", kept / "python"
    make_base(base, python, wanted)
    key = folder / "key"
    make_key(key)
    with ExitStack() as stack:
        network = stack.enter_context(network_of_its_own(f"itmsw{os.getpid()}"))
        run_tool("ip", "-n", network, "link", "set", "lo", "up")
        forward(network)
        found = {}
        for number, (name, members) in enumerate(systems.items(), 1):
            router = stack.enter_context(router_of(network, number))
            mine = {}
            for place, (system, packages) in enumerate(members.items(), FIRST):
                below = [python / "upper", base] if PYTHON in packages else [base]
                root = stack.enter_context(layered(below, folder / system))
                install_into(root, [one for one in packages if one != PYTHON])
                plug = plug_of(network, router, number, place)
                mine[system] = stack.enter_context(running(system, root, key, plug))
            found[name] = LabSite(name, f"10.81.{number}.0/24", mine, network, f"wan{number}")
        for site in found.values():
            for system in site.systems.values():
                wait_for(system)
        yield found


@contextmanager
def router_of(network: str, number: int) -> Iterator[str]:
    """Make the router of a site behind its link; yield its network."""
    space, link = f"{network}-s{number}", f"wan{number}"
    for line in (
        f"ip netns add {space}",
        f"ip -n {network} link add {link} type veth peer name wan0 netns {space}",
        f"ip -n {network} addr add 10.80.{number}.1/30 dev {link}",
        f"ip -n {network} link set {link} up",
        f"ip -n {space} addr add 10.80.{number}.2/30 dev wan0",
        f"ip -n {space} link set wan0 up",
        f"ip -n {space} link set lo up",
        f"ip -n {space} link add lan type bridge",
        f"ip -n {space} addr add 10.81.{number}.1/24 dev lan",
        f"ip -n {space} link set lan up",
        f"ip -n {space} route add default via 10.80.{number}.1",
        f"ip -n {network} route add 10.81.{number}.0/24 via 10.80.{number}.2",
    ):
        run_tool(*line.split())
    forward(space)
    try:
        yield space
    finally:
        subprocess.run(["ip", "netns", "del", space], check=False)


def forward(space: str) -> None:
    """Have a network pass on what is for others."""
    run_tool("ip", "netns", "exec", space, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")


def plug_of(network: str, router: str, number: int, place: int) -> Plug:
    """Return where a system of a site is plugged in."""
    space, port, address = f"{router}-{place}", f"port{place}", f"10.81.{number}.{place}"
    lines = (
        f"ip netns add {space}",
        f"ip -n {router} link add {port} type veth peer name eth0 netns {space}",
        f"ip -n {router} link set {port} master lan",
        f"ip -n {router} link set {port} up",
        f"ip -n {space} addr add {address}/24 dev eth0",
        f"ip -n {space} link set eth0 up",
        f"ip -n {space} link set lo up",
        f"ip -n {space} route add default via 10.81.{number}.1",
    )
    return Plug(space, address, lines, network)
