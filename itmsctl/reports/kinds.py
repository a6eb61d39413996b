"""What the noun of `reports` is."""

from __future__ import annotations

from itmsctl.values.kind import Field, Group, Kind, Owner, Type
from itmsctl.values.replicated import item

SHIPPED, OWN = "shipped", "own"

GROUPS = (
    Group(
        "report",
        "Ask the CMDB saved questions: read-only SQL over documented views.",
        "report_app",
        "commands.report",
        part="know",
    ),
)

REPORT = Kind(
    name="report",
    table="report",
    help="A report: a saved question to the CMDB in read-only SQL, with parameters (RPT-1, RPT-3).",
    shelf="itmsctl.reports.service.reports:REPORTS",
    replication=item("limit", "time_limit_s"),
    fields=(
        Field("sql", "One SELECT over the views of `report views`; :name is a parameter.", required=True),
        Field("parameters", "Parameter with its default, as NAME=VALUE.", Type.MAP, option="parameter"),
        Field("parameter_types", "Types of parameters that are not plain text, or must be given.", Type.MAP),
        Field("drilldown", "Command that a row leads to: 'computer show {name}' (RPT-2)."),
        Field("limit", "Most rows that a run gives, unless it says otherwise. Default: 1000.", Type.INT),
        Field("time_limit_s", "Seconds after which it is stopped. Default: 30.", Type.REAL, option="time_limit"),
        Field("owner", "Who owns it."),
        Field("description", "What people should know about it."),
        Field("source", "own, or shipped with the program.", Type.TEXT, Owner.SYSTEM, apart=True),
    ),
)

KINDS = (REPORT,)

HOOKS = {
    "task_kind:report": "itmsctl.reports.action:ACTION",
    "server_function:report": "itmsctl.reports.service.serving:serve",
}

VERBS = {"report": "itmsctl.reports.commands.running:register"}
