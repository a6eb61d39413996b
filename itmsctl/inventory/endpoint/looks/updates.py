"""Whether updates come by themselves, when they last did, whether a restart is due; and repositories."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.inventory.parsers import apt, yum_repos
from itmsctl.values.untrusted import without_secrets

_REFRESHED = (
    "/var/lib/apt/periodic/update-success-stamp",
    "/var/lib/apt/lists/partial",
    "/var/cache/dnf/expired_repos.json",
    "/var/cache/apk",
)
_UPDATED = (
    "/var/lib/dpkg/status",
    "/var/lib/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/var/lib/rpm/Packages",
    "/lib/apk/db/installed",
    "/var/log/pacman.log",
)
_AUTOMATIC = re.compile(r'^\s*APT::Periodic::(Update-Package-Lists|Unattended-Upgrade)\s+"([^"]{1,10})"', re.MULTILINE)


def update_state(probe: Probe) -> Rows:
    """Return how updates stand."""
    required = next((path for path in ("/run/reboot-required", "/var/run/reboot-required") if probe.has(path)), "")
    packages = probe.line(f"{required}.pkgs").split() if required else []
    kernel = _other_kernel(probe)
    return filled(
        {
            "reboot_required": bool(required or kernel),
            "reboot_reason": ", ".join(sorted(set(packages))) or kernel,
            "automatic": _automatic(probe),
            "refreshed_at": _first(probe, _REFRESHED),
            "updated_at": _first(probe, _UPDATED),
        }
    )


def _first(probe: Probe, paths: tuple[str, ...]) -> datetime | None:
    for path in paths:
        found = probe.status(path)
        if found is not None:
            return datetime.fromtimestamp(int(found.st_mtime), UTC)
    return None


def _automatic(probe: Probe) -> str | None:
    told: dict[str, str] = {}
    for path in probe.files("/etc/apt/apt.conf.d/*"):
        told.update(_AUTOMATIC.findall(probe.line(path)))
    if told:
        if told.get("Unattended-Upgrade", "0") != "0":
            return "install"
        return "download" if told.get("Update-Package-Lists", "0") != "0" else "off"
    for path in ("/etc/dnf/automatic.conf", "/etc/yum/yum-cron.conf"):
        found = re.search(r"^\s*apply_updates\s*=\s*(\w+)", probe.line(path), re.MULTILINE)
        if found:
            return "install" if found[1] in {"yes", "true", "1"} else "download"
    return None


def _other_kernel(probe: Probe) -> str | None:
    """Return why a restart is due by the kernel: modules of the one that runs are gone."""
    running = probe.line("/proc/sys/kernel/osrelease")
    there = probe.names("/lib/modules") or probe.names("/usr/lib/modules")
    has_kernel = bool(probe.files("/boot/vmlinuz-*"))
    return (
        f"kernel {running} is no longer installed"
        if running and has_kernel and there and running not in there
        else None
    )


def repositories(probe: Probe) -> Rows:
    """Return where packages come from, of whichever package manager there is."""
    rows: Rows = []
    is_read = False
    for pattern, read in (
        ("/etc/apt/sources.list", apt.repositories),
        ("/etc/apt/sources.list.d/*.list", apt.repositories),
        ("/etc/apt/sources.list.d/*.sources", apt.repositories),
        ("/etc/yum.repos.d/*.repo", yum_repos.repositories),
        ("/etc/zypp/repos.d/*.repo", yum_repos.repositories),
        ("/etc/apk/repositories", _apk),
        ("/etc/pacman.conf", _pacman),
    ):
        for path in probe.files(pattern):
            try:
                text = probe.text(path, 1 << 20)
            except UnreadError:
                continue
            is_read = True
            rows += [{**row, "url": without_secrets(str(row.get("url", "")))} for row in read(text)]
    if not is_read:
        raise AbsentError("no such file: /etc/apt/sources.list, /etc/yum.repos.d, /etc/apk/repositories")
    return rows


def _apk(text: str) -> Rows:
    rows: Rows = []
    for line in lines(text):
        words = line.strip().lstrip("#").split()
        if words and words[-1].startswith(("http", "/", "ftp")):
            tag = words[0] if words[0].startswith("@") else None
            rows += filled(
                {"type": "apk", "url": words[-1], "name": tag, "is_enabled": not line.strip().startswith("#")}
            )
    return rows


def _pacman(text: str) -> Rows:
    rows: Rows = []
    section = ""
    for line in lines(text):
        plain = line.strip()
        if plain.startswith("[") and plain.endswith("]"):
            section = plain[1:-1]
        elif section not in {"", "options"} and plain.startswith(("Server", "Include")):
            rows += filled(
                {"type": "pacman", "name": section, "url": plain.partition("=")[2].strip(), "is_enabled": True}
            )
    return rows
