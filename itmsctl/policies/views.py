"""Documented views of policies. When one is due next is not in the database: `policy explain`."""

from __future__ import annotations

from itmsctl.policies.kinds import POLICY
from itmsctl.policies.rows import driven
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

_POLICIES = " UNION ALL ".join(f"SELECT id, name, '{kind.name}' AS kind FROM {kind.table}" for kind in driven())  # noqa: S608 - names of ours

VIEWS = (
    view_of(
        POLICY,
        ViewColumn("put_to_use", "since when it is in use", Type.TIME),
        ViewColumn("handled", "up to when its schedule was looked at", Type.TIME),
    ),
    View(
        "v_occurrence",
        "one row a time that a policy, or an inventory policy, was due, as it was decided",
        f"""SELECT p.name AS policy, p.kind, o.due, o.source, o.state, 'R-' || r.number AS run, o.why, o.decided_at
           FROM occurrence o JOIN ({_POLICIES}) p ON p.id = o.policy_id
           LEFT JOIN run r ON r.id = o.run_id""",  # noqa: S608 - names of ours
        (
            ViewColumn("policy", "name of the policy"),
            ViewColumn("kind", "policy, inventory-policy or metering-policy"),
            ViewColumn("due", "when it was due", Type.TIME),
            ViewColumn("source", "schedule, joined:ID, event:ID or hand:ID"),
            ViewColumn("state", "started, queued, skipped or missed"),
            ViewColumn("run", "run that it became"),
            ViewColumn("why", "why it was not started"),
            ViewColumn("decided_at", "when that was decided", Type.TIME),
        ),
    ),
)
