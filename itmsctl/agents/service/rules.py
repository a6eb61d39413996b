"""REGISTRATION_RULES: the shelf of rules of registration; and the rules as they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.agents.kinds import FIRST_RANK, REGISTRATION_RULE
from itmsctl.agents.request import AskedRule, condition
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.naming import naming


class RegistrationRules(Shelf):
    """All rules of registration."""

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields; it is put to use where nothing else is said."""
        return fields if existing else {"enabled": True, **fields}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check the condition. Raises ExpressionError."""
        checked = super().check(reader, name, fields)
        if checked.get("where"):
            with naming("where"):
                condition(str(checked["where"]))
        return checked

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Raise where its target names what is not there."""
        from itmsctl.targeting.service import picking

        super().write_extra(unit, before, doc)
        if doc.fields["target"]:
            with naming("target"):
                picking.resolve(unit, doc.fields["target"])


REGISTRATION_RULES = RegistrationRules(REGISTRATION_RULE)


def rules_in_use(reader: Reader) -> list[AskedRule]:
    """Return the rules that are put to use, in the order in which they are tried."""
    found = [_read(reader, doc) for doc in REGISTRATION_RULES.list(reader, where=REGISTRATION_RULES.table.c.enabled)]
    return sorted(found, key=lambda rule: (rule.rank, rule.name))


def _read(reader: Reader, doc: Doc) -> AskedRule:
    from itmsctl.targeting.service import picking

    fields = doc.fields
    members = picking.resolve(reader, fields["target"]) if fields["target"] else None
    rank = FIRST_RANK if fields["rank"] is None else fields["rank"]
    tree = condition(fields["where"]) if fields["where"] else None
    return AskedRule(doc.name, fields["action"], rank, reader.now, tree, members)
