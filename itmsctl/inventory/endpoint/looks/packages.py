"""Software, as package managers noted it in their files; of dpkg also when it came, and whether it was asked for."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.inventory.json_values import json_of, text_at
from itmsctl.inventory.parsers import dpkg_status, flatpak

STATUS = "/var/lib/dpkg/status"
_AUTO = re.compile(r"^Package: (\S+)\nArchitecture: (\S+)\nAuto-Installed: 1$", re.MULTILINE)
_SEPARATE = "/var/lib/dpkg/status.d"  # of distroless containers


def dpkg(probe: Probe) -> Rows:
    """Return packages of dpkg."""
    try:
        text = probe.text(STATUS)
    except AbsentError:
        files = probe.files(f"{_SEPARATE}/*")
        if not files:
            raise
        blocks = [probe.text(path) for path in files if not path.endswith(".md5sums")]
        text = "\n\n".join(f"Status: install ok installed\n{one.strip()}" for one in blocks)
    rows = dpkg_status.software(text)
    automatic = _automatic(probe)
    times = _times(probe)
    for row in rows:
        name, architecture = row["name"], row.get("architecture")
        if automatic is not None:
            row["is_manual"] = (name, architecture) not in automatic and (name, "all") not in automatic
        at = times.get(name) or times.get(f"{name}:{architecture}")
        if at is not None:
            row["installed_at"] = at
    return rows


def _automatic(probe: Probe) -> set[tuple[str, str]] | None:
    """Return what was installed only because others need it; None where apt keeps no such file."""
    try:
        return {(name, kind) for name, kind in _AUTO.findall(probe.text("/var/lib/apt/extended_states"))}
    except UnreadError:
        return None


def _times(probe: Probe) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    folder = probe.place("/var/lib/dpkg/info")
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".list"):
                    found[entry.name[:-5]] = datetime.fromtimestamp(int(entry.stat().st_mtime), UTC)
    except OSError:
        return found
    return found


def pacman(probe: Probe) -> Rows:
    """Return packages of Arch Linux."""
    if not probe.has("/var/lib/pacman/local"):
        raise AbsentError("no such file: /var/lib/pacman/local")
    rows: Rows = []
    for path in probe.files("/var/lib/pacman/local/*/desc"):
        told: dict[str, str] = {}
        key = ""
        for line in lines(probe.text(path)):
            if line.startswith("%") and line.endswith("%"):
                key = line.strip("%")
            elif line and key and key not in told:
                told[key] = line
        at, size = told.get("INSTALLDATE", ""), told.get("SIZE", "")
        rows += filled(
            {
                "name": told.get("NAME"),
                "version": told.get("VERSION"),
                "architecture": told.get("ARCH"),
                "source": "pacman",
                "publisher": told.get("PACKAGER"),
                "summary": told.get("DESC"),
                "license": told.get("LICENSE"),
                "url": told.get("URL"),
                "size_bytes": int(size) if size.isdigit() and len(size) < 19 else None,
                "installed_at": datetime.fromtimestamp(int(at), UTC) if at.isdigit() and len(at) < 12 else None,
                "is_manual": told.get("REASON") != "1",
            },
            "name",
            "version",
        )
    return rows


def snaps(probe: Probe) -> Rows:
    """Return snaps."""
    if not probe.has("/snap") and not probe.has("/var/lib/snapd/snaps"):
        raise AbsentError("no such file: /var/lib/snapd/snaps")
    rows: Rows = []
    for path in probe.files("/snap/*/current/meta/snap.yaml"):
        text = probe.text(path, 1 << 18)
        told = dict(re.findall(r"^(name|version|summary|license): *['\"]?(.{1,300}?)['\"]?$", text, re.MULTILINE))
        release = probe.link(path[: -len("/meta/snap.yaml")])
        rows += filled({**told, "source": "snap", "release": release}, "name", "version")
    return rows


def flatpaks(probe: Probe) -> Rows:
    """Return applications of Flatpak."""
    text = probe.run("flatpak", "list", "--system", "--columns=application,version,branch,arch,origin,size,ref,name")
    rows: Rows = []
    for line in lines(text):
        parts = line.split("\t")
        if len(parts) == 8:
            told = dict(zip(("ID", "Version", "Branch", "Arch", "Origin", "Installed", "Ref"), parts))
            rows += flatpak.software(
                f"{parts[7]} - {parts[7]}\n" + "\n".join(f"{key}: {one}" for key, one in told.items())
            )
    return rows


def languages(probe: Probe) -> Rows:
    """Return packages of Python, Node.js and Ruby that are there for everybody."""
    return [*_python(probe), *_node(probe), *_ruby(probe)]


def _python(probe: Probe) -> Rows:
    rows: Rows = []
    for folder in (
        "/usr/lib/python3*/dist-packages",
        "/usr/lib/python3*/site-packages",
        "/usr/lib64/python3*/site-packages",
        "/usr/local/lib/python3*/dist-packages",
        "/usr/local/lib/python3*/site-packages",
    ):
        for path in [
            *probe.files(f"{folder}/*.dist-info/METADATA"),
            *probe.files(f"{folder}/*.egg-info/PKG-INFO"),
            *probe.files(f"{folder}/*.egg-info"),
        ]:
            try:
                head = probe.data(path, 4096).decode("utf-8", "replace")
            except UnreadError:
                continue
            told = dict(
                re.findall(r"^(Name|Version|Summary|License): (.{1,500})$", head.partition("\n\n")[0], re.MULTILINE)
            )
            rows += filled(
                {
                    "name": told.get("Name"),
                    "version": told.get("Version"),
                    "source": "pip",
                    "summary": told.get("Summary"),
                    "license": told.get("License"),
                    "path": _folder(path),
                },
                "name",
                "version",
            )
    return rows


def _folder(path: str) -> str:
    return path[: path.index("-packages/") + len("-packages")]


def _node(probe: Probe) -> Rows:
    rows: Rows = []
    for folder in ("/usr/lib/node_modules", "/usr/local/lib/node_modules", "/usr/share/nodejs"):
        for path in [*probe.files(f"{folder}/*/package.json"), *probe.files(f"{folder}/@*/*/package.json")]:
            try:
                told = json_of(probe.text(path, 1 << 20))
            except UnreadError:
                continue
            if isinstance(told, dict):
                rows += filled(
                    {
                        "name": text_at(told, "name"),
                        "version": text_at(told, "version"),
                        "source": "npm",
                        "summary": text_at(told, "description"),
                        "license": text_at(told, "license"),
                        "path": folder,
                    },
                    "name",
                    "version",
                )
    return rows


def _ruby(probe: Probe) -> Rows:
    rows: Rows = []
    for folder in (
        "/var/lib/gems/*/specifications",
        "/usr/share/rubygems-integration/*/specifications",
        "/usr/local/lib/ruby/gems/*/specifications",
        "/usr/lib/ruby/gems/*/specifications",
        "/usr/share/gems/specifications",
    ):
        for path in probe.files(f"{folder}/*.gemspec"):
            name, _, version = path.rpartition("/")[2][: -len(".gemspec")].rpartition("-")
            if not version[:1].isdigit():
                found = re.match(r"(.+?)-(\d[^-]*)-", path.rpartition("/")[2])
                name, version = (found[1], found[2]) if found else ("", "")
            rows += filled(
                {"name": name, "version": version, "source": "gem", "path": path.rpartition("/specifications")[0]},
                "name",
                "version",
            )
    return rows
