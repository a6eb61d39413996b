"""Documented views of tasks, jobs, runs and what became of them."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

_RUN = ViewColumn("run", "name of the run, such as R-12")
_COMPUTER = (ViewColumn("guid", "GUID of the computer", Type.GUID), ViewColumn("name", "its name then"))
_RESULT = (
    ViewColumn("state", "queued, claimed, succeeded, failed, timed_out, unreachable, unknown, cancelled, expired"),
    ViewColumn("exit_status", "exit status of the command", Type.INT),
    ViewColumn("reason", "why, as a word"),
    ViewColumn("message", "why, in words; may come from the computer"),
    ViewColumn("started_at", "when it began", Type.TIME),
    ViewColumn("ended_at", "when it ended", Type.TIME),
    ViewColumn("duration_s", "seconds that it took", Type.REAL),
)

VIEWS = (
    View(
        "v_job_step",
        "one row a step of a job",
        """SELECT j.name AS job, s.position, s.label, t.name AS task, s.parameters, s."when", s.role, s.on_error,
                  s.retries, s.backoff_s, s.time_limit_s, s.once
           FROM job_step s JOIN job j ON j.id = s.job_id JOIN task t ON t.id = s.task_id""",
        (
            ViewColumn("job", "name of the job"),
            ViewColumn("position", "its place, from 1", Type.INT),
            ViewColumn("label", "its name in the job"),
            ViewColumn("task", "name of the task", of=("job.steps",)),
            ViewColumn("parameters", "values of parameters; as JSON"),
            ViewColumn("when", 'condition on earlier steps; written "when"'),
            ViewColumn("role", "normal, rescue or always"),
            ViewColumn("on_error", "stop, continue or rescue"),
            ViewColumn("retries", "how often it is tried again", Type.INT),
            ViewColumn("backoff_s", "pause before the first retry, in seconds", Type.REAL),
            ViewColumn("time_limit_s", "how long it may take, in seconds", Type.REAL),
            ViewColumn("once", "on one computer for all", Type.BOOL),
        ),
    ),
    View(
        "v_run",
        "one row a run",
        """SELECT 'R-' || r.number AS run, r.number, r.guid, t.name AS task, j.name AS job, r.task_name AS title,
                  r.selector, r.state, r.why, r.created_at, r.ended_at, r.deadline_at
           FROM run r LEFT JOIN task t ON t.id = r.task_id LEFT JOIN job j ON j.id = r.job_id""",
        (
            _RUN,
            ViewColumn("number", "its number", Type.INT),
            ViewColumn("guid", "GUID of the run", Type.GUID),
            ViewColumn("task", "stored task that it runs, by its present name"),
            ViewColumn("job", "stored job that it runs, by its present name"),
            ViewColumn("title", "name of the task or job when it began; empty where it was typed at once"),
            ViewColumn("selector", "whom it runs on, as typed"),
            ViewColumn("state", "running, waiting, interrupted, halted or ended"),
            ViewColumn("why", "why it waits or was halted"),
            ViewColumn("created_at", "when it began", Type.TIME),
            ViewColumn("ended_at", "when it ended", Type.TIME),
            ViewColumn("deadline_at", "when what is queued expires", Type.TIME),
        ),
    ),
    View(
        "v_run_computer",
        "one row a computer of a run: the result of its last attempt",
        """SELECT 'R-' || r.number AS run, r.number, c.computer_guid AS guid, c.computer_name AS name, c.state,
                  c.attempt, c.wave, c.contacts, c.not_before, c.exit_status, c.reason, c.message, c.started_at,
                  c.ended_at, c.duration_s
           FROM run_computer c JOIN run r ON r.id = c.run_id""",
        (
            _RUN,
            ViewColumn("number", "number of the run", Type.INT),
            *_COMPUTER,
            ViewColumn("attempt", "how often it was tried, from 1", Type.INT),
            ViewColumn("wave", "wave that it belongs to, from 0", Type.INT),
            ViewColumn("contacts", "how often it did not answer", Type.INT),
            ViewColumn("not_before", "when its turn comes, where it is queued", Type.TIME),
            *_RESULT,
        ),
        computer="guid",
    ),
    View(
        "v_run_step",
        "one row a try of a step on a computer of a run",
        """SELECT 'R-' || r.number AS run, r.number, c.computer_guid AS guid, c.computer_name AS name, s.attempt,
                  s.position, s.retry, s.state, s.exit_status, s.reason, s.message, s.started_at, s.ended_at,
                  s.duration_s
           FROM run_step s JOIN run r ON r.id = s.run_id
           JOIN run_computer c ON c.run_id = s.run_id AND c.computer_id = s.computer_id""",
        (
            _RUN,
            ViewColumn("number", "number of the run", Type.INT),
            *_COMPUTER,
            ViewColumn("attempt", "attempt that it belongs to, from 1", Type.INT),
            ViewColumn("position", "place of the step", Type.INT),
            ViewColumn("retry", "which try it was, from 0", Type.INT),
            *_RESULT,
        ),
        computer="guid",
    ),
)
