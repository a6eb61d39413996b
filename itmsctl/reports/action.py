"""The kind of task `report`: a report run by a job or a policy, written to a file or sent by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.reports.members import members_of
from itmsctl.reports.pivot import pivot_of
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.mails import SERVER, check_mail
from itmsctl.tasks.operations import Operation, ServerFunction
from itmsctl.values.naming import naming

FUNCTION = "report"
FORMS = {
    "html": "text/html",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "yaml": "application/yaml",
}
DATE = "{date}"  # in the path of a file: the day in UTC


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    if not arguments["out"] and not arguments["to"]:
        raise InputError(
            "where is the report to go?", hint=f"--arg out=/srv/reports/fleet-{DATE}.html, or --arg to=..."
        )
    if arguments["to"]:
        check_mail({**arguments, "subject": arguments["subject"] or arguments["report"]})
    if arguments["pivot"]:
        with naming("pivot"):
            pivot_of(arguments["pivot"], arguments["measure"])
    if arguments["cmdb"]:
        with naming("cmdb"):
            members_of(arguments["cmdb"])
    for text in arguments["params"] or ():
        if "=" not in text:
            raise InputError(f"`{text}` is not a parameter with its value", hint="--arg params=since=14d")
    return (ServerFunction(FUNCTION, arguments),)


ACTION = Action(
    "report",
    "Run a report, and write it to a file of the machine of the CMDB or send it by mail.",
    _operations,
    side="server",
    arguments=(
        Argument("report", "Name of the report.", required=True),
        Argument("params", "Values of its parameters, as NAME=VALUE.", "list"),
        Argument("cmdb", "Ask these CMDBs, by path or URL, in place of one.", "list"),
        Argument("pivot", "Count its rows by one column, or by two: ROWS,COLUMNS."),
        Argument("measure", "What a pivot tells: count, sum:C, avg:C, min:C, max:C."),
        Argument("form", "How it is written.", f"choice({','.join(FORMS)})", default="html"),
        Argument("title", "Title of the page. Else the name of the report."),
        Argument("out", f"The file that is written, or written again; {DATE} is the day.", "local"),
        Argument("empty", "Send a mail also where the report has no row.", "bool", default="true"),
        *SERVER,
        Argument("from", "The sender of the mail."),
        Argument("to", "Its receivers, between commas. Without: no mail.", "list"),
        Argument("subject", "Its subject. Else the name of the report."),
    ),
    time_limit_s=600.0,
)
