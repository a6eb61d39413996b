"""A finding: what a check found, how bad it is, why it is so, and the command that fixes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import IntEnum
from typing import Any

from itmsctl.values.lean import dataclass


class Severity(IntEnum):
    """How bad a finding is, in rising order. From WARNING on it is something to fix."""

    OK = 0
    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Finding:
    """One finding. `id` is stable for ever; `what` is one line; `mend` is a command to type."""

    id: str
    severity: Severity
    what: str
    cause: str = ""
    mend: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "id": self.id,
            "name": self.id,
            "severity": str(self.severity),
            "what": self.what,
            "cause": self.cause,
            "mend": self.mend,
            "details": dict(self.details),
        }


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the severity of the worst finding; OK for none."""
    return max((f.severity for f in findings), default=Severity.OK)
