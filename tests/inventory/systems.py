"""What the CMDB holds of real systems, beside what their own tools say: row by row, before and after a change."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.inventory.catalogue import names
from itmsctl.inventory.parsers import accounts, dpkg
from itmsctl.inventory.service.class_rows import ClassRows
from itmsctl.inventory.service.classes import data_class
from itmsctl.values.times import system_clock
from tests.servers.debian import DebianSystem

Rows = list[dict[str, Any]]
Cells = set[tuple[Any, ...]]
MOVING = {"arp_neighbours", "listening_ports", "logons", "last_logon", "recency"}
"""Classes that change by themselves: who logs in, what listens for a moment."""

_FORM = dpkg.FORMAT.replace("\\\\", "\\")
_TOLD = {
    "dpkg": f"dpkg-query -W -f '{_FORM}'",
    "addresses": "ip -j addr",
    "routes": "ip -j -4 route",
    "routes6": "ip -j -6 route",
    "users": "getent passwd",
    "groups": "getent group",
    "processors": "lscpu -J",
    "disks": "lsblk -J -b -o NAME,TYPE,SIZE",
    "kernel": "uname -r; uname -m",
    "name": "uname -n",
    "memory": "grep MemTotal: /proc/meminfo",
}


@dataclass
class Checked:
    """What was found of one system."""

    name: str
    first: str = ""
    again: str = ""
    changed: str = ""
    filled: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    compared: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Cli:
    """The program, with a database of its own."""

    def __init__(self, home: Path, inside: Sequence[str] = ()) -> None:
        self.inside = inside
        home.mkdir(mode=0o700)
        self.file = home / "cmdb.sqlite"
        places = ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME")
        self.environment = os.environ | dict.fromkeys(places, str(home))
        self.run("db", "init")

    def run(self, *words: str) -> str:
        """Return what a command prints. Raises RuntimeError."""
        words = (*self.inside, sys.executable, "-m", "itmsctl", "--db", str(self.file), *words)
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words[2:])}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def inventory(self, key: Path) -> dict[str, dict[str, Any]]:
        """Inventory all computers; return what came of each."""
        out = self.run("inventory", "run", "--all", "--key", str(key), "--user", "root", "--accept-new", "-o", "ndjson")
        lines = [json.loads(line) for line in out.splitlines()]
        return {one["computer"]: one for one in lines if one["type"] == "result"}

    def held(self) -> dict[str, dict[str, Rows]]:
        """Return all rows that are held of each computer, without what is volatile."""
        with closing(self._store()) as store, store.read() as reader:
            ids = reader.connection.execute(sa.text("SELECT id, name FROM resource")).all()
            found: dict[str, dict[str, Rows]] = {name: {} for _, name in ids}
            for of in map(data_class, names()):
                still = [column.name for column in of.columns if not column.is_volatile]
                for id_, name in ids:
                    rows = [row.values for _, row in ClassRows(reader.connection, of).of_computer(id_)]
                    found[name][of.name] = [{one: row.get(one) for one in still} for row in rows]
        return found

    def unread(self) -> dict[str, dict[str, str]]:
        """Return of each computer why classes were not read."""
        asked = "SELECT c.name, s.class_name, s.unread FROM inventory_state s JOIN resource c ON c.id = s.computer_id"
        found: dict[str, dict[str, str]] = {}
        with closing(self._store()) as store, store.read() as reader:
            for name, of, why in reader.connection.execute(sa.text(asked)):
                found.setdefault(name, {})[of] = why or "read, and none is there"
        return found

    def _store(self) -> Store:
        return open_store(
            place_of(str(self.file)), clock=system_clock, actor=Actor("test", "test"), state_folder=self.file.parent
        )


def checked(systems: Sequence[DebianSystem], cli: Cli) -> list[Checked]:
    """Inventory systems, change a package on each, and return what was found of each."""
    found = {one.name: Checked(one.name) for one in systems}
    for one in systems:
        cli.run("computer", "add", one.name, "--address", one.address)
        one.install("itms-made", "1.0")
    key = systems[0].key
    with ThreadPoolExecutor(max_workers=2) as pool:
        before = list(pool.map(DebianSystem.files, systems))
        first = cli.inventory(key)
        again = cli.inventory(key)
        held, unread = cli.held(), cli.unread()
        for one, was, told in zip(systems, before, pool.map(_told, systems), strict=True):
            of = found[one.name]
            of.first, of.again = first[one.name]["message"], again[one.name]["message"]
            left = set(one.files().items()) ^ set(was.items())
            of.wrong += [f"left behind or changed: {sorted(left)[:5]}"] if left else []
            of.wrong += _compared(of, held[one.name], told)
            _sort_out(of, held[one.name], unread.get(one.name, {}))
    for one in systems:
        one.purge("itms-made")
        one.install(f"itms-other-{one.name}", "2.0~rc1")
    changes, now = cli.inventory(key), cli.held()
    for one in systems:
        of = found[one.name]
        of.changed = changes[one.name]["message"]
        of.wrong += _moved(one.name, held[one.name], now[one.name], changes[one.name]["stdout"])
    return list(found.values())


def _moved(name: str, before: Mapping[str, Rows], after: Mapping[str, Rows], said: str) -> Iterator[str]:
    """Yield what moved beside the one package that came and the one that went; a system with Python sends no more."""
    went = {(of, row.get("name")) for of, rows in before.items() for row in rows if row not in after[of]}
    came = {(of, row.get("name")) for of, rows in after.items() for row in rows if row not in before[of]}
    moved = {one for one in went | came if one[0] not in MOVING}
    if moved != {("software", "itms-made"), ("software", f"itms-other-{name}")}:
        yield f"one package in and one out moved {sorted(map(str, moved))[:8]}"
    sent = re.findall(r"^(?:delta|whole): (.*)$", said, re.MULTILINE)
    if "same:" in said and {of for line in sent for of in line.split()} - MOVING != {"software"}:
        yield f"one package in and one out sent {sent}"


def _sort_out(of: Checked, held: Mapping[str, Rows], unread: Mapping[str, str]) -> None:
    """Note the classes that are filled, and of each other one why it is not."""
    for name, rows in held.items():
        if rows:
            of.filled[name] = len(rows)
        else:
            of.reasons.setdefault(unread.get(name, "read only where it is asked for"), []).append(name)


def _told(one: DebianSystem) -> dict[str, str]:
    return dict(zip(_TOLD, one.told(*_TOLD.values()), strict=True))


def _compared(of: Checked, held: Mapping[str, Rows], told: Mapping[str, str]) -> Iterator[str]:
    """Yield classes whose rows are not what the system's own tools tell."""
    for name, (columns, wanted) in _wanted(told).items():
        rows = held[name]
        if not rows and name in {"disks", "hardware", "processors"} and "unread" in of.first:
            continue
        found = cells([row for row in rows if name != "software" or row["source"] == "dpkg"], *columns)
        of.compared[name] = len(found)
        if found != wanted:
            yield f"{name}: {sorted(map(str, found ^ wanted))[:6]}"


