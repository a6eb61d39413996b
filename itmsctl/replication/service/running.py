"""Runs of rules: what each gives whom is made, sent and noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.errors import UsageError
from itmsctl.replication.service.planning import asked


@dataclass(frozen=True)
class RuleRan:
    """What came of a run of a rule to one neighbour."""

    rule: str
    server: str
    state: str
    mode: str
    records: int = 0
    bytes: int = 0
    batches: int = 0
    why: str = ""
    exit_status: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        names = ("rule", "server", "state", "mode", "records", "bytes", "batches", "why")
        return {name: getattr(self, name) for name in names}

    def sentence(self) -> str:
        """Say it in a line."""
        return f"{self.rule} to {self.server}: {self.state}, {self.records} records{self.why and ': ' + self.why}"


def run(store: Store, rule: str | None, server: str | None = None, *, complete: bool = False) -> list[RuleRan]:  # noqa: ARG001
    """Run a rule, or all that are enabled. Raises NotFoundError, UsageError."""
    with store.read() as reader:
        found = asked(reader, rule, server)
    if found:
        raise UsageError("nothing carries batches yet", hint="itmsctl replication run --dry-run")
    return []
