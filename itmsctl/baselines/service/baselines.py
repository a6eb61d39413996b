"""BASELINES: the shelf of baselines. What was compared with one is forgotten when its rows change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.baselines.kinds import BASELINE, FILES
from itmsctl.baselines.rows import deviations, results
from itmsctl.baselines.written import rows_in, text_of
from itmsctl.cmdb import derived
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.service.classes import class_in, plain_name
from itmsctl.values.names import near_or_all
from itmsctl.values.naming import naming

# What a comparison reads of a baseline.
_COMPARED = ("data_class", "columns", "include", "exclude", "allow_extra", "rows")


class Baselines(Shelf):
    """All baselines of this CMDB."""

    def __init__(self) -> None:
        super().__init__(BASELINE)

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields; files are compared where no class is said."""
        return fields if fields.get("data_class") else {**fields, "data_class": FILES}

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the changes; files are compared where the class is taken away."""
        emptied = "data_class" in asked.changes and not asked.changes["data_class"]
        return {**asked.changes, "data_class": FILES} if emptied else asked.changes

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check the class, its columns and the rows. Raises NotFoundError for a class, InputError."""
        checked = dict(fields)
        existing = self.find(reader, name)
        whole = {**(existing.fields if existing else {}), **checked}
        if whole.get("data_class") is None:
            raise FieldError("a baseline compares a data class", hint=f"--class {FILES}").about("data_class")
        with naming("data_class"):
            one = class_in(reader, whole["data_class"])
            refuse_single(one)
        if "data_class" in checked:
            checked["data_class"] = plain_name(checked["data_class"])
        refuse_unknown(one, whole.get("columns") or ())
        if "rows" in checked or "data_class" in checked:
            with naming("rows"):
                checked["rows"] = text_of(rows_in(whole.get("rows") or "", one.key, one.by_name))
        return checked

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Forget what was found by rows that are no more."""
        if before is None or doc is None or all(before.fields[name] == doc.fields[name] for name in _COMPARED):
            return
        forget(unit, [doc.id])

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Forget what was found."""
        forget(unit, [doc.id])


def forget(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Remove the results of baselines; filters look at their computers again."""
    mine = results.c.baseline_id.in_(ids)
    computers = list(unit.connection.execute(sa.select(results.c.computer_id).where(mine)).scalars())
    unit.connection.execute(sa.delete(deviations).where(deviations.c.baseline_id.in_(ids)))
    unit.connection.execute(sa.delete(results).where(mine))
    derived.rows_changed(unit, results.name, computers)


def refuse_single(one: DataClass) -> None:
    """Raise FieldError for a class without a key."""
    if not one.is_multi:
        raise FieldError(f"`{one.name}` has one row a computer, and no key", hint="itmsctl computer diff compares it")


def refuse_unknown(one: DataClass, columns: Sequence[str]) -> None:
    """Raise FieldError for a column that the class has not, or that is its key."""
    for place, column in enumerate(columns):
        with naming("columns", place):
            if column not in one.by_name:
                known = [name for name in one.by_name if name not in one.key]
                raise FieldError(f"`{one.name}` has no column `{column}`", hint=near_or_all(column, known))
            if column in one.key:
                raise FieldError(f"`{column}` is the key: it says which rows are compared", hint="leave it out")


BASELINES = Baselines()
