"""Services: of systemd by one question, or by the unit files where it does not run; scripts of init, runit, OpenRC."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError
from itmsctl.inventory.parsers import systemd

UNITS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""Folders of unit files, the first one counts."""

_START = re.compile(r"S\d\d(\S+)")
_SKELETONS = frozenset({"README", "skeleton", "functions", "rc", "rcS", "halt", "single", "killprocs"})


def services(probe: Probe) -> Rows:
    """Return services, by whatever starts them here."""
    if probe.root == "/" and probe.has("/run/systemd/system"):
        wanted = f"--property={systemd.PROPERTIES}"
        rows = systemd.services(probe.run("systemctl", "show", "--all", "--no-pager", wanted, "*.service"))
    else:
        rows = _unit_files(probe)
    there = {row["name"] for row in rows}
    return rows + [row for row in _scripts(probe) if row["name"] not in there]


def unit_files(probe: Probe, end: str) -> dict[str, str]:
    """Return unit files by name; of one name the first folder counts. Another name of a unit is none."""
    found: dict[str, str] = {}
    for folder in UNITS:
        for name in probe.names(folder):
            if name.endswith(end) and "@" not in name:
                target = probe.link(f"{folder}/{name}").rpartition("/")[2]
                if target in {"", name, "null"}:
                    found.setdefault(name, f"{folder}/{name}")
    return found


def settings(probe: Probe, path: str) -> dict[str, str]:
    """Return what a unit file says, the first of each key."""
    found: dict[str, str] = {}
    for line in lines(probe.text(path, 1 << 18)):
        key, apart, value = line.strip().partition("=")
        if apart and not key.startswith(("#", ";")):
            found.setdefault(key.strip(), value.strip())
    return found


def _unit_files(probe: Probe) -> Rows:
    rows: Rows = []
    wanted = {name for path in probe.files("/etc/systemd/system/*.wants/*") for name in (path.rpartition("/")[2],)}
    for name, path in unit_files(probe, ".service").items():
        if probe.link(path) == "/dev/null":
            mode, told = "masked", {}
        else:
            try:
                told = settings(probe, path)
            except UnreadError:
                continue
            has_install = any(key in told for key in ("WantedBy", "RequiredBy", "Also", "Alias"))
            mode = "automatic" if name in wanted else "disabled" if has_install else "manual"
        rows += filled(
            {
                "name": name[: -len(".service")],
                "display_name": told.get("Description"),
                "manager": "systemd",
                "start_mode": mode,
                "path": path,
                "user": told.get("User"),
            }
        )
    return rows


def _scripts(probe: Probe) -> Rows:
    started = {
        found[1]
        for folder in ("/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/rcS.d")
        for name in probe.names(folder)
        for found in (_START.fullmatch(name),)
        if found
    }
    levels = {path.rpartition("/")[2] for path in probe.files("/etc/runlevels/*/*")}
    running = set(probe.names("/run/openrc/started"))
    is_openrc = probe.has("/run/openrc") or bool(levels)
    return [
        row
        for name in probe.names("/etc/init.d")
        if name not in _SKELETONS and not name.endswith((".sh", ".dpkg-dist"))
        for row in filled(
            {
                "name": name,
                "manager": "openrc" if is_openrc else "sysvinit",
                "state": ("running" if name in running else "stopped") if is_openrc and running else None,
                "start_mode": "automatic" if name in (levels if is_openrc else started) else "disabled",
                "path": f"/etc/init.d/{name}",
            }
        )
    ]
