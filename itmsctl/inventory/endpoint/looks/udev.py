"""What udev noted of block devices; its files may be read by everybody."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import lines
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError

_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")


def noted(probe: Probe, numbers: str) -> dict[str, str]:
    """Return the properties of a block device by its numbers (`8:0`); none where udev does not run."""
    try:
        text = probe.text(f"/run/udev/data/b{numbers}")
    except UnreadError:
        return {}
    found: dict[str, str] = {}
    for line in lines(text):
        if line.startswith("E:"):
            key, _, value = line[2:].partition("=")
            found[key] = _ESCAPED.sub(lambda one: chr(int(one[1], 16)), value).strip()
    return found
