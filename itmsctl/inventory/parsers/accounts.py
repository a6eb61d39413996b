"""`getent passwd` and `getent group`: accounts and groups of every UNIX."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_CLOSED = frozenset({"/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false"})


def _is_number(text: str) -> bool:
    return text.lstrip("-").isdecimal() and text.isascii() and len(text) < 12


def local_users(text: str) -> Rows:
    """Return accounts."""
    rows: Rows = []
    for line in lines(text):
        parts = line.rstrip("\r").split(":")
        if len(parts) == 7 and parts[0] and _is_number(parts[2]) and _is_number(parts[3]):
            name, _, uid, gid, words, home, shell = parts
            rows += filled(
                {
                    "name": name,
                    "uid": uid,
                    "gid": gid,
                    "full_name": words.rstrip(","),
                    "home": home,
                    "shell": shell,
                    "is_disabled": True if shell in _CLOSED else None,
                    "is_admin": uid == "0",
                }
            )
    return rows


def local_groups(text: str) -> Rows:
    """Return groups."""
    rows: Rows = []
    for line in lines(text):
        parts = line.rstrip("\r").split(":")
        if len(parts) == 4 and parts[0] and _is_number(parts[2]):
            rows += filled({"name": parts[0], "gid": parts[2], "members": [one for one in parts[3].split(",") if one]})
    return rows


PARSER = Parser("getent passwd; getent group", {"local_users": local_users, "local_groups": local_groups})