def _wanted(told: Mapping[str, str]) -> dict[str, tuple[tuple[str, ...], Cells]]:
    """Return of each class the columns that are compared, and what the tools say of them."""
    links = json.loads(told["addresses"])
    routes = [*json.loads(told["routes"]), *json.loads(told["routes6"] or "[]")]
    processors = {one["field"].rstrip(":"): one["data"] for one in json.loads(told["processors"])["lscpu"]}
    disks = [one for one in json.loads(told["disks"])["blockdevices"] if one["type"] == "disk" and int(one["size"])]
    software = ("name", "version", "architecture", "status", "size_bytes", "summary")
    users, groups = ("name", "uid", "gid", "home", "shell"), ("name", "gid")
    return {
        "software": (software, cells(dpkg.software(told["dpkg"]), *software)),
        "interface_addresses": (
            ("interface", "address", "prefix_length"),
            {(link["ifname"], one["local"], one["prefixlen"]) for link in links for one in link["addr_info"]},
        ),
        "network_interfaces": (("name", "mtu"), {(link["ifname"], link["mtu"]) for link in links}),
        "routes": (("gateway", "interface"), {(one.get("gateway"), one["dev"]) for one in routes}),
        "local_users": (users, cells(accounts.local_users(told["users"]), *users)),
        "local_groups": (groups, cells(accounts.local_groups(told["groups"]), *groups)),
        "processors": (("model", "threads"), {(processors["Model name"], int(processors["CPU(s)"]))}),
        "disks": (("name", "size_bytes"), {(one["name"], int(one["size"])) for one in disks}),
        "operating_system": (("kernel_version", "architecture"), {tuple(told["kernel"].split())}),
        "identification": (("host_name",), {(told["name"].strip(),)}),
        "hardware": (("memory_mib",), {(int(told["memory"].split()[1]) // 1024,)}),
    }


def cells(rows: Sequence[Mapping[str, Any]], *columns: str) -> Cells:
    """Return some columns of rows."""
    return {tuple(row.get(column) for column in columns) for row in rows}
