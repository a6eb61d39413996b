"""What the name of a file says: `node-v20.1.0-linux-x64.tar.xz`."""

from __future__ import annotations

import re

from itmsctl.packages.facts import ReadFacts

_SUFFIX = re.compile(
    r"\.(tar(\.(gz|xz|bz2|zst|lzma))?|t[gx]z|tbz2?|zip|appimage|deb|rpm|msi|exe|pkg|apk|snap|sh|run|bin|jar)$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?:^|[-_ .])v?(\d+(?:\.\d+)+[a-z0-9+~]*|\d{2,})(?=$|[-_ .])", re.IGNORECASE)
_ARCHITECTURES = {
    "amd64": "x86_64", "x64": "x86_64", "win64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64",
    "i386": "i386", "i686": "i386", "x86": "i386", "win32": "i386", "armhf": "armhf", "universal": "universal",
}  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")


def by_name(form: str, name: str) -> ReadFacts:
    """Return name, version and architecture, as far as a file's name says them."""
    stem = _SUFFIX.sub("", name)
    version = _VERSION.search(stem)
    words = _WORD.findall(stem.lower().replace("x86_64", "amd64").replace("x86-64", "amd64"))
    architecture = next((_ARCHITECTURES[word] for word in words if word in _ARCHITECTURES), "")
    title = stem[: version.start()] if version and version.start() else stem
    return ReadFacts(
        form, name=title.strip("-_. ") or stem, version=version[1] if version else "", architecture=architecture
    )
