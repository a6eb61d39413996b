"""Exceptions: findings that somebody has decided to live with until a day, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from itmsctl.errors import FieldError
from itmsctl.sites.findings import SiteFinding


@dataclass(frozen=True)
class Exempted:
    """An exception: of a rule, or of its finding about one object; it counts up to and on its last day."""

    finding: str
    object: str
    until: date
    why: str

    @property
    def name(self) -> str:
        """Return `ID` or `ID:OBJECT`."""
        return f"{self.finding}:{self.object}" if self.object else self.finding

    def fits(self, finding: SiteFinding) -> bool:
        """Return whether a finding is meant."""
        return finding.id == self.finding and self.object in {"", finding.object}


@dataclass(frozen=True)
class Sorted:
    """Findings that count, those that are ignored, and exceptions that have expired though their finding is there."""

    found: Sequence[SiteFinding]
    ignored: Sequence[SiteFinding]
    expired: Sequence[Exempted]


def split(text: str) -> tuple[str, str]:
    """Read `ID` or `ID:OBJECT`; raises FieldError where there is no id."""
    finding, _, about = text.strip().partition(":")
    if not finding.strip():
        raise FieldError(f"`{text}` names no finding", hint="--ignore SZ-203, or --ignore SZ-203:OBJECT")
    return finding.strip(), about.strip()


def sort_out(findings: Iterable[SiteFinding], exceptions: Sequence[Exempted], today: date) -> Sorted:
    """Return what is left of findings. One whose exception has expired says so."""
    found, ignored, expired = [], [], dict[str, Exempted]()
    for finding in findings:
        meant = [one for one in exceptions if one.fits(finding)]
        if any(today <= one.until for one in meant):
            ignored.append(finding)
            continue
        if meant:
            last = max(meant, key=lambda one: one.until)
            expired[last.name] = last
            finding = replace(finding, why=f"{finding.why}; it was ignored until {last.until}: {last.why}")
        found.append(finding)
    return Sorted(found, ignored, [expired[name] for name in sorted(expired)])
