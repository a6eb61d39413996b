"""Which classes are read from what: the whole list of files that are read and tools that are run, for people too."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import Feed
from itmsctl.inventory.endpoint.sources.hardware import HARDWARE
from itmsctl.inventory.endpoint.sources.network import NETWORK
from itmsctl.inventory.endpoint.sources.software import SOFTWARE
from itmsctl.inventory.endpoint.sources.system import SYSTEM
from itmsctl.inventory.endpoint.sources.unix import SYSTEMS

LINUX = (*HARDWARE, *NETWORK, *SYSTEM, *SOFTWARE)
"""Sources on Linux."""

OWN = Feed((), look="own", parser="json")
"""What feeds classes that administrators added; the request says what is read."""

EVERY = (*LINUX, *(feed for feeds in SYSTEMS.values() for feed in feeds), OWN)
"""Sources on all systems."""

NOT_READ = {
    "patches": "packages of Linux are updated, not patched: see pending_updates",
    "firmwares": "no file of the kernel tells it",
    "modems": "only a service of the desktop tells it",
    "licenses": "no product keeps it in one known place",
}
"""Classes that no source on Linux feeds, and why."""
