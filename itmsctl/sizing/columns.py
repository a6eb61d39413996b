"""What a person sees of rules, findings and exceptions."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, ODD
from itmsctl.sizing import kinds

_COLOURS = {"error": BAD, "warning": ODD}

_SEVERITY = Column("severity", style=lambda value: _COLOURS.get(str(value), ""))

FINDING = (
    _SEVERITY,
    Column("id"),
    Column("object"),
    Column("what", keep=True),
    Column("fix", keep=True),
    Column("why", wide=True),
    Column("source", wide=True),
)

EXCEPTION = columns_of(kinds.EXCEPTION, "until", "state", "why")

RULE = (
    Column("id"),
    _SEVERITY,
    Column("title"),
    Column("source"),
    Column("text", wide=True),
)

_VERDICTS = {"break": BAD, "tight": ODD}

# What `sizing simulate` shows.
NODE = (
    Column("name", "NODE"),
    Column("requests", right=True),
    Column("mb", "MB/DAY", right=True),
    Column("peak", right=True),
    Column("measure", "OF"),
    Column("at"),
    Column("limit", wide=True, right=True),
    Column("used_pct", "USED %", right=True),
    Column("verdict", style=lambda value: _VERDICTS.get(str(value), "")),
    Column("by", wide=True),
    Column("waiting_requests", "WAITING", wide=True, right=True),
    Column("longest_wait_s", "WAIT S", wide=True, right=True),
    Column("drained_at", "DRAINED", wide=True),
)
QUEUE = (
    Column("name", "QUEUE AT"),
    Column("waiting_requests", "REQUESTS", right=True),
    Column("waiting_at", "AT"),
    Column("longest_wait_s", "LONGEST WAIT S", right=True),
    Column("drained_at", "SERVED BY"),
)
LATENCY = (
    Column("name", "WORST CASE"),
    Column("subject", "OF"),
    Column("reading"),
    Column("minutes", right=True),
    Column("hours", right=True),
    Column("source"),
)
STEP = (Column("stage", right=True), Column("what"), Column("minutes", right=True), Column("source"))
ARRIVAL = (
    Column("stage", right=True),
    Column("what"),
    Column("estimated_min", "ESTIMATED", right=True),
    Column("arrived_min", "ARRIVED", right=True),
    Column("at"),
    Column("source", wide=True),
)
"""A stage of a package on its way: the worst case of the simulation, and what passed, both in minutes."""

GROWTH = (
    Column("name", "DATABASE OF"),
    Column("computers", right=True),
    Column("least_mb", "MB FROM", right=True),
    Column("most_mb", "TO", right=True),
    Column("month_mb", "MB/MONTH", right=True),
    Column("year_mb", "MB/YEAR", right=True),
)
TASK_TRAFFIC = (
    Column("name", "TASKS OF"),
    Column("task_servers", "SERVERS", right=True),
    Column("clients", right=True),
    Column("polls_h", "POLLS/H", right=True),
    Column("polls_h_each", "EACH", right=True),
    Column("updates_h", "UPDATES/H", right=True),
    Column("tickles_h", "TICKLES/H", right=True),
)
PROPOSAL = (
    Column("command", "PROPOSED"),
    Column("why"),
)
ASSUMPTION = (Column("name"), Column("value", right=True), Column("source"), Column("why"))
LINE = (
    Column("server"),
    Column("site"),
    Column("role"),
    Column("metric"),
    Column("value"),
    Column("unit"),
    Column("or_more"),
    Column("source"),
    Column("band"),
    Column("conflicts"),
    Column("why"),
)

LINE_SAID = (
    Column("owner", header="FOR"),
    Column("what"),
    Column("metric", wide=True),
    Column("value"),
    Column("source"),
    Column("band", wide=True),
    Column("conflicts", header="SEE"),
    Column("why", wide=True),
)
