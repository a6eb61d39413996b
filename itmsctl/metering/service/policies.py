"""METERING_POLICIES: the shelf of metering policies, driven as policies are; and what they say of a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.metering.kinds import DAY, DENY, FULL, METER, METERING_POLICY
from itmsctl.metering.programs import ProgramRule, ProgramSeen, checked_rule, refuse_empty_rule
from itmsctl.metering.rows import metering_policies
from itmsctl.metering.summing import ProgramVerdict
from itmsctl.policies.service.gathering import GatheringPolicies
from itmsctl.targeting.selector import EVERYTHING

_HELD = "metering policies"


class MeteringPolicies(GatheringPolicies):
    """All metering policies. What one says counts wherever events come from; what it reads itself is up to its ways."""

    task_kind = "metering"
    defaults: Mapping[str, Any] = {"action": METER, "target": EVERYTHING, "detail": DAY}

    def arguments_of(self, fields: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG002 - all that is new is read
        """Return the arguments of the task that reads what programs were used."""
        return {}

    def hears_again(self, unit: UnitOfWork, before: Doc, doc: Doc) -> bool:  # noqa: ARG002 - of the shelf
        """Return whether everybody is read again: of another target, those who are new to it are."""
        return bool(before.fields["target"] != doc.fields["target"])

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check what can be judged by itself. Raises InputError."""
        found = super().check(reader, name, fields)
        return found | checked_rule(found)

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where it names no program, or its fields do not fit together."""
        refuse_empty_rule(doc.fields)
        super().check_whole(reader, doc)


METERING_POLICIES = MeteringPolicies(METERING_POLICY)


class PolicyInForce(NamedTuple):
    """An enabled policy: what it means, and whom."""

    name: str
    denies: bool
    in_full: bool
    rule: ProgramRule
    computers: frozenset[int]


def in_force(reader: Reader) -> Sequence[PolicyInForce]:
    """Return the policies that are enabled; read once in a unit of work. One whose target is gone means nobody."""
    if _HELD not in reader.memo:
        reader.memo[_HELD] = tuple(_enabled(reader))
    found: Sequence[PolicyInForce] = reader.memo[_HELD]
    return found


def _enabled(reader: Reader) -> list[PolicyInForce]:
    found = []
    for doc in METERING_POLICIES.list(reader, where=metering_policies.c.enabled):
        with suppress(ItmsError):
            inside = METERING_POLICIES.members(reader, doc)
            f = doc.fields
            found.append(PolicyInForce(doc.name, f["action"] == DENY, f["detail"] == FULL, ProgramRule.of(f), inside))
    return found


def judge_of(policies: Sequence[PolicyInForce], computer: int) -> Callable[[ProgramSeen], ProgramVerdict]:
    """Return what says of a program what is kept of it on a computer."""
    mine = [one for one in policies if computer in one.computers]

    def judge(program: ProgramSeen) -> ProgramVerdict:
        meant = [one for one in mine if one.rule.matches(program)]
        return ProgramVerdict(
            metered=any(not one.denies for one in meant),
            in_full=any(one.in_full for one in meant),
            denied=any(one.denies for one in meant),
        )

    return judge
