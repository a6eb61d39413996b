"""REPORTS: the shelf of saved reports; CATALOGUE: those and the ones that come with the program."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.fields import empty
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.views import own_views
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.files import read_text
from itmsctl.documents.templates import texts
from itmsctl.errors import FieldError, NameTakenError, ShippedReportError
from itmsctl.expressions import sqltext
from itmsctl.reports import drilldown, question
from itmsctl.reports.kinds import OWN, REPORT, SHIPPED
from itmsctl.reports.service.asking import check_limits, plan
from itmsctl.reports.written import fields_of
from itmsctl.values.names import did_you_mean, name_key
from itmsctl.values.naming import naming
from itmsctl.values.untrusted import shell_arg
from itmsctl.values.view import View

_ASKED = {"sql", "parameters", "parameter_types", "drilldown"}
_SPACE = uuid.UUID("6f4f6c5e-8f0b-5c0a-9d0e-3f1f2f0c7a11")  # so that a name has the same GUID everywhere


@cache
def shipped() -> Mapping[str, Doc]:
    """Return the reports that come with the program, one file each in `templates/reports`, by the key of the name."""
    found = {}
    for name, text in texts("reports").items():
        given = fields_of(text, f"{name}.sql") | {"source": SHIPPED}
        fields = {field.name: given.get(field.name, empty(field)) for field in REPORT.fields}
        found[name_key(name)] = Doc(0, str(uuid.uuid5(_SPACE, name)), name, 1, fields)
    return found


class Reports(Shelf):
    """All saved reports. One that is saved can be run: its views, columns and parameters are known."""

    def __init__(self) -> None:
        super().__init__(REPORT)

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields. Raises NameTakenError for the name of a shipped report."""
        self._refuse_shipped_name(unit, name)
        return fields

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes; query, parameters and drill-down are looked at together."""
        if asked.rename is not None:
            self._refuse_shipped_name(unit, asked.rename)
        if asked.changes.keys() & _ASKED:  # a check under a new name would not find the rest of them
            return {key: before.fields[key] for key in _ASKED} | dict(asked.changes)
        return asked.changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check query, parameters, drill-down and limits together. Raises InputError."""
        existing = self.find(reader, name)
        checked = {**fields, "source": OWN}
        check_limits(checked.get("limit"), checked.get("time_limit_s"))
        whole = (existing.fields if existing is not None else {}) | checked
        if checked.keys() & _ASKED:
            parameters = question.parameters_of(whole)
            with naming("sql"):
                query = question.checked(whole["sql"] or "", parameters, own_views(reader.connection))
            checked["sql"] = query.statement.text
            if whole.get("drilldown"):
                with naming("drilldown"):
                    checked["drilldown"] = drilldown.check(whole["drilldown"], query.columns)
            with naming("sql"):
                plan(reader, query, parameters)
        return checked

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:  # noqa: ARG002 - the shelf's
        """Return that they are ours."""
        return {i: {"source": OWN} for i in ids}

    def _refuse_shipped_name(self, reader: Reader, name: str) -> None:
        if name_key(name) in shipped() and self.find(reader, name) is None:
            raise NameTakenError(
                f"`{name}` is a report of the program",
                hint=f"itmsctl report clone {shell_arg(name)} OTHER, and change that",
            )


class Catalogue(Reports):
    """Saved reports and the program's. A saved one goes before one of the program that came to bear its name."""

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the report of this name or GUID, or None."""
        found = super().find(reader, name)
        if found is not None:
            return found
        by_guid = {doc.guid: doc for doc in shipped().values()}
        return shipped().get(name_key(name)) or by_guid.get(name.lower())

    def list(
        self,
        reader: Reader,
        *,
        where: sa.ColumnElement[bool] | None = None,
        sort: str = "name",
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Doc]:
        """Yield all in the order of a field."""
        by = "name" if sort == "source" else sort  # which is no column
        own = list(super().list(reader, where=where, sort=by, descending=descending))
        taken = {name_key(doc.name) for doc in own}
        rest = [doc for key, doc in shipped().items() if key not in taken]
        if sort not in {"name", "revision", *(field.name for field in REPORT.fields)}:
            return iter(own[:limit])  # such as when it was added: the program's own have no such moment

        def key(doc: Doc) -> tuple[bool, str]:
            value = doc.as_dict()[sort]
            return value is not None, str(value)

        rest.sort(key=key, reverse=descending)
        own.sort(key=key, reverse=descending)
        return islice(heapq.merge(own, rest, key=key, reverse=descending), limit)

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes. Raises ShippedReportError for a report of the program."""
        self._refuse_shipped(before)
        return super().changing(unit, before, asked)

    def remove(self, unit: UnitOfWork, name: str) -> Outcome:
        """Remove a saved report. Raises ShippedReportError for one of the program, and as the shelf does."""
        self._refuse_shipped(self.get(unit, name))
        return super().remove(unit, name)

    @staticmethod
    def _refuse_shipped(doc: Doc) -> None:
        if doc.fields["source"] != OWN:
            raise ShippedReportError(
                f"report `{doc.name}` comes with the program",
                hint=f"itmsctl report clone {shell_arg(doc.name)} NEW, and change that",
            )

    def _near(self, reader: Reader, name: str) -> str:
        return did_you_mean(name, [doc.name for doc in self.list(reader)]) or "itmsctl report list"


REPORTS = Reports()
CATALOGUE = Catalogue()


def file_fields(path: str) -> dict[str, Any]:
    """Return the fields that a file tells (`reports.written`). Raises NotFoundError, InputError, FileFormatError."""
    return fields_of(read_text(path, sqltext.MAX_LENGTH * 2), path)


def view_rows(reader: Reader, name: str | None) -> list[dict[str, Any]]:
    """Return the documented views, or the columns of one. Raises FieldError for a view that is none."""
    views = question.views(own_views(reader.connection))
    if name is None:
        return [{"name": view.name, "columns": list(view.types), "help": view.help} for view in views.values()]
    if name not in views:
        raise FieldError(f"`{name}` is not a documented view", hint=did_you_mean(name, views) or "itmsctl report views")
    return list(_columns(views[name]))


def _columns(view: View) -> Iterator[dict[str, Any]]:
    for column in view.columns:
        yield {"name": column.name, "type": column.type.value, "help": column.help}
