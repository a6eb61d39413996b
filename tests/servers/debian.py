"""Real Debian systems: each with packages and an sshd of its own, in a network namespace of its own. Needs root.

One base is made by debootstrap; a system is an overlay over it, so that it costs seconds, and its packages come out of
the folder of packages of the base.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

SUITE = "bookworm"
BASE = ("openssh-server", "iproute2", "cron", "procps")
PYTHON = "python3"
_TOOLS = ("debootstrap", "unshare", "ip", "ssh-keygen", "dpkg-deb")
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_SSH = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
_SHOWN = ("/proc/", "/sys/", "/run/", "/dev/", "/var/log/")


def lacking() -> str:
    """Return what this machine lacks for such systems; empty where nothing is."""
    if os.geteuid() != 0:
        return "root is needed"
    return next((f"no such command: {tool}" for tool in _TOOLS if shutil.which(tool) is None), "")


@dataclass
class DebianSystem:
    """One system that runs."""

    name: str
    root: Path
    address: str
    key: Path
    network: str

    @property
    def inside(self) -> tuple[str, ...]:
        """Return the words before a command that is to reach it: nothing of its network is seen from elsewhere."""
        return ("ip", "netns", "exec", self.network)

    def told(self, *commands: str) -> list[str]:
        """Return what commands print there, by SSH."""
        line = "; echo; echo =====; ".join(f"LC_ALL=C {one}" for one in commands)
        words = [*self.inside, "ssh", "-i", str(self.key), *_SSH, f"root@{self.address}", line]
        told = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stdout
        return told.split("\n=====\n")

    def install(self, name: str, version: str) -> None:
        """Install a package that is made for it."""
        said = {"Package": name, "Version": version, "Architecture": "all", "Maintainer": "A <a@b.c>"}
        with tempfile.TemporaryDirectory() as folder:
            control = Path(folder) / name / "DEBIAN/control"
            control.parent.mkdir(parents=True)
            control.write_text("".join(f"{key}: {value}\n" for key, value in said.items()) + "Description: made\n")
            made = self.root / "made.deb"
            subprocess.run(["dpkg-deb", "-b", control.parent.parent, made], check=True, stdout=subprocess.DEVNULL)
        _inside(self.root, "dpkg", "-i", "/made.deb")
        made.unlink()

    def purge(self, name: str) -> None:
        """Take a package away."""
        _inside(self.root, "dpkg", "--purge", name)

    def files(self) -> dict[str, tuple[int, float]]:
        """Return all files with size and time, but logs and what the kernel shows."""
        found = {}
        for folder, _, names in os.walk(self.root):
            inside = folder.removeprefix(str(self.root)) + "/"
            if not inside.startswith(_SHOWN):
                for name in names:
                    status = os.lstat(f"{folder}/{name}")
                    found[inside + name] = (status.st_size, status.st_mtime)
        return found


@contextmanager
def debian_systems(packages: Mapping[str, Sequence[str]], kept: Path, folder: Path) -> Iterator[Sequence[DebianSystem]]:
    """Run systems, each with these packages more than the base has; nothing of them stays but the base, in `kept`.

    Raises RuntimeError with what a tool said, as where no mirror is reached.
    """
    base, python = kept / "base", kept / "python"
    make_base(base, python, sorted({PYTHON, *(one for of_one in packages.values() for one in of_one)}))
    key = folder / "key"
    make_key(key)
    with ExitStack() as stack:
        network = stack.enter_context(network_of_its_own(f"itms{os.getpid()}"))
        systems = []
        for number, (name, wanted) in enumerate(packages.items()):
            below = [python / "upper", base] if PYTHON in wanted else [base]
            root = stack.enter_context(layered(below, folder / name))
            install_into(root, [one for one in wanted if one != PYTHON])
            systems.append(stack.enter_context(running(name, root, key, _between(number, network))))
        for one in systems:
            wait_for(one)
        yield systems


def make_base(base: Path, python: Path, packages: Sequence[str]) -> None:
    """Make the system that others are made over, with these packages beside it for them, and a layer with Python."""
    made = base.with_name("made")
    before = made.read_text().split() if made.exists() else []
    if set(packages) <= set(before):
        return
    if not before:
        cache = base.with_name("packages")
        cache.mkdir(parents=True, exist_ok=True)
        include = f"--include={','.join(BASE)}"
        run_tool("debootstrap", "--variant=minbase", include, f"--cache-dir={cache}", SUITE, str(base))
        (base / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")
        (base / "etc/apt/apt.conf.d/quick").write_text('Acquire::Languages "none";\n')
        (base / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (base / "usr/sbin/policy-rc.d").chmod(0o755)
        _inside(base, "apt-get", "update", "-q")
    install_into(base, packages, "--download-only")
    if not before:
        with layered([base], python) as root:
            install_into(root, [PYTHON])
    made.write_text("\n".join({*before, *packages}))


def install_into(root: Path, packages: Sequence[str], *more: str) -> None:
    """Install packages of Debian into a system."""
    if packages:
        _inside(root, "apt-get", "install", "-y", "-q", "--no-install-recommends", *more, *packages)


@contextmanager
def layered(below: Sequence[Path], folder: Path) -> Iterator[Path]:
    """Mount a system over others; what is written in it is kept apart."""
    root, upper, work = folder / "root", folder / "upper", folder / "work"
    for one in (root, upper, work):
        one.mkdir(parents=True)
    under = ":".join(map(str, below))
    run_tool("mount", "-t", "overlay", "-o", f"lowerdir={under},upperdir={upper},workdir={work}", "overlay", str(root))
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=False)


@contextmanager
def network_of_its_own(name: str) -> Iterator[str]:
    """Make a network from which systems are reached, so that this machine's own stays as it is."""
    run_tool("ip", "netns", "add", name)
    try:
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


