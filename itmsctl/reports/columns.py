"""What a person sees of reports and views."""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.reports import kinds
from itmsctl.values.kind import Type
from itmsctl.values.types import meaning

REPORT = columns_of(kinds.REPORT, "source", "description", *wide("parameters", "drilldown", "owner", "limit"), *ID)

VIEW = (Column("name"), Column("help", "WHAT IT SHOWS"), Column("columns", wide=True))
VIEW_COLUMN = (Column("name"), Column("type"), Column("help", "WHAT IT IS"))


def of_result(types: Mapping[str, Type | None], *, lead: bool) -> list[Column]:
    """Return the columns of a report's result; numbers stand at the right."""
    found = [Column(name, right=kind is not None and meaning(kind).is_number) for name, kind in types.items()]
    return [*found, Column("drilldown")] if lead else found
