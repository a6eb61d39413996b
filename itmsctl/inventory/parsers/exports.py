"""`exportfs -v`, `/etc/exports`, `testparm -s`: what Linux and BSD share with others."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_NFS = re.compile(r"(?P<path>/\S*|\"/[^\"]*\")\s+(?P<rest>\S.*)")
_CLIENT = re.compile(r"(?P<who>[^\s()]+)(?:\((?P<options>[^()]*)\))?")
_SECTION = re.compile(r"\[([^\]]{1,80})\]")
_NOT_SHARES = frozenset({"global", "homes", "printers", "print$"})
_YES = frozenset({"yes", "true", "1"})


def network_shares(text: str) -> Rows:
    """Return shares of NFS and of SMB."""
    return [*_nfs(text), *_smb(text)]


def _nfs(text: str) -> Rows:
    found: dict[str, tuple[list[str], set[str]]] = {}
    for line in lines(text):
        one = _NFS.fullmatch(line.partition("#")[0].strip())
        if one is None:
            continue
        clients = list(_CLIENT.finditer(one["rest"]))
        allowed, options = found.setdefault(one["path"].strip('"'), ([], set()))
        allowed += ["*" if client["who"] == "<world>" else client["who"] for client in clients]
        options |= {part for client in clients for part in (client["options"] or "").split(",") if part}
    return [
        row
        for path, (allowed, options) in found.items()
        for row in filled(
            {
                "name": path,
                "type": "nfs",
                "path": path,
                "allowed": allowed,
                "is_read_only": "rw" not in options,
                "options": sorted(options),
            }
        )
    ]


def _smb(text: str) -> Rows:
    rows: Rows = []
    section: dict[str, str] | None = None
    sections: dict[str, dict[str, str]] = {}
    for line in lines(text):
        plain = line.strip()
        if head := _SECTION.fullmatch(plain):
            section = sections.setdefault(head[1], {})
        elif section is not None and "=" in plain and not plain.startswith(("#", ";")):
            key, _, value = plain.partition("=")
            section[" ".join(key.lower().split())] = value.strip()
    for name, one in sections.items():
        if name.lower() in _NOT_SHARES or not (one.get("path") or one.get("printable", "").lower() in _YES):
            continue
        read_only = one.get("read only", "").lower() not in {"no", "false", "0"}
        writeable = one.get("writeable", one.get("writable", one.get("write ok", ""))).lower() in _YES
        rows += filled(
            {
                "name": name,
                "type": "printer" if one.get("printable", "").lower() in _YES else "smb",
                "path": one.get("path"),
                "comment": one.get("comment"),
                "allowed": [user for user in re.split(r"[,\s]+", one.get("valid users", "")) if user],
                "is_read_only": read_only and not writeable,
                "is_guest_allowed": one.get("guest ok", one.get("public", "")).lower() in _YES,
            }
        )
    return rows


PARSER = Parser("exportfs -v; testparm -s", {"network_shares": network_shares})
