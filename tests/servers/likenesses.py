"""Systems in the likeness of this machine: each an overlay over its root, with an sshd and a network of its own.

They stand in sites as those of `tests.servers.sites` do. One costs a part of a second, for nothing is installed: it has
what this machine has, and what is written in it is written in memory and gone at the end. Needs root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.house import ROOT
from tests.servers.debian import (
    DebianSystem,
    layered,
    make_key,
    network_of_its_own,
    run_tool,
    running,
    wait_for,
)
from tests.servers.sites import FIRST, LabSite, forward, plug_of, router_of

ACCOUNT = "itms"
_PROGRAM = "/usr/local/bin/itmsctl"


@contextmanager
def like_this(names: Mapping[str, Sequence[str]], folder: Path) -> Iterator[Mapping[str, LabSite]]:
    """Run sites with systems of these names, each of which knows all others by name.

    Each has an account `itms` that runs the program, with the key of the lab and a key of its own.
    """
    run_tool("mount", "-t", "tmpfs", "-o", "mode=755", "none", str(folder))
    try:
        with ExitStack() as stack:
            yield _sites(stack, names, folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)


def _sites(stack: ExitStack, names: Mapping[str, Sequence[str]], folder: Path) -> Mapping[str, LabSite]:
    key = folder / "key"
    make_key(key)
    network = stack.enter_context(network_of_its_own(f"itmsl{os.getpid()}"))
    run_tool("ip", "-n", network, "link", "set", "lo", "up")
    forward(network)
    found, known = {}, _hosts(names)
    for number, (site, members) in enumerate(names.items(), 1):
        router = stack.enter_context(router_of(network, number))
        mine = {}
        for place, name in enumerate(members, FIRST):
            root = stack.enter_context(_root(folder / name))
            plug = plug_of(network, router, number, place)
            mine[name] = stack.enter_context(running(name, root, key, plug))
            _settle(root, key, known)
        found[site] = LabSite(site, f"10.81.{number}.0/24", mine, network, f"wan{number}")
    for one in found.values():
        for system in one.systems.values():
            wait_for(system)
    return found


def _hosts(names: Mapping[str, Sequence[str]]) -> str:
    lines = ["127.0.0.1 localhost"]
    for number, members in enumerate(names.values(), 1):
        lines += [f"10.81.{number}.{place} {name}" for place, name in enumerate(members, FIRST)]
    return "\n".join(lines) + "\n"


@contextmanager
def _root(folder: Path) -> Iterator[Path]:
    """Yield the root of a system, with the devices of this machine, and with what lies on other disks of it."""
    with layered([Path("/")], folder) as root:
        here = Path("/").stat().st_dev
        apart = {Path(one) for one in (ROOT, sys.prefix, sys.base_prefix) if Path(one).stat().st_dev != here}
        bound = [Path("/dev"), *sorted(apart)]
        for one in bound:
            (root / one.relative_to("/")).mkdir(parents=True, exist_ok=True)
            run_tool("mount", "--bind", str(one), str(root / one.relative_to("/")))
        try:
            yield root
        finally:
            for one in bound:
                subprocess.run(["umount", "--lazy", root / one.relative_to("/")], check=False)


def _settle(root: Path, key: Path, hosts: str) -> None:
    """Set up a system: its account, the program and the names of the others; take away what is this machine's own."""
    (root / "etc/hosts").write_text(hosts)
    (root / "root").chmod(0o711)  # the Python of the program may stand there
    program = root / _PROGRAM.lstrip("/")
    program.unlink(missing_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m itmsctl "$@"\n')
    program.chmod(0o755)
    run_tool("chroot", str(root), "useradd", "--create-home", "--shell", "/bin/sh", ACCOUNT)
    home = root / "home" / ACCOUNT / ".ssh"
    home.mkdir(mode=0o700)
    make_key(home / "id_ed25519")
    for name in ("fleet", "fleet.pub"):
        (home / name).write_bytes((key if name == "fleet" else key.with_suffix(".pub")).read_bytes())
    (home / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    (home / "fleet").chmod(0o600)
    run_tool("chroot", str(root), "chown", "-R", f"{ACCOUNT}:", f"/home/{ACCOUNT}/.ssh")


class Desk:
    """Somebody who works on one system, as its account `itms`, by SSH."""

    def __init__(self, system: DebianSystem) -> None:
        self.system = system
        self.key = system.key

    def does(self, line: str, *, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a line of the shell there; return how it ended."""
        quiet = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
        words = [*self.system.inside, "ssh", "-i", str(self.key), *quiet, f"{ACCOUNT}@{self.system.address}", line]
        return subprocess.run(words, capture_output=True, text=True, check=False, input=given, timeout=600)

    def __call__(self, line: str, *, given: str = "") -> str:
        """Run a line of the shell there that ends well; return what it printed. Raises RuntimeError."""
        done = self.does(line, given=given)
        if done.returncode:
            raise RuntimeError(f"{self.system.name}: {line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout
