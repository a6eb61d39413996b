"""REPLICATION_RULES: the shelf of replication rules, driven as policies are; and which neighbours one concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.hierarchy.peer import CHILD, PARENT, STANDALONE
from itmsctl.policies.service.on_server import ServerPolicies
from itmsctl.replication import rule as rules
from itmsctl.replication.direction import DIRECTION_TO
from itmsctl.replication.kinds import DIFFERENTIAL, DOWN, OUT, REPLICATION_RULE, UP
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.values.naming import naming

if TYPE_CHECKING:
    from itmsctl.hierarchy.peer import Peer
    from itmsctl.replication.rule import ReplicationRule

CONFIGURATION_DOWN, RESOURCES_UP = "configuration-down", "resources-up"
USUAL_CLASSES = ("identification", "operating_system", "hardware", "interface_addresses")


class ReplicationRules(ServerPolicies):
    """All replication rules. Their runs contact no computer: they are a step on the machine of the CMDB."""

    task_kind, argument = "replication", "rule"
    defaults: Mapping[str, Any] = {"mode": DIFFERENTIAL, "target": EVERYTHING}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check what can be judged by itself. Raises InputError."""
        found = super().check(reader, name, fields)
        if not 0 <= (found.get("verify_pct") or 0) <= 100:
            raise FieldError("a share is 0 to 100 percent", hint="--verify 10").about("verify_pct")
        if found.get("until"):
            with naming("until"):
                found["until"] = rules.check_until(found["until"], reader.now.date())
        if found.get("classes"):
            _check_classes(reader, found["classes"])
        return found

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its fields do not fit together, or name what is not there."""
        from itmsctl.targeting.service import picking

        rules.check_whole(doc.fields)
        with naming("target"):
            picking.resolve(reader, doc.fields["target"])
        _refuse_members(reader, doc)

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of it: its schedule, and that it goes to nobody."""
        if not doc.fields["enabled"]:
            return ()
        nobody = () if servers_of(reader, doc) else (f"{doc.name}: no server to go to yet: itmsctl hierarchy show",)
        is_over = doc.fields["until"] and date.fromisoformat(doc.fields["until"]) < reader.now.date()
        over = (f"{doc.name}: its events ended with {doc.fields['until']}",) if is_over else ()
        return (*super().remarks(reader, doc), *nobody, *over)


REPLICATION_RULES = ReplicationRules(REPLICATION_RULE)


def _check_classes(reader: Reader, named: Sequence[str]) -> None:
    from itmsctl.inventory.service.classes import classes_in
    from itmsctl.values.names import near_or_all

    known = classes_in(reader)
    for position, name in enumerate(named):
        if name not in known:
            with naming("classes", position):
                raise FieldError(f"there is no data class `{name[:60]}`", hint=near_or_all(name, known))


def _refuse_members(reader: Reader, doc: Doc) -> None:
    """Raise where a standalone rule goes to a member of this server's hierarchy, unless it is forced (REPL-19)."""
    from itmsctl.hierarchy.service import peers

    if doc.fields["direction"] != OUT or doc.fields["forced"]:
        return
    for position, name in enumerate(doc.fields["servers"]):
        found = peers.find(reader, name)
        if found is not None and found.relation != STANDALONE:
            with naming("servers", position):
                raise FieldError(
                    f"`{found.name}` is a member of this hierarchy",
                    why="standalone rules know no conflicts, so they break what the hierarchy keeps true (REPL-19)",
                    hint="--direction down or up; --forced if it must be",
                )


def as_read(doc: Doc) -> ReplicationRule:
    """Return the rule that a stored one means. Raises FieldError."""
    return rules.ReplicationRule.of(doc.name, doc.guid, doc.fields)


def servers_of(reader: Reader, doc: Doc) -> list[Peer]:
    """Return the neighbours that a rule goes to now: those of its direction, of which it may name some."""
    from itmsctl.hierarchy.service import peers
    from itmsctl.values.names import name_key

    direction = doc.fields["direction"]
    named = {name_key(name) for name in doc.fields["servers"]}
    return [
        peer
        for peer in peers.joined(reader)
        if direction in {OUT, DIRECTION_TO[peer.relation]} and (not named or name_key(peer.name) in named)
    ]


def rules_in_use(reader: Reader) -> list[Doc]:
    """Return the rules that are enabled."""
    return list(REPLICATION_RULES.list(reader, where=REPLICATION_RULES.table.c.enabled))


_USUAL: Mapping[str, Mapping[str, Any]] = {
    CONFIGURATION_DOWN: {
        "direction": DOWN,
        "kinds": ["items", "packages", "security"],
        "purge": True,
        "description": "Configuration goes to the children once a day (REPL-18).",
    },
    RESOURCES_UP: {
        "direction": UP,
        "kinds": ["resources"],
        "classes": list(USUAL_CLASSES),
        "description": "Resources go to the parent once a day (REPL-18).",
    },
}


def make_defaults(unit: UnitOfWork, peer: Peer) -> None:
    """Make the two usual rules where a hierarchy begins (hook `peer_joined`): one goes down, one goes up.

    A server has both, whatever it is to its neighbour: one goes to each child that it has or gets, the other to its
    parent. They stay as they are where they are there already.
    """
    if peer.relation not in {CHILD, PARENT}:
        return
    for name, wanted in _USUAL.items():
        if REPLICATION_RULES.find(unit, name) is None:
            REPLICATION_RULES.add(unit, name, {**wanted, "schedule": _daily(unit)})


def _daily(unit: UnitOfWork) -> str:
    """Return the schedule of replication; it is made where it is not there."""
    from itmsctl.schedules.service.schedules import SCHEDULES

    name = "replication-daily"
    if SCHEDULES.find(unit, name) is None:
        SCHEDULES.add(unit, name, {"daily": "02:17", "description": "Replication, once in 24 hours (REPL-18)."})
    return name
