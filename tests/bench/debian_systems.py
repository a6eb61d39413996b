"""Six real Debian systems are inventoried over SSH: `python -m tests.bench.debian_systems [--base DIR]`.

Each is made by debootstrap with packages of its own, stands in its own network namespace with its own sshd, and is read
by `inventory run`. What the CMDB then holds is compared row by row with what the system's own tools say; one package is
installed and one removed, and the difference must carry those rows and nothing else; nothing may be left behind.
Needs root, debootstrap and a Debian mirror. `--base` keeps the system that the six are copied from.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.inventory.parsers import accounts, dpkg
from tests.bench.measure import say

BASE = ("python3", "openssh-server", "iproute2", "util-linux", "cron", "e2fsprogs", "procps")
SYSTEMS: dict[str, tuple[str, ...]] = {
    "deb1": (),
    "deb2": ("nginx-light", "ssl-cert"),
    "deb3": ("lighttpd", "jq"),
    "deb4": ("dnsmasq-base", "nftables", "iptables"),
    "deb5": ("lvm2", "pciutils", "usbutils"),
    "deb6": ("redis-server", "busybox", "sqlite3"),
}
CHANGED_BY_ITSELF = {"arp_neighbours", "listening_ports", "logons", "last_logon"}
MOST_LEFT = ("/proc/", "/sys/", "/run/", "/dev/", "/var/log/", "/var/lib/systemd/random-seed")
FILLED = 25
HOME = "/root"


@dataclass
class System:
    """One system that runs."""

    name: str
    root: Path
    address: str
    key: Path

    def told(self, command: str) -> str:
        """Return what a command prints there, by SSH."""
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        words = ["ssh", "-i", str(self.key), *options, f"root@{self.address}", f"LC_ALL=C {command}"]
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout


def main(argv: Sequence[str]) -> int:
    """Run all, and say what was found wrong; 1 where something was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--systems", type=int, default=len(SYSTEMS))
    given = parser.parse_args(argv)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="itms-debian-", ignore_cleanup_errors=True))
        )
        base = given.base or folder / "base"
        make_base(base)
        key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        names = list(SYSTEMS)[: given.systems]
        systems = [stack.enter_context(running(number, name, base, folder, key)) for number, name in enumerate(names)]
        wrong = list(checked(systems, folder))
    for line in wrong:
        say(f"WRONG: {line}")
    say(f"{len(systems)} systems, {len(wrong)} differences")
    return 1 if wrong else 0


def checked(systems: Sequence[System], folder: Path) -> Iterator[str]:
    """Yield what is not as it should be."""
    cli = Cli(folder)
    for one in systems:
        cli.run("computer", "add", one.name, "--address", one.address)
    before = {one.name: files_of(one.root) for one in systems}
    first = cli.inventory(systems[0].key)
    for one in systems:
        say(f"{one.name}: {first[one.name]}")
        left = files_of(one.root) ^ before[one.name]
        if left:
            yield f"{one.name}: left behind or changed: {sorted(left)[:5]}"
        yield from compared(one, cli)
        filled = [row["class"] for row in cli.rows(one.name, "recency") if row["rows"]] + ["recency"]
        say(f"{one.name}: {len(filled)} classes are filled: {' '.join(filled)}")
        if len(filled) < FILLED:
            yield f"{one.name}: only {len(filled)} classes are filled"
    say(f"unchanged: {cli.inventory(systems[0].key)}")
    for one in systems:
        install(one.root, "itms-made", "1.0")
    cli.inventory(systems[0].key)
    for one in systems:
        subprocess.run(["chroot", one.root, "dpkg", "--purge", "itms-made"], check=True, capture_output=True)
        install(one.root, f"itms-other-{one.name}", "2.0~rc1")
    changes = cli.inventory(systems[0].key, "delta")
    for one in systems:
        moved = set(re.findall(r"^delta: (.*)$", changes[one.name], re.MULTILINE)[0].split()) - CHANGED_BY_ITSELF
        names = {row["name"] for row in cli.rows(one.name, "software")}
        if moved != {"software"} or "itms-made" in names or f"itms-other-{one.name}" not in names:
            yield f"{one.name}: one package installed and one removed moved {sorted(moved)}"


