"""A managed delivery to sites of real Debian computers: `python -m tests.software.three_sites [--computers 30]`.

Three sites, each with a package server behind a link whose bytes are counted, and computers that hold a network
namespace, a root file system and an sshd each. An application with a dependency, 8 MiB of it, is imported, copied to
the servers, and brought by one managed delivery; then again, then where somebody removed it, then in a newer version
that takes its place. Ends with 1 where something is not as it should be. Needs root, debootstrap and a Debian mirror.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.measure import say
from tests.inventory.systems import Cli
from tests.servers.debian import PYTHON, lacking
from tests.servers.sites import LabSite, lab_sites

SITES = 3
PAYLOAD = 8 << 20
FOLDER = "/srv/itms/packages"
PREPARED = ("--account", "itms-packages", "--web", "80", "--install-web")


def main(argv: Sequence[str]) -> int:
    """Run it, and say what was found wrong; 1 where something was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--computers", type=int, default=30)
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args(argv)
    if lacks := lacking():
        raise SystemExit(lacks)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="itms-sites-") as made:
        folder = Path(made)
        systems: dict[str, dict[str, Sequence[str]]] = {}
        for number in range(1, SITES + 1):
            mine = range(number, given.computers + 1, SITES)
            systems[f"site{number}"] = {f"ps{number}": (), **{f"pc{one}": (PYTHON,) for one in mine}}
        with lab_sites(systems, given.kept or folder / "kept", folder, at_hand=("nginx-light",)) as sites:
            say(f"{given.computers + SITES} systems run after {time.monotonic() - started:.0f} s")
            wrong = list(Scene(sites, folder).told())
    for line in wrong:
        say(f"WRONG: {line}")
    say(f"{len(wrong)} wrong, {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


class Scene:
    """An estate of its own, and what is done with it."""

    def __init__(self, sites: Mapping[str, LabSite], folder: Path) -> None:
        self.sites, self.folder = sites, folder
        first = next(iter(sites.values()))
        some = next(iter(first.systems.values()))
        self.key = some.key
        self.cli = Cli(folder / "home", some.inside)
        self.computers = {
            name: one for site in sites.values() for name, one in site.systems.items() if name[:2] == "pc"
        }

    def told(self) -> Iterator[str]:
        """Do all of it; yield what is wrong."""
        self._estate()
        yield from self._prepared()
        yield from self._distributed()
        yield from self._delivered()
        yield from self._again()
        yield from self._repaired()
        yield from self._superseded()

    # --- the estate ---------------------------------------------------------------------------------------------------

    def _estate(self) -> None:
        run = self.cli.run
        run("profile", "add", "fleet", "--user", "root", "--key", str(self.key))
        for name, site in self.sites.items():
            run("site", "add", name)
            run("subnet", "add", site.subnet, "--site", name)
            for computer, system in site.systems.items():
                run("computer", "add", computer, "--address", system.address, "--os-family", "linux")
            server = next(one for one in site.systems if one.startswith("ps"))
            run("server", "add", server, "--service", "package", "--folder", FOLDER)
        for name, version, depends, size in (
            ("itmslib", "1.0", "", 100_000),
            ("itmsapp", "1.0", "itmslib", PAYLOAD),
            ("itmsnext", "2.0", "itmslib", 200_000),
        ):
            run("package", "import", str(self._deb(name, version, depends, size)), "--name", name)
        run("software", "add", "lib", "--package", "itmslib")
        run("software", "add", "app", "--package", "itmsapp", "--depends", "lib")
        run("software", "add", "next", "--package", "itmsnext", "--depends", "lib", "--supersedes", "app")
        run("filter", "add", "staff", "--where", "name ~ '^pc'")
        run("membership", "update", "--delta")

    def _deb(self, name: str, version: str, depends: str, size: int) -> Path:
        said = {"Package": name, "Version": version, "Architecture": "all", "Maintainer": "A <a@b.c>"}
        said |= {"Depends": depends} if depends else {}
        root = self.folder / f"deb-{name}"
        (root / "DEBIAN").mkdir(parents=True)
        (root / "usr/share" / name).mkdir(parents=True)
        (root / "usr/share" / name / "data").write_bytes(os.urandom(size))
        lines = "".join(f"{key}: {value}\n" for key, value in said.items())
        (root / "DEBIAN/control").write_text(f"{lines}Description: made\n")
        made = self.folder / f"{name}_{version}_all.deb"
        subprocess.run(["dpkg-deb", "-Znone", "-b", root, made], check=True, stdout=subprocess.DEVNULL)
        return made

    # --- what is done -------------------------------------------------------------------------------------------------

    def _prepared(self) -> Iterator[str]:
        """Make servers of plain Debian: a folder, an account, nginx, and a first copy, read back."""
        for site in self.sites.values():
            name = next(one for one in site.systems if one.startswith("ps"))
            words = ("server", "prepare", name, *PREPARED, "--package", "itmslib", "--profile", "fleet")
            told = self.cli.run(*words, "--accept-new")
            system, digest = site.systems[name], self._json("package", "show", "itmslib")["manifest"]
            owner, listing, web = system.told(
                f"stat -c '%U %G %a' {FOLDER}",
                f"ls {FOLDER}",
                f"dpkg-query -W -f '${{db:Status-Status}} ' nginx-light && grep -c . {FOLDER}/{digest}.json",
            )
            if (owner.strip(), web.split()[:1]) != ("root itms-packages 755", ["installed"]):
                yield f"{name}: the folder is {owner.strip()}, nginx-light {web.strip()}"
            if digest not in listing or f"http://{system.address}:80" not in self._json("server", "show", name)["urls"]:
                yield f"{name}: it hands out {listing}"
            again = self.cli.run(*words)
            if "made:" in again or "installed:" in again:
                yield f"{name}: prepared twice, it says {again}"
            said = [json.loads(line).get("stdout", "") for line in told.splitlines()[:1]]
            say(f"{name}: prepared: {'; '.join(''.join(said).splitlines())}")

    def _distributed(self) -> Iterator[str]:
        before = self._carried()
        for package in ("itmslib", "itmsapp", "itmsnext"):
            self.cli.run("package", "distribute", package, "--profile", "fleet", "--accept-new")
            states = {one["server"]: one["state"] for one in self._json("package", "servers", package)}
            if set(states.values()) != {"ready"}:
                yield f"{package}: {states}"
        yield from self._links("distributed", before, 1.0)
        for site in self.sites.values():
            computer = next(one for one in site.systems if one.startswith("pc"))
            [first, *rest] = self._json("package", "route", "itmsapp", "--computer", computer)
            say(f"{computer}: {first['source']} ({first['rule']}): {first['why']}; then {rest[-1]['source']}")
            if first["server"] not in site.systems:
                yield f"{computer} takes it from {first['source']}"

    def _delivered(self) -> Iterator[str]:
        before = self._carried()
        words = ("delivery", "add", "roll", "--software", "app", "--target", "staff", "--profile", "fleet")
        self.cli.run(*words, "--accept-new")
        self._tick("delivered")
        yield from self._status("app", "lib")
        yield from self._links("delivered", before, 0.0)

    def _again(self) -> Iterator[str]:
        steps = self._tick("again", "roll")
        if changed := {one["computer"] for one in steps if one["reason"] != "UNCHANGED"}:
            yield f"done again on {sorted(changed)}"

    def _repaired(self) -> Iterator[str]:
        name, system = next(iter(self.computers.items()))
        system.told("dpkg --purge itmsapp")
        self._tick(f"repaired after somebody removed it from {name}", "roll")
        yield from self._status("app")

    def _superseded(self) -> Iterator[str]:
        words = ("delivery", "set", "roll", "--software", "next")
        self.cli.run(*words)
        self._tick("superseded")
        yield from self._status("next", "lib")
        for name, system in self.computers.items():
            there = system.told("dpkg-query -W -f '${Package}:${db:Status-Abbrev}\\n' 'itms*'")[0].split()
            if sorted(there) != ["itmslib:ii", "itmsnext:ii"]:
                yield f"{name} has {there}"

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _tick(self, what: str, delivery: str = "") -> list[dict[str, Any]]:
        """Drive what is due; return the steps of the last run."""
        begin = time.monotonic()
        if delivery:
            self.cli.run("delivery", "run", delivery)
        self.cli.run("schedule", "tick")
        run = self._json("run", "list", "--limit", "1")[0]["name"]
        results = json.loads(self.cli.run("run", "show", run, "-o", "json"))["results"]
        states = sorted({one["state"] for one in results})
        say(f"{what}: {run}: {len(results)} computers {', '.join(states)}, {time.monotonic() - begin:.1f} s")
        return [step | {"computer": one["computer"]} for one in results for step in one["steps"]]

    def _status(self, *names: str) -> Iterator[str]:
        for name in names:
            held = json.loads(self.cli.run("software", "status", name, "-o", "json"))
            counts = ("compliant", "not_compliant", "not_applicable", "unknown")
            say(f"{name}: {', '.join(f'{held[one]} {one}' for one in counts)}")
            if held["compliant"] != len(self.computers):
                yield f"{name} is compliant on {held['compliant']} of {len(self.computers)}"

    def _carried(self) -> dict[str, tuple[int, int]]:
        return {name: site.carried() for name, site in self.sites.items()}

    def _links(self, what: str, before: Mapping[str, tuple[int, int]], copies: float) -> Iterator[str]:
        """Say what links have carried since; yield those that carried the packages more often than so often."""
        size = PAYLOAD + 300_000
        for name, (to, back) in self._carried().items():
            sent, came = to - before[name][0], back - before[name][1]
            say(f"{what}: link of {name} carried {sent:,} bytes to it, {came:,} from it; the packages have {size:,}")
            if sent > size * (copies + 0.15):
                yield f"{what}: the link of {name} carried {sent / size:.2f} times the packages"

    def _json(self, *words: str) -> Any:
        return json.loads(self.cli.run(*words, "-o", "json"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
