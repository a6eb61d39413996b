"""What a check of sites found, as data: one story for `explain`, tables and JSON (house rule 10)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum


class SiteSeverity(Enum):
    """How bad it is: something does not work, may hurt, or is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class SiteFinding:
    """One finding: `id` is stable, `object` is what it is about, `source` the rule it stands on, `fix` a command."""

    id: str
    severity: SiteSeverity
    object: str
    what: str
    why: str
    source: str
    fix: str

    def as_dict(self) -> dict[str, str]:
        """Return it as flat text."""
        return {**asdict(self), "severity": self.severity.value}


def worst_first(findings: list[SiteFinding]) -> list[SiteFinding]:
    """Sort findings: errors before warnings before notes, then by id and object."""
    ranks = {severity: rank for rank, severity in enumerate(SiteSeverity)}
    return sorted(findings, key=lambda f: (ranks[f.severity], f.id, f.object))