def compared(one: System, cli: Cli) -> Iterator[str]:
    """Yield classes whose rows are not what the system's own tools tell."""
    form = dpkg.FORMAT.replace("\\\\", "\\")
    links = json.loads(one.told("ip -j addr"))
    users = accounts.local_users(one.told("getent passwd"))
    groups = accounts.local_groups(one.told("getent group"))
    processors = {each["field"].rstrip(":"): each["data"] for each in json.loads(one.told("lscpu -J"))["lscpu"]}
    disks = json.loads(one.told("lsblk -J -b -o NAME,TYPE,SIZE"))["blockdevices"]
    wanted: dict[str, tuple[tuple[str, ...], set[tuple[Any, ...]]]] = {
        "software": (
            ("name", "version", "architecture", "status", "size_bytes", "summary"),
            cells(
                dpkg.software(one.told(f"dpkg-query -W -f '{form}'")),
                "name",
                "version",
                "architecture",
                "status",
                "size_bytes",
                "summary",
            ),
        ),
        "interface_addresses": (
            ("interface", "address", "prefix_length"),
            {(link["ifname"], each["local"], each["prefixlen"]) for link in links for each in link["addr_info"]},
        ),
        "network_interfaces": (("name", "mtu"), {(link["ifname"], link["mtu"]) for link in links}),
        "routes": (
            ("gateway", "interface"),
            {
                (each.get("gateway"), each["dev"])
                for family in "46"
                for each in json.loads(one.told(f"ip -j -{family} route"))
            },
        ),
        "local_users": (("name", "uid", "gid", "home", "shell"), cells(users, "name", "uid", "gid", "home", "shell")),
        "local_groups": (("name", "gid"), cells(groups, "name", "gid")),
        "processors": (("model", "threads"), {(processors["Model name"], int(processors["CPU(s)"]))}),
        "disks": (
            ("name", "size_bytes"),
            {(each["name"], int(each["size"])) for each in disks if each["type"] == "disk" and int(each["size"])},
        ),
        "operating_system": (("kernel_version", "architecture"), {tuple(one.told("uname -r; uname -m").split())}),
        "identification": (("host_name",), {(one.told("uname -n").strip(),)}),
        "hardware": (("threads",), {(int(processors["CPU(s)"]),)}),
    }
    for name, (columns, rows) in wanted.items():
        found = cells(
            [row for row in cli.rows(one.name, name) if name != "software" or row["source"] == "dpkg"],
            *columns,
        )
        if found != rows:
            yield f"{one.name}: {name}: {sorted(map(str, found ^ rows))[:6]}"


def cells(rows: Sequence[dict[str, Any]], *columns: str) -> set[tuple[Any, ...]]:
    """Return some columns of rows."""
    return {tuple(row.get(column) for column in columns) for row in rows}


