"""A discovery as a server task: what `discovery run` does, with nobody there to be asked."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence

from itmsctl.discovery.found import SILENT, STATES, WRONG_CREDENTIALS, FoundAddress
from itmsctl.discovery.service.areas import Named, free_area
from itmsctl.discovery.service.keys import snmp_keys
from itmsctl.discovery.service.profiles import AskedWay, way_of
from itmsctl.discovery.service.running import Discovery
from itmsctl.security.service.unlocking import Unlocking
from itmsctl.tasks.service.serving import UNCHANGED, Call, done
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import log_text

_STOPPED = "STOPPED"


def serve(call: Call) -> CommandOutcome:
    """Look at the addresses that the arguments name, and store who is there. Raises ItmsError."""
    a = call.arguments
    named = Named(a["subnets"] or (), a["sites"] or (), a["hosts"] or (), a["exclude"] or ())
    asked = AskedWay(a["profile"], a["methods"] or (), credentials=a["credentials"] or ())
    with call.store.read() as reader:
        area, held = free_area(reader, named, a["max"])
        way, credentials = way_of(reader, asked)
    ways = Unlocking(a["passphrase_file"], os.environ.get("CREDENTIALS_DIRECTORY"))
    discovery = Discovery(call.store, area, way, snmp_keys(call.store, credentials, ways), add=a["add"], dry_run=False)
    found, is_whole = _found(call, discovery)
    return _told(call, found, len(held), "" if is_whole else _STOPPED)


def _found(call: Call, discovery: Discovery) -> tuple[list[FoundAddress], bool]:
    """Return what was found, and whether nobody and no time limit ended it before its end."""
    until = time.monotonic() + call.step.time_limit_s
    found: list[FoundAddress] = []
    is_whole = True
    for one in discovery.results():
        found.append(one)
        if time.monotonic() > until or (call.stopped is not None and call.stopped()):
            is_whole = discovery.done == discovery.area.count
            break
    found += discovery.rest()  # what was found is kept, whatever ended it
    return found, is_whole


def _told(call: Call, found: Sequence[FoundAddress], held: int, reason: str) -> CommandOutcome:
    states = Counter(one.state for one in found)
    added = sum(one.is_new for one in found)
    lines = [_line(one) for one in found if one.state != SILENT]
    said = ", ".join(f"{states[name]} {name}" for name in STATES if states[name]) or "nothing"
    parts = [f"{counted(len(found), 'address', 'addresses')}: {said}", f"{counted(added, 'resource')} added"]
    parts += [f"{held} in a blockout left out"] if held else []
    parts += ["it was ended before all was looked at"] if reason else []
    unchanged = UNCHANGED if not added and not states[WRONG_CREDENTIALS] else ""
    return done(call, "; ".join(parts), "\n".join([*lines, *parts]), reason or unchanged)


def _line(one: FoundAddress) -> str:
    parts = (one.address, one.state, one.type, one.resource, one.why)
    return log_text(" ".join(str(part) for part in parts if part))
