"""Documented views of replication."""

from __future__ import annotations

from itmsctl.replication.kinds import REPLICATION_RULE
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

VIEWS = (
    view_of(REPLICATION_RULE),
    View(
        "v_neighbour",
        "one row a management server that this one is linked with: how they stand, what went there and what came",
        """SELECT p.guid, p.name, p.relation, p.channel, p.state, p.joined_at, p.seen_at, p.skew_s,
                  (SELECT count(*) FROM batch_sent b WHERE b.peer = p.guid AND b.state IN ('kept', 'exported'))
                    AS batches_waiting,
                  (SELECT max(b.settled_at) FROM batch_sent b WHERE b.peer = p.guid AND b.state = 'taken') AS taken_at,
                  (SELECT count(*) FROM replicated_object o WHERE o.origin = p.guid) AS objects,
                  (SELECT count(*) FROM replication_conflict c WHERE c.origin = p.guid AND c.state = 'waits')
                    AS conflicts
           FROM peer p WHERE p.relation <> 'self'""",
        (
            ViewColumn("guid", "its GUID", Type.GUID),
            ViewColumn("name", "its name"),
            ViewColumn("relation", "parent, child or peer: what it is to this server"),
            ViewColumn("channel", "direct, ssh or file: how it is reached"),
            ViewColumn("state", "whether it is joined, suspended or left"),
            ViewColumn("joined_at", "when it was linked", Type.TIME),
            ViewColumn("seen_at", "when it was last heard of", Type.TIME),
            ViewColumn("skew_s", "how far its clock is ahead of ours, in seconds", Type.REAL),
            ViewColumn("batches_waiting", "batches for it that it is not known to have", Type.INT),
            ViewColumn("taken_at", "when it last took a batch", Type.TIME),
            ViewColumn("objects", "objects here that came from it", Type.INT),
            ViewColumn("conflicts", "conflicts with it that wait for a person", Type.INT),
        ),
    ),
    View(
        "v_arrived_event",
        "one row a result of a run on another management server, as that server told it: not for alerts (REPL-15)",
        """SELECT e.server, e.origin, e.came_from, e.run, e.number, e.title, e.policy, e.computer AS guid, e.name,
                  e.attempt, e.state, e.exit_status, e.reason, e.message, e.started_at, e.ended_at, e.run_ended_at,
                  e.arrived_at
           FROM arrived_event e""",
        (
            ViewColumn("server", "what the server where it ran calls itself"),
            ViewColumn("origin", "GUID of that server", Type.GUID),
            ViewColumn("came_from", "GUID of the neighbour that told of it", Type.GUID),
            ViewColumn("run", "GUID of the run there", Type.GUID),
            ViewColumn("number", "number of the run there", Type.INT),
            ViewColumn("title", "name of what ran"),
            ViewColumn("policy", "policy or delivery that it was a run of; empty where there was none"),
            ViewColumn("guid", "GUID of the computer", Type.GUID),
            ViewColumn("name", "its name there"),
            ViewColumn("attempt", "which attempt, from 1", Type.INT),
            ViewColumn("state", "succeeded, failed, timed_out, unreachable, cancelled or expired"),
            ViewColumn("exit_status", "exit status of the command", Type.INT),
            ViewColumn("reason", "why, as a word"),
            ViewColumn("message", "why, in words; may come from the computer"),
            ViewColumn("started_at", "when it began", Type.TIME),
            ViewColumn("ended_at", "when it ended", Type.TIME),
            ViewColumn("run_ended_at", "when the run ended", Type.TIME),
            ViewColumn("arrived_at", "when it was told here", Type.TIME),
        ),
        computer="guid",
    ),
)