@dataclass(frozen=True)
class Plug:
    """Where a system is plugged in: the name of its own network namespace, what makes it, and its address there."""

    space: str
    address: str
    lines: tuple[str, ...]
    network: str


def _between(number: int, network: str) -> Plug:
    """Return the plug of a system that has a cable of its own to the network from which it is reached."""
    space, near = f"{network}-{number}", f"near{number}"
    mine, its = f"10.77.{number}.1", f"10.77.{number}.2"
    lines = (
        f"ip netns add {space}",
        f"ip -n {network} link add {near} type veth peer name eth0 netns {space}",
        f"ip -n {network} addr add {mine}/30 dev {near}",
        f"ip -n {network} link set {near} up",
        f"ip -n {space} addr add {its}/30 dev eth0",
        f"ip -n {space} link set eth0 up",
        f"ip -n {space} link set lo up",
        f"ip -n {space} route add default via {mine}",
    )
    return Plug(space, its, lines, network)


@contextmanager
def running(name: str, root: Path, key: Path, plug: Plug) -> Iterator[DebianSystem]:
    """Run one system; its network is taken away at the end."""
    _identify(root, name, key)
    for line in plug.lines:
        run_tool(*line.split())
    start = (
        f"hostname {name}; mount -t proc proc {root}/proc; mount -t sysfs sysfs {root}/sys;"
        f" mount -t tmpfs tmpfs {root}/run; mkdir {root}/run/sshd; exec chroot {root} /usr/sbin/sshd -D -e"
    )
    apart = ("unshare", "--mount", "--pid", "--fork", "--uts", "--kill-child")
    with (root.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            ["ip", "netns", "exec", plug.space, *apart, "sh", "-ec", start], stdout=log, stderr=log, env=_QUIET
        )
        try:
            yield DebianSystem(name, root, plug.address, key, plug.network)
        finally:
            process.kill()
            process.wait()
            subprocess.run(["ip", "netns", "del", plug.space], check=False)


def _identify(root: Path, name: str, key: Path) -> None:
    """Give a system its name, its identity, its keys, and us as who may log in."""
    (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    (root / "root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
    (root / "etc/hostname").write_text(f"{name}\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {name}.example.test {name}\n")
    (root / "etc/machine-id").write_text(f"{uuid4().hex}\n")
    for old in (root / "etc/ssh").glob("ssh_host_*"):
        old.unlink()
    make_key(root / "etc/ssh/ssh_host_ed25519_key")


def wait_for(one: DebianSystem) -> None:
    """Wait until it answers. Raises RuntimeError."""
    for _ in range(100):
        try:
            one.told("true")
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{one.name} does not answer: {(one.root.parent / 'log').read_text()[-500:]}")


def make_key(key: Path) -> None:
    """Make a key of SSH."""
    run_tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))


def _inside(root: Path, *words: str) -> None:
    run_tool("chroot", str(root), *words)


def run_tool(*words: str) -> None:
    """Run a tool. Raises RuntimeError with what it said where it fails."""
    done = subprocess.run(words, capture_output=True, env=_QUIET, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        said = (done.stdout[-1000:] + done.stderr[-1000:]).decode(errors="replace")
        raise RuntimeError(f"{' '.join(words)}: exit {done.returncode}\n{said}")
