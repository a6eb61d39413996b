"""The operating system: kernel, language, time zone, when it was started and installed."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.parsers.os_release import operating_system

_INSTALLED = ("/var/log/installer", "/var/log/anaconda", "/lost+found")
_FIRST_LINUX = 684_000_000  # an earlier time is that of an image without times
_INITS = {"systemd": "systemd", "runit": "runit", "s6-svscan": "s6", "openrc-init": "openrc"}
_LOCALE = re.compile(r"^\s*(?:export\s+)?LANG=[\"']?([\w.@-]{1,40})", re.MULTILINE)


def look(probe: Probe) -> dict[str, Rows]:
    """Return the operating system."""
    name = os.uname()
    row: dict[str, Any] = {}
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        if probe.has(path):
            found = operating_system(probe.text(path))
            row = dict(found[0]) if found else {}
            break
    debian = probe.line("/etc/debian_version")
    if row.get("id") == "debian" and re.fullmatch(r"\d+(?:\.\d+)+", debian):
        row["version"] = debian
    row.update(
        {
            "architecture": name.machine,
            "kernel_name": name.sysname,
            "kernel_version": name.release,
            "kernel_build": name.version,
            "time_zone": _time_zone(probe),
            "locale": _locale(probe),
            "init": _init(probe),
            "installed_at": _installed(probe),
            "fips_mode": {"0": False, "1": True}.get(probe.line("/proc/sys/crypto/fips_enabled")),
            "security_module": _security(probe),
            **_started(probe),
        }
    )
    return {"operating_system": filled(row)}


def _started(probe: Probe) -> dict[str, Any]:
    found = re.search(r"^btime (\d{1,12})$", probe.text("/proc/stat"), re.MULTILINE)
    uptime = re.match(r"(\d{1,12})", probe.line("/proc/uptime"))
    return {
        "booted_at": datetime.fromtimestamp(int(found[1]), UTC) if found else None,
        "uptime_s": int(uptime[1]) if uptime else None,
    }


def _time_zone(probe: Probe) -> str | None:
    link = probe.link("/etc/localtime")
    return link.partition("/zoneinfo/")[2] or probe.line("/etc/timezone") or None


def _locale(probe: Probe) -> str | None:
    for path in ("/etc/default/locale", "/etc/locale.conf", "/etc/sysconfig/i18n"):
        found = _LOCALE.search(probe.line(path))
        if found:
            return found[1]
    return None


def _init(probe: Probe) -> str | None:
    if probe.has("/run/systemd/system"):
        return "systemd"
    if probe.has("/run/openrc"):
        return "openrc"
    name = probe.line("/proc/1/comm")
    if name == "init":
        return "upstart" if probe.has("/etc/init/rc.conf") else "sysvinit"
    return _INITS.get(name)


def _installed(probe: Probe) -> datetime | None:
    for path in _INSTALLED:
        found = probe.status(path)
        if found is not None and found.st_mtime > _FIRST_LINUX:
            return datetime.fromtimestamp(int(found.st_mtime), UTC)
    return None


def _security(probe: Probe) -> str | None:
    enforcing = {"1": "selinux enforcing", "0": "selinux permissive"}.get(probe.line("/sys/fs/selinux/enforce"))
    return enforcing or ("apparmor enabled" if probe.line("/sys/module/apparmor/parameters/enabled") == "Y" else None)
