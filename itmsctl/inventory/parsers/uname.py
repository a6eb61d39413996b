"""`uname -a`: kernel and architecture of every UNIX."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_IDS = {
    "Darwin": "macos",
    "FreeBSD": "freebsd",
    "OpenBSD": "openbsd",
    "NetBSD": "netbsd",
    "DragonFly": "dragonfly",
    "AIX": "aix",
    "HP-UX": "hpux",
}
_KNOWN = frozenset({*_IDS, "Linux", "SunOS"})
_MACHINES = frozenset(
    (
        "x86_64", "amd64", "i386", "i486", "i586", "i686", "aarch64", "arm64", "armv6l", "armv7l", "ppc", "ppc64",
        "ppc64le", "s390x", "sparc", "sparc64", "sun4u", "sun4v", "i86pc", "ia64", "riscv64", "mips", "mips64",
        "loongarch64", "alpha", "9000/800",
    )
)  # fmt: skip


def operating_system(text: str) -> Rows:
    """Return the kernel."""
    words = next((line.split() for line in lines(text) if line.split()[:1] and line.split()[0] in _KNOWN), [])
    if len(words) < 4:
        return []
    machine = next((word for word in reversed(words[3:]) if word in _MACHINES), None)
    row = {
        "kernel_name": words[0],
        "kernel_version": words[2],
        "kernel_build": " ".join(words[3:]),
        "architecture": machine,
    }
    if words[0] == "AIX":
        row["kernel_version"] = f"{words[3]}.{words[2]}"
    return filled(row | {"id": _IDS.get(words[0])})


def identification(text: str) -> Rows:
    """Return the host name."""
    words = next((line.split() for line in lines(text) if line.split()[:1] and line.split()[0] in _KNOWN), [])
    return filled({"host_name": words[1]}) if len(words) >= 4 else []


PARSER = Parser("uname -a", {"operating_system": operating_system, "identification": identification})
