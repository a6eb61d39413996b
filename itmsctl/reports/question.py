"""The query of a report: checked as a whole, and its parameters as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from itmsctl.errors import ReportSqlError
from itmsctl.expressions import portable, sqltext
from itmsctl.values.kind import Type
from itmsctl.values.naming import naming
from itmsctl.values.parameters import Parameter, declared
from itmsctl.values.times import moment
from itmsctl.values.view import View, every_view

PARAMETER_TYPES = ("text", "int", "real", "bool", "time", "duration", "choice")
_TYPES = {"int": Type.INT, "real": Type.REAL, "bool": Type.BOOL, "time": Type.TIME, "duration": Type.DURATION}


@lru_cache(maxsize=8)
def views(own: tuple[View, ...] = ()) -> Mapping[str, View]:
    """Return the views that a report may read, by name; `own` are those of a CMDB."""
    return {view.name: view for view in (*every_view(), *own) if view.is_documented}


@lru_cache(maxsize=8)
def purpose(own: tuple[View, ...] = ()) -> sqltext.Purpose:
    """Return what the query of a report is allowed."""
    hint = "write one SELECT over the views that `itmsctl report views` lists"
    return sqltext.Purpose("a report", ReportSqlError, hint, views(own), portable.FUNCTIONS, True, portable.INSTEAD)


def parameters_of(fields: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the parameters that a report declares. Raises InputError for a type or a default that is none."""
    found = declared(fields, PARAMETER_TYPES)
    for parameter in found.values():
        if parameter.default is not None:
            with naming("parameters", parameter.name):
                parameter.type.value(parameter.default)  # tasks keep templates; here they are values like others
    return found


def checked(sql: str, parameters: Mapping[str, Parameter], own: tuple[View, ...] = ()) -> portable.Query:
    """Check the query of a report with the parameters that it declares. Raises ReportSqlError."""
    types = {name: _TYPES.get(parameter.type.word, Type.TEXT) for name, parameter in parameters.items()}
    return portable.check(sql, purpose(own), types)


def meant(parameters: Mapping[str, Parameter], written: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return what written values mean, and `now`: a time counts from there. Raises InputError."""
    values: dict[str, Any] = {portable.NOW: now}
    for name, text in written.items():
        kind = parameters[name].type
        values[name] = moment(text, now) if kind.word == "time" else kind.value(text)
    return values
