"""`mount`, `/proc/mounts`: what is mounted where, with type and options, on Linux, BSD, macOS and Solaris."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows
from itmsctl.inventory.parsers.df import REMOTE

_SOLARIS = re.compile(r"(?P<device>.+?) on (?P<mount>/.*?) type (?P<type>\S+) (?P<options>\S+/\S+) on .+")
_LINUX = re.compile(
    r"(?P<device>.+?) on (?P<mount>/.*?) type (?P<type>\S+) \((?P<options>[^()]*)\)(?: \[(?P<label>.*)\])?"
)
_BSD = re.compile(r"(?P<device>.+?) on (?P<mount>/.*?) \((?P<options>[^()]*)\)")
_PROC = re.compile(r"(?P<device>\S+) (?P<mount>/\S*) (?P<type>[\w.-]+) (?P<options>\S+) \d+ \d+")


def filesystems(text: str) -> Rows:
    """Return mounted file systems."""
    rows: Rows = []
    for line in lines(text):
        plain = line.strip()
        typed = " type " in plain  # else no need to look where it could stand
        found = (_SOLARIS.fullmatch(plain) or _LINUX.fullmatch(plain)) if typed else None
        if found is None and plain.endswith(")") and (bsd := _BSD.fullmatch(plain)):
            kind, _, rest = bsd["options"].partition(",")
            rows += _row(bsd["device"], bsd["mount"], kind.strip(), [part.strip() for part in rest.split(",")])
        elif found is None and (proc := _PROC.fullmatch(plain)):
            device, place = (_unescaped(proc[name]) for name in ("device", "mount"))
            rows += _row(device, place, proc["type"], proc["options"].split(","))
        elif found is not None:
            apart = "/" if found.re is _SOLARIS else ","
            rows += _row(found["device"], found["mount"], found["type"], found["options"].split(apart))
    return rows


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _row(device: str, place: str, kind: str, options: list[str]) -> Rows:
    kept = [one for one in options if one and not one.startswith(("dev=", "zone="))]
    remote = bool(REMOTE.match(device)) or kind.startswith(("nfs", "cifs", "smb", "afs"))
    return filled(
        {"mount_point": place, "device": device, "type": kind, "options": kept, "is_remote": remote or None},
        "mount_point",
    )


PARSER = Parser("mount", {"filesystems": filesystems})
