"""An agent as data: who it is, whether it is trusted, and what may become of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.agents.kinds import APPROVED, PENDING, REJECTED, REVOKED, SUSPENDED
from itmsctl.errors import ConflictError
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.values.untrusted import shell_arg

# Which states may be followed by which, by the word of the verb.
MAY_BECOME = {
    APPROVED: (PENDING, REJECTED, SUSPENDED),
    REJECTED: (PENDING,),
    REVOKED: (APPROVED, SUSPENDED, PENDING),
    SUSPENDED: (APPROVED,),
}
_INSTEAD = {
    APPROVED: "itmsctl agent revoke {}",
    REVOKED: "a new key is made by: itms-agent uninstall, and install again",
    REJECTED: "itmsctl agent approve {}",
    PENDING: "itmsctl agent approve {}",
}


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that asked to be taken on."""

    id: int
    guid: str
    name: str
    state: str
    key: VerifyKey
    machine: str
    registered_at: datetime
    why: str | None = None
    computer: int | None = None
    computer_name: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    version: str | None = None
    decided_at: datetime | None = None
    seen_at: datetime | None = None
    number: int = 0
    recent: Mapping[str, str] = field(default_factory=dict)
    policy: int = 0
    content: str | None = None
    expires_at: datetime | None = None
    taken: int = 0
    again: Mapping[str, Any] | None = None

    @property
    def stage(self) -> str:
        """Return how far its policy has come: the first step that is not done yet (POL-10)."""
        if self.state != APPROVED:
            return f"{self.state}: it gets no policy"
        if not self.policy:
            return "no policy was published for it yet"
        if self.taken < self.policy:
            return f"policy {self.policy} is published, and not taken yet"
        return f"policy {self.taken} is taken"

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "name": self.name,
            "state": self.state,
            "computer": self.computer_name,
            "version": self.version,
            "stage": self.stage,
            "seen_at": self.seen_at,
            "system": self.told.get("system"),
            "policy": self.policy,
            "taken": self.taken,
            "expires_at": self.expires_at,
            "events": self.number,
            "why": self.why,
            "registered_at": self.registered_at,
            "decided_at": self.decided_at,
            "id": self.guid,
        }

    def check_may_become(self, state: str) -> None:
        """Raise ConflictError where it cannot be taken into a state from the one that it is in."""
        if self.state not in MAY_BECOME[state]:
            hint = _INSTEAD.get(self.state, "itmsctl agent show {}").format(shell_arg(self.name))
            raise ConflictError(f"agent `{self.name}` is {self.state}, and cannot become {state}", hint=hint)
