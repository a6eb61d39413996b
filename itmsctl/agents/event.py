"""An event of an agent, read from its file within bounds; what it says is believed once its signature was checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.agents.form import (
    AGENT_ID,
    EVENT_KINDS,
    EVENT_SPACE,
    REGISTRATION,
    FormError,
    agent_id,
    check_body,
    digest,
    read_head,
    split,
)
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.packages.trust.sshsig import signer
from itmsctl.values.addresses import is_address
from itmsctl.values.untrusted import log_text

NAME = re.compile(r"([0-9a-f]{32})-([0-9]{8,12})\.event")
_HEX = re.compile("[0-9a-f]{64}")
_MOST_TOLD = 64 << 10
_LONGEST = 500
_FAR = 1 << 40
_TEXTS = {"name", "fqdn", "system", "release", "version", "site", "machine_id", "serial", "uuid", "user"}


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """What an agent told, and who signed it. `at` is what its clock said."""

    agent: str
    number: int
    before: str
    kind: str
    at: int
    machine: str
    digest: str
    signer: VerifyKey
    head: Mapping[str, Any]
    body: bytes

    def text(self, name: str) -> str:
        """Return a text of its head, fit to be stored and shown."""
        value = self.head.get(name)
        return log_text(value)[:_LONGEST] if isinstance(value, str) else ""


def read_event(data: bytes) -> AgentEvent:
    """Return the event that a file holds: whole, and signed by the key that its agent is known by. Raises FormError."""
    line, signature, body = split(data)
    key = signer(signature, line, EVENT_SPACE)
    if key is None:
        raise FormError("its signature does not hold: it was changed after it was signed")
    head = read_head(line)
    agent, number, before, kind, at, machine = (
        head.get(name) for name in ("agent", "number", "before", "kind", "at", "machine")
    )
    if not isinstance(agent, str) or not AGENT_ID.fullmatch(agent) or agent != agent_id(key.raw):
        raise FormError("it is signed by another key than that of its agent")
    if not (isinstance(number, int) and isinstance(at, int) and isinstance(machine, str)):
        raise FormError("it has no number, date or machine")
    if not isinstance(before, str) or not _HEX.fullmatch(before) or kind not in EVENT_KINDS:
        raise FormError(f"it is of no kind that is known here: {log_text(str(kind))[:40]}")
    if not (0 < number < _FAR and 0 <= at < _FAR):
        raise FormError("its number or its date is beyond all bounds")
    check_body(head, body)
    return AgentEvent(agent, number, before, str(kind), at, machine[:64], digest(line), key, head, body)


def told_by(event: AgentEvent) -> dict[str, Any]:
    """Return what a registration says of its computer: plain texts, MAC and IP addresses. Raises FormError."""
    if event.kind != REGISTRATION or len(event.body) > _MOST_TOLD:
        raise FormError("it is not a registration")
    try:
        found = json.loads(event.body.decode("ascii"))
    except (ValueError, RecursionError):
        raise FormError("what it says of its computer is not valid JSON") from None
    if not isinstance(found, dict):
        raise FormError("what it says of its computer is not an object")
    texts = {
        name: log_text(value)[:200]
        for name, value in found.items()
        if name in _TEXTS and isinstance(value, str) and value
    }
    mac = found.get("mac")
    cards = [log_text(one)[:17] for one in mac[:16] if isinstance(one, str)] if isinstance(mac, list) else []
    said = found.get("address")
    addresses = [one for one in said[:32] if isinstance(one, str) and is_address(one)] if isinstance(said, list) else []
    return texts | ({"mac": cards} if cards else {}) | ({"address": addresses} if addresses else {})
