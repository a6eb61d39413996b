"""A parent and two children over real SSH, each a system of its own: `python -m tests.replication.three_servers`.

Three sites, each behind a link whose bytes are counted: a management server with an account, a home, a database and an
sshd of its own; a package server; at the children a computer. They are linked as a user links them, by `hierarchy
add-child NAME --ssh USER@HOST`. Policies, tasks, filters, targets, schedules, reports, software, deliveries, packages
go down, computers and rows of data classes come up, what a child added stays, and a package that was made at the parent
is delivered to compliant at the children, from their own package servers. Each stage of it (table 5-4) is said with its
time, beside the estimate of `sizing simulate`. Ends with 1 where something is not as it should be. Needs root, nginx,
dpkg-deb and overlays.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.measure import say
from tests.house import ROOT
from tests.servers.likenesses import ACCOUNT, Desk, like_this
from tests.servers.sites import LabSite

CHILDREN = ("rome", "oslo")
TOOLS = ("ip", "unshare", "sshd", "nginx", "dpkg-deb", "useradd", "ssh")
SENT_DOWN = """\
kind: profile
name: fleet
spec: {user: root, key_file: /home/itms/.ssh/fleet}
---
kind: filter
name: staff
spec: {where: "name ~ '^pc-'"}
---
kind: target
name: everybody
spec: {filters: [staff]}
---
kind: schedule
name: night
spec: {daily: "02:00"}
---
kind: task
name: kernel
spec: {type: command, body: uname -r}
---
kind: policy
name: kernels
spec: {task: kernel, target: everybody, schedule: night, profile: fleet}
---
kind: report
name: kernels-known
spec: {sql: "SELECT name FROM v_computer"}
---
kind: delivery
name: roll
spec: {software: [app], target: everybody, profile: fleet}
"""


def main(argv: Sequence[str]) -> int:
    """Run it, and say what was found wrong; 1 where something was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=8.0, help="size of the package")
    given = parser.parse_args(argv)
    if lacks := lacking():
        raise SystemExit(lacks)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="itms-three-") as made:
        names = {"head": ("head", "ps-head")} | {one: (one, f"ps-{one}", f"pc-{one}") for one in CHILDREN}
        with like_this(names, Path(made)) as sites:
            say(f"{sum(map(len, names.values()))} systems run after {time.monotonic() - started:.1f} s")
            wrong = list(ThreeServers(sites, round(given.mb * 1_000_000)).told())
    for line in wrong:
        say(f"WRONG: {line}")
    say(f"{len(wrong)} wrong, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


def lacking() -> str:
    """Return what this machine lacks; empty where nothing is."""
    if os.geteuid() != 0:
        return "root is needed"
    return next((f"no such command: {tool}" for tool in TOOLS if shutil.which(tool) is None), "")


class ThreeServers:
    """The three management servers, and what is done with them."""

    def __init__(self, sites: Mapping[str, LabSite], size: int) -> None:
        self.sites, self.size = sites, size
        self.desks = {name: Desk(site.systems[name]) for name, site in sites.items()}

    def told(self) -> Iterator[str]:
        """Do all of it; yield what is wrong."""
        self._linked()
        yield from self._checked()
        self._made()
        yield from self._down()
        yield from self._delivered()
        yield from self._up()
        yield from self._own_stay()
        yield from self._again()

    # --- the tree -----------------------------------------------------------------------------------------------------

    def _linked(self) -> None:
        head, keys = self.desks["head"], "~/.ssh/authorized_keys"
        admin = head("cat ~/.ssh/id_ed25519.pub")
        for child in CHILDREN:
            self.desks[child](f"cat >>{keys}", given=admin)
        ways = " ".join(f"{ACCOUNT}@{child}" for child in CHILDREN)
        begin = time.monotonic()
        head(f"sh {ROOT}/examples/hierarchy/over-ssh.sh {ACCOUNT}@head ~/.ssh/id_ed25519 {ways}")
        say(f"{len(CHILDREN)} children linked by SSH, looked at, and given what there was: "
            f"{time.monotonic() - begin:.1f} s")  # fmt: skip
        for child in CHILDREN:  # the administrator's key was for this once
            self.desks[child](f"grep -vF '{admin.strip()}' {keys} >k; cat k >{keys}; rm k")
        for name, site in self.sites.items():
            self._run(name, f"site add {name}")
            self._run(name, f"subnet add {site.subnet} --site {name}")
            self._run(name, f"management-server set {name} --site {name} --manages {name}")
            for computer in site.systems:
                if computer != name:
                    address = site.systems[computer].address
                    self._run(name, f"computer add {computer} --address {address} --os-family linux")
            self._run(name, f"server add ps-{name} --service package --site {name}")

    def _checked(self) -> Iterator[str]:
        for name in self.sites:
            told = json.loads(self.desks[name].does("itmsctl hierarchy preflight -o json").stdout)
            failed = [one for one in told if one["verdict"] != "pass"]
            say(f"{name}: preflight: {len(told) - len(failed)} of {len(told)} pass")
            for one in failed:
                yield f"{name}: preflight: {one['server']}: {one['what']}: {one['found']}"

    # --- down ---------------------------------------------------------------------------------------------------------

    def _made(self) -> None:
        head = self.desks["head"]
        head("mkdir -p deb/DEBIAN deb/usr/share/itmsthree")
        head(f"head -c {self.size} /dev/urandom >deb/usr/share/itmsthree/data")
        control = "Package: itmsthree\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: made\n"
        head("cat >deb/DEBIAN/control; dpkg-deb -Znone -b deb itmsthree_1.0_all.deb", given=control)
        self._timed("1: package imported at the parent", "head", "package import itmsthree_1.0_all.deb")
        self._run("head", "software add app --package itmsthree")
        self._run("head", "apply -f -", given=SENT_DOWN)
        self._run("head", "package set itmsthree --enabled")
        self._timed(
            "2, 3: the parent's package server prepared, and given the package", "head",
            "server prepare ps-head --web 80 --profile fleet --accept-new",
        )  # fmt: skip

    def _down(self) -> Iterator[str]:
        for child in CHILDREN:
            self._run(child, f"filter add only-{child} --where \"name = 'pc-{child}'\"")
        ran = self._timed("4: configuration-down to both", "head", "replication run -o json")
        for one in json.loads(ran):
            say(f"   {one['server']}: {one['state']}, {one['records']} records, {one['bytes']} bytes")
            if one["state"] != "sent" or one["why"]:
                yield f"configuration-down: {one}"
        for child in CHILDREN:
            for noun, name in (("policy", "kernels"), ("task", "kernel"), ("filter", "staff"), ("target", "everybody"),
                               ("schedule", "night"), ("report", "kernels-known"), ("software", "app"),
                               ("delivery", "roll")):  # fmt: skip
                if self.desks[child].does(f"itmsctl {noun} show {name} -o json").returncode:
                    yield f"{child} has no {noun} {name}"
            self._run(child, "profile set fleet --key ~/.ssh/fleet")  # which keys a server has is its own
            held = self._json(child, "package show itmsthree")
            if held["state"] != "awaited":
                yield f"{child}: the package is {held['state']} before its content came"

    # --- to the computers ---------------------------------------------------------------------------------------------

    def _delivered(self) -> Iterator[str]:
        for child in CHILDREN:
            self._run(child, "inventory run --all --profile fleet --accept-new")
            before = self.sites[child].carried()
            refused = self.desks[child].does("itmsctl delivery run roll")
            if refused.returncode == 0 or "package fetch" not in refused.stdout + refused.stderr:
                yield f"{child}: delivered before the content came: {refused.returncode} {refused.stderr}"
            # The delivery is due in that tick too, and says that it waits (exit 9): the content comes at the end of it.
            self._timed(f"5 to 7: {child}: a tick takes the content", child, "schedule tick", 0, 9)
            state = self._json(child, "package show itmsthree")["state"]
            if state != "published":
                yield f"{child}: the package is {state} after the tick"
            self._timed(
                f"8: {child}: its package server prepared, and given the package", child,
                f"server prepare ps-{child} --web 80 --profile fleet --accept-new",
            )  # fmt: skip
            states = [one["state"] for one in self._json(child, "package servers itmsthree")
                      if one["server"] == f"ps-{child}"]  # fmt: skip
            if states != ["ready"]:
                yield f"{child}: its package server is {states}"
            self._timed(f"{child}: delivered", child, "delivery run roll")
            self._run(child, "schedule tick")
            held = self._json(child, "software status app")
            say(f"{child}: app: {held['compliant']} compliant of {held['compliant'] + held['not_compliant']}")
            there = self.sites[child].systems[f"pc-{child}"].told("dpkg-query -W -f '${Version} ${Status}' itmsthree")
            if held["compliant"] != 1 or there[0].split() != ["1.0", "install", "ok", "installed"]:
                yield f"{child}: {held}, {there}"
            say(self._run(child, "package arrival itmsthree -o table").rstrip())
            sent = self.sites[child].carried()[0] - before[0]
            say(f"{child}: its link carried {sent:,} bytes to it; the package has {self.size:,}")
            if sent > self.size * 1.15 + 500_000:
                yield f"{child}: its link carried the package {sent / self.size:.2f} times"

    # --- up -----------------------------------------------------------------------------------------------------------

    def _up(self) -> Iterator[str]:
        for child in CHILDREN:
            ran = json.loads(self._timed(f"{child}: resources-up", child, "replication run -o json"))
            if [one["state"] for one in ran] != ["sent"] or ran[0]["why"]:
                yield f"{child}: resources-up: {ran}"
            if self.desks["head"].does(f"itmsctl computer show pc-{child}").returncode:
                yield f"head has no computer pc-{child}"
            rows = self._json("head", f"computer show pc-{child} --class operating_system")
            if not rows:
                yield f"head has no operating system of pc-{child}"

    def _own_stay(self) -> Iterator[str]:
        self._timed("configuration-down, complete", "head", "replication run --complete -o json")
        for child in CHILDREN:
            if self.desks[child].does(f"itmsctl filter show only-{child}").returncode:
                yield f"{child} lost the filter that it added"
            locked = self.desks[child].does("itmsctl filter set staff --where \"name = 'x'\"")
            if locked.returncode != 9:
                yield f"{child} changed a filter of the parent: exit {locked.returncode}"

    def _again(self) -> Iterator[str]:
        ran = json.loads(self._timed("nothing changed", "head", "replication run -o json"))
        for one in ran:
            if one["records"]:
                yield f"an unchanged run gave {one['server']} {one['records']} records"
        for name in self.sites:
            verdicts = {one["verdict"] for one in self._json(name, "hierarchy status")}
            if verdicts != {"ok"}:
                yield f"{name}: hierarchy status: {verdicts}"

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _run(self, name: str, line: str, *, given: str = "") -> str:
        return self.desks[name](f"itmsctl {line}", given=given)

    def _timed(self, what: str, name: str, line: str, *codes: int) -> str:
        begin = time.monotonic()
        done = self.desks[name].does(f"itmsctl {line}")
        say(f"{what}: {time.monotonic() - begin:.1f} s")
        if done.returncode not in (codes or (0,)):
            raise RuntimeError(f"{name}: {line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def _json(self, name: str, line: str) -> Any:
        return json.loads(self._run(name, f"{line} -o json"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
