"""What a rule of sizing is: one file of `rules/` declares one. It looks at a snapshot and says what will not carry."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from itmsctl.errors import SizingLimitError
from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


@dataclass(frozen=True)
class Hit:
    """What a rule found: the object, what is so, and a command that fixes it. `why` where it is not the rule's own."""

    object: str
    what: str
    fix: str
    why: str = ""


Check = Callable[[Snapshot, Numbers], Iterator[Hit]]


@dataclass(frozen=True)
class Rule:
    """A rule. `why` is the sentence of its findings; `doc` its file's docstring: a title, and a paragraph."""

    id: str
    severity: SiteSeverity
    source: str
    why: str
    doc: str | None
    check: Check

    @property
    def title(self) -> str:
        """Return the first line of its text."""
        return inspect.cleandoc(self.doc or "").partition("\n")[0].removesuffix(".")

    @property
    def text(self) -> str:
        """Return the paragraph of its text, in one line."""
        return " ".join(inspect.cleandoc(self.doc or "").partition("\n")[2].split())

    def as_dict(self) -> dict[str, str]:
        """Return it as flat text."""
        said = {name: getattr(self, name) for name in ("id", "title", "source", "why", "text")}
        return {"name": self.id, "severity": self.severity.value, **said}

    def findings(self, snapshot: Snapshot, numbers: Numbers) -> Iterator[SiteFinding]:
        """Yield what is found in a snapshot."""
        for hit in self.check(snapshot, numbers):
            why = hit.why or self.why
            yield SiteFinding(self.id, self.severity, hit.object, hit.what, why, self.source, hit.fix)


def setting(name: str, option: str, values: Mapping[str, object]) -> str:
    """Return the command that gives a management server a map: whole, for `set` replaces what it does not name."""
    said = "".join(f" --{option} {shell_arg(f'{use}={value}')}" for use, value in values.items())
    return f"itmsctl management-server set {shell_arg(name)}{said}"


def number_at(numbers: Numbers, table: str, computers: int, metric: str) -> float | None:
    """Return a number of a table of bands; None for no computers, above its last band, or without such a cell."""
    try:
        cell = numbers.band(table, computers).band.cells.get(metric)
    except SizingLimitError:
        return None
    return None if cell is None or cell.value is None else cell.number