class Cli:
    """The program, with a database of its own."""

    def __init__(self, folder: Path) -> None:
        home = folder / "home"
        home.mkdir(mode=0o700)
        names = ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME")
        self.environment = os.environ | dict.fromkeys(names, str(home))
        self.run("db", "init")

    def run(self, *words: str) -> str:
        """Return what a command prints. Raises CalledProcessError."""
        words = (sys.executable, "-m", "itmsctl", *words)
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(
                f"{' '.join(words[2:])}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return done.stdout

    def inventory(self, key: Path, part: str = "message") -> dict[str, str]:
        """Inventory all computers; return what each answered: in one line, or class by class."""
        out = self.run("inventory", "run", "--all", "--key", str(key), "--user", "root", "--accept-new", "-o", "ndjson")
        lines = [json.loads(line) for line in out.splitlines()]
        return {
            one["computer"]: one["message" if part == "message" else "stdout"]
            for one in lines
            if one["type"] == "result"
        }

    def rows(self, computer: str, name: str) -> list[dict[str, Any]]:
        """Return the rows of a class."""
        found: list[dict[str, Any]] = json.loads(self.run("computer", "show", computer, "--class", name, "-o", "json"))[
            "rows"
        ]
        return found


def make_base(base: Path) -> None:
    """Make the system that the others are copied from."""
    if not (base / "etc/debian_version").exists():
        say("debootstrap: the base")
        words = ["debootstrap", "--variant=minbase", f"--include={','.join(BASE)}", "bookworm", str(base)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["chroot", base, "apt-get", "update", "-q"], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(number: int, name: str, base: Path, folder: Path, key: Path) -> Iterator[System]:
    """Run one system with its own network and sshd; it is taken away at the end."""
    root, space, near, far = folder / name, f"itms{os.getpid()}-{number}", f"it{number}a{os.getpid() % 9999}", "eth0"
    subprocess.run(["cp", "-a", "--reflink=auto", base, root], check=True)
    if SYSTEMS[name]:
        words = ["chroot", root, "apt-get", "install", "-y", "-q", "--no-install-recommends", *SYSTEMS[name]]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        subprocess.run(words, check=True, capture_output=True, env=environment)
    (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    (root / "root/.ssh/authorized_keys").write_text(key.with_suffix(".pub").read_text())
    (root / "etc/hostname").write_text(f"{name}\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {name}.example.test {name}\n")
    mine, its = f"10.77.{number}.1", f"10.77.{number}.2"
    for words in (
        f"ip netns add {space}",
        f"ip link add {near} type veth peer name {far} netns {space}",
        f"ip addr add {mine}/30 dev {near}",
        f"ip link set {near} up",
        f"ip -n {space} addr add {its}/30 dev {far}",
        f"ip -n {space} link set {far} up",
        f"ip -n {space} link set lo up",
        f"ip -n {space} route add default via {mine}",
    ):
        subprocess.run(words.split(), check=True)
    start = (
        f"hostname {name}; mount -t proc proc {root}/proc; mount -t sysfs sysfs {root}/sys;"
        f" mount -t tmpfs tmpfs {root}/run; mkdir {root}/run/sshd; exec chroot {root} /usr/sbin/sshd -D -e"
    )
    apart = ("unshare", "--mount", "--pid", "--fork", "--uts", "--kill-child")
    words = ["ip", "netns", "exec", space, *apart, "sh", "-ec", start]
    log = (folder / f"{name}.log").open("wb")
    process = subprocess.Popen(words, stdout=log, stderr=log)
    one = System(name, root, its, key)
    try:
        wait_for(one)
        yield one
    finally:
        process.kill()
        process.wait()
        log.close()
        subprocess.run(["ip", "netns", "del", space], check=False)


def wait_for(one: System) -> None:
    """Wait until a system answers."""
    for _ in range(100):
        try:
            one.told("true")
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{one.name} does not answer")


def install(root: Path, name: str, version: str) -> None:
    """Install a package that was just made."""
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / name / "DEBIAN/control"
        control.parent.mkdir(parents=True)
        said = {
            "Package": name,
            "Version": version,
            "Architecture": "all",
            "Maintainer": "A <a@b.c>",
            "Description": "made",
        }
        control.write_text("".join(f"{key}: {value}\n" for key, value in said.items()))
        subprocess.run(
            ["dpkg-deb", "-b", control.parent.parent, root / "made.deb"], check=True, stdout=subprocess.DEVNULL
        )
    subprocess.run(["chroot", root, "dpkg", "-i", "/made.deb"], check=True, capture_output=True)
    (root / "made.deb").unlink()


def files_of(root: Path) -> set[tuple[str, int, float]]:
    """Return all files of a system with size and time, but logs and what the kernel shows."""
    found = set()
    for folder, _, names in os.walk(root):
        inside = "/" + str(Path(folder).relative_to(root)) + "/"
        if inside.replace("//", "/").startswith(MOST_LEFT):
            continue
        for name in names:
            status = os.lstat(Path(folder) / name)
            found.add((inside + name, status.st_size, status.st_mtime))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
