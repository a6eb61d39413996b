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
)
