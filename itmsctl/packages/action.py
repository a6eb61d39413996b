"""The kind of task `package`: a package put on the computer, checked there, run, and proven, as a step of any job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.packages.kinds import INSTALL, REBOOTS
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Errand, Operation

KEEP = "7d"
KEEP_SHORTEST_S = 3600.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    digest, keep, cache = arguments["manifest"], arguments["keep"], arguments["cache"]
    if digest is not None and not _DIGEST.fullmatch(digest):
        raise InputError(
            f"`{digest[:80]}` is not the digest of a package", hint="leave it out: the package as it is then"
        )
    if keep is not None and 0 < keep < KEEP_SHORTEST_S:
        raise InputError("a package is kept for an hour at least, or not at all", hint="keep=0, keep=1h, keep=30d")
    if cache is not None and not cache.startswith("/"):
        raise InputError(f"`{cache[:80]}` is not an absolute path")
    return (Errand(arguments),)


ACTION = Action(
    "package",
    "Put a package on the computer, check it there, run a program of it, and prove what it did by detection.",
    _operations,
    arguments=(
        Argument("package", "Name of the package.", required=True),
        Argument("manifest", "The digest that it must have. Default: as it is when the step begins."),
        Argument("program", "Which program of it runs.", default=INSTALL),
        Argument("stage", "Only put it into the cache and check it; nothing runs.", "bool", default="no"),
        Argument(
            "servers",
            "It takes the package from its package servers first; we send what they lack.",
            "bool",
            default="no",
        ),
        Argument("again", "Run it though detection says that there is nothing to do.", "bool", default="no"),
        Argument(
            "reboot",
            "Whether the computer restarts after it. Default: as the program says.",
            f"choice({','.join(REBOOTS)})",
        ),
        Argument(
            "keep",
            "For how long packages that are not used stay in the cache; 0 takes it away at once.",
            "duration",
            default=KEEP,
        ),
        Argument("cache", "Folder of the cache. Default: /var/cache/itms of root, ~/.cache/itms of others."),
        Argument("limit", "How long the program may run. Default: as it says itself.", "duration"),
    ),
    time_limit_s=7200.0,
)
