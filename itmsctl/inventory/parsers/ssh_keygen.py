"""`ssh-keygen -lf FILE`, each line behind its file and a tab: fingerprints of keys; no key itself is read."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(
    r"(?:(?P<path>/[^\t]*)\t)?(?P<bits>\d{1,6}) (?P<print>(?:SHA256|MD5):\S+) (?P<comment>.*) \((?P<type>[A-Z0-9-]+)\)"
)
HOST = re.compile(r"/ssh_host_\w+_key(?:\.pub)?$")
"""The file of a key of the computer."""

HOME = re.compile(r"^/(?:home|Users|export/home)/([^/]+)/|^/(root)/")
"""The folder of a user in a path."""


def ssh_keys(text: str) -> Rows:
    """Return keys."""
    rows: Rows = []
    for line in lines(text):
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        path = found["path"] or ""
        home = HOME.match(path)
        use = (
            "host" if HOST.search(path) else "authorized" if "authorized_keys" in path else "identity" if path else None
        )
        rows += filled(
            {
                "path": path,
                "fingerprint": found["print"],
                "type": found["type"].lower(),
                "bits": int(found["bits"]),
                "comment": None if found["comment"] == "no comment" else found["comment"],
                "user": (home[1] or home[2]) if home and use != "host" else None,
                "use": use,
            }
        )
    return rows


PARSER = Parser("ssh-keygen -lf FILE", {"ssh_keys": ssh_keys})
