"""Documented views of the ground's own rows: who changed what, and what is gone."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

_SEQ = ViewColumn("seq", "number of the change-set, from 1", Type.INT)
_AT = ViewColumn("at", "when", Type.TIME)
_WHO = ViewColumn("actor", "who, and on which machine")

VIEWS = (
    View(
        "v_change_set",
        "one row a change-set: one command that changed something (PLAT-6)",
        "SELECT seq, guid, at, actor, command, reason FROM change_set",
        (
            _SEQ,
            ViewColumn("guid", "its GUID", Type.GUID),
            _AT,
            _WHO,
            ViewColumn("command", "the command as typed"),
            ViewColumn("reason", "why, where --reason said it"),
        ),
    ),
    View(
        "v_change",
        "one row an object that a change-set touched",
        """SELECT s.seq, s.at, s.actor, c.kind, c.guid, c.name, c.action
           FROM change c JOIN change_set s ON s.id = c.change_set""",
        (
            _SEQ,
            _AT,
            _WHO,
            ViewColumn("kind", "noun of the object"),
            ViewColumn("guid", "GUID of the object", Type.GUID),
            ViewColumn("name", "its name then"),
            ViewColumn("action", "created, updated or removed"),
        ),
    ),
    View(
        "v_removed",
        "one row an object that was removed",
        """SELECT t.kind, t.guid, t.name, t.at, s.seq, s.actor, s.reason
           FROM tombstone t JOIN change_set s ON s.id = t.change_set""",
        (
            ViewColumn("kind", "noun of the object"),
            ViewColumn("guid", "its GUID", Type.GUID),
            ViewColumn("name", "its name"),
            _AT,
            _SEQ,
            _WHO,
            ViewColumn("reason", "why, where --reason said it"),
        ),
    ),
)
