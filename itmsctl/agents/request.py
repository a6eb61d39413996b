"""What rules of registration ask: a request as a record of the filter language, and the first rule that fits it.

What is not known never fits, neither a condition nor its opposite. What a request says is only said by who asks: what
the CMDB knows of the computer is asked by `known`, `known_by_serial`, `planned` and by the target of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from itmsctl.expressions import tree as t
from itmsctl.expressions.evaluate import Record, Truth, compile_python
from itmsctl.expressions.explain import explain
from itmsctl.expressions.parse import parse
from itmsctl.expressions.registry import Registry
from itmsctl.values.addresses import is_address, to_bytes
from itmsctl.values.kind import FilterClass, FilterField, Type

TEXTS = ("name", "fqdn", "system", "release", "machine_id", "serial", "uuid", "user", "copied_from")
_HELP = "what it says"
_SINGLE = (
    *(FilterField(name, Type.TEXT, _HELP) for name in TEXTS),
    FilterField("version", Type.VERSION, "version of the agent"),
    FilterField("known", Type.BOOL, "the CMDB has its computer"),
    FilterField("computer", Type.TEXT, "name of that computer"),
    FilterField("known_by_serial", Type.BOOL, "that computer has its serial number"),
    FilterField("known_by_uuid", Type.BOOL, "that computer has its UUID"),
    FilterField("known_by_mac", Type.BOOL, "that computer has one of its MAC addresses"),
    FilterField("planned", Type.BOOL, "that computer was entered or imported, and never seen"),
    FilterField("has_agent", Type.BOOL, "that computer has an agent already"),
)
REGISTRY = Registry((
    FilterClass("computer", "", "", _SINGLE, _HELP),
    FilterClass("cards", "", "", (FilterField("mac", Type.TEXT, _HELP),), _HELP, multi=True,
                any_fields=(("mac", "mac"),)),
    FilterClass("addresses", "", "", (FilterField("address", Type.ADDRESS, _HELP),), _HELP, multi=True,
                any_fields=(("address", "address"),)),
    FilterClass("places", "", "", (FilterField("site", Type.TEXT, "site that it was built for, or of its addresses"),
                                   FilterField("subnet", Type.TEXT, "subnet of one of its addresses")), _HELP,
                multi=True, any_fields=(("site", "site"), ("subnet", "subnet"))),
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """A request to be taken on: what it says, and what the CMDB knows of its computer."""

    told: Mapping[str, Any]
    known: Mapping[str, Any] = field(default_factory=dict)  # of the single fields above
    places: Sequence[Mapping[str, str | None]] = ()
    computer: int | None = None

    @property
    def record(self) -> Record:
        """Return it as the filter language reads it."""
        single = {name: self.told.get(name) for name in (*TEXTS, "version")} | dict(self.known)
        texts = [one for one in self.told.get("address", ()) if is_address(one)]
        rows = {
            "computer": [single],
            "cards": [{"mac": one} for one in self.told.get("mac", ())],
            "addresses": [{"address": to_bytes(one)} for one in texts],
            "places": self.places,
        }
        return Record(rows, frozenset(rows))


@dataclass(frozen=True)
class AskedRule:
    """A rule of registration, read at a moment; `members` are the computers of its target, None where it names none."""

    name: str
    action: str
    rank: int
    now: datetime
    tree: t.Node | None = None
    members: frozenset[int] | None = None

    @cached_property
    def _condition(self) -> Callable[[Record], Truth] | None:
        return None if self.tree is None else compile_python(self.tree, now=self.now, registry=REGISTRY)

    def fits(self, request: AgentRequest, record: Record) -> Truth:
        """Return whether it fits a request; None where that is not known."""
        if self.members is not None and request.computer not in self.members:
            return False
        return True if self._condition is None else self._condition(record)

    def why(self, request: AgentRequest, record: Record) -> str:
        """Return what decides whether it fits."""
        if self.members is not None and request.computer not in self.members:
            return "its computer is not in the target" if request.computer else "its computer is not known"
        if self.tree is None:
            return "it has no condition"
        found = explain(self.tree, record, now=self.now, registry=REGISTRY)
        parts = found.parts or (found,)
        return "; ".join(f"{one.text}: {one.why}" if one.why else one.text for one in parts if one.truth is found.truth)


def condition(text: str) -> t.Node:
    """Return a condition on requests, read. Raises ExpressionError."""
    return parse(text, REGISTRY)


def decide(rules: Sequence[AskedRule], request: AgentRequest) -> AskedRule | None:
    """Return the first rule that fits; None where none does: then it waits."""
    record = request.record
    return next((rule for rule in rules if rule.fits(request, record)), None)
