"""The group `report`: the noun, and the views that reports read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.naming import names_argument
from itmsctl.cli.noun_fields import GivenFields
from itmsctl.cli.nouns import change, noun_group, report
from itmsctl.cli.options import ChangeOptions, DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.reports import columns, service
from itmsctl.reports.kinds import REPORT
from itmsctl.reports.question import PARAMETER_TYPES
from itmsctl.values.parameters import parameter_fields
from itmsctl.values.times import seconds

report_app = noun_group(
    REPORT,
    columns.REPORT,
    service.CATALOGUE,
    verbs=("list", "show", "remove"),
    shipped="reports",
    examples={"clone": "itmsctl report clone not-seen silent"},
)

Names = Annotated[list[str], names_argument("report", shipped="reports")]
Sql = Annotated[str | None, typer.Option("--sql", metavar="SELECT", help="The query.")]
File = Annotated[
    str | None, typer.Option("--file", metavar="FILE", help="A file with the query behind a head of comments.")
]
Parameter = Annotated[
    list[str],
    typer.Option(
        "--parameter",
        metavar="NAME[:TYPE][=DEFAULT]",
        help="Declare a parameter: text, int, real, bool, time, duration or choice(a,b).",
    ),
]
Drilldown = Annotated[
    str | None,
    typer.Option("--drilldown", metavar="COMMAND", help="Command that a row leads to: 'computer show {name}'."),
]
Rows = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="Most rows that a run gives. Default: 1000.")
]
TimeLimit = Annotated[
    str | None, typer.Option("--time-limit", metavar="TIME", help="Stop it after this time. Default: 30s.")
]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Who owns it.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What people should know.")]
View = Annotated[str | None, typer.Argument(metavar="VIEW", help="A view, to see its columns.")]


@dataclass(frozen=True, kw_only=True)
class ReportFields:
    """What `report add` and `report set` take of a report."""

    sql: Sql = None
    file: File = None
    parameter: Parameter = field(default_factory=list)
    drilldown: Drilldown = None
    limit: Rows = None
    time_limit: TimeLimit = None
    owner: Owner = None
    description: Description = None

    def typed(self) -> dict[str, Any]:
        """Return the fields that were typed; flags go before what a file says."""
        if self.sql is not None and self.file is not None:
            raise UsageError("--sql and --file both give the query")
        given = {
            "sql": self.sql,
            "time_limit_s": None if self.time_limit is None else seconds(self.time_limit),
            **(parameter_fields(self.parameter, PARAMETER_TYPES) if self.parameter else {}),
            "drilldown": self.drilldown,
            "limit": self.limit,
            "owner": self.owner,
            "description": self.description,
        }
        of_file = service.file_fields(self.file) if self.file is not None else {}
        return of_file | {name: value for name, value in given.items() if value is not None}


@verb(report_app, "add")
def add(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the report.")],
    fields: ReportFields,
    dry_run: DryRun = False,
) -> None:
    """Save a report. Views, columns, parameters and drill-down are checked; it is not run.

    Examples:

      itmsctl report add tagged --sql "SELECT name, value FROM v_tag WHERE key = :key" --parameter key=env

      itmsctl report add silent --file silent.sql --drilldown 'computer show {name}'
    """
    typed = fields.typed()
    if not typed.get("sql"):
        raise UsageError("a report needs its query", hint="--sql SELECT or --file FILE")
    report(context, context.write(service.CATALOGUE.add, name, typed, dry_run=dry_run), dry_run)


@verb(report_app, "set")
def set_(context: Context, names: Names, fields: ReportFields, how: ChangeOptions) -> None:
    """Change a saved report, or several alike. Fields that are not named are left alone.

    --parameter replaces all parameters.
    """
    change(context, service.CATALOGUE, names, GivenFields(REPORT, fields.typed()), how)


@verb(report_app, "views", columns=columns.VIEW)
def views(context: Context, view: View = None) -> None:
    """List the views that reports read, or the columns of one: their names, types and meaning.

    Example: itmsctl report views v_computer
    """
    context.out.list(columns.VIEW if view is None else columns.VIEW_COLUMN, context.read(service.view_rows, view))
