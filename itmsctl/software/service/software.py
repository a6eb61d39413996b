"""SOFTWARE_SHELF: the shelf of software resources. Rules are checked as they are given, circles as they are closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ExpressionError, FieldError
from itmsctl.expressions.registry import Registry
from itmsctl.packages.detection import parse, text_of
from itmsctl.packages.detection.rule import InventoryLeaf, Rule, leaves
from itmsctl.software.kinds import FILTER_CLASSES, SOFTWARE
from itmsctl.software.planning import check_circles
from itmsctl.software.service.software_nodes import nodes
from itmsctl.values.naming import naming

RULES = ("detect", "applies")
_LISTS = ("depends", "conflicts", "supersedes")


class SoftwareResources(Shelf):
    """All software resources of this CMDB."""

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields; it may be delivered where nothing else is said."""
        return fields if existing else {"deliverable": True, **fields}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check rules, and the day of licences. Raises ExpressionError, FieldError."""
        checked = dict(fields)
        for field in RULES:
            if checked.get(field):
                with naming(field):
                    checked[field] = text_of(rule_of(reader, checked[field]))
        if checked.get("license_until"):
            with naming("license_until"):
                checked["license_until"] = _day(str(checked["license_until"]))
        for field in _LISTS:
            if name in (checked.get(field) or ()):
                raise FieldError(f"`{name}` names itself").about(field)
        return checked

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Refuse a circle that the change closes. Raises SoftwareCycleError."""
        if doc is not None and any(doc.fields[one] != (before.fields[one] if before else []) for one in _LISTS):
            check_circles(nodes(unit))

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:  # noqa: ARG002 - the shelf's
        """Say what is missing before it can be delivered, or its presence told."""
        if doc.fields["detect"] or doc.fields["package"] or doc.fields["unmanaged"]:
            return ()
        return (f"{doc.name}: neither rule nor package: whether it is installed stays unknown",)


def rule_of(reader: Reader, text: str) -> Rule:
    """Return a rule whose conditions over inventory were read too. Raises ExpressionError."""
    from itmsctl.expressions.parse import parse as parse_condition
    from itmsctl.expressions.tree import classes_used

    rule = parse(text)
    ours = {one.name for one in FILTER_CLASSES}
    for leaf in leaves(rule):
        if isinstance(leaf, InventoryLeaf):
            tree = parse_condition(leaf.condition, Registry.of(reader.connection))
            if ours & classes_used(tree):
                raise ExpressionError("a rule cannot ask for compliance, which follows from it")
    return rule


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise FieldError(f"`{text[:40]}` is not a day", hint="write it as 2027-12-31") from None


SOFTWARE_SHELF = SoftwareResources(SOFTWARE)
