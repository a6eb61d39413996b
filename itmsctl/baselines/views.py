"""Documented views of baselines."""

from __future__ import annotations

from itmsctl.baselines.kinds import BASELINE
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

_WHO = (
    ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
    ViewColumn("computer", "name of the computer"),
    ViewColumn("baseline", "name of the baseline"),
)

VIEWS = (
    view_of(BASELINE),
    View(
        "v_computer_baseline",
        "what the last comparisons of computers found, by the id of the computer",
        """SELECT x.computer_id, b.name, x.state, x.compliance, x.changed, x.missing, x.extra, x.compared_at
           FROM baseline_result x JOIN baseline b ON b.id = x.baseline_id""",
    ),
    View(
        "v_baseline_result",
        "one row a computer and baseline: what the last comparison found",
        """SELECT r.guid AS computer_guid, r.name AS computer, b.name AS baseline, x.state, x.compliance, x.expected,
                  x.matching, x.changed, x.missing, x.extra, x.collected_at, x.compared_at
           FROM baseline_result x JOIN baseline b ON b.id = x.baseline_id JOIN resource r ON r.id = x.computer_id""",
        (
            *_WHO,
            ViewColumn("state", "compliant, deviating, or unknown where nothing was collected"),
            ViewColumn("compliance", "share of rows that match, 0 to 1", Type.REAL),
            ViewColumn("expected", "rows of the baseline", Type.INT),
            ViewColumn("matching", "rows that are as they should be", Type.INT),
            ViewColumn("changed", "rows that are otherwise", Type.INT),
            ViewColumn("missing", "rows that are not there", Type.INT),
            ViewColumn("extra", "rows beyond it", Type.INT),
            ViewColumn("collected_at", "when what was compared was collected", Type.TIME),
            ViewColumn("compared_at", "when it was compared", Type.TIME),
        ),
        computer="computer_guid",
    ),
    View(
        "v_baseline_deviation",
        "one row a deviation of a computer from a baseline, at its last comparison",
        """SELECT r.guid AS computer_guid, r.name AS computer, b.name AS baseline, d.item, d.deviation,
                  d.column_name AS "column", d.expected, d.found
           FROM baseline_deviation d JOIN baseline b ON b.id = d.baseline_id JOIN resource r ON r.id = d.computer_id""",
        (
            *_WHO,
            ViewColumn("item", "key of the row, such as the path of a file"),
            ViewColumn("deviation", "changed, missing or extra"),
            ViewColumn("column", "of a changed row: the column"),
            ViewColumn("expected", "what it should be"),
            ViewColumn("found", "what it is"),
        ),
        computer="computer_guid",
    ),
)
