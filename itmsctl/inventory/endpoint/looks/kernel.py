"""`/proc/sys`: settings of the kernel, without those that only count; and `/etc/environment`."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.looks.people import names_of_users
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.values.untrusted import without_secrets

PARAMETERS = (
    "/proc/sys/kernel/*", "/proc/sys/kernel/yama/*", "/proc/sys/vm/*", "/proc/sys/fs/*", "/proc/sys/net/core/*",
    "/proc/sys/net/ipv4/*", "/proc/sys/net/ipv4/conf/all/*", "/proc/sys/net/ipv4/conf/default/*",
    "/proc/sys/net/ipv6/conf/all/*", "/proc/sys/net/ipv6/conf/default/*", "/proc/sys/net/bridge/*",
    "/proc/sys/user/*", "/proc/sys/crypto/*",
)  # fmt: skip
"""Where settings are read; those of single interfaces come and go with them."""

_COUNTS = re.compile(
    r"(?:fs\.(?:aio-nr|dentry-state|file-nr|inode-nr|inode-state|quota)|kernel\.(?:ns_last_pid|random|pty|seccomp|spl"
    r"|sched_|hostname|domainname|version|osrelease|ostype|bootloader|tainted|kexec_load_limit|perf_event_max_sample_rate"
    r"|hung_task_detect_count|core_pattern_|usermodehelper|cad_pid|keys|firmware_config)"
    r"|vm\.(?:stat_refresh|drop_caches|compact_memory)|net\.ipv[46]\.route\.flush|.*stable_secret"
    r"|net\.core\.netdev_rss_key)"
)
_LONGEST = 400
_SECRET = re.compile(r"(?:PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH)", re.IGNORECASE)


def kernel_parameters(probe: Probe) -> Rows:
    """Return settings that an administrator sets; counters and what holds a secret are none."""
    rows: Rows = []
    for pattern in PARAMETERS:
        folder = pattern[:-1]
        for file in probe.names(folder):
            name = f"{folder}{file}"[len("/proc/sys/") :].replace("/", ".")
            if _COUNTS.match(name):
                continue
            value = probe.line(folder + file)
            if value and len(value) <= _LONGEST:
                rows.append({"name": name, "value": " ".join(value.split())})
    if not rows:
        raise AbsentError("no such file: /proc/sys")
    return rows


def environment(probe: Probe) -> Rows:
    """Return variables that every logon gets; of one whose name says that it is a secret only the name."""
    rows: Rows = []
    is_read = False
    for path in ("/etc/environment", *probe.files("/etc/environment.d/*.conf")):
        try:
            text = probe.text(path, 1 << 18)
        except UnreadError:
            continue
        is_read = True
        for line in lines(text):
            name, apart, value = line.strip().partition("=")
            name = name[len("export ") :].strip() if name.startswith("export ") else name
            if apart and re.fullmatch(r"[A-Za-z_]\w{0,100}", name):
                plain = "***" if _SECRET.search(name) else without_secrets(value.strip("\"'"))
                rows += filled({"name": name, "value": plain})
    if not is_read:
        raise AbsentError("no such file: /etc/environment")
    return rows


def processes(probe: Probe) -> Rows:
    """Return what runs; a command line is told without the passwords in it."""
    rows: Rows = []
    users = names_of_users(probe)
    for name in probe.names("/proc"):
        if not name.isdigit():
            continue
        base = f"/proc/{name}"
        told = dict(
            re.findall(
                r"^(Name|PPid|Uid|VmRSS|VmSize|State):\s*(.{0,200})$", probe.line(f"{base}/status"), re.MULTILINE
            )
        )
        if "Name" not in told:
            continue
        command = probe.line(f"{base}/cmdline").replace("\0", " ").strip()
        uid = told.get("Uid", "").split()[:1]
        rows += filled(
            {
                "pid": int(name),
                "parent_pid": _number(told.get("PPid")),
                "user": users.get(uid[0], uid[0]) if uid else None,
                "command": command[:4000],
                "name": told["Name"],
                "path": probe.link(f"{base}/exe").partition(" (deleted)")[0],
                "state": told.get("State", "").partition(" ")[0],
                "memory_kib": _number(told.get("VmRSS")),
                "virtual_kib": _number(told.get("VmSize")),
            }
        )
    return rows


def _number(text: str | None) -> int | None:
    found = re.match(r"\d{1,15}", text or "")
    return int(found[0]) if found else None
