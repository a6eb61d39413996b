"""The kind of task `delivery`: one software resource as it should be on a computer: looked at, done, proven."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.packages.kinds import INSTALL, REBOOTS
from itmsctl.software.deferring import MOST_TIMES, WAIT_S
from itmsctl.software.kinds import ACTIONS
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Errand, Operation

TASK_KIND = "delivery"
NO_PACKAGE = "-"  # among digests: of software without a package
LIMIT_S = 7200.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    for digest in arguments["manifests"] or ():
        if digest != NO_PACKAGE and not _DIGEST.fullmatch(digest):
            raise InputError(f"`{digest[:80]}` is not the digest of a package")
    if arguments["cache"] is not None and not arguments["cache"].startswith("/"):
        raise InputError(f"`{arguments['cache'][:80]}` is not an absolute path").about("arguments", "cache")
    if not arguments["software"]:
        raise InputError("which software?", hint="--arg software=NAME")
    if not 0 <= arguments["defer"] <= MOST_TIMES:
        raise InputError(f"it may be put off {MOST_TIMES} times at most").about("arguments", "defer")
    if arguments["defer"] and (arguments["defer_by"] is None or arguments["defer_by"].startswith("-")):
        raise InputError("until when may it be put off?", hint="--arg defer_by=2027-01-31T18:00:00Z")
    if len(arguments["software"]) > 1 and not (arguments["stage"] or arguments["prove"]):
        raise InputError("one software is done at a time", hint="a delivery makes a step of each, in their order")
    return (Errand(arguments),)


ACTION = Action(
    TASK_KIND,
    "Have software on the computer as it should be: detected, fetched from the nearest server, run, detected again.",
    _operations,
    arguments=(
        Argument("software", "Software that is looked at.", "list", required=True),
        Argument("action", "What is done with it.", f"choice({','.join(ACTIONS)})", default=INSTALL),
        Argument("manifests", "The digest of the package of each. Default: as it is when the step begins.", "list"),
        Argument("stage", "Only fetch packages into the cache and check them; nothing runs.", "bool", default="no"),
        Argument(
            "reboot",
            "Whether the computer restarts after it. Default: as the program says.",
            f"choice({','.join(REBOOTS)})",
        ),
        Argument("prove", "Only look whether it is as it should be; nothing runs.", "bool", default="no"),
        Argument("defer", "How often the user of the computer may put it off.", "int", default="0"),
        Argument("defer_for", "For how long each time.", "duration", default=f"{WAIT_S:g}s"),
        Argument("defer_by", "The moment until which it may be put off.", "time"),
        Argument("defer_as", "What is put off, as its user is told. Default: the software."),
        Argument("cache", "Folder of the cache. Default: /var/cache/itms of root, ~/.cache/itms of others."),
    ),
    time_limit_s=LIMIT_S,
)
