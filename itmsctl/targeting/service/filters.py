"""FILTERS: the shelf of filters (FILT-1 to FILT-4, FILT-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.targeting.kinds import FILTER
from itmsctl.targeting.service import definition_of, sqlrun
from itmsctl.targeting.service.collection_shelf import RuleShelf
from itmsctl.values.names import name_key
from itmsctl.values.naming import naming


class Filters(RuleShelf):
    """All filters. The checked expression is kept beside its text."""

    ways: Mapping[str, str] = {"where": "query", "sql": "sql", "members": "basic"}

    def __init__(self) -> None:
        super().__init__(FILTER)

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields. Raises FieldError where they ask nothing."""
        if not any(fields.get(f) for f in self.ways) and "members" not in fields:
            raise FieldError("a filter needs a question", hint=self._ask())
        return fields

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check expression and SQL, and let them give the type."""
        checked = super().check(reader, name, fields)
        if checked.get("where"):
            with naming("where"):
                definition_of.parsed(reader, checked["where"])
        elif "members" in checked and "type" not in checked and not checked.get("sql"):
            checked["type"] = "basic"  # its last member may have gone
        if checked.get("sql"):
            with naming("sql"):
                checked["sql"] = sqlrun.checked(reader, checked["sql"]).text
        return checked

    def document_of(self, doc: Doc) -> dict[str, Any]:
        """Return the fields of a document; a filter by hand has members, also where nobody is in it."""
        by_hand = {"members": doc.fields["members"]} if doc.fields["type"] == "basic" else {}
        return super().document_of(doc) | by_hand

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return tree, classes and whether time decides, where the question is a new one."""
        if doc.fields["where"]:
            return (
                {} if self.unchanged_text(reader, doc, "where") else definition_of.of_where(reader, doc.fields["where"])
            )
        if doc.fields["sql"]:
            return {} if self.unchanged_text(reader, doc, "sql") else definition_of.of_sql(reader, doc.fields["sql"])
        return definition_of.by_hand()

    def derived(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return what must be kept beside the question, worked out again."""
        return {"name_key": name_key(doc.name), **definition_of.of_fields(reader, doc.fields)}


def lint(reader: Reader, doc: Doc) -> str:
    """Return the advice that FILT-7 gives on a filter; empty for none."""
    return sqlrun.checked(reader, doc.fields["sql"]).lint if doc.fields["sql"] else ""


FILTERS = Filters()
