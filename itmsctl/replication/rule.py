"""What the words of a rule mean: which kinds it carries which way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from itmsctl.errors import FieldError
from itmsctl.replication.direction import refused
from itmsctl.replication.kinds import COMPLETE, DOWN, OUT, UP
from itmsctl.values.kind import Kind, house
from itmsctl.values.kind_order import kinds_in_order
from itmsctl.values.names import near_or_all
from itmsctl.values.naming import naming
from itmsctl.values.replicated import Carried
from itmsctl.values.times import last_day

FAMILIES: Mapping[str, Carried] = {
    "items": Carried.ITEM,
    "resources": Carried.RESOURCE,
    "packages": Carried.PACKAGE,
    "security": Carried.SECURITY,
}
EVENTS = "events"  # what runs came to on computers: no objects, and any way, but only for a time (REPL-14)
LONGEST_D = 92  # days for which a rule may give events


def words() -> list[str]:
    """Return all that a rule may name as what goes."""
    return [*FAMILIES, EVENTS, *(kind.name for kind in kinds_in_order())]


def meant(named: Sequence[str], direction: str) -> tuple[Kind, ...]:
    """Return the kinds that a rule carries, each behind what it names; a family stands for those of it that may go.

    Events are no kind: what a rule says of them beside others is passed over.

    Raises FieldError for a kind that does not go this way, and for a family of which none does.
    """
    found: set[str] = set()
    for position, word in enumerate(named):
        if word != EVENTS:
            with naming("kinds", position):
                found |= _names(word, direction)
    return tuple(kind for kind in kinds_in_order() if kind.name in found)


def _names(word: str, direction: str) -> set[str]:
    if word not in FAMILIES:
        kind = house().kind(word)
        if kind is None:
            raise FieldError(f"`{word[:60]}` is nothing that a rule carries", hint=near_or_all(word, words()))
        why = refused(kind, direction)
        if why:
            raise FieldError(f"`{word}` does not go {direction}", why=why, hint=_ways(kind))
        return {word}
    family = [k for k in house().kinds() if k.replication is not None and k.replication.what is FAMILIES[word]]
    allowed = {kind.name for kind in family if not refused(kind, direction)}
    if not allowed:
        raise FieldError(f"`{word}` do not go {direction}", why=refused(family[0], direction), hint=_ways(family[0]))
    return allowed


def _ways(kind: Kind) -> str:
    ways = [one for one in (DOWN, UP, OUT) if not refused(kind, one)]
    return f"--direction {' or '.join(ways)}" if ways else "leave it out"


@dataclass(frozen=True)
class ReplicationRule:
    """A rule as it is read: what goes, whom it concerns, and how."""

    name: str
    guid: str
    direction: str
    kinds: tuple[Kind, ...]
    classes: tuple[str, ...]
    target: str
    is_complete: bool
    verify_pct: int
    purge: bool
    events_until: date | None = None  # the last day whose events go; None of a rule that gives none

    @classmethod
    def of(cls, name: str, guid: str, fields: Mapping[str, Any]) -> ReplicationRule:
        """Return the rule that these fields mean. Raises FieldError as `meant` does."""
        return cls(
            name, guid, fields["direction"], meant(fields["kinds"], fields["direction"]), tuple(fields["classes"]),
            fields["target"], fields["mode"] == COMPLETE, fields["verify_pct"] or 0, bool(fields["purge"]),
            last_day(fields["until"]) if EVENTS in fields["kinds"] else None,
        )  # fmt: skip


def check_whole(fields: Mapping[str, Any]) -> None:
    """Raise FieldError where the fields of a rule do not fit together."""
    kinds, direction = meant(fields["kinds"], fields["direction"]), fields["direction"]
    if direction == OUT and not fields["servers"]:
        raise FieldError("a standalone rule names the servers that it goes to", hint="--to NAME").about("servers")
    if fields["forced"] and direction != OUT:
        raise FieldError("only a standalone rule is forced", hint="--direction out").about("forced")
    if fields["classes"] and all(kind.name != "computer" for kind in kinds):
        raise FieldError("data classes go with computers", hint="--kind computer").about("classes")
    if EVENTS in fields["kinds"] and not fields["until"]:
        why = "events can overwhelm a server, so they go for a limited time (REPL-14)"
        raise FieldError("a rule that gives events needs an end", why=why, hint="--until 2026-12-31").about("until")
    if fields["until"] and EVENTS not in fields["kinds"]:
        raise FieldError("only a rule that gives events has an end", hint="--kind events").about("until")


def check_until(until: str, today: date) -> str:
    """Return the last day of events in its one form. Raises FieldError where it is not a day, or too far away."""
    found = last_day(until)
    if found > today + timedelta(days=LONGEST_D):
        latest = today + timedelta(days=LONGEST_D)
        why = f"events go for {LONGEST_D} days at most: they can overwhelm a server (REPL-14)"
        raise FieldError(f"{found} is too far away", why=why, hint=f"--until {latest}, and again then")
    return found.isoformat()


def part_due(run: int, verify_pct: int) -> tuple[int, int] | None:
    """Return which part of how many a run verifies: each comes up once in ceil(100 / percent) runs (REPL-13)."""
    if verify_pct <= 0:
        return None
    parts = -(-100 // min(100, verify_pct))
    return run % parts, parts
