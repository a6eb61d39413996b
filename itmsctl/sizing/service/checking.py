"""`sizing check`: what is found in the CMDB as it stands, or as plan files would make it, less what is lived with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import UsageError
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sites.service import checks
from itmsctl.sizing.exceptions import Exempted, Sorted, sort_out
from itmsctl.sizing.judging import judged
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.service.designed import PlanFiles, once_applied
from itmsctl.sizing.service.exceptions import standing
from itmsctl.sizing.service.snapshots import snapshot
from itmsctl.values.names import near_or_all

_RANK = {severity: rank for rank, severity in enumerate(SiteSeverity)}
_SAID = {
    SiteSeverity.ERROR: ("error", "errors"),
    SiteSeverity.WARNING: ("warning", "warnings"),
    SiteSeverity.INFO: ("note", "notes"),
}


def severity_of(text: str | None) -> SiteSeverity | None:
    """Read the name of a severity; raises UsageError."""
    if text is None:
        return None
    names = [severity.value for severity in SiteSeverity]
    if text not in names:
        raise UsageError(f"`{text}` is no severity", hint=near_or_all(text, names))
    return SiteSeverity(text)


@dataclass(frozen=True)
class Checked:
    """What was found: `shown` are those at or above the severity that was asked for."""

    sorted: Sorted
    shown: Sequence[SiteFinding]
    counting: bool

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield what is shown as flat text."""
        return (finding.as_dict() | {"name": finding.id} for finding in self.shown)

    def notes(self) -> list[str]:
        """Say which exceptions have expired though their finding is there."""
        return [f"`{one.name}` was ignored until {one.until}: it counts again" for one in self.sorted.expired]

    def closing(self) -> str:
        """Say the counts in one line."""
        number = dict.fromkeys(SiteSeverity, 0)
        for finding in self.sorted.found:
            number[finding.severity] += 1
        said = [f"{count} {_SAID[severity][count != 1]}" for severity, count in number.items()]
        return ", ".join([*said, f"{len(self.sorted.ignored)} ignored"])


def check(
    reader: Reader,
    numbers: Numbers,
    severity: SiteSeverity | None = None,
    exceptions: Sequence[Exempted] | None = None,
) -> Checked:
    """Return what is found. Without a severity everything is shown, and warnings and errors count."""
    found = [*checks.drift(reader), *judged(snapshot(reader), numbers)]
    known = standing(reader) if exceptions is None else exceptions
    return _checked(found, known, reader.now.date(), severity)


def _checked(
    found: Sequence[SiteFinding], exceptions: Sequence[Exempted], today: date, severity: SiteSeverity | None
) -> Checked:
    result = sort_out(found, exceptions, today)
    least = _RANK[severity or SiteSeverity.INFO]
    shown = [finding for finding in result.found if _RANK[finding.severity] <= least]
    counted = _RANK[severity or SiteSeverity.WARNING]
    return Checked(result, shown, any(_RANK[finding.severity] <= counted for finding in shown))


def check_files(
    store: Store,
    asked: PlanFiles,
    numbers: Numbers,
    severity: SiteSeverity | None = None,
    exceptions: Sequence[Exempted] | None = None,
) -> Checked:
    """Return what would be found after plan files are applied: they are applied, and rolled back.

    Raises what reading and applying them raises.
    """
    return once_applied(store, asked, lambda unit: check(unit, numbers, severity, exceptions))
