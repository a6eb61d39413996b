"""The tables of baselines that statements use."""

from __future__ import annotations

from itmsctl.baselines.kinds import BASELINE
from itmsctl.cmdb.nouns import table, table_of
from itmsctl.values.column import TableColumn, keys

_OF = (
    TableColumn("baseline_id", "int", key=True, ref="baseline.id", cascade=True),
    TableColumn("computer_id", "int", key=True, ref="computer.id", cascade=True),
)

baselines = table_of(BASELINE)
results = table(
    "baseline_result",
    *_OF,
    TableColumn("state"),
    TableColumn("expected", "int"),
    TableColumn("matching", "int"),
    TableColumn("changed", "int"),
    TableColumn("missing", "int"),
    TableColumn("extra", "int"),
    TableColumn("compliance", "real", null=True),
    TableColumn("collected_at", "time", null=True),
    TableColumn("compared_at", "time"),
)
deviations = table(
    "baseline_deviation",
    *_OF,
    *keys("ord"),
    TableColumn("item"),
    TableColumn("deviation"),
    TableColumn("column_name", null=True),
    TableColumn("expected", null=True),
    TableColumn("found", null=True),
)
