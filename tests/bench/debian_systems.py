"""Six real Debian systems are inventoried over SSH: `python -m tests.bench.debian_systems [--kept DIR] [--systems N]`.

Each has packages of its own (`tests.servers.debian`), and is read by `inventory run`. What the CMDB then holds is
compared row by row with what the system's own tools say; one package is installed and one removed, and the difference
must carry those rows and nothing else; nothing may be left behind. Needs root, debootstrap and a Debian mirror.
`--kept` keeps the base that the systems are made over, for the next time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.measure import say
from tests.inventory.systems import Checked, Cli, checked
from tests.servers.debian import PYTHON, debian_systems, lacking

SYSTEMS: dict[str, tuple[str, ...]] = {
    "deb1": (PYTHON,),
    "deb2": (PYTHON, "nginx-light", "ssl-cert"),
    "deb3": (PYTHON, "lighttpd", "jq"),
    "deb4": (PYTHON, "dnsmasq-base", "nftables", "iptables"),
    "deb5": (PYTHON, "lvm2", "pciutils", "usbutils"),
    "deb6": ("redis-server", "busybox", "sqlite3"),
}
"""Packages of each; the last has no Python, so its shell is asked."""


def main(argv: Sequence[str]) -> int:
    """Run all, and say what was found wrong; 1 where something was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--systems", type=int, default=len(SYSTEMS))
    given = parser.parse_args(argv)
    if lacks := lacking():
        raise SystemExit(lacks)
    started = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="itms-debian-")))
        names = list(SYSTEMS)[-given.systems :]
        packages = {name: SYSTEMS[name] for name in names}
        systems = stack.enter_context(debian_systems(packages, given.kept or folder / "kept", folder))
        say(f"{len(systems)} systems run after {time.monotonic() - started:.0f} s")
        found = checked(systems, Cli(folder / "home", systems[0].inside))
    for one in found:
        report(one)
    wrong = [f"{one.name}: {line}" for one in found for line in one.wrong]
    for line in wrong:
        say(f"WRONG: {line}")
    say(f"{len(found)} systems, {len(wrong)} differences, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


def report(one: Checked) -> None:
    """Print what one system told."""
    rows = " ".join(f"{name}:{count}" for name, count in sorted(one.filled.items()))
    say(f"{one.name}: first {one.first}; again {one.again}; one package in, one out: {one.changed}")
    say(f"{one.name}: {len(one.filled)} classes with {sum(one.filled.values())} rows: {rows}")
    say(f"{one.name}: compared row by row: {' '.join(f'{name}:{count}' for name, count in one.compared.items())}")
    for why, classes in sorted(one.reasons.items()):
        say(f"{one.name}: not filled: {why}: {' '.join(classes)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
