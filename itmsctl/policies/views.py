"""Documented views of policies. When one is due next is not in the database: `policy explain`."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

VIEWS = (
    View(
        "v_policy",
        "one row a policy",
        """SELECT p.guid, p.name, t.name AS task, j.name AS job, p.target, s.name AS schedule, p.event, p.deadline_s,
                  p.ignore_windows, p.enabled, p.owner, p.description, p.put_to_use, p.handled
           FROM policy p LEFT JOIN task t ON t.id = p.task_id LEFT JOIN job j ON j.id = p.job_id
           LEFT JOIN schedule s ON s.id = p.schedule_id""",
        (
            ViewColumn("guid", "GUID of the policy", Type.GUID),
            ViewColumn("name", "name of the policy"),
            ViewColumn("task", "task that it runs"),
            ViewColumn("job", "job that it runs"),
            ViewColumn("target", "whom it runs on, as typed"),
            ViewColumn("schedule", "schedule that triggers it"),
            ViewColumn("event", "event that triggers it"),
            ViewColumn("deadline_s", "seconds that absent computers wait in the queue", Type.REAL),
            ViewColumn("ignore_windows", "it does not wait for maintenance windows", Type.BOOL),
            ViewColumn("enabled", "it is in use", Type.BOOL),
            ViewColumn("owner", "who owns it"),
            ViewColumn("description", "free text"),
            ViewColumn("put_to_use", "since when it is in use", Type.TIME),
            ViewColumn("handled", "up to when its schedule was looked at", Type.TIME),
        ),
    ),
    View(
        "v_occurrence",
        "one row a time that a policy was due, as it was decided",
        """SELECT p.name AS policy, o.due, o.source, o.state, 'R-' || r.number AS run, o.why, o.decided_at
           FROM occurrence o JOIN policy p ON p.id = o.policy_id LEFT JOIN run r ON r.id = o.run_id""",
        (
            ViewColumn("policy", "name of the policy"),
            ViewColumn("due", "when it was due", Type.TIME),
            ViewColumn("source", "schedule, joined:ID, event:ID or hand:ID"),
            ViewColumn("state", "started, queued, skipped or missed"),
            ViewColumn("run", "run that it became"),
            ViewColumn("why", "why it was not started"),
            ViewColumn("decided_at", "when that was decided", Type.TIME),
        ),
    ),
)
