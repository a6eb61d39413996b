"""`nix-store -q --requisites ...`: what the store of Nix holds, by path."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_PATH = re.compile(
    r"/nix/store/[0-9a-z]{32}-(?P<name>[^/\s]+?)-(?P<version>\d[\w.+]*)(?:-(?P<output>dev|bin|doc|man|lib|out|info))?"
)
_LEFT_OUT = (".drv", ".patch", ".tar.gz", ".tar.bz2", ".tar.xz", ".zip", ".conf", ".tgz")


def software(text: str) -> Rows:
    """Return packages with a version; recipes, sources and parts of a package are none of their own."""
    found: dict[tuple[str, str], None] = {}
    for line in lines(text):
        path = line.strip()
        if not path.endswith(_LEFT_OUT) and (one := _PATH.fullmatch(path)):
            found[one["name"], one["version"]] = None
    return [row for name, version in found for row in filled({"name": name, "version": version, "source": "nix"})]


PARSER = Parser("nix-store --query --requisites /run/current-system", {"software": software})
